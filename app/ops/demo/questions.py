"""Questions of the demo's entities: one that blocks its step, a late one, one with its answer."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db import writing
from app.base.models import Entity, Question, Task, User
from app.cases.questions import marks, notes, threads
from app.cases.questions.threads import Said
from app.people import access

#: How long ago the late question was written.
LONG_AGO = timedelta(days=9)
LATE = (
    "¿Podemos usar el correo de la gerencia?",
    "El correo de la mesa de partes no funciona desde el lunes. ¿Sirve otro de la entidad?",
)
BLOCKING = (
    "¿Quién firma si el titular está de viaje?",
    "El titular vuelve en dos semanas y no sabemos quién puede firmar mientras tanto.",
)
SOLVED = (
    "¿Sirve una firma escaneada?",
    "La persona que firma trabaja en otra sede. ¿Podemos escanear su firma?",
)
ANSWER = (
    "No. El documento lleva firma digital, o firma de puño y letra sobre el papel que después se "
    "escanea entero. Una imagen de la firma pegada en el documento no vale."
)
NOTE = "Llamamos a la gerencia: esperan la resolución de encargo para esta semana."


def add(app: Flask) -> None:
    """Add the questions and a note, as the people of the entities and coordinators would."""
    with app.app_context(), writing(app.extensions["engine"]) as session:
        tasks = _open_steps(session)
        if len(tasks) < 3 or session.scalar(select(Question.id).limit(1)) is not None:
            return
        blocking, solved, late = tasks[0], tasks[1], tasks[2]
        _ask(session, blocking, BLOCKING, blocks=True)
        _answer(session, _ask(session, solved, SOLVED))
        _note(session, blocking.entity)
        now = calendar.now()
        before = calendar.use_clock(lambda: now - LONG_AGO)
        try:
            _ask(session, late, LATE, on_step=False)
        finally:
            calendar.use_clock(before)


def _open_steps(session: Session) -> list[Task]:
    """Return open steps of different entities that can be marked, the oldest first."""
    query = select(Task).where(Task.state == "open", Task.role.in_(sorted(access.ENTITY_ROLES)))
    found: dict[int, Task] = {}
    for task in session.scalars(query.order_by(Task.id)):
        marked = marks.can_block(task) and marks.has_clocks(task)
        if marked and access.recipients(session, task.role, task.entity):
            found.setdefault(task.entity_id, task)
    return list(found.values())


def _ask(
    session: Session,
    task: Task,
    words: tuple[str, str],
    *,
    blocks: bool = False,
    on_step: bool = True,
) -> Question:
    person = access.recipients(session, task.role, task.entity)[0]
    said = Said(words[1], f"demo-{task.id}", blocks=blocks)
    about = task if on_step else None
    return threads.ask(session, task.entity, about, words[0], said, person)


def _answer(session: Session, question: Question) -> None:
    coordinator = _coordinator(session, question.role)
    threads.answer(session, question, Said(ANSWER, "demo-answer"), coordinator)


def _note(session: Session, entity: Entity) -> None:
    writer, colleague = _coordinator(session, "sip"), _coordinator(session, "sgtd")
    notes.write(session, entity, NOTE, {colleague.id}, "demo-note", writer)


def _coordinator(session: Session, role: str) -> User:
    return access.holders(session, role)[0]
