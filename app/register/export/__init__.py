"""Open data: which columns, which rows, and the files that are written of them."""
