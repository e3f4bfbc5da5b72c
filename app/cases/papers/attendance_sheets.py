"""The *Lista de asistencia*: the expected people of a session, with room for their signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
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


def render_session(
    entities: Sequence[str], sheet: AttendanceSheet, made_on: date, *, is_masked: bool
) -> bytes:
    """Return the PDF of a session of several entities: each of its groups names its entity."""
    contents = _contents(sheet, "", is_masked=is_masked)
    contents["entity"] = {"name": formatting.plural(len(entities), "entidad", "entidades")}
    made = sheets.sheet(KIND, contents, made_on)
    return typesetting.typeset(KIND, {"title": TITLE, **made}, made_on)


def values(entity: Entity, sheet: AttendanceSheet, *, is_masked: bool) -> dict[str, Any]:
    """Return the contents of the sheet: texts in Spanish."""
    names = "code name acronym level kind sector ruc address ubigeo website phone place".split()
    contents = _contents(sheet, entity.name, is_masked=is_masked)
    return {"entity": {name: getattr(entity, name) for name in names}, **contents}


def _contents(sheet: AttendanceSheet, name: str, *, is_masked: bool) -> dict[str, Any]:
    groups = [_group(group, name, is_masked) for group in sheet.groups or (NOBODY,)]
    for group, following in pairwise(groups):
        group["has_spare"] = not following["continues"]
    return {
        "session": sheet.session,
        "at": formatting.moment(sheet.at) if sheet.at else "",
        "where": sheet.place,
        "groups": groups,
    }


def _group(group: SheetGroup, name: str, is_masked: bool) -> dict[str, Any]:
    """Return a group; `has_spare`: blank rows follow for people who are not on the list."""
    return {
        "title": group.title,
        "entity": group.entity or name,
        "continues": group.continues,
        "has_spare": True,
        "count": formatting.plural(len(group.people), "persona", "personas"),
        "people": [
            [formatting.number(number), full_name(person), _document(person, is_masked)]
            for number, person in enumerate(group.people, 1)
        ],
    }


def _document(person: Mapping[str, Any], is_masked: bool) -> str:
    kind, number = person["document_type"], person["document_number"]
    return formatting.masked(kind, number) if is_masked else f"{kind} {number}"
