"""What is read in an uploaded file, as plain data (JSON), without any judgement of a case.

`reader.py` writes it in a separate process, `findings.py` judges it, and `ReadFile.facts` keeps it.
Every text comes from a foreign file: it is short, printable, and never markup.
"""

from __future__ import annotations

from typing import Literal, TypedDict

#: The words of the State's own validator: VÁLIDO, NO VÁLIDO, INDETERMINADO.
Word = Literal["valid", "invalid", "undetermined"]


class Signature(TypedDict):
    """One signature of a PDF, the oldest first.

    `word` follows `bottom_line` of pyHanko: valid, invalid, or undetermined if only something
    outside of the file is missing (a root, revocation data).
    """

    #: The signed field of the PDF.
    field: str
    #: The signer: name, number of the DNI ("" if none), RUC of the entity ("" for a citizen).
    name: str
    document: str
    ruc: str
    #: Why it is not valid, as keys of `findings.REASONS`: `broken`, `changed_after`, `expired`,
    #: `revoked`, `not_yet_valid`, `unknown_root`, `no_revocation_data`, `unreadable` …
    reasons: list[str]
    word: Word
    #: When it was signed, in UTC (ISO); "" if unknown. `stamped`: by a trusted time stamp.
    signed_at: str
    stamped: bool
    #: Whether it covers the whole file as it was signed, and whether anything was added later.
    covers_whole: bool
    changed_after: bool
    #: The page from 1 (0 if it is invisible), and left, bottom, right, top in points.
    page: int
    box: list[float]


class Code(TypedDict):
    """A code of `/verificar/` on a page: of the paper, and of its page (0 if unknown)."""

    code: str
    page: int
    #: Whether it was read in the text of the page, or only in its picture (QR).
    in_text: bool


class PageFacts(TypedDict):
    """One page, in the order of the file."""

    #: Width and height in points, as shown.
    width: float
    height: float
    #: text, image, drawing, nothing or damaged.
    holds: str
    codes: list[Code]
    #: The number of QR codes that lead elsewhere.
    foreign_codes: int
    #: The first 2,000 characters of its text.
    text: str


class Facts(TypedDict):
    """What was read in a file; `fault` as of `forms.fields.documents.FAULTS`, "" if it is good."""

    fault: str
    pages: int
    #: The first pages; a long file has more than are looked at.
    looked: list[PageFacts]
    signatures: list[Signature]
    #: The program that wrote the file last, "" if unknown.
    producer: str
    #: Whether reading ended before all was looked at, since it took too long.
    cut_short: bool
