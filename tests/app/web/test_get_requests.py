"""Reading changes nothing: every address, as three readers."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from tests.app.walk import Walk

READ_ONLY = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET TRANSACTION READ ONLY"}
#: Values in the URLs of the pages; every other variable is 1.
KNOWN = {
    "code": "E90001",
    "stage": "training",
    "key": "motivo",
    "file_id": "x",
    "ending": "csv",
    "kind": "sip_rvl_001",
    "token": "x",
}


def test_get_requests_change_nothing(walk: Walk, pytestconfig: pytest.Config):
    """Open every address as three readers.

    Where each test runs on one database, the readers open it in turn until one is served.
    """
    walk.begin()
    walk.draft("designate_administrator")
    clients = [walk.browser(role) for role in ("preparer", "sip", "secretary")]
    for job in JOBS.values():  # so that the health check passes
        turn(walk.app, job)
    clients[0].get("/salud")  # it writes a row to check that writing works
    before = walk.row_counts()
    engine, addresses = walk.app.extensions["engine"], walk.app.url_map.bind("localhost")

    def read_only(connection) -> None:
        connection.exec_driver_sql(READ_ONLY[engine.dialect.name])

    event.listen(engine, "begin", read_only)
    whole, seen = pytestconfig.getoption("databases") == "both", 0
    for rule in walk.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        names = {name: KNOWN.get(name, 1) for name in rule.arguments} | dict(rule.defaults or {})
        for client in clients:
            status = client.get(addresses.build(rule.endpoint, names), buffered=True).status_code
            assert status < 500, rule
            seen += status == 200
            if status == 200 and not whole:
                break
    assert seen > 30
    event.remove(engine, "begin", read_only)
    engine.dispose()
    assert walk.row_counts() == before
