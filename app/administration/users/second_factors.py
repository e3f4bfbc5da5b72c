"""The page on which two people reset a colleague's second factor: one asks, another confirms."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from werkzeug.wrappers import Response

from app.administration.users.blueprint import pages
from app.administration.users.directory import back, person
from app.administration.users.forms import FactorReason
from app.base import db
from app.base.models import User
from app.people.access import me, require
from app.people.accounts.factor import held, policy, resets
from app.people.accounts.forms import errors_of

Answer = Response | str | tuple[str, int]
PAGE = "people.second_factor"


@pages.get("/personas/<int:number>/segundo-factor")
def second_factor(number: int) -> str:
    """Show whether a person has a second factor, and the request to reset it."""
    require("manage_people")
    return _page(_concerned(number), FactorReason())


@pages.post("/personas/<int:number>/segundo-factor")
def ask_factor_reset(number: int) -> Answer:
    """Ask that the second factor be reset."""
    actor, user, session = require("manage_people"), _concerned(number), db.session()
    form = FactorReason(request.form)
    if not form.validate():
        return _page(user, form), 422
    try:
        resets.ask(session, user, actor, form.reason.data)
    except resets.Refused as why:
        session.rollback()
        return back(user, str(why), "warning", PAGE)
    session.commit()
    said = "Lo pediste. Ahora lo confirma otra persona que gestione usuarios."
    return back(user, said, endpoint=PAGE)


@pages.post("/personas/<int:number>/segundo-factor/confirmar")
def confirm_factor_reset(number: int) -> Response:
    """Confirm a request that another person made: the second factor is reset."""
    said = "Restablecimos el segundo factor y cerramos las sesiones. La persona recibirá un correo."
    return _answered(number, resets.confirm, said)


@pages.post("/personas/<int:number>/segundo-factor/retirar")
def withdraw_factor_reset(number: int) -> Response:
    """Withdraw a request."""
    return _answered(number, resets.withdraw, "Retiramos el pedido.")


def _answered(number: int, act: Any, said: str) -> Response:
    actor, user, session = require("manage_people"), _concerned(number), db.session()
    try:
        act(session, user, actor)
    except resets.Refused as why:
        session.rollback()
        return back(user, str(why), "warning", PAGE)
    session.commit()
    return back(user, said, endpoint=PAGE)


def _concerned(number: int) -> User:
    """Return the person; 404 where the installation has no second factors."""
    if not policy.is_on():
        abort(404)
    return person(number)


def _page(user: User, form: FactorReason) -> str:
    session, reader = db.session(), me()
    pending = resets.waiting(session, user)
    reader_id = reader.id if reader is not None else 0
    return render_template(
        "people/second_factor.html",
        person=user,
        factor=held.of(session, user),
        pending=pending,
        is_own=reader_id == user.id,
        may_confirm=pending is not None and reader_id not in (user.id, pending.requested_by_id),
        form=form,
        errors=errors_of(form),
    )
