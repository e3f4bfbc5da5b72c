"""Fixtures of people: an installation that demands a second factor."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.cast import account
from tests.conftest import Clock


@pytest.fixture
def strict(app: Flask, clock: Clock) -> Flask:
    """Return an application that demands a second factor of the PCM's people, with one of them."""
    app.config["SECOND_FACTOR"] = "required"
    account(app)
    return app
