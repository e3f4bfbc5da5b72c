"""What the tests of the pages of cases share."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases.papers import typesetting


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the sheets that are typeset; nothing is."""
    found: list[dict[str, Any]] = []

    def typeset(kind: str, sheet: dict[str, Any], made_on: Any) -> bytes:
        found.append(sheet)
        return b"%PDF-"

    monkeypatch.setattr(typesetting, "typeset", typeset)
    return found
