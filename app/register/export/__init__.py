"""Open data: its columns, its rows, and the files that are written."""
