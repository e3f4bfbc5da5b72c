"""The pages of a migration's batches: choose, confirm, stop, take back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.administration.rehearsals import presenters
from app.administration.rehearsals.blueprint import (
    ONE,
    SHORT,
    blueprint,
    every_batch_needs_two,
    this_batch,
    this_migration,
)
from app.administration.rehearsals.forms import BatchForm, BatchReason
from app.base import db, formatting
from app.base.definitions import in_force
from app.base.models import Deployment, Migration, User
from app.cases.entities.regions import regions
from app.cases.processes.migrating.rehearsals import batches
from app.cases.status import PROCESS_NAMES
from app.people import access

Answer = Response | str | tuple[str, int]

NOT_IN_FORCE = "Los casos solo se mueven a la versión que está en vigor."
NOT_REHEARSED = "Primero termina el ensayo."
NONE = "Ningún caso cumple con lo que elegiste."
COUNT_CHANGED = "Ahora son {count}. Revisa y confirma otra vez."


@blueprint.route(f"{ONE}/lotes/nuevo", methods=["GET", "POST"])
def new_batch(hash_: str, migration: int) -> Answer:
    """Choose cases by a filter, see how many they are, and move them, or propose it."""
    user = access.require("manage_process")
    session = db.session()
    version, row = this_migration(session, hash_, migration)
    form = BatchForm(request.form if request.method == "POST" else request.args)
    form.offer(PROCESS_NAMES, presenters.stage_names(session, row), regions(session))
    if not form.validate():
        return _page(session, version, row, form, ""), 422
    if request.method != "POST":
        return _page(session, version, row, form, "")
    two = row.needs_two or every_batch_needs_two()
    why = BatchReason(request.form)
    if two and not why.validate():
        return _page(session, version, row, form, "", why), 422
    typed = request.form.get("cuantos", "")
    expected = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else -1
    try:
        batch = batches.propose(
            session, row, form.chosen(), expected, user.id, two=two, reason=why.reason.data or ""
        )
    except batches.CountChanged as changed:
        session.rollback()
        count = int(changed.args[0])
        fault = COUNT_CHANGED.format(count=formatting.number(count)) if count else NONE
    except batches.NotInForce:
        session.rollback()
        fault = NOT_IN_FORCE
    except batches.NotRehearsed:
        session.rollback()
        fault = NOT_REHEARSED
    else:
        session.commit()
        waits = batch.state == "proposed"
        flash("Propusiste el lote: lo confirma otra persona." if waits else STARTED, "success")
        return _back(hash_, migration, follow=not waits)
    version, row = this_migration(session, hash_, migration)
    return _page(session, version, row, form, fault), 422


STARTED = "El lote está en marcha. Sigue solo, aunque cierres esta página."


def _page(
    session: Session,
    version: Deployment,
    row: Migration,
    form: BatchForm,
    fault: str,
    why: BatchReason | None = None,
) -> str:
    chosen = form.chosen() if not form.errors else None
    why = why or BatchReason()
    errors = {one.id: str(one.errors[0]) for one in (*form, *why) if one.errors}
    return render_template(
        "rehearsals/batch.html",
        short=version.hash[:SHORT],
        name=presenters.of_version(version),
        is_in_force=in_force(session).id == version.id,
        migration=row,
        form=form,
        why=why,
        errors={"": fault} if fault else errors,
        count=batches.count(session, row.id, chosen) if chosen else 0,
        words=presenters.in_words(session, row, chosen) if chosen else "",
        needs_two=row.needs_two or every_batch_needs_two(),
    )


def _back(hash_: str, migration: int, *, follow: bool = False) -> Response:
    more = 1 if follow else None
    return redirect(url_for(".of_version", hash_=hash_, ensayo=migration, seguir=more), 303)


def _act(hash_: str, migration: int, number: int) -> tuple[Session, Migration, User]:
    user = access.require("manage_process")
    session = db.session()
    _, row = this_migration(session, hash_, migration)
    this_batch(session, row, number)
    return session, row, user


@blueprint.post(f"{ONE}/lotes/<int:number>/detener")
def drop_batch(hash_: str, migration: int, number: int) -> Response:
    """Withdraw a proposed batch, or stop one; cases that were moved stay moved."""
    session, row, user = _act(hash_, migration, number)
    if batches.drop(session, row.id, number, user.id):
        flash("Detuviste el lote. Lo que faltaba sigue en su versión.", "success")
    else:
        flash("Este lote ya había terminado.", "message")
    session.commit()
    return _back(hash_, migration)


@blueprint.post(f"{ONE}/lotes/<int:number>/volver")
def return_batch(hash_: str, migration: int, number: int) -> Response:
    """Let the worker take back the cases of a batch, or the one that the form names."""
    session, row, user = _act(hash_, migration, number)
    typed = request.form.get("caso", "")
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 12):
        typed = "0"
    instance_id = int(typed) if typed else None
    count = batches.take_back(session, row.id, number, user.id, instance_id)
    session.commit()
    if count:
        said = formatting.plural(count, "caso vuelve", "casos vuelven")
        flash(f"{said} a su versión si nadie siguió en ellos desde que se movieron.", "success")
    else:
        flash("No queda ninguno que pueda volver: pasa hasta un día después.", "message")
    return _back(hash_, migration, follow=bool(count))
