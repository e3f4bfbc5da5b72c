"""Questions of the tests: asked, answered and read by the people of a walk."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Mail, Question, QuestionMessage, Task, User
from app.cases.questions import letters, threads
from app.cases.questions.threads import Said
from app.mailroom.incoming.receiving import receive
from app.mailroom.sending import return_path
from app.people import access
from tests.app import cast
from tests.app.walk import Walk

STEP = "designate_administrator"
SUBJECT = "¿Quién firma si el alcalde está de viaje?"
TEXT = "El alcalde vuelve en dos semanas."


def raised(
    walk: Walk,
    step: str = STEP,
    *,
    by: str = "preparer",
    key: str = "a",
    instance: int = 0,
    **said: Any,
) -> int:
    """Ask a question on an open step ("": on none); return its number."""
    with walk.writing() as session:
        user = walk.user(session, by)
        task = walk.find(session, step, instance) if step else None
        entity = cast.entity_of(session)
        return threads.ask(session, entity, task, SUBJECT, Said(TEXT, key, **said), user).id


def act(walk: Walk, name: str, number: int, by: str, *said: Any, **values: Any) -> Any:
    """Perform an act of `threads` on a question."""
    with walk.writing() as session:
        question, user = session.get_one(Question, number), walk.user(session, by)
        texts = [Said(*said, **values)] if said else []
        return getattr(threads, name)(session, question, *texts, user)


def question(walk: Walk, number: int) -> Question:
    """Return a question as it is now."""
    return walk.get(Question, number)


def texts(walk: Walk, number: int) -> list[tuple[bool, str]]:
    """Return the messages of a question: whether the PCM wrote it, and the text."""
    query = select(QuestionMessage).where(QuestionMessage.question_id == number)
    return [(one.of_pcm, one.text) for one in walk.all(query.order_by("id"))]


def mails(walk: Walk, kind: str = letters.TO_PCM) -> list[Mail]:
    """Return the mails about questions, the oldest first."""
    return walk.all(select(Mail).where(Mail.kind == kind).order_by(Mail.id))


def task_of(walk: Walk, number: int) -> Task:
    """Return the step of a question as it is now."""
    found = walk.get(Question, number).task_id
    return walk.get(Task, found)


def reply(
    walk: Walk,
    ours: Mail,
    text: str,
    sender: str = "",
    *,
    token: bool = True,
    kind: str = "plain",
    **whole: Any,
) -> Any:
    """Receive an answer to a mail of ours, from its recipient or another sender.

    Without its `token` it only quotes the Message-ID. `kind`: of its text; `whole`: the size and
    the digest of a message of which only the beginning came here.
    """
    with walk.app.app_context():
        to = return_path.make(ours.id) if token else "ayuda@example.pe"
    raw = (
        f"From: Alguien <{sender or ours.to}>\nTo: {to}\nSubject: Re: {ours.subject}\n"
        f"Message-ID: <{hash((text, sender, ours.id))}@example.pe>\n"
        f"In-Reply-To: {ours.message_id}\nContent-Type: text/{kind}; charset=utf-8\n\n{text}\n"
    ).encode()
    return walk.commit(receive, raw, **whole)


def any_act(session: Session, random: Random, people: Mapping[str, int]) -> str:
    """Raise a question on an open step, marked or not, or answer, close or differ on one."""
    tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id)).all()
    tasks = [task for task in tasks if task.role in access.ENTITY_ROLES]
    found = session.scalars(select(Question).where(Question.state == "waiting")).all()
    user = session.get_one(User, people["preparer"])
    said = Said(TEXT, f"{random.random()}", blocks=random.random() < 0.8)
    if tasks and (not found or random.random() < 0.5):
        task = random.choice(tasks)
        threads.ask(session, task.entity, task, SUBJECT, said, user)
        return f"{task.step} {said.blocks}"
    if not found:
        return "no question waits"
    name = random.choice(("answer", "close", "differ", "write"))
    texts = [] if name == "close" else [said]
    coordinator = session.get_one(User, people["sip"])
    getattr(threads, name)(session, random.choice(found), *texts, coordinator)
    return name


def blocked(session: Session) -> dict[int, str]:
    """Return the steps that a question blocks, according to the questions alone."""
    query = select(Question).where(Question.blocks_since_at.is_not(None))
    return {one.task.id: one.role for one in session.scalars(query) if one.task is not None}
