"""The form, the objects and the page that all acts on a case outside its steps share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import calendar, db
from app.base.models import LogEntry, ProcessInstance, Task
from app.onboarding.tasks import consequences
from app.people import access
from app.people.access import this_entity, unsent
from app.people.accounts.forms import errors_of
from app.people.proposals import Refused
from forms.fields import LongTextField
from forms.fields.rules import holds


class ReasonForm(FlaskForm):
    """The reason, which every act of a coordinator on a process needs."""

    reason = LongTextField(
        "Motivo",
        hint="Queda en el historial de la entidad.",
        needed="Escribe el motivo.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


def this_instance(instance_id: int) -> ProcessInstance:
    """Return a process of the entity that the URL names; 404 for any other."""
    row = db.session().get(ProcessInstance, instance_id)
    if row is None or row.entity_id != this_entity().id:
        abort(404)
    return row


def this_task(task_id: int) -> Task:
    """Return a task of the entity that the URL names; 404 for any other."""
    task = db.session().get(Task, task_id)
    if task is None or task.entity_id != this_entity().id:
        abort(404)
    return task


#: An act, in a session: the request's own, or one that is rolled back.
Do = Callable[[Session], Any]
CHANGED = "El caso cambió mientras tanto: mira otra vez qué pasa si lo confirmas."


def carry_out(
    form: FlaskForm,
    title: str,
    lead: str,
    button: str,
    do: Do,
    done: str | Callable[[], str],
    *,
    on: ProcessInstance | None = None,
    then: Callable[[Any], str] | None = None,
    template: str = "entities/act.html",
    **context: Any,
) -> Response | str | tuple[str, int]:
    """Show the form of an act on this entity; once it is posted and valid, carry the act out.

    The page of a proposal may be about no entity: it says `back` and `then`.

    `on`: the process that the act moves. Then a page shows what follows first, and the act is
    carried out only if that page is confirmed, and the process is as it was.
    `do` must not read rows of the request's own session: while it is tried, they are expired.
    `done` is flashed afterwards; `then` gets what `do` returned, and returns the address of the
    next page, by default the entity's. A refused act is rolled back, and its message stands above
    the form.
    """
    entity = this_entity()
    errors: dict[str, str] = {}
    if request.form.get("action", "submit") == "submit" and form.validate_on_submit():
        try:
            if on is not None and not _is_confirmed(on):
                return _confirm(form, title, button, do, on)
            made = do(db.session())
            db.session().commit()
            flash(done if isinstance(done, str) else done(), "success")
            return redirect(then(made) if then else entity.url, 303)
        except Refused as refusal:
            db.session().rollback()
            errors = {"": str(refusal)}
    errors = errors or errors_of(form)
    page = render_template(
        template,
        entity=entity,
        form=form,
        title=title,
        lead=lead,
        button=button,
        errors=errors,
        **context,
    )
    return (page, 422) if errors else page


def _is_confirmed(on: ProcessInstance) -> bool:
    """Return whether the page was confirmed that shows the process as it is; it is locked then."""
    if unsent.CONFIRMED not in request.form:
        return False
    calendar.keep(db.session())  # before the instance is locked, as every act does
    db.session().refresh(on, with_for_update=True)
    return request.form[unsent.CONFIRMED] == _stamp(on)


def _stamp(on: ProcessInstance) -> str:
    """Return what changes with every act on a process: its newest entry in the log."""
    newest = select(func.max(LogEntry.id)).where(LogEntry.instance_id == on.id)
    return str(db.session().scalar(newest))


def _confirm(form: FlaskForm, title: str, button: str, do: Do, on: ProcessInstance) -> str:
    """Show what follows from an act with a valid form. Raise Refused. Nothing is changed."""
    user = access.me()
    instance_id, stamp, actor_id = on.id, _stamp(on), user.id if user else 0
    db.session().rollback()  # the rehearsal needs the lock that this session holds
    follows = consequences.of_act(instance_id, actor_id, do)
    if unsent.CONFIRMED in request.form:
        flash(CHANGED, "warning")
    fields = [field for field in form if field.type != "CSRFTokenField"]
    return render_template(
        "entities/confirm.html",
        entity=this_entity(),
        form=form,
        names=[field.short_name for field in fields if holds(getattr(field, "when", None), form)],
        title=title,
        button=button,
        follows=follows,
        typed=[pair for pair in request.form.items(multi=True) if pair[0] not in unsent.NEVER],
        stamp=stamp,
    )
