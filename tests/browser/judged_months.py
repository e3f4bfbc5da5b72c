"""Judged months of registers for the demo site: one to explain, one that was explained."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Record, Register, RegisterMonth, Task
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.ops.worker.quality import judge_month
from app.people import access
from app.register import quality
from app.register.registers import environments
from tests.app import cast

#: Working days of the month without a visit or a declaration: enough for a follow-up.
SILENT = 12


def add_all(session: Session) -> None:
    """Judge last month of all registers, of which two fell silent; one of them explains it."""
    explained = add_silent_register(session)
    month = quality.month_before(calendar.today())
    quality.count(session, month)
    silence(session)
    for month_id in quality.unjudged(session, [month]):
        judge_month(session, month_id)
    explain(session, explained)


def add_silent_register(session: Session) -> Entity:
    """Add an entity whose register has had no visit for two months."""
    entity = cast.entity(session, "E90037")
    cast.person(session, "40000037", "administrator", entity)
    register = environments.open_register(session, entity, "production", None)
    register.opened_at = calendar.now() - timedelta(days=70)
    return entity


def silence(session: Session) -> None:
    """Count days without visits in the month of the register whose people are changing."""
    month = session.scalars(
        select(RegisterMonth)
        .join(Register, Register.id == RegisterMonth.register_id)
        .join(Record, Record.entity_id == Register.entity_id)
        .where(Record.name == "decision_makers")
        .order_by(Register.entity_id)
        .limit(1)
    ).one()
    month.silent_days = SILENT


def explain(session: Session, entity: Entity) -> None:
    """Answer the follow-up of an entity's register, so that a coordinator attends it."""
    task = session.scalars(
        select(Task).where(Task.entity_id == entity.id, Task.step == "explain_register")
    ).one()
    user = access.recipients(session, task.role, entity)[0]
    page = TaskPage.of(session, task.id, user)
    answers.write(page, answers.values_for(page, "", Random(8)))
    answers.send(TaskPage.of(session, task.id, user))
