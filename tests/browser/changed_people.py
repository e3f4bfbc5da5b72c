"""Changes of an entity's people for the demo site: one that is written, one that waits."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

import forms
from app.base import calendar
from app.base.models import Draft, Entity, Grant, Record, Register, Task
from app.cases import processes, records
from app.cases.case import Case
from app.onboarding.case_admin import departed_staff
from forms.drafts import as_formdata
from forms.shapes.change_examples import NEW_POST, NUMBER, one_for_another


def add_changes(session: Session) -> None:
    """Add a post that the authority has to approve, a draft of another change, and a cycle."""
    entity = session.scalars(
        select(Entity)
        .join(Register, Register.entity_id == Entity.id)
        .join(Record, Record.entity_id == Entity.id)
        .where(Register.environment == "production", Record.name == "decision_makers")
        .order_by(Entity.id)
        .limit(1)
    ).one()
    here = Grant.entity_id == entity.id
    administrator = session.scalars(
        select(Grant).where(here, Grant.role == "administrator", Grant.until_at.is_(None))
    ).first()
    assert administrator is not None
    begun = (calendar.today() - timedelta(days=1)).isoformat()
    values = {"posts": [NEW_POST | {"from_on": begun}], "number": NUMBER}
    departed_staff.record(session, entity, values, administrator.user_id)
    row = processes.start(session, entity, departed_staff.PROCESS, administrator.user_id)
    task = session.scalars(select(Task).where(Task.instance_id == row.id)).one()
    step = forms.steps()[departed_staff.STEP]
    case = Case(session, entity, row, administrator.user_id, task)
    given = {name: records.read(case, name) for name in step.needs} | {"today": calendar.today()}
    pairs = as_formdata(step.form, one_for_another(given, Random(5)) | values)
    session.add(
        Draft(
            task_id=task.id,
            pairs=[list(pair) for pair in pairs],
            saved_at=calendar.now(),
            saved_by_id=administrator.user_id,
        )
    )
    if processes.can_start(session, entity, "upkeep"):
        processes.start(session, entity, "upkeep", None)
