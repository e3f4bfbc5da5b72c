"""The picture of a case, for its own page and for others, and the legend of its shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from app.base.models import ProcessInstance, User
from app.cases.status import Facts
from app.onboarding.diagrams import view
from app.onboarding.diagrams.nodes import Node
from app.onboarding.diagrams.nodes import nodes as nodes_of
from app.onboarding.diagrams.view import View
from app.people import access
from workflows.diagram import svg

#: State → the meaning of its shape at a node.
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
    """Return the diagram of a process of a case as a reader may see it, for another page.

    `facts` and `lanes` (who does the steps of each) are given by a page that has read them
    already. A constant number of statements. Raises KeyError for a process that the case does not
    go through.
    """
    found = view.read(session, row, process, facts)
    lanes = access.lane_titles(session, found.entity) if lanes is None else lanes
    return frame(found, nodes_of(found, reader), lanes)


def frame(found: View, nodes: Sequence[Node], lanes: Mapping[str, str]) -> Markup:
    """Return the picture in a frame that scrolls sideways and can be reached by keyboard.

    A lane of the preparer alone bears her name, which is as long as the drawn one.
    """
    key = f"diagrama-{found.process.replace('_', '-')}"
    marks = {node.text.id: mark for node in nodes if (mark := node.mark)}
    heading = f"Diagrama: {found.name}"
    picture = svg(found.definition, found.process, marks, key=key, title=heading)
    for drawn, title in lanes.items():
        if title == access.ROLES["preparer"].name:
            picture = picture.replace(escape(drawn), escape(title))
    name = escape(heading)
    return Markup('<div class="diagram-frame" role="region" tabindex="0" aria-label="{}">').format(
        name
    ) + Markup(picture + "</div>")  # noqa: S704 - made by us, all texts escaped
