"""Fixtures of interest acts: an entity that registers them."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.register.interest_acts.acting import Acting
from tests.conftest import Clock


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Acting:
    return Acting(app)
