"""The desk: an entry, the exits of present visitors, and the known data of a visitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app.base import calendar, db, formatting
from app.base.models import Register, Visit
from app.register.desk.entry.form import MOST, EntryForm, VisitorPart
from app.register.desk.frame import is_hidden, recorder, this_place, this_register
from app.register.facts.values import Refused
from app.register.visits import known_visitors, officials, present_visitors, recording
from forms.fields.dates import TIME_FAULT, read_time

blueprint = Blueprint("desk", __name__)

Page = str | tuple[str, int]


@blueprint.route("/registro/<code>/<env>", methods=["GET", "POST"])
def show(code: str, env: str) -> Response | Page:
    """Show the form of an entry and the present visitors; record an entry."""
    register = this_register()
    form = EntryForm(db.session(), register)
    if request.method != "POST":
        if session.get("site") in form.sites:
            form.site.data = session["site"]
        return _page(form)
    action, _, row = request.form.get("action", "").partition(":")
    if action == "add":
        form.add_row()
        return _page(form, focus=form.parts[-1]["document_number"])
    if action == "remove":
        form.remove_row(row)
        return _page(form)
    visits = _record(register, form) if form.validate() else []
    if not visits:
        return _page(form, form.faults()), 422
    session["site"] = form.site.data
    return redirect(_address(ingreso=visits[0].code), 303)


def _record(register: Register, form: EntryForm) -> Sequence[Visit]:
    """Return the visits of the form, recorded now or when it was sent before; none if refused."""
    opened = db.session()
    try:
        visits: Sequence[Visit] = recording.enter(
            opened,
            register,
            form.entries(),
            submission=form.submission.key,
            actor_id=recorder(),
        )
        opened.commit()
    except Refused as refused:
        form.refuse(refused)
        return []
    except IntegrityError:
        # The same form was sent twice at the same moment: the other request recorded it.
        opened.rollback()
        visits = recording.sent_before(opened, register, form.submission.key)
        if not visits:
            raise
    return visits


def _address(**query: Any) -> str:
    return url_for("desk.show", **this_place(), **query)


# What the page shows ----------------------------------------------------------------------------


def _page(
    form: EntryForm, errors: Mapping[str, str] | None = None, focus: Any = None, **more: Any
) -> str:
    """Return the desk; `focus` is the field with the focus, the first number by default."""
    opened, register = db.session(), this_register()
    every = request.args.get("todos") == "1"
    most = None if every else present_visitors.SHOWN
    rows = present_visitors.people(opened, register, most)
    lacking = present_visitors.unrecorded(opened, register, present_visitors.SHOWN)
    total = present_visitors.count(opened, register) if len(rows) == most else len(rows)
    number = form.parts[0]["document_number"]
    _adorn(number, accesskey="n")
    if not errors:
        _adorn(focus or number, autofocus={"value": True, "optional": True})
    return render_template(
        "register/desk.html",
        lacking=lacking,
        lacking_total=present_visitors.count_unrecorded(opened, register) if lacking else 0,
        form=form,
        errors=errors or {},
        rows=rows,
        total=total,
        today=calendar.today(),
        recorded=_last_recorded(),
        expected=[
            {
                "at": one.expected_at,
                "name": one.entry["visitor"]["name"],
                "official": one.official.full_name,
                "url": url_for("agenda.arrive", planned=one.id, **this_place()),
            }
            for one in present_visitors.expected_today(opened, register)
        ],
        may_record=officials.has_officials(opened, register, calendar.today()),
        label_of=officials.label,
        is_hidden=is_hidden,
        most=MOST,
        **more,
    )


def _adorn(field: Any, **attributes: Any) -> None:
    """Set attributes of this input only: WTForms shares the attributes of the form's class."""
    field.render_kw = {**(field.render_kw or {}), **attributes}


def _last_recorded() -> dict[str, str]:
    """Return the last recorded visit, by its code in the address: `text`, the address of the visit
    (`url`), and the address of its interest act, if it needs one (`act_url`)."""
    register = this_register()
    for name, describe in (("ingreso", _entry_text), ("salida", _exit_text)):
        code = request.args.get(name, "")
        visit = present_visitors.of_code(db.session(), register, code) if code else None
        if visit is None or is_hidden(visit):
            continue
        asks_act = name == "ingreso" and visit.interest and register.interest_acts_at is not None
        return {
            "text": describe(visit),
            "url": url_for("kept.show", visit=visit.code, **this_place()),
            "act_url": url_for("acts.new", visita=visit.code, **this_place()) if asks_act else "",
        }
    return {}


def _entry_text(visit: Visit) -> str:
    form, _, number = (visit.submission or "").rpartition(".")
    together = 1
    if visit.group_code and number:
        together = len(recording.sent_before(db.session(), this_register(), form))
    others = together - 1
    more = f" y de {formatting.plural(others, 'persona más', 'personas más')}" if others else ""
    return f"Ingreso registrado: {visit.visitor_name}{more}, {formatting.hour(visit.entry_at)}."


def _exit_text(visit: Visit) -> str:
    if visit.exit_state == "left":
        return f"Salida registrada: {visit.visitor_name}, {formatting.hour(visit.exit_at)}."
    if visit.exit_state == "unknown":
        return f"La salida de {visit.visitor_name} ya figura como no registrada."
    return f"La visita de {visit.visitor_name} está anulada."


# Exits ------------------------------------------------------------------------------------------


@blueprint.post("/registro/<code>/<env>/salidas/<visit>")
def leave(code: str, env: str, visit: str) -> Response | Page:
    """Record an exit, now or at the typed hour; a form sent twice is one exit."""
    opened, register = db.session(), this_register()
    found = present_visitors.of_code(opened, register, visit)
    if found is None:
        abort(404)
    try:
        exit_at = _hour_of(found)
        recording.leave(opened, found, exit_at=exit_at, actor_id=recorder())
    except Refused as refused:
        # The form on this page is a new one: nothing of an entry was sent.
        form = EntryForm(opened, register, formdata=None)
        errors = {f"salida-{found.code}": refused.sentence}
        return _page(form, errors), 422
    opened.commit()
    return redirect(_address(salida=found.code), 303)


def _hour_of(visit: Visit) -> datetime | None:
    """Return the typed hour, on the day of the visit; None for now. Raises Refused."""
    typed = request.form.get("hora", "").strip()
    if not typed:
        return None
    try:
        return calendar.at_hour(visit.visit_on, read_time(typed))
    except ValueError:
        raise Refused("exit_at", TIME_FAULT) from None


# What is known ----------------------------------------------------------------------------------


@blueprint.get("/registro/<code>/<env>/funcionarios")
def find_officials(code: str, env: str) -> dict[str, Any]:
    """Return who is in office today by some letters, for the list under the field (desk.js)."""
    typed = request.args.get("q", "")[:100]
    found = officials.matching(db.session(), this_register(), typed, calendar.today())
    return {"found": [{"id": one.id, "label": officials.label(one)} for one in found]}


@blueprint.post("/registro/<code>/<env>/visitante")
def find_visitor(code: str, env: str) -> Response | Page:
    """Return what this register knows of a document: a fragment for desk.js, or the filled page."""
    form = EntryForm(db.session(), this_register())
    who = form.part_of(request.form.get("who", ""))
    answer = _look_up(who) if who.judge_document() else {}
    if "HX-Request" in request.headers:
        return render_template("register/desk_known.html", part=who, known=answer)
    if not answer and form.faults():
        return _page(form, form.faults()), 422
    for name, value in answer.get("fields", {}).items():
        who[name].data = value
    blank = next((who[name] for name in ("surnames", "given_names") if not who[name].data), None)
    return _page(form, focus=blank or form.official, known=answer, known_of=who)


def _look_up(who: VisitorPart) -> dict[str, Any]:
    """Return what to fill in (`fields`), and a sentence on where it comes from (`note`)."""
    opened, register = db.session(), this_register()
    kind, number = who["document_type"].data, who["document_number"].data
    last = known_visitors.find(opened, register, kind, number)
    if last is not None:
        names = ("surnames", "given_names", "kind", "entity", "entity_ruc")
        return {
            "fields": {name: getattr(last, name) for name in names},
            "note": _note_of(last),
            "warning": last.inside,
        }
    return {"note": "No hay datos suyos todavía: escríbelos."}


def _note_of(last: known_visitors.Known) -> str:
    if last.inside and last.entry_at:
        return (
            f"Ya está dentro desde las {formatting.hour(last.entry_at)}: revisa si falta su salida."
        )
    if last.entry_at is None:
        return "Vino antes. Revisa sus datos."
    day = formatting.day(last.entry_at)
    if last.lacks_exit:
        return f"Vino el {day} y falta registrar su salida. Revisa sus datos."
    return f"Vino el {day}. Revisa sus datos."
