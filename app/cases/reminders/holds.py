"""Holds of coordinators on reminders: of an entity, a stage, a region, a day; of a person.

Reminders on hold are not processed meanwhile, and nothing is lost: once lifted, the newest rung of
each step is sent. Reminders of a muted person stay in the log, as muted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session, joinedload, lazyload

from app.base import audit_log, calendar
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, Reminder, ReminderHold, User
from app.cases.reminders.subjects import STAGE, Subject, stage_of

#: The scopes of holds, with the label of the field on screen.
SCOPES: Mapping[str, str] = {
    "entity": "Entidad",
    "stage": "Etapa",
    "region": "Región",
    "day": "Día",
    "person": "Persona",
}

#: The number of ended holds that are listed.
ENDED_SHOWN = 50
WITH_WHO = joinedload(ReminderHold.created_by).lazyload(User.grants)


class Refused(Exception):
    """The act on reminders is not possible; the message (Spanish) says why."""


def hold(
    session: Session, scope: str, value: str, *, until_on: date | None, reason: str, by_id: int
) -> ReminderHold:
    """Hold reminders from now to the end of `until_on` (None: until lifted), with a reason.

    `scope` is a key of SCOPES; `value` an entity's code, a stage's id, a department's name, an ISO
    day, or a person as in the reminder log. Raise Refused.
    """
    value, reason = value.strip(), reason.strip()
    if not reason:
        raise Refused("Escribe por qué.")
    if until_on is not None and until_on < calendar.today():
        raise Refused("Ese día ya pasó: elige hoy o uno que venga.")
    entity, name = _named(session, scope, value)
    if scope == "day":
        until_on = date.fromisoformat(value)
    standing = _standing(session, calendar.today())
    if any((row.scope, row.value) == (scope, value) for row in standing):
        raise Refused("Eso ya está retenido.")
    row = ReminderHold(
        scope=scope,
        value=value,
        until_on=until_on,
        reason=reason,
        created_at=calendar.now(),
        created_by_id=by_id,
    )
    session.add(row)
    kind = "person.muted" if scope == "person" else "reminders.held"
    _note(session, kind, row, entity, name, by_id)
    session.flush()
    return row


def mute(
    session: Session, person: str, *, until_on: date | None = None, reason: str, by_id: int
) -> ReminderHold:
    """Send a person ("u12", or an address) no reminders; legal notices are sent. Raise Refused."""
    return hold(session, "person", person, until_on=until_on, reason=reason, by_id=by_id)


def lift(session: Session, hold_id: int, by_id: int) -> None:
    """End a hold now. Raise Refused if it has ended."""
    row = session.get(ReminderHold, hold_id, with_for_update=True, populate_existing=True)
    if row is None or row.lifted_at is not None:
        raise Refused("Eso ya no está retenido.")
    row.lifted_at, row.lifted_by_id = calendar.now(), by_id
    entity, name = _named(session, row.scope, row.value, again=True)
    kind = "person.unmuted" if row.scope == "person" else "reminders.lifted"
    _note(session, kind, row, entity, name, by_id)
    session.flush()


def listing(session: Session, *, ended: bool = False) -> Sequence[ReminderHold]:
    """Return the current holds, the newest first; with `ended`, the last ones that ended."""
    standing = _standing(session, calendar.today())
    if not ended:
        return standing
    ids = [row.id for row in standing]
    query = select(ReminderHold).where(ReminderHold.id.not_in(ids)).limit(ENDED_SHOWN)
    return session.scalars(query.options(WITH_WHO).order_by(ReminderHold.id.desc())).all()


def names(session: Session, rows: Sequence[ReminderHold]) -> dict[int, str]:
    """Return the label of each hold by its id; its value if the object no longer exists."""
    codes = {row.value for row in rows if row.scope == "entity"}
    ids = {number for row in rows if (number := _user_id(row.value)) is not None}
    entities = select(Entity.code, Entity.name).where(Entity.code.in_(codes))
    users = select(User).where(User.id.in_(ids)).options(lazyload(User.grants))
    known = {row.code: row.name for row in session.execute(entities)} if codes else {}
    if ids:
        known |= {f"u{user.id}": user.full_name for user in session.scalars(users)}
    definition = definition_of(in_force(session))
    known |= {stage: definition.element_name(stage) for stage in definition.stages}
    return {row.id: known.get(row.value, row.value) for row in rows}


def _standing(session: Session, day: date) -> Sequence[ReminderHold]:
    return session.scalars(
        select(ReminderHold)
        .where(
            ReminderHold.lifted_at.is_(None),
            or_(ReminderHold.until_on.is_(None), ReminderHold.until_on >= day),
        )
        .options(WITH_WHO)
        .order_by(ReminderHold.id.desc())
    ).all()


def _named(
    session: Session, scope: str, value: str, *, again: bool = False
) -> tuple[Entity | None, str]:
    """Return the entity of a hold, if it has one, and its label. Raise Refused if unknown.

    `again`: the hold exists already, and its object may have disappeared since.
    """
    entity, name = None, ""
    if scope == "entity":
        entity = session.scalars(select(Entity).where(Entity.code == value)).first()
        name = entity.name if entity else ""
    elif scope == "stage":
        definition = definition_of(in_force(session))
        name = definition.element_name(value) if value in definition.stages else ""
    elif scope == "region":
        known = session.scalar(select(exists().where(Entity.department == value)))
        name = value if value and known else ""
    elif scope == "day":
        name = value if _is_to_come(value) else ""
    elif scope == "person":
        name = _name_of_person(session, value)
    if not name and not again:
        what = SCOPES.get(scope, scope).lower()
        raise Refused(f"No hay nada que retener con esos datos: revisa {what}.")
    return entity, name or value


def _is_to_come(value: str) -> bool:
    try:
        return date.fromisoformat(value) >= calendar.today()
    except ValueError:
        return False


def _name_of_person(session: Session, person: str) -> str:
    user_id = _user_id(person)
    if user_id is not None:
        user = session.get(User, user_id)
        return user.full_name if user else ""
    known = exists().where(Entity.contact_email == person)
    written_to = exists().where(Reminder.person == person)
    return person if person and session.scalar(select(or_(known, written_to))) else ""


def _user_id(person: str) -> int | None:
    number = person.removeprefix("u")
    known = number != person and number.isascii() and number.isdigit()
    return int(number[:18]) if known else None


def _note(
    session: Session, kind: str, row: ReminderHold, entity: Entity | None, name: str, by_id: int
) -> None:
    audit_log.write(
        session,
        kind,
        actor_id=by_id,
        entity_id=entity.id if entity else None,
        scope=row.scope,
        name=name,
        reason=row.reason,
        until_on=row.until_on.isoformat() if row.until_on else None,
    )


class Holds:
    """The current and future holds, for many tasks and days."""

    def __init__(self, rows: Sequence[ReminderHold]) -> None:
        self._rows = rows
        self._by_day: dict[date, dict[str, set[str]]] = {}
        self._named: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            self._named[row.scope].add(row.value)

    @classmethod
    def standing(cls, session: Session) -> Holds:
        """Return the holds that apply today or later."""
        return cls(_standing(session, calendar.today()))

    def _on(self, day: date) -> dict[str, set[str]]:
        if day not in self._by_day:
            values: dict[str, set[str]] = defaultdict(set)
            for row in self._rows:
                if row.until_on is None or day <= row.until_on:
                    values[row.scope].add(row.value)
            self._by_day[day] = values
        return self._by_day[day]

    def closes(self, day: date) -> bool:
        """Return whether no reminder is sent on a day."""
        return day.isoformat() in self._on(day)["day"]

    def holds(self, task: Subject, day: date) -> bool:
        """Return whether the reminders of a task are held on a day."""
        on = self._on(day)
        return (
            day.isoformat() in on["day"]
            or task.entity.code in on["entity"]
            or stage_of(task) in on["stage"]
            or task.entity.department in on["region"]
        )

    def key(self, task: Subject) -> tuple[str, str, str]:
        """Return the parts of a task that holds depend on.

        Tasks with equal keys are held on the same days.
        """
        named, entity = self._named, task.entity
        return (
            entity.code if entity.code in named["entity"] else "",
            stage_of(task) if stage_of(task) in named["stage"] else "",
            entity.department if entity.department in named["region"] else "",
        )

    def muted(self, day: date) -> set[str]:
        """Return the persons, as in the reminder log, who are muted on a day."""
        return self._on(day)["person"]

    def condition(self, day: date) -> ColumnElement[bool]:
        """Return `holds` as a condition on Task joined with Entity."""
        if self.closes(day):
            return true()
        on = self._on(day)
        columns = {"entity": Entity.code, "stage": STAGE, "region": Entity.department}
        held = [column.in_(sorted(on[scope])) for scope, column in columns.items() if on[scope]]
        return or_(false(), *held)
