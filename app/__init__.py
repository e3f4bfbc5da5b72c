"""Zaguán: the onboarding of Peru's public entities to the register of visits."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(settings: dict[str, Any] | None = None) -> Flask:
    """Return the application; `settings` replace the environment (tests, benches).

    It imports its parts itself, so that a command which needs one of them starts fast.
    Raises config.BadSetting when a setting cannot be used.
    """
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    import workflows
    from app.base import calendar, config, db, logging_setup, request_limits
    from app.base.files import places
    from app.people import downloads, page_rate, readings
    from app.people.access import unsent
    from app.web import errors, security_headers, templating

    # The collector runs seldom enough that rows of a long page do not count as lasting objects, and
    # often enough that freeing the objects of a few pages (5,000 objects take 5 ms) delays no page.
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
    places.init_app(app)
    logging_setup.init_app(app)
    request_limits.init_app(app)
    unsent.FormProtect().init_app(app)
    templating.init_app(app)
    security_headers.init_app(app)
    downloads.init_app(app)
    page_rate.init_app(app)
    readings.init_app(app)
    errors.init_app(app)
    register_pages(app)
    return app


def register_pages(app: Flask) -> None:
    """Register every page of the product, room by room."""
    from app.administration import audit, breaches, catalogue, leaving, mandates, rehearsals, users
    from app.administration import non_working_days as days
    from app.administration import process_versions as versions
    from app.cases import progress_file
    from app.mailroom import incoming, outbox, reminder_pages, sending
    from app.onboarding import (
        batches,
        case_admin,
        correcting,
        diagrams,
        entities,
        entity_list,
        induction_sessions,
        programme,
        questions,
        review,
        tasks,
        today,
    )
    from app.onboarding import mandates as ends_of_mandates
    from app.ops import health
    from app.people import access, accounts, provider
    from app.register import desk, open_data
    from app.register import public as public_register
    from app.register.export import daily
    from app.web import calendars, manual, navigation, papers, public, search, verification

    access.init_app(app)
    daily.offer(app, progress_file.DAILY)
    everyone = (
        public,
        papers,
        verification,
        search,
        navigation,
        accounts,
        provider,
        manual,
        calendars,
    )
    register = (public_register, open_data)
    cases = (tasks, today, entity_list, entities, case_admin, batches, induction_sessions)
    overview = (programme, diagrams, ends_of_mandates, questions, correcting, review, rehearsals)
    administration = (users, leaving, catalogue, days, mandates, versions, audit, breaches)
    mailroom_and_rest = (outbox, sending, incoming, reminder_pages, desk, health)
    for part in (*everyone, *register, *cases, *overview, *administration, *mailroom_and_rest):
        part.init_app(app)
