"""What was typed into the search: bounded, tidied, and never a person's document number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from app.base.formatting import plain
from app.base.models.entities import MOST_WORDS

#: Most characters of a search.
LONGEST = 200
#: Fewest characters of a search.
SHORTEST = 2
#: Seven to twelve digits that stand alone, after a letter or two in passports: a document, or a RUC
#: that holds one. Numbers of papers have a year after or before a hyphen; a RUC of a public entity
#: begins with 20; codes of entities have five digits.
DOCUMENT = re.compile(
    r"(?<![\w@.-])(?<![0-9][/-])(?!20[0-9]{9}(?![0-9]))"
    r"(?:[A-Za-z]{1,2}[0-9]{6,9}|[0-9]{7,12})(?![\w@]|[./-]\w)"
)
#: A number typed in groups: of three digits, or two of four.
GROUPED = re.compile(
    r"(?<![\w.-])(?:[0-9]{1,3}(?:[ .][0-9]{3}){2,3}|[0-9]{4}[ .][0-9]{4})(?![\w@]|[./-]\w)"
)


@dataclass(frozen=True)
class Query:
    """A search: its text, and its words as searches compare them."""

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, typed: str) -> Self:
        """Return the query of a typed text: printable characters, cut to LONGEST."""
        printable = "".join(one if one.isprintable() else " " for one in typed)
        text = " ".join(printable.split())[:LONGEST].strip()
        return cls(text, tuple(plain(text).split()[:MOST_WORDS]))

    @property
    def is_short(self) -> bool:
        """Whether there is too little to search for."""
        return len(self.text) < SHORTEST

    @property
    def document(self) -> str:
        """The number of a person's document that the text is, or holds; "" without one."""
        joined = GROUPED.sub(lambda found: re.sub(r"[ .]", "", found[0]), self.text)
        found = DOCUMENT.search(joined)
        return found[0].upper() if found else ""

    @property
    def has_document(self) -> bool:
        """Whether the text is, or holds, the number of a person's document."""
        return bool(self.document)

    @property
    def has_digit(self) -> bool:
        """Whether the text can be the number of a paper."""
        return any(map(str.isdigit, self.text))

    @property
    def has_letter(self) -> bool:
        """Whether the text can be the name of a person."""
        return any(map(str.isalpha, self.text))
