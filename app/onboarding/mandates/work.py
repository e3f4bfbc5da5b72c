"""The job: notify ahead, end the elected holders on the day, and undo that where they continue.

A coordinator gets a notice of a change that no plan began: another one was open on the day, and
ended without a new authority; or ten working days have passed, and no plan will begin it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from flask import Flask
from sqlalchemy import ColumnElement, Engine, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.db import Stop, open_session
from app.base.models import (
    Batch,
    BatchRow,
    Entity,
    Grant,
    MandateEnd,
    Notice,
    PlannedStart,
    ProcessInstance,
    Record,
    Task,
    User,
)
from app.cases import notices
from app.cases.processes.acts import TRIED_AGAIN
from app.cases.records import mandate
from app.cases.records.mandate import confirming, entry
from app.onboarding.batches.kinds import mandates as plans
from app.onboarding.mandates import concerned, continuing
from app.people import access, mail
from app.register.registers.mandates import Mandates

#: This many working days after the end, the administrator is asked who of confidence stays, where
#: no new authority said so; and the coordinator gets a notice of a change that no plan will begin.
ASK_AFTER = 10
#: The step in which an entity on the path writes its list of decision-makers.
LISTING = "define_decision_makers"
#: The kinds of batches that begin changes.
BEGINNING = ("mandates", "proclaimed")
#: People of an entity who are notified besides its mesa de partes.
NOTIFIED = ("authority", "preparer", "administrator", "alternate")


def run(app: Flask, stop: Stop) -> dict[str, int]:
    """Carry out the acts that are due, a transaction per entity. Return the counts."""
    engine = app.extensions["engine"]
    counts = dict.fromkeys(ACTS, 0)
    for name, day, ids in todo(engine):
        for entity_id in ids:
            if stop():
                return counts
            counts[name] += _each(engine, entity_id, day, ACTS[name])
    return counts


def is_due(engine: Engine) -> bool:
    """Return whether there is anything to do."""
    return any(ids for _, _, ids in todo(engine))


def todo(engine: Engine) -> list[tuple[str, date, Sequence[int]]]:
    """Return the work that is due: an act, the last day of a mandate, and the entities."""
    today = calendar.today()
    with open_session(engine, writes=False) as session:
        table = Mandates.read(session)
        found: list[tuple[str, date, Sequence[int]]] = []
        for day in table.days():
            if not today - concerned.AFTER <= day:
                continue
            if concerned.is_near(session, day):
                rows = _without(session, day, MandateEnd.notified_at.is_not(None))
                active = [one for one in rows if one.active]
                found.append(("notified", day, _ending(table, active, day)))
            if today >= day:
                rows = _without(session, day, MandateEnd.rosters_ended_at.is_not(None))
                found.append(("rosters", day, _ending(table, rows, day)))
                found.append(("reopened", day, continuing.to_reopen(session, table, day)))
                found.append(("continues", day, continuing.to_advise(session, table, day)))
                found.append(("unplanned", day, _unplanned(session, day)))
                found.append(("overlooked", day, _overlooked(session, day)))
                found.append(("dismissed", day, _unanswered(session, day)))
                found.append(("asked", day, _unconfirmed(session, day)))
    return found


def _without(session: Session, day: date, done: ColumnElement[bool]) -> Sequence[Entity]:
    was = exists().where(and_(MandateEnd.entity_id == Entity.id, MandateEnd.ends_on == day, done))
    return session.scalars(concerned.under_way().where(~was)).all()


def _ending(table: Mandates, entities: Sequence[Entity], day: date) -> list[int]:
    found = ((one, table.ending(one, day)) for one in entities)
    return [one.id for one, term in found if term is not None and term.to_on == day]


def _unplanned(session: Session, day: date) -> list[int]:
    """Return the entities whose other change ended after the day, and who have to change still."""
    change_ended = exists().where(
        ProcessInstance.entity_id == Entity.id,
        ProcessInstance.process == plans.PROCESS,
        ProcessInstance.ended_at > calendar.midnight(day),
    )
    entities = session.scalars(
        select(Entity)
        .join(MandateEnd, MandateEnd.entity_id == Entity.id)
        .where(MandateEnd.ends_on == day, MandateEnd.instance_id.is_(None), change_ended)
    ).all()
    return _to_begin(session, entities, day)


def _overlooked(session: Session, day: date) -> list[int]:
    """Return the entities whose change could begin, and that no plan waits to begin.

    Their row was left out when a plan was frozen, or no plan has one. Empty until `ASK_AFTER`.
    """
    if not _is_time_to_ask(session, day):
        return []
    begun = exists().where(
        ProcessInstance.entity_id == Entity.id,
        ProcessInstance.process == plans.PROCESS,
        ProcessInstance.started_at >= _end_of(day),
    )
    waits = exists().where(
        BatchRow.entity_id == Entity.id,
        BatchRow.plan == "do",
        BatchRow.result == "",
        BatchRow.batch_id.in_(
            select(Batch.id).where(Batch.kind.in_(BEGINNING), Batch.state == "confirmed")
        ),
    )
    entities = session.scalars(
        select(Entity)
        .join(MandateEnd, MandateEnd.entity_id == Entity.id)
        .where(
            MandateEnd.ends_on == day,
            MandateEnd.rosters_ended_at.is_not(None),
            MandateEnd.instance_id.is_(None),
            Entity.active,
            ~begun,
            ~waits,
        )
    ).all()
    return _to_begin(session, entities, day)


def _to_begin(session: Session, entities: Sequence[Entity], day: date) -> list[int]:
    """Return those of some entities that a plan would begin now, and that have had no notice."""
    if not entities:
        return []
    noticed = set(session.scalars(select(Notice.key).where(Notice.kind == "change_unplanned")))
    found = [one for one in entities if notices.key_of_end(one.id, day) not in noticed]
    state = plans.Known.of(session, found, day)
    return [one.id for one in found if plans.plan_of(one, state, day).plan == "do"]


def _unanswered(session: Session, day: date) -> Sequence[int]:
    """Return the entities whose change was closed without an answer, and that still have the
    authority of the ended mandate, or a preparer from before the change was closed."""
    holds = exists().where(
        Grant.entity_id == Entity.id,
        Grant.until_at.is_(None),
        or_(
            and_(Grant.role == "authority", Grant.since_at < _end_of(day)),
            and_(Grant.role == "preparer", Grant.since_at < ProcessInstance.ended_at),
        ),
    )
    return session.scalars(
        select(Entity.id)
        .join(MandateEnd, MandateEnd.entity_id == Entity.id)
        .join(ProcessInstance, ProcessInstance.id == MandateEnd.instance_id)
        .where(MandateEnd.ends_on == day, ProcessInstance.end == plans.LAPSED, holds)
    ).all()


def _unconfirmed(session: Session, day: date) -> list[int]:
    """Return the entities that have not said who of confidence stays, and that no open step asks.

    Their register waits for its next confirmation, or they are still on the path. One that is
    about to begin is not brought forward: it is tried again each day until a user can answer.
    """
    if not _is_time_to_ask(session, day):
        return []
    upkeep = and_(ProcessInstance.entity_id == Entity.id, ProcessInstance.process == "upkeep")
    cycle = exists().where(
        upkeep,
        or_(ProcessInstance.started_at >= _end_of(day), ProcessInstance.ended_at.is_(None)),
    )
    planned = and_(PlannedStart.entity_id == Entity.id, PlannedStart.process == "upkeep")
    waits = exists().where(planned, PlannedStart.at > calendar.now() + TRIED_AGAIN)
    ids = session.scalars(
        select(Entity.id)
        .join(MandateEnd, MandateEnd.entity_id == Entity.id)
        .where(
            MandateEnd.ends_on == day,
            MandateEnd.rosters_ended_at.is_not(None),
            Entity.active,
            or_(waits, and_(~exists().where(planned), _is_on_path(day))),
            ~cycle,
        )
    ).all()
    return sorted(confirming.trusted_of(session, ids, day)) if ids else []


def _is_on_path(day: date) -> ColumnElement[bool]:
    """Condition: the entity is on the path, and did not write its list after a day.

    The step in which it writes the list asks, too.
    """
    onboarding = exists().where(
        ProcessInstance.entity_id == Entity.id,
        ProcessInstance.process == "onboarding",
        ProcessInstance.status == "running",
    )
    roster = exists().where(Record.entity_id == Entity.id, Record.name == "roster")
    listed = exists().where(
        Task.entity_id == Entity.id,
        Task.step == LISTING,
        or_(Task.state == "open", Task.closed_at >= _end_of(day)),
    )
    return and_(onboarding, roster, ~listed)


def _is_time_to_ask(session: Session, day: date) -> bool:
    return calendar.calendar_of(session, None).between(day, calendar.today()) >= ASK_AFTER


def _end_of(day: date) -> datetime:
    return calendar.midnight(day + timedelta(days=1))


def _each(
    engine: Engine, entity_id: int, day: date, act: Callable[[Session, MandateEnd], None]
) -> bool:
    with open_session(engine) as session:
        entity = session.scalars(
            select(Entity).where(Entity.id == entity_id).with_for_update(of=Entity)
        ).one()
        end = session.get(MandateEnd, (entity_id, day))
        if end is None:
            end = MandateEnd(entity=entity, entity_id=entity_id, ends_on=day)
            session.add(end)
        act(session, end)
        session.commit()
    return True


def notify(session: Session, end: MandateEnd) -> None:
    """Notify the office and the people of an entity of the coming steps, once. Flush only."""
    if end.notified_at is not None:
        return
    end.notified_at = calendar.now()
    entity = end.entity
    people: dict[str, User | None] = {}
    if entity.contact_email:
        people[entity.contact_email] = None
    for role in NOTIFIED:
        for user in mail.reachable(session, access.holders(session, role, entity)):
            people.setdefault(user.email, user)
    for address, known in people.items():
        letter = mail.Letter("mandate_ends", address, {"ends_on": end.ends_on}, known, entity)
        mail.post(session, letter)
    audit_log.write(
        session,
        "mandate.notified",
        actor_id=None,
        entity_id=entity.id,
        ends_on=end.ends_on.isoformat(),
        mails=len(people),
    )


def end_rosters(session: Session, end: MandateEnd) -> None:
    """End the elected holders of an entity. Once. Flush only."""
    if end.rosters_ended_at is not None:
        return
    count = mandate.end_elected(session, end.entity, end.ends_on)
    end.rosters_ended_at = calendar.now()
    continuing.log(session, "mandate.holders_ended", end, count)


def advise(session: Session, end: MandateEnd) -> None:
    """Notify the coordinator that another change ended without an authority. Flush only."""
    notices.change_unplanned(session, end.entity, end.ends_on)


def advise_late(session: Session, end: MandateEnd) -> None:
    """Notify the coordinator that no plan will begin the change. Flush only."""
    notices.change_unplanned(session, end.entity, end.ends_on, planned_by_none=True)


def dismiss(session: Session, end: MandateEnd) -> None:
    """End the roles of the authority in the mandate and its preparers. Flush only.

    The roles of who came in with the code end too: no coordinator accepted their declaration.
    Another code goes to the office, and the coordinator gets a notice: nobody answers for the
    authority until another one comes in.
    """
    closed_at = end.instance.ended_at if end.instance else None
    for role, before in (("authority", _end_of(end.ends_on)), ("preparer", closed_at)):
        for user in access.grants.with_role(session, role, end.entity):
            held = access.grants.open_grant(user, role, end.entity)
            if held is not None and before is not None and held.since_at < before:
                access.revoke(session, user, role, end.entity, None)
    if access.vacancies.is_vacant(session, ("authority", end.entity_id)):
        entry.call_in(session, end.entity, None)


def ask(session: Session, end: MandateEnd) -> None:
    """Bring the next confirmation of the register forward: its step asks who stays. Flush only.

    On the path no confirmation is planned yet: one begins. At most once for an end, since a cycle
    that began after it counts.
    """
    planned = session.scalar(
        select(PlannedStart).where(
            PlannedStart.entity_id == end.entity_id, PlannedStart.process == "upkeep"
        )
    )
    if planned is None:
        planned = PlannedStart(entity_id=end.entity_id, process="upkeep", at=calendar.now())
        session.add(planned)
    planned.at = min(planned.at, calendar.now())


ACTS: dict[str, Callable[[Session, MandateEnd], None]] = {
    "notified": notify,
    "rosters": end_rosters,
    "reopened": continuing.reopen,
    "continues": continuing.advise,
    "unplanned": advise,
    "overlooked": advise_late,
    "dismissed": dismiss,
    "asked": ask,
}
