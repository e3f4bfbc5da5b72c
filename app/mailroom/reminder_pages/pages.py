"""Pages of reminders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms.validators import Length

from app.base import calendar, db, queries
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, Reminder, ReminderHold, Task
from app.base.paging import Paging, page_number, paged
from app.cases import reminders
from app.mailroom.reminder_pages import presenters
from app.people import access
from app.register.facts import open_texts
from forms.fields import LongTextField, TextField
from forms.fields.choices import ChoiceField, SelectOneField
from forms.fields.dates import DateField

blueprint = Blueprint("ledger", __name__)
queries.only(
    blueprint,
    {
        "list_reminders": ("q", "persona", "estado", "pagina"),
        "list_planned": ("entidad", "dia", "pagina"),
    },
)

PER_PAGE = 50
#: How far ahead the forecast looks, in working days.
AHEAD = 30


@blueprint.get("/recordatorios")
def list_reminders() -> str:
    """List sent reminders: recipient, step, time and outcome."""
    filters = {name: request.args.get(name, "").strip()[:100] for name in ("q", "persona")}
    filters["estado"] = queries.chosen("estado", presenters.FILTERS)
    newest = presenters.entered(filters).order_by(Reminder.id.desc())
    page, shown = paged(db.session(), newest, PER_PAGE)
    first = page.number == 1 and not any(filters.values())
    return render_template(
        "ledger/list.html",
        lines=presenters.lines(db.session(), shown),
        page=page,
        filters=filters,
        states=[(value, name) for value, (name, _) in presenters.FILTERS.items()],
        ahead=presenters.ahead(db.session()) if first else [],
        lost=presenters.lost(db.session()) if first else [],
        soon=presenters.ending_soon(db.session()) if first else [],
        may_hold=presenters.may_hold(),
        tabs=presenters.tabs(),
    )


@blueprint.get("/recordatorios/previstos")
def list_planned() -> str:
    """Show the reminders of the next thirty working days if no step is answered."""
    session = db.session()
    code = request.args.get("entidad", "").strip()[:20]
    entity = session.scalar(select(Entity).where(Entity.code == code.upper())) if code else None
    planned: list[reminders.Planned] = []
    if entity or not code:
        entity_id = entity.id if entity else None
        planned = reminders.forecast(session, calendar.today(), AHEAD, entity_id=entity_id)
    days = presenters.days(planned)
    wanted = request.args.get("dia", "")
    chosen = next((day for day in days if day.on.isoformat() == wanted), None)
    if wanted and chosen is None and not code:
        abort(404)
    paging = None
    if chosen:
        that_day = [one for one in planned if one.day == chosen.on]
        paging = Paging(len(that_day), page_number(), PER_PAGE)
        shown = that_day[paging.offset : paging.offset + paging.size]
        chosen.lines = presenters.planned_lines(session, shown)
    return render_template(
        "ledger/planned.html",
        days=days,
        chosen=chosen,
        code=code,
        entity=entity,
        ahead=AHEAD,
        page=paging,
        tabs=presenters.tabs(),
    )


# Holding back ---------------------------------------------------------------------------------


def until_field() -> DateField:
    """Return the field of the last day of a hold."""
    return DateField("Hasta qué día (si se sabe)", hint="Día/mes/año; ese día incluido")


def reason_field() -> LongTextField:
    """Return the field of the reason, which others read."""
    return LongTextField(
        "Motivo",
        needed="Escribe el motivo.",
        limit=500,
        rules=(Length(10, message="El motivo tiene entre 10 y 500 caracteres."),),
    )


class HoldForm(FlaskForm):
    """A hold: its scope, its last day, and its reason."""

    scope = ChoiceField(
        "Qué se retiene",
        [(scope, name) for scope, name in reminders.holds.SCOPES.items() if scope != "person"],
        needed="Elige qué se retiene.",
    )
    entity = TextField(
        "Código, si es una entidad", limit=20, needed="Escribe el código.", when=("scope", "entity")
    )
    stage = SelectOneField(
        "Cuál, si es una etapa", needed="Elige la etapa.", when=("scope", "stage")
    )
    region = SelectOneField(
        "Cuál, si es una región", needed="Elige la región.", when=("scope", "region")
    )
    day = DateField(
        "Cuál, si es un día", hint="Día/mes/año", needed="Escribe el día.", when=("scope", "day")
    )
    until_on = until_field()
    reason = reason_field()

    @property
    def value(self) -> str:
        """The value of the chosen scope."""
        field = self[self.scope.data]
        text = str(field.iso if isinstance(field, DateField) else field.data or "")
        return text.upper() if field is self.entity else text


class MuteForm(FlaskForm):
    """Until when a person gets no reminders, and why."""

    until_on = until_field()
    reason = reason_field()


@blueprint.route("/recordatorios/retenidos", methods=["GET", "POST"])
def list_holds() -> Response | str | tuple[str, int]:
    """Show the current holds; the POST adds one."""
    session, form = db.session(), HoldForm()
    definition = definition_of(in_force(session))
    stages = [(stage, definition.element_name(stage)) for stage in definition.stages]
    regions = session.scalars(
        select(Entity.department).where(Entity.department != "").distinct()
    ).all()
    form.stage.choices = [("", "Elige una etapa"), *stages]
    form.region.choices = [("", "Elige una región"), *((name, name) for name in sorted(regions))]
    errors: dict[str, str] = {}
    if request.method == "POST":
        user = access.require("manage_reminders")
        if form.validate_on_submit():
            scope, value, values = form.scope.data, form.value, _values(form, user.id)
            errors = _done(lambda: reminders.holds.hold(session, scope, value, **values), scope)
            if not errors:
                flash("Los recordatorios quedaron retenidos.", "success")
                return redirect(url_for(".list_holds"), 303)
        errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page = render_template(
        "ledger/holds.html",
        form=form,
        errors=errors,
        standing=_rows(reminders.holds.listing(session)),
        ended=_rows(reminders.holds.listing(session, ended=True)),
        may_hold=presenters.may_hold(),
        tabs=presenters.tabs(),
    )
    return (page, 422) if errors else page


def _values(form: HoldForm | MuteForm, user_id: int) -> dict[str, Any]:
    """Return the last day, the reason and the user of a hold."""
    return {"until_on": form.until_on.data, "reason": form.reason.data, "by_id": user_id}


def _done(act: Callable[[], Any], field: str) -> dict[str, str]:
    """Run an act and commit; return an error by field if it is refused."""
    try:
        act()
    except reminders.Refused as why:
        db.session().rollback()
        return {field: str(why)}
    db.session().commit()
    return {}


def _rows(rows: Sequence[ReminderHold]) -> list[dict[str, Any]]:
    names = reminders.holds.names(db.session(), rows)
    return [
        {
            "id": row.id,
            "scope": reminders.holds.SCOPES[row.scope],
            "name": names[row.id],
            "is_day": row.scope == "day",
            "until_on": row.until_on,
            "reason": open_texts.masked(row.reason),
            "by": row.created_by.full_name if row.created_by else "El sistema",
            "since": row.created_at,
            "lifted": row.lifted_at,
        }
        for row in rows
    ]


@blueprint.post("/recordatorios/retenidos/<int:hold_id>/soltar")
def lift(hold_id: int) -> Response:
    """Lift a hold."""
    user = access.require("manage_reminders")
    try:
        reminders.holds.lift(db.session(), hold_id, user.id)
        db.session().commit()
        flash("Los recordatorios vuelven a salir.", "success")
    except reminders.Refused as why:
        db.session().rollback()
        flash(str(why), "warning")
    return redirect(url_for(".list_holds"), 303)


@blueprint.route("/recordatorios/<int:reminder_id>/silenciar", methods=["GET", "POST"])
def mute(reminder_id: int) -> Response | str | tuple[str, int]:
    """Stop reminders to a person for a time."""
    user = access.require("manage_reminders")
    reminder = db.session().get(Reminder, reminder_id)
    if reminder is None or not reminder.person:
        abort(404)
    name = reminder.user.full_name if reminder.user else reminder.person
    form, errors = MuteForm(), {}
    if form.validate_on_submit():
        who, values = reminder.person, _values(form, user.id)
        errors = _done(lambda: reminders.holds.mute(db.session(), who, **values), "until_on")
        if not errors:
            flash(f"{name} no recibirá recordatorios; las notificaciones legales sí.", "success")
            return redirect(url_for(".list_holds"), 303)
    errors = errors or {name: messages[0] for name, messages in form.errors.items()}
    page = render_template("ledger/mute.html", form=form, errors=errors, name=name)
    return (page, 422) if errors else page


@blueprint.post("/recordatorios/tareas/<int:task_id>/enviar")
def send_now(task_id: int) -> Response:
    """Remind the people of a step now."""
    user = access.require("manage_reminders")
    session = db.session()
    task = session.get(Task, task_id)
    if task is None or task.state != "open":
        abort(404)
    try:
        said = reminders.send_now(session, task, user.id)
        session.commit()
        flash(said, "success")
    except reminders.Refused as why:
        session.rollback()
        flash(str(why), "warning")
    return redirect(task.entity.url, 303)
