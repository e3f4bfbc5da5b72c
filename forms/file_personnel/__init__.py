"""Firmar y presentar el SIP-RVL-002 para producción."""

from __future__ import annotations

from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.shapes.filing import PERSONNEL, FileStep, file_pages, signed_field
from forms.shapes.filing_examples import (
    ENTITY_KNOWN,
    TODAY,
    papers,
    presented_values,
    signed_values,
)
from forms.shapes.own_letters import own_fields
from forms.shapes.signing import as_is_field

NEEDS = ("entity", "papers", "used_receipts")
GIVES = ("filing",)


class Form(FileStep):
    """The cover letter and the roster."""

    kinds = PERSONNEL
    numbered = ("carta_presentacion",)
    heading = "Firma y presenta la relación de personal"
    lead = (
        "Descarga la carta y el formato, fírmalos, súbelos aquí y preséntalos en la mesa de partes "
        "digital de la PCM."
    )
    pages = file_pages(PERSONNEL)
    subject = "Relación de personal del Registro de Visitas en Línea para producción"
    summary = (
        "Se remite el formato SIP-RVL-002 actualizado y firmado, para iniciar la puesta en "
        "producción del Registro de Visitas en Línea."
    )

    signed_carta_presentacion = signed_field("carta_presentacion")
    own_carta_presentacion, own_number_carta_presentacion, own_date_carta_presentacion = own_fields(
        "carta_presentacion"
    )
    as_is_signed_carta_presentacion = as_is_field("signed_carta_presentacion")
    signed_sip_rvl_002 = signed_field("sip_rvl_002")
    as_is_signed_sip_rvl_002 = as_is_field("signed_sip_rvl_002")


GIVEN = {
    "entity": ENTITY_KNOWN,
    # The papers of the designation exist too; this presentation does not include them.
    "papers": papers("oficio_designacion", "sip_rvl_001", "sip_rvl_002", "carta_presentacion"),
    "today": TODAY,
}


def file(given: Given, random: Random) -> dict[str, Any]:
    """Return both papers signed, presented today."""
    return signed_values(given, PERSONNEL) | presented_values(given, random)


GOOD = file(GIVEN, Random(41))

ACCEPTS = (Example("filed", file),)

REFUSES = (
    Refusal(
        "falta la carta",
        {name: value for name, value in GOOD.items() if name != "signed_carta_presentacion"},
        {"signed_carta_presentacion": "Carta"},
    ),
    Refusal(
        "una hora que no existe",
        GOOD | {"presented_at": {"date": "24/11/2026", "time": "25:00"}},
        {"presented_at-time": "23:59"},
    ),
    Refusal("sin número", GOOD | {"number": ""}, {"number": "número de la constancia"}),
    Refusal(
        "una fecha futura",
        GOOD | {"presented_at": {"date": "24/11/2027", "time": "10:00"}},
        {"presented_at-date": "hasta hoy"},
    ),
)
