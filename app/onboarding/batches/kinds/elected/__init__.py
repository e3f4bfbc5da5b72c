"""Kinds for those who are elected: lists of new and of proclaimed authorities."""
