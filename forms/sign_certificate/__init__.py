"""Firmar la constancia de implementación, or return it to the closing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.shapes import compared_facts
from forms.shapes.compared_facts import Fact
from forms.shapes.decision_makers import invented_posts
from forms.shapes.filing_examples import ADMINISTRATOR, AUTHORITY, ENTITY_KNOWN, papers
from forms.shapes.reviews import ReviewForm, numbered
from forms.shapes.signed_papers import CertificateForm
from forms.shapes.signing import file_of, paper_of, unusual_signature

NEEDS = (
    "papers",
    "printed_certificate",
    "entity",
    "authority",
    "administrator",
    "production",
    "production_evidence",
    "interest_acts",
    "decision_makers",
    "closing",
    "returnable",
)
GIVES = ("certificate",)


class Form(CertificateForm, ReviewForm):
    """The signature of the constancia, or its return to who closed.

    The returned one is void, and the next closing gives the next number.
    """

    decides = "case"
    heading = "Firma la constancia de implementación"
    lead = (
        "Contrasta la constancia con el expediente, descárgala, fírmala con tu certificado y "
        "súbela. Con eso termina la implementación de la entidad."
    )
    outcomes = ("signed", "returned")
    decisions = (("signed", "La firmé"), ("returned", "Devolver"))
    returning = frozenset({"returned"})
    gives = "certificate"
    fresh = (*ReviewForm.fresh, "document", "number", "signed_on")
    pages = (
        Page(
            "respuesta",
            heading,
            ("decision", "document", "as_is_document", "number", "signed_on", "why"),
        ),
    )
    absent = "Todavía no se ha generado la constancia. Vuelve a intentarlo en unos minutos."

    def prepare(self) -> None:
        """Ask for the decision, and for the rest by what it is; sign only in older diagrams."""
        super().prepare()
        if not self.given.get("returnable", True):
            self.button = "Registrar la firma"
            del self["decision"], self["why"]
            return
        self.lead += " Si hay algo que corregir, devuélvela y di qué."
        self.why.label.text = "Qué hay que corregir"
        self.why.description = "Lo lee quien cerró la implementación."
        for name in ("document", "number", "signed_on"):
            if name in self:
                self[name].when = ("decision", "signed")

    def check(self) -> None:
        """Check the signed file, or that a return has a reason."""
        if self.outcome() == "signed":
            super().check()
        else:
            ReviewForm.check(self)

    def outcome(self) -> str:
        """Return the decision; where none is asked, the constancia is signed."""
        return super().outcome() if "decision" in self else "signed"

    def facts(self) -> list[Fact]:
        """Return what the constancia states, held against the case."""
        return compared_facts.of_certificate(self.given)

    def closed_on(self) -> str:
        """Return the day of the closing and who closed, in words."""
        return compared_facts.closed_on(self.given.get("closing"))

    def unusual(self) -> list[str]:
        """Return what may be wrong about the constancia and its signature."""
        if self.outcome() == "returned":
            return []
        return [*self.unusual_facts(), *unusual_signature(self, "constancia")]

    def unusual_facts(self) -> list[str]:
        """Return what the constancia states otherwise than the case."""
        return compared_facts.unusual(self.facts(), "La constancia")

    def signed_marks(self) -> dict[str, tuple[str, date | None]]:
        """Return its number and its date: the printed one, or the day of the signature."""
        printed = (self.paper() or {}).get("dated_on") or ""
        dated_on = date.fromisoformat(printed) if printed else self.signed_on.data
        return {"constancia": (self._number(), dated_on)}

    def certificate_number(self) -> str:
        """Return the typed number; "" where the constancia has one, and where it is returned."""
        is_typed = self.outcome() == "signed" and not self.known_number
        return str(self["number"].data) if is_typed else ""

    def void_papers(self) -> tuple[str, ...]:
        """Return the constancia if it is returned: its number stays among the void ones."""
        return ("constancia",) if self.outcome() == "returned" else ()

    def _number(self) -> str:
        return self.known_number or str(self["number"].data)

    def answer(self) -> dict[str, Any]:
        """Return the signed constancia; nothing if it is returned."""
        if self.outcome() == "returned":
            return {"certificate": None}
        return {
            "certificate": {
                "number": self._number(),
                "signed_on": self.signed_on.iso,
                "file": file_of(self.document),
            }
        }


RECORDS = {
    "entity": ENTITY_KNOWN,
    "administrator": ADMINISTRATOR,
    "production": {"go_live_on": "2026-10-12", "link": "https://www.example.org/visitas"},
    "decision_makers": invented_posts(),
}
GIVEN = RECORDS | {
    "today": date(2026, 11, 20),
    "papers": papers("constancia"),
    "printed_certificate": RECORDS,
    "authority": AUTHORITY,
    "production_evidence": {"published_on": "2026-10-12", "stated": False},
    "interest_acts": {"starts_on": "2026-10-21"},
    "returnable": True,
    "closing": {
        "on": "2026-11-19",
        "by": "Rosa Persona Ejemplo",
        "checklist": [
            {"name": "Salió en vivo", "done": True, "detail": "12 de octubre de 2026"},
            {"name": "Están capacitados", "done": True, "detail": "Personas capacitadas: 2"},
        ],
    },
}
GOOD = {
    "decision": "signed",
    "document": SAMPLE_FILE,
    "number": "0012-2026-PCM/SIP",
    "signed_on": "20/11/2026",
}


def signed(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a constancia signed today; its number only where its line is blank."""
    typed = f"{random.randint(1, 99_999):05d}-{given['today'].year}-PCM/SIP"
    has_number = (paper_of(given, "constancia") or {}).get("number")
    return GOOD | {"number": "" if has_number else typed, "signed_on": given["today"]}


ACCEPTS = (
    Example("signed", signed),
    Example(
        "signed",
        {"decision": "signed", "document": SAMPLE_FILE, "signed_on": "20/11/2026"},
        GIVEN | {"papers": [papers("constancia")[0] | {"number": "0012-2026-PCM/SIP"}]},
        name="con el número que se le dio al emitirla",
    ),
    Example(
        "signed",
        {name: value for name, value in GOOD.items() if name != "decision"},
        GIVEN | {"returnable": False},
        name="en un diagrama que no la devuelve",
    ),
    Example(
        "returned",
        {"decision": "returned", "why": "El cargo del administrador no es el que figura."},
    ),
)
REFUSES = (
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}),
    numbered("returned"),
    Refusal(
        "devolver en un diagrama que no la devuelve",
        {"decision": "returned", "why": "El cargo no es el que figura."},
        {"document": "Sube la constancia"},
        {"returnable": False},
    ),
    Refusal(
        "firmada sin nada",
        {"decision": "signed"},
        {"document": "Sube la constancia", "number": "el número", "signed_on": "la fecha"},
    ),
    Refusal("firmada mañana", GOOD | {"signed_on": "21/11/2026"}, {"signed_on": "no llega"}),
    Refusal(
        "sin constancia que firmar", GOOD, {"document": "Todavía no se ha generado"}, {"papers": []}
    ),
    Refusal("un archivo de otra tarea", GOOD | {"document": "another"}, {"document": "otra vez"}),
)
