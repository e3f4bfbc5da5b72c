"""Changes of the calendar: the table, and all open terms and timers, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Entity, Mail, NonWorkingDay, Question, Task
from app.cases import reminders
from app.cases.case import Case
from app.cases.processes import projection
from app.cases.processes.act import Act
from app.cases.processes.terms.calendar_changes import CalendarEffects, Change, Move, Moved, Waiting
from app.cases.questions import terms
from workflows import state


def would_move(session: Session, change: Change) -> Moved:
    """Count what a change would move, without writing."""
    effects = CalendarEffects(session, change)
    return _count(effects.moves(), effects.moved_questions())


def change_calendar(session: Session, change: Change, actor_id: int | None) -> Moved:
    """Change the table; move the dates and timers of all open cases; log and announce it.

    The days to add are not in the table, the days to remove are its rows: a caller that reads the
    table first calls `calendar.begin_change` before. Flush only.
    """
    calendar.begin_change(session)
    effects = CalendarEffects(session, change)
    moves, notices = effects.moves(), effects.notices()
    moved = _count(moves, effects.moved_questions())
    session.add_all(change.added)
    for day in change.removed:
        session.delete(day)
    session.flush()
    calendar.forget_decreed_days(session)
    for kind, days in (("added", change.added), ("removed", change.removed)):
        for day in days:
            _note(session, f"calendar.day_{kind}", day, moved, actor_id)
    for waiting in notices:
        _change_notice(session, waiting)
    _carry_out(session, effects, moves, actor_id)
    _move_questions(session, effects.questions)
    return moved


def _count(moves: Sequence[Move], questions: Sequence[Question]) -> Moved:
    entities = [move.task.entity_id for move in moves if move.is_seen]
    entities += [question.entity_id for question in questions]
    return Moved(len(entities), len(set(entities)))


def _note(
    session: Session, kind: str, day: NonWorkingDay, moved: Moved, actor_id: int | None
) -> None:
    audit_log.write(
        session,
        kind,
        actor_id=actor_id,
        on=day.on.isoformat(),
        scope=day.scope,
        place=day.place,
        norm=day.norm,
        terms=moved.terms,
        entities=moved.entities,
    )


# Moving ---------------------------------------------------------------------------------------


def _carry_out(
    session: Session, effects: CalendarEffects, moves: Sequence[Move], actor_id: int | None
) -> None:
    by_instance: dict[int, list[Move]] = defaultdict(list)
    for move in moves:
        by_instance[move.task.instance_id].append(move)
        _change_term(session, move)
    timers = effects.timers({move.task.id for move in moves})
    for instance_id in sorted(by_instance.keys() | timers.keys()):
        try:
            act = Act.hold(session, instance_id, actor_id)
        except state.UnknownState:  # it has its incident; people see the moved dates anyway
            row = by_instance[instance_id][0].task.instance
            case = Case(session, row.entity, row, actor_id)
            _note_moves(case, by_instance[instance_id], effects.change)
            continue
        _note_moves(act.case, by_instance[instance_id], effects.change)
        for element, at in timers.get(instance_id, {}).items():
            act.engine.reschedule(element, at)
        projection.save(act)
    reminders.announce_all_moved(
        session, [(move.task, calendar.last_day(move.was_at)) for move in moves if move.is_seen]
    )
    _look_at_the_ladder_again(session, effects.change)


def _change_term(session: Session, move: Move) -> None:
    task = move.task
    task.counted_on, task.added_days = move.counted_on, move.added_days
    task.move_due(move.due_at, calendar.now())
    task.next_reminder_at = _next_look(session)


def _put_off(session: Session, task: Task, at: datetime | None) -> None:
    """Postpone the waiting mails of a notice to another moment."""
    session.execute(
        update(Mail)
        .where(Mail.task_id == task.id, Mail.state == "waiting")
        .values(not_before_at=at)
    )


def _move_questions(session: Session, waiting: Sequence[Question]) -> None:
    """Count the terms of the questions that wait again, and announce the dates that move."""
    moves = []
    for question in waiting:
        old = calendar.last_day(question.due_at) if question.due_at else None
        terms.count(session, question)
        question.next_reminder_at = _next_look(session)
        if old is not None:
            moves.append((question, old))
    session.flush()
    reminders.announce_all_moved(session, moves)


def _change_notice(session: Session, waiting: Waiting) -> None:
    task = waiting.task
    if task.notice_at != waiting.notice_at:
        _put_off(session, task, waiting.notice_at)
    task.notice_at, task.paper_at = waiting.notice_at, waiting.paper_at


def _note_moves(case: Case, moves: Sequence[Move], change: Change) -> None:
    for move in moves:
        task, days = move.task, [calendar.last_day(at) for at in (move.was_at, move.due_at)]
        first = min(move.was_counted_on, move.counted_on)
        if move.is_seen:
            case.log(
                "task.moved",
                task=task,
                name=task.name,
                reason=change.norms(task.entity, first, max(days)),
                changed={"due_on": [day.isoformat() for day in days]},
            )


def _next_look(session: Session) -> datetime:
    """Return the next moment at which the ladder is run."""
    return calendar.calendar_of(session, None).next_sending(calendar.now())


def _look_at_the_ladder_again(session: Session, change: Change) -> None:
    """Run the ladder again: its rungs count working days, also before dates that stay."""
    session.execute(
        update(Task)
        .where(
            Task.state == "open",
            Task.next_reminder_at.is_not(None),
            Task.entity_id.in_(select(Entity.id).where(change.concerns)),
        )
        .values(next_reminder_at=_next_look(session))
        .execution_options(synchronize_session=False)
    )
