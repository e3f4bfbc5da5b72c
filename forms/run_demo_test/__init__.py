"""Realizar la prueba en el ambiente demo: figures of what was tried there.

As long as the demo register does not count by itself, the administrator types the figures; when
it does (`demo_register["figures"]`), its figures stand in the fields and nobody can change them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page, StepForm
from forms.examples import Example, Refusal
from forms.fields import CountField, DateField, LongTextField, add_error
from forms.shapes.days import past
from forms.shapes.demo_test import FIGURES
from forms.shapes.loading import altas, invented_roster

NEEDS = ("roster", "demo_register", "demo_evidence", "demo_findings")
GIVES = ("demo_evidence",)

#: Nobody tries more than this in a test; larger figures are typing errors.
MOST = 5000


def count(name: str, hint: str = "") -> CountField:
    """The field of a figure."""
    needed = f"{FIGURES[name]}: escribe una cantidad, 0 si no hubo."
    return CountField(FIGURES[name], hint=hint, most=MOST, needed=needed)


class Form(StepForm):
    """The demo test."""

    heading = "Realiza la prueba en el ambiente demo"
    lead = (
        "Registra en el ambiente demo las visitas del guion, con sus operadores, y comprueba lo "
        "que ve el público. Después escribe aquí cuánto hiciste de cada cosa."
    )
    button = "Enviar los resultados"
    outcomes = ("run",)
    pages = (Page("resultados", heading, ("from_on", "to_on", *FIGURES, "notes")),)

    from_on = DateField(
        "¿Qué día empezó la prueba?",
        hint="Día/mes/año",
        needed="Escribe el día en que empezó la prueba.",
        rules=(past,),
    )
    to_on = DateField(
        "¿Qué día terminó?",
        hint="Día/mes/año",
        needed="Escribe el día en que terminó la prueba.",
        rules=(past,),
    )
    visits = count("visits", "No cuentes las que quedaron sin hora de salida.")
    operators = count("operators")
    corrections = count("corrections")
    late_entries = count("late_entries", "Los que se registraron después de que la visita acabó.")
    searches = count("searches")
    downloads = count("downloads")
    notes = LongTextField(
        "Qué dificultades tuviste (opcional)",
        hint="Las leerá quien revisa la prueba.",
        limit=2000,
    )

    def prepare(self) -> None:
        """Where the register counts by itself, its figures are the answer."""
        for name, figure in self.counted().items():
            field = self[name]
            field.data, field.raw_data = str(figure), [str(figure)]
            field.render_kw = {**(field.render_kw or {}), "readonly": True}

    def counted(self) -> dict[str, int]:
        """The figures that the demo register counted, none while it does not."""
        found = (self.given.get("demo_register") or {}).get("figures") or {}
        return {name: int(found.get(name, 0)) for name in FIGURES} if found else {}

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """The figures of the last test."""
        return given.get("demo_evidence") or {}

    def operators_there_are(self) -> int:
        """How many people of the roster can record visits."""
        able = ("operator", "administrator")
        return sum(row["profile"] in able for row in altas(self.given.get("roster")))

    def validate(self, extra_validators: Any = None) -> bool:
        """The figures agree with one another and with the roster."""
        good = bool(super().validate(extra_validators))
        faults = [
            (self.to_on, self._ends_before(), "La prueba no puede terminar antes de empezar."),
            (
                self.operators,
                0 < self.operators_there_are() < (self.operators.number or 0),
                f"La relación tiene {self.operators_there_are()} operadores y administradores.",
            ),
            *(
                (self[name], self._exceeds(name), f"{FIGURES[name]}: son más que las visitas.")
                for name in ("operators", "corrections", "late_entries")
            ),
        ]
        for field, wrong, sentence in faults:
            if wrong and not field.errors:
                add_error(field, sentence)
                good = False
        return good

    def _ends_before(self) -> bool:
        start, end = self.from_on.data, self.to_on.data
        return bool(start and end and end < start)

    def _exceeds(self, name: str) -> bool:
        some, visits = self[name].number, self.visits.number
        return some is not None and visits is not None and some > visits

    def answer(self) -> dict[str, Any]:
        """The figures, with where they come from."""
        return {
            "demo_evidence": {
                "source": "zaguan" if self.counted() else "typed",
                **{name: self[name].number for name in FIGURES},
                "from_on": self.from_on.iso,
                "to_on": self.to_on.iso,
                "notes": self.notes.data or "",
            }
        }


TODAY = date(2026, 9, 9)
GIVEN = {"today": TODAY, "roster": invented_roster()}
GOOD = {
    "from_on": "07/09/2026",
    "to_on": "08/09/2026",
    "visits": "10",
    "operators": "2",
    "corrections": "1",
    "late_entries": "1",
    "searches": "2",
    "downloads": "1",
}


def enough(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """A test that has everything."""
    operators = sum(row["profile"] == "operator" for row in altas(given.get("roster")))
    days = {"from_on": given["today"], "to_on": given["today"]}
    return (
        GOOD | days | {"visits": str(random.randint(10, 24)), "operators": str(min(2, operators))}
    )


ACCEPTS = (
    Example("run", enough, GIVEN),
    Example(
        "run",
        GOOD | {"visits": "3", "operators": "1", "late_entries": "0", "downloads": "0"},
        GIVEN,
        "una prueba a la que le falta algo",
    ),
    Example(
        "run",
        {"from_on": "07/09/2026", "to_on": "08/09/2026"},
        GIVEN | {"demo_register": {"figures": {"visits": 12, "operators": 2}}},
        "las cifras las cuenta el propio registro",
    ),
)
REFUSES = (
    Refusal(
        "sin cifras",
        {"from_on": "07/09/2026", "to_on": "08/09/2026"},
        dict.fromkeys(FIGURES, "escribe una cantidad"),
        GIVEN,
    ),
    Refusal("visitas negativas", GOOD | {"visits": "-1"}, {"visits": "de 0 a 5000"}, GIVEN),
    Refusal("un millón", GOOD | {"downloads": "1000000"}, {"downloads": "de 0 a 5000"}, GIVEN),
    Refusal(
        "más operadores que los que hay",
        GOOD | {"operators": "4"},
        {"operators": "La relación tiene 3"},
        GIVEN,
    ),
    Refusal(
        "más correcciones que visitas",
        GOOD | {"corrections": "11"},
        {"corrections": "más que las visitas"},
        GIVEN,
    ),
    Refusal(
        "termina antes de empezar",
        GOOD | {"to_on": "04/09/2026"},
        {"to_on": "antes de empezar"},
        GIVEN,
    ),
    Refusal("mañana", GOOD | {"to_on": "10/09/2026"}, {"to_on": "todavía no llega"}, GIVEN),
)
