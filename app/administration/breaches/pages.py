"""The pages of incidents of personal data."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app.administration.breaches import acts, concerned
from app.administration.breaches.acts import INFORMED, NATURES, STATES
from app.administration.breaches.concerned import MOST, Line
from app.administration.breaches.forms import CloseForm, ListForm, NotifyForm, ReportForm
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
#: Incidents that the list shows, and persons that the page shows.
LISTED, SHOWN = 100, 100
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
        .order_by(DataBreach.state != "open", DataBreach.due_at.desc())
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
        **_words(),
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


@blueprint.get(f"{ROOT}/<int:number>")
def show(number: int) -> str:
    """Show an incident: its term, what was read, and what remains to be done."""
    row, session = _this(number), db.session()
    lines = concerned.lines_of(session, row)
    return render_template(
        "breaches/show.html",
        breach=row,
        place=breaches.place_of(row),
        lines=lines,
        readers=concerned.readers_of(session, lines),
        are_cut=concerned.are_cut(session, row),
        **_words(),
    )


@blueprint.route(f"{ROOT}/<int:number>/comunicar", methods=["GET", "POST"])
def notify(number: int) -> Answer:
    """Record that the authority was notified."""
    row, user, form = _this(number), _me(), NotifyForm(request.form or None)
    if request.method != "POST":
        return _act_page("breaches/notify.html", row, form, {})
    try:
        with accepting(form):
            acts.notify(
                db.session(),
                row,
                at=cast("datetime", form.at.moment),
                expediente=form.expediente.data,
                informed=form.informed.data,
                actor_id=user.id,
            )
    except Invalid as fault:
        return _act_page("breaches/notify.html", _this(number), form, fault.errors), 422
    flash("Registramos la comunicación.", "success")
    return redirect(url_for(".show", number=number), 303)


@blueprint.route(f"{ROOT}/<int:number>/cerrar", methods=["GET", "POST"])
def close(number: int) -> Answer:
    """Close an incident of which the authority was notified."""
    row, user, form = _this(number), _me(), CloseForm(request.form or None)
    if request.method != "POST":
        return _act_page("breaches/close.html", row, form, {})
    try:
        with accepting(form):
            text = form.conclusion.data
            acts.close(db.session(), row, conclusion=text, actor_id=user.id)
    except Invalid as fault:
        return _act_page("breaches/close.html", _this(number), form, fault.errors), 422
    flash("Cerramos el incidente.", "success")
    return redirect(url_for(".show", number=number), 303)


@blueprint.get(f"{ROOT}/<int:number>/comunicacion")
def communication(number: int) -> str:
    """Show the text for the authority, to be printed or copied."""
    row, session = _this(number), db.session()
    lines = concerned.lines_of(session, row)
    found = list(concerned.people_of(session, lines))
    return render_template(
        "breaches/communication.html",
        breach=row,
        place=breaches.place_of(row),
        lines=lines,
        people=concerned.in_words(session, lines, found),
        are_cut=concerned.are_cut(session, row) or len(found) == MOST,
        **_words(),
    )


@blueprint.route(f"{ROOT}/<int:number>/personas", methods=["GET", "POST"])
@db.only_reads
def people(number: int) -> Answer:
    """Show the persons whose data could be read; the POST sends all of them, for a purpose."""
    row, user, session = _this(number), _me(), db.session()
    form = ListForm(request.form if request.method == "POST" else None)
    lines = concerned.lines_of(session, row)
    if request.method == "POST" and form.validate():
        count = sum(1 for _ in concerned.people_of(session, lines))
        with db.writing(current_app) as writing:
            acts.log_list(writing, row, user.id, purpose=form.purpose.data or "", people=count)
        response = streamed(_file(lines, user), "text/csv; charset=utf-8", HEADERS)
        name = f"personas-del-incidente-{row.id}.csv"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    found = list(concerned.people_of(session, lines))
    page = render_template(
        "breaches/people.html",
        breach=row,
        form=form,
        errors=errors_of(form),
        rows=[(one, _document(one, user)) for one in found[:SHOWN]],
        count=len(found),
        most=MOST,
        people=concerned.in_words(session, lines, found),
        are_cut=concerned.are_cut(session, row),
    )
    return (page, 422) if request.method == "POST" else page


def _file(lines: Sequence[Line], user: User) -> Generator[bytes, None, None]:
    """Yield the list as CSV, some rows at a time, from a separate session."""
    engine = current_app.extensions["engine"]
    with db.open_session(engine, writes=False) as session:
        text = io.StringIO(newline="")
        text.write("\ufeff")  # so that spreadsheets read it as UTF-8
        table = csv.writer(text)
        table.writerow(("Persona", "Documento", "Entidad", "Dónde están sus datos"))
        for number, one in enumerate(concerned.people_of(session, lines), 1):
            cells = (one.name, _document(one, user), one.entity.name, one.where)
            table.writerow([safe_cell(cell) for cell in cells])
            if number % PIECE == 0:
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


def _act_page(template: str, row: DataBreach, form: Any, errors: dict[str, str]) -> str:
    back = url_for(".show", number=row.id)
    return render_template(template, breach=row, form=form, errors=errors, back=back, **_words())


def _this(number: int) -> DataBreach:
    """Return an incident that the user sees; 404 for any other."""
    session: Session = db.session()
    user = access.me()
    row = session.scalar(
        select(DataBreach).where(DataBreach.id == number, breaches.reachable(user))
    )
    if row is None:
        abort(404)
    readings.about(row.entity_id)
    return row


def _me() -> User:
    return access.me() or abort(404)


def _words() -> dict[str, Any]:
    words = {"natures": NATURES, "states": STATES, "informed": INFORMED}
    return words | {"is_late": breaches.is_late}
