"""What the tests of the pages of cases share."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases.papers import typesetting
from app.onboarding.batches import doing


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request do all of a batch, even on a busy machine."""
    monkeypatch.setattr(doing, "AT_ONCE", 300.0)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the sheets that are typeset; nothing is."""
    found: list[dict[str, Any]] = []

    def typeset(kind: str, sheet: dict[str, Any], made_on: Any) -> bytes:
        found.append(sheet)
        return b"%PDF-"

    monkeypatch.setattr(typesetting, "typeset", typeset)
    return found
