"""The columns of files of visits: the names that they have in known files, as a proposal.

Known are the official platform's export and our own files. For other files the user says which
column holds what.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.register.facts.declared import DECLARED
from forms.fields.identifiers import plain

#: Cell → its name for the user, and its heading in our own files; "" where they lack it.
COLUMNS: Mapping[str, tuple[str, str]] = {
    **{
        fact.imported.cell: (fact.imported.label, fact.open.name)
        for fact in DECLARED
        if fact.imported and fact.open
    },
    "visitor_surnames": ("Apellidos del visitante", ""),
    "visitor_surname_2": ("Apellido materno del visitante", ""),
    "document": ("Documento del visitante", ""),
    "recorded_on": ("Fecha de Registro", "registrado"),
    "state": ("Estado", "estado"),
    "code": ("Código de la visita", "codigo"),
    "entity": ("Entidad visitada", "entidad"),
    "entity_ruc": ("RUC de la entidad visitada", "entidad_ruc"),
}
#: Cell → its name for the user.
LABELS = {cell: label for cell, (label, _) in COLUMNS.items()}
#: Known heading, by `plain` → cell.
NAMES = {plain(heading): cell for cell, both in COLUMNS.items() for heading in both if heading}
#: The cells without which no row is a visit, and what asks for them.
REQUIRED: Mapping[str, str] = {
    "visit_on": "Elige la columna que dice qué día fue la visita.",
    "visitor": "Elige la columna que dice quién vino.",
}


def proposed(headings: Sequence[str]) -> dict[str, int]:
    """Return the place of the column of each cell whose heading is known: the first of each."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if cell := NAMES.get(plain(heading)):
            found.setdefault(cell, place)
    return found
