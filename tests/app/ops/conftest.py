"""The upgraded installations that the tests of operations share."""

from __future__ import annotations

import pytest

from tests.app.ops.upgrades import Upgrades


@pytest.fixture(scope="session")
def upgrades(tmp_path_factory: pytest.TempPathFactory) -> Upgrades:
    return Upgrades(tmp_path_factory.mktemp("upgrades"))
