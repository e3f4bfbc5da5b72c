"""A question as its page shows it: messages as plain text, never as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.models import Entity, Incoming, Notice, Question, QuestionMessage, User
from app.cases.questions import by_mail, listing, marks, threads
from app.people import access
from app.people.accounts.forms import errors_of
from app.register.facts import open_texts


@dataclass(frozen=True)
class Message:
    """A message: its author, and how it arrived."""

    id: int
    who: str
    of_pcm: bool
    at: datetime
    #: Said of it in a few words: by mail, or that the step can go on.
    about: str
    text: str
    quoted: str
    file: dict[str, Any] | None


@dataclass(frozen=True)
class Letter:
    """A mail that waits until a coordinator says whose message it is."""

    id: int
    sender: str
    at: datetime
    text: str
    quoted: str


def sides(user: User | None, entity: Entity) -> tuple[bool, bool]:
    """Return whether a user writes for the entity, and whether for the PCM; never for both.

    A user who belongs to the entity asks, and does not answer.
    """
    asks = threads.may_ask(user, entity)
    return asks, not asks and access.may(user, "answer_question")


def thread(session: Session, question: Question, user: User | None) -> dict[str, Any]:
    """Return the variables of a question's page, by their names in the template."""
    asks, answers = sides(user, question.entity)
    row = listing.row_of(session, question, calendar.now())
    reads = access.may(user, "read_file", question.entity)
    messages = threads.messages(session, question)
    senders = threads.senders(session, messages)
    return {
        "row": row,
        "question": question,
        "messages": [_message(one, senders.get(one.id), reads=reads) for one in messages],
        "letters": _letters(session, question) if answers else [],
        "asks": asks,
        "answers": answers,
        "answerer": access.ROLES[question.role].lane or "",
        "counted": marks.has_clocks(question.task),
    }


def _message(message: QuestionMessage, sender: str | None, *, reads: bool) -> Message:
    """Return a message as shown; `sender` is that of a mail that a coordinator took."""
    by_letter = message.incoming_id is not None
    about = "Por correo" if by_letter else ""
    if message.kind == "differs":
        about = "El paso puede seguir mientras se responde"
    elif message.kind == "letter":
        whose = "es la respuesta de la PCM" if message.of_pcm else "es de la entidad"
        about = (
            f"Por correo. No se comprobó quién es: {message.by.full_name}, de la PCM, indicó que "
            f"{whose}"
        )
    return Message(
        id=message.id,
        who=sender or message.by.full_name,
        of_pcm=message.of_pcm,
        at=message.at,
        about=about,
        text=open_texts.masked(message.text),
        quoted=open_texts.masked(message.quoted),
        file=files.describe(message.file) if message.file and reads else None,
    )


def _letters(session: Session, question: Question) -> list[Letter]:
    """Return the mails that wait for a click, the oldest first."""
    found = session.scalars(
        select(Incoming)
        .join(Notice, Notice.key == cast(Incoming.id, Text))
        .where(
            Notice.kind == by_mail.NOTICE,
            Notice.done_at.is_(None),
            Incoming.question_id == question.id,
        )
        .order_by(Incoming.id)
    )
    return [
        Letter(one.id, one.sender, one.received_at, *map(open_texts.masked, by_mail.parts(one)))
        for one in found
    ]


def errors(form: Any, fault: str = "") -> dict[str, str]:
    """Return the errors of a form by field, and the error of its paper."""
    return errors_of(form) | ({"paper": fault} if fault else {})
