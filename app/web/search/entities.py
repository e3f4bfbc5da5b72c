"""Find entities by name, acronym, place, RUC or code."""

from __future__ import annotations

from sqlalchemy import case, func, or_, select

from app.base.formatting import number
from app.base.models import Entity
from app.base.models.entities import matching
from app.onboarding.entity_list.query import EntityQuery
from app.web.search.found import MOST, Group, Reader, Result
from app.web.search.query import Query


def find(reader: Reader, query: Query) -> Group | None:
    """Return the entities that have every word; those with exactly the code, RUC or acronym first.

    An inactive entity is found by its code alone.
    """
    upper = query.text.upper()
    by_code = or_(Entity.code == upper, Entity.ruc == upper)
    by_acronym = func.upper(Entity.acronym) == upper
    begins = func.lower(Entity.name).startswith(query.text.lower(), autoescape=True)
    rows = reader.session.execute(
        select(Entity, func.count().over(), by_code)
        .where(or_(Entity.code == upper, matching(query.text) & Entity.active))
        .order_by(
            case((by_code, 0), (by_acronym, 1), (begins, 2), else_=3), Entity.name, Entity.code
        )
        .limit(MOST)
    ).all()
    if not rows:
        return None
    count = rows[0][1]
    return Group(
        id="entidades",
        title="Entidades",
        results=[Result(one.name, one.url, _under(one)) for one, *_ in rows],
        count=count,
        url=EntityQuery({"q": query.text, "estado": "todos"}).address() if count > MOST else "",
        way=f"Ver las {number(count)} en la lista",
        exact=bool(rows[0][2]),
    )


def _under(entity: Entity) -> str:
    parts = (
        entity.code,
        entity.acronym,
        f"RUC {entity.ruc}" if entity.ruc else "",
        entity.place,
        "" if entity.active else "ya no está en el catálogo",
    )
    return " · ".join(part for part in parts if part)
