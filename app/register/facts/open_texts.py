"""Free texts that others will read, without the numbers of persons in them.

These are the texts of the register, which everyone reads, and the reasons in a history. The desk
has no time for another question, and a file cannot answer one: a person's number in a text is
masked like a document's, and the text stays. Only numbers that are plainly a person's count,
because amounts, rooms and files (expedientes) have eight digits too.
"""

from __future__ import annotations

import re

#: Numbers of persons within texts: a DNI, or the RUC of a person (10…), which contains the DNI.
IN_TEXT = re.compile(
    r"(?<![A-Z])(?:D\.?\s?N\.?\s?I\.?[^\w*]*(?:N(?:RO|UM)?[^0-9A-Z*]+)?"
    r"|(?<![0-9])(?=10[0-9]{9}(?![0-9])))"
    r"([0-9]{8}|10[0-9]{9})(?![0-9])",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return the text with only the last three digits of each person's number."""
    return IN_TEXT.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    start = found.start(1) - found.start()
    return found[0][:start] + "*" * (len(found[1]) - 3) + found[1][-3:]
