"""*Cartilla de prueba*: the script of the demo test, which ticks itself off."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.base import db
from app.register.desk.frame import this_register
from app.register.facts.values import CATEGORIES
from app.register.visits import demo_script

blueprint = Blueprint("script", __name__)


@blueprint.get("/registro/<code>/demo/cartilla", defaults={"env": "demo"})
def show(code: str, env: str) -> str:
    """Show the ten visits and the other tasks, each with its missing parts."""
    return render_template(
        "register/script.html",
        progress=demo_script.progress(db.session(), this_register()),
        categories=CATEGORIES,
    )
