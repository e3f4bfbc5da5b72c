"""Subsanar el SIP-RVL-002: answers, the corrected roster, re-signed papers, constancia."""

from __future__ import annotations

from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.shapes.correction import ANSWERS, CorrectionStep, present_page
from forms.shapes.filing import PERSONNEL, signed_field
from forms.shapes.filing_examples import (
    ADMINISTRATOR,
    AUTHORITY,
    ENTITY_KNOWN,
    ROSTER,
    TODAY,
    answers_values,
    filing,
    observation,
    papers,
    presented_values,
    signed_values,
)
from forms.shapes.own_letters import own_fields
from forms.shapes.roster_steps import PAGE, RosterStep
from forms.shapes.signing import as_is_field

NEEDS = ("entity", "authority", "administrator", "roster", "filing", "papers")
GIVES = ("roster", "filing")


class Form(CorrectionStep, RosterStep):
    """The roster again, with the answers."""

    papers = PERSONNEL
    numbered = ("carta_presentacion",)
    heading = "Subsana la relación de personal"
    lead = "Responde a cada observación, corrige la relación y preséntala otra vez."
    pages = (ANSWERS, PAGE, present_page(PERSONNEL))

    subject = "Subsanación: relación de personal del Registro de Visitas en Línea"
    summary = (
        "Se subsanan las observaciones al formato SIP-RVL-002 presentado para la puesta en "
        "producción del Registro de Visitas en Línea, con los documentos corregidos y firmados."
    )

    signed_carta_presentacion = signed_field("carta_presentacion", needed=False)
    own_carta_presentacion, own_number_carta_presentacion, own_date_carta_presentacion = own_fields(
        "carta_presentacion"
    )
    as_is_signed_carta_presentacion = as_is_field("signed_carta_presentacion")
    signed_sip_rvl_002 = signed_field("sip_rvl_002", needed=False)
    as_is_signed_sip_rvl_002 = as_is_field("signed_sip_rvl_002")

    def touched(self) -> set[str]:
        """Return the papers that are observed, and the format when the roster changed."""
        touched = super().touched()
        if self["roster"].complete() != (self.given.get("roster") or []):
            touched.add("sip_rvl_002")
        return touched


GIVEN = {
    "entity": ENTITY_KNOWN,
    "authority": AUTHORITY,
    "administrator": ADMINISTRATOR,
    "roster": ROSTER,
    "filing": filing(
        "personnel",
        rounds=1,
        observations=[observation(1, "sip_rvl_002 p. 1", "El cargo de la fila 2 está incompleto.")],
    ),
    "papers": papers(*PERSONNEL),
    "today": TODAY,
}


def correct(given: Given, random: Random) -> dict[str, Any]:
    """Return an answer to each observation, a corrected post, the papers signed again."""
    rows = [dict(row) for row in given["roster"]]
    rows[0]["post"] = f"{rows[0]['post'].removesuffix(' titular')} titular"
    return {
        "answers": answers_values(given),
        "roster": rows,
        **signed_values(given, PERSONNEL),
        **presented_values(given, random),
    }


GOOD = correct(GIVEN, Random(51))

ACCEPTS = (Example("corrected", correct),)

REFUSES = (
    Refusal("sin respuesta", GOOD | {"answers": []}, {"answers-0-answer": "Responde"}),
    Refusal(
        "sin el formato firmado otra vez",
        {name: value for name, value in GOOD.items() if name != "signed_sip_rvl_002"},
        {"signed_sip_rvl_002": "firmado"},
    ),
    Refusal(
        "una fila que queda mal",
        GOOD | {"roster": [ROSTER[0] | {"surnames": "R2D2"}, *ROSTER[1:]]},
        {"roster": "Fila 1, Apellidos"},
    ),
    Refusal("sin constancia", GOOD | {"number": ""}, {"number": "constancia"}),
)
