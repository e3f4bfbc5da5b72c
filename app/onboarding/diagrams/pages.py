"""The pages: an entity's case on the diagram of the whole, and on that of each part."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from app.base import db
from app.onboarding.diagrams import view
from app.onboarding.diagrams.nodes import nodes
from app.onboarding.diagrams.picture import LEGEND, frame
from app.onboarding.diagrams.view import BEGUN, FOLLOW_UP, PATH, View
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("diagrams", __name__)


@blueprint.get("/entidades/<code>/diagrama")
def show_path(code: str) -> str:
    """The whole path of an entity, on the version on which it runs; 404 before it began."""
    return page(PATH)


@blueprint.get("/entidades/<code>/diagrama/<process>")
def show(code: str, process: str) -> str:
    """A stage, or a process that stands beside the path; 404 where the entity has none."""
    if process == PATH:
        abort(404)
    return page(process)


def page(process: str) -> str:
    """The diagram of a process, the same as a list, and the ways to its neighbours."""
    session, entity = db.session(), this_entity()
    rows = view.newest(session, entity)
    stage = request.args.get("etapa", "")
    found = view.find(session, rows, process, request.args.get("de", ""), stage) or abort(404)
    told = nodes(found, access.me())
    lanes = access.lane_titles(session, entity)
    return render_template(
        "diagrams/show.html",
        entity=entity,
        view=found,
        lanes=lanes,
        # What may happen at a step is told with the step until it does.
        nodes=[one for one in told if one.told.kind != "boundaryEvent" or not one.silent],
        frame=frame(found, told, lanes),
        first_open=next((node for node in told if node.url.startswith("/tareas/")), None),
        legend=[(state, said) for state, said in LEGEND.items() if _shows(told, state)],
        above=above(found),
        before=neighbour(found, -1),
        after=neighbour(found, 1),
        beside=beside(rows, found),
    )


def _shows(told: list[Any], state: str) -> bool:
    return any(node.state == state and node.mark for node in told)


def above(found: View) -> list[dict[str, str]]:
    """The way from the entity down to this diagram, as breadcrumbs."""
    crumbs = [{"text": found.entity.name, "href": found.entity.url}]
    own = found.row.process
    if found.process != own:
        whole = url_for(".show_path", code=found.entity.code) if own == PATH else found.url(own)
        crumbs.append({"text": found.definition.element_name(own), "href": whole})
    if found.process == FOLLOW_UP:
        stage = found.definition.element_name(found.stage)
        crumbs.append({"text": stage, "href": found.url(found.stage)})
    return [*crumbs, {"text": found.definition.element_name(found.process)}]


def neighbour(found: View, step: int) -> dict[str, str] | None:
    """The stage before or after this one."""
    stages = list(found.stages)
    if found.process not in stages:
        return None
    place = stages.index(found.process) + step
    if not 0 <= place < len(stages):
        return None
    name = found.definition.element_name(stages[place])
    return {"name": f"{place + 1}. {name}", "url": found.url(stages[place])}


def beside(rows: dict[str, Any], found: View) -> list[dict[str, str]]:
    """The other processes of the entity that have a diagram."""
    return [
        {"name": found.definition.element_name(process), "url": view.url_of(rows[process], process)}
        for process in BEGUN
        if process in rows and process != found.row.process
    ]
