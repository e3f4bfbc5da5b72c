"""The signature of a paper of the PCM: a letter, which may be returned, or the constancia."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from forms import Given, StepForm
from forms.fields import DateField, DocumentField, PaperNumberField
from forms.shapes.days import past
from forms.shapes.reviews import ReviewForm
from forms.shapes.signing import (
    NO_REVIEW,
    as_is_field,
    check_signed,
    file_of,
    paper_of,
    unusual_signature,
)


class LetterForm(ReviewForm):
    """The signature of a letter, or its return.

    A step adds its `document` with `as_is_document`, and what its letter states (`unusual_facts`).
    """

    decides = "case"
    button = "Registrar la decisión"
    outcomes = ("signed", "returned")
    fresh = (*ReviewForm.fresh, "document", "number", "signed_on")
    returning = frozenset({"returned"})
    #: The kind of the letter, and what sentences call it.
    letter: ClassVar[str] = ""
    called: ClassVar[str] = "El oficio"
    #: The error while the letter is not made yet.
    absent: ClassVar[str] = ""

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
        paper = paper_of(given, cls.letter) or {}
        return {"number": paper.get("number", ""), "signed_on": paper.get("dated_on", "")}

    def paper(self) -> dict[str, Any] | None:
        """Return the letter to sign."""
        return paper_of(self.given, self.letter)

    def check(self) -> None:
        """Check that the letter exists; findings say whether the file is its signed copy."""
        super().check()
        if self["decision"].data == "signed":
            check_signed(self, self["document"], self.letter, self.absent)

    def unusual(self) -> list[str]:
        """Return what may be wrong about the letter and its signature."""
        if self.outcome() == "returned":
            return []
        printed, typed = (self.paper() or {}).get("number", ""), self["number"].data
        other = [f"{self.called} dice N.º {printed}, y escribiste {typed}."]
        return [
            *(other if printed not in ("", typed) else []),
            *self.unusual_facts(),
            *unusual_signature(self, self.letter),
        ]

    def unusual_facts(self) -> list[str]:
        """Return what the letter states otherwise than the case."""
        raise NotImplementedError

    def signed_marks(self) -> dict[str, tuple[str, date | None]]:
        """Return the number and the day of the signature."""
        return {self.letter: (str(self["number"].data), self["signed_on"].data)}

    def void_papers(self) -> tuple[str, ...]:
        """Return the letter if it is returned: another version is signed, or none."""
        return (self.letter,) if self.outcome() == "returned" else ()

    def signature(self) -> dict[str, Any]:
        """Return number, day and file of the signature, as records store them."""
        return {
            "number": self["number"].data,
            "signed_on": self["signed_on"].iso,
            "file": file_of(self["document"]),
        }


class CertificateForm(StepForm):
    """The signature of the constancia: its file, its day and, on a blank line, its number."""

    #: The error while there is no constancia to sign.
    absent: ClassVar[str] = ""

    document = DocumentField(
        "Constancia firmada", paper="constancia", needed="Sube la constancia firmada."
    )
    as_is_document = as_is_field("document", NO_REVIEW)
    number = PaperNumberField(
        "Número de la constancia", needed="Escribe el número de la constancia."
    )
    signed_on = DateField(
        "Fecha de la firma",
        hint="Día/mes/año",
        needed="Escribe la fecha de la firma.",
        rules=(past,),
    )

    def prepare(self) -> None:
        """Ask no number where the constancia has one: it was given when it was issued."""
        super().prepare()
        if self.known_number:
            del self["number"]

    @property
    def known_number(self) -> str:
        """The number that the constancia shows; "" for a blank line."""
        return str((self.paper() or {}).get("number", ""))

    def paper(self) -> dict[str, Any] | None:
        """Return the constancia to sign."""
        return paper_of(self.given, "constancia")

    def check(self) -> None:
        """Check that the constancia exists; findings say whether the file is its signed copy."""
        check_signed(self, self["document"], "constancia", self.absent)
