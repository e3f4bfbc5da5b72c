"""What `deploy/try` does in its Debian: an installation as docs/day-one.md describes it.

It runs with Debian's Python alone, and so imports nothing else of the project.
"""
