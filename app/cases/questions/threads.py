"""The acts on a question: ask, write, answer, close, reopen, differ about the mark.

Each is one transaction with its log entries and mails. A form or a mail that comes twice is one
message, by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar
from app.base.models import Entity, Incoming, Question, QuestionMessage, Task, User
from app.cases.questions import letters, marks, terms
from app.people import access

#: Characters of a subject, and of a message typed on a page.
SUBJECT, MESSAGE = 120, 4000
#: The text for the entity if the PCM closes a question that waits.
CLOSED = (
    "La consulta quedó cerrada. Si todavía necesitas una respuesta, contesta este correo o escribe "
    "en su página, y se vuelve a abrir."
)


@dataclass(frozen=True)
class Said:
    """A message to be written; `key` is the same for the same form or mail."""

    text: str
    key: str
    #: «No puedo seguir sin la respuesta».
    blocks: bool = False
    #: Stores the paper that comes with it and returns its id.
    paper: Callable[[], str | None] | None = None
    quoted: str = ""
    incoming: Incoming | None = None
    kind: str = "message"

    @property
    def sender(self) -> str | None:
        """The stated sender of a mail whose author is not known; None for other messages."""
        return self.incoming.sender if self.incoming and self.kind == "letter" else None


def may_ask(user: User | None, entity: Entity) -> bool:
    """Return whether a user may ask for an entity: its steps' preparers and answerers may."""
    return access.may(user, "ask_question", entity)


def about(task: Task | None) -> str:
    """Return the role that answers a question on a step (None: on no step): sip or sgtd."""
    return access.reviewing_role(task.stage if task else "")


def ask(
    session: Session, entity: Entity, task: Task | None, subject: str, said: Said, actor: User
) -> Question:
    """Send a question to the PCM; return it, or the question that this form has made before."""
    if found := _written(session, said.key):
        return found.question
    now = calendar.now()
    question = Question(
        entity_id=entity.id,
        task_id=task.id if task else None,
        step=task.step if task else "",
        role=about(task),
        subject=subject,
        author_id=actor.id,
        opened_at=now,
        blocks_since_at=None,
    )
    question.entity, question.task, question.author = entity, task, actor
    terms.start(session, question, now)
    try:
        with session.begin_nested():
            session.add(question)
            session.flush()
            _add(session, question, said, actor, of_pcm=False)
    except IntegrityError:
        return _existing(session, said.key).question
    _log(session, "question.asked", question, actor.id, role=question.role)
    if said.blocks:
        marks.block(session, question, actor.id)
    letters.to_pcm(session, question, said.text, actor)
    return question


def write(session: Session, question: Question, said: Said, actor: User) -> QuestionMessage:
    """Add the entity's text. The question then waits for the PCM, even if it was closed.

    If it waits already, its term continues.
    """
    if found := _written(session, said.key):
        return found
    _hold(session, question)
    try:
        with session.begin_nested():
            message = _add(session, question, said, actor, of_pcm=False)
    except IntegrityError:
        return _existing(session, said.key)
    kind = "question.reopened" if question.state == "closed" else "question.written"
    _log(session, kind, question, actor.id, **({} if said.sender is None else {"letter": True}))
    if question.state != "waiting":
        terms.start(session, question, calendar.now())
    if said.blocks:
        marks.block(session, question, actor.id)
    letters.to_pcm(session, question, said.text, actor, sender=said.sender)
    return message


def answer(session: Session, question: Question, said: Said, actor: User) -> QuestionMessage:
    """Add the PCM's answer; the entity gets it by mail. A closed question stays closed."""
    if found := _written(session, said.key):
        return found
    _hold(session, question)
    try:
        with session.begin_nested():
            message = _add(session, question, said, actor, of_pcm=True)
    except IntegrityError:
        return _existing(session, said.key)
    if question.state == "waiting":
        question.state = "answered"
    marks.unblock(session, question, actor.id)
    _log(session, "question.answered", question, actor.id)
    letters.to_entity(session, question, said.text, actor)
    return message


def differ(session: Session, question: Question, said: Said, actor: User) -> bool:
    """End the mark with a reason: the step can go on. The question still waits for its answer.

    Return False where the question has no mark (any more).
    """
    if _written(session, said.key):
        return True
    _hold(session, question)
    if not question.is_blocking:
        return False
    _add(session, question, said, actor, of_pcm=True)
    marks.unblock(session, question, actor.id, said.text)
    _log(session, "question.differed", question, actor.id, reason=said.text)
    letters.to_entity(session, question, said.text, actor, differs=True)
    return True


def close(session: Session, question: Question, actor: User) -> bool:
    """Close a question; return whether it was open.

    If the PCM closes one that waits, the entity gets a mail that says how to open it again.
    """
    _hold(session, question)
    if question.state == "closed":
        return False
    unanswered = question.state == "waiting" and not may_ask(actor, question.entity)
    question.state, question.closed_at = "closed", calendar.now()
    marks.unblock(session, question, actor.id)
    _log(session, "question.closed", question, actor.id)
    if unanswered:
        letters.to_entity(session, question, CLOSED, actor)
    session.flush()
    return True


def reopen(session: Session, question: Question, actor: User) -> bool:
    """Reopen a closed question for the PCM, in a new term; return whether it was closed."""
    _hold(session, question)
    if question.state != "closed":
        return False
    terms.start(session, question, calendar.now())
    _log(session, "question.reopened", question, actor.id)
    session.flush()
    return True


def messages(session: Session, question: Question) -> list[QuestionMessage]:
    """Return the messages of a question, the oldest first; one statement."""
    query = select(QuestionMessage).where(QuestionMessage.question_id == question.id)
    query = query.options(
        joinedload(QuestionMessage.by).lazyload(User.grants),
        joinedload(QuestionMessage.file),
    )
    return list(session.scalars(query.order_by(QuestionMessage.id)))


def senders(session: Session, found: Iterable[QuestionMessage]) -> dict[int, str]:
    """Return the stated senders of the mails that a coordinator took, by message."""
    taken = [one.id for one in found if one.kind == "letter"]
    if not taken:
        return {}
    query = select(QuestionMessage.id, Incoming.sender).join(
        Incoming, Incoming.id == QuestionMessage.incoming_id
    )
    rows = session.execute(query.where(QuestionMessage.id.in_(taken)))
    return {number: letters.sender_name(sender) for number, sender in rows}


def _hold(session: Session, question: Question) -> None:
    """Lock a question, and read it as it is now."""
    session.flush()
    session.refresh(question, with_for_update={"of": Question})


def _add(
    session: Session, question: Question, said: Said, actor: User, *, of_pcm: bool
) -> QuestionMessage:
    message = QuestionMessage(
        question_id=question.id,
        at=calendar.now(),
        by_id=actor.id,
        of_pcm=of_pcm,
        kind=said.kind,
        text=said.text,
        quoted=said.quoted,
        file_id=said.paper() if said.paper else None,
        incoming_id=said.incoming.id if said.incoming else None,
        key=said.key,
    )
    message.question, message.by = question, actor
    session.add(message)
    session.flush()
    return message


def _written(session: Session, key: str) -> QuestionMessage | None:
    return session.scalars(select(QuestionMessage).where(QuestionMessage.key == key)).first()


def _existing(session: Session, key: str) -> QuestionMessage:
    """Return the message that another request has written meanwhile."""
    return session.scalars(select(QuestionMessage).where(QuestionMessage.key == key)).one()


def _log(
    session: Session, kind: str, question: Question, actor_id: int | None, **data: Any
) -> None:
    """Log an act without the words of the question: texts can be wrong, and the log stays."""
    task = question.task
    audit_log.write(
        session,
        kind,
        actor_id=actor_id,
        entity_id=question.entity_id,
        instance_id=task.instance_id if task else None,
        task=task,
        question=question.id,
        name=task.name if task else "",
        **data,
    )
