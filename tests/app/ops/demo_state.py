"""A prepared state: the demo of eight entities, of which several tests read."""

from __future__ import annotations

from flask import Flask

from app.administration import catalogue
from app.base import calendar, db
from app.cases import processes
from app.ops import demo


class Demo:
    """A demo, after which the clock is what it was before. Every step accepts its own example."""

    def __init__(self, app: Flask) -> None:
        before = calendar.now()
        assert demo.fill(prepared(app), entities=8, seed=1) == 0
        assert calendar.now() == before


def prepared(app: Flask) -> Flask:
    """Load diagrams and catalogue."""
    with app.app_context(), db.writing(app) as session:
        processes.deploy(session)
        catalogue.load(session)
    return app
