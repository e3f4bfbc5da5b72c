"""Find presentations by CUT and constancia, and issued papers by number and code."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import contains_eager

from app.base import formatting
from app.base.models import Entity, Filing, IssuedPaper
from app.cases.papers import issued
from app.web.search.found import MOST, Group, Reader, Result
from app.web.search.query import Query
from forms.papers import OFFICIAL

#: What a presentation presents, by its kind.
KINDS = {"designation": "Designación del administrador", "personnel": "Relación de personal"}


def presentations(reader: Reader, query: Query) -> Group | None:
    """Return the presentations whose CUT, constancia or letter has the typed number."""
    if not (query.has_digit and reader.may("see_history")):
        return None
    letter = Filing.own["number"].as_string()
    numbers = (Filing.cut, Filing.number, func.coalesce(letter, ""))
    exact = or_(*(func.lower(one) == query.text.lower() for one in numbers))
    rows = reader.session.execute(
        select(Filing, Entity, func.count().over(), exact)
        .join(Entity, Entity.id == Filing.entity_id)
        .where(or_(*(one.icontains(query.text, autoescape=True) for one in numbers)))
        .order_by(case((exact, 0), else_=1), Filing.id.desc())
        .limit(MOST)
    ).all()
    if not rows:
        return None
    return Group(
        id="presentaciones",
        title="Presentaciones en la mesa de partes",
        results=[_presentation(filing, entity) for filing, entity, *_ in rows],
        count=rows[0][2],
        exact=bool(rows[0][3]),
    )


def _presentation(filing: Filing, entity: Entity) -> Result:
    text = f"Expediente (CUT) {filing.cut}" if filing.cut else f"Constancia {filing.number}"
    parts = (
        f"Constancia {filing.number}" if filing.cut else "",
        KINDS[filing.kind],
        entity.name,
        formatting.day(filing.presented_at),
    )
    url = url_for("filings.show", code=entity.code, number=filing.id)
    return Result(text, url, " · ".join(part for part in parts if part))


def issued_papers(reader: Reader, query: Query) -> Group | None:
    """Return the issued papers with the typed number, or the one with the typed code."""
    code = issued.typed(query.text)
    if not (code or query.has_digit):
        return None
    exact = or_(IssuedPaper.code == code, func.lower(IssuedPaper.number) == query.text.lower())
    wanted = IssuedPaper.have(
        "number", lambda column: column.icontains(query.text, autoescape=True)
    )
    rows = reader.session.execute(
        select(IssuedPaper, func.count().over(), exact)
        .join(IssuedPaper.entity)
        .options(contains_eager(IssuedPaper.entity))
        .where(or_(IssuedPaper.code == code, wanted))
        .order_by(case((exact, 0), else_=1), IssuedPaper.issued_at.desc(), IssuedPaper.code)
        .limit(MOST)
    ).all()
    if not rows:
        return None
    return Group(
        id="documentos",
        title="Documentos emitidos",
        results=[_paper(reader, paper) for paper, *_ in rows],
        count=rows[0][1],
        exact=bool(rows[0][2]),
    )


def _paper(reader: Reader, paper: IssuedPaper) -> Result:
    title = OFFICIAL[paper.kind].title
    state = "anulado" if paper.void_at else "reemplazado" if paper.replaced_by else ""
    parts = (
        paper.entity.name,
        f"emitido el {formatting.day(paper.issued_at)}",
        f"código {issued.in_groups(paper.code)}",
        state,
    )
    if reader.may("read_file", paper.entity_id):
        url = url_for("entities.show_documents", code=paper.entity.code)
    else:
        url = url_for("verification.show", code=paper.code)
    text = f"{title} {paper.number}".strip()
    return Result(text, url, " · ".join(part for part in parts if part))
