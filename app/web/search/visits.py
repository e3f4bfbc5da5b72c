"""Find a visit or an interest act by its code."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.base import formatting
from app.base.models import Register, Visit
from app.register.facts.keys import CODE_LENGTH
from app.register.search import published
from app.web.search.found import Group, Reader, Result
from app.web.search.query import Query


def find(reader: Reader, query: Query) -> Group | None:
    """Return the visit with the typed code, if it is public or of a demo that the reader may see.

    A reserved visit is not found: its entity alone may know that it exists.
    """
    code = query.code
    if len(code) != CODE_LENGTH:
        return None
    visit = published.visit_of(reader.session, code) or _of_demo(reader, code)
    if visit is None:
        return None
    entity = visit.register.entity
    demo = visit.audience == "demo"
    url = (
        url_for("public_visit.show_demo", code=entity.code, visit=code)
        if demo
        else url_for("public_visit.show", visit=code)
    )
    under = f"{entity.name} · {formatting.day(visit.visit_on)}"
    result = Result(f"Visita {code}", url, f"{under} · ambiente demo" if demo else under)
    return Group(id="visitas", title="Visitas", results=[result], count=1, exact=True)


def _of_demo(reader: Reader, code: str) -> Visit | None:
    """Return the visit of a demo, if the reader may see that register."""
    visit = reader.session.scalar(
        select(Visit)
        .where(Visit.code == code, Visit.audience == "demo")
        .options(joinedload(Visit.register).joinedload(Register.entity))
    )
    may = visit is not None and reader.may("see_register", visit.register.entity_id)
    return visit if may else None
