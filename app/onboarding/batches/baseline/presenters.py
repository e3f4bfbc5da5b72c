"""The names of an export as pages show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import formatting
from app.base.models import BaselineName, Entity
from app.register.baseline import matching

#: How a name was matched, in words.
HOW: Mapping[str, str] = {
    "exact": "Se llama igual",
    "folded": "Se llama igual, escrito de otro modo",
    "acronym": "Es su sigla",
    "former": "Es un nombre anterior",
    "chosen": "Lo dijo una persona",
    "similar": "Se parece a otras",
    "several": "Varias se llaman así",
    "none": "Ninguna se parece",
}


@dataclass(frozen=True)
class Group:
    """Names in the same situation: a filter of the page."""

    label: str
    condition: ColumnElement[bool]


_UNDECIDED = and_(BaselineName.entity_id.is_(None), ~BaselineName.outside)
#: URL value → names.
GROUPS: Mapping[str, Group] = {
    "por-confirmar": Group(
        "Por confirmar", and_(_UNDECIDED, BaselineName.match.in_(("similar", "several")))
    ),
    "sin-candidatas": Group("Sin candidatas", and_(_UNDECIDED, BaselineName.match == "none")),
    "seguros": Group("Con entidad", BaselineName.entity_id.is_not(None)),
    "fuera": Group("Fuera del catálogo", BaselineName.outside.expression),
}


@dataclass(frozen=True)
class Counts:
    """The names of an export by group, and the visits of each group."""

    names: dict[str, int]
    visits: dict[str, int]

    @property
    def all_names(self) -> int:
        """The number of all names."""
        return sum(self.names.values())

    @property
    def undecided(self) -> int:
        """The names of which nobody knows the entity yet."""
        return self.names["por-confirmar"] + self.names["sin-candidatas"]


def counts_of(session: Session, ids: Sequence[int]) -> dict[int, Counts]:
    """Count the names of exports by group, in one statement."""
    group = case(*((one.condition, value) for value, one in GROUPS.items()), else_="")
    sums = (func.count(), func.coalesce(func.sum(BaselineName.visits), 0))
    query = (
        select(BaselineName.baseline_id, group, *sums)
        .where(BaselineName.baseline_id.in_(ids))
        .group_by(BaselineName.baseline_id, group)
    )
    found = {one: Counts(dict.fromkeys(GROUPS, 0), dict.fromkeys(GROUPS, 0)) for one in ids}
    for baseline_id, value, names, visits in session.execute(query):
        if value in GROUPS:
            found[baseline_id].names[value] = int(names)
            found[baseline_id].visits[value] = int(visits)
    return found


def names_of(baseline_id: int, group: str, typed: str) -> Select[BaselineName]:
    """Select the names of an export; those that a person must decide first, then by visits."""
    query = (
        select(BaselineName)
        .where(BaselineName.baseline_id == baseline_id)
        .options(joinedload(BaselineName.entity))
        .order_by(
            BaselineName.entity_id.is_not(None),
            BaselineName.outside,
            BaselineName.visits.desc(),
            BaselineName.number,
        )
    )
    if group in GROUPS:
        query = query.where(GROUPS[group].condition)
    if typed:
        named = func.lower(BaselineName.name).contains(typed.lower(), autoescape=True)
        of_entity = select(Entity.id).where(
            Entity.id == BaselineName.entity_id,
            or_(Entity.code == typed.upper(), Entity.name.icontains(typed, autoescape=True)),
        )
        query = query.where(or_(named, of_entity.exists()))
    return query


def tabs(baseline_id: int, counts: Counts, current: str) -> list[dict[str, object]]:
    """Return links to the names of each group that occurs."""
    url = partial(url_for, "baselines.show", baseline=baseline_id)
    every = {
        "label": "Todos",
        "url": url(),
        "current": current not in GROUPS,
        "count": counts.all_names,
    }
    return [every] + [
        {
            "label": group.label,
            "url": url(cuales=value),
            "current": current == value,
            "count": counts.names[value],
        }
        for value, group in GROUPS.items()
        if counts.names[value]
    ]


@dataclass(frozen=True)
class Line:
    """A name on a page: its rows in words, its entity or what it could be, and how it was found."""

    number: int
    name: str
    visits: str
    entity: Entity | None
    #: The former name of the entity, or of the first candidate, by which it was found; or "".
    formerly: str
    outside: bool
    how: str
    first: str
    candidates: int
    imported: bool


def lines_of(session: Session, names: Sequence[BaselineName]) -> list[Line]:
    """Return names for a page."""
    codes = {one.candidates[0][0] for one in names if one.candidates}
    offered = {
        one.code: one for one in session.scalars(select(Entity).where(Entity.code.in_(codes)))
    }
    keys = [one.number for one in names]
    waiting = set(
        session.scalars(
            select(BaselineName.number).where(
                BaselineName.baseline_id == (names[0].baseline_id if names else 0),
                BaselineName.number.in_(keys),
                BaselineName.lines.is_not(None),
            )
        )
    )
    return [_line(one, offered, one.number not in waiting) for one in names]


def _line(one: BaselineName, offered: Mapping[str, Entity], imported: bool) -> Line:
    first = offered.get(one.candidates[0][0]) if one.candidates else None
    shown = one.entity or first
    return Line(
        one.number,
        one.name or "Sin nombre",
        visits_in_words(one),
        one.entity,
        matching.formerly(one.name, shown) if shown else "",
        one.outside,
        HOW[one.match],
        first.name if first else "",
        len(one.candidates),
        imported,
    )


def visits_in_words(one: BaselineName) -> str:
    """Return the visits of a name: "74 visitas, del 01/09/2026 al 28/09/2026"."""
    visits = formatting.plural(one.visits, "visita", "visitas")
    if one.first_on is None:
        return visits
    first, last = formatting.short_day(one.first_on), formatting.short_day(one.last_on)
    return f"{visits}, del {first} al {last}"
