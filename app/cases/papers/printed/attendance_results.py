"""The *Resultado de la asistencia*: who attended a session, printed after it was reported."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.base import formatting
from app.base.models import Entity
from app.cases.papers import sheets, typesetting
from forms.fields.people import full_name
from forms.shapes.attendance_results import AttendanceResults, ResultGroup
from forms.shapes.attended import STATUS_WORDS

KIND, TITLE = "resultado_asistencia", "Resultado de la asistencia"
#: The status of a person, short enough for a column.
WORDS = {**STATUS_WORDS, "leave": "Con licencia"}


def file_name(code: str) -> str:
    """Return the name of the file for an entity's code."""
    return f"resultado-de-la-asistencia-{code}.pdf"


def render(entity: Entity, results: AttendanceResults, made_on: date, *, is_masked: bool) -> bytes:
    """Return the PDF; `is_masked` hides document numbers. Raise what `typeset` raises."""
    made = sheets.sheet(KIND, values(entity, results, is_masked=is_masked), made_on)
    return typesetting.typeset(f"printed/{KIND}", {"title": TITLE, **made}, made_on)


def values(entity: Entity, results: AttendanceResults, *, is_masked: bool) -> dict[str, Any]:
    """Return the contents: texts in Spanish."""
    names = "code name ruc ubigeo place".split()
    return {
        "entity": {name: getattr(entity, name) for name in names},
        "session": results.session,
        "topic": results.topic,
        "note": results.note,
        "groups": [_group(group, is_masked) for group in results.groups],
    }


def _group(group: ResultGroup, is_masked: bool) -> dict[str, Any]:
    """Return a group. Its counts have the people on leave if there are any."""
    present, absent, leave = (group.count(one) for one in ("present", "absent", "leave"))
    return {
        "title": group.title,
        "held": group.held,
        "counts": [
            ["Personas", formatting.number(len(group.rows))],
            ["Asistieron", formatting.number(present)],
            ["No asistieron", formatting.number(absent)],
            *([[STATUS_WORDS["leave"], formatting.number(leave)]] if leave else []),
            ["Asistencia", _share(present, present + absent)],
        ],
        "people": [
            [
                formatting.number(number),
                full_name(row.person),
                _document(row.person, is_masked),
                WORDS[row.status],
                "; ".join(filter(None, (row.note, row.reason))),
            ]
            for number, row in enumerate(group.rows, 1)
        ],
    }


def _share(present: int, expected: int) -> str:
    """Return the share of those expected who attended; leave does not count."""
    if not expected:
        return "No se esperaba a nadie"
    return f"{formatting.number(present)} de {formatting.number(expected)} sin licencia"


def _document(person: Mapping[str, Any], is_masked: bool) -> str:
    kind, number = person["document_type"], person["document_number"]
    return formatting.masked(kind, number) if is_masked else f"{kind} {number}"
