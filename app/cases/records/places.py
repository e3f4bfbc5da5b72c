"""`places`: the units and sites that an entity opened or closed, each with its days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base.models import Entity, PersonnelRow
from app.cases.case import Case
from app.cases.records import documents
from forms.change_documents import PlaceChange
from forms.records import Place
from forms.shapes.changed_places import SITE, amended, listed

NAME = "places"


def of(session: Session, entity: Entity) -> Sequence[Place]:
    """Return the record of an entity; empty if it opened and closed none."""
    found: Sequence[Place] = documents.of_entities(session, NAME, [entity.id]).get(entity.id) or ()
    return found


def sites(session: Session, entity: Entity) -> list[Place]:
    """Return the sites of the record, as registers take them."""
    return [one for one in of(session, entity) if one["kind"] == SITE]


def amend(case: Case, changes: Sequence[PlaceChange]) -> None:
    """Add a version of the record with some changes. Flush only."""
    documents.write(case, NAME, amended(of(case.session, case.entity), changes))


def are_possible(
    case: Case, changes: Sequence[PlaceChange], named: Iterable[tuple[str, ...]]
) -> bool:
    """Return whether some changes are still possible; `named` are the people in the change.

    A place that is opened must not be open, and nobody else may be in a place that is closed.
    """
    there = listed(of(case.session, case.entity))
    for one in changes:
        if one["movement"] == "opened" and (one["kind"], one["name"]) in there:
            return False
    closing = [one for one in changes if one["movement"] == "closed"]
    newest = documents.newest(case, "roster", of_entity=True)
    if not closing or newest is None:
        return True
    inside = or_(*(getattr(PersonnelRow, one["kind"]) == one["name"] for one in closing))
    people = case.session.execute(
        select(PersonnelRow.document_type, PersonnelRow.document_number).where(
            PersonnelRow.record_id == newest.id, PersonnelRow.movement == "alta", inside
        )
    )
    return {(kind, number) for kind, number in people} <= set(named)
