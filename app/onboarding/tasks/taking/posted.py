"""Process a posted page of a step: save the draft, return errors, or answer the process.

Functions that decide return a `Show`: what to show once the transaction is committed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Protocol, cast

from flask import flash, jsonify, make_response, redirect, request, url_for
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from app.base import calendar, db, formatting
from app.base.files import uploads
from app.base.models import Draft, Task
from app.base.urls import number_in
from app.cases import arrivals, processes
from app.cases.papers.issued import series
from app.cases.papers.preflight import examining
from app.cases.processes.migrating import meanwhile
from app.cases.records.personnel_change import ChangedMeanwhile
from app.cases.records.sessions import SessionFull
from app.onboarding.own_observations import Review
from app.onboarding.tasks import known_people, showing
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.papers import uploaded
from app.onboarding.tasks.queue import next_task
from app.onboarding.tasks.showing import Answer, Show
from app.people import access
from app.people.accounts.factor import fresh
from forms import Page, together
from forms.conditions import part_id, unseen, without_idle
from forms.drafts import AUTOSAVE, Pair, changed_list, errors_of, merge, saves_row
from forms.fields import searched
from forms.shapes import observing

#: The actions that lead on from a page: its buttons, and Enter in a text box, which never answers
#: the step.
SUBMIT = "submit"
GOES_ON = ("next", SUBMIT, "enter")
SAVED = {True: "Guardamos la fila.", False: "Guardamos tu borrador."}

MEANWHILE = (
    "Otra persona registró un cambio mientras escribías, y este ya no es posible. Revisa abajo lo "
    "que cambia y corrígelo."
)


IN_ANOTHER_WINDOW = "lo guardaste en otra ventana"
MEANWHILE_SAVED = "Mientras escribías, este borrador {}. Revisa todo antes de continuar."
PROCESS_CHANGED = (
    "Mientras escribías cambió el proceso, y con él este paso. Guardamos lo que escribiste: mira "
    "el plazo y revisa todo antes de continuar."
)


class Overtaken(Exception):
    """Another user saved or answered at the same moment: load the task again."""


class Load(Protocol):
    """Loads the task of a page in the request's transaction."""

    def __call__(self, *, locked: bool = False) -> TaskPage:
        """Load the task; `locked`: to answer it."""


def take_page(load: Load, key: str) -> Answer:
    """Take a posted page of a step; a second time if another user saved at the same moment."""
    if uploads.were_sent() and (task_page := load()).is_open:
        own = None if task_page.on_behalf else task_page.task.id
        fields = task_page.page(key).fields
        uploads.examine(task_page.blank_form, fields, examining.read, own)
    submits = request.form.get("action") == SUBMIT
    try:
        show = _page(load(locked=submits), key)
    except Overtaken:
        db.session().rollback()
        for upload in request.files.values():
            upload.stream.seek(0)
        show = _page(load(locked=submits), key)
    return _commit(show)


def take_review(load: Load, later_url: str = "") -> Answer:
    """Answer a step from its review page, or leave it for later.

    Then go to `later_url`, by default to the entity.
    """
    task_page = load(locked=request.form.get("action") == SUBMIT)
    later_url = later_url or task_page.task.entity.url
    try:
        return _commit(_review(task_page, later_url))
    except Overtaken:  # now the review says who saved meanwhile
        db.session().rollback()
        return _commit(_review(task_page.reloaded(), later_url))


def _commit(show: Show) -> Answer:
    """Commit the decision, then show it: the only commit of an answer."""
    db.session().commit()
    return show()


def _page(task_page: TaskPage, key: str) -> Show:
    if refusal := showing.refusal(task_page):
        return _left(task_page, key) or refusal
    page, action = task_page.page(key), request.form.get("action", "next")
    if action == AUTOSAVE:
        return _autosave(task_page, page)
    if (newer := newer_by(task_page)) and (show := _join(task_page, page, newer)):
        return show
    faults: dict[str, str] = {}
    stale, form, pairs = _stale_notice(task_page), task_page.step.form, task_page.pairs
    base, posted_files = task_page.merge_base(page), uploaded.of_post(task_page)
    merged = merge(form, page, base, request.form, posted_files, uploaded.keeper(task_page), faults)
    sought = searched.sought(page.fields, request.form, pairs)
    row_saved = action == "enter" and not sought and saves_row(form, page, pairs, merged)
    if merged == pairs and action != SUBMIT:
        stale = ""  # for instance the same button twice
    merged = uploaded.without_old_reasons(task_page, merged)
    save_draft(task_page, merged)
    uploaded.judge_drafted(task_page, pairs)
    faults = dict(without_idle(task_page.form, faults.items())) if faults else {}
    if stale:
        flash(stale, "warning")
    elif faults:
        return _refused(task_page, page, faults, validates=action in GOES_ON)
    elif sought:
        return showing.to_page(task_page, page, sought)
    elif row_saved or action == "save":
        flash(SAVED[row_saved], "success")
    elif action in GOES_ON:
        return _go_on(task_page, page, submits=action == SUBMIT)
    _fill_in_person(task_page, page, action)
    shown = _observe(task_page, action) or _reuse(task_page, action)
    return shown or showing.to_page(task_page, page, changed_list(task_page.form, action))


def _left(task_page: TaskPage, key: str) -> Show | None:
    """Save what was typed in a step that its case left for another version; None for other steps.

    It is there again if the case returns to its version.
    """
    if not meanwhile.was_left(task_page.session, task_page.task):
        return None
    save_draft(task_page, typed(task_page, task_page.page(key)))
    return partial(showing.closed, task_page, draft_saved=True)


def _autosave(task_page: TaskPage, page: Page) -> Show:
    """Save what is being typed, unless the draft is newer than the page. The answer is JSON."""
    if newer := newer_by(task_page):
        return lambda: make_response(jsonify(newer=newer), 409)
    merged = typed(task_page, page)
    before = task_page.pairs
    if task_page.draft is None or merged != before:
        save_draft(task_page, merged)
        uploaded.judge_drafted(task_page, before)
    draft = cast("Draft", task_page.draft)
    return lambda: jsonify(revision=draft.revision, at=formatting.hour(draft.saved_at))


def typed(task_page: TaskPage, page: Page, action: str = AUTOSAVE) -> list[Pair]:
    """Return the draft with what was typed on a page, without files, after an action."""
    form, base = task_page.step.form, task_page.merge_base(page)
    posted = MultiDict(request.form)
    posted["action"] = action
    return merge(form, page, base, posted, MultiDict(), uploaded.keeper(task_page), {})


def _join(task_page: TaskPage, page: Page, newer: str) -> Show | None:
    """Bring what an older page sent together with the newer draft; None if they are the same.

    If a field has another value in each, nothing is saved and the page shows both.
    """
    sent, own = typed(task_page, page), newer == IN_ANOTHER_WINDOW
    twice = task_page.pairs in (sent, typed(task_page, page, request.form.get("action", "")))
    if twice and (own or not uploads.were_sent()):
        return None
    both = together.of(task_page.step.form, task_page.pairs, sent)
    again = " Tu archivo no se guardó: súbelo otra vez." if uploads.were_sent() else ""
    if both.differing:
        return partial(showing.render_both, task_page, page, both, newer, again)
    if both.adds:
        before = task_page.pairs
        save_draft(task_page, uploaded.without_old_reasons(task_page, both.pairs))
        uploaded.judge_drafted(task_page, before)
    flash(
        f"{MEANWHILE_SAVED.format(newer)} Lo que había y lo que enviaste están juntos.{again}",
        "warning",
    )
    return _observe(task_page, request.form.get("action", "")) or showing.to_page(task_page, page)


def _observe(task_page: TaskPage, action: str) -> Show | None:
    """Begin an observation where the pressed button asks for one; None for another button."""
    word, _, code = action.partition(":")
    if word != observing.ACTION:
        return None
    task_page.read_for([code])
    try:
        pairs, text_id = observing.begin(task_page.form, task_page.pairs, code)
    except observing.Refused as refused:
        flash(str(refused), "warning")
        return None
    save_draft(task_page, pairs)
    return showing.to_page(task_page, task_page.page_of(observing.LIST), text_id)


def _reuse(task_page: TaskPage, action: str) -> Show | None:
    """Insert an own observation where the pressed button asks for it; None for another button."""
    name = action.partition(":")[2]
    review = Review(task_page.session, task_page.user, task_page.step, task_page.form)
    pressed = review.press(task_page.pairs, action, request.form.get(f"own-{name}", ""))
    if pressed is None:
        return None
    if pressed.pairs is None:
        flash("Elige primero una de tus observaciones.", "warning")
    else:
        save_draft(task_page, pressed.pairs)
    return showing.to_page(task_page, task_page.page_of(observing.LIST), pressed.text_id)


def _refused(task_page: TaskPage, page: Page, faults: dict[str, str], *, validates: bool) -> Show:
    """Show why files were refused; the draft holds everything else that was posted."""
    if validates:
        task_page.form.validate()
    errors = errors_of(task_page.form, page, faults)
    return partial(showing.render_page, task_page, page, errors, 422)


def _fill_in_person(task_page: TaskPage, page: Page, action: str) -> None:
    """Write a known person into the draft, where the pressed button asks for one."""
    found = known_people.find(task_page, page, action)
    if found is None:
        return
    save_draft(task_page, known_people.filled_in(task_page, *found))
    _, person = found
    flash(f"Escribimos los datos de {person.name}. Revísalos y completa lo que falte.", "message")


def _go_on(task_page: TaskPage, page: Page, *, submits: bool) -> Show:
    """Go on, or answer the step; back to the page if it has errors or other fields apply now."""
    form = task_page.form
    if appeared := unseen((form[name] for name in page.fields if name in form), request.form):
        return showing.to_page(task_page, page, part_id(appeared[0]))
    if not form.validate() and (errors := errors_of(form, page)):
        return partial(showing.render_page, task_page, page, errors, 422)
    if showing.leads_back():
        return showing.to_review(task_page)
    following = task_page.page_after(page)
    if following is not None:
        return showing.to_page(task_page, following)
    sends = submits and not task_page.step.form.is_confirmed()
    return _sign(task_page) if sends else showing.to_review(task_page)


def _review(task_page: TaskPage, later_url: str) -> Show:
    if refusal := showing.refusal(task_page):
        return refusal
    stale, action = _stale_notice(task_page), request.form.get("action")
    if stale:
        flash(stale, "warning")
    elif action == SUBMIT:
        return _sign(task_page)
    elif action == "save":
        flash("Tu borrador está guardado.", "message")  # already before: this page has no fields
        return partial(redirect, later_url, 303)
    return showing.to_review(task_page)


def _sign(task_page: TaskPage) -> Show:
    """Answer the step; a step of the Despacho, which signs, only with a recent code."""
    asks = fresh.demand() if task_page.task.role == "secretary" else None
    return (lambda: asks) if asks else _submit(task_page)


def _submit(task_page: TaskPage) -> Show:
    """Answer the step with its draft, if the whole form is valid and the task still open."""
    uploaded.judge_drafted(task_page)
    session, form = task_page.session, task_page.form
    if not (form.is_valid if form.validated else form.validate()):
        first = next((p for p in task_page.pages if errors_of(form, p)), task_page.pages[-1])
        errors = errors_of(form, first) or errors_of(form)
        return partial(showing.render_page, task_page, first, errors, 422)
    pairs = without_idle(form, task_page.pairs)
    if task_page.draft is None or len(pairs) != len(task_page.pairs):
        save_draft(task_page, pairs)
    try:
        dictated = task_page.dictation if task_page.on_behalf else None
        step, user_id = task_page.step, task_page.user.id
        known, bars = (task_page.case, task_page.bars) if task_page.locked else (None, None)
        act = processes.complete(
            session, task_page.task.id, step, form, user_id, dictated, known=known, bars=bars
        )
    except processes.TaskTaken:
        return partial(showing.closed, _rolled_back(task_page))
    except processes.TermLapsed:
        return _lapsed(task_page)
    except access.duties.Barred:
        return partial(showing.barred, _rolled_back(task_page))
    except processes.TooDeep as fault:
        return _stuck(task_page, fault)
    except SessionFull:
        task_page = _rolled_back(task_page)
        errors = {"": "El último cupo de esa sesión se acaba de ocupar. Elige otra."}
        return partial(showing.render_page, task_page, task_page.pages[0], errors, 409)
    except series.NumberTaken as taken:
        page, task_page = task_page.page_of("number"), _rolled_back(task_page)
        errors = {"number": f"El número {taken} ya es de otra constancia. Revísalo."}
        return partial(showing.render_page, task_page, page, errors, 409)
    except ChangedMeanwhile:
        task_page = _rolled_back(task_page)
        errors = {"": MEANWHILE}
        return partial(showing.render_page, task_page, task_page.pages[0], errors, 409)
    return partial(_answered, task_page, act.opened)


def _answered(task_page: TaskPage, opened: Iterable[Task]) -> Answer:
    """Confirm the answer and go on: to the user's next step, if one of those opened is theirs."""
    on_behalf, missing = task_page.on_behalf, _missing(task_page, opened)
    following = None if on_behalf else next_task.opened_for(task_page.user, opened)
    done = "Registramos por encargo de la entidad" if on_behalf else "Registramos tu respuesta"
    flash(f"{done}: {task_page.task.name}.{missing}", "warning" if missing else "success")
    if following is not None:
        return redirect(next_task.url_of(following, task_page.task), 303)
    return redirect(url_for(".after", task_id=task_page.task.id), 303)


def _missing(task_page: TaskPage, opened: Iterable[Task]) -> str:
    """Return a sentence per step that the system returned for missing parts; "" if none."""
    theirs = (one for one in opened if one.role == task_page.task.role and one.state == "open")
    found = [arrivals.of(one.came_as) for one in theirs]
    return "".join(f" {one.brief}: mira qué falta." for one in found if one.lacks)


def _rolled_back(task_page: TaskPage) -> TaskPage:
    task_page.session.rollback()
    return task_page.reloaded()


def _lapsed(task_page: TaskPage) -> Show:
    """Keep the draft of an answer that came after its term; the process takes the late path."""
    pairs, task_page = task_page.pairs, _rolled_back(task_page)
    save_draft(task_page, pairs)
    processes.wake(task_page.session, task_page.task.instance_id)
    return lambda: showing.closed(task_page.reloaded(), draft_saved=True)


def _stuck(task_page: TaskPage, fault: Exception) -> Show:
    """Keep the draft and open an incident for the coordinators: the process cannot go on."""
    pairs, task_page = task_page.pairs, _rolled_back(task_page)
    save_draft(task_page, pairs)
    processes.rest(task_page.session, task_page.task.instance_id, fault)
    text = (
        "El proceso no puede continuar por ahora y ya avisamos a los coordinadores. Guardamos tu "
        "borrador: envíalo otra vez más tarde."
    )
    return partial(showing.render_page, task_page, task_page.pages[-1], {"": text}, 409)


def save_draft(task_page: TaskPage, pairs: list[Pair]) -> None:
    """Write the draft. Raises Overtaken, after which the transaction must be rolled back."""
    draft, session = task_page.draft, task_page.session
    if draft is None:
        draft = Draft(task_id=task_page.task.id)
        session.add(draft)
    draft.pairs = [list(pair) for pair in pairs]
    draft.saved_at = calendar.now()
    draft.saved_by_id = task_page.user.id
    try:
        session.flush()
    except (IntegrityError, StaleDataError):
        raise Overtaken from None
    task_page.replace_draft(draft)


def _stale_notice(task_page: TaskPage) -> str:
    """Return a warning if the draft was saved after the page was opened, or the case moved to a
    version that changes the step; "" otherwise."""
    if who := newer_by(task_page):
        return MEANWHILE_SAVED.format(who)
    opened = request.form.get("version", "")
    return PROCESS_CHANGED if task_page.is_of_another_version(opened) else ""


def newer_by(task_page: TaskPage) -> str:
    """Return who saved the draft after the page was opened, as "lo guardó …"; "" if nobody did."""
    revision, draft = number_in(request.form.get("revision", "")), task_page.draft
    if draft is None or revision is None or revision >= draft.revision:
        return ""
    if draft.saved_by and draft.saved_by.id == task_page.user.id:
        return IN_ANOTHER_WINDOW
    return f"lo guardó {draft.saved_by.full_name if draft.saved_by else 'otra persona'}"
