"""Firmar la constancia de implementación: the signed PDF, its number, its day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.shapes import compared_facts
from forms.shapes.compared_facts import Fact
from forms.shapes.decision_makers import invented_posts
from forms.shapes.filing_examples import ADMINISTRATOR, AUTHORITY, ENTITY_KNOWN, papers
from forms.shapes.signed_papers import CertificateForm
from forms.shapes.signing import file_of, unusual_signature

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
)
GIVES = ("certificate",)


class Form(CertificateForm):
    """The signature of the constancia."""

    decides = "case"
    heading = "Firma la constancia de implementación"
    lead = (
        "Contrasta la constancia con el expediente, descárgala, fírmala con tu certificado y "
        "súbela. Con eso termina la implementación de la entidad."
    )
    button = "Registrar la firma"
    outcomes = ("signed",)
    absent = "Todavía no se ha generado la constancia. Vuelve a intentarlo en unos minutos."

    def facts(self) -> list[Fact]:
        """Return what the constancia states, held against the case."""
        return compared_facts.of_certificate(self.given)

    def closed_on(self) -> str:
        """Return the day of the closing and who closed, in words."""
        return compared_facts.closed_on(self.given.get("closing"))

    def unusual(self) -> list[str]:
        """Return what may be wrong about the constancia and its signature."""
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
        """Return the typed number; "" where the constancia has one."""
        return "" if self.known_number else str(self["number"].data)

    def _number(self) -> str:
        return self.known_number or str(self["number"].data)

    def answer(self) -> dict[str, Any]:
        """Return the signed constancia."""
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
    "closing": {
        "on": "2026-11-19",
        "by": "Rosa Persona Ejemplo",
        "checklist": [
            {"name": "Salió en vivo", "done": True, "detail": "12 de octubre de 2026"},
            {"name": "Están capacitados", "done": True, "detail": "Personas capacitadas: 2"},
        ],
    },
}
GOOD = {"document": SAMPLE_FILE, "number": "0012-2026-PCM/SIP", "signed_on": "20/11/2026"}


def signed(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a constancia signed today."""
    number = f"{random.randint(1, 99_999):05d}-{given['today'].year}-PCM/SIP"
    return GOOD | {"number": number, "signed_on": given["today"]}


ACCEPTS = (
    Example("signed", signed),
    Example(
        "signed",
        {"document": SAMPLE_FILE, "signed_on": "20/11/2026"},
        GIVEN | {"papers": [papers("constancia")[0] | {"number": "0012-2026-PCM/SIP"}]},
        name="con el número que se le dio al emitirla",
    ),
)
REFUSES = (
    Refusal(
        "sin nada",
        {},
        {"document": "Sube la constancia", "number": "el número", "signed_on": "la fecha"},
    ),
    Refusal("firmada mañana", GOOD | {"signed_on": "21/11/2026"}, {"signed_on": "no llega"}),
    Refusal(
        "sin constancia que firmar", GOOD, {"document": "Todavía no se ha generado"}, {"papers": []}
    ),
    Refusal("un archivo de otra tarea", GOOD | {"document": "another"}, {"document": "otra vez"}),
)
