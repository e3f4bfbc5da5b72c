"""Firmar el oficio de reiteración, or return its draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DateField, DocumentField, PaperNumberField
from forms.shapes import compared_facts
from forms.shapes.compared_facts import Fact
from forms.shapes.days import past
from forms.shapes.filing_examples import ENTITY_KNOWN, papers
from forms.shapes.follow_up import PROGRESS
from forms.shapes.reviews import ReviewForm
from forms.shapes.signing import as_is_field, check_signed, file_of, paper_of, unusual_signature

NEEDS = ("papers", "letter", "printed_letter", "entity", "authority", "progress", "call")
GIVES = ("letter",)


class Form(ReviewForm):
    """The signature of the letter."""

    decides = "case"
    numbered = ("oficio_reiteracion",)
    heading = "Firma el oficio de reiteración"
    lead = (
        "Contrasta el oficio con el expediente, descárgalo, fírmalo con tu certificado y súbelo. "
        "Si hay que cambiar el texto, devuélvelo y di qué."
    )
    button = "Registrar la decisión"
    outcomes = ("signed", "returned")
    fresh = (*ReviewForm.fresh, "document", "as_is_document", "number", "signed_on")
    decisions = (("signed", "Lo firmé"), ("returned", "Devolver"))
    returning = frozenset({"returned"})
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
    as_is_document = as_is_field("document")
    number = PaperNumberField(
        "Número del oficio",
        hint="Por ejemplo, D000123-2026-PCM-SIP",
        needed="Escribe el número del oficio.",
        when=("decision", "signed"),
    )
    signed_on = DateField(
        "Fecha de la firma",
        hint="Día/mes/año",
        needed="Escribe la fecha de la firma.",
        when=("decision", "signed"),
        rules=(past,),
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the number and the date that are printed on the letter."""
        paper = paper_of(given, "oficio_reiteracion") or {}
        return {"number": paper.get("number", ""), "signed_on": paper.get("dated_on", "")}

    def prepare(self) -> None:
        """Use the words of the Despacho to the coordinator who drafted the letter."""
        super().prepare()
        self.why.label.text = "Qué hay que cambiar en el oficio"
        self.why.description = ""

    def paper(self) -> dict[str, Any] | None:
        """Return the letter to sign."""
        return paper_of(self.given, "oficio_reiteracion")

    def facts(self) -> list[Fact]:
        """Return what the letter states, held against the case."""
        return compared_facts.of_letter(self.given)

    def check(self) -> None:
        """Check that the letter exists, and that the upload differs from the unsigned one."""
        super().check()
        if self.decision.data == "signed":
            absent = "Todavía no se ha generado el oficio. Vuelve a intentarlo en unos minutos."
            check_signed(self, self.document, "oficio_reiteracion", absent)

    def unusual(self) -> list[str]:
        """Return what may be wrong about the letter and its signature."""
        if self.outcome() == "returned":
            return []
        printed = (self.paper() or {}).get("number", "")
        other = (
            [f"El oficio dice N.º {printed}, y escribiste {self.number.data}."]
            if printed not in ("", self.number.data)
            else []
        )
        return [*other, *self.unusual_facts(), *unusual_signature(self, "oficio_reiteracion")]

    def unusual_facts(self) -> list[str]:
        """Return what the letter states otherwise than the case."""
        return compared_facts.unusual(self.facts(), "El oficio")

    def signed_marks(self) -> dict[str, tuple[str, date | None]]:
        """Return the number and the day of the signature."""
        return {"oficio_reiteracion": (str(self.number.data), self.signed_on.data)}

    def answer(self) -> dict[str, Any]:
        """Return the letter with its signature; nothing if it is returned and stays a draft."""
        if self.outcome() == "returned":
            return {"letter": None}
        signature = {
            "number": self.number.data,
            "signed_on": self.signed_on.iso,
            "file": file_of(self.document),
        }
        return {"letter": {**(self.given.get("letter") or {}), **signature}}


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
    Refusal("firmado mañana", GOOD | {"signed_on": "21/11/2026"}, {"signed_on": "no llega"}),
    Refusal(
        "sin oficio que firmar", GOOD, {"document": "Todavía no se ha generado"}, {"papers": []}
    ),
)
