"""The pages of one entity: where it stands, its tasks, documents, people, mails and history."""

from __future__ import annotations

from flask import Flask

from app.onboarding.entities import coordinators, filings, letters, pages, sections, starting


def init_app(app: Flask) -> None:
    """Register the pages, and give templates the navigation of an entity's pages."""
    parts = (pages, starting, letters, coordinators, filings)
    for blueprint in dict.fromkeys(part.blueprint for part in parts):
        app.register_blueprint(blueprint)
    app.jinja_env.globals["pages_of_entity"] = sections.links
