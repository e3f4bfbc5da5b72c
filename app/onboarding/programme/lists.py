"""The lists behind numbers that count other things than entities: completed stages, answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting, queries
from app.base.db.membership import among
from app.base.models import Entity
from app.base.paging import Paging, page_number
from app.cases.custody import PARTIES, PARTY_NAMES
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.programme import answers, cases, figures
from app.onboarding.programme.cases import Finish, monday_of
from app.onboarding.programme.pages import in_force, page
from app.register import quality
from forms.shapes.register_figures import FIGURES, month_name

blueprint = Blueprint("programme_lists", __name__)
queries.only(
    blueprint,
    {
        "registers": ("pagina",),
        "week": ("etapa", "pagina"),
        "month": ("pagina",),
        "finished": ("manos", "pagina"),
        "answered": ("pagina",),
    },
)

PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """A line of such a list: an entity, the act, its day, and the working days that it took."""

    entity_id: int
    what: str
    on: date
    days: int
    #: The days by holder, in words.
    holders: str = ""


def _page(title: str, about: str, lines: Sequence[Line]) -> str:
    """Render a page of a list."""
    paging = Paging(len(lines), page_number(), PER_PAGE)
    part = lines[paging.offset : paging.offset + paging.size]
    entities = _entities(db.session(), part)
    return page(
        "list",
        title=title,
        about=about,
        total=paging.total,
        page=paging,
        rows=[(entities[line.entity_id], line) for line in part],
        holders=any(line.holders for line in part),
    )


def _entities(session: Session, lines: Sequence[Line]) -> dict[int, Entity]:
    ids = {line.entity_id for line in lines}
    return {one.id: one for one in session.scalars(select(Entity).where(among(Entity.id, ids)))}


def _holders(finish: Finish) -> str:
    parts = [
        f"{formatting.number(finish.days[party])} {PARTY_NAMES[party].place}"
        for party in PARTIES
        if party in finish.days
    ]
    return formatting.listed(parts)


@blueprint.get("/programa/registros")
def registers() -> str:
    """List the registers whose last judged month led to an act, by entity's name.

    The order is alphabetical on purpose: the figures are not a ranking.
    """
    session = db.session()
    month = quality.newest_judged(session)
    found = quality.acted_on(session, month) if month else []
    paging = Paging(len(found), page_number(), PER_PAGE)
    return page(
        "registers",
        month=month_name(month) if month else "",
        judged=quality.judged(session, month) if month else 0,
        page=paging,
        rows=[
            (row, quality.lines_of(row))
            for row in found[paging.offset : paging.offset + paging.size]
        ],
        figures=FIGURES,
    )


@blueprint.get("/programa/semanas/<monday>")
def week(monday: str) -> str:
    """List the stages completed in a week, the newest first; of one stage with `etapa`."""
    try:
        first = date.fromisoformat(monday)
    except ValueError:
        abort(404)
    if first.weekday() != 0 or first.year not in calendar.YEARS:
        abort(404)
    stage = queries.chosen("etapa", STAGES)
    lines = _completed(lambda one: monday_of(one.on) == first and stage in ("", one.stage))
    name = f": {in_force(db.session()).element_name(stage)}" if stage else ""
    return _page(
        f"Etapas terminadas en la semana del {formatting.day(first)}{name}",
        "Una línea por cada etapa que una entidad terminó esa semana, de lunes a domingo. Las "
        "etapas convalidadas no cuentan.",
        lines,
    )


@blueprint.get("/programa/meses/<month>")
def month(month: str) -> str:
    """List the stages completed in a month, the newest first."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        abort(404)
    if first.year not in calendar.YEARS:
        abort(404)
    return _page(
        f"Etapas terminadas en {month_name(first)}",
        "Una línea por cada etapa que una entidad terminó ese mes. Las etapas convalidadas no "
        "cuentan.",
        _completed(lambda one: (one.on.year, one.on.month) == (first.year, first.month)),
    )


def _completed(wanted: Callable[[Finish], bool]) -> list[Line]:
    """Return the completed stages that are wanted, the newest first."""
    session = db.session()
    definition = in_force(session)
    lines = [
        Line(
            entity_id,
            definition.element_name(finish.stage),
            finish.on,
            finish.total,
            _holders(finish),
        )
        for entity_id, finish in figures.finishes(cases.members(session))
        if wanted(finish)
    ]
    return sorted(lines, key=lambda line: (line.on, line.entity_id), reverse=True)


@blueprint.get("/programa/dias/<stage>")
def finished(stage: str) -> str:
    """List the entities that completed a stage, the slowest first; with `manos`, by its days."""
    if stage not in STAGES:
        abort(404)
    hands = queries.chosen("manos", PARTIES)
    session = db.session()
    name = in_force(session).element_name(stage)
    done = [one for one in figures.finishes(cases.members(session)) if one[1].stage == stage]
    done.sort(key=lambda one: (-(one[1].days.get(hands, 0) if hands else one[1].total), one[0]))
    order = f"con más días {PARTY_NAMES[hands].place}" if hands else "con más días"
    return _page(
        f"Terminaron la etapa: {name}",
        f"Primero las entidades {order}. Son días hábiles de cada entidad en la etapa, cada uno "
        "de quien la tenía al terminar el día.",
        [Line(entity_id, name, one.on, one.total, _holders(one)) for entity_id, one in done],
    )


@blueprint.get("/programa/pasos/<step>")
def answered(step: str) -> str:
    """List the answers to a step of the path, the slowest first."""
    session = db.session()
    definition = in_force(session)
    drawn = definition.user_tasks.get(step)
    if drawn is None or drawn.process not in STAGES:
        abort(404)
    lines = [
        Line(entity_id, drawn.name, one.on, one.days)
        for entity_id, of_entity in answers.answered(session, drawn.process).items()
        for one in of_entity
        if one.step == step
    ]
    lines.sort(key=lambda line: (-line.days, line.entity_id))
    return _page(
        f"Respuestas del paso: {drawn.name}",
        "Primero las que más tardaron. Son los días hábiles desde que el paso se abrió hasta que "
        "se respondió; un paso que volvió cuenta cada vez.",
        lines,
    )
