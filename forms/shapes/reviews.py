"""Reviews: accept, or give back with the reason that the step which is given back shows."""

from __future__ import annotations

from typing import Any, ClassVar

from forms import StepForm
from forms.fields import ChoiceField, LongTextField, add_error

#: Letters that a reason has at least; shorter ones explain nothing.
SHORTEST = 10


def explained(field: Any, asked: str) -> bool:
    """Whether a text explains something; marks it with `asked`, or says that it is too short."""
    if field.errors:
        return False
    text = field.data or ""
    if len(text) >= SHORTEST:
        return True
    short = f"{field.label.text}: explícalo con al menos {SHORTEST} letras."
    add_error(field, short if text else asked)
    return False


class ReviewForm(StepForm):
    """One of several decisions; those in `returning` give the step back and say why.

    Its field is called `why`, because `reason` is what every form answers about itself.
    """

    button = "Registrar la decisión"
    fresh: ClassVar[tuple[str, ...]] = ("decision", "why")

    #: Outcomes with what their radios say; `outcomes` repeats the first of each.
    decisions: ClassVar[tuple[tuple[str, str], ...]]
    returning: ClassVar[frozenset[str]]
    #: The record that it gives.
    gives: ClassVar[str]

    decision = ChoiceField("Decisión", needed="Elige una decisión.")
    why = LongTextField(
        "Qué falta o qué hay que corregir",
        hint="Solo si no das la conformidad. Dilo todo de una vez: la entidad lo lee tal cual.",
        limit=4000,
    )

    def prepare(self) -> None:
        """Offers the decisions of the step."""
        self.decision.choices = list(self.decisions)

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever gives back says why."""
        good = bool(super().validate(extra_validators))
        if self.decision.data in self.returning:
            return explained(self.why, "Escribe qué falta o qué hay que corregir.") and good
        return good

    def outcome(self) -> str:
        """The decision."""
        return str(self.decision.data)

    def review(self) -> dict[str, Any]:
        """The decision with its reason (or its note, when it accepts) and its day."""
        return {
            "decision": self.outcome(),
            "reason": self.why.data or "",
            "on": self.today.isoformat(),
        }

    def answer(self) -> dict[str, Any]:
        """The review."""
        return {self.gives: self.review()}

    def reason(self) -> str:
        """Why it comes back."""
        return self.why.data if self.outcome() in self.returning else ""
