"""What entities have besides their steps: the lists of full sessions on which they wait."""

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
class WaitingLine:
    """A sentence about a place on a list (Spanish), and its page; no address: only to read."""

    text: str
    url: str


def lines(session: Session, user: User | None, entity_ids: Collection[int]) -> list[WaitingLine]:
    """Return the lists on which entities wait."""
    rows = waiting.rows_of(session, entity_ids) if entity_ids else ()
    return [_line(session, user, row) for row in rows]


def _line(session: Session, user: User | None, row: WaitingSeat) -> WaitingLine:
    instance, topic = session.get_one(ProcessInstance, row.instance_id), row.session.topic
    text = (
        f"{instance.entity.name} está en la lista de espera de la sesión de "
        f"{TOPICS[topic].lower()} del {formatting.moment(row.session.at)}."
    )
    may_act = may_answer(session, user, instance, topic)
    page = path_for("correcting.waiting_list", code=instance.entity.code)
    return WaitingLine(text, page if may_act else "")


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
