"""Pages of diagrams: the case of an entity on the whole path, and on each part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask import Blueprint, abort, render_template, request, url_for

from app.base import db
from app.base.models import ProcessInstance
from app.onboarding.diagrams import view
from app.onboarding.diagrams.nodes import Node, nodes
from app.onboarding.diagrams.picture import LEGEND, frame
from app.onboarding.diagrams.view import BEGUN, FOLLOW_UP, PATH, View
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("diagrams", __name__)


@blueprint.get("/entidades/<code>/diagrama")
def show_path(code: str) -> str:
    """Show the whole path of an entity, in the version that it runs on; 404 before it began."""
    return page(PATH)


@blueprint.get("/entidades/<code>/diagrama/<process>")
def show(code: str, process: str) -> str:
    """Show a stage, or another process; 404 if the entity does not have it."""
    if process == PATH:
        abort(404)
    return page(process)


def page(process: str) -> str:
    """Render the diagram of a process, the same as a list, and links to its neighbours."""
    session, entity = db.session(), this_entity()
    rows = view.newest(session, entity)
    stage = request.args.get("etapa", "")
    found = view.find(session, rows, process, request.args.get("de", ""), stage) or abort(404)
    listed = nodes(found, access.me())
    lanes = access.lane_titles(session, entity)
    return render_template(
        "diagrams/show.html",
        entity=entity,
        view=found,
        lanes=lanes,
        # Until a boundary event happens, only its step lists it.
        nodes=[one for one in listed if one.text.kind != "boundaryEvent" or not one.silent],
        frame=frame(found, listed, lanes),
        first_open=next((node for node in listed if node.is_open), None),
        legend=[(state, text) for state, text in LEGEND.items() if _shows(listed, state)],
        above=above(found),
        before=neighbour(found, -1),
        after=neighbour(found, 1),
        others=others(rows, found),
    )


def _shows(nodes: list[Node], state: str) -> bool:
    return any(node.state == state and node.mark for node in nodes)


def above(found: View) -> list[str | tuple[str, str]]:
    """Return the breadcrumbs from the entity to this diagram."""
    crumbs = [(found.entity.name, found.entity.url)]
    own = found.row.process
    if found.process != own:
        whole = url_for(".show_path", code=found.entity.code) if own == PATH else found.url(own)
        crumbs.append((found.definition.element_name(own), whole))
    if found.process == FOLLOW_UP:
        crumbs.append((found.definition.element_name(found.stage), found.url(found.stage)))
    return [*crumbs, found.definition.element_name(found.process)]


class Link(NamedTuple):
    """A link to another diagram."""

    name: str
    url: str


def neighbour(found: View, step: int) -> Link | None:
    """Return the stage before (-1) or after (1) this one."""
    stages = list(found.stages)
    if found.process not in stages:
        return None
    place = stages.index(found.process) + step
    if not 0 <= place < len(stages):
        return None
    name = found.definition.element_name(stages[place])
    return Link(f"{place + 1}. {name}", found.url(stages[place]))


def others(rows: Mapping[str, ProcessInstance], found: View) -> list[Link]:
    """Return the other processes of the entity that have a diagram."""
    return [
        Link(found.definition.element_name(process), view.url_of(rows[process], process))
        for process in BEGUN
        if process in rows and process != found.row.process
    ]
