"""Find people by name: with an account, of the newest designations, of the newest rosters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import url_for
from sqlalchemy import ColumnElement, exists, func, select, tuple_
from sqlalchemy.orm import selectinload

from app.base.models import Entity, Grant, PersonnelRow, Record, User
from app.base.models.entities import NAMES_OF_USERS
from app.base.models.records import NAMES_IN_DESIGNATIONS, NAMES_IN_ROSTERS
from app.onboarding.entity_list.query import EntityQuery
from app.people import access
from app.people.access.roles import ROLES
from app.web.search import designations
from app.web.search.found import MOST, MOST_COUNTED, Group, Reader, Result, at_once
from app.web.search.query import Query

_user, _row, _record = User.__table__, PersonnelRow.__table__, Record.__table__
_newer = _record.alias()


def find(reader: Reader, query: Query) -> Sequence[Group]:
    """Return the people whose names have every word."""
    if not query.has_letter or "@" in query.text:
        return []
    groups = (
        with_accounts(reader, NAMES_OF_USERS.have(reader.session, query.words)),
        designations.find(
            reader,
            {
                post: names.have(reader.session, query.words)
                for post, names in NAMES_IN_DESIGNATIONS.items()
            },
        ),
        in_rosters(reader, NAMES_IN_ROSTERS.have(reader.session, query.words)),
    )
    return [group for group in groups if group]


def with_accounts(reader: Reader, wanted: ColumnElement[bool]) -> Group | None:
    """Return the accounts that match a condition on User, with roles and masked documents."""
    named = at_once(select(_user.c.id).select_from(_user).where(wanted))
    some = select(named.c.id).limit(MOST_COUNTED)
    rows = reader.session.execute(
        select(User, func.count().over().label("total"))
        .where(User.id.in_(some))
        .order_by(User.surnames, User.given_names, User.id)
        .options(selectinload(User.grants).joinedload(Grant.entity))
        .limit(MOST)
    ).all()
    if not rows:
        return None
    return Group(
        id="personas",
        title="Personas con cuenta",
        results=[of_account(reader, user) for user, _ in rows],
        count=rows[0].total,
        counted_in_part=rows[0].total == MOST_COUNTED,
    )


def of_account(reader: Reader, user: User) -> Result:
    """Return an account as a result: it leads to the superuser's page, or to an entity's people."""
    held = [one for one in user.grants if access.rules.counts(one)]
    document = access.document_for(reader.user, user.document_type, user.document_number)
    parts = [document, *dict.fromkeys(map(_held, held))]
    if not held:
        parts.append("sin función")
    return Result(user.full_name, _url(reader, user, held), " · ".join(parts))


def _held(grant: Grant) -> str:
    role = ROLES[grant.role].name
    return f"{role} en {grant.entity.name}" if grant.entity else role


def _url(reader: Reader, user: User, held: Iterable[Grant]) -> str:
    if reader.may("manage_people"):
        return url_for("people.show", number=user.id)
    for grant in held:
        if grant.entity is not None:
            return url_for("entities.show_people", code=grant.entity.code)
    if any(grant.role in ("sip", "sgtd") for grant in held):
        return EntityQuery({"coordinador": str(user.id)}).address()
    return ""


def in_rosters(reader: Reader, wanted: ColumnElement[bool]) -> Group | None:
    """Return the people of the newest rosters who match a condition on PersonnelRow."""
    # The keys first: a name that thousands have is counted and sorted without their entities.
    named = at_once(
        select(_row.c.record_id, _row.c.number, _row.c.surnames, _row.c.given_names)
        .select_from(_row)
        .where(wanted, _row.c.movement != "baja")
    )
    replaced = exists().where(
        _newer.c.entity_id == _record.c.entity_id,
        _newer.c.name == "roster",
        _newer.c.id > _record.c.id,
    )
    some = (
        select(named)
        .join(_record, _record.c.id == named.c.record_id)
        .where(~replaced)
        .limit(MOST_COUNTED)
        .subquery()
    )
    order = (some.c.surnames, some.c.given_names, some.c.record_id, some.c.number)
    found = reader.session.execute(
        select(some.c.record_id, some.c.number, func.count().over()).order_by(*order).limit(MOST)
    ).all()
    if not found:
        return None
    row = PersonnelRow
    listed = reader.session.execute(
        select(row, Entity)
        .join(Record, Record.id == row.record_id)
        .join(Entity, Entity.id == Record.entity_id)
        .where(tuple_(row.record_id, row.number).in_([(key, number) for key, number, _ in found]))
        .order_by(row.surnames, row.given_names, row.record_id, row.number)
    )
    return Group(
        id="relaciones",
        title="Personas de las relaciones de personal",
        results=[_of_row(reader, one, entity) for one, entity in listed],
        count=found[0][2],
        counted_in_part=found[0][2] == MOST_COUNTED,
    )


def _of_row(reader: Reader, row: PersonnelRow, entity: Entity) -> Result:
    document = access.document_for(reader.user, row.document_type, row.document_number, entity)
    return Result(
        f"{row.given_names} {row.surnames}",
        url_for("entities.show_people", code=entity.code),
        " · ".join(part for part in (document, row.post, entity.name) if part),
    )
