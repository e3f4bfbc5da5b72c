"""Confirmar la puesta en producción: evidence that the entity publishes its visits.

Evidence has a source and is never typed. The form offers what the register (or the export of
another source) shows, with the first item selected. A coordinator's statement, if there is one, is
offered last and stays marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any, ClassVar

from forms import Given, Page
from forms.case_documents import ProductionEvidence
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, YesNoField, add_error
from forms.fields.dates import in_words
from forms.shapes.demo_test import source_words
from forms.shapes.review_anchors import LINK_KINDS, GoingLive, where_recorded
from forms.shapes.reviews import ReviewForm, second_look

NEEDS = ("production", "production_register", "published", "production_review")
SHOWS = ("first_visits", "days_declared")
GIVES = ("production_evidence", "production_review")

PUBLISHED = {
    "first_visit": "Publicó una visita del {day}",
    "without_visits": "Declaró que el {day} no tuvo visitas",
}


class Form(ReviewForm):
    """The confirmation of going live."""

    decides = "stage"
    anchored = (GoingLive,)
    heading = "Confirma la puesta en producción"
    lead = (
        "Mira lo que la entidad ya publicó, y abre la página donde dijo que está el enlace. Si "
        "algo falta, devuelve la tarea con el motivo."
    )
    outcomes = ("confirmed", "returned")
    fresh = (*ReviewForm.fresh, "evidence", "link_in_place")
    decisions = (("confirmed", "Confirmar"), ("returned", "Devolver"))
    returning = frozenset({"returned"})
    gives = "production_review"
    pages = (
        Page(
            "comprobacion",
            heading,
            ("decision", "evidence", "link_in_place", "why", "observations"),
        ),
    )

    link_kinds: ClassVar[Mapping[str, str]] = LINK_KINDS

    evidence = ChoiceField(
        "¿Qué muestra que la entidad publica?",
        needed="Elige qué muestra que la entidad publica.",
        when=("decision", "confirmed"),
    )
    link_in_place = YesNoField(
        "¿Abriste la dirección y viste ahí el enlace?",
        hint="Ningún programa lo comprueba: tu respuesta queda con tu nombre y el día.",
        needed="Abre la dirección y di si viste el enlace.",
        when=("decision", "confirmed"),
    )

    def prepare(self) -> None:
        """Offer the evidence found. Without any, the form cannot confirm."""
        super().prepare()
        self.why.description = "La entidad lo lee tal cual."
        self.evidence.choices = [
            (one["id"], in_spanish(one), {"hint": source_words(one["source"], one.get("by", ""))})
            for one in self.found()
        ]
        if self.given and not self.found():
            del self.evidence

    def found(self) -> list[Mapping[str, Any]]:
        """Return the evidence that the entity publishes since it went live, the best first."""
        return self.given.get("published") or []

    @staticmethod
    def where(register: Mapping[str, Any] | None) -> str:
        """Return where the entity records its visits, in words."""
        return where_recorded(register)

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the best evidence found."""
        found = given.get("published") or []
        return {"evidence": found[0]["id"]} if found else {}

    def check(self) -> None:
        """Check that to confirm, something is published since go-live and the link is in place."""
        super().check()
        if self.decision.data != "confirmed":
            return
        if not self.found():
            add_error(
                self.decision,
                "Todavía no hay nada que muestre que la entidad publica: no se puede confirmar.",
            )
        if self.link_in_place.data == "no":
            add_error(
                self.link_in_place, "Sin el enlace en su lugar no se puede confirmar: devuelve."
            )

    def unusual(self) -> list[str]:
        """Return what speaks against the confirmation."""
        found: list[str] = []
        if self.outcome() != "confirmed":
            return found
        live = (self.given.get("production") or {}).get("go_live_on", "")
        if live and live > self.today.isoformat():
            day = in_words(date.fromisoformat(live))
            found.append(f"El día de salida en vivo todavía no llega: {day}.")
        chosen = self.chosen()
        if chosen and chosen["stated"]:
            found.append("Que publica solo lo dice la constatación de un coordinador.")
        return found

    def chosen(self) -> ProductionEvidence | None:
        """Return the evidence that the coordinator chose; None when the step is returned."""
        if self.outcome() != "confirmed":
            return None
        found = next(one for one in self.found() if one["id"] == self.evidence.data)
        return {
            "source": found["source"],
            "stated": found["source"] == "statement",
            "stated_by": found.get("by", ""),
            "address": found["address"],
            "statement": found.get("saw", ""),
            "published": found["published"],
            "published_on": found["published_on"],
            "link_in_place": self.link_in_place.yes,
            "checked_on": self.today.isoformat(),
        }

    def answer(self) -> dict[str, Any]:
        """Return the evidence and the decision."""
        return {"production_evidence": self.chosen(), "production_review": self.review()}


def in_spanish(found: Mapping[str, Any]) -> str:
    """Return a piece of evidence, in words."""
    day = in_words(date.fromisoformat(found["published_on"]))
    return PUBLISHED[found["published"]].format(day=day)


LIVE = {"go_live_on": "2026-10-12", "link_kind": "own_site", "link": "https://www.example.pe"}
VISIT = {
    "id": "first_visit",
    "source": "zaguan",
    "address": "",
    "published": "first_visit",
    "published_on": "2026-10-12",
}
EMPTY_DAY = VISIT | {"id": "without_visits", "published": "without_visits"}
EXPORT = VISIT | {
    "id": "export",
    "source": "official_platform",
    "address": "https://visitas.example.org/consulta",
}
STATED = VISIT | {
    "id": "statement",
    "source": "statement",
    "by": "Rosa Persona Ejemplo",
    "on": "2026-10-13",
    "saw": "Vi la primera visita en la pantalla de la entidad, por videollamada.",
    "why": "Su sistema no tiene todavía una exportación.",
}
GIVEN = {
    "today": date(2026, 10, 14),
    "production": LIVE,
    "published": [VISIT],
}
GOOD = {"decision": "confirmed", "evidence": "first_visit", "link_in_place": True}


def seen(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return the best evidence found, as an example's answer."""
    found = given.get("published") or [VISIT]
    return GOOD | {"evidence": found[0]["id"]}


ACCEPTS = (
    Example("confirmed", seen),
    Example("confirmed", seen, second_look(Form, "El enlace no abría."), "segunda mirada"),
    Example(
        "confirmed",
        GOOD | {"evidence": "without_visits"},
        {"published": [EMPTY_DAY]},
        "un día sin visitas",
    ),
    Example(
        "confirmed",
        GOOD | {"evidence": "export"},
        {"published": [EXPORT]},
        "por la exportación de la plataforma oficial",
    ),
    Example(
        "confirmed",
        GOOD | {"evidence": "statement"},
        {"published": [STATED]},
        "por constatación de un coordinador",
    ),
    Example(
        "returned", {"decision": "returned", "why": "El enlace no está en la página que indicaron."}
    ),
)
REFUSES = (
    Refusal(
        "confirmar sin evidencia",
        {"decision": "confirmed"},
        {"evidence": "qué muestra", "link_in_place": "el enlace"},
    ),
    Refusal(
        "confirmar lo que nadie publicó",
        GOOD,
        {"decision": "no se puede confirmar"},
        {"published": []},
    ),
    Refusal(
        "una constatación que nadie hizo",
        GOOD | {"evidence": "statement"},
        {"evidence": "una de las opciones"},
    ),
    Refusal("sin ver el enlace", GOOD | {"link_in_place": False}, {"link_in_place": "no se puede"}),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}),
)
