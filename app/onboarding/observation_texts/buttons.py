"""The buttons of recurring observations in a review: insert one, save an observation as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.base.models import ObservationText, User
from app.onboarding.observation_texts import texts
from forms import StepForm
from forms.drafts import Pair, find, place
from forms.shapes.observing import LIST

#: The first words of the actions; the name of the observation follows.
INSERT, SAVE = "insert", "keep"
#: Characters of a text in the list to choose from.
SHOWN = 70


@dataclass(frozen=True)
class Choice:
    """A text to choose from: its number, its beginning, and the whole."""

    id: int
    label: str
    text: str


@dataclass(frozen=True)
class Pressed:
    """What a button did: a message, the new pairs of the draft, the text that was stored."""

    message: str = ""
    pairs: list[Pair] | None = None
    made: ObservationText | None = None
    #: The id of the observation's text.
    text_id: str = ""


def choices(session: Session, user: User, step: str) -> list[Choice]:
    """Return the texts that a review of a step offers."""
    return [Choice(one.id, _label(one), one.text) for one in texts.offered(session, user, step)]


def _label(one: ObservationText) -> str:
    words = " ".join(one.text.split())
    short = words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
    return short if one.owner_id else f"Equipo: {short}"


@dataclass(frozen=True)
class Review:
    """A review in which buttons are pressed: who reviews which step with which draft."""

    session: Session
    user: User
    step: str
    role: str
    form: StepForm
    pairs: Sequence[Pair]

    def press(self, action: str, chosen: str) -> Pressed | None:
        """Return what a button does; None for a button of another kind.

        `chosen`: the number of the text, as a browser sends it.
        """
        word, _, name = action.partition(":")
        if word not in (INSERT, SAVE) or not texts.has_texts(self.step, self.role):
            return None
        listed: Any = self.form[LIST].shown if LIST in self.form else ()
        entry = find(listed, name)
        if entry is None or not hasattr(entry, "form"):
            return None
        field = entry.form["text"]
        return self._save(field) if word == SAVE else self._insert(field, place(chosen) or 0)

    def _save(self, field: Any) -> Pressed:
        try:
            made = texts.make(self.session, self.user, self.step, self.role, field.data or "")
        except texts.NotMade as fault:
            return Pressed(str(fault), text_id=field.id)
        return Pressed(
            "Guardamos el texto recurrente. Revisa que no nombre a nadie.",
            made=made,
            text_id=field.id,
        )

    def _insert(self, field: Any, number: int) -> Pressed:
        """Put a text into an observation, below what is written there."""
        found = texts.find(self.session, self.user, number)
        if found is None or found.step != self.step:
            return Pressed("Elige primero un texto recurrente.", text_id=field.id)
        written = "\n".join(filter(None, (field.data, found.text)))
        unchanged = [pair for pair in self.pairs if pair[0] != field.name]
        return Pressed(pairs=[*unchanged, (field.name, written)], text_id=field.id)
