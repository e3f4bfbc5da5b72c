"""Judged months of registers for the demo site: one to explain, one that was explained."""

from __future__ import annotations

from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Task
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.ops.worker.quality import judge_month
from app.people import access
from app.register import quality


def add_all(session: Session) -> None:
    """Judge last month; entities with a follow-up explain it, but for the last one."""
    month = quality.month_before(calendar.today())
    quality.count(session, month)
    for month_id in quality.unjudged(session, month):
        judge_month(session, month_id)
    tasks = session.scalars(
        select(Task).where(Task.step == "explain_register", Task.state == "open").order_by(Task.id)
    ).all()
    for task in tasks[:-1]:
        user = access.recipients(session, task.role, task.entity)[0]
        page = TaskPage.of(session, task.id, user)
        answers.write(page, answers.values_for(page, "", Random(8)))
        answers.send(TaskPage.of(session, task.id, user))
