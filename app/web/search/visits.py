"""Find a visit by its code, and public interest acts by code and by words."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.base import formatting
from app.base.models import InterestAct, Register, Visit
from app.register.facts.keys import CODE_LENGTH
from app.register.interest_acts.query import Question, matching, public_act
from app.register.search import published
from app.web.search.found import MOST, MOST_COUNTED, Group, Reader, Result
from app.web.search.query import Query

ACTS = "Actos de gestión de intereses"


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


def acts(reader: Reader, query: Query) -> Group | None:
    """Return the public interest act with the typed code, or those with every word, newest first.

    The words are those of the public search: author, third party, official, matter.
    """
    if len(query.code) == CODE_LENGTH and (act := public_act(reader.session, query.code)):
        return Group(id="actos", title=ACTS, results=[_act(act)], count=1, exact=True)
    if not query.has_letter or "@" in query.text:
        return None
    found = matching(Question(typed=query.text)).limit(MOST_COUNTED)
    rows = reader.session.scalars(found).all()
    if not rows:
        return None
    return Group(
        id="actos",
        title=ACTS,
        results=[_act(act) for act in rows[:MOST]],
        count=len(rows),
        counted_in_part=len(rows) == MOST_COUNTED,
        url=url_for("public_acts.list_acts", q=query.text) if len(rows) > MOST else "",
        way="Ver todos en la lista pública",
    )


def _act(act: InterestAct) -> Result:
    text = f"{act.actor_name} con {act.holder_name}"
    return Result(text, act.url, f"{act.register.entity.name} · {formatting.day(act.held_on)}")
