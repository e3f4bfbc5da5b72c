"""Texts of the help that were made from answers: reviewed, dated, without personal data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.formatting import plain
from app.base.models import HelpText, Question, QuestionMessage, User

ADDRESS = "/ayuda/respuestas"
#: Addresses of mail, and numbers as long as a document's or a telephone's.
EMAIL = re.compile(r"\S+@\S+\.\S+")
NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ .-]?\d){6,}(?![\w-])")
#: Shorter words of a name are words of the language too.
SHORTEST_NAME = 4


@dataclass(frozen=True)
class Found:
    """A text that has all the words of a search."""

    title: str
    text: str
    url: str


def personal_data(text: str, people: Sequence[User]) -> str:
    """Return the personal data in a text, as a sentence; "" if none are found.

    `people`: the authors of the question's messages. No program finds all personal data: a person
    reviews the text.
    """
    if EMAIL.search(text):
        return "Quita la dirección de correo: el texto lo lee cualquiera."
    if NUMBER.search(text):
        return "Quita el número de documento o de teléfono: el texto lo lee cualquiera."
    words = set(re.findall(r"\w+", plain(text)))
    for user in people:
        names = {one for one in plain(user.full_name).split() if len(one) >= SHORTEST_NAME}
        if len(names & words) > 1:
            return f"Quita el nombre de {user.full_name}: el texto lo lee cualquiera."
    return ""


def writers(session: Session, message: QuestionMessage) -> list[User]:
    """Return everybody who wrote in the question of an answer."""
    wrote = select(QuestionMessage.by_id).where(QuestionMessage.question_id == message.question_id)
    return list(session.scalars(select(User).where(User.id.in_(wrote)).order_by(User.id)))


def publish(
    session: Session, message: QuestionMessage, title: str, text: str, actor: User
) -> HelpText:
    """Make an answer a text of the help on the question's step; an answer gives one at most."""
    question: Question = message.question
    made = HelpText(
        step=question.step,
        title=title,
        text=text,
        message_id=message.id,
        reviewed_on=calendar.today(),
        reviewed_by_id=actor.id,
        published_at=calendar.now(),
        withdrawn_at=None,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        if found := of_message(session, message.id):
            return found
        raise
    _log(session, "help.published", made, actor)
    return made


def of_message(session: Session, message_id: int) -> HelpText | None:
    """Return the text that was made from an answer, withdrawn or not; None without one."""
    query = select(HelpText).filter_by(message_id=message_id)
    return session.scalars(query).one_or_none()


def change(session: Session, text: HelpText, title: str, body: str, actor: User) -> None:
    """Change a text, which counts as reviewed today; one that was withdrawn is shown again."""
    text.title, text.text, text.withdrawn_at = title, body, None
    text.reviewed_on, text.reviewed_by_id = calendar.today(), actor.id
    _log(session, "help.changed", text, actor)


def withdraw(session: Session, text: HelpText, actor: User) -> bool:
    """Remove a text from the help; return whether it was there."""
    if text.withdrawn_at is not None:
        return False
    text.withdrawn_at = calendar.now()
    _log(session, "help.withdrawn", text, actor)
    return True


def published(session: Session) -> Sequence[HelpText]:
    """Return all texts that everybody reads, the newest first."""
    query = select(HelpText).filter_by(withdrawn_at=None)
    return session.scalars(query.order_by(HelpText.id.desc())).all()


def find(session: Session, words: str) -> list[Found]:
    """Return the texts with all these words, ignoring accents and case; titles come first."""
    wanted = plain(words).split()
    if not wanted:
        return []
    ranked = []
    for one in published(session):
        title, text = plain(one.title), plain(one.text)
        if all(word in title or word in text for word in wanted):
            ranked.append((-sum(word in title for word in wanted), one))
    ranked.sort(key=lambda pair: pair[0])
    return [Found(one.title, one.text, f"{ADDRESS}#respuesta-{one.id}") for _, one in ranked]


def _log(session: Session, kind: str, text: HelpText, actor: User) -> None:
    audit_log.write(session, kind, actor_id=actor.id, title=text.title, help_text=text.id)
    session.flush()
