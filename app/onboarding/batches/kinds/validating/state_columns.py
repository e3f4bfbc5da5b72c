"""The columns of a file of today's state: the last completed stage of an entity, and its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.onboarding.batches.kind import Column, Data, Refused
from app.onboarding.batches.kinds.persons import columns_of, person_in
from forms.fields.identifiers import plain, tidy_website

#: How a cell names a stage: its number, or how its name begins.
NAMES: Mapping[str, tuple[str, ...]] = {
    "designation": ("1", "designacion"),
    "induction": ("2", "induccion"),
    "training": ("3", "capacitacion"),
    "demo_test": ("4", "prueba"),
    "resubmission": ("5", "presentacion", "segunda presentacion"),
    "production": ("6", "puesta en produccion", "produccion"),
    "interest_acts": ("7", "actos de gestion", "cierre"),
}
#: A written name of the labour regime of an official → its id.
LINKS: Mapping[str, str] = {
    "276": "276",
    "dl 276": "276",
    "decreto legislativo 276": "276",
    "728": "728",
    "dl 728": "728",
    "decreto legislativo 728": "728",
    "cas": "cas",
    "1057": "cas",
    "dl 1057": "cas",
    "servir": "servir",
    "ley servir": "servir",
}
YES = frozenset({"si", "x", "1", "verdadero"})
PORTAL = "transparencia.gob.pe"
#: The fields of an official in addition to the fields of a person.
OF_OFFICIAL = ("unit", "link", "informatics_how", "phone", "annex")


def _official(prefix: str, suffix: str) -> tuple[Column, ...]:
    return (
        *columns_of(prefix, suffix, required=False),
        Column(f"{prefix}unit", f"Unidad {suffix}", (f"oficina {suffix}",), example="Sistemas"),
        Column(
            f"{prefix}link",
            f"Vínculo {suffix}",
            (f"regimen {suffix}",),
            example="CAS",
            help="276, 728, CAS, Servir u otro.",
        ),
        Column(
            f"{prefix}informatics_how",
            f"Conocimientos de informática {suffix}",
            (f"informatica {suffix}",),
            example="Ingeniera de sistemas",
            help="Cómo los adquirió.",
        ),
        Column(f"{prefix}phone", f"Teléfono {suffix}", (), example="01 555 0100"),
        Column(f"{prefix}annex", f"Anexo {suffix}", ()),
    )


COLUMNS = (
    Column(
        "stage",
        "Etapa cumplida",
        ("etapa", "ultima etapa cumplida", "etapa hasta la que cumplio"),
        required=True,
        example="4",
        help="La última etapa que la entidad ya cumplió: su número, de 1 a 7, o su nombre.",
    ),
    Column(
        "reason",
        "Motivo",
        ("motivo de la convalidacion", "sustento"),
        example="Publica sus visitas desde 2025",
        help="Vacío: el motivo del lote.",
    ),
    Column(
        "reference",
        "Documento",
        ("documento de referencia", "referencia", "oficio", "expediente"),
        example="Oficio 0123-2026",
        help="El documento en que consta, por su número.",
    ),
    Column("ruc", "RUC", ("ruc de la entidad",), help="El de la entidad: 11 dígitos."),
    Column("address", "Dirección", ("domicilio",), example="Av. Ejemplo 123"),
    Column("ubigeo", "Ubigeo", ("distrito",), example="150101"),
    Column("entity_phone", "Teléfono de la entidad", ("telefono",), example="01 555 0100"),
    Column("website", "Sitio web", ("pagina web", "web"), example="https://www.example.pe"),
    Column("has_register", "Tiene registro propio", ("registro propio",), example="No"),
    *columns_of("authority_", "de la autoridad", required=False, example="Alcaldesa"),
    Column("authority_since_on", "Autoridad desde", (), example="01/01/2023"),
    *_official("administrator_", "del administrador"),
    *_official("alternate_", "del alterno"),
    *columns_of("preparer_", "del responsable", required=False, example="Secretario general"),
    Column(
        "notices_by_email",
        "Acepta notificaciones por correo",
        ("notificaciones por correo",),
        example="Sí",
    ),
    Column(
        "go_live_on",
        "Salida en vivo",
        ("dia de salida en vivo", "fecha de salida en vivo"),
        example="05/08/2026",
        help="El día desde el que registra visitas, como día/mes/año.",
    ),
    Column(
        "link",
        "Enlace al registro",
        ("pagina del enlace", "enlace"),
        example="https://www.example.pe/visitas",
    ),
    Column("officer_given_names", "Nombres del oficial de datos personales", ()),
    Column("officer_surnames", "Apellidos del oficial de datos personales", ()),
    Column("officer_email", "Correo del oficial de datos personales", ()),
    Column("officer_phone", "Teléfono del oficial de datos personales", ()),
)


def read(cells: Mapping[str, str]) -> Data:
    """Return the stage of a row, its reason, and the answers by step. Raises Refused."""
    word = plain(cells["stage"]).strip(". ")
    stage = stage_of(word)
    if not stage:
        raise Refused(
            "Escribe la etapa cumplida con su número, de 1 a 7, o con su nombre."
            if word
            else "Falta la etapa cumplida."
        )
    return {
        "stage": stage,
        "reason": cells["reason"],
        "reference": cells["reference"],
        "said": {
            "designate_administrator": _designation(cells),
            "load_production_personnel": _production(cells),
        },
        "preparer": person_in(cells, "preparer_"),
    }


def stage_of(word: str) -> str:
    """Return the stage that a cell names; "" for none."""
    for stage, (number, *names) in NAMES.items():
        if word == number or any(word.startswith(name) for name in names):
            return stage
    return ""


def _designation(cells: Mapping[str, str]) -> Data:
    entity: Data = {
        "ruc": cells["ruc"],
        "address": cells["address"],
        "ubigeo": cells["ubigeo"],
        "phone": cells["entity_phone"],
        "website": cells["website"],
        "website_kind": _website_kind(cells["website"]),
    }
    if cells["has_register"]:
        entity["has_register"] = _yes(cells["has_register"])
    alternate = _official_in(cells, "alternate_")
    answer: Data = {
        "entity": entity,
        "authority": person_in(cells, "authority_") | {"since_on": cells["authority_since_on"]},
        "administrator": _official_in(cells, "administrator_"),
        "alternate": alternate,
        "scope": "rvl",
    }
    if cells["administrator_document_number"]:
        answer["has_alternate"] = bool(alternate["document_number"])
    if cells["notices_by_email"]:
        answer["notices_by_email"] = _yes(cells["notices_by_email"])
    return answer


def _official_in(cells: Mapping[str, str], prefix: str) -> dict[str, Any]:
    official = person_in(cells, prefix) | {name: cells[f"{prefix}{name}"] for name in OF_OFFICIAL}
    link = official["link"]
    if link:
        official["link"] = LINKS.get(plain(link).replace(".", ""), "other")
        official["link_other"] = link if official["link"] == "other" else ""
    if official["informatics_how"]:
        official["informatics"] = True
    return official


def _production(cells: Mapping[str, str]) -> Data:
    names = ("given_names", "surnames", "email", "phone")
    return {
        "go_live_on": cells["go_live_on"],
        "link": cells["link"],
        "link_kind": _website_kind(cells["link"]),
        "data_officer": {name: cells[f"officer_{name}"] for name in names},
    }


def _website_kind(address: str) -> str:
    """Return whether an address is the entity's own site or in the Portal; "" for no address."""
    if not address:
        return ""
    host = urlsplit(tidy_website(address)).hostname or ""
    return "pte" if host == PORTAL or host.endswith(f".{PORTAL}") else "own_site"


def _yes(word: str) -> bool:
    return plain(word).strip(". ") in YES
