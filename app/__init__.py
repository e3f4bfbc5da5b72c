"""Zaguán: the onboarding of Peru's public entities to the register of visits."""

from __future__ import annotations

import gc
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import workflows
from app.base import calendar, config, db, limits, logs
from app.people import downloads
from app.people.access import unsent
from app.web import errors, security_headers, templating

csrf = unsent.FormProtect()


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """The application; `settings` stands in for the environment (tests, benches).

    Raises config.BadSetting when a setting cannot be used.
    """
    # Cycles are looked for seldom enough that rows of a long page do not count as what stays, and
    # often enough that freeing what a few pages left (5,000 objects take 5 ms) delays no page.
    gc.set_threshold(5_000, 10, 50)
    app = Flask("app", static_folder=None, template_folder=None)
    app.config.from_mapping(config.load(settings=settings))
    if clock := calendar.clock_from_environment():
        calendar.use_clock(clock)
    if app.config["PROXIES"]:
        trusted = app.config["PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted)  # type: ignore[method-assign]
    workflows.use_clock(calendar.now)
    db.init_app(app)
    logs.init_app(app)
    limits.init_app(app)
    csrf.init_app(app)
    templating.init_app(app)
    security_headers.init_app(app)
    downloads.init_app(app)
    errors.init_app(app)
    register_pages(app)
    return app


def register_pages(app: Flask) -> None:
    """Every page of the product, by the part that it belongs to."""
    from app.administration import audit, catalogue, days, users
    from app.mailroom import incoming, outbox, reminder_pages, sending
    from app.onboarding import (
        batches,
        diagrams,
        entities,
        induction_sessions,
        programme,
        tasks,
        today,
    )
    from app.ops import health
    from app.people import access, accounts
    from app.register import desk, open_data
    from app.register import public as consult
    from app.web import manual, public

    access.init_app(app)
    first = (
        public,
        accounts,
        tasks,
        entities,
        induction_sessions,
        outbox,
        reminder_pages,
        sending,
        incoming,
        users,
    )
    rest = (batches, catalogue, audit, days, diagrams, health, desk, consult, open_data, manual)
    for part in (*first, today, *rest, programme):
        part.init_app(app)
