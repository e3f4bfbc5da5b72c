"""The picture of a case, for its own page and for others, and what its forms mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from app.base.models import ProcessInstance, User
from app.cases.status import Facts
from app.onboarding.diagrams import view
from app.onboarding.diagrams.nodes import Node, nodes
from app.onboarding.diagrams.view import View
from app.people import access
from workflows.diagram import svg

#: What the form of each state means at a node.
LEGEND: Mapping[str, str] = {
    "pending": "Pendiente: alguien puede responderlo",
    "draft": "En curso",
    "filed": "Presentado: está en la mesa de partes",
    "in_review": "En revisión",
    "observed": "Observado o devuelto",
    "corrected": "Subsanado",
    "awaiting_date": "En espera de una fecha",
    "suspended": "Suspendido",
    "accepted": "Hecho o conforme",
    "validated": "Convalidado",
    "not_presented": "No presentado o falló",
    "lapsed": "Venció el plazo",
    "not_yet": "Todavía no llega",
    "out_of_scope": "No hizo falta o no corresponde",
    "cancelled": "Sin efecto",
}


def of_case(
    session: Session,
    row: ProcessInstance,
    process: str,
    reader: User | None,
    facts: Facts | None = None,
    lanes: Mapping[str, str] | None = None,
) -> Markup:
    """The diagram of a process of a case with what a reader may know, for another page.

    `facts`: what is known of the case, where the page has read it already; `lanes`: who does the
    steps of each, likewise. A constant number of statements. Raises KeyError for a process that
    the case does not go through.
    """
    found = view.read(session, row, process, facts)
    lanes = access.lane_titles(session, found.entity) if lanes is None else lanes
    return frame(found, nodes(found, reader), lanes)


def frame(found: View, told: Sequence[Node], lanes: Mapping[str, str]) -> Markup:
    """The picture in a frame that scrolls sideways and can be reached by keyboard.

    A lane in which the preparer alone works has her name: it is as long as the drawn one.
    """
    key = f"diagrama-{found.process.replace('_', '-')}"
    marks = {node.told.id: mark for node in told if (mark := node.mark)}
    title = f"Diagrama: {found.name}"
    picture = svg(found.definition, found.process, marks, key=key, title=title)
    for drawn, said in lanes.items():
        if said == access.ROLES["preparer"].name:
            picture = picture.replace(escape(drawn), escape(said))
    name = escape(title)
    return Markup('<div class="diagram-frame" role="region" tabindex="0" aria-label="{}">').format(
        name
    ) + Markup(picture + "</div>")  # noqa: S704 - made by us, all texts escaped
