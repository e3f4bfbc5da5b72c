"""The mails about a question: to who answers in the PCM, and back to the entity.

Each mail has a reply address that only it has (`mailroom.sending.return_path`), so an answer to it
comes back to its question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Question, User
from app.cases.questions import terms
from app.cases.questions.quoting import ABOVE
from app.people import access, mail
from app.people.mail import Letter
from app.register.facts import open_texts

#: The kinds of these mails: their replies are messages of the question.
TO_PCM, TO_ENTITY = "question", "question_answer"
KINDS = (TO_PCM, TO_ENTITY)
#: The name of the sender of a mail that names none.
NO_SENDER = "Remitente sin nombre"


def answerers(session: Session, question: Question) -> list[User]:
    """Return the people who answer: the coordinators in charge, or all of the party if none.

    Substitutes replace absent people.
    """
    return access.recipients(session, question.role, question.entity)


def readers(session: Session, question: Question) -> list[User]:
    """Return who gets the answer: the asker while they act for the entity, otherwise its lane."""
    if access.may(question.author, "ask_question", question.entity):
        return [question.author]
    task = question.task
    lane = task.role if task and task.role in access.ENTITY_ROLES else "administrator"
    others = "authority" if lane == "administrator" else "administrator"
    return access.recipients(session, lane, question.entity) or access.recipients(
        session, others, question.entity
    )


def to_pcm(
    session: Session, question: Question, text: str, writer: User, *, sender: str | None = None
) -> None:
    """Write to who answers the question.

    `sender`: the stated sender of a mail that the coordinator `writer` took as the entity's.
    """
    people = [user for user in answerers(session, question) if user.id != writer.id]
    _, last = terms.due(session, question, calendar.now())
    values = {"writer": writer.full_name, "last": last, "sender": None}
    if sender is not None:
        values["sender"] = sender_name(sender)
    _post(session, TO_PCM, question, people, text, values)


def sender_name(sender: str) -> str:
    """Return the stated sender of a mail for readers, without full document numbers."""
    return open_texts.masked(sender.strip()) or NO_SENDER


def to_entity(
    session: Session, question: Question, text: str, writer: User, *, differs: bool = False
) -> None:
    """Write the answer, or why the step can go on without it, to the entity.

    If none of its readers can be reached, it goes to the entity's mesa de partes.
    """
    values = {"writer": writer.full_name, "differs": differs}
    people = readers(session, question)
    office = question.entity.contact_email.strip()
    _post(session, TO_ENTITY, question, people, text, values, office=office)


def _post(
    session: Session,
    kind: str,
    question: Question,
    people: Iterable[User],
    text: str,
    values: Mapping[str, Any],
    *,
    office: str = "",
) -> None:
    shared = dict(values) | {
        "question": question,
        "subject": open_texts.masked(question.subject),
        "text": open_texts.masked(text),
        "above": ABOVE,
    }
    found = mail.reachable(session, people)
    to: list[tuple[str, User | None]] = [(user.email, user) for user in found]
    for address, user in to or [(office, None)]:
        letter = Letter(kind, address, shared, user=user, entity=question.entity)
        posted = mail.post(session, letter)
        if posted is not None:
            posted.question_id = question.id
    session.flush()
