"""The calendar by its address, and the page on which a person makes theirs."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.base import db
from app.base.models import User
from app.base.urls import external_url
from app.people import access
from app.people.accounts import signed_in
from app.web.calendars import addresses, events, writing
from forms.fields import Part
from forms.fields.choices import ChoiceField

Answer = AnyResponse | str | tuple[str, int]

#: The page of *Mi cuenta*, and the calendar: only this is limited as public pages are.
own = Blueprint("own_calendar", __name__)
read = Blueprint("calendars", __name__)


class NamesForm(Part):
    """What the calendar says."""

    names = ChoiceField(
        "Qué dice cada entrada",
        (
            ("no", "Solo qué hay que hacer, sin ningún nombre"),
            ("entity", "También el nombre de la entidad"),
        ),
        hint="Nunca dice nombres de personas. Quien tenga la dirección puede leerlo.",
        needed="Elige qué dice cada entrada.",
    )


@own.get("/cuenta/calendario")
def show() -> str:
    """Show whether the user has an address, and the form for another."""
    return _page(_me(), NamesForm())


@own.post("/cuenta/calendario")
def make() -> Answer:
    """Make an address and show it, once; the one before is void."""
    user, session = _me(), db.session()
    form = NamesForm(request.form)
    if not form.validate():
        return _page(user, form), 422
    secret = addresses.make(session, user, with_names=form.names.data == "entity")
    session.commit()
    return _page(user, form, external_url("calendars.personal", secret=secret))


@own.post("/cuenta/calendario/anular")
def void() -> AnyResponse:
    """Make the user's address void."""
    user, session = _me(), db.session()
    if signed_in.void_calendar(session, user, user.id):
        session.commit()
        flash("La dirección de tu calendario dejó de valer.", "success")
    else:
        flash("No tenías una dirección.", "message")
    return redirect(url_for(".show"), 303)


def _me() -> User:
    """Return the signed-in user; the guard has let only signed-in users pass."""
    return access.me() or abort(404)


def _page(user: User, form: NamesForm, address: str = "") -> str:
    return render_template(
        "calendars/show.html",
        row=addresses.of(db.session(), user),
        form=form,
        errors={field.id: str(field.errors[0]) for field in form if field.errors},
        address=address,
    )


@read.get("/calendario/<secret>.ics")
def personal(secret: str) -> Response:
    """Send the calendar of a person; 404 for an address that is void, or of one who left."""
    session = db.session()
    row = addresses.find(session, secret) or abort(404)
    found = events.of_person(session, row.user, with_names=row.with_names)
    response = Response(writing.write(found), mimetype=None)
    response.headers["Content-Type"] = writing.MEDIA_TYPE
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.add_etag()
    response.make_conditional(request)
    return response
