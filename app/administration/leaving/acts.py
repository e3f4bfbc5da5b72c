"""An administrator leaves the function: announced, withdrawn until the day, carried out on it.

Nothing here commits. On the day the roles end, and the steps pass to the other people of the lane
as in any departure (`app.administration.users.departures`). If the lane has no other people, a
redesignation begins and the coordinator is notified.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.users import departures
from app.administration.users.operators import is_only_operator
from app.base import audit_log, calendar, db, files, formatting
from app.base.models import Departure, Entity, User
from app.base.models.departures import is_open
from app.base.models.entities import FUNCTION
from app.cases import notices, processes
from app.cases.papers import handover_sheets, page_count
from app.cases.records import personnel_change, roster
from app.people import access, handover

logger = logging.getLogger(__name__)

#: The longest time ahead that a departure may be announced.
AHEAD = timedelta(days=365)
#: The refusal of a departure from everything that would leave no operator.
ONLY_OPERATOR = "Eres el único operador: agrega antes a otro."


@dataclass(frozen=True)
class Announcement:
    """A person's announcement: the first day without the function, the successor, and whether all
    other functions in the entity end too."""

    from_on: date
    heir: User | None = None
    everything: bool = False


class CannotLeave(Exception):
    """The announcement is refused; the message (Spanish) says why."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def waiting(session: Session, user: User, entity: Entity) -> Departure | None:
    """Return the departure that a user announced in an entity and that waits for its day."""
    return session.scalar(
        select(Departure).where(
            is_open(), Departure.user_id == user.id, Departure.entity_id == entity.id
        )
    )


def colleagues(session: Session, user: User, entity: Entity) -> list[User]:
    """Return the entity's other administrators of the register who are not about to leave."""
    going = set(
        session.scalars(
            select(Departure.user_id).where(is_open(), Departure.entity_id == entity.id)
        )
    )
    found = {one.id: one for role in FUNCTION for one in access.holders(session, role, entity)}
    return [one for one in found.values() if one.id != user.id and one.id not in going]


def other_roles(user: User, entity: Entity) -> list[str]:
    """Return the roles in the entity that do not end with the function."""
    held = {one.role for one in user.grants if one.until_at is None and one.entity_id == entity.id}
    return [role for role in access.ROLES if role in held and role not in FUNCTION]


def ending_roles(user: User, entity: Entity, *, everything: bool) -> list[str]:
    """Return the roles of a user that end with a departure from an entity."""
    others = other_roles(user, entity) if everything else ()
    return [role for role in (*FUNCTION, *others) if access.grants.open_grant(user, role, entity)]


def announce(session: Session, user: User, entity: Entity, said: Announcement) -> Departure:
    """Store that a user leaves the function. Raises CannotLeave."""
    _wait_for_turn(session, entity)
    session.refresh(user, ["grants"])
    today = calendar.today()
    if not access.may(user, "leave_function", entity):
        raise CannotLeave("Ya no tienes esta función en la entidad.")
    if waiting(session, user, entity) is not None:
        raise CannotLeave("Ya anotaste desde qué día dejas la función.")
    if said.from_on < today:
        raise CannotLeave("El día ya pasó: escribe hoy o un día posterior.", "from_on")
    if said.from_on > today + AHEAD:
        raise CannotLeave("Escribe un día dentro de un año como máximo.", "from_on")
    left = colleagues(session, user, entity)
    if said.heir is not None and said.heir.id not in [one.id for one in left]:
        raise CannotLeave("Esa persona ya no administra el registro: elige de nuevo.", "heir")
    if said.everything and is_only_operator(session, user, entity):
        raise CannotLeave(ONLY_OPERATOR, "others")
    departure = Departure(
        entity_id=entity.id,
        user_id=user.id,
        from_on=said.from_on,
        heir_id=said.heir.id if said.heir else None,
        everything=said.everything,
        announced_at=calendar.now(),
    )
    departure.entity, departure.user, departure.heir = entity, user, said.heir
    session.add(departure)
    session.flush()
    _log(session, "departure.announced", departure)
    _notify(session, departure)
    return departure


def withdraw(session: Session, user: User, entity: Entity) -> bool:
    """Withdraw a departure that waits for its day; return whether there was one."""
    db.in_turn(session, "roles")
    departure = waiting(session, user, entity)
    if departure is None or departure.from_on <= calendar.today():
        return False
    departure.withdrawn_at = calendar.now()
    notices.take_down(session, "departure_announced", str(departure.id), user.id)
    _log(session, "departure.withdrawn", departure)
    _notify(session, departure)
    return True


def carry_out(session: Session, departure_id: int, sheet: bytes | None) -> tuple[str, ...] | None:
    """End the roles of a departure whose day has come; None if there is nothing to do (any more).

    `sheet` is its *Ficha de entrega*, None if it could not be made. Returns what was done about
    the steps, in sentences (Spanish).
    """
    _wait_for_turn(session, session.get_one(Departure, departure_id).entity)
    departure = session.scalars(
        select(Departure)
        .where(Departure.id == departure_id)
        .with_for_update(of=Departure)
        .execution_options(populate_existing=True)
    ).one()
    if departure.withdrawn_at or departure.done_at or departure.from_on > calendar.today():
        return None
    user, entity = departure.user, departure.entity
    session.refresh(user, ["grants"])
    departure.done_at = calendar.now()
    _count_again(session, user)
    ending = ending_roles(user, entity, everything=departure.everything)
    if not ending:  # they were taken from the user before the day
        return None
    if sheet is not None:
        _keep(session, departure, sheet)
    leaving = handover.before(session, user)
    for role in ending:
        access.revoke(session, user, role, entity, user.id)
    if "operator" in ending:
        last_day = departure.from_on - timedelta(days=1)
        roster.end_operator(session, entity, user, last_day, user.id)
    try:
        with session.begin_nested():
            return departures.hand_over(session, leaving, user.id)
    except departures.NobodyLeft:
        # Nobody coordinates the entity either: the notice waits for who will.
        notices.nobody_left(session, entity, "administrator")
        return ()


def _count_again(session: Session, user: User) -> None:
    """Let the roles count until they end here: from its day, an open departure suspends them."""
    session.flush()
    for held in user.grants:
        session.expire(held, ["leaves_on"])


def _wait_for_turn(session: Session, entity: Entity) -> None:
    """Take the locks of the entity's people and of roles, in the order of a change of personnel."""
    personnel_change.lock_people(session, entity)
    db.in_turn(session, "roles")


def _keep(session: Session, departure: Departure, sheet: bytes) -> None:
    """Store the sheet among the documents of the entity."""
    use = files.keep(
        session,
        io.BytesIO(sheet),
        name=handover_sheets.file_name(departure.entity.code),
        media_type="application/pdf",
        owner=files.Owner(departure.entity_id, by_id=departure.user_id),
        kind=handover_sheets.KIND,
        title=handover_sheets.TITLE,
        pages=page_count(sheet),
    )
    audit_log.write(
        session,
        "paper.issued",
        actor_id=departure.user_id,
        entity_id=departure.entity_id,
        paper=handover_sheets.KIND,
        file=use.id,
        sha256=use.sha256,
    )


def _log(session: Session, kind: str, departure: Departure) -> None:
    audit_log.write(
        session,
        kind,
        actor_id=departure.user_id,
        entity_id=departure.entity_id,
        person_id=departure.user_id,
        person=departure.user.full_name,
        from_on=departure.from_on.isoformat(),
        heir=departure.heir.full_name if departure.heir else "",
    )


def _notify(session: Session, departure: Departure) -> None:
    """Write to the people who stay; add a notice for the coordinator unless it is withdrawn."""
    entity, withdrawn = departure.entity, departure.withdrawn_at is not None
    offered = not withdrawn and processes.can_start(session, entity, "redesignation")
    heir = departure.heir.full_name if departure.heir else ""
    for reader in _readers(session, departure):
        handover.write_of_departure(
            session,
            reader,
            entity,
            person=departure.user,
            from_on=departure.from_on,
            heir=heir,
            offered=offered,
            is_heir=reader is departure.heir,
            withdrawn=withdrawn,
        )
    if not withdrawn:
        notices.put(
            session,
            "departure_announced",
            str(departure.id),
            role=notices.responsible_role(entity),
            entity=entity,
            person=departure.user.full_name,
            from_on=departure.from_on.isoformat(),
            heir=heir,
        )


def _readers(session: Session, departure: Departure) -> Sequence[User]:
    """Return the other administrators, the preparers, and the coordinators in charge."""
    entity = departure.entity
    found = [one for role in FUNCTION for one in access.holders(session, role, entity)]
    found += access.recipients(session, "authority", entity)
    found += access.recipients(session, notices.responsible_role(entity), entity)
    return [one for one in {one.id: one for one in found}.values() if one.id != departure.user_id]


def day_in_words(day: date) -> str:
    """Return the day of a departure: hoy, or the date."""
    return "hoy" if day == calendar.today() else f"el {formatting.day(day)}"
