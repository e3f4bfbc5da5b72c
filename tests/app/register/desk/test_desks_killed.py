"""Web processes that die during a request: no visit is lost, and none is recorded twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from tests.drill.desks import DESKS, KILLS, drill


@pytest.mark.nightly
def test_eight_desks_and_four_killed_web_processes(app: Flask, tmp_path: Path):
    found = drill(app, tmp_path / "web.log", entries=4, processes=3, seed=1)
    assert (found.entered, found.visits) == (DESKS * 4, DESKS * 4)
    assert (found.lost, found.twice, found.killed, found.faults) == (0, 0, KILLS, ())
