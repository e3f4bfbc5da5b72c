"""Confirmar al personal del registro: a confirmation of the roster every ninety days."""

from __future__ import annotations

from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import Example, Refusal
from forms.fields import TickField
from forms.fields.people import invented
from forms.shapes.filing_examples import ADMINISTRATOR, ROSTER, TODAY, row_of
from forms.shapes.roster_steps import FIELDS, RosterStep

NEEDS = ("roster", "administrator")
GIVES = ("roster", "roster_review")


class Form(RosterStep):
    """The roster in force, with or without changes, and a confirmation."""

    heading = "Confirma al personal del registro"
    dictated = True
    retired = True
    lead = (
        "Revisa la relación: agrega a quienes llegaron, marca como baja a quienes dejaron el "
        "registro y confirma que está al día."
    )
    button = "Confirmar la relación"
    outcomes = ("confirmed",)
    pages = (Page("personal", "El personal", (*FIELDS, "confirmed")),)
    fresh = ("roster", "default_unit", "default_site", "confirmed")

    confirmed = TickField(
        "La relación está al día",
        needed="Marca que la relación está al día, o corrígela primero.",
    )

    def answer(self) -> dict[str, Any]:
        """Return the rows, and how many people were added, removed and changed."""
        return {
            **super().answer(),
            "roster_review": {"reviewed_on": self.today.isoformat(), **self.changes.counts()},
        }


GIVEN = {"roster": ROSTER, "administrator": ADMINISTRATOR, "today": TODAY}


def one_more(given: Given, random: Random) -> dict[str, Any]:
    """Return the roster with one more operator."""
    newcomer = row_of(invented(random, "Recepcionista"), "operator")
    return {"roster": [*given["roster"], newcomer], "confirmed": True}


ACCEPTS = (
    Example("confirmed", lambda given, random: {"roster": given["roster"], "confirmed": True}),
    Example("confirmed", one_more, name="con un operador más"),
)

REFUSES = (
    Refusal("sin confirmar", {"roster": ROSTER}, {"confirmed": "al día"}),
    Refusal("nadie", {"roster": [], "confirmed": True}, {"roster": "al menos a una"}),
    Refusal("sin operadores", {"roster": [ROSTER[0]], "confirmed": True}, {"roster": "operador"}),
)
