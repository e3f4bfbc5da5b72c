"""The entities that the tests of mandates share."""

from __future__ import annotations

import pytest

from tests.app.onboarding.mandates.ended import Ended
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def ended(walk: Walk, clock: Clock) -> Ended:
    """Return two entities whose mandate ends this month."""
    return Ended(walk, clock)
