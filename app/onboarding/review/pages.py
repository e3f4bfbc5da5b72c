"""What a review judges, in full: the rows of a roster, the people of a training."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from app.base import db
from app.base.paging import Paging, page_number
from app.onboarding.tasks import showing
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.showing import Answer
from app.people import access
from forms.fields.personnel import PROFILES
from forms.shapes import attended
from forms.shapes.attendance import GROUPS
from forms.shapes.attended import STATUS_WORDS
from forms.shapes.compared_roster import ADDED, CHANGED, CHANGES, REMOVED, ComparedRoster
from forms.shapes.filing import ObservedStep
from forms.shapes.filing_review import ReviewStep

blueprint = Blueprint("review", __name__)

#: Rows on one page.
PER_PAGE = 100
#: The titles of the lists of rows with each change.
TABS = {ADDED: "Nuevas", REMOVED: "Ya no están", CHANGED: "Cambiaron"}
#: Longest text of a search.
LONGEST = 100
#: Value of the address for a comparison with the roster that was observed, not the accepted one.
OBSERVED = "observada"


@blueprint.get("/tareas/<int:task_id>/relacion")
def roster(task_id: int) -> Answer:
    """Show the rows of a presented roster, filtered by the address.

    Who cannot answer the step now sees why instead, as on the page of the step.
    """
    task_page = TaskPage.of(db.session(), task_id, access.me())
    form = task_page.blank_form
    if not isinstance(form, ObservedStep) or not form.has_roster():
        abort(404)
    if refuse := showing.refusal(task_page):
        return refuse()
    task_page.read_shown()
    against = _one_of("frente", (OBSERVED,))
    compared: ComparedRoster | None = form.compared
    if against:
        compared = form.compared_with_observed if isinstance(form, ReviewStep) else None
    if compared is None:
        abort(404)
    filters = {
        "profile": _one_of("perfil", dict(PROFILES)),
        "change": _one_of("cambio", CHANGES),
        "text": request.args.get("q", "")[:LONGEST],
    }
    lines = compared.chosen(**filters)
    page = Paging(len(lines), page_number(), PER_PAGE)
    return render_template(
        "review/roster.html",
        task=task_page.task,
        entity=task_page.task.entity,
        heading=form.heading,
        form=form,
        observes=form.observes_rows(),
        compared=compared,
        against=against,
        filters=filters,
        tabs=_tabs(compared, filters["change"], against),
        lines=lines[page.offset : page.offset + PER_PAGE],
        page=page,
        profiles=dict(PROFILES),
        task_id=task_page.task.id,
    )


@blueprint.get("/tareas/<int:task_id>/asistentes")
def attendance(task_id: int) -> Answer:
    """Show the people of a training under review with their attendance, filtered by the address."""
    task_page = TaskPage.of(db.session(), task_id, access.me())
    report = task_page.given.get("training_report") if _reviews_training(task_page) else None
    if not report:
        abort(404)
    if refuse := showing.refusal(task_page):
        return refuse()
    filters = {
        "group": _one_of("grupo", GROUPS),
        "status": _one_of("estado", STATUS_WORDS),
        "text": request.args.get("q", "")[:LONGEST],
    }
    people = attended.chosen(attended.in_order(report.get("people", [])), **filters)
    page = Paging(len(people), page_number(), PER_PAGE)
    return render_template(
        "review/attendance.html",
        form=task_page.form,
        observing_task=task_page.task.id,
        task=task_page.task,
        entity=task_page.task.entity,
        heading=task_page.step.form.heading,
        filters=filters,
        people=people[page.offset : page.offset + PER_PAGE],
        page=page,
        groups=GROUPS,
        statuses=STATUS_WORDS,
    )


def _reviews_training(task_page: TaskPage) -> bool:
    return "training_review" in task_page.step.gives


def _one_of(name: str, known: Container[str]) -> str:
    """Return a value of the address, or "" without one; 404 for a value that is not known."""
    value = request.args.get(name, "")
    return value if not value or value in known else abort(404)


def _tabs(compared: ComparedRoster, current: str, against: str) -> list[dict[str, Any]]:
    """Return the links to all rows, and to those with each change."""
    counts = compared.by_change()
    offered = {"": ("Todas", len(compared.lines))}
    offered |= {one: (words, counts[one]) for one, words in TABS.items()}
    return [
        {
            "label": words,
            "count": count,
            "url": url_for(
                "review.roster",
                **request.view_args or {},
                cambio=one or None,
                frente=against or None,
            ),
            "current": one == current,
        }
        for one, (words, count) in offered.items()
    ]
