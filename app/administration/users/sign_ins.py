"""The superuser's page of a user's sign-ins, open and ended, and of failed tries."""

from __future__ import annotations

from flask import abort, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.administration.users.blueprint import pages
from app.administration.users.directory import back, person
from app.base import audit_log, calendar, db
from app.base.models import SignIn, User
from app.people.access import require
from app.people.accounts import guesses, signed_in

#: Most ended sign-ins shown.
RECENT = 20


@pages.get("/personas/<int:number>/sesiones")
def sign_ins(number: int) -> str:
    """Show a user's sign-ins, open and ended, and the failed tries of the last day."""
    require("manage_people")
    session, user = db.session(), person(number)
    now = calendar.now()
    open_ones = [row for row in signed_in.open_ones(session, user) if signed_in.is_alive(row, now)]
    over = (
        select(SignIn)
        .where(SignIn.user_id == user.id, SignIn.id.not_in([row.id for row in open_ones]))
        .order_by(SignIn.id.desc())
        .limit(RECENT)
    )
    return render_template(
        "people/sign_ins.html",
        person=user,
        open_ones=open_ones,
        over=session.scalars(over).all(),
        failed=guesses.failed(session, user),
        current=signed_in.current(),
    )


@pages.post("/personas/<int:number>/sesiones/<int:sign_in>")
def end_sign_in(number: int, sign_in: int) -> Response:
    """End one of a person's sign-ins."""
    actor, user, session = require("manage_people"), person(number), db.session()
    row = session.get(SignIn, sign_in)
    if row is None or row.user_id != user.id:
        abort(404)
    lasted = row.ended_at is None
    _end([row] if lasted else [], user, actor)
    session.commit()
    if not lasted:
        return back(user, "Esa sesión ya había terminado.", "message", "people.sign_ins")
    return back(user, "Cerramos esa sesión.", endpoint="people.sign_ins")


@pages.post("/personas/<int:number>/sesiones")
def end_sign_ins(number: int) -> Response:
    """End all of a person's sign-ins, but the one that asks for it, and void their calendar."""
    actor, user, session = require("manage_people"), person(number), db.session()
    mine = signed_in.current()
    rows = [row for row in signed_in.open_ones(session, user) if mine is None or row.id != mine.id]
    _end(rows, user, actor)
    voided = signed_in.void_calendar(session, user, actor.id)
    session.commit()
    said = "Cerramos sus sesiones." if rows else "No había sesiones que cerrar."
    if voided:
        said += " Anulamos la dirección de su calendario."
    kind = "success" if rows or voided else "message"
    return back(user, said, kind, "people.sign_ins")


def _end(rows: list[SignIn], user: User, actor: User) -> None:
    session = db.session()
    for row in rows:
        signed_in.end(session, row)
        said = {"browser": row.browser}
        audit_log.of_person(session, "person.sign_in_ended", user, actor.id, **said)
