"""Fixtures of the register: the desk, where an operator has signed in."""

from __future__ import annotations

import pytest

from tests.app.visited import Visited
from tests.pages import CheckingClient


@pytest.fixture
def desk(visited: Visited) -> CheckingClient:
    return visited.browser("operator")
