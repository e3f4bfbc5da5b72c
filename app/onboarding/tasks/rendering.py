"""Pages of a step as HTML: a screenful, and what is said when it cannot be answered any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.base import calendar, formatting
from app.base.models import Meeting
from app.cases import arrivals, meetings
from app.cases.processes import dictation, extensions
from app.onboarding.tasks import known_people, task_view
from app.onboarding.tasks.task_page import Desk
from app.onboarding.tasks.why import why_due
from app.people import access
from forms import Page

#: A deadline is the first instant after a day; people read the last minute of that day.
ONE_MINUTE = timedelta(minutes=1)


def render(desk: Desk, page: Page, errors: dict[str, str], form: Any = None) -> str:
    """A screenful as HTML."""
    if form is None:
        form = desk.form()
    template = desk.step.template or "tasks/step.html"
    return render_template(template, **context(desk, page, errors, form))


def context(desk: Desk, page: Page, errors: dict[str, str], form: Any) -> dict[str, Any]:
    task, draft = desk.task, desk.draft
    drafts = {task.id} if draft else set()
    why = why_due(desk.session, [task])[task.id]
    # A page that is only opened shows no faults yet: another copy of its form is judged.
    judged = form if form.judged else desk.form()
    return {
        "task": task_view.show(desk.session, task, desk.user, drafts, calendar.now(), why=why),
        "step": desk.step,
        "form": form,
        "page": page,
        "pages": [(each, _page_state(desk, judged, page, each)) for each in desk.pages],
        "errors": errors,
        "reason": task.reason,
        "came_back": arrivals.of(task.came_as).again,
        "entity": task.entity,
        "given": desk.given,
        "papers_url": f"/tareas/{task.id}/papel/",
        "asked": task_view.request_said(desk.request, desk.user) if desk.request else "",
        "on_behalf": desk.on_behalf,
        "dictated": dictation_said(desk),
        "offers": known_people.offers(desk, form, page),
        "draft_saved_at": draft.saved_at if draft else None,
        "draft_revision": draft.revision if draft else 0,
        "actions": _actions(desk),
    }


def dictation_said(desk: Desk) -> str:
    """Who dictates or dictated this step, and to whom, in a sentence; "" for nobody."""
    noted = desk.dictation
    if noted is None:
        return ""
    said = dictation.in_words(dictation.facts(noted))
    if desk.task.state != "open":
        return f"Lo registró {noted.by.full_name}, de la PCM, por encargo de {said}."
    if desk.on_behalf:
        return f"Te dicta {said}."
    return f"{noted.by.full_name}, de la PCM, escribe en este borrador lo que le dicta {said}."


def _page_state(desk: Desk, form: Any, current: Page, page: Page) -> str:
    if page is current:
        return "current"
    typed = {key.partition("-")[0] for key, _ in desk.draft.pairs} if desk.draft else set()
    begun = not typed.isdisjoint(page.fields)
    return "done" if begun and not form.faults_on(page) else "todo"


def _actions(desk: Desk) -> list[dict[str, Any]]:
    """Taking the task for oneself, or giving it back to all who may answer; asking for time."""
    task = desk.task
    if desk.on_behalf:
        url = url_for("dictation.begin", task_id=task.id)
        return [{"label": "Cambiar quién dicta", "url": url, "post": False}]
    mine = task.assignee_id == desk.user.id
    actions: list[dict[str, Any]] = [
        {
            "label": "Devolverla a la bandeja" if mine else "Asignarme esta tarea",
            "url": url_for(".assign", task_id=task.id),
            "post": True,
            "hidden": {"para": "todos" if mine else "mi"},
        }
    ]
    if extensions.can_ask(task) and not (desk.request and extensions.is_open(desk.request)):
        url = url_for(".ask_more_time", task_id=task.id)
        actions.append({"label": "Pedir más plazo", "url": url, "post": False})
    return actions


def barred(desk: Desk) -> tuple[str, int]:
    """The reader must not decide on this: why, who may, and who can allow it."""
    watch = access.duties.Watch.of(desk.session, [desk.task])
    why = [access.duties.WHY[one][0] for one in desk.bars]
    page = render_template(
        "tasks/barred.html",
        task=desk.task,
        entity=desk.task.entity,
        why=formatting.listed(why),
        free=[user.full_name for user in watch.free(desk.task)],
        allowers=[user.full_name for user in watch.allowers(desk.task)],
        may_allow=desk.user.id in {user.id for user in watch.allowers(desk.task)},
    )
    return page, 409


def closed(desk: Desk, *, kept: bool = False) -> tuple[str, int]:
    """The task cannot be answered (any more): who, when, and what now."""
    task = desk.task
    if task.state == "open":
        return render_template("tasks/standing_still.html", task=task, entity=task.entity), 409
    kinds = {"completed": "answered", "lapsed": "lapsed", "cancelled": "cancelled"}
    ended_at = task.due_at - ONE_MINUTE if task.state == "lapsed" and task.due_at else None
    taken = {
        "by": task.closed_by.full_name if task.closed_by else "",
        "at": ended_at or task.closed_at,
    }
    page = render_template(
        "tasks/taken.html",
        task=task,
        entity=task.entity,
        taken=taken,
        kind=kinds[task.state],
        kept=kept,
        dictated=dictation_said(desk) if task.state == "completed" else "",
        may_read=not desk.on_behalf or task.closed_by_id == desk.user.id,
        sessions=meetings.ahead(desk.session, Meeting.instance_id == task.instance_id),
        why=why_due(desk.session, [task])[task.id] if task.state == "lapsed" else "",
    )
    return page, 409


def go_to(desk: Desk, page: Page) -> AnyResponse:
    return redirect(url_for(".show", task_id=desk.task.id, key=page.key), 303)
