"""*Hoy*: the first page of the PCM's people, with what needs a hand today and nothing else."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template

from app.base import calendar, db
from app.onboarding.today.sections import Reader, sections
from app.people import access

blueprint = Blueprint("today", __name__)


def init_app(app: Flask) -> None:
    """Adds the page."""
    app.register_blueprint(blueprint)


@blueprint.get("/hoy")
def show() -> str:
    """What waits, what fell late, what is due, what happens today; each with the list behind it."""
    reader = Reader.of(db.session(), access.require("see_today"))
    found = sections(reader)
    return render_template(
        "today/today.html",
        today=calendar.today(),
        work=[one for one in found if one.work],
        beside=[one for one in found if not one.work],
    )
