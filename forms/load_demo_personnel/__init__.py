"""Cargar el personal en el ambiente demo: when, by whom, how many.

Until the register itself answers, the entity states it; the count is held against the roster.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, DateField, NameField
from forms.fields.people import full_name
from forms.shapes.days import past
from forms.shapes.loading import Load, full_load, invented_roster

NEEDS = ("roster", "administrator", "demo_register")
GIVES = ("demo_load",)

BY = (
    ("administrator", "El administrador"),
    ("alternate", "El alterno"),
    ("other", "Otra persona de la entidad"),
)


class Form(Load):
    """The load of the demo environment."""

    heading = "Carga el personal en el ambiente demo"
    lead = (
        "Carga en el ambiente demo a todas las personas de la relación de personal. Cuando "
        "termines, dinos cuándo lo hiciste y cuántas cargaste: con eso abrimos las cuentas de "
        "los operadores."
    )
    button = "Confirmar la carga"
    outcomes = ("loaded",)
    pages = (
        Page("carga", heading, ("loaded_on", "loaded_by", "loader_name", "count", "explanation")),
    )

    loaded_on = DateField(
        "¿Qué día la terminaste?",
        hint="Día/mes/año",
        needed="Escribe el día en que terminaste la carga.",
        rules=(past,),
    )
    loaded_by = ChoiceField("¿Quién la hizo?", BY, needed="Elige quién hizo la carga.")
    loader_name = NameField(
        "Nombres y apellidos de quien la hizo",
        hint="Solo si fue otra persona.",
        needed="Escribe los nombres y apellidos de quien hizo la carga.",
        when=("loaded_by", "other"),
        limit=200,
    )

    def prepare(self) -> None:
        """Without an alternate nobody offers one."""
        designated = self.given.get("administrator")
        if designated and not designated.get("alternate"):
            self.loaded_by.choices = [one for one in BY if one[0] != "alternate"]

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """The whole roster."""
        return {"loaded_by": "administrator", "count": full_load(given)}

    def loader(self) -> str:
        """Who loaded it, by name."""
        if self.loaded_by.data == "other":
            return self.loader_name.data or ""
        part = "holder" if self.loaded_by.data == "administrator" else "alternate"
        return full_name((self.given.get("administrator") or {}).get(part) or {})

    def answer(self) -> dict[str, Any]:
        """The load."""
        return {
            "demo_load": {
                "loaded_on": self.loaded_on.iso,
                "loaded_by": {"role": self.loaded_by.data, "name": self.loader()},
                **self.load(),
            }
        }


TODAY = date(2026, 8, 14)
GIVEN = {"today": TODAY, "roster": invented_roster()}
GOOD = {"loaded_on": "13/08/2026", "loaded_by": "administrator", "count": "5"}


def whole(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """The whole roster, today."""
    return {"loaded_on": given["today"], "loaded_by": "administrator", "count": full_load(given)}


ACCEPTS = (
    Example("loaded", whole, GIVEN),
    Example(
        "loaded",
        GOOD
        | {
            "loaded_by": "other",
            "loader_name": "Rosa Persona Ejemplo",
            "count": "4",
            "explanation": "Una operadora dejó la entidad el lunes.",
        },
        GIVEN,
        "con una persona menos",
    ),
)
REFUSES = (
    Refusal("sin nada", {}, {"loaded_on": "día", "loaded_by": "quién", "count": "cuántas"}, GIVEN),
    Refusal(
        "faltan personas sin explicación",
        GOOD | {"count": "3"},
        {"explanation": "Cargaste 3 y la relación tiene 5"},
        GIVEN,
    ),
    Refusal(
        "una explicación que no explica",
        GOOD | {"count": "3", "explanation": "faltan"},
        {"explanation": "al menos 10 letras"},
        GIVEN,
    ),
    Refusal("mañana", GOOD | {"loaded_on": "15/08/2026"}, {"loaded_on": "todavía no llega"}, GIVEN),
    Refusal(
        "otra persona sin nombre",
        GOOD | {"loaded_by": "other"},
        {"loader_name": "nombres y apellidos"},
        GIVEN,
    ),
    Refusal(
        "un alterno que no existe",
        GOOD | {"loaded_by": "alternate"},
        {"loaded_by": "una de las opciones"},
        GIVEN | {"administrator": {"holder": {}, "alternate": None}},
    ),
)
