"""Fixtures of suppressions."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.app.register.suppression.suppressing import Suppressing
from tests.conftest import Clock


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Suppressing:
    return Suppressing(app)
