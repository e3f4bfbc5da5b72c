"""Moves of a duplicate's rows to its target, where one statement for all rows is not enough.

Each returns the condition on rows that stay, or None; their table is in `catalogue.dependents`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, insert, select, update
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import (
    Entity,
    Grant,
    MandateEnd,
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
#: Records about a register that is not moved: they are evidence of that register alone.
SAID_OF = {
    "demo": ("demo_export", "demo_statement", "demo_evidence"),
    "production": ("production_export", "production_statement"),
}


@dataclass(frozen=True)
class Merge:
    """The merge of a duplicate into its target, in one transaction.

    `leads`: the entity whose onboarding survives. Its people and records win where both have some.
    """

    session: Session
    duplicate: Entity
    target: Entity
    leads: Entity
    actor_id: int

    @property
    def yields(self) -> Entity:
        """The other of the two."""
        return self.duplicate if self.leads is self.target else self.target


def people(merge: Merge) -> None:
    """Leave no role twice: the designated people of the leader stay, alone."""
    for role in DESIGNATED:
        if access.holders(merge.session, role, merge.leads):
            for user in holding(merge, role, merge.yields):
                access.revoke(merge.session, user, role, merge.yields, merge.actor_id)
    merge.session.flush()
    twice = select(Grant.user_id, Grant.role).where(
        Grant.entity_id == merge.target.id, Grant.until_at.is_(None)
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
    """Keep one of two onboardings in force; the other stays in the history."""
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
    """Write the leader's newest records again where the other entity has newer ones."""
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
    """Leave the records about registers that are set aside with the duplicate; select them."""
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
    """Return the two demos where both have one: the leader's, which stays in use, and the other.

    The other stays with the duplicate and is not read: it proves nothing about the demo in use.
    """
    stands, other = (
        environments.find(merge.session, one, "demo") for one in (merge.leads, merge.yields)
    )
    return (stands, other) if stands is not None and other is not None else None


def publics_of(merge: Merge) -> tuple[Register, Register] | None:
    """Return the two public registers where both have one: the target's and the duplicate's.

    The duplicate's has no entries; otherwise the entities cannot be merged.
    """
    own, other = (
        environments.public(merge.session, one) for one in (merge.target, merge.duplicate)
    )
    return (own, other) if own is not None and other is not None else None


def registers(merge: Merge) -> Any:
    """Move the registers; mark each visit as changed for mirrors, since its entity changes."""
    session, publics, demos = merge.session, publics_of(merge), demos_of(merge)
    public = environments.public(session, merge.duplicate)
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
    """Swap two registers, by a third place: an entity has one register of each environment."""
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
    """Keep the earlier one of two plans of a process."""
    own = {plan.process: plan for plan in _plans_of(merge, merge.target)}
    for plan in _plans_of(merge, merge.duplicate):
        if plan.process in own:
            own[plan.process].at = min(own[plan.process].at, plan.at)
            merge.session.delete(plan)


def _plans_of(merge: Merge, entity: Entity) -> list[PlannedStart]:
    query = select(PlannedStart).where(PlannedStart.entity_id == entity.id)
    return list(merge.session.scalars(query))


def waiting(merge: Merge) -> None:
    """Remove notices of vacant lanes; a new one follows if needed (`someone_is_let_in`)."""
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
    """Void activation codes: a printed code names the duplicate."""
    merge.session.execute(
        update(Ticket)
        .where(
            Ticket.entity_id == merge.duplicate.id,
            Ticket.kind == "activation",
            Ticket.used_at.is_(None),
        )
        .values(void=True)
    )


def mandate_ends(merge: Merge) -> Any:
    """Leave the ends of mandates that the target has too with the duplicate."""
    own = select(MandateEnd.ends_on).where(MandateEnd.entity_id == merge.target.id)
    return MandateEnd.ends_on.in_(merge.session.scalars(own).all())


def begin(merge: Merge) -> None:
    """Wait for changes of the calendar and of roles; call it before anything is locked."""
    if _days_of(merge, merge.duplicate):
        calendar.begin_change(merge.session)
    else:
        calendar.keep(merge.session)
    db.in_turn(merge.session, "roles")


def copy_days(merge: Merge) -> None:
    """Copy the duplicate's non-working days to the target: its running terms move."""
    known = {day.on for day in _days_of(merge, merge.target)}
    added = tuple(
        NonWorkingDay(on=day.on, scope="entity", place=merge.target.code, norm=day.norm)
        for day in _days_of(merge, merge.duplicate)
        if day.on not in known
    )
    if added:
        processes.change_calendar(merge.session, processes.Change(added=added), merge.actor_id)


def drop_days(merge: Merge) -> None:
    """Remove the duplicate's own days."""
    removed = tuple(_days_of(merge, merge.duplicate))
    if removed:
        processes.change_calendar(merge.session, processes.Change(removed=removed), merge.actor_id)


def _days_of(merge: Merge, entity: Entity) -> list[NonWorkingDay]:
    query = select(NonWorkingDay).where(
        NonWorkingDay.scope == "entity", NonWorkingDay.place == entity.code
    )
    return list(merge.session.scalars(query.order_by(NonWorkingDay.on)))


def holds(merge: Merge) -> None:
    """Move holds of reminders from the duplicate to the target."""
    merge.session.execute(
        update(ReminderHold)
        .where(ReminderHold.scope == "entity", ReminderHold.value == merge.duplicate.code)
        .values(value=merge.target.code)
    )


def someone_is_let_in(merge: Merge) -> None:
    """Issue an activation code if the target has no preparer and a process waits for one."""
    under_way = select(ProcessInstance.id).where(
        ProcessInstance.entity_id == merge.target.id, ProcessInstance.ended_at.is_(None)
    )
    lane = ("authority", merge.target.id)
    if merge.session.scalars(under_way.limit(1)).first() is None:
        return
    if vacancies.is_vacant(merge.session, lane):
        access.call_in(merge.session, merge.target, merge.actor_id)
