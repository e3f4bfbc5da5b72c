"""The public, dated roster of decision-makers: posts and their holders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Entity, PostHolder, Register, entities
from app.register.registers import environments
from app.register.registers.last_days import dated, held_on, last_day
from forms.shapes.decision_makers import ACTING, GROUNDS, SHARED

#: Ground of Ley 28024, art. 5 → its name.
GROUND_NAMES: Mapping[str, str] = dict(GROUNDS)
#: States, in the order of a roster's page.
STATES = ("held", "coming", "left")


@dataclass(frozen=True)
class Published:
    """An entity whose roster is public: how many hold a post of it, and how many have left it."""

    entity: Entity
    held: int
    left: int


@dataclass(frozen=True)
class Gap:
    """Days without a published holder of a post; `to_on` is null until today."""

    from_on: date
    to_on: date | None


@dataclass(frozen=True)
class Post:
    """A post through time: its holders and the gaps between them, newest first."""

    name: str
    unit: str
    rows: Sequence[PostHolder | Gap]

    @property
    def held(self) -> list[PostHolder]:
        """The holders of today, the titular first."""
        found = [row for row in self.rows if not isinstance(row, Gap) and state_of(row) == "held"]
        return sorted(found, key=is_acting)


def _of(register: Register) -> tuple[ColumnElement[bool], ...]:
    return PostHolder.register_id == register.id, PostHolder.decides.expression


def is_acting(holder: PostHolder) -> bool:
    """Return whether the holder is acting (encargado)."""
    return holder.capacity == ACTING


def state_of(holder: PostHolder) -> str:
    """Return whether a person holds the post today (held), will (coming), or has left it (left)."""
    today = calendar.today()
    if holder.to_on is not None and holder.to_on < today:
        return "left"
    return "coming" if holder.from_on > today else "held"


def _state(until: ColumnElement[Any]) -> Case[str]:
    """Return `state_of` as an SQL expression; `until` is the last day of a holder."""
    today = calendar.today()
    return case(
        (until < today, "left"),
        (PostHolder.from_on > today, "coming"),
        else_="held",
    )


def count(session: Session, register: Register, until: ColumnElement[Any]) -> dict[str, int]:
    """Return how many of a roster hold their post, will hold it, and have left it.

    `until`: the `last_day` of a holder.
    """
    state = _state(until).label("state")
    found = session.execute(select(state, func.count()).where(*_of(register)).group_by(state))
    return dict.fromkeys(STATES, 0) | dict(found.all())


def holders(
    session: Session, register: Register, until: ColumnElement[Any], offset: int, limit: int
) -> Sequence[PostHolder]:
    """Return a part of a roster: current holders, future ones, past ones; by unit and post.

    `until`: the `last_day` of a holder.
    """
    rows = session.execute(
        select(PostHolder, until)
        .where(*_of(register))
        .order_by(
            case({state: place for place, state in enumerate(STATES)}, value=_state(until)),
            PostHolder.unit,
            PostHolder.post,
            PostHolder.from_on.desc(),
            PostHolder.id,
        )
        .offset(offset)
        .limit(limit)
    )
    return dated(rows)


def find_post(session: Session, register: Register, key: str) -> Post | None:
    """Return a post of a roster by its key, None if it has no such post.

    Its name is the one that its newest holder's row has.
    """
    rows = session.execute(
        select(PostHolder, last_day(session))
        .where(*_of(register), PostHolder.post_key == key)
        .order_by(PostHolder.from_on.desc(), PostHolder.id.desc())
    )
    found = dated(rows)
    if not found:
        return None
    newest = found[0]
    gaps = [] if newest.ground in SHARED else gaps_of(found)
    return Post(newest.post, newest.unit, sorted([*found, *gaps], key=_from_on, reverse=True))


def _from_on(row: PostHolder | Gap) -> date:
    return row.from_on


def gaps_of(holders: Sequence[PostHolder]) -> list[Gap]:
    """Return the days up to today on which none of these people held their post, oldest first."""
    gaps: list[Gap] = []
    until: date | None = None
    for holder in sorted(holders, key=_from_on):
        if until is not None and holder.from_on > until + timedelta(days=1):
            gaps.append(Gap(until + timedelta(days=1), holder.from_on - timedelta(days=1)))
        until = max(until or date.min, holder.to_on or date.max)
        if until == date.max:
            return gaps
    today = calendar.today()
    if until is not None and until < today:
        gaps.append(Gap(until + timedelta(days=1), None))
    return gaps


def in_office(session: Session, register: Register, day: date) -> Sequence[PostHolder]:
    """Return the decision-makers who held their post on a day, by name."""
    rows = session.execute(
        select(PostHolder, last_day(session))
        .where(held_on(session, register, day), PostHolder.decides)
        .order_by(PostHolder.surnames, PostHolder.given_names, PostHolder.id)
    )
    return dated(rows)


def matching(session: Session, register: Register, day: date, typed: str) -> list[PostHolder]:
    """Return who held their post on a day and matches all the words in name, post or unit.

    A text as `label` writes it finds that holder alone, unless another has the same one.
    """
    said = _words(typed)
    there = in_office(session, register, day) if said else ()
    found = [holder for holder in there if all(word in plain(label(holder)) for word in said)]
    exact = [holder for holder in found if said == _words(label(holder))]
    return exact or found


def label(holder: PostHolder) -> str:
    """Return the text of a holder in a form; typed whole, it finds the holder again."""
    post = f"{holder.post} (encargado)" if is_acting(holder) else holder.post
    return " · ".join(filter(None, (holder.full_name, post, holder.unit)))


def _words(typed: str) -> set[str]:
    return set(plain(typed.replace("·", " ")).split())


def _published(typed: str) -> Select[Entity]:
    """Select the entities that publish a roster and match some words."""
    return (
        select(Entity)
        .join(Register, Register.entity_id == Entity.id)
        .join(PostHolder, (PostHolder.register_id == Register.id) & PostHolder.decides)
        .where(environments.is_public(), entities.matching(typed))
        .group_by(Entity.id)
    )


def how_many_publish(session: Session, typed: str) -> int:
    """Return how many entities publish a roster, among those that match some words."""
    found = _published(typed).with_only_columns(Entity.id).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def publishing(session: Session, typed: str, offset: int, limit: int) -> list[Published]:
    """Return a part of the entities that publish a roster, by name."""
    state = _state(last_day(session))
    held, left = (func.count().filter(state == which) for which in ("held", "left"))
    rows = session.execute(
        _published(typed)
        .add_columns(held, left)
        .order_by(Entity.name, Entity.id)
        .offset(offset)
        .limit(limit)
    )
    return [Published(*row) for row in rows]
