"""What tests in the browser can ask for: an examiner of pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.examined import Examiner


@pytest.fixture(scope="session")
def examiner(browser: Any) -> Iterator[Examiner]:
    """Looks pages through with axe."""
    made = Examiner(browser)
    yield made
    made.close()
