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

from app.base.db.membership import among
from app.base.models import Filing, Record, Task
from app.onboarding.tasks.loading import TaskPage
from forms import Page
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


def offers(task_page: TaskPage, page: Page) -> dict[str, list[Choice]]:
    """Return the texts that each observation on a page offers, by its name."""
    if LIST not in page.fields or not _observes(task_page):
        return {}
    written = _written(task_page)
    return {
        entry.name: list(_about_the_same(written, entry.form))[:MOST]
        for entry in task_page.form[LIST].shown
    }


def press(task_page: TaskPage, action: str, chosen: str) -> Pressed | None:
    """Put a text into an observation, below what is written there; None for another button.

    `chosen`: the id of the text, as a browser sends it.
    """
    word, _, name = action.partition(":")
    if word != ACTION or not _observes(task_page):
        return None
    entry = find(task_page.form[LIST].shown, name)
    if entry is None or not hasattr(entry, "form"):
        return None
    field = entry.form["text"]
    own = next((one.text for one in _texts(_written(task_page)) if one.id == chosen), "")
    if not own:
        return Pressed(None, field.id)
    written = "\n".join(filter(None, (field.data, own)))
    unchanged = [pair for pair in task_page.pairs if pair[0] != field.name]
    return Pressed([*unchanged, (field.name, written)], field.id)


def _observes(task_page: TaskPage) -> bool:
    return isinstance(task_page.form, Observing) and LIST in task_page.form


def _written(task_page: TaskPage) -> list[Mapping[str, Any]]:
    """Return what the user observed in recent reviews of the step, the newest first."""
    session, user, step = task_page.session, task_page.user, task_page.step
    reviews = (
        select(Task.instance_id)
        .where(Task.step == step.id, Task.closed_by_id == user.id)
        .order_by(Task.closed_at.desc())
    )
    instances = set(session.scalars(reviews.limit(REVIEWS)))
    if not instances:
        return []
    filings = session.scalars(
        select(Filing.observations).where(among(Filing.instance_id, instances))
    )
    found = [one for made in filings for one in made if one.get("by_id") == user.id]
    records = session.scalars(
        select(Record).where(
            among(Record.instance_id, instances),
            Record.name.in_(step.gives),
            Record.by_id == user.id,
        )
    )
    for record in records:
        at = record.at.isoformat()
        found += [{**one, "at": at} for one in record.data.get(LIST, ())]
    return sorted(found, key=lambda one: str(one["at"]), reverse=True)


def _about_the_same(written: Sequence[Mapping[str, Any]], part: Any) -> Iterator[Choice]:
    """Yield the texts about what an observation is about."""
    code = part["anchor"].data if "anchor" in part else ""
    paper = part["paper"].data if "paper" in part else ""
    if code and part["anchor"].found:
        paper = part["anchor"].found.paper
    if not code and paper in ("", WHOLE, None):
        return _texts(written)
    return _texts(
        [
            one
            for one in written
            if (code and one.get("anchor") == code) or (paper and paper_of(one) == paper)
        ]
    )


def _texts(written: Sequence[Mapping[str, Any]]) -> Iterator[Choice]:
    """Yield the texts, each once, without those that name a document or a mail address.

    They are of other entities; no program finds all personal data.
    """
    for text in dict.fromkeys(str(one["text"]) for one in written):
        if text and not has_document_number(text) and "@" not in text:
            yield Choice(text)
