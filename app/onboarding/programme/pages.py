"""The pages of the programme: charts and tables. Each number links to the list behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, definitions, queries
from app.base.models import User
from app.cases.custody import PARTIES, PARTY_NAMES
from app.onboarding.entity_list.filters import EXTINCT, STAGES
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme import answers, burn_up, cases, figures, load, months, pictures
from app.onboarding.programme.cases import CANCELLED, DONE, NOT_BEGUN, OUT_OF_SCOPE, Member
from app.onboarding.programme.figures import Group, Place
from app.onboarding.programme.pictures import ENDS, SHOWN
from app.register.registers import publishing
from workflows.definition import Definition

blueprint = Blueprint("programme", __name__)
queries.only(blueprint, {"regions": ("ver",)})

PAGES = (
    ("Resumen", "programme.overview"),
    ("Avance", "programme.progress"),
    ("Coordinadores", "programme.coordinators"),
    ("Regiones", "programme.regions"),
    ("Nivel y sector", "programme.groups"),
    ("Recorrido", "programme.course"),
    ("Días", "programme.durations"),
    ("Registros", "programme_lists.registers"),
)

STEP_AND_DAYS = attrgetter("step", "days")


def page(template: str, **values: Any) -> str:
    """Render a page of the programme, with links to the others."""
    tabs = [
        {"label": label, "url": url_for(endpoint), "current": request.endpoint == endpoint}
        for label, endpoint in PAGES
    ]
    return render_template(f"programme/{template}.html", tabs=tabs, **values)


def in_force(session: Session) -> Definition:
    """Return the diagrams in force."""
    return definitions.definition_of(definitions.in_force(session))


def stage_names(definition: Definition) -> dict[str, str]:
    """Return stage → its name in the diagram."""
    return {stage: definition.element_name(stage) for stage in STAGES}


@blueprint.get("/programa")
def overview() -> str:
    """Show the funnel, and the completed work week by week."""
    session = db.session()
    members = cases.members(session)
    names = stage_names(in_force(session))
    every, validated = figures.whole(members), figures.validated(members)
    weeks = figures.weeks(figures.paths(members), calendar.today())
    found = publishing.counts(session)
    return page(
        "overview",
        every=every,
        validated=validated,
        rows=places(every, names),
        stages=names,
        weeks=weeks,
        publishing=[
            (place.label, EntityQuery({"publica": value}).address(), found[value])
            for value, place in publishing.PLACES.items()
        ],
        extinct=(cases.extinct(session), EntityQuery({"estado": EXTINCT}).address()),
        funnel=pictures.funnel(every, validated, names),
        by_week=pictures.by_week(weeks),
    )


@dataclass(frozen=True)
class PlaceRow:
    """A row of the table behind the funnel."""

    place: str
    name: str
    count: int
    url: str
    share: int


def places(every: Group, names: Mapping[str, str]) -> list[PlaceRow]:
    """Return the rows of the table behind the funnel."""
    labels = {NOT_BEGUN: ENDS[NOT_BEGUN]}
    labels |= {stage: f"{number}. {names[stage]}" for number, stage in enumerate(STAGES, 1)}
    labels |= {place: ENDS[place] for place in (DONE, OUT_OF_SCOPE, CANCELLED)}
    return [
        PlaceRow(place, name, every.count(place), every.url_of(place), every.share(place))
        for place, name in labels.items()
    ]


@blueprint.get("/programa/regiones")
def regions() -> str:
    """Show the map of tiles, and its table."""
    shown = queries.chosen("ver", SHOWN, "en-marcha")
    session = db.session()
    groups, names = figures.by_region(cases.members(session)), stage_names(in_force(session))
    choices = [
        {"label": label, "url": url_for(".regions", ver=word), "current": word == shown}
        for word, (label, _) in SHOWN.items()
    ]
    return page(
        "regions",
        choices=choices,
        map=pictures.tile_map(groups, shown),
        table=table("Región", groups, names),
        shown=shown,
        shown_name=SHOWN[shown][0],
        stages=names,
    )


@blueprint.get("/programa/grupos")
def groups() -> str:
    """Show the same counts by level and by sector."""
    session = db.session()
    members = cases.members(session)
    names = stage_names(in_force(session))
    return page(
        "groups",
        tables=[
            table("Nivel de gobierno", figures.by_level(members), names),
            table("Sector", figures.by_sector(members), names),
        ],
        stages=names,
    )


@blueprint.get("/programa/coordinadores")
def coordinators() -> str:
    """Show the load of each coordinator in charge, and where their entities are."""
    session = db.session()
    members = cases.members(session)
    names = stage_names(in_force(session))
    people = _coordinators(session, members)
    found = load.loads(session, members, people)
    return page(
        "coordinators",
        loads=found,
        counts={name: heading for name, (heading, _) in load.COUNTS.items()},
        chart=load.chart(found),
        table=table("Coordinador", figures.by_coordinator(members, people), names),
        stages=names,
    )


@blueprint.get("/programa/avance")
def progress() -> str:
    """Show the onboardings that ended against the calendar, and month against month."""
    begun = figures.paths(cases.members(db.session()))
    today = calendar.today()
    found, ahead = months.months(begun, today), months.ahead(begun, today)
    return page(
        "progress",
        months=found,
        ahead=ahead,
        burn_up=burn_up.burn_up(found, ahead),
        compared=months.compared(begun, today),
        by_month=pictures.by_month(found),
    )


def _coordinators(session: Session, members: Sequence[Member]) -> dict[int, str]:
    ids = {user_id for one in members for user_id in (one.sip, one.sgtd) if user_id is not None}
    rows = session.execute(
        select(User.id, User.given_names, User.surnames).where(User.id.in_(sorted(ids)))
    )
    return {user_id: f"{given} {surnames}".strip() for user_id, given, surnames in rows}


@dataclass(frozen=True)
class Table:
    """A table of groups: its first heading, its other columns (place, heading, words), its rows."""

    head: str
    columns: Sequence[tuple[str, str, str]]
    rows: Sequence[Group]


def table(head: str, groups: Sequence[Group], names: Mapping[str, str]) -> Table:
    """Return the table of these groups, with a column for every place."""
    columns = [(NOT_BEGUN, "Sin iniciar", ENDS[NOT_BEGUN])]
    columns += [(stage, str(n), f"Etapa {n}. {names[stage]}") for n, stage in enumerate(STAGES, 1)]
    columns += [(place, ENDS[place], ENDS[place]) for place in (DONE, OUT_OF_SCOPE, CANCELLED)]
    return Table(head, columns, groups)


@blueprint.get("/programa/recorrido")
def course() -> str:
    """Show the diagram of the onboarding with the entities at its nodes, and its table."""
    session = db.session()
    members = cases.members(session)
    definition = in_force(session)
    every, validated = figures.whole(members), figures.validated(members)
    took = figures.took(figures.paths(members))
    return page(
        "course",
        every=every,
        validated=validated,
        took=took,
        names=stage_names(definition),
        begins=[(ENDS[NOT_BEGUN], NOT_BEGUN)],
        ends=[(ENDS[place], place) for place in (DONE, OUT_OF_SCOPE)],
        diagram=pictures.course(definition, every, validated, took),
    )


@blueprint.get("/programa/recorrido/<stage>")
def stage(stage: str) -> str:
    """Show the diagram of a stage with its open steps, and its table."""
    if stage not in STAGES:
        abort(404)
    session = db.session()
    definition = in_force(session)
    every = cases.cases(session)
    answered = answers.answered(session, stage, every)
    drawn = {t.id: t.name for t in definition.user_tasks.values() if t.process == stage}
    steps = figures.steps(
        drawn,
        answers.open_now(session, drawn),
        map(STEP_AND_DAYS, chain.from_iterable(answered.values())),
    )
    ends = _ends(cases.members(session, every), definition, stage)
    other_nodes = [*answers.waiting(session, definition, stage), *ends]
    return page(
        "stage",
        name=definition.element_name(stage),
        number=STAGES.index(stage) + 1,
        steps=steps,
        other_nodes=other_nodes,
        diagram=pictures.stage_course(definition, stage, steps, other_nodes),
    )


def _ends(members: Sequence[Member], definition: Definition, stage: str) -> list[Place]:
    """Return the ends of a stage, with the entities that came to them."""
    finished = sum(one.stage == stage for path in figures.paths(members) for one in path.finishes)
    done, out = f"{stage}_done", f"{stage}_out_of_scope"
    url = url_for("programme_lists.finished", stage=stage)
    found = [Place(done, definition.element_name(done), finished, url)]
    if any(node.id == out for drawing in definition.drawings for node in drawing.nodes):
        every = figures.whole(members)
        url = every.url_of(OUT_OF_SCOPE)
        found.append(Place(out, definition.element_name(out), every.count(OUT_OF_SCOPE), url))
    return found


@blueprint.get("/programa/dias")
def durations() -> str:
    """Show median and P90 of working days per stage, in total and by holder."""
    session = db.session()
    names = stage_names(in_force(session))
    took = figures.took(figures.paths(cases.members(session)))
    return page(
        "durations",
        took=took,
        names=names,
        parties=[(party, PARTY_NAMES[party].heading) for party in PARTIES],
        chart=pictures.durations(took, names),
    )
