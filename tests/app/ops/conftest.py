"""The upgraded installations that the tests of operations share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app.cases import papers
from tests.app.ops.upgrades import Upgrades, going_on
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock


@pytest.fixture(scope="session")
def upgrades(tmp_path_factory: pytest.TempPathFactory) -> Upgrades:
    return Upgrades(tmp_path_factory.mktemp("upgrades"))


@pytest.fixture
def upgraded(
    request: pytest.FixtureRequest,
    settings: dict[str, Any],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    upgrades: Upgrades,
) -> Iterator[Walk]:
    """Yield an installation of a release, upgraded to this code as operators do it.

    The parameter is the path of the release.
    """
    monkeypatch.setattr(papers, "render", lambda *_: sample_pdf())
    kind = request.getfixturevalue(make_url(settings["DATABASE_URL"]).get_backend_name())
    with upgrades.copy(request.param, kind, settings, clock) as app:
        yield going_on(app)
