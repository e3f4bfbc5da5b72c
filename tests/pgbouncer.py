"""A real pgbouncer on the loopback: each transaction gets another session of the server."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from tests import programs
from tests.app.together import until
from tests.databases import APPLICATION
from tests.network import free_port, listens

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "pgbouncer.ini"


def adapted(host: Path, port: int, folder: Path, sessions: int) -> str:
    """Return the configuration that is shipped, before the tests' server. Each line occurs once.

    There, each database is open to each user of the machine, and users have no passwords. To the
    server, each is the application's role.
    """
    text = CONFIGURATION.read_text("utf-8")
    for theirs, ours in {
        "zaguan = host=db.example.pe port=5432": f"* = host={host} user={APPLICATION}",
        "listen_port = 6432": f"listen_port = {port}",
        "auth_type = scram-sha-256": "auth_type = any",
        "auth_file = /etc/pgbouncer/userlist.txt\n": "",
        "/var/log/postgresql/pgbouncer.log": f"{folder}/log",
        "/run/postgresql/pgbouncer.pid": f"{folder}/pid",
        "default_pool_size = 20": f"default_pool_size = {sessions}",
    }.items():
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text


@contextmanager
def before(url: str, sessions: int = 6) -> Iterator[str]:
    """Start pgbouncer before the server of a database. Yield the database's URL through it.

    pgbouncer does not run as root: then it runs as the user of the server, and its folder is next
    to the server's, which that user may enter.
    """
    program = programs.path("pgbouncer")
    direct, port = make_url(url), free_port()
    host = Path(str(direct.query["host"]))
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", dir=host.parent) as name:
        folder, runs_as = Path(name), ""
        if os.geteuid() == 0:
            owner = pwd.getpwuid(host.stat().st_uid)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            runs_as = f"user = {owner.pw_name}\n"
        file = folder / "pgbouncer.ini"
        file.write_text(adapted(host, port, folder, sessions) + runs_as)
        with running([program, "--quiet", str(file)], port, folder / "log"):
            pooled = direct.set(host="127.0.0.1", port=port, query={})
            yield pooled.render_as_string(hide_password=False)


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """Run a server from when it takes connections on a port until the end of the block."""
    server = subprocess.Popen(command)
    try:
        until(lambda: server.poll() is not None or listens(port))
        assert server.poll() is None, log.read_text()
        yield
    finally:
        server.send_signal(signal.SIGQUIT)  # SIGTERM waits for the clients
        server.wait(20)
