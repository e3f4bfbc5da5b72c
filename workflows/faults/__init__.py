"""Finds what is wrong with a set of diagrams and tables, before it can run."""

from collections.abc import Mapping

from workflows.contract import Contract, Fault


def find(texts: Mapping[str, str], contract: Contract, *, whole: bool) -> tuple[Fault, ...]:
    """All faults, by file and element."""
    return ()
