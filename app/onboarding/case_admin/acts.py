"""The form, the objects and the page that all acts of a coordinator on a case share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import db
from app.base.models import ProcessInstance, Task
from app.cases import processes
from app.people.access import this_entity
from forms.fields import LongTextField


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


def carry_out(
    form: FlaskForm,
    title: str,
    lead: str,
    button: str,
    do: Callable[[], Any],
    done: str | Callable[[], str],
    *,
    template: str = "entities/act.html",
    **context: Any,
) -> Response | str | tuple[str, int]:
    """Show the form of an act on this entity; once it is posted and valid, carry the act out.

    `done` is flashed afterwards. A refused act is rolled back, and its message stands above the
    form.
    """
    entity = this_entity()
    errors: dict[str, str] = {}
    if form.validate_on_submit():
        try:
            do()
            db.session().commit()
            flash(done if isinstance(done, str) else done(), "success")
            return redirect(url_for("entities.show", code=entity.code), 303)
        except processes.Refused as refusal:
            db.session().rollback()
            errors = {"": str(refusal)}
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
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
