"""The people of an entity, as its page shows them: roles, substitutes, announced departures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar
from app.base.models import Departure, Entity, Grant, User, departures
from app.base.paging import Paging, paged
from app.cases import processes
from app.onboarding.entities import acts, link_ends
from app.onboarding.entities.acts import Action
from app.people import access
from app.register.registers import environments


@dataclass(frozen=True)
class PersonRow:
    """A person with a role; addresses only, never a number of a document."""

    role: str
    name: str
    contact: str
    #: The name of the substitute while the person is absent.
    substitute: str
    #: Where absences are noted; "" where the reader notes none.
    absences_url: str = ""
    #: Where it is registered that the person left; "" where the reader may not.
    leaves_url: str = ""
    #: Whether the account is suspended for lack of use.
    suspended: bool = False


#: Roles that end with «Ya no trabaja aquí» → what their reader needs. The authority is replaced.
LEAVING = {
    "operator": "start_change_personnel",
    "alternate": "start_change_personnel",
    "preparer": "start_change_personnel",
    "administrator": "end_administrator",
}


#: The order of roles on the page: operators, who may be many, are last.
ORDER = {role: number for number, role in enumerate(access.ROLES)}
#: People on one page.
PER_PAGE = 50


def grants(session: Session, entity: Entity) -> tuple[Paging, Sequence[Grant]]:
    """Return the page of the roles that active and suspended people hold in the entity, with all
    roles of each person."""
    page, query = paged(
        session,
        _held(entity).order_by(case(ORDER, value=Grant.role), User.surnames, User.id, Grant.id),
        PER_PAGE,
    )
    of_person = joinedload(Grant.user).selectinload(User.grants)
    return page, session.scalars(query.options(of_person)).all()


def _held(entity: Entity) -> Select[Grant]:
    return (
        select(Grant)
        .join(User)
        .where(
            Grant.entity_id == entity.id,
            Grant.until_at.is_(None),
            or_(User.active, User.suspended_at.is_not(None)),
        )
    )


def people(
    session: Session,
    entity: Entity,
    held: Sequence[Grant],
    reader: User | None,
    *,
    in_charge: bool,
) -> list[PersonRow]:
    """Return the people with these roles in the entity; `in_charge`: and its coordinators."""
    away = access.absences.away(session, calendar.today())
    notes_absences = access.may(reader, "note_absence", entity)

    def row(role: str, user: User, absences_url: str = "", leaves_url: str = "") -> PersonRow:
        substitute = away[user.id].full_name if user.id in away else ""
        return PersonRow(
            role,
            user.full_name,
            user.email,
            substitute,
            absences_url,
            leaves_url,
            suspended=user.suspended_at is not None,
        )

    ends = processes.can_start(session, entity, "change_personnel", answered=True)
    rows = [
        row(
            access.ROLES[one.role].name,
            one.user,
            _absences_url(one) if notes_absences else "",
            _leaves_url(entity, one, reader) if ends else "",
        )
        for one in held
    ]
    if not in_charge:
        return rows
    coordinators = (("sip", entity.sip_coordinator), ("sgtd", entity.sgtd_coordinator))
    return rows + [
        row(f"{access.ROLES[role].name} a cargo", user) for role, user in coordinators if user
    ]


def alone(session: Session, entity: Entity) -> str:
    """Return the name of the only person who answers the administrator's steps; "" otherwise.

    A suspended person counts: they can open their account again.
    """
    query = _held(entity).where(Grant.role.in_(access.ANSWERS["administrator"])).limit(PER_PAGE)
    held = session.scalars(query.options(joinedload(Grant.user)))
    answering = {one.user_id: one.user for one in held}
    return next(iter(answering.values())).full_name if len(answering) == 1 else ""


def actions(session: Session, entity: Entity, reader: User | None) -> list[Action]:
    """Return how the reader changes the people of the register, from when it is open."""
    change = acts.start_of(session, entity, reader, "cambios-del-personal")
    if not access.may(reader, "start_change_personnel", entity):
        return []
    opened = environments.of_entities(session, [entity.id])
    return [one for one in (change, acts.personnel(entity) if opened else None) if one]


def _absences_url(grant: Grant) -> str:
    """Return where a coordinator notes absences; "" for people who answer for more than one
    entity or belong to the PCM."""
    of_pcm = access.roles_of(grant.user) & access.PCM_ROLES
    away = grant.user.active and grant.role in access.ANSWERING
    if grant.entity is None or not away or of_pcm:
        return ""
    code, person = grant.entity.code, grant.user_id
    return url_for("accounts.absences_in_entity", code=code, person_id=person)


def leaving(session: Session, entity: Entity) -> Sequence[Departure]:
    """Return the administrators who announced that they leave, by day."""
    return session.scalars(
        select(Departure)
        .where(departures.is_open(), Departure.entity_id == entity.id)
        .options(joinedload(Departure.user), joinedload(Departure.heir))
        .order_by(Departure.from_on, Departure.id)
    ).all()


def link_end(session: Session, entity: Entity, reader: User | None) -> link_ends.LinkEnd | None:
    """Return the end of the administrator's link, if the reader can begin a redesignation now."""
    if not access.may(reader, "start_redesignation", entity):
        return None
    found = link_ends.near(session, entity)
    return found if found and processes.can_start(session, entity, "redesignation") else None


def _leaves_url(entity: Entity, grant: Grant, reader: User | None) -> str:
    """Return where it is registered that a person left; "" for oneself, and who is replaced."""
    action = LEAVING.get(grant.role, "")
    if reader is None or grant.user_id == reader.id or not action:
        return ""
    if not access.may(reader, action, entity):
        return ""
    path: str = url_for("leaving.account", code=entity.code, person_id=grant.user_id)
    return path
