"""Compare a PDF with an earlier state of it, with whose bytes it begins, object by object.

A program that signs a PDF leaves its bytes as they are, and adds objects behind them; a later
object replaces an earlier one of the same number (ISO 32000-2, 7.5.6). So the earlier state, a
paper as it was issued or as it was signed first, is still in the file. A signature adds a signed
field with its appearance, its proofs (`/DSS`), document time stamps, and changes metadata. It
changes no page.
"""

from __future__ import annotations

import io
import time
from typing import Any, NamedTuple

import pikepdf

#: Pairs of objects that are compared, and seconds of the processor after which none is.
MOST_OBJECTS, SECONDS = 300_000, 1.5
#: Levels of a tree of pages or fields above one of them.
MOST_LEVELS = 50
#: Attributes that a page has from the nodes above it (ISO 32000-2, table 31).
INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
#: Entries of a page that show nothing. Its notes are compared one by one.
OF_NO_PAGE = frozenset(
    ["/Parent", "/Annots", "/Tabs", "/StructParents", "/LastModified", "/PieceInfo", "/Metadata"]
)
#: Entries of a note or field that programs write again when they sign another field.
OF_NO_NOTE = frozenset(["/P", "/StructParent", "/Ff"])
COMPOUND = (pikepdf.Array, pikepdf.Dictionary, pikepdf.Stream)
#: What a file that its reader cannot follow raises.
FAULTS = (
    *(pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(NotImplementedError, OverflowError),
)


class TooMuch(Exception):
    """The comparison takes more objects or time than it may."""


class Compared(NamedTuple):
    """Whether all pages and fields are as they were, besides signatures; and pages behind them."""

    is_unchanged: bool
    more_pages: int = 0


def compare(content: bytes, size: int) -> Compared:
    """Compare a PDF with its first bytes, as many as `size`, which are a PDF, too.

    A file whose table of objects is broken counts as changed. Raise TooMuch.
    """
    try:
        with (
            pikepdf.open(io.BytesIO(content[:size])) as was,
            pikepdf.open(io.BytesIO(content), attempt_recovery=False) as now,
        ):
            return Compared(_Comparison(was, now).holds(), len(now.pages) - len(was.pages))
    except FAULTS:
        return Compared(is_unchanged=False)


class _Comparison:
    def __init__(self, was: pikepdf.Pdf, now: pikepdf.Pdf) -> None:
        self.was, self.now = was, now
        self.pages_was, self.pages_now = ([one.obj for one in pdf.pages] for pdf in (was, now))
        self.places_was, self.places_now = (
            {one.objgen: place for place, one in enumerate(pages)}
            for pages in (self.pages_was, self.pages_now)
        )
        self.others_was, signed_was = _fields(was.Root)
        self.others_now, signed_now = _fields(now.Root)
        self.signed = signed_now - signed_was
        self.seen: set[tuple[Any, Any]] = set()
        self.compared, self.until = 0, time.process_time() + SECONDS

    def holds(self) -> bool:
        """Return whether all pages and fields are as they were, besides signatures."""
        root_was, root_now = self.was.Root, self.now.Root
        return (
            len(self.pages_was) <= len(self.pages_now) == root_now.Pages.get("/Count")
            and self._equal(root_was.get("/OCProperties"), root_now.get("/OCProperties"))
            and self._all_equal(self.others_was, self.others_now)
            and all(
                self._same_page(one, other)
                for one, other in zip(self.pages_was, self.pages_now, strict=False)
            )
        )

    def _same_page(self, was: Any, now: Any) -> bool:
        return (
            all(self._equal(_inherited(was, key), _inherited(now, key)) for key in INHERITED)
            and self._same_entries(was, now, OF_NO_PAGE.union(INHERITED))
            and self._same_notes(list(was.get("/Annots", ())), list(now.get("/Annots", ())))
        )

    def _same_notes(self, was: list[Any], now: list[Any]) -> bool:
        """Return whether the notes on a page are the same, besides fields that were signed.

        An empty field for one more signature may be new.
        """
        known = {one.objgen for one in was}
        before = [one for one in was if one.objgen not in self.signed]
        after = [one for one in now if one.objgen not in self.signed]
        return self._all_equal(
            before, [one for one in after if one.objgen in known or not _is_empty(one)]
        )

    def _all_equal(self, was: list[Any], now: list[Any]) -> bool:
        return len(was) == len(now) and all(
            self._same_entries(one, other, OF_NO_NOTE) for one, other in zip(was, now, strict=True)
        )

    def _same_entries(self, was: Any, now: Any, without: frozenset[str] = frozenset()) -> bool:
        keys = set(was.keys()) - without
        return keys == set(now.keys()) - without and all(
            self._equal(was[key], now[key]) for key in keys
        )

    def _equal(self, was: Any, now: Any) -> bool:
        """Return whether two objects are the same, with all that they refer to."""
        waiting = [(was, now)]
        while waiting:
            one, other = waiting.pop()
            self.compared += 1
            if self.compared > MOST_OBJECTS or time.process_time() > self.until:
                raise TooMuch
            if not isinstance(one, pikepdf.Object) or not isinstance(other, pikepdf.Object):
                if type(one) is not type(other) or one != other:
                    return False
            elif not self._is_known(one, other):
                parts = _parts(one, other)
                if parts is None:
                    return False
                waiting += parts
        return True

    def _is_known(self, one: Any, other: Any) -> bool:
        """Return whether a pair needs no look: it had one, or is the same page or tag."""
        if not one.is_indirect or not other.is_indirect:
            return False
        pair = one.objgen, other.objgen
        place = self.places_was.get(one.objgen)
        is_known = (
            pair in self.seen
            or (place is not None and place == self.places_now.get(other.objgen))
            or (_is_tag(one) and _is_tag(other))
        )
        self.seen.add(pair)
        return is_known


def _parts(one: Any, other: Any) -> list[tuple[Any, Any]] | None:
    """Return the pairs of what two objects consist of; None if they differ."""
    if any(isinstance(one, kind) != isinstance(other, kind) for kind in COMPOUND):
        return None
    if isinstance(one, pikepdf.Array):
        return list(zip(one, other, strict=True)) if len(one) == len(other) else None
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        keys = set(one.keys())
        if keys != set(other.keys()):
            return None
        if isinstance(one, pikepdf.Stream) and one.read_raw_bytes() != other.read_raw_bytes():
            return None
        if "/ByteRange" in keys:  # a signature may refer to the whole document
            keys = {"/ByteRange", "/Contents"}
        return [(one[key], other[key]) for key in keys]
    return [] if one == other else None


def _is_tag(one: Any) -> bool:
    """Return whether an object is a tag: they show nothing, and a signed field gets one, too."""
    return isinstance(one, pikepdf.Dictionary) and str(one.get("/Type")) == "/StructElem"


def _inherited(one: Any, key: str) -> Any:
    """Return an entry of a page or field, or of the nearest node above it that has it."""
    for _ in range(MOST_LEVELS):
        if key in one:
            return one[key]
        if "/Parent" not in one:
            return None
        one = one["/Parent"]
    raise ValueError(key)


def _is_empty(note: Any) -> bool:
    """Return whether a note is a field for a signature that shows nothing."""
    look = note.get("/AP", {}).get("/N")
    is_blank = look is None or (isinstance(look, pikepdf.Stream) and not look.read_bytes().strip())
    is_field = str(note.get("/Subtype")) == "/Widget" and str(_inherited(note, "/FT")) == "/Sig"
    return is_field and is_blank and "/MK" not in note


def _fields(root: Any) -> tuple[list[Any], set[tuple[int, int]]]:
    """Return the fields that are not for signatures, and the numbers of the boxes of those signed.

    A signed field counts only if it is one that `signatures` reads: in the form, with a name.
    """
    waiting = [(one, None, True) for one in root.get("/AcroForm", {}).get("/Fields", ())]
    others: list[Any] = []
    signed: set[tuple[int, int]] = set()
    looked: set[tuple[int, int]] = set()
    while waiting:
        one, kind, is_named = waiting.pop()
        if one.is_indirect and one.objgen in looked:
            continue
        looked.add(one.objgen)
        kind, kids = one.get("/FT", kind), list(one.get("/Kids", ()))
        is_named = is_named and "/T" in one and one.is_indirect
        if kind is not None and str(kind) != "/Sig":
            others.append(one)
            continue
        value = one.get("/V") if kind is not None and is_named else None
        if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value:
            boxes = [one, *(kid for kid in kids if "/T" not in kid)]
            signed |= {box.objgen for box in boxes if box.is_indirect}
        waiting += [(kid, kind, is_named) for kid in kids]
    return others, signed
