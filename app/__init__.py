"""Zaguán: the onboarding of Peru's public entities to the register of visits."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_wtf import CSRFProtect

import workflows
from app import calendar, config, db, look, security_headers


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """The application; `settings` stands in for the environment (tests, benches).

    Raises config.BadSetting when a setting cannot be used, and workflows' InvalidDiagram when a
    version with live instances asks of the code what it no longer has.
    """
    app = Flask("app", static_folder=None, template_folder=None)
    app.config.from_mapping(config.complete(settings) if settings else config.load())
    workflows.use_clock(lambda: calendar.now())
    db.init_app(app)
    CSRFProtect(app)
    look.init_app(app)
    security_headers.init_app(app)
    register_pages(app)
    return app


def register_pages(app: Flask) -> None:
    """Every page of the product, by the part that it belongs to."""
    from app import access, accounts, catalogue, people

    accounts.init_app(app)
    people.init_app(app)
    catalogue.init_app(app)
    access.init_app(app)
