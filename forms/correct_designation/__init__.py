"""Subsanar la designación: answers, corrected data, re-signed papers, constancia."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.shapes import designation, roster_steps
from forms.shapes.correction import ANSWERS, CorrectionStep, present_page
from forms.shapes.designation import DesignationForm
from forms.shapes.filing import DESIGNATION, signed_field, without_roster
from forms.shapes.filing_examples import (
    ADMINISTRATOR,
    AUTHORITY,
    ENTITY_KNOWN,
    OBSERVATIONS,
    ROSTER,
    TODAY,
    answers_values,
    changed,
    filing,
    observation,
    papers,
    presented_values,
    signed_values,
)
from forms.shapes.own_letters import own_fields
from forms.shapes.roster_steps import RosterStep
from forms.shapes.signing import as_is_field

NEEDS = ("entity", "other_rucs", "authority", "administrator", "roster", "filing", "papers")
GIVES = ("entity", "authority", "administrator", "roster", "filing")


class Form(CorrectionStep, DesignationForm, RosterStep):
    """The whole designation again, with the answers; a redesignation has no roster."""

    papers = DESIGNATION
    numbered = ("oficio_designacion",)
    heading = "Subsana la designación"
    lead = "Responde a cada observación, corrige los datos que haga falta y preséntala otra vez."
    pages = (ANSWERS, *designation.PAGES, roster_steps.PAGE, present_page(DESIGNATION))

    subject = "Subsanación: designación del administrador del Registro de Visitas en Línea"
    summary = (
        "Se subsanan las observaciones a la designación del administrador del Registro de Visitas "
        "en Línea, con los documentos corregidos y firmados."
    )

    signed_oficio_designacion = signed_field("oficio_designacion", needed=False)
    own_oficio_designacion, own_number_oficio_designacion, own_date_oficio_designacion = own_fields(
        "oficio_designacion"
    )
    as_is_signed_oficio_designacion = as_is_field("signed_oficio_designacion")
    signed_sip_rvl_001 = signed_field("sip_rvl_001", needed=False)
    as_is_signed_sip_rvl_001 = as_is_field("signed_sip_rvl_001")
    signed_sip_rvl_002 = signed_field("sip_rvl_002", needed=False)
    as_is_signed_sip_rvl_002 = as_is_field("signed_sip_rvl_002")

    def prepare(self) -> None:
        """Remove the roster where no SIP-RVL-002 was presented."""
        super().prepare()
        if without_roster(self.given):
            for name in roster_steps.FIELDS:
                del self[name]

    def touched(self) -> set[str]:
        """Return the papers that are observed or whose data changed."""
        now = self.draft_answer()
        moved = {
            name for name in ("entity", "authority", "administrator") if self._moved(now, name)
        }
        touched = super().touched()
        if moved:
            touched.add("sip_rvl_001")
        if moved - {"entity"}:
            touched.add("oficio_designacion")
        if now["roster"] is not None and now["roster"] != (self.given.get("roster") or []):
            touched.add("sip_rvl_002")
        return touched

    def _moved(self, now: Mapping[str, Any], name: str) -> bool:
        before = self.given.get(name) or {}
        return any(before.get(key) != value for key, value in now[name].items() if key != "place")


GIVEN = {
    "entity": ENTITY_KNOWN,
    "authority": AUTHORITY,
    "administrator": ADMINISTRATOR,
    "roster": ROSTER,
    "filing": filing(rounds=1, observations=OBSERVATIONS),
    "papers": papers(*DESIGNATION),
    "today": TODAY,
}
REDESIGNATION = GIVEN | {
    "papers": papers("oficio_designacion", "sip_rvl_001"),
    "filing": filing(rounds=1, observations=OBSERVATIONS[:1]),
}
WHOLE = GIVEN | {
    "filing": filing(desk_observed=True, observations=[observation(1, "all", "Falta foliar.")])
}


def correct(given: Given, random: Random) -> dict[str, Any]:
    """Return an answer to each observation, with the papers signed again."""
    return {
        **Form.prefill(given),
        "answers": answers_values(given),
        **signed_values(given),
        **presented_values(given, random),
    }


GOOD = correct(GIVEN, Random(31))
UNSIGNED = {name: value for name, value in GOOD.items() if not name.startswith("signed_")}

ACCEPTS = (
    Example("corrected", correct),
    Example("corrected", correct, REDESIGNATION, name="una redesignación, sin SIP-RVL-002"),
    Example(
        "corrected",
        {name: value for name, value in correct(WHOLE, Random(32)).items() if "signed" not in name},
        WHOLE,
        name="ningún documento cambia",
    ),
    Example(
        "corrected",
        lambda given, random: changed(
            correct(given, random), {"authority": {"post": "Alcalde"}, "has_alternate": False}
        ),
        name="cambian los datos",
    ),
)

REFUSES = (
    Refusal(
        "sin responder a un punto",
        GOOD | {"answers": [{"answer": "Se firmó."}, {"answer": " "}]},
        {"answers-1-answer": "Responde"},
    ),
    Refusal(
        "sin los documentos observados",
        UNSIGNED,
        {"signed_sip_rvl_001": "firmado", "signed_sip_rvl_002": "firmado"},
    ),
    Refusal(
        "cambia la autoridad y no se firma el oficio otra vez",
        changed(UNSIGNED, {"authority": {"post": "Alcalde"}}),
        {"signed_oficio_designacion": "firmado"},
    ),
    Refusal(
        "una constancia anterior a la primera",
        GOOD | {"presented_at": {"date": "19/11/2026", "time": "10:00"}},
        {"presented_at-date": "constancia anterior"},
    ),
    Refusal(
        "el alterno es el mismo administrador",
        GOOD | {"alternate": GOOD["administrator"]},
        {"alternate-document_number": "otra persona"},
    ),
    Refusal(
        "solo el Registro de Agendas Oficiales",
        GOOD | {"scope": "rao"},
        {"scope": "una de las opciones"},
    ),
)
