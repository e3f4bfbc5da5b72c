"""One case moves to another version: state, tasks, terms, clocks, seats, log, in one transaction.

No step of the engine runs, and no service task. A task whose step stays keeps its row, and with it
its draft, notice, presentation and reminders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import Deployment, FormerState, Mail, Task
from app.cases import arrivals, custody, reminders
from app.cases.processes import notification, projection
from app.cases.processes.act import Act, locked
from app.cases.processes.migrating import former, seats
from app.cases.processes.migrating.judging import CaseVerdict, Known, judge_case, read_known
from app.cases.processes.migrating.terms import NewTerm, give
from app.cases.processes.terms import due_dates
from app.people import access
from workflows import state
from workflows.definition import Definition
from workflows.journal import Happening, OpenTask

#: Why a date moved, in mails.
WHY = "Cambió el proceso"
NEW_LANE = "El paso pasó a otra área."


class NotMoved(Exception):
    """The case cannot move, or not now; `verdict` says why."""

    def __init__(self, verdict: CaseVerdict) -> None:
        super().__init__(verdict.reason or verdict.kind)
        self.verdict = verdict


def move_case(
    session: Session,
    instance_id: int,
    new: Deployment,
    places: Mapping[str, str],
    actor_id: int | None,
    migration_id: int,
    judged: CaseVerdict | None = None,
) -> CaseVerdict:
    """Move a case to a version, as it is judged under its lock. Flush only. Raise NotMoved.

    `places`: see `judge_case`. `judged`: the verdict, if the caller has judged the case under this
    lock. `migration_id` is in the log, and in the keys of what people are
    informed of.
    """
    row = locked(session, instance_id)
    known = read_known(session, [instance_id], fresh=judged is None)[instance_id]
    verdict = judged or judge_case(session, row, new, places, known)
    if verdict.state is None:
        raise NotMoved(verdict)
    before = {task.id: former.values_of(task) for task in known.tasks}
    was = FormerState(
        instance_id=row.id,
        migration_id=migration_id,
        deployment_id=row.deployment_id,
        state=row.state,
    )
    old, timers = definition_of(row.deployment), timers_of(row.state)
    with session.no_autoflush:
        row.deployment, row.deployment_id, row.state = new, new.id, verdict.state
        act = Act.of(session, row, actor_id)
        _log(act, was, verdict)
        _project(act, known, verdict.terms)
        was.seats = _leave_seats(act, known, old, timers)
    finish(act, timers)
    _announce(session, verdict.terms, before, f"m{migration_id}")
    was.at, was.revision = act.case.at, row.revision
    was.tasks = list(former.both([*known.tasks, *act.opened], before))
    session.merge(was)
    session.flush()
    return verdict


def timers_of(stored: bytes) -> dict[str, datetime]:
    """Return the waiting timers of a stored state: element → moment."""
    return state.timers(stored)


def _log(act: Act, was: FormerState, verdict: CaseVerdict) -> None:
    act.case.log(
        "case.migrated",
        process=act.row.process,
        **versions(was.deployment_id, act.row.deployment_id),
        migration=was.migration_id,
        changes=[vars(change) for change in verdict.changes],
    )


def versions(left: int, now: int) -> dict[str, Any]:
    """Return the ids of the versions that an entry about a move has."""
    return {"from": left, "to": now}


def _project(act: Act, known: Known, terms: Iterable[NewTerm]) -> None:
    """Write the open tasks of the new state: some stay, some are left, some begin."""
    opened = {task.id: task for task in act.engine.open_tasks()}
    for task in known.tasks:
        if task.engine_id in opened:
            rewrite(act, task, opened.pop(task.engine_id))
        else:
            close(act, task)
    for term in terms:
        _change_term(act, term)
    act.case.came_as = arrivals.PROCESS_CHANGED.id
    for one in opened.values():
        happening = Happening("opened", one.step, one.name, task_id=one.id, stage=one.stage)
        projection.open_task(act, happening)
        due_dates.move_timers(act, act.opened[-1])


def rewrite(act: Act, task: Task, now: OpenTask) -> None:
    """Write what the version draws of a step that stays: its name, its place, its lane."""
    task.name, task.process, task.stage = now.name, now.process, now.stage
    role = access.LANES[now.lane]
    if role != task.role:
        change_lane(act, task, role)


def change_lane(act: Act, task: Task, role: str) -> None:
    """Give a step to another lane: nobody has it yet, and its people are reminded as of a new one.

    A legal notice that waits for its receipt is written again, to them.
    """
    was, task.role = task.role, role
    act.case.log(
        "task.lane_changed", task=task, step=task.step, name=task.name, before=was, role=role
    )
    task.assignee_id, task.reminded_on, task.had_since_on = None, None, calendar.today()
    look_again(act, task)
    if task.counted_from == "notification" and task.notified_at is None:
        _notify_again(act, task)


def look_again(act: Act, task: Task) -> None:
    """Let the ladder look at a task again."""
    if task.due_at is not None:
        sending = calendar.calendar_of(act.session, None).next_sending(act.case.at)
        task.next_reminder_at = sending


def _notify_again(act: Act, task: Task) -> None:
    waiting = update(Mail).where(Mail.task_id == task.id, Mail.state == "waiting")
    act.session.execute(waiting.values(state="dropped", error=NEW_LANE))
    notification.take_down(act.session, task, act.case.actor_id)
    if task.paper_since_at is not None:
        act.case.log("task.paper_over", task=task, name=task.name)
    task.notice_at = task.notice_sent_at = task.paper_at = task.paper_since_at = None
    act.session.flush()
    notification.notify(act, task)


def close(act: Act, task: Task) -> None:
    """Close a step that the case leaves."""
    task.state, task.closed_at = "cancelled", act.case.at
    act.case.log("task.cancelled", task=task, step=task.step, name=task.name)


def _change_term(act: Act, term: NewTerm) -> None:
    was_at = term.task.due_at
    give(act, term)
    if was_at is not None and term.task.due_at is not None and was_at != term.task.due_at:
        log_moved(act, term.task, was_at)


def log_moved(act: Act, task: Task, was_at: datetime, reason: str = WHY) -> None:
    """Log that the date of a step moved. `reason`: for mails, in Spanish."""
    assert task.due_at is not None  # noqa: S101 - it moved
    days = [calendar.last_day(at).isoformat() for at in (was_at, task.due_at)]
    changed = {"due_on": days} if days[0] != days[1] else {}
    act.case.log("task.term_changed", task=task, name=task.name, reason=reason, changed=changed)


def _leave_seats(
    act: Act, known: Known, old: Definition, timers: Mapping[str, datetime]
) -> list[int]:
    """Give back the seats in sessions that the case leaves, or whose choice it leaves."""
    steps = [task.step for task in known.tasks]
    steps_now = [task.step for task in act.engine.open_tasks()]
    days = seats.days_of(old, timers)
    days_now = seats.days_of(act.definition, {one.element for one in act.engine.waiting()})
    return seats.leave(act.case, seats.left_topics(steps, days, steps_now, days_now))


def finish(act: Act, before: Mapping[str, datetime]) -> None:
    """Write the case back. `before`: its waiting timers before the act.

    The calendars of guests are updated only if a session that has invitations changed.
    """
    session, row = act.session, act.row
    with session.no_autoflush:
        row.wake_at = projection.wake_at(act)
        row.state = act.engine.dump()
    for task in act.opened:
        if task.counted_from == "notification":
            session.flush()
            notification.notify(act, task)
    custody.hand_over(session, row, row.stage, projection.party(act), act.case.at)
    now = {timer.element: timer.at for timer in act.engine.waiting()}
    if any(before.get(one) != now.get(one) for one in seats.INVITING):
        projection.update_meetings(act)
    session.flush()


def _announce(
    session: Session,
    terms: Iterable[NewTerm],
    before: Mapping[int, Mapping[str, str]],
    because: str,
) -> None:
    """Announce the dates that moved in the digests, by the migration."""
    moves: list[tuple[Task, date]] = []
    for term in terms:
        due_at = former.read("due_at", before[term.task.id]["due_at"])
        if due_at is not None:
            moves.append((term.task, calendar.last_day(due_at)))
    reminders.announce_all_moved(session, moves, because)
