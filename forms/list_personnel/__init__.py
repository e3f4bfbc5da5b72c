"""Elaborar la relación de personal (SIP-RVL-002): one row per person."""

from __future__ import annotations

from typing import Any

from forms.examples import Example, Refusal
from forms.shapes.filing_examples import ADMINISTRATOR, AUTHORITY, ROSTER, TODAY, roster
from forms.shapes.roster_steps import PAGE, RosterStep

NEEDS = ("entity", "roster", "authority", "administrator")
GIVES = ("roster",)


class Form(RosterStep):
    """The roster, with a default unit and site for blank cells."""

    heading = "Elabora la relación de personal"
    dictated = True
    lead = (
        "Incluye a quienes administran, operan o reciben visitas. Con ella se prepara el formato "
        "SIP-RVL-002, que firma el administrador designado."
    )
    button = "Terminar la relación"
    pages = (PAGE,)
    inherits = ("correct_designation",)


GIVEN = {"roster": None, "authority": AUTHORITY, "administrator": ADMINISTRATOR, "today": TODAY}
BLANK = [row | {"unit": "", "site": "", "movement": ""} for row in ROSTER]


def _with_cells(**cells: str) -> dict[str, Any]:
    """Return the roster with some cells of its second row (an operator) changed."""
    return {"roster": [ROSTER[0], ROSTER[1] | cells, *ROSTER[2:]]}


ACCEPTS = (
    Example("done", lambda given, random: {"roster": roster(given, random)}),
    Example(
        "done",
        {"roster": BLANK, "default_unit": "Gerencia Municipal", "default_site": "Palacio"},
        name="una unidad y una sede para todos",
    ),
    Example(
        "done",
        lambda given, random: {"roster": roster(given, random, operators=60)},
        name="más filas que una página",
    ),
)

REFUSES = (
    Refusal("nadie", {"roster": []}, {"roster": "al menos a una persona"}),
    Refusal(
        "sin operadores",
        {"roster": [row | {"profile": "visited_official"} for row in ROSTER]},
        {"roster": "operador"},
    ),
    Refusal(
        "unidades en blanco sin una para todos",
        {"roster": BLANK, "default_site": "Palacio"},
        {"roster": "Unidad"},
    ),
    Refusal("un DNI incompleto", _with_cells(document_number="123"), {"roster": "8 dígitos"}),
    Refusal("un operador sin correo", _with_cells(email=""), {"roster": "Fila 2, Correo"}),
    Refusal("un perfil que no existe", _with_cells(profile="jefe"), {"roster": "Fila 2, Perfil"}),
    Refusal(
        "una persona dos veces",
        {"roster": [*ROSTER, ROSTER[1]]},
        {"roster": "ya está en la fila 2"},
    ),
)
