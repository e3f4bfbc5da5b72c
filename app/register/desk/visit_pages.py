"""The visits of a register: by day, and one visit with all its versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, calendar, db, formatting
from app.base.formatting import plain
from app.base.models import Register, Visit
from app.base.paging import paged
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register.desk.frame import (
    decides,
    is_hidden,
    sees_reserved,
    this_place,
    this_register,
)
from app.register.desk.months import name_of
from app.register.facts import keys
from app.register.facts.declared import DECLARED
from app.register.facts.values import CATEGORIES, OBSERVATIONS, VISITOR_KINDS
from app.register.search.query import MOST_WORDS
from app.register.suppression import deciders, reviews
from app.register.suppression.fields import GROUNDS
from app.register.visits import attached_acts, history, present_visitors, reserved
from forms.fields import Part, TextField, add_error
from forms.fields.dates import DATE_FAULT, read_date
from forms.fields.rules import NO_NUMBERS, has_document_number

blueprint = Blueprint("kept", __name__)

PER_PAGE = 50
ROOT = "/registro/<code>/<env>/visitas"


class Purpose(Part):
    """Why a user looks at a whole document number."""

    purpose = TextField(
        "Para qué lo necesitas",
        hint="Queda en el historial, con tu nombre y la hora.",
        needed="Escribe para qué lo necesitas.",
        limit=300,
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the purpose: without the number, because the log stores it."""
        good = bool(super().validate(extra_validators))
        if good and has_document_number(self.purpose.data or ""):
            add_error(self.purpose, NO_NUMBERS)
        return not self.errors


@blueprint.get(ROOT)
def list_visits(code: str, env: str) -> str:
    """List the visits of a day, or all that match some words, newest first."""
    session, register = db.session(), this_register()
    typed = "".join(filter(str.isprintable, request.args.get("q", ""))).strip()[:200]
    day, fault = _requested_day(request.args)
    last = _last_day(session, register)
    if day is None and not typed and not fault:
        day = calendar.today() if _may("record_visits") else last or calendar.today()
    found = _conditions(register, day, typed)
    newest = select(Visit).where(*found).order_by(Visit.rank.desc())
    page, of_page = paged(session, newest, PER_PAGE)
    month = (day or calendar.today()).replace(day=1)
    may_decide = decides()
    return render_template(
        "register/visits.html",
        rows=[shown(row) for row in session.scalars(of_page)],
        page=page,
        day=day,
        typed=typed,
        errors={"dia": fault} if fault else {},
        days=_neighbouring_days(day, last),
        reserved=dict(reserved.count_by_month(session, register)).get(month, 0),
        month_name=name_of(month),
        may_manage=_may("manage_register"),
        may_decide=may_decide,
        instead="" if _may("manage_register") or not may_decide else _instead(session, register),
        to_review=reserved.to_review(session, register) if _may("manage_register") else (),
        in_review=reviews.hidden(session, register) if may_decide else (),
        today=calendar.today(),
    )


def _instead(session: Session, register: Register) -> str:
    """Return why the SIP decides in place of the entity, in words."""
    return deciders.INSTEAD[deciders.instead(session, register)]


def _requested_day(args: Mapping[str, str]) -> tuple[date | None, str]:
    text = args.get("dia", "").strip()
    try:
        return (read_date(text) if text else None), ""
    except ValueError:
        return None, DATE_FAULT


def _conditions(register: Register, day: date | None, typed: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Visit.register_id == register.id]
    if not sees_reserved():
        found.append(Visit.audience != reserved.AUDIENCE)
    if day:
        found.append(Visit.rank >= keys.first_rank(calendar.midnight(day)))
        found.append(Visit.rank < keys.first_rank(calendar.end_of(day)))
    words_of = plain(typed).split()[:MOST_WORDS]
    return found + [Visit.search_text.contains(word, autoescape=True) for word in words_of]


def _last_day(session: Session, register: Register) -> date | None:
    """Return the last day with visits: the start of the list for a reader of the register."""
    found = select(Visit.visit_on).where(*_conditions(register, None, ""))
    return session.scalar(found.order_by(Visit.rank.desc()).limit(1))


def _neighbouring_days(day: date | None, last: date | None) -> dict[str, date]:
    """Return the day before, the day after if it has come, and the last day with visits."""
    if day is None:
        return {}
    days = {"Día anterior": day - timedelta(days=1)}
    if day < calendar.today():
        days["Día siguiente"] = day + timedelta(days=1)
    if last is not None and last not in (day, *days.values()):
        days["Último día con visitas"] = last
    return days


@blueprint.get(f"{ROOT}/<visit>")
def show(code: str, env: str, visit: str) -> str:
    """Show a visit in its current version, and its history."""
    session, row = db.session(), this_visit(visit)
    versions = history.versions_of(session, row)
    return render_template(
        "register/visit.html",
        visit=row,
        facts=facts(row),
        changes=history.changes(session, versions, full=_may("see_visitors"))[::-1],
        reservation=reserved.of_visit(session, row),
        review=reserved.open_review(session, row),
        grounds=GROUNDS,
        ways=_ways(row),
        acts=attached_acts.acts_of(session, row) if _may("record_visits") else (),
    )


def _ways(row: Visit) -> list[dict[str, str]]:
    """Return what this user may do with a visit, as links."""
    standing, there = row.state == "standing", row.state != "suppressed"
    review = reserved.open_review(db.session(), row)
    is_free, is_reserved = there and review is None, row.audience == reserved.AUDIENCE
    ways = [
        ("Corregir", "kept.correct", "record_visits", standing),
        ("Anular", "kept.annul", "record_visits", standing),
        ("Reservar", "kept.reserve", "manage_register", is_free and not is_reserved),
        ("Renovar la reserva", "kept.reserve", "manage_register", is_free and is_reserved),
        ("Levantar la reserva", "kept.lift", "manage_register", is_free and is_reserved),
        ("Ocultar mientras se decide", "kept.hide", deciders.ACTION, is_free and decides()),
        ("Decidir sobre sus datos", "kept.decide", deciders.ACTION, bool(review) and decides()),
        ("Ver el documento completo", "kept.unmask", "unmask", bool(row.document_number)),
    ]
    found = [
        {"label": label, "url": address(endpoint, row)}
        for label, endpoint, action, possible in ways
        if possible and _may(action)
    ]
    if standing and this_register().interest_acts_at and _may("record_visits"):
        new = url_for("acts.new", **this_place(), visita=row.code)
        found.append({"label": "Adjuntar un acto de gestión de intereses", "url": new})
    return found


@blueprint.route(f"{ROOT}/<visit>/documento", methods=["GET", "POST"])
def unmask(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Require the purpose, and show the whole number of one visit; the log has the purpose, never
    the number."""
    viewer = access.require("unmask", this_entity())
    session, row = db.session(), this_visit(visit)
    if (
        not row.document_number
    ):  # as after a suppression: no purpose that names the person is logged
        return as_it_is(row, "Esta visita no tiene documento.", "message")
    form = Purpose(request.form if request.method == "POST" else None)
    page = {"form": form, "visit": row, "back": address("kept.show", row)}
    if request.method != "POST":
        return render_template("register/unmask.html", errors={}, **page)
    if not form.validate():
        return render_template("register/unmask.html", errors=errors_of(form), **page), 422
    said = {"visit": row.code, "purpose": form.purpose.data}
    audit_log.of_register(session, "visit.unmasked", this_register(), viewer.id, **said)
    session.commit()
    return render_template(
        "register/unmasked.html",
        visit=row,
        document=f"{row.document_type} {row.document_number}".strip(),
        back=page["back"],
    )


def this_visit(code: str) -> Visit:
    """Return the visit of this register that an address names; 404 for another register's, and for
    a reserved one if the user does not manage the register."""
    session: Session = db.session()
    if not set(code) <= set(keys.ALPHABET):
        abort(404)
    row = session.scalar(
        select(Visit).where(Visit.code == code, Visit.register_id == this_register().id)
    )
    if row is None or is_hidden(row):
        abort(404)
    return row


def address(endpoint: str, row: Visit) -> str:
    """Return the address of a page about a visit."""
    return url_for(endpoint, **this_place(), visit=row.code)


def as_it_is(row: Visit, sentence: str, category: str) -> Response:
    """Redirect to a visit's page, which shows the result or the reason for no change."""
    flash(sentence, category)
    return redirect(address("kept.show", row), 303)


def _may(action: str) -> bool:
    return access.may(access.me(), action, this_entity())


def document_of(row: Visit) -> str:
    """Return the visitor's document, as this user may see it."""
    full = _may("see_visitors")
    return history.document(row.document_type, row.document_number, full) or "Sin documento"


def shown(row: Visit) -> dict[str, Any]:
    """Return a visit for the list."""
    return {
        "visit": row,
        "url": address("kept.show", row),
        "document": document_of(row),
        "entity": row.visitor_entity if row.visitor_kind != "self" else "",
        "category": CATEGORIES.get(row.category, ""),
        "observation": OBSERVATIONS.get(row.observation, ""),
        "is_reserved": row.audience == reserved.AUDIENCE,
    }


def facts(row: Visit) -> list[tuple[str, str]]:
    """Return the facts of a visit as rows of a summary, without empty ones."""
    waits = "Todavía no sale" if present_visitors.is_inside(row) else "Falta registrarla"
    exits = {"inside": waits, "unknown": "Salida no registrada"}
    ruc = row.visitor_entity_ruc
    ruc = ruc if _may("see_visitors") else access.masked_ruc(ruc)
    represents = " ".join(filter(None, (row.visitor_entity, ruc and f"(RUC {ruc})")))
    official = (row.official_name, row.official_post, row.official_unit)
    said = {
        "Ingreso": formatting.moment(row.entry_at) or f"{formatting.day(row.visit_on)}, sin hora",
        "Salida": formatting.moment(row.exit_at) or exits[row.exit_state],
        "Visitante": row.visitor_name,
        "Documento": document_of(row),
        "Viene como": VISITOR_KINDS.get(row.visitor_kind, ""),
        "Representa a": represents if row.visitor_kind != "self" else "",
        "Funcionario visitado": " · ".join(filter(None, official)),
        "Motivo": f"{CATEGORIES.get(row.category, '')}: {row.motive}".strip(": "),
        "Lugar": " · ".join(filter(None, (row.site, row.place))),
        **{one.desk_row: one.text_of(getattr(row, one.name)) for one in DECLARED if one.desk_row},
        "Se registró": history.registered(row, history.first_at(db.session(), row)),
        "Fuente": history.source_of(row),
    }
    return [(key, value) for key, value in said.items() if value]
