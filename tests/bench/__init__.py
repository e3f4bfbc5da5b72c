"""The bench: how fast the product is, as figures; never a test that fails by the clock.

`make bench` runs all measures on SQLite and PostgreSQL, prints a table and writes
`bench/results.json`; `make bench ONLY=name` runs one.
"""
