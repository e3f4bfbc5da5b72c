"""Recurring observations: which are offered in a step, and who may change them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

import forms
from app.base import audit_log, calendar
from app.base.models import ObservationText, User
from app.people import access
from forms.shapes.observing import LIST, Observing

#: Characters of a text, as of an observation; and texts that a step offers at most.
LIMIT = 1000
MOST = 100
#: The parties that have texts.
PARTIES = ("sip", "sgtd")
EMAIL = re.compile(r"\S+@\S+\.\S+")
#: Numbers as long as a document's or a telephone's.
NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ .-]?\d){6,}(?![\w-])")


def has_texts(step: str, role: str) -> bool:
    """Return whether recurring observations are offered in a step of a lane."""
    known = forms.steps().get(step)
    if known is None or role not in PARTIES or not issubclass(known.form, Observing):
        return False
    return any(LIST in page.fields for page in known.form.screens())


def personal_data(text: str) -> str:
    """Return the personal data in a text, as a sentence; "" if none are found.

    No program finds all personal data, so pages also warn about it.
    """
    if EMAIL.search(text):
        return "Quita la dirección de correo: el texto se usa con otras entidades."
    if NUMBER.search(text):
        return "Quita el número de documento o de teléfono: el texto se usa con otras entidades."
    return ""


def _of(user: User) -> ColumnElement[bool]:
    """Return the condition of the texts that a user may use and change."""
    roles = sorted(access.roles_of(user) & set(PARTIES))
    of_party = and_(ObservationText.owner_id.is_(None), ObservationText.role.in_(roles))
    own = and_(ObservationText.owner_id == user.id, ObservationText.role.in_(roles))
    return or_(own, of_party)


def offered(session: Session, user: User, step: str) -> Sequence[ObservationText]:
    """Return the texts for the reviews of a step: the user's own first, then the party's."""
    query = (
        select(ObservationText)
        .where(ObservationText.step == step, _of(user))
        .order_by(ObservationText.owner_id.is_(None), ObservationText.text, ObservationText.id)
    )
    return session.scalars(query.limit(MOST)).all()


def listed(session: Session, user: User) -> Sequence[ObservationText]:
    """Return all texts that a user may change, by step."""
    query = (
        select(ObservationText)
        .where(_of(user))
        .order_by(ObservationText.step, ObservationText.owner_id.is_(None), ObservationText.text)
    )
    return session.scalars(query).all()


def find(session: Session, user: User, number: int) -> ObservationText | None:
    """Return a text that a user may use and change; None for any other."""
    return session.scalars(
        select(ObservationText).where(ObservationText.id == number, _of(user))
    ).one_or_none()


class NotMade(Exception):
    """A text is not stored; the message says why."""


def make(session: Session, user: User, step: str, role: str, text: str) -> ObservationText:
    """Store a text of a user for the reviews of a step. Raises NotMade."""
    if not text:
        raise NotMade("Escribe la observación antes de guardarla como texto recurrente.")
    if fault := personal_data(text):
        raise NotMade(fault)
    there = offered(session, user, step)
    if any(one.text == text for one in there):
        raise NotMade("Ya tienes ese texto recurrente.")
    if len(there) >= MOST:
        raise NotMade(f"Este paso ya tiene {MOST} textos recurrentes. Borra alguno antes.")
    made = ObservationText(
        step=step,
        role=role,
        owner_id=user.id,
        text=text,
        changed_at=calendar.now(),
        changed_by_id=user.id,
    )
    session.add(made)
    _log(session, "recurring.made", made, user)
    return made


def change(
    session: Session, user: User, text: ObservationText, words: str, *, shared: bool
) -> None:
    """Change a text, or give it to the party; a text of the party stays one."""
    shares = shared and text.owner_id is not None
    if text.text == words and not shares:
        return
    text.text = words
    if shares:
        text.owner_id = None
    text.changed_at, text.changed_by_id = calendar.now(), user.id
    _log(session, "recurring.shared" if shares else "recurring.changed", text, user)


def remove(session: Session, user: User, text: ObservationText) -> None:
    """Delete a text. Observations that were made with it stay as they are."""
    _log(session, "recurring.removed", text, user)
    session.delete(text)


def step_name(step: str) -> str:
    """Return the heading of a step; its id if no step has it any more."""
    known = forms.steps().get(step)
    return known.form.heading if known else step


def _log(session: Session, kind: str, text: ObservationText, user: User) -> None:
    session.flush()
    whose = "de la persona" if text.owner_id else "del equipo"
    audit_log.write(
        session, kind, actor_id=user.id, name=step_name(text.step), text=text.id, whose=whose
    )
