"""Anchors: the places in reviewed work to which an observation can be tied.

An anchor has a short code, which buttons, addresses and drafts carry:

- `paper.<kind>`, `page.<kind>.<number>`: a presented paper, or a page of it;
- `row.<key>`: a row of the roster, by a keyed hash of the person's document;
- `gone.<key>`: a row of the last accepted roster that is no longer there, by the same hash;
- `field.<name>`: an item of the designation, by its name in the form that corrects it;
- `figure.<name>`, `group.<name>`, `post.<key>`: of a demo test, a training, a list of posts.

`Places` finds an anchor in the records of a step. A code that they do not contain has no anchor, so
a forged one is refused. `changes` compares what stood at an anchor with what stands there now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from forms.drafts import place as number_of
from forms.fields.people import key_of
from forms.fields.personnel import Row
from forms.papers import OFFICIAL
from forms.shapes.roster_steps import by_names, differences, names_of

Given = Mapping[str, Any]
#: Label, old words, new words.
Cell = tuple[str, str, str]

#: Hexadecimal digits of a row's key: 64 bits.
KEY = 16
#: The paper that the rows of a roster are written on.
ROSTER_PAPER = "sip_rvl_002"
LONGEST = 200


@dataclass(frozen=True)
class Anchor:
    """A place in the reviewed work: its code, its words, and what stands there.

    `paper` is the kind of the paper that shows it, "" for none. `was` is stored with the
    observation, to compare it later.
    """

    code: str
    words: str
    paper: str = ""
    was: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What happened at an anchor since the observation.

    `kind`: same, cells (see `cells`), gone, back (a row that was gone), still_gone, replaced (a
    paper: ids of both files), unknown.
    """

    kind: str
    cells: tuple[Cell, ...] = ()
    old_file: str = ""
    new_file: str = ""


UNKNOWN = Change("unknown")
SAME = Change("same")
GONE = Change("gone")
BACK = Change("back")
STILL_GONE = Change("still_gone")
#: The first word of the code of a row that is no longer there.
GONE_ROW = "gone"


def of_cells(cells: Sequence[Cell]) -> Change:
    """Return the change of some cells; long words are cut."""
    cut = tuple((label, old[:LONGEST], new[:LONGEST]) for label, old, new in cells if old != new)
    return Change("cells", cut) if cut else SAME


class Places:
    """The anchors of one kind in the records that a step reads."""

    #: The first words of the codes that it knows.
    words: ClassVar[tuple[str, ...]]

    def __init__(self, given: Given) -> None:
        self.given = given

    def find(self, code: str) -> Anchor | None:
        """Return the anchor of a code; None if the reviewed work does not have it."""
        raise NotImplementedError

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return the change at a code since it was `was`."""
        raise NotImplementedError


class Papers(Places):
    """The presented papers and their pages."""

    words = ("paper", "page")

    @cached_property
    def files(self) -> dict[str, Mapping[str, Any]]:
        """The file of each presented paper, by kind."""
        signed = (self.given.get("filing") or {}).get("signed") or ()
        return {paper["kind"]: paper["file"] for paper in signed}

    def find(self, code: str) -> Anchor | None:
        """Return a paper, or one of its pages."""
        word, _, rest = code.partition(".")
        kind, _, number = rest.partition(".")
        file = self.files.get(kind)
        if file is None:
            return None
        title, was = OFFICIAL[kind].title, {"file": file["id"]}
        if word == "paper":
            return Anchor(code, title, kind, was) if code == f"paper.{kind}" else None
        page = number_of(number) or 0
        if code != f"page.{kind}.{page}" or not 1 <= page <= (file.get("pages") or 0):
            return None
        return Anchor(code, f"{title}, página {page}", kind, was)

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return whether the paper was replaced, with both files."""
        file = self.files.get(code.split(".")[1])
        if file is None:
            return GONE
        if file["id"] == was.get("file"):
            return SAME
        return Change("replaced", old_file=str(was.get("file", "")), new_file=file["id"])


class Rows(Places):
    """The rows of the presented roster, and those of the accepted one that it no longer has.

    The latter are found only while `given` has `accepted_roster`.
    """

    words = ("row", GONE_ROW)

    def code_of(self, row: Mapping[str, str], word: str = "row") -> str:
        """Return the code of a row: the same for one person in one case, and not reversible."""
        salt = str((self.given.get("filing") or {}).get("salt", ""))
        text = "\0".join(key_of(row)).encode()
        digest = hashlib.blake2b(text, key=salt.encode()[:64], digest_size=KEY // 2)
        return f"{word}.{digest.hexdigest()}"

    @property
    def rows(self) -> Sequence[Row]:
        """The rows of the roster."""
        return self.given.get("roster") or ()

    @cached_property
    def numbered(self) -> dict[str, tuple[int, Row]]:
        """Number and row by code."""
        return {self.code_of(row): (number, row) for number, row in enumerate(self.rows, 1)}

    @cached_property
    def _named(self) -> dict[tuple[str, str], list[Row]]:
        return by_names(self.rows)

    @cached_property
    def gone(self) -> dict[str, Row]:
        """The rows of the accepted roster that are no longer there, by code."""
        present = set(map(key_of, self.rows))
        return {
            self.code_of(row, GONE_ROW): row
            for row in self.given.get("accepted_roster") or ()
            if row["movement"] != "baja" and key_of(row) not in present
        }

    def find(self, code: str) -> Anchor | None:
        """Return a row: "Fila 14: Rosa Ejemplo Prueba", "Ya no está: Rosa Ejemplo Prueba"."""
        if is_of_gone_row(code):
            row, where = self.gone.get(code), "Ya no está"
        else:
            number, row = self.numbered.get(code, (0, None))
            where = f"Fila {number}"
        if row is None:
            return None
        words = f"{where}: {row['given_names']} {row['surnames']}".strip()
        return Anchor(code, words, ROSTER_PAPER, dict(row))

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return the cells that changed; a baja is no longer there.

        A person without a row, whose names a single new row has, is there with another document.
        """
        if not was.get("document_number"):
            return UNKNOWN
        sought = key_of(was)
        row = next((row for row in self.rows if key_of(row) == sought), None)
        if row is None and (row := self._renumbered(was)):
            return of_cells(differences(dict(was), row))
        is_gone = row is None or (row["movement"] == "baja" and was["movement"] != "baja")
        if is_of_gone_row(code):
            return STILL_GONE if is_gone else BACK
        return GONE if row is None or is_gone else of_cells(differences(dict(was), row))

    def _renumbered(self, was: Mapping[str, Any]) -> Row | None:
        """Return the only row with the names of `was`, if it was not on the observed roster."""
        found = self._named.get(names_of(was), [])
        observed = (self.given.get("observed_records") or {}).get("roster") or ()
        if len(found) != 1 or found[0]["movement"] == "baja":
            return None
        (row,) = found
        return None if any(key_of(one) == key_of(row) for one in observed) else row


def is_of_gone_row(code: str) -> bool:
    """Return whether a code is one of a row that is no longer there."""
    return code.startswith(f"{GONE_ROW}.")


def find(places: Sequence[Places], code: str) -> Anchor | None:
    """Return the anchor of a code among some places; None if none of them has it."""
    word = code.partition(".")[0]
    return next((found.find(code) for found in places if word in found.words), None)


def change_of(places: Sequence[Places], observation: Mapping[str, Any]) -> Change:
    """Return the change at the anchor of an observation; unknown if it has none."""
    code, was = observation.get("anchor", ""), observation.get("was")
    word = code.partition(".")[0]
    found = next((one for one in places if word in one.words), None)
    return found.change(code, was) if found and was else UNKNOWN
