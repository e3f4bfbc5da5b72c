"""Actualizar la relación de personal: the roster to be presented for production."""

from __future__ import annotations

from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.fields.people import invented
from forms.shapes.filing_examples import (
    ADMINISTRATOR,
    AUTHORITY,
    ROSTER,
    TODAY,
    row_of,
)
from forms.shapes.roster_steps import PAGE, RosterStep

NEEDS = ("entity", "roster", "authority", "administrator")
GIVES = ("roster",)


class Form(RosterStep):
    """The roster, and its changes since it was presented."""

    heading = "Actualiza la relación de personal"
    dictated = True
    lead = (
        "Agrega a quienes llegaron, marca como baja a quienes dejaron el registro y corrige lo que "
        "cambió. Con ella se prepara el SIP-RVL-002 para producción."
    )
    button = "Terminar la relación"
    pages = (PAGE,)
    inherits = ("correct_personnel",)


GIVEN = {
    "roster": ROSTER,
    "authority": AUTHORITY,
    "administrator": ADMINISTRATOR,
    "today": TODAY,
}


def one_more(given: Given, random: Random) -> dict[str, Any]:
    """Return the roster with one operator added and one removed."""
    rows = [dict(row) for row in given["roster"]]
    operators = [row for row in rows if row["profile"] == "operator" and row["movement"] == "alta"]
    if len(operators) > 2:
        operators[-1]["movement"] = "baja"
    return {"roster": [*rows, row_of(invented(random, "Vigilante"), "operator")]}


ACCEPTS = (
    Example("done", one_more),
    Example("done", {"roster": ROSTER}, name="nada cambió"),
)

REFUSES = (
    Refusal(
        "todos los operadores de baja",
        {
            "roster": [
                row | ({"movement": "baja"} if row["profile"] == "operator" else {})
                for row in ROSTER
            ]
        },
        {"roster": "operador"},
    ),
    Refusal("nadie", {"roster": []}, {"roster": "al menos a una persona"}),
    Refusal(
        "un correo incompleto",
        {"roster": [ROSTER[0] | {"email": "persona@"}, *ROSTER[1:]]},
        {"roster": "Fila 1, Correo"},
    ),
)
