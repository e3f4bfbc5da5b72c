"""Confirmar el registro: every ninety days, unchanged or with changes, on one page."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, add_error
from forms.shapes.change_examples import (
    GIVEN,
    OPERATORS,
    leaving,
    new_post,
    one_for_another,
)
from forms.shapes.change_form import GROUND, PEOPLE, POSTS, ChangeForm
from forms.shapes.change_form import NEEDS as NEEDED
from forms.shapes.personnel_change import is_empty, nothing

__all__ = ["ACCEPTS", "GIVEN", "GIVES", "NEEDS", "REFUSES", "Form"]

NEEDS = (*NEEDED, "to_confirm")
GIVES = ("personnel_change", "register_review")

SAME, CHANGED = "same", "changed"


class Form(ChangeForm):
    """The periodic confirmation."""

    heading = "Confirma el registro"
    lead = (
        "Cada 90 días confirma que el personal y los cargos con capacidad de decisión siguen "
        "igual, o registra lo que cambió."
    )
    button = "Confirmar"
    outcomes = ("confirmed", "changed")
    fresh = ("state", *ChangeForm.fresh)
    last_field = "rows"

    state = ChoiceField(
        "¿Cómo está el registro?",
        (
            (SAME, "Confirmar sin cambios"),
            (CHANGED, "Hay cambios: los escribo abajo"),
        ),
        needed="Elige si el registro sigue igual o hay cambios.",
    )
    pages = (Page("registro", "Confirma el registro", ("state", *PEOPLE, *POSTS, *GROUND)),)

    @property
    def to_confirm(self) -> Mapping[str, Any] | None:
        """The end of the mandate, and who of confidence has not been confirmed since."""
        known: Mapping[str, Any] | None = self.given.get("to_confirm")
        return known

    @property
    def is_changing(self) -> bool:
        """Whether the page shows the fields of changes: something is chosen or written there."""
        written = (self[name] for name in (*PEOPLE, *POSTS, *GROUND) if name in self)
        return self.state.data == CHANGED or any(field.data for field in written)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields only when there are changes."""
        if self.state.data != SAME:
            return bool(super().validate(extra_validators))
        self.validated = True
        for field in self:
            field.errors = ()
        if not is_empty(self.change()):
            add_error(self.state, "Escribiste cambios: elige «Hay cambios» o bórralos.")
        return not self.state.errors

    def outcome(self) -> str:
        """Return whether something changes."""
        return "confirmed" if self.state.data == SAME else "changed"

    def answer(self) -> dict[str, Any]:
        """Return what changes, and the confirmation."""
        today = self.today.isoformat()
        change = nothing(today) if self.state.data == SAME else self.change()
        return {
            "personnel_change": change,
            "register_review": {"reviewed_on": today, "changed": self.state.data == CHANGED},
        }


def changed(given: Given, random: Random) -> dict[str, Any]:
    """Return a confirmation in which one operator takes the place of another."""
    return {"state": CHANGED} | one_for_another(given, random)


def determined(given: Given, random: Random) -> dict[str, Any]:
    """Return a confirmation with a new post that the entity determines."""
    return {"state": CHANGED} | new_post(given, random)


ACCEPTS = (
    Example("confirmed", lambda given, random: {"state": SAME}),
    Example("changed", changed, name="otro operador"),
    Example(
        "confirmed",
        {"state": SAME},
        {"to_confirm": {"ends_on": "2026-12-31", "holders": ["Ana Ejemplo · Gerenta, Gerencia"]}},
        name="después del fin del mandato",
    ),
    Example("changed", determined, name="un cargo que la entidad determina"),
)
REFUSES = (
    Refusal("sin respuesta", {}, {"state": "sigue igual o hay cambios"}),
    Refusal("dice que hay cambios y no los hay", {"state": CHANGED}, {"rows": "ningún cambio"}),
    Refusal(
        "dice que sigue igual y hay cambios",
        {"state": SAME, "leaving": [leaving(OPERATORS[0])]},
        {"state": "Escribiste cambios"},
    ),
    Refusal(
        "el último operador se va",
        {"state": CHANGED, "leaving": [leaving(row) for row in OPERATORS]},
        {"leaving": "ningún operador"},
    ),
)
