"""Reviews: accept, or return with the reason that the returned step shows."""

from __future__ import annotations

from typing import Any, ClassVar

from forms import StepForm
from forms.case_documents import Review
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, LongTextField, add_error

#: Least length of a reason in characters; shorter ones explain nothing.
SHORTEST = 10


def check_explanation(field: Any, missing: str) -> None:
    """Reject a text that explains nothing: `missing` is the error of a blank one."""
    text = field.data or ""
    if not field.errors and len(text) < SHORTEST:
        short = f"{field.label.text}: explícalo con al menos {SHORTEST} letras."
        add_error(field, short if text else missing)


class ReviewForm(StepForm):
    """One of several decisions; those in `returning` return the step with a reason.

    Its field is called `why`, because `reason` is a method of every form.
    """

    button = "Registrar la decisión"
    fresh: ClassVar[tuple[str, ...]] = ("decision", "why")

    #: Outcomes with their radio labels; `outcomes` repeats the first of each.
    decisions: ClassVar[tuple[tuple[str, str], ...]]
    returning: ClassVar[frozenset[str]]
    #: Decisions besides those that may be explained.
    noted: ClassVar[frozenset[str]] = frozenset()
    #: The record that it writes.
    gives: ClassVar[str]

    decision = ChoiceField("Decisión", needed="Elige una decisión.")
    why = LongTextField(
        "Qué falta o qué hay que corregir",
        hint="Dilo todo de una vez: la entidad lo lee tal cual.",
        limit=4000,
    )

    def prepare(self) -> None:
        """Offer the decisions of the step, and ask only those who return the work why."""
        self.decision.choices = list(self.decisions)
        self.why.when = ("decision", tuple(sorted(self.returning | self.noted)))

    @property
    def returned_before(self) -> Review | None:
        """The review that returned the work before, if this is another look at it."""
        before: Review | None = self.given.get(self.gives)
        return before if before and before["decision"] in self.returning else None

    def check(self) -> None:
        """Check that a return has a reason."""
        if self.decision.data in self.returning:
            check_explanation(self.why, "Escribe qué falta o qué hay que corregir.")

    def outcome(self) -> str:
        """Return the decision."""
        return str(self.decision.data)

    def review(self) -> Review:
        """Return the decision with its reason (or its note, when it accepts) and its day."""
        return {
            "decision": self.outcome(),
            "reason": self.why.data or "",
            "on": self.today.isoformat(),
        }

    def answer(self) -> dict[str, Any]:
        """Return the review."""
        return {self.gives: self.review()}

    def reason(self) -> str:
        """Return why the step is returned."""
        return self.why.data if self.outcome() in self.returning else ""


class AcceptOrObserveForm(ReviewForm):
    """A review with two decisions: accept the work of an entity, or observe it."""

    outcomes = ("accepted", "observed")
    decisions = (("accepted", "Dar conformidad"), ("observed", "Observar"))
    returning = frozenset({"observed"})


def refusals(returned: str, why: str) -> tuple[Refusal, ...]:
    """Return what every review refuses. `returned`: a returning decision; `why`: its reason."""
    return (
        Refusal("sin decisión", {"why": why}, {"decision": "Elige una decisión"}),
        Refusal("devolver sin decir qué falta", {"decision": returned}, {"why": "qué falta"}),
        Refusal(
            "devolver con una palabra",
            {"decision": returned, "why": "mal"},
            {"why": "al menos 10 letras"},
        ),
        Refusal(
            "devolver con espacios",
            {"decision": returned, "why": "  a   b  "},
            {"why": "al menos 10 letras"},
        ),
        Refusal("otra decisión", {"decision": "lapsed"}, {"decision": "una de las opciones"}),
    )


def observing(why: str) -> tuple[tuple[Example, ...], tuple[Refusal, ...]]:
    """Return what an `AcceptOrObserveForm` accepts and refuses. `why`: a reason to observe."""
    accepts = (
        Example("accepted", {"decision": "accepted"}),
        Example("observed", {"decision": "observed", "why": why}),
    )
    return accepts, refusals("observed", why)


def second_look(form: type[ReviewForm], why: str) -> dict[str, Review]:
    """Return what a review of examples reads after it returned the work. `why`: its reason."""
    (returned,) = form.returning
    return {form.gives: {"decision": returned, "reason": why, "on": "2026-11-12"}}
