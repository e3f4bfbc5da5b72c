"""Firmar y presentar la designación: signed papers, and the constancia of the mesa de partes."""

from __future__ import annotations

from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.shapes.filing import DESIGNATION, FileStep, file_pages, signed_field
from forms.shapes.filing_examples import (
    ADMINISTRATOR,
    AUTHORITY,
    ENTITY_KNOWN,
    TODAY,
    papers,
    presented_values,
    signed_values,
)
from forms.shapes.own_letters import own_fields
from forms.shapes.signing import as_is_field

NEEDS = ("entity", "authority", "administrator", "papers", "used_receipts")
GIVES = ("filing",)


class Form(FileStep):
    """The papers of the designation; a redesignation has no SIP-RVL-002."""

    kinds = DESIGNATION
    numbered = ("oficio_designacion",)
    heading = "Firma y presenta la designación"
    lead = (
        "Descarga los documentos, fírmalos, súbelos aquí y preséntalos en la mesa de partes "
        "digital de la PCM."
    )
    pages = file_pages(DESIGNATION)
    subject = "Designación del administrador del Registro de Visitas en Línea"
    summary = (
        "Se remite el oficio de designación del administrador del Registro de Visitas en Línea "
        "y de Agendas Oficiales, con los formatos SIP-RVL-001 y SIP-RVL-002 firmados, para "
        "iniciar su implementación."
    )

    signed_oficio_designacion = signed_field("oficio_designacion")
    own_oficio_designacion, own_number_oficio_designacion, own_date_oficio_designacion = own_fields(
        "oficio_designacion"
    )
    as_is_signed_oficio_designacion = as_is_field("signed_oficio_designacion")
    signed_sip_rvl_001 = signed_field("sip_rvl_001")
    as_is_signed_sip_rvl_001 = as_is_field("signed_sip_rvl_001")
    signed_sip_rvl_002 = signed_field("sip_rvl_002")
    as_is_signed_sip_rvl_002 = as_is_field("signed_sip_rvl_002")


GIVEN = {
    "entity": ENTITY_KNOWN,
    "authority": AUTHORITY,
    "administrator": ADMINISTRATOR,
    "papers": papers(*DESIGNATION),
    "today": TODAY,
}
ANEW = GIVEN | {"papers": papers("oficio_designacion", "sip_rvl_001")}
GOOD = signed_values(GIVEN) | presented_values(GIVEN, Random(11))


def file(given: Given, random: Random) -> dict[str, Any]:
    """Return all papers signed, presented today."""
    return signed_values(given) | presented_values(given, random)


OWN = {
    "own_oficio_designacion": True,
    "own_number_oficio_designacion": "045-2026-MDE/A",
    "own_date_oficio_designacion": "23/11/2026",
}


def file_own(given: Given, random: Random) -> dict[str, Any]:
    """Return the same with an oficio that the entity wrote itself."""
    return file(given, random) | OWN


ACCEPTS = (
    Example("filed", file),
    Example("filed", file, ANEW, name="una redesignación, sin SIP-RVL-002"),
    Example(
        "filed",
        GOOD | {"presented_at": {"date": "20/11/26", "time": "9:05"}},
        name="presentada el mismo día en que se emitieron los documentos",
    ),
    Example("filed", file_own, name="un oficio propio de la entidad"),
)

REFUSES = (
    Refusal(
        "un oficio propio sin su número ni su fecha",
        GOOD | {"own_oficio_designacion": True},
        {
            "own_number_oficio_designacion": "número",
            "own_date_oficio_designacion": "fecha",
        },
    ),
    Refusal(
        "un oficio propio de mañana",
        GOOD | OWN | {"own_date_oficio_designacion": "25/11/2026"},
        {"own_date_oficio_designacion": "24 de noviembre de 2026"},
    ),
    Refusal(
        "falta un documento firmado",
        {name: value for name, value in GOOD.items() if name != "signed_sip_rvl_001"},
        {"signed_sip_rvl_001": "SIP-RVL-001"},
    ),
    Refusal(
        "un documento que no es de esta tarea",
        GOOD | {"signed_sip_rvl_002": "de-otra-tarea"},
        {"signed_sip_rvl_002": "otra vez"},
    ),
    Refusal(
        "una presentación futura",
        GOOD | {"presented_at": {"date": "25/11/2026", "time": "09:00"}},
        {"presented_at-date": "hasta hoy"},
    ),
    Refusal(
        "una presentación anterior a los documentos",
        GOOD | {"presented_at": {"date": "19/11/2026", "time": "09:00"}},
        {"presented_at-date": "20 de noviembre"},
    ),
    Refusal(
        "el número de una constancia anterior",
        GOOD | {"number": "2026 -000123"},
        {"number": "otra presentación"},
        {"used_receipts": ["2025-000001", "2026-000123"]},
    ),
    Refusal(
        "sin constancia",
        signed_values(GIVEN),
        {"number": "constancia", "presented_at-date": "constancia"},
    ),
)
