"""Pages of induction sessions: list, one session, publish, change, cancel."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.base import calendar, db, queries
from app.base.models import InductionSession, Meeting, ProcessInstance
from app.base.paging import paged
from app.cases import processes
from app.cases.papers import attendance_sheets, materials
from app.cases.records.agenda import TOPIC_NAMES
from app.cases.records.sessions import guests, waiting
from app.onboarding.induction_sessions import cohort, overview, sheets
from app.people import access
from forms.fields import CountField, TextField, WebsiteField
from forms.fields.choices import ChoiceField
from forms.fields.dates import DateField, TimeField
from forms.shapes.days import check_on_purpose, offer_on_purpose, on_purpose_field

blueprint = Blueprint("sessions", __name__)

PER_PAGE = 50


class SessionForm(FlaskForm):
    """Form of an induction session: topic, date, place or link, seats."""

    topic = ChoiceField("Tema", tuple(TOPIC_NAMES.items()), needed="Elige el tema.")
    on = DateField("Fecha", hint="Día/mes/año", needed="Escribe la fecha.")
    on_purpose = on_purpose_field()
    hour = TimeField("Hora", hint="De 00:00 a 23:59, hora de Lima", needed="Escribe la hora.")
    minutes = CountField("Duración en minutos", least=15, most=480, needed="Escribe la duración.")
    place = TextField("Lugar (si es presencial)", limit=200)
    link = WebsiteField("Enlace (si es virtual)")
    seats = CountField("Cupos", least=1, most=500, needed="Escribe cuántos cupos hay.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decreed = calendar.decreed_days(db.session(), None)  # the PCM's calendar
        days_off = {day.isoformat(): norm for day, norm in decreed.items()}
        offer_on_purpose(self, self.on.data, days_off)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields; the session is in the future and has a place or a link."""
        good = bool(super().validate(extra_validators))
        if not (self.place.data or self.link.data):
            self.place.errors = ["Escribe el lugar o el enlace: hace falta uno de los dos."]
            good = False
        if good and self.at <= calendar.now():
            self.on.errors = ["La sesión tiene que ser en el futuro."]
        elif good:
            check_on_purpose(self, self.on)
        return good and not self.on.errors

    @property
    def at(self) -> datetime:
        """The moment it begins, in UTC, of a valid form."""
        local = datetime.combine(cast("date", self.on.data), cast("time", self.hour.data))
        return local.replace(tzinfo=calendar.LIMA).astimezone(UTC)


@blueprint.get("/sesiones")
def list_sessions() -> str:
    """Show what needs a hand and the coming sessions, then a page of the past ones."""
    queries.must_know(("pagina",))
    session = db.session()
    past = select(InductionSession).where(InductionSession.at <= calendar.now())
    page, query = paged(
        session, past.order_by(InductionSession.at.desc(), InductionSession.id.desc()), PER_PAGE
    )
    coming, before = overview.ahead(session), session.scalars(query).all()
    return render_template(
        "sessions/list.html",
        hands=overview.need_hand(session, coming),
        ahead=coming,
        before=before,
        page=page,
        topics=TOPIC_NAMES,
        with_seats=guests.sessions_with_seats(session, [one.id for one in (*coming, *before)]),
        may_publish=access.may(access.me(), "publish_sessions"),
    )


@blueprint.route("/sesiones/nueva", methods=["GET", "POST"])
def new() -> Response | str | tuple[str, int]:
    """Publish a session; the same one, sent again, is the one that was published."""
    user, session = access.require("publish_sessions"), db.session()
    form = SessionForm()
    if form.validate_on_submit():
        row = InductionSession(topic=form.topic.data, created_by_id=user.id)
        row.changed_at = calendar.now()
        fill(row, form)
        last = session.scalars(
            select(InductionSession).order_by(InductionSession.id.desc()).limit(1)
        ).first()
        if last and not last.cancelled and _values(last) == _values(row):
            row = last
        session.add(row)
        session.commit()
        flash("La sesión quedó publicada.", "success")
        return redirect(url_for(".show", session_id=row.id), 303)
    return _form(form, "Publica una sesión", "Publicar la sesión")


@blueprint.get("/sesiones/<int:session_id>")
def show(session_id: int) -> str:
    """Show a session and who comes: for the PCM; how to reach them, for coordinators."""
    session = db.session()
    row = _session(session_id)
    may_publish = access.may(access.me(), "publish_sessions")
    return render_template(
        "sessions/show.html",
        row=row,
        topic=TOPIC_NAMES[row.topic],
        guests=(found := cohort.guests(session, row)),
        materials=materials.current(session, "induction"),
        waits=overview.waiting_of(session, row),
        is_ahead=row.at > calendar.now() and not row.cancelled,
        may_publish=may_publish,
        steps=waiting.steps_before(row.topic),
        others=overview.others_of(session, row),
        has_sheet=may_publish and bool(found) and not row.cancelled,
    )


@blueprint.post("/sesiones/<int:session_id>/lista-de-espera/<int:instance_id>")
def give_seat(session_id: int, instance_id: int) -> Response:
    """Give a seat to an entity on the list of a session."""
    user, session = access.require("publish_sessions"), db.session()
    _session(session_id)
    if session.get(ProcessInstance, instance_id) is None:
        abort(404)
    try:
        processes.give_seat(session, session_id, instance_id, user.id)
    except processes.Refused as reason:
        session.rollback()
        flash(str(reason), "warning")
    else:
        session.commit()
        flash("Tiene cupo. La invitación le llega por correo.", "success")
    return redirect(url_for(".show", session_id=session_id), 303)


@blueprint.get("/sesiones/<int:session_id>/asistentes.csv")
def guests_file(session_id: int) -> Response:
    """Send who comes to a session, with how to reach them, as a file."""
    access.require("publish_sessions")
    found = cohort.guests(db.session(), _session(session_id))
    content = cohort.as_csv(db.session(), found)
    headers = {
        "Content-Disposition": f'attachment; filename="sesion-{session_id}.csv"',
        "Cache-Control": "no-store",
    }
    return FlaskResponse(content, mimetype="text/csv; charset=utf-8", headers=headers)


@blueprint.route("/sesiones/<int:session_id>/cambiar", methods=["GET", "POST"])
def edit(session_id: int) -> Response | str | tuple[str, int]:
    """Change the date, place or seats of a session; timers that wait for its day move too."""
    user = access.require("publish_sessions")
    row = _ahead(session_id)
    form = SessionForm(data=_values(row))
    if form.validate_on_submit():
        seats, seats_before = form.seats.number or 0, row.seats
        if seats < row.taken:
            form.seats.errors = [f"Ya hay {row.taken} cupos ocupados: no puede haber menos."]
        else:
            form.topic.data = row.topic
            before = _terms(row)
            fill(row, form)
            db.session().flush()
            changed = _terms(row) != before
            if changed:
                processes.session_moved(db.session(), row, before, user.id)
            db.session().commit()
            notified = " Avisamos a quienes tienen cupo." if changed and row.taken else ""
            if changed or seats != seats_before:
                flash(f"La sesión quedó cambiada.{notified}", "success")
            else:
                flash("No cambiaste nada.", "message")
            return redirect(url_for(".show", session_id=row.id), 303)
    return _form(form, "Cambia la sesión", "Guardar los cambios", row)


@blueprint.post("/sesiones/<int:session_id>/cancelar")
def cancel(session_id: int) -> Response:
    """Cancel a session; the entities that had a seat choose again."""
    user = access.require("publish_sessions")
    processes.session_cancelled(db.session(), _ahead(session_id), user.id)
    db.session().commit()
    flash("La sesión quedó cancelada. Quienes tenían cupo eligen otra.", "success")
    return redirect(url_for(".list_sessions"), 303)


@blueprint.get("/sesiones/<int:session_id>/lista-de-asistencia")
def sheet(session_id: int) -> Response:
    """Send the attendance sheet of all entities with a seat in a session."""
    access.require("publish_sessions")
    content = sheets.of_session(db.session(), _session(session_id))
    return _pdf(content, f"sesion-{session_id}") if content else abort(404)


@blueprint.get("/entidades/<code>/sesiones/<int:meeting_id>/lista-de-asistencia")
def sheet_of_entity(code: str, meeting_id: int) -> Response:
    """Send the attendance sheet of a coming session of one entity."""
    entity, session = access.this_entity(), db.session()
    user = access.require("print_attendance", entity)
    row = session.get(Meeting, meeting_id)
    if row is None or row.entity_id != entity.id or row.cancelled_at:
        abort(404)
    sees_numbers = access.may(user, "see_documents", entity)
    return _pdf(sheets.of_meeting(session, row, is_masked=not sees_numbers), code)


def _pdf(content: bytes, name: str) -> Response:
    file_name = attendance_sheets.file_name(name)
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return FlaskResponse(content, mimetype="application/pdf", headers=headers)


def _terms(row: InductionSession) -> dict[str, Any]:
    """Return the data of a session that the entities with a seat have received."""
    return {name: getattr(row, name) for name in ("at", "minutes", "place", "link")}


def _session(session_id: int) -> InductionSession:
    """Return a session, past and cancelled ones too; otherwise 404."""
    return db.session().get(InductionSession, session_id) or abort(404)


def _ahead(session_id: int) -> InductionSession:
    session = db.session()
    if request.method == "POST":
        row = processes.hold_session(session, session_id)
    else:
        row = session.get(InductionSession, session_id)
    if row is None or row.cancelled or row.at <= calendar.now():
        abort(404)
    return row


def fill(row: InductionSession, form: SessionForm) -> None:
    """Write a valid form into a session."""
    row.at = form.at
    row.minutes = form.minutes.number or 0
    row.place, row.link = form.place.data, form.link.data
    row.seats = form.seats.number or 0


def _values(row: InductionSession) -> dict[str, Any]:
    local = row.at.astimezone(calendar.LIMA)
    return {
        "topic": row.topic,
        "on": local.date(),
        "on_purpose": [local.date().isoformat()],
        "hour": local.time(),
        "minutes": str(row.minutes),
        "place": row.place,
        "link": row.link,
        "seats": str(row.seats),
    }


def _form(
    form: SessionForm, title: str, button: str, row: InductionSession | None = None
) -> str | tuple[str, int]:
    errors = {name: messages[0] for name, messages in form.errors.items()}
    page = render_template(
        "sessions/form.html", form=form, title=title, button=button, errors=errors, row=row
    )
    return (page, 422) if errors else page
