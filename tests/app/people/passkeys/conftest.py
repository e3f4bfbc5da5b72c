"""Fixtures of passkeys: an installation that demands a second factor, and a device."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.cast import account
from tests.app.people.passkeys.acts import NUMBER
from tests.app.people.passkeys.authenticator import Authenticator
from tests.conftest import Clock


@pytest.fixture
def strict(app: Flask, clock: Clock) -> Flask:
    """Return an application that demands a second factor of the PCM's people, with one of them."""
    app.config["SECOND_FACTOR"] = "required"
    account(app, NUMBER)
    return app


@pytest.fixture
def device() -> Authenticator:
    """Return a device without passkeys."""
    return Authenticator()
