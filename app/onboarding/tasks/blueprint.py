"""The blueprint of the pages of tasks, whose addresses carry the list that a step came from."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, has_request_context, request

blueprint = Blueprint("tasks", __name__)
#: The parameter of a step's pages with the query of the list from which the step was opened, and
#: its longest value (characters).
QUEUE, LONGEST = "cola", 400
#: The pages that carry it, from the list to the step that follows.
CARRYING = frozenset(
    f"tasks.{name}" for name in ("open_step", "show", "review", "after", "assign", "give", "follow")
)


@blueprint.url_defaults
def carry(endpoint: str, values: dict[str, Any]) -> None:
    """Add the query of the list to the address of a step's page, if the request has one."""
    if endpoint in CARRYING and has_request_context():
        queue = g.get(QUEUE) or request.args.get(QUEUE, "")
        if queue and len(queue) <= LONGEST:
            values.setdefault(QUEUE, queue)
