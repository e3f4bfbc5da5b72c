"""The text that a person wrote in a mail, without the text that the mail quotes below."""

from __future__ import annotations

import re

#: The first line of our mails about questions: the text below it is ours.
ABOVE = "Escribe tu respuesta encima de esta línea"

#: Lines with which mail programs begin a quotation.
BEGINS = re.compile(
    r"""(?ix)
    \s*(?:>\s?)* (?:
      -{2,}\s*(?:mensaje\ original|original\ message|mensaje\ reenviado|forwarded\ message)\b.*
    | _{10,}
    | (?:el|on)\s.{4,200}\s(?:escribi[oó]|wrote):
    | (?:de|from|enviado\ por):\s.*@.*
    )\s*"""
)
#: The same where the program breaks its line in two.
BROKEN = re.compile(r"(?i)\s*(?:el|on)\s.{4,200}")
WROTE = re.compile(r"(?i).{0,200}(?:escribi[oó]|wrote):\s*")


def split(text: str) -> tuple[str, str]:
    """Return a person's own text, and the quoted text after it, "" without a quotation.

    Our own line is the surest sign; then the line with which the mail program introduces the
    quotation; then lines that begin with `>`.
    """
    lines = text.splitlines()
    at = next((n for n, line in enumerate(lines) if _begins(lines, n, line)), len(lines))
    own = "\n".join(lines[:at]).strip()
    return own, "\n".join(lines[at:]).strip()


def _begins(lines: list[str], number: int, line: str) -> bool:
    """Return whether the quotation begins at this line."""
    if ABOVE in line or line.lstrip().startswith(">") or BEGINS.fullmatch(line):
        return True
    after = lines[number + 1] if number + 1 < len(lines) else ""
    return bool(BROKEN.fullmatch(line) and WROTE.fullmatch(after))
