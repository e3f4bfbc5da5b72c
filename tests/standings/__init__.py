"""Every distinct standing of the cases of a demo, moved through every kind of change.

`python -m tests.standings [entities]` fills a demo and walks all; the tests walk a share of a small
one.
"""
