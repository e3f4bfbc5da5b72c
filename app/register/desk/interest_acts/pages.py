"""Interest acts for the users who record them: the list, one act, and the changes to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, select
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import InterestAct, Visit
from app.base.paging import paged
from app.people.accounts.forms import errors_of
from app.register.desk.forms import Invalid, Reason, SubmissionField, accepting, seen_version
from app.register.desk.frame import recorder, sees_reserved, this_place, this_register
from app.register.desk.interest_acts.form import ActForm
from app.register.desk.visit_pages import this_visit
from app.register.interest_acts import acts as interest
from app.register.interest_acts import history
from app.register.visits import attached_acts
from app.register.visits.reserved import AUDIENCE as RESERVED

blueprint = Blueprint("acts", __name__)

BASE = "/registro/<code>/<env>/actos"
PER_PAGE = 50


class AnnulForm(Reason):
    """The reason for annulling an act."""

    submission = SubmissionField()


@blueprint.get(BASE)
def list_acts(code: str, env: str) -> str:
    """List the acts of the register, the latest first; or explain how acts are recorded."""
    session, register = db.session(), this_register()
    if register.interest_acts_at is None:
        return _not_yet()
    ours = _seen().where(InterestAct.newest)
    latest = ours.order_by(InterestAct.held_on.desc(), InterestAct.id.desc())
    page, shown = paged(session, latest, PER_PAGE)
    return render_template("register/acts.html", acts=session.scalars(shown).all(), page=page)


def _not_yet() -> str:
    return render_template("register/acts_not_yet.html")


def _seen() -> Select[InterestAct]:
    """Select the acts of this register that this user sees, without acts of hidden visits."""
    rows = select(InterestAct).where(InterestAct.register_id == this_register().id)
    if sees_reserved():
        return rows
    return rows.where(*_shown())


def _shown() -> tuple[ColumnElement[bool], ...]:
    hidden = attached_acts.is_of_a_visit(Visit.audience == RESERVED)
    return (InterestAct.audience != RESERVED, ~hidden)


@blueprint.get(f"{BASE}/<act>")
def show(code: str, env: str, act: str) -> str:
    """Show an act in its current version, with all its versions."""
    session, row = db.session(), _this(act)
    versions = history.versions_of(session, row)
    return render_template(
        "register/act.html",
        act=row,
        facts=history.facts(session, row, full=True),
        changes=history.changes(session, versions, full=True)[::-1],
    )


@blueprint.route(f"{BASE}/nuevo", methods=["GET", "POST"])
def new(code: str, env: str) -> Response | str | tuple[str, int]:
    """Record an act: of the visit that the address names, or alone."""
    session, register = db.session(), this_register()
    if register.interest_acts_at is None:
        return _not_yet() if request.method != "POST" else (_not_yet(), 422)
    visit_code = request.args.get("visita", "")
    visit = this_visit(visit_code) if visit_code else None
    if request.method != "POST":
        return _form_page(_form(visit=visit))
    form = _form(request.form, visit=visit)
    try:
        with accepting(form):
            row = interest.record(
                session,
                register,
                form.said(),
                submission=form.submission.key,
                actor_id=recorder(),
                visit=visit,
            )
    except Invalid as fault:
        return _form_page(form, fault.errors), 422
    return _done(row, "El acto quedó registrado.")


@blueprint.route(f"{BASE}/<act>/corregir", methods=["GET", "POST"])
def correct(code: str, env: str, act: str) -> Response | str | tuple[str, int]:
    """Show all values of an act, and write another version with the changes."""
    session, register, row = db.session(), this_register(), _this(act)
    if row.act == "annulment" and request.method != "POST":
        return _done(row, "El acto está anulado: no se puede corregir.", "warning")
    if request.method != "POST":
        return _form_page(_form(visit=row.visit, act=row), act=row)
    form = _form(request.form, visit=row.visit, act=row)
    try:
        with accepting(form):
            version = interest.correct(
                session,
                register,
                row,
                form.said(),
                reason=form.reason.data or "",
                seen=seen_version(),
                submission=form.submission.key,
                actor_id=recorder(),
            )
    except Invalid as fault:
        return _form_page(form, fault.errors, row), 422
    if version is None:
        return _done(row, "No hay nada que corregir: el acto ya dice eso.", "message")
    return _done(version, "Corregimos el acto. Su historial dice qué cambió.")


def _form(
    given: Any = None, *, visit: Visit | None = None, act: InterestAct | None = None
) -> ActForm:
    """Return the form of an act, with the meetings that this user may see."""
    return ActForm(
        db.session(), this_register(), given, visit=visit, act=act, sees_reserved=sees_reserved()
    )


def _form_page(
    form: ActForm, errors: Mapping[str, str] | None = None, act: InterestAct | None = None
) -> str:
    return render_template(
        "register/act_form.html",
        form=form,
        errors=errors or {},
        act=act,
        visit=form.visit,
        meeting=form.meeting,
        seen=request.form.get("seen") or (act.number if act else ""),
        back=_address(act) if act else url_for(".list_acts", **this_place()),
    )


@blueprint.route(f"{BASE}/<act>/anular", methods=["GET", "POST"])
def annul(code: str, env: str, act: str) -> Response | str | tuple[str, int]:
    """Ask for the reason, and annul an act, which stays with its history."""
    session, row = db.session(), _this(act)
    if row.act == "annulment":
        return _done(row, "El acto ya estaba anulado.", "message")
    form = AnnulForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        errors = errors_of(form) if request.method == "POST" else {}
        page = render_template(
            "register/act_annul.html",
            form=form,
            errors=errors,
            act=row,
            facts=history.facts(session, row, full=True),
            back=_address(row),
        )
        return (page, 422) if errors else page
    made = interest.annul(
        session,
        this_register(),
        row,
        reason=form.reason.data or "",
        submission=form.submission.key,
        actor_id=recorder(),
    )
    session.commit()
    return _done(made, "El acto quedó anulado. Sigue a la vista, con su motivo.")


def _this(code: str) -> InterestAct:
    """Return the newest version of the act that the address names; 404 for another register's."""
    found = _seen().where(InterestAct.code == code, InterestAct.newest)
    return db.session().scalar(found) or abort(404)


def _address(row: InterestAct) -> str:
    return url_for(".show", **this_place(), act=row.code)


def _done(row: InterestAct, sentence: str, category: str = "success") -> Response:
    flash(sentence, category)
    return redirect(_address(row), 303)
