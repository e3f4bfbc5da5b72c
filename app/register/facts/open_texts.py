"""Texts in somebody's own words that others will read, without the numbers of persons in them.

So are those of the register, which everybody reads, and the reasons that a history tells. At the
desk nobody has the time to be asked again, and a file has nobody to ask: the number that stands in
a text is hidden like a document's, and the text stays. Only what is plainly somebody's counts,
since amounts, rooms and files (expedientes) have eight digits too.
"""

from __future__ import annotations

import re

#: Numbers of persons within texts: a DNI; a RUC, that of a person (10…) with the DNI in it.
IN_TEXT = re.compile(
    r"(?<![A-Z])(?:D\.?\s?N\.?\s?I\.?[^\w*]*(?:N(?:RO|UM)?[^0-9A-Z*]+)?"
    r"|(?<![0-9])(?=10[0-9]{9}(?![0-9])))"
    r"([0-9]{8}|10[0-9]{9})(?![0-9])",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """The text: of a person's number in it, the last three digits alone."""
    return IN_TEXT.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    start = found.start(1) - found.start()
    return found[0][:start] + "*" * (len(found[1]) - 3) + found[1][-3:]
