"""Incidents of all entities: what failed, since when, and trying it again."""

from __future__ import annotations

from flask import Blueprint, render_template

from app import access, db
from app.entities import standing

blueprint = Blueprint("incidents", __name__)


@blueprint.get("/incidentes")
def list_incidents() -> str:
    """What waits for somebody to look at it, the oldest first."""
    access.require("retry_incident")
    return render_template(
        "entities/incidents.html", incidents=standing.open_incidents(db.session())
    )
