"""*Hoy*: the first page of the PCM's people, with only what needs attention today."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template

from app.base import calendar, db
from app.onboarding.today import proposed
from app.onboarding.today.parts import Reader
from app.onboarding.today.sections import sections
from app.people import access, proposals

blueprint = Blueprint("today", __name__)


def init_app(app: Flask) -> None:
    """Register the pages."""
    app.register_blueprint(blueprint)
    app.register_blueprint(proposed.blueprint)
    app.jinja_env.globals["may_answer"] = proposals.may_answer


@blueprint.get("/hoy")
def show() -> str:
    """Show what waits, became late, is due or happens today; each part links to its list."""
    reader = Reader.of(db.session(), access.require("see_today"))
    found = sections(reader)
    return render_template(
        "today/today.html",
        today=calendar.today(),
        work=[one for one in found if one.work],
        other=[one for one in found if not one.work],
    )
