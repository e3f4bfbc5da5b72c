"""Settings and declarations of a register: outages, days without visits, counts."""

from __future__ import annotations

from flask import Flask

from app.register.desk.settings import counts, dated_rules, empty_days, outages, pages, statements

#: Their pages belong to the blueprint of `outages`.
SHARING = (counts, empty_days)


def init_app(app: Flask) -> None:
    """Register the pages."""
    for part in (
        dated_rules,
        outages,
        pages,
        statements,
    ):
        app.register_blueprint(part.blueprint)
