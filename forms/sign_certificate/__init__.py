"""Firmar la constancia de implementación: the signed PDF, its number, its day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import StepForm
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DateField, DocumentField, TextField
from forms.shapes.days import past
from forms.shapes.filing_examples import papers
from forms.shapes.signing import check_signed, file_of, paper_of, unusual_signature

NEEDS = ("papers",)
GIVES = ("certificate",)


class Form(StepForm):
    """The signature of the constancia."""

    decides = "case"
    heading = "Firma la constancia de implementación"
    lead = (
        "Descarga la constancia, fírmala con tu certificado y súbela. Con eso termina la "
        "implementación de la entidad."
    )
    button = "Registrar la firma"
    outcomes = ("signed",)

    document = DocumentField(
        "Constancia firmada", paper="constancia", needed="Sube la constancia firmada."
    )
    number = TextField(
        "Número de la constancia", needed="Escribe el número de la constancia.", limit=60
    )
    signed_on = DateField(
        "Fecha de la firma",
        hint="Día/mes/año",
        needed="Escribe la fecha de la firma.",
        rules=(past,),
    )

    def paper(self) -> dict[str, Any] | None:
        """Return the constancia to sign."""
        return paper_of(self.given, "constancia")

    def check(self) -> None:
        """Check that the constancia exists, and that the upload differs from the unsigned one."""
        absent = "Todavía no se ha generado la constancia. Vuelve a intentarlo en unos minutos."
        check_signed(self, self.document, "constancia", absent)

    def unusual(self) -> list[str]:
        """Return what may be wrong about the signature."""
        return unusual_signature(self, "constancia")

    def answer(self) -> dict[str, Any]:
        """Return the signed constancia."""
        return {
            "certificate": {
                "number": self.number.data,
                "signed_on": self.signed_on.iso,
                "file": file_of(self.document),
            }
        }


GIVEN = {"today": date(2026, 11, 20), "papers": papers("constancia")}
GOOD = {"document": SAMPLE_FILE, "number": "0012-2026-PCM/SIP", "signed_on": "20/11/2026"}


def signed(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a constancia signed today."""
    number = f"{random.randint(1, 9999):04d}-{given['today'].year}-PCM/SIP"
    return GOOD | {"number": number, "signed_on": given["today"]}


ACCEPTS = (Example("signed", signed),)
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
