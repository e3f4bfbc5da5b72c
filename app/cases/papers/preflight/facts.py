"""What is read in an uploaded file, as plain data (JSON), without any judgement of a case.

`reader.py` writes it in a separate process, `findings.py` judges it, and `ReadFile.facts` keeps it.
Every text comes from a foreign file: it is short, printable, and never markup.
"""

from __future__ import annotations

from typing import Literal, TypedDict

#: The words of the State's own validator: VÁLIDO, NO VÁLIDO, INDETERMINADO.
Word = Literal["valid", "invalid", "undetermined"]

#: Why a signature is not valid. The first group makes it invalid.
Reason = Literal[
    "broken",  # the signed bytes, or the signature, were changed
    "changed_after",  # more than signatures and their proofs was added later
    "not_whole",  # it does not cover the whole file as it was signed
    "expired",  # with `no_time_stamp`: only since then, but nothing proves when it was signed
    "not_yet_valid",  # the certificate begins later
    "revoked",  # the certificate was cancelled
    "not_for_signing",  # the certificate is for something else
    "bad_chain",  # the chain of certificates breaks its own rules
    "broken_time_stamp",
    "against_rules",  # of the signed field, set by the author of the form
    "unreadable",  # what is there is no signature
    # Undetermined, if there is no other reason:
    "no_time_stamp",
    "unknown_root",  # the installation does not trust the issuer of the certificate
    "no_revocation_data",  # neither the file nor the installation says if it was cancelled
    "unknown_time_stamp",  # of an authority that the installation does not trust
    "weak_algorithm",
    "unread",  # it would have taken too long
]


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
    #: Why it is not valid, as keys of `findings.REASONS`.
    reasons: list[Reason]
    word: Word
    #: When it was signed, in UTC (ISO); "" if unknown. `stamped`: by a trusted time stamp.
    signed_at: str
    stamped: bool
    #: Whether it covers the whole file as it was signed, and whether anything else than further
    #: signatures and their proofs was added later.
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
    #: By how many degrees the page is turned clockwise, as its QR shows: 0, 90, 180 or 270; None
    #: if that is not known.
    turned: int | None


class PageFacts(TypedDict):
    """One page, in the order of the file."""

    #: A digest of its text without spaces and hyphens, "" if it has none; no words of it.
    text: str
    #: Width and height in points, as shown.
    width: float
    height: float
    #: text, image, drawing, nothing or damaged.
    holds: str
    codes: list[Code]
    #: The number of QR codes that lead elsewhere.
    foreign_codes: int


class Facts(TypedDict):
    """What was read in a file.

    If the reader was busy, or the file takes too much, `cut_short` is true and nothing is known: no
    pages, and no fault.
    """

    #: A key of `forms.fields.documents.FAULTS`; "" if the file can be opened safely.
    fault: str
    #: Number of pages of the whole file.
    pages: int
    #: The first pages; a long file has more than are looked at.
    looked: list[PageFacts]
    signatures: list[Signature]
    #: Whether something besides signatures was added to the pages or fields of the issued file
    #: that it begins with; false if it begins with none.
    added: bool
    #: The program that wrote the file last, "" if unknown.
    producer: str
    #: Whether reading ended before all was looked at, since it took too long. Pages that are as
    #: they were issued need no look.
    cut_short: bool


class TrustState(TypedDict):
    """What signatures are checked against: see *Signatures* in docs/operations.md."""

    #: Authorities in the folder of roots, and on the State's list.
    roots: int
    listed: int
    #: none, good, missing, unreadable, unsigned or expired; and until when it is good (ISO).
    list_state: str
    list_until: str
    revocation_lists: int
