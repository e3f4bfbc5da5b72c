"""Find the people in the newest designation of each entity."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import getitem
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, and_, exists, func, literal, select, union_all

from app.base.models import Entity, Record
from app.base.models.base import TextAt
from app.base.models.records import NAMES_IN_DESIGNATIONS
from app.people import access
from app.web.search.found import MOST, MOST_COUNTED, Group, Reader, Result, at_once

_record = Record.__table__
_newer = _record.alias()
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
    keys = at_once(
        union_all(
            *(
                select(
                    literal(post).label("post"), _record.c.id, _record.c.entity_id, _record.c.name
                )
                .select_from(_record)
                .where(condition)
                for post, condition in wanted.items()
            )
        )
    )
    replaced = exists().where(
        _newer.c.entity_id == keys.c.entity_id,
        _newer.c.name == keys.c.name,
        _newer.c.id > keys.c.id,
    )
    some = select(keys.c.id, keys.c.post).where(~replaced).limit(MOST_COUNTED).subquery()
    found = reader.session.execute(
        select(some, func.count().over()).order_by(some.c.id.desc(), some.c.post).limit(MOST)
    ).all()
    if not found:
        return None
    rows = reader.session.execute(
        select(Record.id, Record.data, Entity)
        .join(Entity, Entity.id == Record.entity_id)
        .where(Record.id.in_({key for key, *_ in found}))
    )
    named = {key: (data, entity) for key, data, entity in rows}
    return Group(
        id="designaciones",
        title="Personas de las designaciones",
        results=[_result(reader, post, *named[key]) for key, post, _ in found],
        count=found[0][2],
        counted_in_part=found[0][2] == MOST_COUNTED,
    )


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
