"""The rows of open data: the rows of a query as its page shows them, and the other tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity, NoVisitDay, PostHolder, Register, Visit
from app.base.models.entities import matching
from app.register import search
from app.register.export import other_shapes
from app.register.export.writers import Table
from app.register.facts import shapes
from app.register.facts.columns import Column, labelled
from app.register.interest_acts import query as act_query
from app.register.interest_acts.query import Question
from app.register.registers import environments, rules
from app.register.registers.last_days import last_day
from app.register.search.query import Query

#: The forms of a visit.
SHAPES: Mapping[str, tuple[Column, ...]] = {"oficial": shapes.OFFICIAL, "abierto": shapes.OPEN}


def visits(session: Session, query: Query, shape: str) -> Table:
    """Return the visits of a query, newest first. Raises search.TooShort.

    Rows of the official shape are made safe for spreadsheets.
    """
    columns = SHAPES[shape]
    full = rules.documents_are_public(session)
    rows = (
        shapes.select_of(columns, full, guarded=shape == "oficial")
        .where(*search.conditions(session, query))
        .order_by(Visit.rank.desc())
    )
    return Table(columns, rows)


def acts(session: Session, question: Question, entity: Entity | None = None) -> Table:
    """Return the interest acts of a query, newest first, of all entities or of one."""
    full = rules.documents_are_public(session)
    rows = act_query.matching(question, entity)
    columns = labelled(other_shapes.ACTS, full)
    return Table(other_shapes.ACTS, rows.with_only_columns(*columns))


def decision_makers(session: Session, entity: Entity | None, typed: str = "") -> Table:
    """Return the dated roster of an entity, or of all that match some words."""
    until = last_day(session)
    columns = tuple(
        replace(one, expression=lambda _: until) if one.name == "hasta" else one
        for one in other_shapes.DECISION_MAKERS
    )
    rows = (
        select(*labelled(columns, full=False))
        .select_from(PostHolder)
        .join(Register, Register.id == PostHolder.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(environments.is_public(), PostHolder.decides, matching(typed))
        .order_by(
            Entity.code,
            PostHolder.unit,
            PostHolder.post,
            PostHolder.from_on.desc(),
            PostHolder.id,
        )
    )
    if entity is not None:
        rows = rows.where(Entity.id == entity.id)
    return Table(columns, rows)


def days_without_visits(typed: str) -> Table:
    """Return the days declared without visits, of the entities that match some words."""
    rows = (
        select(*labelled(other_shapes.DAYS_WITHOUT_VISITS, full=False))
        .select_from(NoVisitDay)
        .join(Register, Register.id == NoVisitDay.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .where(
            environments.is_public(),
            NoVisitDay.withdrawn_at.is_(None),
            matching(typed),
        )
        .order_by(NoVisitDay.on.desc(), Entity.code)
    )
    return Table(other_shapes.DAYS_WITHOUT_VISITS, rows)


def coverage(typed: str) -> Table:
    """Return the entities with an open register that match some words, and their dates."""
    rows = (
        select(*labelled(other_shapes.COVERAGE, full=False))
        .select_from(Register)
        .join(Entity, Entity.id == Register.entity_id)
        .where(environments.is_public(), matching(typed))
        .order_by(Entity.code)
    )
    return Table(other_shapes.COVERAGE, rows)
