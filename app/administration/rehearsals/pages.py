"""The page of a rehearsal: its progress, its table, its decisions; its cases; its file."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, make_response, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response as AnyResponse

from app.administration.rehearsals import presenters
from app.administration.rehearsals.blueprint import (
    ONE,
    ROOT,
    SHORT,
    blueprint,
    this_migration,
    this_version,
)
from app.administration.rehearsals.blueprint import every_batch_needs_two as every_batch_needs_two
from app.administration.rehearsals.forms import Decisions
from app.administration.rehearsals.presenters import CASE_FIELDS, CaseFilter
from app.base import db, queries
from app.base.definitions import in_force
from app.base.models import Deployment, Migration, MigrationCase, ProcessInstance
from app.base.paging import Paging, page_number
from app.cases.processes.migrating.rehearsals import batches, starting, words
from app.cases.processes.migrating.rehearsals.table import table
from app.people import access

PER_PAGE = 50
#: The parameter with which a reader follows the progress, and the seconds between two pages.
FOLLOW, EVERY = "seguir", 5

UNDER_WAY = "Ya hay un ensayo o un lote de esta versión en marcha. Espera a que termine."


@blueprint.get(ROOT)
def of_version(hash_: str) -> AnyResponse:
    """Show the newest rehearsal onto a version, or the one that is asked for.

    While the worker is busy with it, a reader who asks for it sees the page anew every few seconds,
    by a header, so that no script is needed.
    """
    queries.must_know(("ensayo", FOLLOW))
    queries.chosen(FOLLOW, ("1",))
    session, version = db.session(), this_version(db.session(), hash_)
    number = request.args.get("ensayo", "")
    row = _numbered(session, hash_, number) if number else _newest(session, version)
    answer = make_response(page(version, row))
    if request.args.get(FOLLOW) and row is not None and _is_busy(session, row):
        answer.headers["Refresh"] = str(EVERY)
    return answer


def _numbered(session: Session, hash_: str, number: str) -> Migration:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        abort(404)
    return this_migration(session, hash_, int(number))[1]


def _newest(session: Session, version: Deployment) -> Migration | None:
    return session.scalars(
        select(Migration)
        .where(Migration.deployment_id == version.id)
        .options(joinedload(Migration.by))
        .order_by(Migration.id.desc())
        .limit(1)
    ).first()


def _is_busy(session: Session, row: Migration) -> bool:
    return row.state == "rehearsing" or starting.has_work(session, row.id)


def page(version: Deployment, row: Migration | None, **more: Any) -> str:
    """Render the page of a rehearsal; `row` is None before the first one."""
    session = db.session()
    may_manage = access.may(access.me(), "manage_process")
    values: dict[str, Any] = {}
    if row is not None:
        made = table(session, row)
        decisions = Decisions(made.questions)
        values = {
            "table": made,
            "decisions": decisions.form,
            "questions": made.questions,
            "batches": presenters.batches_of(session, row),
            "state": presenters.STATES[row.state],
            "busy": _is_busy(session, row),
            "free": batches.count(session, row.id, batches.Filter()),
            "needs_two": row.needs_two or every_batch_needs_two(),
        }
    live = select(func.count()).select_from(ProcessInstance)
    others = live.where(
        ProcessInstance.ended_at.is_(None), ProcessInstance.deployment_id != version.id
    )
    return render_template(
        "rehearsals/show.html",
        version=version,
        short=version.hash[:SHORT],
        name=presenters.of_version(version),
        is_in_force=in_force(session).id == version.id,
        others=session.scalar(others) or 0,
        migration=row,
        verdicts=words.VERDICTS,
        earlier=presenters.earlier(session, version, row),
        states=presenters.STATES,
        may_manage=may_manage,
        follows=bool(request.args.get(FOLLOW)),
        **{"errors": {}, **values, **more},
    )


@blueprint.post(ROOT)
def begin(hash_: str) -> AnyResponse:
    """Begin a rehearsal; the worker does it."""
    user = access.require("manage_process")
    session = db.session()
    version = this_version(session, hash_)
    try:
        starting.start(session, version, user.id)
    except starting.UnderWay:
        session.rollback()
        flash(UNDER_WAY, "warning")
        return redirect(url_for(".of_version", hash_=hash_), 303)
    session.commit()
    flash("Empezó el ensayo. Sigue solo, aunque cierres esta página.", "success")
    return redirect(url_for(".of_version", hash_=hash_, seguir=1), 303)


@blueprint.post(f"{ONE}/decisiones")
def decide(hash_: str, migration: int) -> AnyResponse | tuple[str, int]:
    """Store where the cases continue of each step that the version does not have."""
    user = access.require("manage_process")
    session = db.session()
    version, row = this_migration(session, hash_, migration)
    decisions = Decisions(table(session, row).questions, request.form)
    if not decisions.form.validate():
        errors = {one.id: str(one.errors[0]) for one in decisions.form if one.errors}
        return page(version, row, decisions=decisions.form, errors=errors), 422
    try:
        count = starting.choose(session, row, decisions.answers(), user.id)
    except (starting.UnderWay, starting.NotOffered):
        session.rollback()
        flash("El ensayo cambió mientras decidías. Mira cómo está ahora.", "warning")
        return redirect(_address(hash_, migration), 303)
    session.commit()
    if count:
        flash("Guardamos las decisiones. Se ensayan otra vez los casos que dependen.", "success")
    else:
        flash("No cambió ninguna decisión.", "message")
    return redirect(_address(hash_, migration, follow=bool(count)), 303)


def _address(hash_: str, migration: int, *, follow: bool = False) -> str:
    return url_for(".of_version", hash_=hash_, ensayo=migration, seguir=1 if follow else None)


@blueprint.post(f"{ONE}/cerrar")
def close(hash_: str, migration: int) -> AnyResponse:
    """Close a migration: its cases that wait are not tried any more."""
    user = access.require("manage_process")
    session = db.session()
    _, row = this_migration(session, hash_, migration)
    if starting.close(session, row, user.id):
        flash("Cerraste el ensayo. Lo que no se movió sigue en su versión.", "success")
    else:
        flash("Este ensayo ya estaba cerrado o sin efecto.", "message")
    session.commit()
    return redirect(_address(hash_, migration), 303)


@blueprint.get(f"{ONE}/casos")
def cases(hash_: str, migration: int) -> str:
    """List the cases of a line of the table, of a batch, or all."""
    queries.must_know((*CASE_FIELDS, "pagina"))
    session = db.session()
    version, row = this_migration(session, hash_, migration)
    query = CaseFilter.of(request.args).query(session, row)
    counted = query.with_only_columns(MigrationCase.instance_id).order_by(None).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    paging = Paging(total, page_number(), PER_PAGE)
    found = session.execute(query.limit(paging.size).offset(paging.offset)).all()
    return render_template(
        "rehearsals/cases.html",
        version=version,
        short=version.hash[:SHORT],
        name=presenters.of_version(version),
        migration=row,
        lines=presenters.lines_of(session, row, found),
        total=total,
        page=paging,
        may_manage=access.may(access.me(), "manage_process"),
    )


@blueprint.get(f"{ONE}/informe.csv")
def report(hash_: str, migration: int) -> Response:
    """Send every case as a file, with what the rehearsal found and its result."""
    session = db.session()
    _, row = this_migration(session, hash_, migration)
    return Response(
        presenters.report(session, row),
        mimetype="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="ensayo-{row.id}.csv"',
            "Cache-Control": "no-store",
        },
    )
