"""Taking what was posted: into the draft, back with what is wrong, or on to the process."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from app.base import files
from app.base.files import Owner, uploads
from app.base.models import Task
from app.cases import arrivals, processes
from app.cases.records.sessions import SessionFull
from app.onboarding.tasks.rendering import barred, closed, go_to, render
from app.onboarding.tasks.task_page import Desk, keep_draft
from app.people import access
from forms import FileInfo, Page, StepForm
from forms.drafts import errors_of, merge, saves_row, walk
from forms.fields.documents import verdict_of

#: What leads on from a screenful: its buttons, and Enter in one of its boxes, which never answers
#: the step.
GOES_ON = ("next", "submit", "enter")


def receive(desk: Desk, page: Page) -> AnyResponse | str | tuple[str, int]:
    """Takes a posted screenful into the draft, and goes where its button leads."""
    stale = stale_notice(desk)
    faults: dict[str, str] = {}
    pairs = merge(
        desk.step.form, page, desk.before(page), request.form, _uploads(desk), _keeper(desk), faults
    )
    row_saved = request.form.get("action") == "enter" and saves_row(
        desk.step.form, page, desk.pairs, pairs
    )
    keep_draft(desk, pairs)
    action = request.form.get("action", "next")
    if stale:
        desk.session.commit()
        flash(stale, "warning")
        return go_to(desk, page)
    if faults:
        return _refused(desk, page, faults, judges=action in GOES_ON)
    if row_saved:
        desk.session.commit()
        flash("Guardamos la fila.", "success")
        return go_to(desk, page)
    if action == "save":
        desk.session.commit()
        flash("Guardamos tu borrador.", "success")
        return go_to(desk, page)
    if action not in GOES_ON:
        desk.session.commit()
        return go_to(desk, page)
    return _go_on(desk, page, submits=action == "submit")


def _refused(desk: Desk, page: Page, faults: dict[str, str], *, judges: bool) -> tuple[str, int]:
    """Some file could not be taken: all else of the post is in the draft, and each fault said."""
    form = desk.form()
    if judges:
        form.validate()
    desk.session.commit()
    return render(desk, page, errors_of(form, page, faults), form), 422


def _go_on(desk: Desk, page: Page, *, submits: bool) -> AnyResponse | str | tuple[str, int]:
    form = desk.form()
    valid = form.validate()
    errors = errors_of(form, page)
    if errors and not valid:
        desk.session.commit()
        return render(desk, page, errors, form), 422
    following = desk.after(page)
    if following is not None:
        desk.session.commit()
        return go_to(desk, following)
    if not submits:
        desk.session.commit()
        return redirect(url_for(".review", task_id=desk.task.id), 303)
    return submit(desk, form)


def submit(desk: Desk, form: StepForm | None = None) -> AnyResponse | str | tuple[str, int]:
    """Answers the step with its draft: the whole form is valid, and the task still open.

    `form` is that of the draft, where it was made and judged already.
    """
    form = form or desk.form()
    if not (form.is_good if form.judged else form.validate()):
        errors = errors_of(form)
        first = next((p for p in desk.pages if errors_of(form, p)), desk.pages[-1])
        desk.session.commit()
        return render(desk, first, errors_of(form, first) or errors, form), 422
    if desk.draft is None:
        keep_draft(desk, desk.pairs)
    try:
        dictated = desk.dictation if desk.on_behalf else None
        processes.complete(desk.session, desk.task.id, desk.step, form, desk.user.id, dictated)
        desk.session.commit()
    except processes.TaskTaken:
        desk.session.rollback()
        return closed(desk.again())
    except processes.TermLapsed:
        return _lapsed(desk)
    except access.duties.Barred:
        desk.session.rollback()
        return barred(desk.again())
    except processes.TooDeep as fault:
        return _stuck(desk, fault)
    except SessionFull:
        desk.session.rollback()
        return _full(desk)
    done = "Registramos por encargo de la entidad" if desk.on_behalf else "Registramos tu respuesta"
    lacks = _lacks(desk)
    flash(f"{done}: {desk.task.name}.{lacks}", "warning" if lacks else "success")
    return redirect(url_for(".after", task_id=desk.task.id), 303)


def _lacks(desk: Desk) -> str:
    """What the system found to be missing in an answer, so that a step came back; "" if nothing."""
    came = desk.session.scalars(
        select(Task.came_as).where(
            Task.instance_id == desk.task.instance_id,
            Task.role == desk.task.role,
            Task.state == "open",
            Task.id > desk.task.id,
        )
    )
    found = [arrivals.of(one) for one in came]
    return "".join(f" {one.brief}: mira qué falta." for one in found if one.lacks)


def _lapsed(desk: Desk) -> AnyResponse | str | tuple[str, int]:
    """The answer came after the term: the draft stays, the process goes the late way."""
    pairs, session = desk.pairs, desk.session
    session.rollback()
    again = desk.again()
    keep_draft(again, pairs)
    processes.wake(session, again.task.instance_id)
    session.commit()
    return closed(desk.again(), kept=True)


def _stuck(desk: Desk, fault: Exception) -> tuple[str, int]:
    """The process cannot go on: an incident for the coordinators, and the draft stays."""
    pairs, session = desk.pairs, desk.session
    session.rollback()
    again = desk.again()
    keep_draft(again, pairs)
    processes.rest(session, again.task.instance_id, fault)
    session.commit()
    text = (
        "El proceso no puede continuar por ahora y ya avisamos a los coordinadores. Guardamos tu "
        "borrador: envíalo otra vez más tarde."
    )
    return render(again, again.pages[-1], {"": text}), 409


def _full(desk: Desk) -> tuple[str, int]:
    again = desk.again()
    text = "El último cupo de esa sesión se acaba de ocupar. Elige otra."
    return render(again, again.pages[0], {"": text}), 409


def _uploads(desk: Desk) -> Any:
    """The files of a post: documents are the entity's to bring, and none comes by telephone."""
    brought = uploads.of_request()
    if not desk.on_behalf:
        return brought
    if request.form.get("action", "").startswith("drop:"):
        abort(400)
    documents = {f.name for f in walk(desk.form()) if getattr(f, "kind", "") == "document"}
    return {name: file for name, file in brought.items() if name not in documents}


def _keeper(desk: Desk) -> Any:
    """Store an upload for the task, as the paper that its field takes, and give it to the form."""

    def keep(upload: Any, paper: str) -> FileInfo:
        upload.stream.seek(0)
        use = files.keep(
            desk.session,
            upload.stream,
            paper=paper,
            media_type="application/pdf",
            owner=Owner(desk.task.entity_id, desk.task.instance_id, desk.task.id, desk.user.id),
            pages=verdict_of(upload).pages,
        )
        desk.case.log("file.uploaded", name=files.title_of(use), file=use.id)
        info = FileInfo(**files.describe(use))
        desk.files[use.id] = info
        return info

    return keep


def stale_notice(desk: Desk) -> str:
    """What to say when the page was opened before the draft was last saved; "" if it was not."""
    seen = request.form.get("revision", "")
    known = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
    if desk.draft is None or known is None or known >= desk.draft.revision:
        return ""
    saver = desk.draft.saved_by
    who = (
        "tú, en otra ventana"
        if saver and saver.id == desk.user.id
        else (saver.full_name if saver else "otra persona")
    )
    return (
        f"Mientras escribías, este borrador lo guardó {who}. Conservamos lo último que enviaste: "
        "revisa todo antes de continuar."
    )
