"""The pages of incidents of personal data."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Mapping
from datetime import datetime
from typing import cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app.administration.breaches import acts, concerned
from app.administration.breaches.forms import ListForm, NotifyForm, ReportForm
from app.base import db
from app.base.formatting import masked
from app.base.models import DataBreach, Entity, User
from app.people import access, breaches, readings
from app.people.accounts.forms import errors_of
from app.register.desk.forms import Invalid, accepting
from app.register.export.answers import streamed
from app.register.facts.sql_texts import safe_cell

blueprint = Blueprint("breaches", __name__)

ROOT = "/incidentes-de-datos"
#: Incidents that the list shows.
LISTED = 100
#: Rows of a piece of the file.
PIECE = 500
HEADERS = {"Cache-Control": "no-store"}
Answer = Response | str | tuple[str, int]


@blueprint.get(ROOT)
def list_all() -> str:
    """List the incidents that the user sees: those to notify first, by their term."""
    user = access.me()
    rows = db.session().scalars(
        select(DataBreach)
        .where(breaches.reachable(user))
        .options(joinedload(DataBreach.entity))
        .order_by(DataBreach.notified_at.is_not(None), DataBreach.due_at.desc())
        .limit(LISTED)
    )
    places = access.entities_of(user)
    own = [one for one in places if access.may(user, breaches.ACTION, one)]
    entities = db.session().scalars(select(Entity).where(Entity.id.in_(own)).order_by(Entity.name))
    return render_template(
        "breaches/list.html",
        rows=rows.all(),
        entities=entities.all(),
        of_platform=access.may(user, breaches.ACTION),
        is_late=breaches.is_late,
    )


@blueprint.route(f"/entidades/<code>{ROOT}/nuevo", methods=["GET", "POST"])
def report(code: str) -> Answer:
    """Report an incident of an entity."""
    entity = access.this_entity()
    return _report(entity, access.require(breaches.ACTION, entity))


@blueprint.route(f"{ROOT}/nuevo", methods=["GET", "POST"])
def report_of_platform() -> Answer:
    """Report an incident of the platform."""
    return _report(None, access.require(breaches.ACTION))


def _report(entity: Entity | None, user: User) -> Answer:
    form = ReportForm(request.form or None)
    page = {"entity": entity, "form": form, "back": url_for(".list_all")}
    if request.method != "POST":
        return render_template("breaches/report.html", errors={}, **page)
    try:
        with accepting(form):
            key = form.submission.key
            row = acts.report(db.session(), entity, form.said(), submission=key, actor_id=user.id)
    except Invalid as fault:
        return render_template("breaches/report.html", errors=fault.errors, **page), 422
    flash("Registramos el incidente. Comunícalo a la autoridad antes de que venza.", "success")
    return redirect(url_for(".show", number=row.id), 303)


@blueprint.route(f"{ROOT}/<int:number>", methods=["GET", "POST"])
def show(number: int) -> Answer:
    """Show an incident; the POST records when it was notified and who got it."""
    row, form = _this(number), NotifyForm(request.form or None)
    if request.method != "POST":
        return _page(row, form, ListForm(None))
    at, to = form.at, form.to
    try:
        with accepting(form):
            moment = cast("datetime", at.moment)
            acts.notify(db.session(), row, at=moment, to=to.data, actor_id=_me().id)
    except Invalid as fault:
        return _page(_this(number), form, ListForm(None), fault.errors), 422
    flash("Registramos la comunicación.", "success")
    return redirect(url_for(".show", number=number), 303)


@blueprint.post(f"{ROOT}/<int:number>/personas")
@db.only_reads
def people(number: int) -> Answer:
    """Send the persons whose data could be read, for a purpose."""
    row, user, form = _this(number), _me(), ListForm(request.form)
    readings.about(row.entity_id)
    if not form.validate():
        return _page(row, NotifyForm(None), form, errors_of(form)), 422
    count = sum(1 for _ in concerned.people_of(db.session(), row))
    with db.writing(current_app) as writing:
        acts.log_list(writing, row, user.id, purpose=form.purpose.data or "", people=count)
    response = streamed(_file(row.id, user), "text/csv; charset=utf-8", HEADERS)
    name = f"personas-del-incidente-{row.id}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(
    row: DataBreach, form: NotifyForm, of_list: ListForm, errors: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "breaches/show.html",
        breach=row,
        place=breaches.place_of(row),
        is_late=breaches.is_late(row),
        are_cut=concerned.are_cut(db.session(), row),
        form=form,
        of_list=of_list,
        errors=errors or {},
    )


def _file(number: int, user: User) -> Generator[bytes, None, None]:
    """Yield the list as CSV, some rows at a time, from a separate session."""
    engine = current_app.extensions["engine"]
    with db.open_session(engine, writes=False) as session:
        text = io.StringIO(newline="")
        text.write("\ufeff")  # so that spreadsheets read it as UTF-8
        table = csv.writer(text)
        table.writerow(("Persona", "Documento", "Entidad", "Dónde están sus datos"))
        found = concerned.people_of(session, session.get_one(DataBreach, number))
        for count, one in enumerate(found, 1):
            cells = (one.name, _document(one, user), one.entity.name, one.where)
            table.writerow([safe_cell(cell) for cell in cells])
            if count % PIECE == 0:
                yield _taken(text)
        yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    """Return what was written, and empty it."""
    piece = text.getvalue().encode("utf-8")
    text.seek(0)
    text.truncate()
    return piece


def _document(one: concerned.Person, user: User) -> str:
    """Return a document, in full for those who see the entity's in full."""
    if not one.document_number:
        return ""
    if access.may(user, "see_visitors", one.entity.id):
        return f"{one.document_type} {one.document_number}".strip()
    return masked(one.document_type, one.document_number)


def _this(number: int) -> DataBreach:
    """Return an incident that the user sees; 404 for any other."""
    session: Session = db.session()
    user = access.me()
    row = session.scalar(
        select(DataBreach).where(DataBreach.id == number, breaches.reachable(user))
    )
    if row is None:
        abort(404)
    return row


def _me() -> User:
    return access.me() or abort(404)
