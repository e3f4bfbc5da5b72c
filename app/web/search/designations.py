"""Find the people whom the newest designation of an entity names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import getitem
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased

from app.base.models import Entity, Record
from app.base.models.base import TextAt
from app.base.models.records import NAMES_IN_DESIGNATIONS
from app.people import access
from app.web.search.found import MOST, MOST_COUNTED, Group, Reader, Result

#: Person of a designation → their post on screen.
POSTS = {
    "authority": "Máxima autoridad administrativa",
    "holder": "Administrador del RVL",
    "alternate": "Administrador alterno del RVL",
}


def find(reader: Reader, wanted: Mapping[str, ColumnElement[bool]]) -> Group | None:
    """Return the people who match, of the newest designation first.

    `wanted`: person of a designation → condition on Record.
    """
    # The keys first: a name that many have is counted without reading their documents.
    keys = union_all(*(_matching(post, condition) for post, condition in wanted.items())).subquery()
    some = select(keys).limit(MOST_COUNTED).subquery()
    newest = (
        select(some.c.post, some.c.id, func.count().over().label("total"))
        .order_by(some.c.id.desc(), some.c.post)
        .limit(MOST)
        .subquery()
    )
    found = reader.session.execute(
        select(newest.c.post, newest.c.total, Record.data, Entity)
        .join(Record, Record.id == newest.c.id)
        .join(Entity, Entity.id == Record.entity_id)
        .order_by(newest.c.id.desc(), newest.c.post)
    ).all()
    if not found:
        return None
    return Group(
        id="designaciones",
        title="Personas de las designaciones",
        results=[_result(reader, row.post, row.data, row.Entity) for row in found],
        count=found[0].total,
        counted_in_part=found[0].total == MOST_COUNTED,
    )


def _matching(post: str, condition: ColumnElement[bool]) -> Select[Any]:
    """Select the designations that match, the newest of each entity."""
    named = select(Record.id, Record.entity_id, Record.name).where(condition).subquery()
    newer = aliased(Record)
    replaced = exists().where(
        newer.entity_id == named.c.entity_id, newer.name == named.c.name, newer.id > named.c.id
    )
    return select(literal(post).label("post"), named.c.id).where(~replaced)


def with_document(kind: str, number: str) -> Mapping[str, ColumnElement[bool]]:
    """Return the conditions of `find` for a document of identity."""
    return {
        post: and_(
            names.rows(),
            TextAt(Record.data, *names.path, "document_number") == number,
            TextAt(Record.data, *names.path, "document_type") == kind,
        )
        for post, names in NAMES_IN_DESIGNATIONS.items()
    }


def _result(reader: Reader, post: str, data: Mapping[str, Any], entity: Entity) -> Result:
    person = reduce(getitem, NAMES_IN_DESIGNATIONS[post].path, data)
    document = access.document_for(
        reader.user, person["document_type"], person["document_number"], entity
    )
    return Result(
        f"{person['given_names']} {person['surnames']}",
        url_for("entities.show_people", code=entity.code),
        f"{document} · {POSTS[post]} en la designación · {entity.name}",
    )
