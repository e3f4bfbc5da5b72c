"""What entities have besides their steps: a seat that is held, and the lists on which they wait."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import ProcessInstance, Task, User, WaitingSeat
from app.base.urls import path_for
from app.cases.records.agenda import TOPICS
from app.cases.records.sessions import waiting
from app.people import access


@dataclass(frozen=True)
class SeatLine:
    """A sentence about a seat (Spanish), and what the reader can do; no address: nothing."""

    text: str
    label: str
    url: str


def lines(session: Session, user: User | None, entity_ids: Collection[int]) -> list[SeatLine]:
    """Return the running offers of entities, then the lists on which they wait."""
    rows = waiting.open_rows(session, entity_ids) if entity_ids else ()
    return [_line(session, user, row) for row in rows]


def _line(session: Session, user: User | None, row: WaitingSeat) -> SeatLine:
    instance = session.get_one(ProcessInstance, row.instance_id)
    entity, may_act = instance.entity, may_answer(session, user, instance, row.session.topic)
    name = (
        f"la sesión de {TOPICS[row.session.topic].lower()} del {formatting.moment(row.session.at)}"
    )
    if row.offer_ends_at is None:
        text = f"{entity.name} está en la lista de espera de {name}."
        label, url = "Ver la lista de espera", path_for("correcting.waiting_list", code=entity.code)
    else:
        text = f"Hay un lugar guardado para {entity.name} en {name}, {until(row)}."
        label = "Aceptar o dejar el lugar"
        url = path_for("correcting.seat", code=entity.code, row_id=row.id)
    return SeatLine(text, label, url if may_act else "")


def may_answer(session: Session, user: User | None, instance: ProcessInstance, topic: str) -> bool:
    """Return whether a user chooses the session of a case, also after the step has lapsed."""
    task = newest_choice(session, instance, topic)
    may_correct = access.may(user, "correct_papers", instance.entity)
    return bool(may_correct and task and access.may_answer(user, task))


def newest_choice(session: Session, instance: ProcessInstance, topic: str) -> Task | None:
    """Return the newest step of a case to choose a session of a topic; None without one."""
    choose, _ = waiting.steps_before(topic)
    steps = select(Task).where(Task.instance_id == instance.id, Task.step == choose)
    return session.scalars(steps.order_by(Task.id.desc()).limit(1)).first()


def until(row: WaitingSeat) -> str:
    """Say until when an offer runs (Spanish)."""
    if row.offer_ends_at == row.session.at:
        return "antes de que empiece"
    return f"hasta el {formatting.last_day(row.offer_ends_at)}"
