"""Show a step as HTML: one of its pages, the review, or why it cannot be answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.base import calendar, formatting
from app.base.models import Meeting, ProcessInstance, Task
from app.cases import arrivals, meetings
from app.cases.papers import materials
from app.cases.papers.viewing import signature_boxes
from app.cases.processes import assigning, dictation, extensions
from app.cases.processes.returns import corrections
from app.cases.questions import listing
from app.cases.records.sessions import waiting
from app.cases.status import queues
from app.onboarding.own_observations import Choice, Review
from app.onboarding.tasks import consequences, known_people, task_view
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import numbers
from app.onboarding.tasks.why import why_due
from app.people import access
from forms import Page
from forms.drafts import errors_of, find, walk
from forms.shapes import observing
from forms.shapes.attendance_sheet import HasSheet
from forms.shapes.sessions import ChooseSession
from forms.together import Together

Answer = Response | str | tuple[str, int]
#: The parameter of a page that the review opened, and its value.
BACK, REVIEW = "volver", "revisar"
#: A function that makes the response once the transaction is committed.
Show = Callable[[], Answer]

#: A deadline is the first instant after a day; people read the last minute of that day.
ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Action:
    """A link under the form of a step; a button that posts `para` where that is not empty."""

    label: str
    url: str
    para: str = ""


def show_page(task_page: TaskPage, key: str) -> Answer:
    """Show a page of the step, or why it cannot be answered."""
    if refuse := refusal(task_page):
        return refuse()
    if code := request.args.get("observar"):
        _begin_observation(task_page, code)
    task_page.fill()
    if key == task_page.step.form.screens()[0].key != task_page.pages[0].key:
        return to_page(task_page, task_page.pages[0])()  # the case does not have the first page
    return render_page(task_page, task_page.page(key))


def _begin_observation(task_page: TaskPage, code: str) -> str:
    """Fill the form with an observation that a link begins, unsaved; return the id of its text."""
    task_page.read_for([code])
    try:
        pairs, text_id = observing.begin(task_page.form, task_page.pairs, code, by_link=True)
    except observing.Refused as refused:
        flash(str(refused), "warning")
        return ""
    task_page.show_pairs(pairs)
    return text_id


def to_observation(task_page: TaskPage, code: str) -> Response:
    """Redirect to the page of an observation that a link begins, at its text."""
    task_id = task_page.task.id
    if at := _begin_observation(task_page, code):
        key = task_page.page_of(observing.LIST).key
        return redirect(url_for(".show", task_id=task_id, key=key, observar=code, _anchor=at))
    return redirect(url_for(".show", task_id=task_id, key=task_page.pages[0].key))


def show_review(task_page: TaskPage) -> Answer:
    """Show all answers of the step before they are sent, or why they cannot be."""
    if refuse := refusal(task_page):
        return refuse()
    task_page.form.validate()
    errors = errors_of(task_page.form)
    context = _context(task_page, task_page.pages[-1], errors)
    form = task_page.step.form
    if (form.is_confirmed() or form.decides is not None) and not errors:
        context["follows"] = consequences.of(task_page)
    return render_template("tasks/review.html", **context)


def render_page(
    task_page: TaskPage, page: Page, errors: dict[str, str] | None = None, status: int = 200
) -> Answer:
    """Render a page of the step. `errors`: field path → message."""
    task_page.read_shown()
    template = task_page.step.template or "tasks/step.html"
    return render_template(template, **_context(task_page, page, errors or {})), status


def render_both(task_page: TaskPage, page: Page, both: Together, newer: str, again: str) -> Answer:
    """Render a page with what was sent and, where it differs, the newer draft. Nothing is saved.

    `newer`: who saved the newer draft, as "lo guardó …"; `again`: what must be sent again.
    """
    stored = task_page.form
    task_page.show_pairs(both.pairs)
    fields = [(find(stored, name), find(task_page.form, name)) for name in both.differing]
    task_page.read_shown()
    context = _context(task_page, page, {})
    found = [pair for pair in fields if all(pair)]
    context["both"] = {"newer": newer, "again": again, "fields": found}
    return render_template(task_page.step.template or "tasks/step.html", **context), 409


def to_page(task_page: TaskPage, page: Page, at: str = "") -> Show:
    """Redirect to a page of the step; `at`: the id of an element on it."""
    back = REVIEW if leads_back() else None
    task_id = task_page.task.id
    url = url_for(".show", task_id=task_id, key=page.key, _anchor=at or None, volver=back)
    return partial(redirect, url, 303)


def leads_back() -> bool:
    """Return whether the page was opened from the review, to which it leads back."""
    return request.args.get(BACK) == REVIEW


def to_review(task_page: TaskPage) -> Show:
    """Redirect to the review of the step."""
    return partial(redirect, url_for(".review", task_id=task_page.task.id), 303)


def _context(task_page: TaskPage, page: Page, errors: dict[str, str]) -> dict[str, Any]:
    """Return what `tasks/step.html` and `tasks/review.html` document."""
    task, draft, request = task_page.task, task_page.draft, task_page.extension_request
    drafts = {task.id} if draft else set()
    why = why_due(task_page.session, [task])[task.id]
    return {
        "task": task_view.view(
            task_page.session, task, task_page.user, drafts, calendar.now(), why=why
        ),
        "step": task_page.step,
        "form": task_page.form,
        "page": page,
        "pages": [(each, _page_state(task_page, page, each)) for each in task_page.pages],
        "review": len(task_page.pages) > 1 or task_page.step.form.is_confirmed(),
        "errors": errors,
        "reason": task.reason,
        "came_back": arrivals.of(task.came_as).again,
        "entity": task.entity,
        "given": task_page.given,
        "task_id": task.id,
        "request_text": task_view.request_text(request, task_page.user) if request else "",
        "return_request": task_view.return_request(task_page.session, task, task_page.user),
        "on_behalf": task_page.on_behalf,
        "dictated": dictation_text(task_page),
        "materials": materials.current(task_page.session, task.stage),
        "waiting_url": _waiting_url(task_page),
        "questions": listing.open_of_task(task_page.session, task.id),
        "offers": known_people.offers(task_page, page),
        "numbered": numbers.on_page(task_page, page),
        "downloads": numbers.downloads(task_page),
        "draft_saved_at": draft.saved_at if draft else None,
        "draft_revision": draft.revision if draft else 0,
        "version_mark": task_page.version_mark,
        "actions": _actions(task_page),
        "follow_url": _follow_url(task_page),
        "company": task_page.company,
        "pages_of": partial(
            signature_boxes.pages_of,
            task_page.session,
            task_page.user,
            task_id=None if task_page.on_behalf else task.id,
        ),
        "own_observations": _own_observations(task_page, page),
        "takes_pages": not task_page.on_behalf and _wants_document(task_page, page),
    }


def _waiting_url(task_page: TaskPage) -> str:
    """Return the page of the lists of full sessions, from a step to choose one, or ""."""
    form, task = task_page.step.form, task_page.task
    if not issubclass(form, ChooseSession) or task_page.on_behalf:
        return ""
    instance = task_page.session.get_one(ProcessInstance, task.instance_id)
    may_wait = queues.may_answer(task_page.session, task_page.user, instance, form.topic)
    full = may_wait and waiting.full_sessions(task_page.session, task.instance_id, form.topic)
    return url_for("correcting.waiting_list", code=task.entity.code) if full else ""


def _wants_document(task_page: TaskPage, page: Page) -> bool:
    """Return whether a document can be uploaded on a page."""
    form = task_page.form
    fields = walk(form[name] for name in page.fields if name in form)
    return any(getattr(field, "kind", "") == "document" for field in fields)


def _own_observations(task_page: TaskPage, page: Page) -> dict[str, list[Choice]]:
    """Return what the user observed before, by the observations on a page that offer it."""
    if observing.LIST not in page.fields:
        return {}
    review = Review(task_page.session, task_page.user, task_page.step, task_page.form)
    return review.offers()


def dictation_text(task_page: TaskPage) -> str:
    """Return a sentence on who dictates or dictated the step and who writes; "" if not dictated."""
    noted = task_page.dictation
    if noted is None:
        return ""
    who = dictation.in_words(dictation.facts(noted))
    if task_page.task.state != "open":
        return f"Lo registró {noted.by.full_name}, de la PCM, por encargo de {who}."
    if task_page.on_behalf:
        return f"Te dicta {who}."
    return f"{noted.by.full_name}, de la PCM, escribe en este borrador lo que le dicta {who}."


def _page_state(task_page: TaskPage, current: Page, page: Page) -> str:
    if page is current:
        return "current"
    draft = task_page.draft
    typed = {key.partition("-")[0] for key, _ in draft.pairs} if draft else set()
    if typed.isdisjoint(page.fields) or task_page.judged_form.faults_on(page):
        return "todo"
    return "done"


def _actions(task_page: TaskPage) -> list[Action]:
    """Return the actions under the form: take or give back the task, correct, ask for more time."""
    task, request = task_page.task, task_page.extension_request
    if task_page.on_behalf:
        return [Action("Cambiar quién dicta", url_for("dictation.begin", task_id=task.id))]
    url = url_for(".assign", task_id=task.id)
    actions = [
        Action("Devolverla a la bandeja", url, para="todos")
        if task.assignee_id == task_page.user.id
        else Action("Asignarme esta tarea", url, para="mi")
    ]
    if assigning.may_give(task_page.user, task):
        url = url_for(".give", task_id=task.id)
        actions.append(Action("Dar a un colega", url))
    if task.role in access.ENTITY_ROLES:
        url = url_for("questions.ask", code=task.entity.code, paso=task.id)
        actions.append(Action("Hacer una consulta", url))
    if corrections.can_correct_before_filing(task):
        url = url_for("correcting.before_filing", code=task.entity.code, task_id=task.id)
        actions.append(Action("Corregir antes de presentar", url))
    if extensions.can_ask(task) and not (request and extensions.is_open(request)):
        actions.append(Action("Pedir más plazo", url_for(".ask_more_time", task_id=task.id)))
    return actions


def _follow_url(task_page: TaskPage) -> str:
    """Return the address of the next task of the user's list; "" for users who have few."""
    if task_page.on_behalf or not access.may(task_page.user, "save_views"):
        return ""
    return url_for("tasks.follow", task_id=task_page.task.id)


def refusal(task_page: TaskPage) -> Show | None:
    """Return the page to show if the user cannot answer the step now; None if they can."""
    if not task_page.is_open:
        return partial(closed, task_page)
    return partial(barred, task_page) if task_page.bars else None


def barred(task_page: TaskPage) -> tuple[str, int]:
    """Say that the user must not decide this task: why, who may, and who can allow it."""
    task = task_page.task
    watch = access.duties.Watch.of(task_page.session, [task])
    why = [access.duties.WHY[one][0] for one in task_page.bars]
    allowers = watch.allowers(task)
    page = render_template(
        "tasks/barred.html",
        task=task,
        entity=task.entity,
        why=formatting.listed(why),
        follow_url=_follow_url(task_page),
        free=[user.full_name for user in watch.free(task)],
        allowers=[user.full_name for user in allowers],
        may_allow=task_page.user.id in {user.id for user in allowers},
    )
    return page, 409


def closed(task_page: TaskPage, *, draft_saved: bool = False) -> tuple[str, int]:
    """Say that the task cannot be answered (any more): who closed it, when, and what now."""
    task = task_page.task
    if task.state == "open":
        return render_template("tasks/standing_still.html", task=task, entity=task.entity), 409
    kinds = {"completed": "answered", "lapsed": "lapsed", "cancelled": "cancelled"}
    ended_at = task.due_at - ONE_MINUTE if task.state == "lapsed" and task.due_at else None
    page = render_template(
        "tasks/taken.html",
        task=task,
        entity=task.entity,
        follow_url=_follow_url(task_page),
        closed_by=task.closed_by.full_name if task.closed_by else "",
        closed_at=ended_at or task.closed_at,
        kind=kinds[task.state],
        draft_saved=draft_saved,
        instead=_instead(task_page) if task.state == "cancelled" else "",
        dictated=dictation_text(task_page) if task.state == "completed" else "",
        may_read=not task_page.on_behalf or task.closed_by_id == task_page.user.id,
        sessions=meetings.ahead(task_page.session, Meeting.instance_id == task.instance_id),
        why=why_due(task_page.session, [task])[task.id] if task.state == "lapsed" else "",
        has_sheet=issubclass(task_page.step.form, HasSheet) and not task_page.on_behalf,
    )
    return page, 409


def _instead(task_page: TaskPage) -> str:
    """Return what happened to the case at the moment at which a task was cancelled, in words."""
    task = task_page.task
    came_as = task_page.session.scalars(
        select(Task.came_as).where(
            Task.instance_id == task.instance_id,
            Task.opened_at == task.closed_at,
            Task.came_as != "",
        )
    ).first()
    return arrivals.of(came_as).brief if came_as else ""
