"""The *Hoja de sustento*: what the Despacho is about to sign, and who gave conformity before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from app.cases.papers import sheets, typesetting

KIND, TITLE = "hoja_sustento", "Hoja de sustento"


@dataclass(frozen=True)
class Conformity:
    """A decision about a stage: the step, who decided in which role, and the day."""

    what: str
    who: str
    role: str
    on: str


@dataclass(frozen=True)
class Stage:
    """A stage of the path: its number and name, the day on which its last step ended ("" if it has
    not), and who gave conformity."""

    name: str
    ended_on: str
    conformities: Sequence[Conformity]


@dataclass(frozen=True)
class Returned:
    """What a review returned: the step, who returned it, the day, the text, and the day of the
    answer ("" while there is none)."""

    step: str
    who: str
    on: str
    text: str
    answered_on: str


@dataclass(frozen=True)
class Compared:
    """A fact on the paper and in the case, and how they compare, in words."""

    label: str
    paper: str
    case: str
    state: str
    differs: bool


@dataclass(frozen=True)
class Checked:
    """A line of the list that was checked at the closing."""

    name: str
    done: str
    detail: str


@dataclass(frozen=True)
class SignedPaper:
    """The paper to be signed: title, day of its issue, code ("" if it has none), SHA-256, pages.

    The SHA-256 is in parts that no line breaks: a sheet breaks long words.
    """

    title: str
    issued_on: str
    code: str
    sha256: Sequence[str]
    pages: str


@dataclass(frozen=True)
class SupportSheet:
    """The contents of the sheet; days are texts in Spanish. `closed`: who closed, and when."""

    entity: Mapping[str, Any]
    paper: SignedPaper
    facts: Sequence[Compared]
    stages: Sequence[Stage]
    returned: Sequence[Returned]
    more_returned: str
    checked: Sequence[Checked]
    closed: str


def file_name(code: str) -> str:
    """Return the name of the file for an entity's code."""
    return f"hoja-de-sustento-{code}.pdf"


def render(sheet: SupportSheet, made_on: date) -> bytes:
    """Return the PDF. Raise what `typesetting.typeset` raises."""
    made = sheets.sheet(KIND, asdict(sheet), made_on)
    return typesetting.typeset(f"printed/{KIND}", {"title": TITLE, **made}, made_on)
