"""`roster`: the personnel of the form SIP-RVL-002, with a version per filing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import func, insert, literal, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.db.membership import among
from app.base.models import (
    Draft,
    Entity,
    Filing,
    PersonnelRow,
    PostHolder,
    ProcessInstance,
    Record,
    Register,
    User,
)
from app.cases.case import Case
from app.cases.records import documents, places
from app.people import access
from app.register.registers import environments
from app.register.visits import personnel
from forms.change_documents import Leaving
from forms.fields.people import key_of
from forms.fields.roster import rows_from
from forms.records import RosterRow
from forms.shapes.foreign_rows import FEW, LOOKED_UP

Row = dict[str, Any]
COLUMNS = tuple(RosterRow.__annotations__)
#: Numbers of documents in one query.
AT_ONCE = 500


def read(case: Case) -> list[RosterRow] | None:
    """Return the rows of the entity's newest roster, in their order; None before the first."""
    record = documents.newest(case, "roster", of_entity=True)
    return _read_version(case, record.id) if record else None


def of_entities(session: Session, ids: Sequence[int]) -> dict[int, list[RosterRow]]:
    """Return the rows of the newest rosters of many entities at once, of each that has one."""
    newest = documents.newest_of_entities(session, "roster", ids)
    entity_of = {record.id: entity_id for entity_id, record in newest.items()}
    found: dict[int, list[RosterRow]] = {entity_id: [] for entity_id in newest}
    rows = session.execute(
        select(PersonnelRow.record_id, *_columns())
        .where(among(PersonnelRow.record_id, entity_of))
        .order_by(PersonnelRow.record_id, PersonnelRow.number)
    )
    for record_id, *cells in rows:
        row = cast("RosterRow", dict(zip(COLUMNS, cells, strict=True)))
        found[entity_of[record_id]].append(row)
    return found


def read_accepted(case: Case) -> list[RosterRow] | None:
    """Return the rows of the roster that the PCM accepted last; None if it accepted none."""
    instances = select(ProcessInstance.id).where(ProcessInstance.entity_id == case.entity.id)
    filings = case.session.execute(
        select(Filing.closed_at, Filing.signed)
        .where(Filing.instance_id.in_(instances), Filing.result == "accepted")
        .order_by(Filing.id.desc())
    )
    accepted_at = next((at for at, signed in filings if "sip_rvl_002" in signed), None)
    if accepted_at is None:
        return None
    record = case.session.scalars(
        select(Record.id)
        .where(Record.entity_id == case.entity.id, Record.name == "roster")
        .where(Record.at <= accepted_at)
        .order_by(Record.id.desc())
        .limit(1)
    ).first()
    return _read_version(case, record) if record else None


def read_as_of(case: Case, moment: datetime) -> list[RosterRow] | None:
    """Return the rows of the roster at a moment; None if it is still the newest, or if none was."""
    then, now = (
        documents.as_of(case, "roster", moment),
        documents.newest(case, "roster", of_entity=True),
    )
    if then is None or now is None or then.id == now.id:
        return None
    return _read_version(case, then.id)


def _read_version(case: Case, record_id: int) -> list[RosterRow]:
    rows = case.session.execute(
        select(*_columns()).where(PersonnelRow.record_id == record_id).order_by(PersonnelRow.number)
    )
    return [cast("RosterRow", dict(zip(COLUMNS, row, strict=True))) for row in rows]


def read_elsewhere(case: Case) -> list[list[str]]:
    """Return the documents of new people of the draft who are on another entity's newest roster.

    The other entity is never named. Nothing is looked up for fewer people than raise a doubt.
    """
    draft = case.session.get(Draft, case.task.id) if case.task else None
    pairs = dict(draft.pairs) if draft else {}
    there = movements(case) if pairs.get("rows") else {}
    keys = [key_of(row) for row in rows_from(pairs.get("rows", ""))]
    new = [key for key in dict.fromkeys(keys) if key[1] and key not in there][:LOOKED_UP]
    if len(new) < FEW:
        return []
    found = case.session.execute(
        select(
            PersonnelRow.document_type, PersonnelRow.document_number, Record.id, Record.entity_id
        )
        .join(Record, Record.id == PersonnelRow.record_id)
        .where(
            PersonnelRow.document_number.in_([number for _, number in new]),
            PersonnelRow.movement == "alta",
            Record.name == "roster",
            Record.entity_id != case.entity.id,
        )
    ).all()
    entities = sorted({entity_id for *_, entity_id in found})
    newest = documents.newest_of_entities(case.session, "roster", entities)
    in_force = {record.id for record in newest.values()}
    listed = {(kind, number) for kind, number, record_id, _ in found if record_id in in_force}
    return [list(key) for key in new if key in listed]


def write(case: Case, rows: Sequence[Mapping[str, object]]) -> None:
    """Add a version with its rows (see RosterRow); the document itself holds only their count."""
    record = documents.write(case, "roster", {"rows": len(rows)})
    values = [
        {
            "record_id": record.id,
            "number": number,
            **{name: value for name, value in row.items() if name in COLUMNS},
        }
        for number, row in enumerate(rows, 1)
    ]
    if values:
        case.session.execute(insert(PersonnelRow), values)
    if case.instance.process == "upkeep":  # counts at once, without a review
        renew_production(case)


def movements(case: Case) -> dict[tuple[str, str], tuple[str, str]]:
    """Return profile and movement of everyone on the newest roster, by their documents."""
    record = documents.newest(case, "roster", of_entity=True)
    columns = (
        PersonnelRow.document_type,
        PersonnelRow.document_number,
        PersonnelRow.profile,
        PersonnelRow.movement,
    )
    rows = case.session.execute(
        select(*columns).where(PersonnelRow.record_id == (record.id if record else None))
    )
    return {(kind, number): (profile, movement) for kind, number, profile, movement in rows}


def amend(case: Case, rows: Sequence[RosterRow], leaving: Sequence[Leaving]) -> None:
    """Add a version in which some people came, changed or left; the database copies the others.

    People who left are bajas in it. People who were bajas before are no longer listed.
    """
    old = documents.newest(case, "roster", of_entity=True)
    old_id = old.id if old else None
    new: dict[tuple[str, str], Mapping[str, Any]] = {key_of(row): row for row in rows}
    gone = {key_of(one) for one in leaving}
    touched: dict[int, Mapping[str, Any]] = _rows_of(case, old_id, new.keys() | gone)
    for number, row in touched.items():
        key = (row["document_type"], row["document_number"])
        touched[number] = {**row, **(new.pop(key) if key in new else {"movement": "baja"})}
    last = select(func.coalesce(func.max(PersonnelRow.number), 0))
    first = case.session.scalar(last.where(PersonnelRow.record_id == old_id)) or 0
    written = touched | dict(enumerate(new.values(), first + 1))
    record = documents.write(case, "roster", {"rows": 0})
    copied = select(literal(record.id), PersonnelRow.number, *_columns()).where(
        PersonnelRow.record_id == old_id,
        PersonnelRow.movement == "alta",
        PersonnelRow.number.not_in(sorted(touched)),
    )
    names = ["record_id", "number", *COLUMNS]
    case.session.execute(insert(PersonnelRow).from_select(names, copied))
    values = [{"record_id": record.id, "number": n, **row} for n, row in written.items()]
    if values:
        case.session.execute(insert(PersonnelRow), values)
    count = select(func.count()).where(PersonnelRow.record_id == record.id)
    record.data = {"rows": case.session.scalar(count) or 0}
    case.session.flush()


def move(
    session: Session,
    entity: Entity,
    which: Callable[[Row], bool],
    movement: str,
    by_id: int | None = None,
) -> bool:
    """Add a version, written by no step, with another movement of some rows. Flush only.

    Return whether any row is meant; otherwise no version is added.
    """

    def moved(rows: Sequence[Row]) -> list[Row]:
        return [row | {"movement": movement} if which(row) else row for row in rows]

    return _rewrite(session, entity, moved, by_id)


def _rewrite(
    session: Session,
    entity: Entity,
    change: Callable[[Sequence[Row]], list[Row]],
    by_id: int | None = None,
) -> bool:
    """Add a version with the changed rows, if there is a roster and it differs; return whether."""
    newest = documents.newest_of_entities(session, "roster", [entity.id]).get(entity.id)
    if newest is None:
        return False
    cells = session.execute(
        select(*_columns()).where(PersonnelRow.record_id == newest.id).order_by(PersonnelRow.number)
    )
    before: list[Row] = [dict(zip(COLUMNS, row, strict=True)) for row in cells]
    after = change(before)
    if after == before:
        return False
    again = documents.write_of_entity(session, entity, "roster", {"rows": len(after)}, by_id)
    values = [{**row, "record_id": again.id, "number": n} for n, row in enumerate(after, 1)]
    session.execute(insert(PersonnelRow), values)
    return True


def follow_posts(session: Session, register: Register) -> None:
    """Bring the newest relation to the posts that decide, as the register has them. Flush only.

    Who left such a post is a baja, who holds one is listed, and a post has its public name.
    """
    session.flush()
    mine: dict[tuple[str, ...], list[PostHolder]] = {}
    for holder in personnel.decision_makers(session, register):
        mine.setdefault((holder.document_type, holder.document_number), []).append(holder)
    held = {key: [one for one in posts if one.to_on is None] for key, posts in mine.items()}

    def followed(row: Row) -> Row:
        same = [one for one in mine.get(key_of(row), ()) if personnel.is_same_post(one, row)]
        current = held.get(key_of(row), [])
        if not current:
            left = same and row["profile"] in personnel.VISITED
            return row | {"movement": "baja"} if left else row
        if row["movement"] == "baja":
            return row | _listed(current[0])
        if len(current) == 1 and not same and current[0].profile:
            return row | {"post": current[0].post, "unit": current[0].unit}
        return row

    def change(rows: Sequence[Row]) -> list[Row]:
        there = set(map(key_of, rows))
        new = [posts[0] for key, posts in held.items() if posts and key not in there]
        return [*map(followed, rows), *({"email": ""} | _listed(one) for one in new)]

    _rewrite(session, register.entity, change)


def _listed(holder: PostHolder) -> Row:
    """Return the row of a holder in the relation, and count them among the personnel."""
    holder.profile = holder.profile or "decision_maker"
    names = (*personnel.PERSON, "given_names", "surnames", "post", "unit", "site", "profile")
    return {name: getattr(holder, name) for name in names} | {"movement": "alta"}


def list_follows(case: Case, register: Register) -> None:
    """End the posts of the entity's list whose holders left with the personnel. Flush only."""
    case.session.flush()
    posts = documents.read(case, "decision_makers", of_entity=True) or []
    ended = {
        personnel.identity(one): one.to_on.isoformat()
        for one in personnel.decision_makers(case.session, register)
        if one.to_on is not None
    }
    after = [
        post | {"to_on": post["to_on"] or ended.get(personnel.identity_of(post), "")}
        for post in posts
    ]
    if after != posts:
        documents.write(case, "decision_makers", after)


def end_operator(
    session: Session, entity: Entity, user: User, last_day: date, by_id: int | None
) -> None:
    """Make an operator who left a baja, and end them in the registers. Flush only.

    A person with another profile on the roster stays on it.
    """
    person = {"document_type": user.document_type, "document_number": user.document_number}

    def leaves(row: Row) -> bool:
        operator = person | {"profile": "operator", "movement": "alta"}
        return operator.items() <= row.items()

    if not move(session, entity, leaves, "baja", by_id):
        return
    gone = person | {"last_day": last_day.isoformat()}
    sites = places.sites(session, entity)
    for register in environments.of_entities(session, [entity.id]):
        personnel.change(session, register, [], [gone], calendar.today(), sites)


def rows_of(case: Case, people: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the rows of some people on the newest roster, including the bajas of this roster."""
    record = documents.newest(case, "roster", of_entity=True)
    return list(_rows_of(case, record.id if record else None, map(key_of, people)).values())


def _columns() -> list[Any]:
    return [getattr(PersonnelRow, name) for name in COLUMNS]


def _rows_of(
    case: Case, record_id: int | None, keys: Iterable[tuple[str, ...]]
) -> dict[int, Mapping[str, Any]]:
    """Return the rows of these people in a version, by their numbers."""
    wanted = set(keys)
    numbers = sorted({number for _, number in wanted})
    found: dict[int, Mapping[str, Any]] = {}
    for start in range(0, len(numbers), AT_ONCE):
        query = select(PersonnelRow.number, *_columns()).where(
            PersonnelRow.record_id == record_id,
            PersonnelRow.document_number.in_(numbers[start : start + AT_ONCE]),
        )
        for place, *cells in case.session.execute(query):
            row = dict(zip(COLUMNS, cells, strict=True))
            if (row["document_type"], row["document_number"]) in wanted:
                found[place] = row
    return found


def renew_production(case: Case) -> None:
    """Update the production register, if it is open, to the newest roster.

    This covers the officials who can be visited, and the operators.
    """
    register = environments.find(case.session, case.entity, "production")
    if register is not None:
        day = calendar.lima_day(case.at)
        sites = places.sites(case.session, case.entity)
        personnel.receive(case.session, register, read(case) or [], day, sites)
        list_follows(case, register)
        seat_operators(case)


def seat_operators(case: Case) -> None:
    """Open accounts for the newest roster's operators with an e-mail; close all other accounts.

    The others are people who are a baja, or are no longer in the roster.
    """
    if read(case) is None:  # there was never a roster
        return
    listed = operators(case)
    for row in listed:
        if row["email"]:
            access.open_account(case.session, row, "operator", case.entity, case.actor_id)
    keep = set(map(key_of, listed))
    access.close_others(case.session, "operator", case.entity, keep, case.actor_id)


def operators(case: Case) -> list[RosterRow]:
    """Return the operators of the newest roster that are not a baja."""
    return [
        row
        for row in read(case) or []
        if row["profile"] == "operator" and row["movement"] == "alta"
    ]
