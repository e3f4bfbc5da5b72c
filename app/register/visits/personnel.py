"""Holders of posts and sites: what the SIP-RVL-002 and the list of decision-makers write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import PostHolder, Register, Site
from app.register.registers.last_days import held_on
from forms.fields.people import key_of as person_key
from forms.shapes.decision_makers import ACTING, TITULAR, is_acting
from forms.shapes.post_keys import key_of, post_key

Row = Mapping[str, Any]
Person = tuple[str, str]
PERSON = ("document_type", "document_number")
#: Profiles of people who are in the personnel because they receive visits.
VISITED = frozenset({"decision_maker", "visited_official"})
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
    day. A post that decides ends with a baja only, since the list of decision-makers names it too.
    """
    here = select(PostHolder).where(PostHolder.register_id == register.id, _is_open(on))
    current = session.scalars(here.order_by(PostHolder.id)).all()
    there = _by_person(current)
    altas = [row for row in rows if row["movement"] == "alta"]
    stays = {_enter(session, register, there, row, on) for row in altas}
    left = (row for row in rows if row["movement"] == "baja" and row["profile"] in VISITED)
    bajas = set(map(person_key, left))
    for holder in current:
        if holder.profile and holder not in stays:
            _leave(holder, on, decides_too=_person_of(holder) in bajas)
    used = {row["site"] for row in altas if row["site"]}
    _receive_sites(session, register, used, on, sites)
    session.flush()


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
    there = _by_person(_of_people(session, register, [*rows, *leaving], _is_open(on)))
    for row in leaving:
        for holder in there.pop(person_key(row), ()):
            last = date.fromisoformat(row["last_day"])
            _leave(holder, last, decides_too=holder.profile in VISITED)
    for row in rows:
        entered = _enter(session, register, there, row, on)
        for holder in there.get(person_key(row), ()):
            if holder is not entered and holder.profile:
                _leave(holder, on)
    session.flush()
    used = select(PostHolder.site).where(
        PostHolder.register_id == register.id, PostHolder.to_on.is_(None), PostHolder.site != ""
    )
    _receive_sites(session, register, set(session.scalars(used.distinct())), on, sites)
    session.flush()


def _enter(
    session: Session,
    register: Register,
    there: dict[Person, list[PostHolder]],
    row: Row,
    on: date,
) -> PostHolder:
    """Return the row of a person of the personnel in this post, a new one if there is none.

    A relation may write a decision-maker's only post in other words: it is the same row.
    """
    known = there.setdefault(person_key(row), [])
    same = [one for one in known if is_same_post(one, row)]
    if not same and row["profile"] == "decision_maker":
        deciding = [one for one in known if one.decides and one.to_on is None]
        same = deciding if len(deciding) == 1 else []
    if same:
        holder = same[0]
    else:
        holder = PostHolder(register_id=register.id, from_on=on, ground="")
        session.add(holder)
        known.append(holder)
    holder.site, holder.profile = row["site"], row["profile"]
    if holder.decides:  # the list of decision-makers names the post, and ends it
        row = {**row, "post": holder.post, "unit": holder.unit}
    else:
        holder.to_on = None
    _write(holder, row)
    return holder


def is_same_post(holder: PostHolder, row: Row) -> bool:
    """Return whether a row of the personnel or of the list names the holder's post."""
    return key_of(row) in (holder.post_key, post_key(holder.post, holder.unit))


def _leave(holder: PostHolder, on: date, *, decides_too: bool = False) -> None:
    """End a row of the personnel; where the post decides, only its place in the personnel."""
    if holder.decides and not decides_too:
        holder.profile = ""
    elif holder.to_on is None:
        holder.to_on = max(holder.from_on, on)


def _write(holder: PostHolder, row: Row) -> None:
    for name in (*PERSON, "given_names", "surnames", "post", "unit"):
        setattr(holder, name, row[name])
    holder.post_key = key_of(row)
    holder.search_text = plain(
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


def _person_of(holder: PostHolder) -> Person:
    return holder.document_type, holder.document_number


def _is_open(on: date) -> ColumnElement[bool]:
    """Return the condition of rows without an end, and of rows that began and ended today."""
    return or_(PostHolder.to_on.is_(None), PostHolder.from_on == on)


def _by_person(holders: Iterable[PostHolder]) -> dict[Person, list[PostHolder]]:
    found: dict[Person, list[PostHolder]] = {}
    for holder in holders:
        found.setdefault(_person_of(holder), []).append(holder)
    return found


def _of_people(
    session: Session, register: Register, rows: Sequence[Row], which: ColumnElement[bool]
) -> list[PostHolder]:
    """Return the rows of these people that match a condition."""
    found: list[PostHolder] = []
    numbers = sorted({row["document_number"] for row in rows})
    for start in range(0, len(numbers), AT_ONCE):
        query = select(PostHolder).where(
            PostHolder.register_id == register.id,
            which,
            PostHolder.document_number.in_(numbers[start : start + AT_ONCE]),
        )
        found += session.scalars(query.order_by(PostHolder.id))
    return found


def since(session: Session, register: Register) -> dict[Person, date]:
    """Return since when each person has been on a register, by their documents."""
    query = (
        select(PostHolder.document_type, PostHolder.document_number, func.min(PostHolder.from_on))
        .where(PostHolder.register_id == register.id, PostHolder.to_on.is_(None))
        .group_by(PostHolder.document_type, PostHolder.document_number)
    )
    return {(kind, number): day for kind, number, day in session.execute(query)}


# Decision-makers --------------------------------------------------------------------------------


def receive_decision_makers(
    session: Session, register: Register, posts: Sequence[Row], on: date
) -> None:
    """Update who decides from the list that the authority approved.

    A person who is no longer listed held the post until that day: the roster is dated, and public.
    """
    holders = decision_makers(session, register)
    wanted = {identity_of(post) for post in posts}
    for holder in holders:
        if identity(holder) not in wanted and holder.to_on is None:
            holder.to_on = max(holder.from_on, on)
    change_decision_makers(session, register, posts)


def change_decision_makers(session: Session, register: Register, posts: Sequence[Row]) -> None:
    """Update only these holders of the public roster; one whose post leaves it has a last day.

    A person who is in the personnel with that post has one row for both.
    """
    there = {identity(holder): holder for holder in decision_makers(session, register)}
    site_of = {holder.post_key: holder.site for holder in there.values() if holder.site}
    known = _of_people(session, register, posts, PostHolder.to_on.is_(None))
    visited = _by_person(holder for holder in known if not holder.decides)
    sites = session.scalars(
        select(Site.name).where(Site.register_id == register.id, Site.to_on.is_(None))
    ).all()
    only = sites[0] if len(sites) == 1 else ""
    for post in posts:
        holder = there.get(identity_of(post)) or _adopted(session, visited, post)
        if holder is None:
            holder = PostHolder(register_id=register.id, site=site_of.get(key_of(post), only))
            session.add(holder)
        _write(holder, post)
        holder.ground, holder.norm = post["ground"], post["norm"]
        holder.capacity = ACTING if is_acting(post) else TITULAR
        holder.resolution = post.get("resolution", "")
        holder.from_on = date.fromisoformat(post["from_on"])
        holder.to_on = date.fromisoformat(post["to_on"]) if post["to_on"] else None
        there[identity_of(post)] = holder
    session.flush()


def _adopted(
    session: Session, visited: dict[Person, list[PostHolder]], post: Row
) -> PostHolder | None:
    """Return the row that the personnel has of this holder and post; None if it has none.

    It is the row of the same post. Without one, it is the only row of a person who receives visits.
    Where it began before the list says, it ends the day before, and a row with its site follows.
    """
    known = visited.get(person_key(post), [])
    same = [one for one in known if is_same_post(one, post)]
    others = [one for one in known if one.profile in VISITED] if not is_acting(post) else []
    found = same or (others if len(others) == 1 else [])
    if not found:
        return None
    holder = found[0]
    known.remove(holder)
    first = date.fromisoformat(post["from_on"])
    if holder.from_on >= first:
        return holder
    holder.to_on = first - timedelta(days=1)
    after = PostHolder(register_id=holder.register_id, site=holder.site, profile=holder.profile)
    session.add(after)
    return after


def identity_of(post: Row) -> tuple[str, ...]:
    """Return what identifies a holder of the list: the person, the post and the first day."""
    return (key_of(post), *person_key(post), str(post["from_on"]))


def identity(holder: PostHolder) -> tuple[str, ...]:
    """Return what `identity_of` returns of the same holder in the list."""
    return (holder.post_key, *_person_of(holder), str(holder.from_on))


def decision_makers(session: Session, register: Register) -> Sequence[PostHolder]:
    """Return everyone who holds or held a post that decides, in the order of their rows."""
    return session.scalars(
        select(PostHolder)
        .where(PostHolder.register_id == register.id, PostHolder.decides)
        .order_by(PostHolder.id)
    ).all()


def has_decision_makers(session: Session, register: Register) -> bool:
    """Return whether the roster of decision-makers is public."""
    there = exists().where(PostHolder.register_id == register.id, PostHolder.decides)
    return bool(session.scalar(select(there)))


def official_on(
    session: Session, register: Register, official_id: int, day: date
) -> PostHolder | None:
    """Return the official of this register who held the post on that day."""
    return session.scalar(
        select(PostHolder).where(PostHolder.id == official_id, held_on(session, register, day))
    )
