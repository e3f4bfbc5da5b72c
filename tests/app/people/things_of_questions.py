"""A question with its answer, for the pages of `rules_of_questions`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity, Grant, Mail, Question, Task, User
from app.cases.questions import threads
from app.cases.questions.threads import Said
from app.mailroom.incoming import receiving
from app.mailroom.sending import return_path
from app.people import access


def things(session: Session, here: Entity) -> dict[str, str]:
    """Return the values in addresses, by their names in the table."""
    asker, sip = (
        session.scalars(select(User).join(Grant).where(Grant.role == role, of)).first()
        for role, of in (("preparer", Grant.entity_id == here.id), ("sip", Grant.id > 0))
    )
    assert asker is not None
    assert sip is not None
    task = session.scalars(select(Task).order_by(Task.id)).first()
    made = threads.ask(session, here, task, "¿Quién firma?", Said("No está.", "a"), asker)
    threads.answer(session, made, Said("Quien haga sus veces.", "b"), sip)
    return {
        "question": str(made.id),
    }


def forged_answer(session: Session) -> None:
    """Receive an answer to the first mail about a question, from an address of no user."""
    query = select(Mail).where(Mail.kind == "question").order_by(Mail.id).limit(1)
    ours = session.scalars(query).one()
    text = "Que firme el teniente alcalde.\n\n> Consulta"
    raw = (
        f"From: Rosa Inventada <rosa@example.org>\nTo: {return_path.make(ours.id)}\n"
        f"Subject: Re\nMessage-ID: <forged@example.org>\n\n{text}\n"
    )
    receiving.receive(session, raw.encode())


def places(session: Session, user: User) -> list[str]:
    """Return the page of a question in a state that lists may not lead to first.

    For the SIP one that blocks its step, for the SGTD one that was answered.
    """
    roles = access.roles_of(user)
    state = "waiting" if "sip" in roles else "answered" if "sgtd" in roles else ""
    query = select(Question).where(Question.state == state).order_by(Question.id).limit(1)
    return [f"{one.entity.url}/consultas/{one.id}" for one in session.scalars(query)]
