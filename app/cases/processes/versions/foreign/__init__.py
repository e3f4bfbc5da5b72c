"""The process that checks the files of a version which came from outside."""
