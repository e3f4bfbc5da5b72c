"""Terms that continue, because a new one would hide lateness.

A step that comes back by itself has its earlier term again (`continue_term`). The days on which it
was not with its people do not count: a set day was waited for, other people had a step, or the
process was suspended. Legal terms are set by law and stay as they are.

A step in which the entity corrects its papers before it presents them has the term of the step from
which it went back (`under_correction`, `take_term`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, func, or_, select

from app.base import calendar
from app.base.models import LogEntry, Task
from app.cases import arrivals
from app.cases.processes.act import Act
from app.cases.processes.terms import due_dates
from app.cases.processes.terms.added_days import Added, added_to
from app.cases.records.filing import PRESENTATIONS
from app.people import access
from app.people.access import LANES
from workflows.returns import automatic_returns

#: Each lane with its side: the entity or the PCM.
SIDES = tuple(
    (lane, "entity" if LANES[lane] in access.ENTITY_ROLES else "pcm") for lane in sorted(LANES)
)
#: The kind of entry that begins a pause → the kind that ends it.
STANDSTILLS = {"process.suspended": "process.resumed", "task.paused": "task.resumed"}


def comes_by_itself(act: Act, source: str, step: str) -> bool:
    """Return whether a way into a step is a return that the other side did not decide."""
    process = act.definition.process_of(step)
    return (source, step) in automatic_returns(act.definition, process, SIDES, act.purpose())


def continue_term(act: Act, task: Task) -> None:
    """Give a task that came back by itself its earlier term, with all days added to it."""
    before = _before(act, task)
    if before is None or before.counted_on is None or task.due_kind == "legal":
        return
    since = _own_since(act, before)
    own = sum(_days_of(act, one) for one in since)
    at = before.closed_at or act.case.at
    away = max(0, act.case.calendar.ended_between(at, act.case.at) - own)
    task.counted_from, task.counted_on = before.counted_from, before.counted_on
    task.term_days, task.added_days = before.term_days, before.added_days + away
    _log_continued(act, task, before, away)
    if max(one.closed_at or at for one in (before, *since)) == act.case.at:
        _go_on_reminding(task, before, away)
    due_dates.set_due_date(act, task)
    due_dates.move_timers(act, task)


def _log_continued(act: Act, task: Task, before: Task, away: int) -> None:
    added = added_to(act.session, [before]).get(before.id, Added())
    act.case.log(
        "task.term_kept",
        task=task,
        name=task.name,
        extended=added.extended,
        caught_up=added.caught_up,
        away=added.away + away,
    )


def under_correction(act: Act, task: Task) -> Task | None:
    """Return the task whose term goes on in one that opens, because the entity corrects its papers
    before it presents them; None otherwise.

    Each step up to the one from which the entity went back has that one's term. Later ones were not
    open yet: their term is new.
    """
    presentation = PRESENTATIONS.get(task.process)
    if act.continues is not None or presentation is None:
        return act.continues
    if task.step not in presentation.until_filed:
        return None
    filed = and_(Task.step == presentation.files, Task.state == "completed")
    last = act.session.scalars(
        select(Task)
        .where(
            Task.instance_id == act.row.id,
            Task.process == task.process,
            or_(Task.came_as != "", filed),
        )
        .order_by(Task.id.desc())
        .limit(1)
    ).first()
    if last is None or last.came_as != arrivals.CORRECTED_BEFORE_FILING.id:
        return None
    return last if _was_left(act, task, last) else None


def _was_left(act: Act, task: Task, corrected: Task) -> bool:
    """Return whether the entity left a task's step, or a later one, to correct its papers."""
    presentation = PRESENTATIONS[task.process]
    steps = presentation.until_filed
    here = (Task.instance_id == act.row.id, Task.process == task.process, Task.id < corrected.id)
    # The correction began after the newest task that a filing or another return gave.
    filed = and_(Task.step == presentation.files, Task.state == "completed")
    returned = Task.came_as.not_in(("", arrivals.CORRECTED_BEFORE_FILING.id))
    begun = act.session.scalar(select(func.max(Task.id)).where(*here, or_(returned, filed)))
    left = and_(Task.step.in_(steps[steps.index(task.step) :]), Task.state == "cancelled")
    found = select(Task.id).where(*here, left, Task.id >= (begun or 0)).limit(1)
    return act.session.scalar(found) is not None


def take_term(act: Act, task: Task, before: Task) -> None:
    """Give a task the term of the one that it continues: see `under_correction`."""
    counted_from = before.counted_from
    if counted_from == "arrival":
        files = before.step == PRESENTATIONS[before.process].files
        counted_from = "presenting" if files else "correcting"
    task.counted_from = counted_from
    task.counted_on = before.counted_on
    task.term_days, task.added_days = before.term_days, before.added_days
    _log_continued(act, task, before, away=0)
    _go_on_reminding(task, before, away=0)
    due_dates.set_due_date(act, task)


def _before(act: Act, task: Task) -> Task | None:
    """Return the task of the same step that was answered last, in this act or earlier."""
    tasks = act.session.scalars(
        select(Task)
        .where(Task.instance_id == act.row.id, Task.step == task.step, Task.stage == task.stage)
        .order_by(Task.id.desc())
    )
    return next((one for one in tasks if one.state == "completed"), None)


def _own_since(act: Act, before: Task) -> list[Task]:
    """Return the answered tasks of the same lane that opened after one was answered."""
    tasks = act.session.scalars(
        select(Task).where(
            Task.instance_id == act.row.id,
            Task.process == before.process,
            Task.role == before.role,
            Task.id > before.id,
        )
    )
    return [one for one in tasks if one.state == "completed"]


def _days_of(act: Act, task: Task) -> int:
    """Return for how many working days an answered task was with its people."""
    working, until = act.case.calendar, task.closed_at or act.case.at
    days = working.ended_between(task.opened_at, until)
    began_at: dict[str, datetime] = {}
    for entry in _standstills(act, task):
        if entry.kind in STANDSTILLS:
            began_at[STANDSTILLS[entry.kind]] = entry.at
        else:
            since = max(began_at.pop(entry.kind, task.opened_at), task.opened_at)
            days -= working.ended_between(since, min(entry.at, until)) if since < until else 0
    return max(0, days)


def _standstills(act: Act, task: Task) -> list[LogEntry]:
    """Return the log entries at which a task, or its process, was paused or resumed."""
    kinds = (*STANDSTILLS, *STANDSTILLS.values())
    return list(
        act.session.scalars(
            select(LogEntry)
            .where(
                LogEntry.instance_id == act.row.id,
                LogEntry.kind.in_(kinds),
                or_(LogEntry.kind.like("process.%"), and_(LogEntry.task_id == task.id)),
                LogEntry.at >= task.opened_at,
            )
            .order_by(LogEntry.id)
        )
    )


def _go_on_reminding(task: Task, before: Task, away: int) -> None:
    """Continue the ladder where it was: its people sent the step on just now, and know."""
    task.had_since_on = before.had_since_on or calendar.lima_day(before.opened_at)
    task.reminded_on = calendar.today() if away else before.reminded_on
