"""The measure of a stage's diagram."""

from __future__ import annotations

from functools import partial

from sqlalchemy import select

from app.base.definitions import definition_of
from app.base.models import ProcessInstance
from app.onboarding.diagrams import nodes, view
from tests.bench.bench import Bench
from tests.bench.figures import Figure, timed
from workflows.diagram import svg

CASES = 30
TURNS = 10


def diagram_svg(bench: Bench) -> Figure:
    """Measure the SVG of a stage with marks, its data already loaded: the benchmark's cases in
    turn.
    """
    with bench.app.test_request_context(), bench.session() as session:
        rows = session.scalars(
            select(ProcessInstance).where(ProcessInstance.stage != "").limit(CASES)
        ).all()
        drawn = []
        for row in rows:
            found = view.read(session, row, row.stage)
            found_nodes = nodes.nodes(found, None)
            marks = {one.text.id: mark for one in found_nodes if (mark := one.mark)}
            drawn.append(partial(svg, definition_of(row.deployment), row.stage, marks, key="a"))
        samples = [timed(draw) for _ in range(TURNS) for draw in drawn]
    return Figure.of("diagram_svg", bench.database, samples[len(drawn) :], "ms")
