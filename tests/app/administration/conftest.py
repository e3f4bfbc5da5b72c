"""Fixtures of administration: a case with an open step of the administrator, and a superuser."""

from __future__ import annotations

import pytest

from tests.app.administration.away import more
from tests.app.walk import Walk
from tests.pages import CheckingClient


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """Return a case with an open step of the administrator, and a superuser."""
    more(walk, "superuser", "40000001", "superuser")
    walk.begin_at("training")
    return walk


@pytest.fixture
def gestor(walk: Walk) -> CheckingClient:
    return walk.browser_of(walk.person("40000031", "superuser"))


@pytest.fixture
def started(walk: Walk) -> Walk:
    """Return a case at its first step, and a superuser."""
    more(walk, "superuser", "40000001", "superuser")
    walk.begin()
    return walk
