"""*Corregir la lista*: what was recorded in a batch, until the end of the next working day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import calendar, db
from app.base.db.membership import among
from app.base.models import Batch, BatchRow, InductionSession, Task, User
from app.cases.processes.returns import attendance
from app.onboarding import batches
from app.onboarding.induction_sessions.attendance import sheet
from app.onboarding.induction_sessions.attendance.blueprint import ROOT, blueprint, freeze
from app.people import access
from forms.fields import LongTextField

#: Working days after the confirmation of a list within which it is corrected.
WORKING_DAYS = 1
#: No more days than these are between a confirmation and the end of the next working day.
LONGEST = timedelta(days=14)


@dataclass(frozen=True)
class Recorded:
    """An answer of a list: its task, until when it can be returned (UTC), and why it cannot."""

    task: Task
    until: datetime
    why_not: str


class ReasonForm(FlaskForm):
    """Why the list is corrected."""

    reason = LongTextField(
        "Motivo de la corrección",
        hint="Queda en el historial de cada entidad.",
        needed="Escribe por qué se corrige la lista.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


def until(session: Session, batch: Batch) -> datetime:
    """Return the end of the next working day of the PCM after a batch was confirmed."""
    confirmed_at = batch.confirmed_at or calendar.now()
    return calendar.calendar_of(session, None).deadline(confirmed_at, WORKING_DAYS)


def lists(session: Session, row: InductionSession) -> dict[int, datetime]:
    """Return the confirmed lists of a session that can still be corrected, and until when."""
    newest = session.scalars(
        select(Batch).where(
            Batch.kind == batches.ATTENDANCE.id, Batch.confirmed_at > calendar.now() - LONGEST
        )
    )
    ends = {one.id: until(session, one) for one in newest if one.data.get("session") == row.id}
    return {number: end for number, end in ends.items() if end > calendar.now()}


def recorded(session: Session, row: InductionSession, user: User) -> list[Recorded]:
    """Return what lists of a session recorded that can still be corrected, by entity."""
    ends = lists(session, row)
    rows = session.scalars(
        select(BatchRow).where(BatchRow.batch_id.in_(ends), BatchRow.result == "done")
    )
    ends_of = {one.data["task"]: ends[one.batch_id] for one in rows}
    tasks = session.scalars(
        select(Task)
        .where(among(Task.id, ends_of))
        .options(joinedload(Task.instance), joinedload(Task.entity))
    ).all()
    faults = attendance.why_not(session, tasks)
    return [
        Recorded(task, ends_of[task.id], faults[task.id])
        for task in sorted(tasks, key=lambda one: one.entity.name)
        if access.may_answer(user, task)
    ]


@blueprint.route(f"{ROOT}/corregir", methods=["GET", "POST"])
@db.only_reads
def fix(session_id: int) -> Response | str | tuple[str, int]:
    """Choose which recorded attendances go back; they are frozen as a batch."""
    user, session = access.require("publish_sessions"), db.session()
    row = session.get(InductionSession, session_id) or abort(404)
    found = recorded(session, row, user)
    form = ReasonForm()
    ticked = set(request.form.getlist("task"))
    chosen = [one for one in found if str(one.task.id) in ticked]
    errors: dict[str, str] = {}
    if request.method == "POST":
        if form.validate_on_submit() and chosen:
            data: dict[str, Any] = {
                "session": row.id,
                "session_name": sheet.name_of(row),
                "reason": form.reason.data or "",
            }
            rows = [
                (one.task.entity, {"task": one.task.id, "until": one.until.isoformat()})
                for one in chosen
            ]
            number = freeze(batches.ATTENDANCE_FIX, rows, user.id, data)
            return redirect(url_for("batches.show", batch=number), 303)
        errors = {name: str(messages[0]) for name, messages in form.errors.items()}
        if not chosen:
            errors[_first_id(found)] = "Marca al menos una entidad."
    page = render_template(
        "sessions/attendance_fix.html",
        row=row,
        name=sheet.name_of(row),
        found=found,
        can_fix=bool(_first_id(found)),
        ticked=ticked if request.method == "POST" else None,
        form=form,
        errors=errors,
        outcomes=sheet.STATES,
        until=max((one.until for one in found), default=None),
    )
    return (page, 422) if errors else page


def _first_id(found: list[Recorded]) -> str:
    """Return the id of the first checkbox of the page, for the link of an error; "" without any."""
    return next((f"task-{one.task.id}" for one in found if not one.why_not), "")
