"""The figures of each production register in a month: silence, lateness, missing exits.

One scan reads the visits of the month for all registers. Only registers that record in Zaguán
count, and only the days on which they did: another source chooses the data that it exports.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, case, func, insert, select, update
from sqlalchemy.orm import Session, contains_eager

from app.base import calendar
from app.base.models import Entity, LogEntry, NoVisitDay, Register, RegisterMonth, Visit
from app.register.facts import keys
from app.register.facts.visibility import public_visits
from app.register.registers import coverage, environments
from forms.shapes.register_figures import lines, month_name


@dataclass
class Figures:
    """The figures of a register in a month; see `RegisterMonth`."""

    working_days: int = 0
    silent_days: int = 0
    visits: int = 0
    late: int = 0
    without_exit: int = 0
    other_motive: int = 0


def month_before(day: date) -> date:
    """Return the first day of the month before a day's month."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def end_of(month: date) -> date:
    """Return the last day of a month, given its first."""
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def count(session: Session, month: date) -> int:
    """Count and store the figures of a month of all registers; return how many.

    Decisions about a month stay when it is counted again.
    """
    found, now = figures_of(session, month), calendar.now()
    known: dict[int, int] = {
        register_id: row_id
        for row_id, register_id in session.execute(
            select(RegisterMonth.id, RegisterMonth.register_id).where(RegisterMonth.month == month)
        )
    }
    rows = [
        {"register_id": number, "month": month, "counted_at": now, **asdict(figures)}
        for number, figures in found.items()
    ]
    new = [row for row in rows if row["register_id"] not in known]
    old = [row | {"id": known[row["register_id"]]} for row in rows if row["register_id"] in known]
    if new:
        session.execute(insert(RegisterMonth), [row | {"act": "", "findings": []} for row in new])
    if old:
        session.execute(update(RegisterMonth), old)
    return len(rows)


def figures_of(session: Session, month: date) -> dict[int, Figures]:
    """Return the figures of a month for each register that published from Zaguán in it."""
    last = end_of(month)
    found: dict[int, Figures] = {}
    busy = _declared(session, month, last)
    for register_id, on, *counts in session.execute(_visits(month, last)):
        busy.add((register_id, on))
        figures = found.setdefault(register_id, Figures())
        figures.visits += counts[0]
        figures.late += counts[1]
        figures.without_exit += counts[2]
        figures.other_motive += counts[3]
    working, moved = calendar.calendars(session), _changes_of_source(session, month)
    published: dict[int, Figures] = {}
    for row in session.execute(_registers()):
        since = max(month, coverage.live_since(row.went_live, row.opened_at))
        if since > last:
            continue
        works = working.at(row.department, row.code).works
        days = [since + timedelta(days=n) for n in range((last - since).days + 1)]
        days = [day for day in days if works(day) and _in_zaguan(moved[row.entity_id], day)]
        if not days:
            continue
        figures = published[row.id] = found.get(row.id, Figures())
        figures.working_days = len(days)
        figures.silent_days = sum((row.id, day) not in busy for day in days)
    return published


def _registers() -> Select[int, int, datetime, str | None, str, str]:
    """Select the production registers that record in Zaguán, of active entities."""
    return (
        select(
            Register.id,
            Register.entity_id,
            Register.opened_at,
            coverage.went_live().label("went_live"),
            Entity.department,
            Entity.code,
        )
        .join(Entity, Entity.id == Register.entity_id)
        .where(environments.is_public(), Entity.active, Register.source == "zaguan")
    )


def _changes_of_source(session: Session, since: date) -> Mapping[int, list[tuple[date, str, str]]]:
    """Return by entity the changes of the source of its production register, the oldest first.

    Each is the day, the source before and the source after.
    """
    entries = session.execute(
        select(LogEntry.entity_id, LogEntry.at, LogEntry.data)
        .where(
            LogEntry.kind == "register.source_changed",
            LogEntry.at >= calendar.midnight(since),
        )
        .order_by(LogEntry.id)
    )
    found: dict[int, list[tuple[date, str, str]]] = defaultdict(list)
    for entity_id, at, data in entries:
        if entity_id is not None and data["environment"] == "production":
            change = calendar.lima_day(at), data["before"], data["source"]
            found[entity_id].append(change)
    return found


def _in_zaguan(changes: Sequence[tuple[date, str, str]], day: date) -> bool:
    """Return whether a register recorded in Zaguán during a whole day.

    `changes`: those since that day or earlier, of a register that records in Zaguán today.
    """
    if any(on == day for on, _, _ in changes):
        return False
    earlier = [after for on, _, after in changes if on < day]
    source = earlier[-1] if earlier else changes[0][1] if changes else "zaguan"
    return source == "zaguan"


def _visits(first: date, last: date) -> Select[int, date, int, int, int, int]:
    """Select counts by register and day: public visits recorded in Zaguán, and of those the late
    ones, those without an exit, and those with the motive *Otros*.

    Reserved and imported visits make a day busy, and count in no share.
    """
    counted = and_(Visit.source == "zaguan", *public_visits("standing"))

    def number(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((and_(counted, *conditions), 1)))

    return (
        select(
            Visit.register_id,
            Visit.visit_on,
            number(),
            number(Visit.observation == "late"),
            number(Visit.exit_state != "left"),
            number(Visit.category == "other"),
        )
        .where(
            Visit.audience != "demo",
            Visit.state != "annulled",
            Visit.cut_off_on.is_(None),  # the PCM imported it: nobody's merit
            Visit.rank >= keys.first_rank(calendar.midnight(first)),
            Visit.rank < keys.first_rank(calendar.midnight(last + timedelta(days=1))),
        )
        .group_by(Visit.register_id, Visit.visit_on)
    )


def _declared(session: Session, first: date, last: date) -> set[tuple[int, date]]:
    """Return the days declared without visits, each with its register."""
    query = select(NoVisitDay.register_id, NoVisitDay.on).where(
        NoVisitDay.on.between(first, last), NoVisitDay.withdrawn_at.is_(None)
    )
    return {(register_id, on) for register_id, on in session.execute(query)}


def missed(session: Session, months: Collection[date]) -> list[date]:
    """Return those of these months that no night counted, or whose judgement is not complete.

    A month before the first that was ever counted is not missed.
    """
    first = session.scalar(select(func.min(RegisterMonth.month)))
    if first is None:
        return []
    rows = session.execute(
        select(RegisterMonth.month, func.count(case((RegisterMonth.act == "", 1))))
        .where(RegisterMonth.month.in_(months))
        .group_by(RegisterMonth.month)
    )
    waiting = {month: count > 0 for month, count in rows}
    return sorted(month for month in months if month >= first and waiting.get(month, True))


def unjudged(session: Session, months: Collection[date]) -> Sequence[int]:
    """Return the ids of the rows of some months without a decision yet, the oldest month first."""
    return session.scalars(
        select(RegisterMonth.id)
        .where(RegisterMonth.month.in_(months), RegisterMonth.act == "")
        .order_by(RegisterMonth.month, RegisterMonth.id)
    ).all()


@dataclass(frozen=True)
class Shown:
    """A month as pages show it: each line is a figure's name, its value and its definition."""

    name: str
    lines: Sequence[tuple[str, str, str]]
    counted_at: datetime


def shown(session: Session, entity_id: int) -> Shown | None:
    """Return the newest month of an entity's production register; None before the first.

    Return None also if the register does not record in Zaguán any more.
    """
    month = session.scalar(_newest(entity_id).where(Register.source == "zaguan"))
    if month is None:
        return None
    return Shown(month_name(month.month), lines_of(month), month.counted_at)


def lines_of(month: RegisterMonth) -> list[tuple[str, str, str]]:
    """Return each figure of a month: its name, its value in words, its definition."""
    return lines({field.name: getattr(month, field.name) for field in fields(Figures)})


def last_judged(session: Session, entity_id: int) -> RegisterMonth | None:
    """Return the newest month of an entity's production register that was judged."""
    return session.scalar(_newest(entity_id).where(RegisterMonth.act != ""))


def _newest(entity_id: int) -> Select[RegisterMonth]:
    return (
        select(RegisterMonth)
        .join(Register, Register.id == RegisterMonth.register_id)
        .where(Register.entity_id == entity_id, Register.environment == "production")
        .order_by(RegisterMonth.month.desc())
        .limit(1)
    )


def newest_judged(session: Session) -> date | None:
    """Return the newest month that was judged; None before the first."""
    return session.scalar(select(func.max(RegisterMonth.month)).where(RegisterMonth.act != ""))


def judged(session: Session, month: date) -> int:
    """Return how many registers were judged for a month."""
    query = select(func.count(RegisterMonth.id)).where(
        RegisterMonth.month == month, RegisterMonth.act != ""
    )
    return session.scalar(query) or 0


def acted_on(session: Session, month: date) -> Sequence[RegisterMonth]:
    """Return the months about which a mail was written or a follow-up began, by entity's name."""
    return session.scalars(
        select(RegisterMonth)
        .join(RegisterMonth.register)
        .join(Entity, Entity.id == Register.entity_id)
        .where(RegisterMonth.month == month, RegisterMonth.act.in_(("mail", "follow_up")))
        .options(contains_eager(RegisterMonth.register).contains_eager(Register.entity))
        .order_by(Entity.name, Entity.id)
    ).all()
