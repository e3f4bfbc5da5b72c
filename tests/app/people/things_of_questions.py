"""A question with its answer and its text of the help, for the pages of `rules_of_questions`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity, Grant, Task, User
from app.questions import help_texts, threads
from app.questions.threads import Said


def things(session: Session, here: Entity) -> dict[str, str]:
    """Return what stands in addresses, by its name in the table."""
    asker, sip = (
        session.scalars(select(User).join(Grant).where(Grant.role == role, of)).first()
        for role, of in (("preparer", Grant.entity_id == here.id), ("sip", Grant.id > 0))
    )
    assert asker is not None
    assert sip is not None
    task = session.scalars(select(Task).order_by(Task.id)).first()
    made = threads.ask(session, here, task, "¿Quién firma?", Said("No está.", "a"), asker)
    answer = threads.answer(session, made, Said("Quien haga sus veces.", "b"), sip)
    text = help_texts.publish(session, answer, "¿Quién firma?", "Quien haga sus veces.", sip)
    first, _ = threads.messages(session, made)
    return {
        "question": str(made.id),
        "answer": str(answer.id),
        "asked": str(first.id),
        "help_text": str(text.id),
    }
