"""A reviewer's own recent observations, to be inserted into an observation of another review.

They are the stored observations of the reviews of the same step, by the same person. Under an
observation stand those about the same item or the same kind of paper; under one that does not say
what it is about, all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db.membership import among
from app.base.models import Filing, Record, Task, User
from forms import Step, StepForm
from forms.drafts import Pair, find
from forms.fields.rules import has_document_number
from forms.shapes.observations import WHOLE, paper_of
from forms.shapes.observing import LIST, Observing

#: The first word of the action; the name of the observation follows.
ACTION = "insert"
#: How many reviews are read, and how many texts an observation offers.
REVIEWS, MOST = 50, 10
#: Characters of a text in the list to choose from.
SHOWN = 70


@dataclass(frozen=True)
class Choice:
    """A text to choose from."""

    text: str

    @property
    def id(self) -> str:
        """What names it: the same for the same text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def label(self) -> str:
        """Its beginning, in one line."""
        words = " ".join(self.text.split())
        return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"


@dataclass(frozen=True)
class Pressed:
    """What the button did: the new pairs of the draft, and the id of the observation's text."""

    #: None: no text was chosen.
    pairs: list[Pair] | None
    text_id: str


@dataclass(frozen=True)
class Review:
    """The review of a step by a user, with its form as the draft fills it."""

    session: Session
    user: User
    step: Step
    form: StepForm

    def offers(self) -> dict[str, list[Choice]]:
        """Return the texts that each observation offers, by its name."""
        if not self._observes:
            return {}
        written = self._written()
        return {
            entry.name: list(_about_the_same(written, entry.form))[:MOST]
            for entry in self.form[LIST].shown
        }

    def press(self, pairs: Sequence[Pair], action: str, chosen: str) -> Pressed | None:
        """Put a text into an observation, below what is written there; None for another button.

        `pairs`: the draft; `chosen`: the id of the text, as a browser sends it.
        """
        word, _, name = action.partition(":")
        if word != ACTION or not self._observes:
            return None
        entry = find(self.form[LIST].shown, name)
        if entry is None or not hasattr(entry, "form"):
            return None
        field = entry.form["text"]
        own = next((one.text for one in _texts(self._written()) if one.id == chosen), "")
        if not own:
            return Pressed(None, field.id)
        written = "\n".join(filter(None, (field.data, own)))
        unchanged = [pair for pair in pairs if pair[0] != field.name]
        return Pressed([*unchanged, (field.name, written)], field.id)

    @property
    def _observes(self) -> bool:
        return isinstance(self.form, Observing) and LIST in self.form

    def _written(self) -> list[Mapping[str, Any]]:
        """Return what the user observed in recent reviews of the step, the newest first."""
        reviews = (
            select(Task.instance_id)
            .where(Task.step == self.step.id, Task.closed_by_id == self.user.id)
            .order_by(Task.closed_at.desc())
        )
        instances = set(self.session.scalars(reviews.limit(REVIEWS)))
        if not instances:
            return []
        filings = self.session.scalars(
            select(Filing.observations).where(among(Filing.instance_id, instances))
        )
        found = [one for made in filings for one in made if one.get("by_id") == self.user.id]
        records = self.session.scalars(
            select(Record).where(
                among(Record.instance_id, instances),
                Record.name.in_(self.step.gives),
                Record.by_id == self.user.id,
            )
        )
        for record in records:
            at = record.at.isoformat()
            found += [{**one, "at": at} for one in record.data.get(LIST, ())]
        return sorted(found, key=lambda one: str(one["at"]), reverse=True)


def _about_the_same(written: Sequence[Mapping[str, Any]], part: Any) -> Iterator[Choice]:
    """Yield the texts about what an observation is about; all if it does not say that."""
    code, paper = "", ""
    if "anchor" in part and part["anchor"].found:
        code, paper = part["anchor"].found.code, part["anchor"].found.paper
    elif "paper" in part and part["paper"].data != WHOLE:
        paper = part["paper"].data or ""
    return _texts(
        [
            one
            for one in written
            if not (code or paper)
            or (code and one.get("anchor") == code)
            or (paper and paper_of(one) == paper)
        ]
    )


def _texts(written: Sequence[Mapping[str, Any]]) -> Iterator[Choice]:
    """Yield the texts, each once, without those that name a document or a mail address.

    They are of other entities; no program finds all personal data.
    """
    for text in dict.fromkeys(str(one["text"]) for one in written):
        if text and not has_document_number(text) and "@" not in text:
            yield Choice(text)
