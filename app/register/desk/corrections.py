"""Corrections and annulments: another version, with who, when and why."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Visit
from app.people import access
from app.people.access import this_entity
from app.people.accounts.forms import errors_of
from app.register.desk.forms import Invalid, Reason, accepting, seen_version
from app.register.desk.visit_form import VisitForm
from app.register.desk.visit_pages import ROOT, address, as_it_is, blueprint, facts, this_visit
from app.register.visits import attached_acts, recording

NOTHING = "No hay nada que corregir: la visita ya dice eso."


@blueprint.route(f"{ROOT}/<visit>/corregir", methods=["GET", "POST"])
def correct(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Show all facts of a visit, and write another version with the changes."""
    user = access.require("record_visits", this_entity())
    session, row = db.session(), this_visit(visit)
    if row.state != "standing":
        return as_it_is(row, "La visita está anulada: no se puede corregir.", "warning")
    if request.method != "POST":
        return _correcting(row, VisitForm(session, row), {})
    form = VisitForm(session, row, request.form)
    try:
        with accepting(form, entry_at="entry", exit_at="exit"):
            version = recording.correct(
                session,
                row,
                reason=form.reason.data or "",
                actor_id=user.id,
                seen=seen_version(),
                **form.values(),
            )
    except Invalid as fault:
        return _correcting(row, form, fault.errors), 422
    if version is None:
        return as_it_is(row, NOTHING, "message")
    return as_it_is(row, "Corregimos la visita. Su historial dice qué cambió.", "success")


def _correcting(row: Visit, form: VisitForm, errors: dict[str, str]) -> str:
    return render_template(
        "register/correct.html",
        form=form,
        errors=errors,
        visit=row,
        seen=request.form.get("seen") or row.versions,
        back=address("kept.show", row),
    )


@blueprint.route(f"{ROOT}/<visit>/anular", methods=["GET", "POST"])
def annul(code: str, env: str, visit: str) -> Response | str | tuple[str, int]:
    """Ask for the reason, and annul a visit, which stays with its history."""
    user = access.require("record_visits", this_entity())
    session, row = db.session(), this_visit(visit)
    if row.state != "standing":
        return as_it_is(row, "La visita ya estaba anulada.", "message")
    form = Reason(request.form if request.method == "POST" else None)
    page: dict[str, Any] = {"visit": row, "facts": facts(row), "back": address("kept.show", row)}
    page["has_acts"] = attached_acts.has_acts(session, row)
    if request.method != "POST":
        return render_template("register/annul.html", form=form, errors={}, **page)
    if not form.validate():
        return render_template(
            "register/annul.html", form=form, errors=errors_of(form), **page
        ), 422
    recording.annul(session, row, reason=form.reason.data or "", actor_id=user.id)
    session.commit()
    return as_it_is(
        row, "Anulamos la visita. Sigue en el registro, marcada como anulada.", "success"
    )
