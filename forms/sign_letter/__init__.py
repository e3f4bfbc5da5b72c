"""Firmar el oficio de reiteración, or return its draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DocumentField
from forms.shapes import compared_facts
from forms.shapes.compared_facts import Fact
from forms.shapes.filing_examples import ENTITY_KNOWN, papers
from forms.shapes.follow_up import PROGRESS
from forms.shapes.reviews import numbered
from forms.shapes.signed_papers import LetterForm
from forms.shapes.signing import NO_REVIEW, as_is_field

NEEDS = ("papers", "letter", "printed_letter", "entity", "authority", "progress", "call")
GIVES = ("letter",)


class Form(LetterForm):
    """The signature of the letter."""

    letter = "oficio_reiteracion"
    numbered = (letter,)
    absent = "Todavía no se ha generado el oficio. Vuelve a intentarlo en unos minutos."
    heading = "Firma el oficio de reiteración"
    lead = (
        "Contrasta el oficio con el expediente, descárgalo, fírmalo con tu certificado y súbelo. "
        "Si hay que cambiar el texto, devuélvelo y di qué."
    )
    decisions = (("signed", "Lo firmé"), ("returned", "Devolver"))
    gives = "letter"
    pages = (
        Page(
            "firma",
            heading,
            ("decision", "document", "as_is_document", "number", "signed_on", "why"),
        ),
    )

    document = DocumentField(
        "Oficio firmado",
        paper="oficio_reiteracion",
        needed="Sube el oficio firmado.",
        when=("decision", "signed"),
    )
    as_is_document = as_is_field("document", NO_REVIEW)

    def prepare(self) -> None:
        """Use the words of the Despacho to the coordinator who drafted the letter."""
        super().prepare()
        self.why.label.text = "Qué hay que cambiar en el oficio"
        self.why.description = ""

    def facts(self) -> list[Fact]:
        """Return what the letter states, held against the case."""
        return compared_facts.of_letter(self.given)

    def unusual_facts(self) -> list[str]:
        """Return what the letter states otherwise than the case."""
        return compared_facts.unusual(self.facts(), "El oficio")

    def answer(self) -> dict[str, Any]:
        """Return the letter with its signature; nothing if it is returned and stays a draft."""
        if self.outcome() == "returned":
            return {"letter": None}
        return {"letter": {**(self.given.get("letter") or {}), **self.signature()}}


LETTER = {
    "addressee": {"name": "Ana Persona Ejemplo", "post": "Alcaldesa"},
    "subject": "Reiteración",
    "text": "Le pedimos informar.",
    "body": "Le pedimos informar.",
    "missing": ["Informar la capacitación realizada"],
    "term_days": 5,
    "drafted_on": "2026-11-18",
    "number": "",
}
AUTHORITY = {"given_names": "Ana Persona", "surnames": "Ejemplo", "post": "Alcaldesa"}
GIVEN = {
    "today": date(2026, 11, 20),
    "papers": papers("oficio_reiteracion"),
    "letter": LETTER,
    "printed_letter": {"entity": ENTITY_KNOWN, "authority": AUTHORITY, "letter": LETTER},
    "entity": ENTITY_KNOWN,
    "authority": AUTHORITY,
    "progress": PROGRESS,
    "call": {"called_on": "2026-11-16", "reached": "Julia Persona Ejemplo"},
}
GOOD = {
    "decision": "signed",
    "document": SAMPLE_FILE,
    "number": "D000123-2026-PCM-SIP",
    "signed_on": "19/11/2026",
}


def signed(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a letter signed today."""
    number = f"D{random.randint(1, 999_999):06d}-{given['today'].year}-PCM-SIP"
    return GOOD | {"number": number, "signed_on": given["today"]}


ACCEPTS = (
    Example("signed", signed),
    Example(
        "returned", {"decision": "returned", "why": "El cargo de la autoridad no es el que figura."}
    ),
)
REFUSES = (
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal(
        "firmado sin documento",
        {"decision": "signed"},
        {"document": "Sube el oficio", "number": "el número", "signed_on": "la fecha"},
    ),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}),
    numbered("returned"),
    Refusal("firmado mañana", GOOD | {"signed_on": "21/11/2026"}, {"signed_on": "no llega"}),
    Refusal(
        "sin oficio que firmar", GOOD, {"document": "Todavía no se ha generado"}, {"papers": []}
    ),
)
