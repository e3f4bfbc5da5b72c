"""Fixtures of the tests of the register."""

from __future__ import annotations

import pytest

from tests.app.visited import Visited
from tests.pages import CheckingClient


@pytest.fixture
def desk(visited: Visited) -> CheckingClient:
    """Return the browser of an operator."""
    return visited.browser("operator")
