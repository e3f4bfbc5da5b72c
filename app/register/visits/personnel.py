"""Officials and sites: personnel of the SIP-RVL-002, and decision-makers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import DecisionMaker, Official, Register, Site
from app.register.registers import last_days
from forms.shapes.decision_makers import ACTING, TITULAR, is_acting
from forms.shapes.post_keys import key_of

DOCUMENT = ("document_type", "document_number")
#: Columns that identify a holder: a change of one begins another row.
POST = (*DOCUMENT, "post", "unit")
#: Columns that are corrected in the same row.
DETAILS = ("given_names", "surnames", "site", "profile")

Row = Mapping[str, Any]
#: The number of documents in one query.
AT_ONCE = 500


def receive(
    session: Session,
    register: Register,
    rows: Sequence[Row],
    on: date,
    sites: Sequence[Row] = (),
) -> None:
    """Update a register's personnel and sites from an accepted SIP-RVL-002.

    `sites` are those that the entity opened or closed (see `forms.records.Place`).

    A new person is there from that day; a baja, or a person who is no longer listed, until that
    day.
    """
    there = {
        tuple(getattr(official, name) for name in POST): official
        for official in session.scalars(
            select(Official).where(Official.register_id == register.id, Official.to_on.is_(None))
        )
    }
    altas = {tuple(row[name] for name in POST): row for row in rows if row["movement"] == "alta"}
    for key, official in there.items():
        if key not in altas:
            official.to_on = max(official.from_on, on)
    for key, row in altas.items():
        found = there.get(key)
        official = found or Official(register_id=register.id, from_on=on, to_on=None)
        _write(official, row)
        if found is None:
            session.add(official)
    used = {row["site"] for row in altas.values() if row["site"]}
    _receive_sites(session, register, used, on, sites)
    session.flush()


def _write(official: Official, row: Row) -> None:
    for name in (*POST, *DETAILS):
        setattr(official, name, row[name])
    official.search_text = plain(
        " ".join((row["surnames"], row["given_names"], row["post"], row["unit"]))
    )


def _receive_sites(
    session: Session, register: Register, used: set[str], on: date, listed: Sequence[Row]
) -> None:
    """Update the sites to the sites of the personnel, and to those that the entity listed."""
    opened = {
        row["name"]: date.fromisoformat(row["from_on"]) if row["from_on"] else on
        for row in listed
        if not row["to_on"]
    }
    closed = {row["name"]: date.fromisoformat(row["to_on"]) for row in listed if row["to_on"]}
    names = used | opened.keys()
    there = {
        site.name: site
        for site in session.scalars(select(Site).where(Site.register_id == register.id))
    }
    for name, site in there.items():
        if name not in names and site.to_on is None:
            site.to_on = max(site.from_on, closed.get(name, on))
    for name in sorted(names):
        if name in there:
            there[name].to_on = None
        else:
            first = opened.get(name, on)
            session.add(Site(register_id=register.id, name=name, from_on=first, to_on=None))


def change(
    session: Session,
    register: Register,
    rows: Sequence[Row],
    leaving: Sequence[Row],
    on: date,
    sites: Sequence[Row] = (),
) -> None:
    """Update only the people of a change: people who arrive, change or leave.

    People who leave stay until their last day. A person with another post or unit gets a new row.
    """
    there = _in_post(session, register, [*rows, *leaving])
    for row in leaving:
        for official in there.pop(_document(row), ()):
            official.to_on = max(official.from_on, date.fromisoformat(row["last_day"]))
    for row in rows:
        found = None
        for official in there.get(_document(row), ()):
            if tuple(getattr(official, name) for name in POST) == tuple(row[n] for n in POST):
                found = official
            else:
                official.to_on = max(official.from_on, on)
        official = found or Official(register_id=register.id, from_on=on, to_on=None)
        _write(official, row)
        session.add(official)
    session.flush()
    used = select(Official.site).where(
        Official.register_id == register.id, Official.to_on.is_(None), Official.site != ""
    )
    _receive_sites(session, register, set(session.scalars(used.distinct())), on, sites)
    session.flush()


def _document(row: Row) -> tuple[str, str]:
    return row["document_type"], row["document_number"]


def _in_post(
    session: Session, register: Register, rows: Sequence[Row]
) -> dict[tuple[str, str], list[Official]]:
    """Return the officials in post of these people, by their documents."""
    found: dict[tuple[str, str], list[Official]] = {}
    numbers = sorted({row["document_number"] for row in rows})
    for start in range(0, len(numbers), AT_ONCE):
        query = select(Official).where(
            Official.register_id == register.id,
            Official.to_on.is_(None),
            Official.document_number.in_(numbers[start : start + AT_ONCE]),
        )
        for one in session.scalars(query):
            found.setdefault((one.document_type, one.document_number), []).append(one)
    return found


def since(session: Session, register: Register) -> dict[tuple[str, str], date]:
    """Return since when each person has been on a register, by their documents."""
    query = (
        select(Official.document_type, Official.document_number, func.min(Official.from_on))
        .where(Official.register_id == register.id, Official.to_on.is_(None))
        .group_by(Official.document_type, Official.document_number)
    )
    return {(kind, number): day for kind, number, day in session.execute(query)}


def receive_decision_makers(
    session: Session, register: Register, posts: Sequence[Row], on: date
) -> None:
    """Update the roster of decision-makers from the list that the authority approved.

    A person who is no longer listed held the post until that day: the roster is dated, and public.
    """
    there = _holders(session, register)
    wanted = {tuple(str(post[name]) for name in HOLDER): post for post in posts}
    for identity, holder in there.items():
        if identity not in wanted and holder.to_on is None:
            holder.to_on = max(holder.from_on, on)
    _hold(session, register, there, wanted)


def change_decision_makers(session: Session, register: Register, posts: Sequence[Row]) -> None:
    """Update only these holders of the public roster; one whose post leaves it has a last day."""
    changed = {tuple(str(post[name]) for name in HOLDER): post for post in posts}
    _hold(session, register, _holders(session, register), changed)


def has_decision_makers(session: Session, register: Register) -> bool:
    """Return whether the roster of decision-makers is public."""
    there = exists().where(DecisionMaker.register_id == register.id)
    return bool(session.scalar(select(there)))


#: Columns that identify a holder of the public roster.
HOLDER = ("post", "unit", "document_type", "document_number", "from_on")
Holders = dict[tuple[str, ...], DecisionMaker]


def _holders(session: Session, register: Register) -> Holders:
    rows = session.scalars(select(DecisionMaker).where(DecisionMaker.register_id == register.id))
    return {tuple(str(getattr(holder, name)) for name in HOLDER): holder for holder in rows}


def _hold(
    session: Session, register: Register, there: Holders, wanted: Mapping[tuple[str, ...], Row]
) -> None:
    for identity, post in wanted.items():
        found = there.get(identity)
        holder = found or DecisionMaker(register_id=register.id)
        for name in ("post", "unit", "ground", "norm", *DOCUMENT):
            setattr(holder, name, post[name])
        holder.given_names, holder.surnames = post["given_names"], post["surnames"]
        holder.capacity = ACTING if is_acting(post) else TITULAR
        holder.resolution = post.get("resolution", "")
        holder.post_key = key_of(post)
        holder.from_on = date.fromisoformat(post["from_on"])
        holder.to_on = date.fromisoformat(post["to_on"]) if post["to_on"] else None
        if found is None:
            session.add(holder)
    session.flush()


def official_on(
    session: Session, register: Register, official_id: int, day: date
) -> Official | None:
    """Return the official of this register who held the post on that day."""
    official = session.get(Official, official_id)
    if official is None or official.register_id != register.id:
        return None
    until = official.to_on
    if last_days.may_have_ended(official):
        until = last_days.ended_officials(session, register, day).get(official.id)
    ended = until is not None and until < day
    return None if ended or official.from_on > day else official
