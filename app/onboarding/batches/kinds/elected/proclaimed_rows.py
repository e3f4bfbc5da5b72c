"""The rows of a list of proclaimed authorities: columns, posts, places, people and periods.

The layout is that of the electoral authority's open data. Its headings begin with TX, NU or FE in
some editions.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Entity
from app.onboarding.batches.kind import Column, Data, Found, Line, Refused
from app.onboarding.batches.kinds.elected import places
from app.register.registers.mandates import elected, place_of
from forms.fields.dates import read_date
from forms.fields.identifiers import plain
from forms.fields.rules import is_name

#: A post, the kind of entity that it heads, the digits of the entity's ubigeo.
POSTS = (
    (r"gobernadora? regional", "gobierno_regional", 2),
    (r"alcalde(sa)? (provincial|metropolitan[oa])", "municipalidad_provincial", 4),
    (r"alcalde(sa)? distrital", "municipalidad_distrital", 6),
)
#: Words in names that are not capitalized.
SMALL = frozenset({"de", "del", "la", "las", "los", "y", "e"})
#: The longest names and post that the step accepts (characters).
LONGEST_NAME, LONGEST_POST = 100, 150
#: The most people that a message names.
MOST_RIVALS = 3
PLACES = ("region", "province", "district")

COLUMNS = (
    Column("given_names", "NOMBRES", ("txnombres", "nombre"), True, "ROSA PERSONA",
           "Los nombres de la persona proclamada."),
    Column("first_surname", "APELLIDOPATERNO", ("txapellidopaterno", "apellido paterno"), True,
           "QUISPE", "Su primer apellido."),
    Column("second_surname", "APELLIDOMATERNO", ("txapellidomaterno", "apellido materno"), False,
           "EJEMPLO", "Su segundo apellido."),
    Column("post", "CARGO", ("txcargo",), True, "ALCALDE DISTRITAL",
           "Gobernador regional, alcalde provincial o alcalde distrital. Las filas de otros cargos "
           "se cuentan y se dejan pasar."),
    Column("ubigeo", "UBIGEO", ("txubigeo", "nuubigeo"), False, "140115",
           "El ubigeo en la codificación del RENIEC, que no es la del INEI."),
    Column("region", "REGION", ("txregion", "departamento"), False, "LIMA",
           "Con la provincia y el distrito, encuentra los lugares de ubigeo nuevo."),
    Column("province", "PROVINCIA", ("txprovincia",), False, "LIMA", "La provincia."),
    Column("district", "DISTRITO", ("txdistrito",), False, "MIRAFLORES", "El distrito."),
    Column("from_on", "FEINICIOVIGENCIA", ("desde", "inicio de vigencia"), True, "01/01/2027",
           "El primer día de su periodo."),
    Column("to_on", "FEFINVIGENCIA", ("hasta", "fin de vigencia"), True, "31/12/2030",
           "El último día de su periodo."),
)  # fmt: skip


def _body_of(cells: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the kind of entity that a post heads, and the digits of its ubigeo."""
    words = plain(cells["post"])
    return next(
        ((kind, digits) for pattern, kind, digits in POSTS if re.match(pattern, words)), None
    )


def passes_over(cells: Mapping[str, str]) -> str:
    """Return the post of a row that heads no entity; "" for other rows, and without a post."""
    return "" if _body_of(cells) else plain(cells["post"])[:60]


def find(session: Session, lines: Sequence[Line]) -> list[Found]:
    """Return the entity of each row by its post and place."""
    known: dict[tuple[str, str], list[Entity]] = defaultdict(list)
    for entity in session.scalars(elected()):
        known[entity.kind, place_of(entity)[: _digits(entity.kind)]].append(entity)
    found = [_entity_of(line.cells, known) for line in lines]
    rivals = _rivals(lines, found)
    return [
        Found(one.entity, rivals.get(one.entity.id, "")) if one.entity and not one.fault else one
        for one in found
    ]


def _digits(kind: str) -> int:
    return next(digits for _, one, digits in POSTS if one == kind)


def _entity_of(
    cells: Mapping[str, str], known: Mapping[tuple[str, str], Sequence[Entity]]
) -> Found:
    body = _body_of(cells)
    if body is None:
        return Found(None, "Falta el cargo.")
    kind, digits = body
    try:
        code = places.inei_of(cells["ubigeo"], [cells[name] for name in PLACES], digits)
    except Refused as fault:
        return Found(None, str(fault))
    here = known.get((kind, code), ())
    active = [one for one in here if one.active] or here
    if not active:
        what = formatting.entity_kind(kind).lower()
        return Found(None, f"En el catálogo no hay una {what} de {places.name_of(code)}.")
    if len(active) > 1:
        codes = formatting.listed([one.code for one in active])
        return Found(None, f"En el catálogo hay más de una entidad de ese lugar: {codes}.")
    return Found(active[0])


def _rivals(lines: Sequence[Line], found: Sequence[Found]) -> dict[int, str]:
    """Return a message for each entity for which a file names several people."""
    rows: dict[int, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line, one in zip(lines, found, strict=True):
        if one.entity is not None:
            rows[one.entity.id][key_of(_name_in(line.cells))].append(line)
    return {
        entity_id: _rivalry([same[0] for same in people.values()])
        for entity_id, people in rows.items()
        if len(people) > 1
    }


def _rivalry(lines: Sequence[Line]) -> str:
    names = [
        f"{full_name(_name_in(line.cells))[:LONGEST_NAME]} (fila {line.number})"
        for line in lines[:MOST_RIVALS]
    ]
    if more := len(lines) - len(names):
        names.append(formatting.plural(more, "persona más", "personas más"))
    return (
        f"La lista nombra a más de una persona para esta entidad: {formatting.listed(names)}. "
        "Deja solo a la proclamada."
    )


def _name_in(cells: Mapping[str, str]) -> dict[str, str]:
    surnames = f"{cells['first_surname']} {cells['second_surname']}".strip()
    return {"given_names": _readable(cells["given_names"]), "surnames": _readable(surnames)}


def _readable(text: str) -> str:
    """Return a name in capitals as one writes it: "De la Cruz Quispe"; others stay."""
    if not text.isupper():
        return text
    words = [
        word if word in SMALL else re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word)
        for word in text.lower().split()
    ]
    first = words[0][:1].upper() + words[0][1:] if words else ""
    return " ".join([first, *words[1:]])


def full_name(person: Mapping[str, Any]) -> str:
    return f"{person['given_names']} {person['surnames']}"


def key_of(person: Mapping[str, Any]) -> str:
    """Return a name for comparison."""
    return plain(full_name(person))


def read(cells: Mapping[str, str]) -> Data:
    """Return the person and the period of a row. Raises Refused."""
    name = _name_in(cells)
    for key, what in (("given_names", "los nombres"), ("surnames", "los apellidos")):
        if not name[key]:
            raise Refused(f"Faltan {what}.")
        if not is_name(name[key]) or len(name[key]) > LONGEST_NAME:
            raise Refused(f"No se entienden {what}: revisa las letras del archivo.")
    from_on, to_on = _day(cells["from_on"], "primer"), _day(cells["to_on"], "último")
    if to_on < from_on:
        raise Refused("El periodo termina antes de empezar: revisa las dos fechas.")
    post = cells["post"][:LONGEST_POST].capitalize()
    return name | {"post": post, "from_on": from_on.isoformat(), "to_on": to_on.isoformat()}


def _day(text: str, which: str) -> date:
    """Return a day; a time of day after it is ignored. Raises Refused."""
    if not text:
        raise Refused(f"Falta el {which} día del periodo.")
    try:
        return read_date(re.split(r"[ T]", text, maxsplit=1)[0])
    except ValueError:
        raise Refused(f"No se entiende el {which} día del periodo: {text[:20]}.") from None


def period_of(rows: Sequence[Data]) -> Data:
    """Return the first day of the period of most rows: the rows are done from that day."""
    days = Counter(row["from_on"] for row in rows)
    return {"begins_on": max(days, key=lambda day: (days[day], day))} if days else {}
