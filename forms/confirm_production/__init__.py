"""Confirmar la puesta en producción: evidence that the entity publishes its visits.

Evidence has a source. Its own register (`zaguan`) is offered only once it has answered, that is,
when `production_evidence` already comes from it; the coordinator's word is the last resort and
stays marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, DateField, LongTextField, WebsiteField, YesNoField, add_error
from forms.fields.dates import in_words
from forms.shapes.days import past_fault
from forms.shapes.reviews import ReviewForm, explained

NEEDS = ("production", "production_evidence")
GIVES = ("production_evidence", "production_review")

SOURCES = (
    ("zaguan", "El registro de la entidad en Zaguán"),
    ("official_platform", "La consulta pública de la plataforma oficial"),
    ("own_system", "Un sistema propio de la entidad"),
    ("statement", "Mi propia constatación"),
)
PUBLISHED = (
    ("first_visit", "Publicó su primera visita"),
    ("without_visits", "Declaró un día sin visitas"),
)


class Form(ReviewForm):
    """The confirmation of going live."""

    heading = "Confirma la puesta en producción"
    lead = (
        "Comprueba que la entidad publica sus visitas y que el enlace está donde dijo. Si algo "
        "falta, devuelve la tarea con el motivo."
    )
    outcomes = ("confirmed", "returned")
    fresh = (*ReviewForm.fresh, "published", "published_on", "link_in_place")
    decisions = (("confirmed", "Confirmar"), ("returned", "Devolver"))
    returning = frozenset({"returned"})
    gives = "production_review"
    pages = (
        Page(
            "comprobacion",
            heading,
            (
                "decision",
                "source",
                "address",
                "statement",
                "published",
                "published_on",
                "link_in_place",
                "why",
            ),
        ),
    )

    source = ChoiceField(
        "¿Dónde lo comprobaste?",
        SOURCES,
        hint="Tu propia constatación es el último recurso y queda marcada así.",
        needed="Elige dónde lo comprobaste.",
        when=("decision", "confirmed"),
    )
    address = WebsiteField(
        "Dirección en la que se ve",
        hint="De la consulta pública por RUC, o del sistema de la entidad.",
        needed="Escribe la dirección en la que se ve.",
        when=("source", ("official_platform", "own_system")),
    )
    statement = LongTextField(
        "Qué constataste y cómo",
        hint="Solo si es tu propia constatación.",
        limit=2000,
    )
    published = ChoiceField(
        "¿Qué publicó la entidad?",
        PUBLISHED,
        needed="Elige qué publicó la entidad.",
        when=("decision", "confirmed"),
    )
    published_on = DateField(
        "¿De qué día es?",
        hint="El día de la primera visita, o el día que declaró sin visitas.",
        needed="Escribe de qué día es.",
        when=("decision", "confirmed"),
    )
    link_in_place = YesNoField(
        "¿El enlace está donde la entidad dijo?",
        needed="Di si el enlace está en su lugar.",
        when=("decision", "confirmed"),
    )

    def prepare(self) -> None:
        """The entity's own register is a source only once it has answered."""
        super().prepare()
        self.why.description = "Solo si devuelves. La entidad lo lee tal cual."
        found = self.given.get("production_evidence") or {}
        if found.get("source") != "zaguan":
            self.source.choices = [one for one in SOURCES if one[0] != "zaguan"]

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """What the register answered, or what was seen the last time."""
        found = given.get("production_evidence") or {}
        names = ("source", "address", "published", "published_on", "link_in_place")
        return {name: found.get(name) for name in names}

    def validate(self, extra_validators: Any = None) -> bool:
        """Confirming needs a publication since going live, and the link in its place."""
        good = bool(super().validate(extra_validators))
        if self.decision.data != "confirmed":
            return good
        if self.source.data == "statement":
            good = explained(self.statement, "Escribe qué constataste y cómo.") and good
        fault = self._day_fault()
        if fault and not self.published_on.errors:
            add_error(self.published_on, fault)
            good = False
        if self.link_in_place.data == "no":
            add_error(
                self.link_in_place, "Sin el enlace en su lugar no se puede confirmar: devuelve."
            )
            good = False
        return good

    def _day_fault(self) -> str:
        day = self.published_on.data
        live = (self.given.get("production") or {}).get("go_live_on")
        if day is None:
            return ""
        if live and day < date.fromisoformat(live):
            since = in_words(date.fromisoformat(live))
            return f"La entidad sale en vivo el {since}; escribe un día desde entonces."
        return past_fault("De qué día es", day, self.today)

    def evidence(self) -> dict[str, Any] | None:
        """What was seen; nothing when it goes back."""
        if self.outcome() != "confirmed":
            return None
        stated = self.source.data == "statement"
        return {
            "source": self.source.data,
            "stated": stated,
            "address": self.address.data or "",
            "statement": (self.statement.data or "") if stated else "",
            "published": self.published.data,
            "published_on": self.published_on.iso,
            "link_in_place": self.link_in_place.yes,
            "checked_on": self.today.isoformat(),
        }

    def answer(self) -> dict[str, Any]:
        """The evidence and the decision."""
        return {"production_evidence": self.evidence(), "production_review": self.review()}


LIVE = {"go_live_on": "2026-10-12", "link_kind": "own_site", "link": "https://www.example.pe"}
GIVEN = {"today": date(2026, 10, 14), "production": LIVE}
GOOD = {
    "decision": "confirmed",
    "source": "official_platform",
    "address": "https://visitas.example.org/consulta",
    "published": "first_visit",
    "published_on": "12/10/2026",
    "link_in_place": True,
}
STATED = {
    "decision": "confirmed",
    "source": "statement",
    "statement": "Vi la primera visita en la pantalla de la entidad, por videollamada.",
    "published": "first_visit",
    "published_on": "12/10/2026",
    "link_in_place": True,
}


def seen(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Published since the day of going live."""
    live = date.fromisoformat((given.get("production") or LIVE)["go_live_on"])
    days = max(0, (given["today"] - live).days)
    day = min(given["today"], live) + timedelta(days=random.randint(0, min(days, 2)))
    return GOOD | {"published_on": day}


ACCEPTS = (
    Example("confirmed", seen, GIVEN),
    Example("confirmed", GOOD | {"published": "without_visits"}, GIVEN, "un día sin visitas"),
    Example("confirmed", STATED, GIVEN, "por constatación propia"),
    Example(
        "returned",
        {"decision": "returned", "why": "El enlace no está en la página que indicaron."},
        GIVEN,
    ),
)
REFUSES = (
    Refusal(
        "confirmar sin evidencia",
        {"decision": "confirmed"},
        {
            "source": "dónde lo comprobaste",
            "published": "qué publicó",
            "published_on": "de qué día",
            "link_in_place": "el enlace",
        },
        GIVEN,
    ),
    Refusal(
        "un registro que todavía no responde",
        GOOD | {"source": "zaguan"},
        {"source": "una de las opciones"},
        GIVEN,
    ),
    Refusal("sin dirección", GOOD | {"address": ""}, {"address": "Escribe la dirección"}, GIVEN),
    Refusal(
        "una constatación que no dice nada",
        STATED | {"statement": "lo vi"},
        {"statement": "al menos 10 letras"},
        GIVEN,
    ),
    Refusal(
        "antes de salir en vivo",
        GOOD | {"published_on": "09/10/2026"},
        {"published_on": "sale en vivo el 12 de octubre de 2026"},
        GIVEN,
    ),
    Refusal(
        "sin el enlace", GOOD | {"link_in_place": False}, {"link_in_place": "no se puede"}, GIVEN
    ),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}, GIVEN),
)
