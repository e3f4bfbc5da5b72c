"""Confirmar a los sujetos con capacidad de decisión pública: unchanged, or with changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, add_error
from forms.shapes.decision_makers import PostsForm, invented_posts, prefilled

NEEDS = ("decision_makers",)
GIVES = ("decision_makers", "decision_makers_review")

SAME, CHANGED = "same", "changed"


class Form(PostsForm):
    """The periodic confirmation."""

    heading = "Confirma a los sujetos con capacidad de decisión pública"
    dictated = True
    retired = True
    lead = (
        "Cada 90 días revisa si los cargos y sus titulares siguen siendo los mismos. Si alguien "
        "dejó su cargo, escribe hasta cuándo lo ocupó y agrega a quien lo ocupa ahora."
    )
    button = "Confirmar la relación"
    outcomes = ("confirmed",)

    state = ChoiceField(
        "¿Cómo está la relación?",
        (
            (SAME, "Sigue igual, no la cambio"),
            (CHANGED, "Hay cambios: están escritos aquí"),
        ),
        needed="Elige si la relación sigue igual o hay cambios.",
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the current list."""
        return prefilled(given.get("decision_makers") or [])

    def current(self) -> list[dict[str, str]]:
        """Return the current list."""
        return list(self.given.get("decision_makers") or [])

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields only when there are changes."""
        if self.state.data == SAME and self.current():
            for field in self:
                field.errors = ()
            return True
        return super().validate(extra_validators)

    def check(self) -> None:
        """Check that there is a list to confirm, or that it really changed."""
        super().check()
        if self.state.data == SAME:
            add_error(self.state, "Todavía no hay relación: elige «Hay cambios» y escríbela.")
        elif self.is_valid and self.written() == self.current():
            add_error(self.state, "No cambiaste nada: elige «Sigue igual» o escribe los cambios.")

    def answer(self) -> dict[str, Any]:
        """Return the list and its changes."""
        before = self.current()
        after = before if self.state.data == SAME else self.written()
        return {
            "decision_makers": after,
            "decision_makers_review": {
                "changed": after != before,
                "added": [one for one in after if one not in before],
                "removed": [one for one in before if one not in after],
                "on": self.today.isoformat(),
            },
        }


GIVEN = {"today": date(2027, 2, 15), "decision_makers": invented_posts()}
MAYOR, BUYER = invented_posts()
NEXT = BUYER | {
    "document_number": "00000304",
    "given_names": "Julia Persona",
    "surnames": "Díaz Muestra",
    "from_on": "2027-02-01",
}


def changed(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return a list in which the last holder in office leaves and another person comes."""
    posts = list(given.get("decision_makers") or invented_posts())
    last = next((post for post in reversed(posts) if not post["to_on"]), posts[-1])
    end = max(date.fromisoformat(last["from_on"]), given["today"] - timedelta(days=1))
    left = last | {"to_on": last["to_on"] or end.isoformat()}
    coming = NEXT | {
        **{key: last[key] for key in ("post", "unit", "ground", "norm")},
        "from_on": (date.fromisoformat(left["to_on"]) + timedelta(days=1)).isoformat(),
    }
    updated = [left if post is last else post for post in posts]
    return {"state": CHANGED} | dict(prefilled([*updated, coming]))


def same(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return an answer without changes; where there was no list, a first one."""
    return {"state": SAME} if given.get("decision_makers") else changed(given, random)


ACCEPTS = (
    Example("confirmed", same),
    Example("confirmed", changed, name="cambió un titular"),
)
REFUSES = (
    Refusal("sin respuesta", {"posts": [MAYOR]}, {"state": "sigue igual o hay cambios"}),
    Refusal(
        "dice que hay cambios y no los hay",
        {"state": CHANGED, "posts": [MAYOR, BUYER]},
        {"state": "No cambiaste nada"},
    ),
    Refusal(
        "quien se va y quien llega se superponen",
        {"state": CHANGED, "posts": [MAYOR, BUYER | {"to_on": "2027-02-10"}, NEXT]},
        {"posts-2-from_on": "en esos días"},
    ),
    Refusal(
        "sigue igual lo que no existe",
        {"state": SAME, "posts": [MAYOR]},
        {"state": "Todavía no hay relación"},
        {"decision_makers": None},
    ),
    Refusal("todos borrados", {"state": CHANGED}, {"posts": "al menos un cargo"}),
)
