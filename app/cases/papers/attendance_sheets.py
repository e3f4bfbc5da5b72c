"""The *Lista de asistencia*: the expected people of a session, with room for their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.base import formatting
from app.base.models import Entity
from app.cases.papers import sheets, typesetting
from forms.fields.people import full_name
from forms.shapes.attendance_sheet import AttendanceSheet, SheetGroup

KIND, TITLE = "lista_asistencia", "Lista de asistencia"

#: What is printed while the roster has nobody: a sheet of blank rows.
NOBODY = SheetGroup("Sin personas en la relación", ())


def file_name(code: str) -> str:
    """Return the name of the file for an entity's code."""
    return f"lista-de-asistencia-{code}.pdf"


def render(entity: Entity, sheet: AttendanceSheet, made_on: date, *, is_masked: bool) -> bytes:
    """Return the PDF; `is_masked` hides document numbers. Raise what `typeset` raises."""
    made = sheets.sheet(KIND, values(entity, sheet, is_masked=is_masked), made_on)
    return typesetting.typeset(KIND, {"title": TITLE, **made}, made_on)


def values(entity: Entity, sheet: AttendanceSheet, *, is_masked: bool) -> dict[str, Any]:
    """Return the contents of the sheet: texts in Spanish."""
    names = "code name acronym level kind sector ruc address ubigeo website phone place".split()
    return {
        "entity": {name: getattr(entity, name) for name in names},
        "session": sheet.session,
        "at": formatting.moment(sheet.at) if sheet.at else "",
        "where": sheet.place,
        "groups": [_group(group, is_masked) for group in sheet.groups or (NOBODY,)],
    }


def _group(group: SheetGroup, is_masked: bool) -> dict[str, Any]:
    return {
        "title": group.title,
        "count": formatting.plural(len(group.people), "persona", "personas"),
        "people": [
            [formatting.number(number), full_name(person), _document(person, is_masked)]
            for number, person in enumerate(group.people, 1)
        ],
    }


def _document(person: Mapping[str, Any], is_masked: bool) -> str:
    kind, number = person["document_type"], person["document_number"]
    return formatting.masked(kind, number) if is_masked else f"{kind} {number}"
