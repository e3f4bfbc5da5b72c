"""The columns of a file of changes of the catalogue, and how a row is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.base import calendar, formatting
from app.cases.entities import LEVELS
from app.onboarding.batches.kind import CODE, Column, Data, Refused
from forms.fields import identifiers
from forms.fields.dates import read_date
from forms.fields.identifiers import plain
from forms.fields.rules import has_control, has_document_number

#: Words of a cell → the action.
ACTIONS: Mapping[str, str] = {
    "crear": "create",
    "creacion": "create",
    "renombrar": "rename",
    "cambio de nombre": "rename",
    "fusionar": "fuse",
    "fusion": "fuse",
    "extinguir": "extinguish",
    "extincion": "extinguish",
}
#: Most characters of the texts.
LIMITS = {"name": 300, "acronym": 40, "sector": 100, "norm": 200}
#: Values of an entity in a row of creation, besides those of its place.
VALUES = ("code", "name", "acronym", "level", "kind", "sector", "ubigeo", "ruc")

COLUMNS = (
    Column(
        "action",
        "Acción",
        ("acto", "cambio"),
        required=True,
        example="fusionar",
        help="crear, renombrar, fusionar o extinguir.",
    ),
    replace(
        CODE,
        help="El código de la entidad que cambia. Al crear una, vacío: recibe el siguiente.",
    ),
    Column(
        "name",
        "Nombre",
        ("nombre de la entidad", "nuevo nombre", "denominacion"),
        example="",
        help="Para crear y renombrar: el nombre completo, como lo escribe la norma.",
    ),
    Column("acronym", "Sigla", ("siglas",), help="Para crear y renombrar. Puede quedar vacía."),
    Column(
        "level",
        "Nivel",
        ("nivel de gobierno",),
        help="Para crear: nacional, regional o local.",
    ),
    Column(
        "kind",
        "Tipo",
        ("tipo de entidad",),
        help="Para crear: " + ", ".join(formatting.ENTITY_KINDS.values()) + ".",
    ),
    Column("sector", "Sector", help="Para crear. Puede quedar vacío."),
    Column("ubigeo", "Ubigeo", ("distrito",), help="Para crear: seis dígitos del INEI, o vacío."),
    Column("ruc", "RUC", help="Para crear. Puede quedar vacío."),
    Column(
        "successor",
        "Código de la que la absorbe",
        ("absorbida por", "entidad absorbente", "codigo de la sucesora"),
        example="E00012",
        help="Para fusionar: la entidad que queda. Una fila anterior puede crearla.",
    ),
    Column(
        "norm",
        "Norma",
        ("base legal", "dispositivo"),
        required=True,
        example="Decreto Supremo 099-2026-PCM",
        help="La norma que lo dispone.",
    ),
    Column(
        "on",
        "Fecha",
        ("rige desde", "desde", "fecha de vigencia"),
        required=True,
        example="01/03/2026",
        help="Desde qué día rige, como día/mes/año.",
    ),
)


def read(cells: Mapping[str, str]) -> Data:
    """Return the change of a row. Raises Refused with everything that is wrong with it."""
    action = ACTIONS.get(plain(cells["action"]).strip(". "))
    if action is None:
        raise Refused("La acción es crear, renombrar, fusionar o extinguir.")
    data: Data = {"action": action, "norm": cells["norm"]}
    faults = [*_faults_of_ground(cells, data)]
    if action == "create":
        data |= {name: cells[name] for name in VALUES}
        faults += _faults_of_entity(data)
    elif action == "rename":
        data |= {name: cells[name] for name in ("name", "acronym")}
        faults += [] if cells["name"] else ["Falta el nombre nuevo."]
    elif action == "fuse":
        data["successor"] = cells["successor"].upper()
        faults += [] if data["successor"] else ["Falta el código de la entidad que la absorbe."]
    for name, most in LIMITS.items():
        text = data.get(name, "")
        if len(text) > most or has_control(text):
            faults.append("Un texto de la fila es demasiado largo o tiene signos extraños.")
            break
    if faults:
        raise Refused(" ".join(faults))
    return data


def _faults_of_ground(cells: Mapping[str, str], data: Data) -> Iterator[str]:
    """Yield the faults of norm and day; write the day into the data."""
    if not cells["norm"]:
        yield "Falta la norma."
    elif has_document_number(cells["norm"]):
        yield "No escribas números de documento en la norma."
    try:
        day = read_date(cells["on"])
    except ValueError:
        yield "Escribe la fecha como día/mes/año." if cells["on"] else "Falta la fecha."
        return
    data["on"] = day.isoformat()
    if day > calendar.today():
        yield "La fecha todavía no llega: sube esta fila cuando la norma rija."


def _faults_of_entity(data: Data) -> Iterator[str]:
    """Yield the faults of a new entity; write level and kind as the catalogue has them."""
    data["code"], data["sector"] = data["code"].upper(), data["sector"].upper()
    data["ubigeo"] = identifiers.tidy_ubigeo(data["ubigeo"])
    if data["code"] and not re.fullmatch(r"[A-Z][0-9]{5}", data["code"]):
        yield "El código es una letra y cinco dígitos, como E00275."
    if not data["name"]:
        yield "Falta el nombre."
    levels = {plain(word): level for level, label in LEVELS for word in (level, label)}
    kinds = {
        plain(word): kind
        for kind, label in formatting.ENTITY_KINDS.items()
        for word in (kind, label)
    }
    for name, known, fault in (
        ("level", levels, "El nivel es nacional, regional o local."),
        ("kind", kinds, "El tipo no es uno de los que se conocen."),
    ):
        found = known.get(plain(data[name]))
        if found is None:
            yield fault
        data[name] = found or ""
    if data["ubigeo"] and data["ubigeo"] not in identifiers.places():
        yield "El ubigeo no es de ningún distrito del INEI."
    if data["ruc"] and (fault := identifiers.ruc_fault(data["ruc"])):
        yield fault


def details(data: Data) -> list[str]:
    """Return norm and day of a row and, of a new entity, its name."""
    if "norm" not in data:
        return []
    who = [" ".join(filter(None, (data["code"], data["name"])))] if "code" in data else []
    return [*who, f"{data['norm']}, {formatting.day(data['on'])}"]
