"""The newest corrections and annulments of visits of all entities."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.base import db
from app.register.news import items, topics
from app.register.news.topics import Topic
from app.register.public.shared import keep_out

blueprint = Blueprint("corrections", __name__)
blueprint.after_request(keep_out)


@blueprint.get("/correcciones")
def show() -> str:
    """List the corrections and annulments, the latest first."""
    session = db.session()
    rows = items.corrections(session)
    return render_template(
        "consult/corrections.html",
        rows=[(row, items.correction_item(row)) for row in rows],
        words=items.WORDS,
        most=items.MOST,
        followed=topics.find(session, Topic(topics.CORRECTIONS)),
    )
