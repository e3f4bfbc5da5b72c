"""Reviews: accept, or return with the reason that the returned step shows."""

from __future__ import annotations

from typing import Any, ClassVar

from forms.case_documents import Review
from forms.examples import Example, Refusal
from forms.fields import ChoiceField, GroupField, ListField, LongTextField, add_error
from forms.fields.rules import NO_NUMBERS, without_document_number
from forms.records import Observation
from forms.shapes.observations import TiedPart, read_observations, reasons_of, tie
from forms.shapes.observing import LIST, Looked, Observing

#: Least length of a reason in characters; shorter ones explain nothing.
SHORTEST = 10


def check_explanation(field: Any, missing: str) -> None:
    """Reject a text that explains nothing: `missing` is the error of a blank one."""
    text = field.data or ""
    if not field.errors and len(text) < SHORTEST:
        short = f"{field.label.text}: explícalo con al menos {SHORTEST} letras."
        add_error(field, short if text else missing)


class ReviewForm(Observing):
    """One of several decisions; those in `returning` return the step with a reason.

    Its field is called `why`, because `reason` is a method of every form. A review whose work has
    anchors (`anchored`) can tie observations to them too.
    """

    button = "Registrar la decisión"
    fresh: ClassVar[tuple[str, ...]] = ("decision", "why", LIST)

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
        rules=(without_document_number,),
        limit=4000,
    )
    observations = ListField(
        GroupField(TiedPart, "Observación"),
        "Observaciones, una por una (opcional)",
        hint="Pulsa Observar junto a lo que está mal: la observación queda atada a ese lugar.",
        most=40,
        add_label="Agregar una observación",
    )

    def prepare(self) -> None:
        """Offer the decisions of the step, and ask only those who return the work why."""
        self.decision.choices = list(self.decisions)
        self.why.when = ("decision", tuple(sorted(self.returning | self.noted)))
        if not self.anchored:
            del self[LIST]
        else:
            self[LIST].when = ("decision", tuple(sorted(self.returning)))
            tie(self[LIST], self.places)

    @property
    def observing(self) -> tuple[str, str]:
        """The field and the value by which the answer returns the work."""
        return "decision", min(self.returning)

    def made(self) -> list[Observation]:
        """Return the observations of an answer that returns the work."""
        if LIST not in self or self.decision.data not in self.returning:
            return []
        return read_observations(self[LIST])

    def earlier(self) -> list[Looked]:
        """Return the observations of the last look at the work, with what changed."""
        before = self.returned_before
        return (
            self.looked(before.get("observations", ()), before["on"], before.get("by", ""))
            if before
            else []
        )

    @property
    def returned_before(self) -> Review | None:
        """The review that returned the work before, if this is another look at it."""
        before: Review | None = self.given.get(self.gives)
        return before if before and before["decision"] in self.returning else None

    def check(self) -> None:
        """Check that a return has a reason."""
        observes = LIST in self and len(self[LIST]) > 0
        if self.decision.data in self.returning and not observes:
            check_explanation(self.why, "Escribe qué falta o qué hay que corregir.")

    def outcome(self) -> str:
        """Return the decision."""
        return str(self.decision.data)

    def review(self) -> Review:
        """Return the decision with its reason (or its note, when it accepts) and its day."""
        review: Review = {
            "decision": self.outcome(),
            "reason": self.why.data or "",
            "on": self.today.isoformat(),
        }
        if made := self.made():
            review["observations"] = made
        return review

    def answer(self) -> dict[str, Any]:
        """Return the review."""
        return {self.gives: self.review()}

    def reason(self) -> str:
        """Return why the step is returned: the reason, then the observations."""
        if self.outcome() not in self.returning:
            return ""
        return "\n".join(filter(None, (self.why.data, reasons_of(self.made()))))


class AcceptOrObserveForm(ReviewForm):
    """A review with two decisions: accept the work of an entity, or observe it."""

    outcomes = ("accepted", "observed")
    decisions = (("accepted", "Dar conformidad"), ("observed", "Observar"))
    returning = frozenset({"observed"})


def numbered(returned: str) -> Refusal:
    """Return a reason with the number of a person's document, which every review refuses."""
    return Refusal(
        "devolver con el número de un documento",
        {"decision": returned, "why": "El DNI 00000101 no es el de la titular."},
        {"why": NO_NUMBERS},
    )


def refusals(returned: str, why: str) -> tuple[Refusal, ...]:
    """Return what every review refuses. `returned`: a returning decision; `why`: its reason."""
    return (
        Refusal("sin decisión", {"why": why}, {"decision": "Elige una decisión"}),
        numbered(returned),
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
