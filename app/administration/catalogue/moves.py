"""How what hangs on a duplicate goes to its entity, where one statement for all rows will not do.

Each returns the condition on rows that stay, or None; their table is in `catalogue.dependents`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, insert, select, update
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import (
    Entity,
    Grant,
    LogEntry,
    NonWorkingDay,
    Notice,
    PersonnelRow,
    PlannedStart,
    ProcessInstance,
    Record,
    Register,
    ReminderHold,
    Ticket,
    User,
    Visit,
)
from app.cases import processes
from app.people import access
from app.people.access import vacancies
from app.register.facts import keys
from app.register.registers import environments

#: Roles for which an entity names one person in its papers.
DESIGNATED = ("authority", "administrator", "alternate")
#: What was said of a register that does not go along: it is evidence of that register alone.
SAID_OF = {
    "demo": ("demo_export", "demo_statement", "demo_evidence"),
    "production": ("production_export", "production_statement"),
}


@dataclass(frozen=True)
class Merge:
    """A duplicate on its way into the entity that is kept, in one transaction.

    `leads` is whose onboarding goes on: its people and records stand where both have some.
    """

    session: Session
    duplicate: Entity
    kept: Entity
    leads: Entity
    actor_id: int

    @property
    def yields(self) -> Entity:
        """The other of the two."""
        return self.duplicate if self.leads is self.kept else self.kept


def people(merge: Merge) -> None:
    """No role twice: who is designated where the onboarding goes on stays, alone."""
    for role in DESIGNATED:
        if access.holders(merge.session, role, merge.leads):
            for user in holding(merge, role, merge.yields):
                access.revoke(merge.session, user, role, merge.yields, merge.actor_id)
    merge.session.flush()
    twice = select(Grant.user_id, Grant.role).where(
        Grant.entity_id == merge.kept.id, Grant.until_at.is_(None)
    )
    for user_id, role in merge.session.execute(twice).all():
        merge.session.execute(
            update(Grant)
            .where(
                Grant.entity_id == merge.duplicate.id,
                Grant.user_id == user_id,
                Grant.role == role,
                Grant.until_at.is_(None),
            )
            .values(until_at=calendar.now())
        )


def holding(merge: Merge, role: str, entity: Entity) -> list[User]:
    held = select(User).join(Grant, Grant.user_id == User.id)
    held = held.where(Grant.role == role, Grant.entity_id == entity.id, Grant.until_at.is_(None))
    return list(merge.session.scalars(held.order_by(User.id)))


def onboardings(merge: Merge) -> None:
    """Of two onboardings one counts; the other stays in the history."""
    counting = and_(ProcessInstance.process == "onboarding", ~ProcessInstance.superseded)
    of_leader = select(ProcessInstance.id).where(
        counting, ProcessInstance.entity_id == merge.leads.id
    )
    if merge.session.scalars(of_leader.limit(1)).first() is not None:
        merge.session.execute(
            update(ProcessInstance)
            .where(counting, ProcessInstance.entity_id == merge.yields.id)
            .values(superseded=True)
        )


def versions(merge: Merge) -> Any:
    """The newest version counts: the leader's own is written once more where it is not that."""
    newest: dict[Entity, dict[str, int]] = {}
    for entity in (merge.leads, merge.yields):
        query = select(Record.name, func.max(Record.id)).where(Record.entity_id == entity.id)
        rows = merge.session.execute(query.group_by(Record.name).order_by(Record.name))
        newest[entity] = {row[0]: row[1] for row in rows}
    aside = [pair[1] for pair in (demos_of(merge), publics_of(merge)) if pair]
    names = {name for register in aside for name in SAID_OF[register.environment]}
    for name, number in newest[merge.leads].items():
        if newest[merge.yields].get(name, 0) > number and name not in names:
            _write_again(merge, number)
    return _records_of(merge, aside) if aside else None


def _records_of(merge: Merge, aside: Sequence[Register]) -> Any:
    """What was said of a register that is set aside is set aside with it, by the duplicate."""
    ids: list[int] = []
    for register in aside:
        names = Record.name.in_(SAID_OF[register.environment])
        said = and_(Record.entity_id == register.entity_id, names)
        ids += merge.session.scalars(select(Record.id).where(said))
    there = update(Record).where(Record.id.in_(ids)).values(entity_id=merge.duplicate.id)
    merge.session.execute(there)
    return Record.id.in_(ids)


def _write_again(merge: Merge, number: int) -> None:
    session, old = merge.session, merge.session.get_one(Record, number)
    names = ("entity_id", "instance_id", "task_id", "name", "data")
    again = Record(
        **{name: getattr(old, name) for name in names}, at=calendar.now(), by_id=merge.actor_id
    )
    session.add(again)
    session.flush()
    columns = [column for column in PersonnelRow.__table__.c if column.name != "record_id"]
    rows = session.execute(select(*columns).where(PersonnelRow.record_id == number)).mappings()
    values = [{**row, "record_id": again.id} for row in rows]
    if values:
        session.execute(insert(PersonnelRow), values)


def demos_of(merge: Merge) -> tuple[Register, Register] | None:
    """Where both have a demo: the one that stands, of whose onboarding goes on, and the other.

    The other is kept with the duplicate, unread: what was tried there proves nothing of this one.
    """
    stands, other = (
        environments.find(merge.session, one, "demo") for one in (merge.leads, merge.yields)
    )
    return (stands, other) if stands is not None and other is not None else None


def publics_of(merge: Merge) -> tuple[Register, Register] | None:
    """Where both have a public register: the entity's, and the duplicate's, in which nobody wrote
    anything (else they are not merged)."""
    own, other = (
        environments.find(merge.session, one, "production") for one in (merge.kept, merge.duplicate)
    )
    return (own, other) if own is not None and other is not None else None


def registers(merge: Merge) -> Any:
    """Visits follow their register; mirrors are told of each, since its entity is another."""
    session, publics, demos = merge.session, publics_of(merge), demos_of(merge)
    public = environments.find(session, merge.duplicate, "production")
    if public is not None and publics is None:
        session.execute(
            update(Visit)
            .where(Visit.register_id == public.id)
            .values(changed_at=calendar.now(), changed_in=keys.change_number(session))
            .execution_options(synchronize_session=False)
        )
    if demos is not None and demos[0].entity_id == merge.duplicate.id:
        _change_places(merge, *demos)
    aside = [pair[1].id for pair in (demos, publics) if pair]
    return Register.id.in_(aside) if aside else None


def _change_places(merge: Merge, one: Register, other: Register) -> None:
    """An entity has one register of each environment at any moment: a third place is needed."""
    session, places = merge.session, (other.entity_id, one.entity_id)
    aside = Entity(code=f"{merge.duplicate.code}-{one.environment}", name="")
    session.add(aside)
    session.flush()
    for register, place in ((one, aside.id), (other, places[1]), (one, places[0])):
        register.entity_id = place
        session.flush()
    session.delete(aside)
    session.flush()


def plans(merge: Merge) -> None:
    """Of two plans of a process the earlier one."""
    own = {plan.process: plan for plan in _plans_of(merge, merge.kept)}
    for plan in _plans_of(merge, merge.duplicate):
        if plan.process in own:
            own[plan.process].at = min(own[plan.process].at, plan.at)
            merge.session.delete(plan)


def _plans_of(merge: Merge, entity: Entity) -> list[PlannedStart]:
    query = select(PlannedStart).where(PlannedStart.entity_id == entity.id)
    return list(merge.session.scalars(query))


def waiting(merge: Merge) -> None:
    """That nobody was left is said anew where it is still so (see `someone_is_let_in`)."""
    merge.session.execute(
        update(Notice)
        .where(
            Notice.kind == "nobody_left",
            Notice.entity_id == merge.duplicate.id,
            Notice.done_at.is_(None),
        )
        .values(done_at=calendar.now(), done_by_id=merge.actor_id)
    )


def codes(merge: Merge) -> None:
    """A printed code names the duplicate: it lets nobody in any more."""
    merge.session.execute(
        update(Ticket)
        .where(
            Ticket.entity_id == merge.duplicate.id,
            Ticket.kind == "activation",
            Ticket.used_at.is_(None),
        )
        .values(void=True)
    )


def acts(merge: Merge) -> None:
    """What was written stays as it was; beside it stands where it happened."""
    merge.session.flush()
    merge.session.execute(
        update(LogEntry)
        .where(LogEntry.entity_id == merge.duplicate.id)
        .values(
            happened_in=case(
                (LogEntry.happened_in == "", merge.duplicate.code), else_=LogEntry.happened_in
            )
        )
    )


def begin(merge: Merge) -> None:
    """Takes its turn with whoever changes the calendar, or roles; before anything is locked."""
    if _days_of(merge, merge.duplicate):
        calendar.begin_change(merge.session)
    else:
        calendar.keep(merge.session)
    db.in_turn(merge.session, "roles")


def copy_days(merge: Merge) -> None:
    """The days decreed for the duplicate hold for the entity: its terms that run move."""
    known = {day.on for day in _days_of(merge, merge.kept)}
    added = tuple(
        NonWorkingDay(on=day.on, scope="entity", place=merge.kept.code, norm=day.norm)
        for day in _days_of(merge, merge.duplicate)
        if day.on not in known
    )
    if added:
        processes.change_calendar(merge.session, processes.Change(added=added), merge.actor_id)


def drop_days(merge: Merge) -> None:
    """Nothing is counted by the duplicate's own days any more."""
    removed = tuple(_days_of(merge, merge.duplicate))
    if removed:
        processes.change_calendar(merge.session, processes.Change(removed=removed), merge.actor_id)


def _days_of(merge: Merge, entity: Entity) -> list[NonWorkingDay]:
    query = select(NonWorkingDay).where(
        NonWorkingDay.scope == "entity", NonWorkingDay.place == entity.code
    )
    return list(merge.session.scalars(query.order_by(NonWorkingDay.on)))


def holds(merge: Merge) -> None:
    """Reminders that were held back of the duplicate are held back of the entity."""
    merge.session.execute(
        update(ReminderHold)
        .where(ReminderHold.scope == "entity", ReminderHold.value == merge.duplicate.code)
        .values(value=merge.kept.code)
    )


def someone_is_let_in(merge: Merge) -> None:
    """Where nobody prepares for the entity and a process waits for that, it gets a code."""
    under_way = select(ProcessInstance.id).where(
        ProcessInstance.entity_id == merge.kept.id, ProcessInstance.ended_at.is_(None)
    )
    lane = ("authority", merge.kept.id)
    if merge.session.scalars(under_way.limit(1)).first() is None:
        return
    if vacancies.is_vacant(merge.session, lane):
        access.call_in(merge.session, merge.kept, merge.actor_id)
