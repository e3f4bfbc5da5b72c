"""A file of visits into rows, whatever program wrote it."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """No visits can be read out of this file; its text says why and how to mend it."""


@dataclass(frozen=True)
class Export:
    """A file that can be read: its rows are read from it each time they are asked for."""

    content: bytes
    #: Whether it is the official platform's: a title, and below it the 12 columns.
    official: bool
    #: What stands above the headings, "" where nothing does.
    title: str


def read_export(content: bytes, name: str) -> Export:
    """Opens a file (.xlsx or .csv) of visits. Raises Unreadable, whose text is for people."""
    raise NotImplementedError(content, name)
