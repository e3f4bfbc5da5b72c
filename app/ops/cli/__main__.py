"""`python -m app.ops.cli`: the same as `zaguan`."""

from app.ops.cli import main

main()
