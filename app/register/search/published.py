"""The public part of the registers: which are public, and one visit with its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from app.base.models import Entity, InterestAct, Register, Visit
from app.base.models.entities import matching
from app.register.facts import keys, shapes
from app.register.registers import environments, rules
from app.register.search import query, unpublished
from app.register.search.query import LONGEST, Query
from app.register.visits import attached_acts
from forms.fields.rules import has_control

#: Entities offered where some words match several.
OFFERED = 12

#: Both shapes together; columns with the same name are the same.
COLUMNS = (*shapes.OFFICIAL, *shapes.OPEN)


def register_of(session: Session, code: str) -> Register | None:
    """Return the public register of an entity; None if it has none."""
    if not query.CODE.fullmatch(code):
        return None
    return session.scalar(
        select(Register)
        .join(Entity, Entity.id == Register.entity_id)
        .where(Entity.code == code, environments.is_public())
    )


def entities(session: Session, typed: str) -> Sequence[Entity]:
    """Return the entities with a public register that match some words, by name, or a code.

    If there are more than the page offers, return one more than it offers.
    """
    if (register := register_of(session, typed.upper())) is not None:
        return [register.entity]
    return session.scalars(
        select(Entity)
        .join(Register, Register.entity_id == Entity.id)
        .where(environments.is_public(), matching(typed))
        .order_by(Entity.name, Entity.id)
        .limit(OFFERED + 1)
    ).all()


NO_ENTITY = "Ninguna entidad que publique sus visitas se llama así."


@dataclass(frozen=True)
class Wanted:
    """A query of an address, and the entities that its `entidad` could mean.

    With one entity, the query is about it; with several, the user chooses.
    """

    query: Query
    entities: Sequence[Entity] = ()
    #: Entities that `entidad` could mean and that publish nothing here.
    unpublished: Sequence[Entity] = ()

    @property
    def chosen(self) -> Entity | None:
        """The entity that the query is about."""
        return self.entities[0] if len(self.entities) == 1 else None

    @property
    def offered(self) -> Sequence[Entity]:
        """Entities to choose from."""
        return () if self.chosen else self.entities


def wanted(session: Session, args: Mapping[str, str]) -> Wanted:
    """Read the query over all entities from an address; `entidad` is a code or words."""
    typed = args.get("entidad", "").strip()
    if not typed:
        return Wanted(Query.of(args))
    odd = len(typed) > LONGEST or has_control(typed)
    found = [] if odd else entities(session, typed)
    parsed = Query.of({**args, "entidad": found[0].code if len(found) == 1 else ""})
    if found:
        return Wanted(parsed, found)
    others = unpublished.meant(session, typed)
    why = f"{others[0].name}: {unpublished.SENTENCE}" if len(others) == 1 else NO_ENTITY
    return Wanted(replace(parsed, faults={**parsed.faults, "entidad": why}), unpublished=others)


def visit_of(session: Session, code: str) -> Visit | None:
    """Return a visit by its code, also an annulled one; None if the public does not see it."""
    if not code.isalnum():
        return None
    return session.scalar(select(Visit).where(Visit.code == code, Visit.audience == "public"))


def visit_of_demo(session: Session, register: Register, code: str) -> Visit | None:
    """Return a visit of this demo by its code."""
    if not code.isalnum():
        return None
    found = select(Visit).where(
        Visit.code == code, Visit.register_id == register.id, Visit.audience == "demo"
    )
    return session.scalar(found)


def facts_of(session: Session, visit: Visit) -> RowMapping:
    """Return all public facts of a visit, by the names of both shapes."""
    full = rules.documents_are_public(session)
    row = shapes.select_of(COLUMNS, full).where(Visit.id == visit.id)
    return session.execute(row).mappings().one()


def acts_of(session: Session, visit: Visit) -> list[InterestAct]:
    """Return the acts attached to a visit that everyone who sees the visit may see."""
    return [act for act in attached_acts.acts_of(session, visit) if act.audience == visit.audience]


def company_of(session: Session, visit: Visit) -> Sequence[Visit]:
    """Return the other visits of the same group, which have the same minute, as far as they are
    shown."""
    if not visit.group_code or visit.entry_at is None:
        return []
    first = keys.first_rank(visit.entry_at)
    after = keys.first_rank(visit.entry_at + timedelta(minutes=1))
    return session.scalars(
        select(Visit)
        .where(
            Visit.register_id == visit.register_id,
            Visit.rank >= first,
            Visit.rank < after,
            Visit.group_code == visit.group_code,
            Visit.audience == visit.audience,
            Visit.state != "suppressed",
            Visit.id != visit.id,
        )
        .order_by(Visit.rank)
    ).all()
