"""The *Constancia de asistencia*: a page per person who attended a session, as it was reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.base import formatting
from app.cases.papers import sheets, typesetting
from forms.shapes.attendance_results import AttendanceResults

KIND, TITLE = "constancia_asistencia", "Constancia de asistencia"
#: Slips of one file: 500 pages take some seconds.
MOST = 500


@dataclass(frozen=True)
class Slip:
    """A person who attended: as in the records, with the entity, the session and its days."""

    person: Mapping[str, Any]
    entity: str
    session: str
    group: str
    held: str


def of_results(entity: str, results: AttendanceResults) -> Iterator[Slip]:
    """Yield a slip for each person who attended a session or a training."""
    for group in results.groups:
        for row in group.rows:
            if row.status == "present":
                yield Slip(row.person, entity, results.session, group.title, group.held)


def file_name(name: str) -> str:
    """Return the name of the file for an entity's code, or for a session."""
    return f"constancias-de-asistencia-{name}.pdf"


def render(slips: Sequence[Slip], code: str, made_on: date, *, is_masked: bool) -> bytes:
    """Return the PDF, a page per slip.

    `code`: the entity's, "" for several entities; `is_masked` hides document numbers. Raise what
    `typeset` raises.
    """
    values = {
        "entity": {"code": code, "name": slips[0].entity if code and slips else ""},
        "slips": [_values(slip, is_masked) for slip in slips],
    }
    made = sheets.sheet(KIND, values, made_on)
    return typesetting.typeset(f"printed/{KIND}", {"title": TITLE, **made}, made_on)


def _values(slip: Slip, is_masked: bool) -> dict[str, str]:
    kind, number = slip.person["document_type"], slip.person["document_number"]
    return {
        "name": f"{slip.person['given_names']} {slip.person['surnames']}".strip(),
        "document": formatting.masked(kind, number) if is_masked else f"{kind} {number}",
        "entity": slip.entity,
        "session": slip.session,
        "group": slip.group,
        "held": slip.held,
    }
