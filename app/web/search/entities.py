"""Find entities by name, acronym, place, RUC or code."""

from __future__ import annotations

from sqlalchemy import case, func, or_, select

from app.base.formatting import number
from app.base.models import Entity
from app.base.models.entities import matching
from app.cases.entities import extinction
from app.onboarding.entity_list.query import EntityQuery
from app.web.search.found import MOST, Group, Reader, Result
from app.web.search.query import Query


def find(reader: Reader, query: Query) -> Group | None:
    """Return the entities that have every word; those with exactly the code, RUC or acronym first.

    Former names count; extinct entities come last. Other inactive entities are found by their code
    alone. The link to the list has the count of active ones, which the list shows.
    """
    upper = query.text.upper()
    by_code = or_(Entity.code == upper, Entity.ruc == upper)
    by_acronym = func.upper(Entity.acronym) == upper
    exists = Entity.active | Entity.extinct_on.is_not(None)
    begins = func.lower(Entity.name).startswith(query.text.lower(), autoescape=True)
    rows = reader.session.execute(
        select(Entity, func.count().over(), func.count().filter(Entity.active).over(), by_code)
        .where(or_(Entity.code == upper, matching(query.text) & exists))
        .order_by(
            Entity.extinct_on.is_not(None) & (Entity.code != upper),
            case((by_code, 0), (by_acronym, 1), (begins, 2), else_=3),
            Entity.name,
            Entity.code,
        )
        .limit(MOST)
    ).all()
    if not rows:
        return None
    _, count, listed, exact = rows[0]
    return Group(
        id="entidades",
        title="Entidades",
        results=[Result(one.name, one.url, _under(one, query.text)) for one, *_ in rows],
        count=count,
        url=EntityQuery({"q": query.text, "estado": "todos"}).address() if listed > MOST else "",
        way=f"Ver las {number(listed)} en la lista",
        exact=bool(exact),
    )


def _under(entity: Entity, typed: str) -> str:
    former = entity.former_name(typed)
    parts = (
        f"antes {former}" if former else "",
        entity.code,
        entity.acronym,
        f"RUC {entity.ruc}" if entity.ruc else "",
        entity.place,
        "" if entity.active else extinction(entity) or "ya no está en el catálogo",
    )
    return " · ".join(part for part in parts if part)
