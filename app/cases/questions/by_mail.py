"""Answers to questions that come by mail.

A message counts only if it came to the reply address of a mail about the question, which only its
recipient knows, and from the known address of a person who may write there. Any other message waits
on the question's page until a coordinator says whose message it is. So does a message that was
only read in part, and one that only quotes.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Incoming, Question, QuestionMessage, User
from app.cases import notices
from app.cases.questions import quoting, threads
from app.cases.questions.threads import Said
from app.people import access

#: The notice of a mail that waits for a click.
NOTICE = "question_mail"
#: Messages of a question that count by mail in a day (24 hours): two programs that answer each
#: other end here.
MOST_A_DAY = 20
#: The text of `mailroom.incoming.reading` for a message without text.
ONLY_ATTACHED = "[Adjuntos que no se guardan"


def parts(row: Incoming) -> tuple[str, str]:
    """Return a message's own text, and the text that it quotes."""
    return quoting.split(row.body)


def receive(session: Session, row: Incoming, address: str, *, whole: bool) -> bool:
    """Take a message that answers a mail about a question; False for any other message.

    `address` is the sender's; `whole` whether all of the message was read.
    """
    question_id = row.mail.question_id if row.mail is not None else None
    question = session.get(Question, question_id) if question_id else None
    if question is None:
        return False
    row.question_id = question.id
    author = _author(session, question, row, address) if row.verified and whole else None
    own, quoted = parts(row)
    if author is None or not own or own.startswith(ONLY_ATTACHED) or _too_many(session, question):
        _let_wait(session, question, row)
        return True
    row.user = author
    _add(session, question, row, Said(own, _key(row), quoted=quoted, incoming=row), author)
    return True


def _author(session: Session, question: Question, row: Incoming, address: str) -> User | None:
    """Return the person who writes: one who may, whose address it is; None if that is not clear.

    If several people share an address, return the recipient of our mail.
    """
    if not address:
        return None
    found = [
        user
        for user in session.scalars(
            select(User).where(func.lower(User.email) == address, User.active)
        )
        if threads.may_ask(user, question.entity) or access.may(user, "answer_question")
    ]
    addressee = row.mail.user_id if row.mail is not None else None
    return next((user for user in found if user.id == addressee), None) or (
        found[0] if len(found) == 1 else None
    )


def _too_many(session: Session, question: Question) -> bool:
    since = calendar.now() - timedelta(days=1)
    query = select(func.count()).where(
        QuestionMessage.question_id == question.id,
        QuestionMessage.incoming_id.is_not(None),
        QuestionMessage.at > since,
    )
    return (session.scalar(query) or 0) >= MOST_A_DAY


def _add(session: Session, question: Question, row: Incoming, said: Said, author: User) -> None:
    asks = threads.may_ask(author, question.entity)
    (threads.write if asks else threads.answer)(session, question, said, author)


def _key(row: Incoming) -> str:
    return f"mail-{row.id}"


def _let_wait(session: Session, question: Question, row: Incoming) -> None:
    """Add a notice for the people who answer the question: a mail waits for their decision."""
    notices.put(
        session,
        NOTICE,
        str(row.id),
        role=question.role,
        entity=question.entity,
        person=row.sender,
        question=question.id,
    )


# The click ------------------------------------------------------------------------------------


def accept(session: Session, question: Question, row: Incoming, actor: User, side: str) -> bool:
    """Add a mail that waits, for the entity or the PCM (`side`); False if it waits no more.

    A coordinator says so and is named with it.
    """
    if not notices.take_down(session, NOTICE, str(row.id), actor.id):
        return False
    own, quoted = parts(row)
    said = Said(own or quoted, _key(row), quoted=quoted if own else "", incoming=row, kind="letter")
    if side == "pcm":
        threads.answer(session, question, said, actor)
    else:
        threads.write(session, question, said, actor)
    return True


def discard(session: Session, question: Question, row: Incoming, actor: User) -> bool:
    """Exclude a mail from the question; it stays among the received mails."""
    if not notices.take_down(session, NOTICE, str(row.id), actor.id):
        return False
    audit_log.write(
        session,
        "question.mail_discarded",
        actor_id=actor.id,
        entity_id=question.entity_id,
        question=question.id,
    )
    return True
