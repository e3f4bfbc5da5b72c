"""The public, dated roster of decision-makers: posts and their holders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Case, Select, case, func, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import DecisionMaker, Entity, Register, entities
from app.register.registers import environments
from forms.shapes.decision_makers import GROUNDS

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


def state_of(holder: DecisionMaker) -> str:
    """Return whether a person holds the post today (held), will (coming), or has left it (left)."""
    today = calendar.today()
    if holder.to_on is not None and holder.to_on < today:
        return "left"
    return "coming" if holder.from_on > today else "held"


def _state() -> Case[str]:
    """Return `state_of` as an SQL expression."""
    today = calendar.today()
    return case(
        (DecisionMaker.to_on < today, "left"),
        (DecisionMaker.from_on > today, "coming"),
        else_="held",
    )


def count(session: Session, register: Register) -> dict[str, int]:
    """Return how many of a roster hold their post, will hold it, and have left it."""
    state = _state().label("state")
    found = session.execute(
        select(state, func.count()).where(DecisionMaker.register_id == register.id).group_by(state)
    )
    return dict.fromkeys(STATES, 0) | dict(found.all())


def holders(
    session: Session, register: Register, offset: int, limit: int
) -> Sequence[DecisionMaker]:
    """Return a part of a roster: current holders, future ones, past ones; by unit and post."""
    return session.scalars(
        select(DecisionMaker)
        .where(DecisionMaker.register_id == register.id)
        .order_by(
            case({state: place for place, state in enumerate(STATES)}, value=_state()),
            DecisionMaker.unit,
            DecisionMaker.post,
            DecisionMaker.from_on.desc(),
            DecisionMaker.id,
        )
        .offset(offset)
        .limit(limit)
    ).all()


def in_office(session: Session, register: Register, day: date) -> Sequence[DecisionMaker]:
    """Return the decision-makers who held their post on a day, by name."""
    return session.scalars(
        select(DecisionMaker)
        .where(
            DecisionMaker.register_id == register.id,
            DecisionMaker.from_on <= day,
            or_(DecisionMaker.to_on.is_(None), DecisionMaker.to_on >= day),
        )
        .order_by(DecisionMaker.surnames, DecisionMaker.given_names, DecisionMaker.id)
    ).all()


def matching(session: Session, register: Register, day: date, typed: str) -> list[DecisionMaker]:
    """Return who held their post on a day and matches all the words in name, post or unit.

    A text as `label` writes it finds that holder alone, unless another has the same one.
    """
    said = _words(typed)
    there = in_office(session, register, day) if said else ()
    found = [holder for holder in there if all(word in plain(label(holder)) for word in said)]
    exact = [holder for holder in found if said == _words(label(holder))]
    return exact or found


def label(holder: DecisionMaker) -> str:
    """Return the text of a holder in a form; typed whole, it finds the holder again."""
    return " · ".join(filter(None, (holder.full_name, holder.post, holder.unit)))


def _words(typed: str) -> set[str]:
    return set(plain(typed.replace("·", " ")).split())


def _published(typed: str) -> Select[Entity, int, int]:
    return (
        select(
            Entity,
            func.count().filter(_state() == "held"),
            func.count().filter(_state() == "left"),
        )
        .join(Register, Register.entity_id == Entity.id)
        .join(DecisionMaker, DecisionMaker.register_id == Register.id)
        .where(environments.is_public(), entities.matching(typed))
        .group_by(Entity.id)
    )


def how_many_publish(session: Session, typed: str) -> int:
    """Return how many entities publish a roster, among those that match some words."""
    found = _published(typed).with_only_columns(Entity.id).subquery()
    return session.scalar(select(func.count()).select_from(found)) or 0


def publishing(session: Session, typed: str, offset: int, limit: int) -> list[Published]:
    """Return a part of the entities that publish a roster, by name."""
    rows = session.execute(
        _published(typed).order_by(Entity.name, Entity.id).offset(offset).limit(limit)
    )
    return [Published(*row) for row in rows]
