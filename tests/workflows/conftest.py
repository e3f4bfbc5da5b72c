"""Fixtures of the process tests."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.workflows import small
from tests.workflows.walking import Walk
from workflows import use_clock
from workflows.definition import Definition


@pytest.fixture(autouse=True)
def _the_real_clock_comes_back() -> Iterator[None]:
    yield
    use_clock(lambda: datetime.now(UTC))


@pytest.fixture
def definition() -> Definition:
    return Definition.parse(small.TEXTS)


@pytest.fixture
def onboarding(definition: Definition) -> Walk:
    """Return an onboarding at its first step."""
    return Walk(definition, "onboarding")
