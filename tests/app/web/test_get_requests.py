"""Reading changes nothing: every address with the ids of an installation, as three readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.app.people.house import house
from tests.app.people.rules import RULES

READ_ONLY = {
    "sqlite": "PRAGMA query_only=ON",
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
}
READERS = ("preparer", "sip", "secretary")
#: Whether a document is whole, and who read it, is noted; likewise who downloaded demo visits.
NOTED = (
    "GET /archivos/{file}",
    "GET /tareas/{change_task}/documentos.zip",
    "GET /entidades/E90001/procesos/{instance}/expediente.zip",
    "GET /verificar/{paper}",
    "GET /demo/E90001/visitas.csv",
)


@contextmanager
def only_reading(app: Flask) -> Iterator[None]:
    """Make the database of an application refuse every change."""
    engine = app.extensions["engine"]

    def read_only(connection: Any, _: object) -> None:
        connection.cursor().execute(READ_ONLY[engine.dialect.name]).close()
        connection.commit()

    engine.dispose()
    event.listen(engine, "connect", read_only)
    try:
        yield
    finally:
        event.remove(engine, "connect", read_only)
        engine.dispose()


@pytest.mark.guard("three readers open every page in turn, until one is served")
def test_get_requests_change_nothing(app: Flask, clock: object):
    """Open every address as three readers, on a database that refuses changes."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    built = house(app)
    built.clients["sip"].get("/salud")  # it writes a row to check that writing works
    served: set[str] = set()
    failed: set[str] = set()
    with only_reading(app):
        for line in (line for line in RULES if line.startswith("GET ")):
            for role in READERS:
                address = line.removeprefix("GET ").format(**(built.ids | built.own[role]))
                # Other tests parse the pages.
                answer = FlaskClient.open(built.clients[role], address, buffered=True)
                status = answer.status_code
                if status >= 500 and not line.startswith(NOTED):
                    failed.add(f"{line} as {role}: {status}")
                if status == 200:
                    served.add(line)
                    break
    assert failed == set()
    assert len(served) > 150
