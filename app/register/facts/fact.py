"""The declaration of a fact of a visit (see `declared`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OpenField:
    """The field of the shape *abierto*: its heading and its meaning in the dictionary."""

    name: str
    meaning: str
    #: Whether visits may have no value, where it is neither a text nor a moment.
    optional: bool = False


@dataclass(frozen=True)
class ImportColumn:
    """The column of a file of past visits."""

    #: Name of the cell while a row is read.
    cell: str
    #: Name of the column for the user who imports.
    label: str
    #: Whether the text is published as it is.
    public: bool = False
    #: Whether the cell is stored as it is, cut to the fact's limit: nothing else is read from it.
    as_text: bool = False
    #: Subject of the remark about a text that was cut; "" where a longer text is not cut.
    cut: str = ""


@dataclass(frozen=True)
class Input:
    """A form field: its label, and the message when it is empty ("" where it is optional)."""

    label: str
    needed: str = ""


@dataclass(frozen=True)
class PageRow:
    """A row of the public page: label, column of one of the two shapes, text when it is empty."""

    label: str
    column: str
    empty: str


@dataclass(frozen=True)
class Fact:
    """A fact of a visit: an attribute of `Visit` and a key of each version."""

    name: str
    #: text, word (of a closed list), date, moment, flag, key (of another row).
    kind: str
    #: Label of its line in a history. Facts with one label are one line; "" for no line.
    label: str = field(default="", kw_only=True)
    #: Value in versions that are older than the fact.
    default: Any = field(default="", kw_only=True)
    #: Closed list: value → text.
    words: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    #: The longest text in characters; 0 where something else bounds it.
    limit: int = field(default=0, kw_only=True)
    #: Whether it says something of a person and may have to be suppressed (`VisitSubject`).
    personal: bool = field(default=False, kw_only=True)
    #: Whether a part of it is hidden wherever it is shown.
    masked: bool = field(default=False, kw_only=True)
    #: Whether a user writes it as free text: the number of a person in it is masked.
    free: bool = field(default=False, kw_only=True)
    correctable: bool = field(default=False, kw_only=True)
    #: The column of the shape *oficial* that shows it, alone or with other facts.
    official: str = field(default="", kw_only=True)
    open: OpenField | None = field(default=None, kw_only=True)
    page: PageRow | None = field(default=None, kw_only=True)
    #: Label of its row on the desk's page of a visit; "" where another row shows it.
    desk_row: str = field(default="", kw_only=True)
    #: Fields of the entry and of the correction, where the declaration is all that they need.
    entered: Input | None = field(default=None, kw_only=True)
    corrected: Input | None = field(default=None, kw_only=True)
    imported: ImportColumn | None = field(default=None, kw_only=True)

    def text_of(self, value: Any) -> str:
        """Return a value of a text or a closed list as pages show it."""
        return self.words.get(value, "") if self.words else str(value or "")
