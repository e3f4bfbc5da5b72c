"""The page on which two people reset a second factor: one proposes it, another confirms."""

from __future__ import annotations

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
    """Show whether a person has a second factor, and the proposal to reset it."""
    require("manage_people")
    return _page(_concerned(number), FactorReason())


@pages.post("/personas/<int:number>/segundo-factor")
def propose_factor_reset(number: int) -> Answer:
    """Propose that the second factor be reset."""
    actor, user, session = require("manage_people"), _concerned(number), db.session()
    form = FactorReason(request.form)
    if not form.validate():
        return _page(user, form), 422
    try:
        resets.propose(session, user, actor, form.reason.data)
    except resets.Refused as why:
        session.rollback()
        return back(user, str(why), "warning", PAGE)
    session.commit()
    said = "Lo propusiste. Ahora lo confirma otra persona que gestione usuarios."
    return back(user, said, endpoint=PAGE)


def _concerned(number: int) -> User:
    """Return the person; 404 where the installation has no second factors."""
    if not policy.is_on():
        abort(404)
    return person(number)


def _page(user: User, form: FactorReason) -> str:
    session, reader = db.session(), me()
    return render_template(
        "people/second_factor.html",
        person=user,
        factor=held.of(session, user),
        pending=resets.waiting(session, user),
        is_own=reader is not None and reader.id == user.id,
        form=form,
        errors=errors_of(form),
    )
