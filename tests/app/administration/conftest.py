"""Fixtures of the tests of the administration."""

from __future__ import annotations

import pytest

from tests.app.administration.away import more
from tests.app.walk import Walk


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """Return a case with an open step of the administrator, and a superuser."""
    more(walk, "superuser", "40000001", "superuser")
    walk.begin_at("training")
    return walk
