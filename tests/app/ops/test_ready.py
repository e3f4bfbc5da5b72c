"""/salud/vivo and /salud/listo: for supervisors and balancers."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.app.ops.test_health import away
from tests.app.ops.test_writable import on_a_full_disk
from tests.app.walk import Walk


def states(app: Flask) -> tuple[int, int]:
    """Return the statuses of /salud/vivo and /salud/listo."""
    client = app.test_client()
    return client.get("/salud/vivo").status_code, client.get("/salud/listo").status_code


def test_a_process_without_a_worker_is_ready(walk: Walk):
    assert states(walk.app) == (200, 200)


def test_without_a_database_a_process_is_alive_and_not_ready(tmp_path: Path):
    for url in ("postgresql+psycopg://nobody@127.0.0.1:1/nothing", f"sqlite:///{tmp_path}"):
        app = away(tmp_path, url)
        assert states(app) == (200, 503), url
        app.extensions["engine"].dispose()


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_on_a_full_disk_a_process_is_ready_where_the_database_has_room(walk: Walk):
    ready = 200 if walk.engine.dialect.name == "postgresql" else 503

    def look() -> None:
        assert states(walk.app) == (200, ready)

    assert on_a_full_disk(walk.app, look) == 0
    assert states(walk.app) == (200, 200)


def test_without_the_schema_of_this_code_a_process_is_not_ready(walk: Walk):
    walk.execute(text("update alembic_version set version_num = '0.1.0'"))
    assert states(walk.app) == (200, 503)
