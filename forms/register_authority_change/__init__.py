"""Registrar el cambio de la máxima autoridad: the new authority, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from forms import Given, StepForm
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import DateField, DocumentField, GroupField, TextField, add_error
from forms.fields.dates import in_words
from forms.fields.people import AuthorityPart, invented, person_of, same_document
from forms.shapes.filing_examples import AUTHORITY, TODAY, changed

NEEDS = ("authority",)
GIVES = ("authority", "authority_change")


class NewAuthorityPart(AuthorityPart):
    """The authority, and the day on which it took office."""

    since_on = DateField(
        "Ejerce el cargo desde",
        hint="Día/mes/año",
        needed="Escribe desde cuándo ejerce el cargo.",
    )


class Form(StepForm):
    """The new authority. Nine of ten entities change it at once, so one page is enough."""

    heading = "Registra el cambio de la máxima autoridad"
    dictated = True
    lead = (
        "Después se pedirá al administrador que confirme al personal y a los sujetos con capacidad "
        "de decisión pública."
    )
    button = "Registrar el cambio"
    outcomes = ("registered",)

    authority = GroupField(NewAuthorityPart, "Nueva máxima autoridad administrativa")
    ground = TextField(
        "Documento que lo acredita (opcional)",
        hint="Por ejemplo, credencial o resolución, con su número",
        limit=200,
    )
    support = DocumentField("Copia de ese documento (opcional)", paper="authority_ground")

    @property
    def before(self) -> Mapping[str, Any] | None:
        """The authority in the current record."""
        known: Mapping[str, Any] | None = self.given.get("authority")
        return known

    def check(self) -> None:
        """Check that it is another person than before, in office by today."""
        part = self["authority"].form
        since = part["since_on"]
        if since.data and since.data > self.today:
            add_error(since, f"Registra el cambio cuando ocurra; hoy es {in_words(self.today)}.")
        if same_document(person_of(part), self.before):
            add_error(
                part["document_number"],
                "Es la misma persona que ya figura como máxima autoridad. Revisa el documento.",
            )

    def answer(self) -> dict[str, Any]:
        """Return the new authority, and the change with its predecessor."""
        part = self["authority"].form
        since = part["since_on"].iso
        return {
            "authority": person_of(part) | {"since_on": since},
            "authority_change": {
                "since_on": since,
                "ground": self["ground"].data or "",
                "support": self["support"].data or "",
                "before": dict(self.before) if self.before else None,
            },
        }


GIVEN = {"authority": AUTHORITY, "today": TODAY}


def new_authority(given: Given, random: Random) -> dict[str, Any]:
    """Return an invented authority, in office since today."""
    person = invented(random, "Gerenta municipal", email=False)
    return {"authority": person | {"since_on": given["today"].isoformat()}}


GOOD = new_authority(GIVEN, Random(61))

ACCEPTS = (
    Example("registered", new_authority),
    Example("registered", new_authority, {"authority": None}, name="la primera registrada"),
    Example(
        "registered",
        changed(GOOD, {"authority": {"email": "autoridad@example.pe"}})
        | {"ground": "Resolución de Alcaldía 001-2026", "support": SAMPLE_FILE},
        name="con el documento que lo acredita",
    ),
)

REFUSES = (
    Refusal(
        "la misma persona", {"authority": AUTHORITY}, {"authority-document_number": "misma persona"}
    ),
    Refusal(
        "desde una fecha futura",
        changed(GOOD, {"authority": {"since_on": "01/01/2027"}}),
        {"authority-since_on": "cuando ocurra"},
    ),
    Refusal(
        "nombres con números y una fecha que no existe",
        changed(GOOD, {"authority": {"surnames": "Qu1spe", "since_on": "31/02/2026"}}),
        {"authority-surnames": "solo letras", "authority-since_on": "día/mes/año"},
    ),
)
