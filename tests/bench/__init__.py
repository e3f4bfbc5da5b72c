"""Benchmarks: the speed of the product in figures. No test fails because of a time.

`make bench` runs all measures on SQLite and PostgreSQL, prints a table and writes
`bench/results.json`; `make bench ONLY=name` runs one.
"""
