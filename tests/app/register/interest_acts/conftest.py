"""Fixtures of the tests of interest acts."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.register.interest_acts.acting import Acting
from tests.conftest import Clock


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Acting:
    """Return a register in which interest acts can be recorded."""
    return Acting(app)
