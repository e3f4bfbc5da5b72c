"""`python -m tests.drill.desks [machines] [entries]`: eight desks record while processes die.

Each desk records entries and exits over HTTP. When the connection is lost, it sends the same form
again, as a user does who presses the button once more; now and then it sends a form twice at once.
Four times a process of the server is killed. Then the register is compared with the answers that
the desks received, on SQLite and on PostgreSQL.

`machines`: on PostgreSQL behind pgbouncer, through nginx, with files in a bucket, and the faults of
`tests.drill.machines`.
"""

from __future__ import annotations

import copy
import http.client
import secrets
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, nullcontext
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from flask import Flask

from app import create_app
from app.base import db
from tests import nginx
from tests.app import cast
from tests.app.together import together
from tests.app.visited import CODE, SITE, Visited
from tests.bench import invented
from tests.bench.browser import Desk, Pairs
from tests.databases import PostgreSQL, SQLite, settings_of
from tests.drill.desks_verdict import Confirmed, Verdict, verdict
from tests.drill.machines import Front, Machines
from tests.drill.web import Web

DESKS, KILLS, PROCESSES, ENTRIES, SEED = 8, 4, 4, 150, 20260713
PATH = f"/registro/{CODE}/produccion"
OFFICIALS = ("Rojas Ejemplo", "Mamani Muestra", "Gárate Ficticia")
#: One of this many entries is sent twice at once; all but one of this many visitors leave.
PRESSED_TWICE, LEAVE = 6, 3
#: Seconds until the faults of several machines begin.
TROUBLE_AFTER = 5
#: Seconds after which a desk operator gives up.
PATIENCE = 60
#: Seconds until the button is pressed again.
MOMENT = 0.05
#: The answers that say: nothing was stored, try again.
NOT_NOW = (502, 503, 504)
Given = TypeVar("Given")


class Clerk(Desk):
    """A desk operator who sends a form until it is answered."""

    def __init__(self, address: str, who: str, seed: int, front: Front | None = None) -> None:
        self.random = Random(seed)
        self.resent = 0
        self.seed, self.front, self.address = seed, front, address
        if front:
            self.origin = f"https://{nginx.NAME}:{front.port}"
        super().__init__(address, PATH, who, cast.PASSWORD)

    def connect(self, address: str) -> Any:
        """Return a connection, through nginx if it stands in front, from another address."""
        if self.front is None:
            return super().connect(address)
        trusted = ssl.create_default_context(cafile=str(self.front.certificate))
        return http.client.HTTPSConnection(
            "127.0.0.1", self.front.port, timeout=30, context=trusted,
            source_address=(f"127.0.1.{self.seed + 1}", 0),
        )  # fmt: skip

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        return self.until_answered(lambda: self._ask_once(method, path, body))

    def _ask_once(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        status, text = super()._ask(method, path, body)
        if status in NOT_NOW:
            raise http.client.HTTPException(f"{path} was answered {status}")
        return status, text

    def until_answered(self, act: Callable[[], Given]) -> Given:
        """Repeat a call as long as the connection is lost during it."""
        given_up = time.monotonic() + PATIENCE
        while True:
            try:
                return act()
            except (OSError, http.client.HTTPException):
                self.connection.close()
                self.resent += 1
                if time.monotonic() > given_up:
                    raise
                time.sleep(MOMENT)

    def press(self, form: Pairs) -> str:
        """Send the form; sometimes twice at once, over two connections."""
        if self.random.randrange(PRESSED_TWICE):
            return self.enter(form)
        other = copy.copy(self)
        other.resent = 0
        other.connection = self.connect(self.address)
        first, second = together(lambda: self.enter(form), lambda: other.enter(form))
        self.resent += other.resent
        other.close()
        for answer in (first, second):
            if isinstance(answer, Exception):
                raise answer
        if first != second:
            raise LookupError(f"one form was answered with two visits: {first}, {second}")
        return str(first)


class Drill:
    """Eight desks, the answers that they received, and the moment of the next kill."""

    def __init__(
        self, web: Web, operators: list[str], entries: int, seed: int, front: Front | None = None
    ) -> None:
        self.web, self.operators, self.entries, self.front = web, operators, entries, front
        self.confirmed: dict[str, str] = {}
        self.exits: set[str] = set()
        self.resent = 0
        #: What is wrong with stored files.
        self.wrong: list[str] = []
        self._lock = threading.Lock()
        quarter = len(operators) * entries // KILLS
        random = Random(seed)
        #: Numbers of answered entries after which a process is killed.
        self.kills = [n * quarter + random.randrange(1, quarter) for n in range(KILLS)]

    def run(self) -> None:
        """Run all desks at once, each until it has recorded its entries."""
        with ThreadPoolExecutor(len(self.operators)) as pool:
            for job in [pool.submit(self.work, *desk) for desk in enumerate(self.operators)]:
                job.result()

    def work(self, number: int, who: str) -> None:
        """Run the day of one desk."""
        clerk = Clerk(self.web.address, who, number, self.front)
        with closing(clerk):
            for entry in range(self.entries):
                person = with_dni(number * 100_000 + entry)
                motive = f"Trámite {entry} de la ventanilla {number}"
                official = OFFICIALS[entry % len(OFFICIALS)]
                form = clerk.form(person, official, motive, SITE)
                code = clerk.press(form)
                self.note(dict(form)["submission"], code)
                if clerk.random.randrange(LEAVE):
                    clerk.leave(code)
                    with self._lock:
                        self.exits.add(code)
        with self._lock:
            self.resent += clerk.resent

    def note(self, form: str, code: str) -> None:
        """Note an answered entry. If it is time, kill a process while other desks wait."""
        with self._lock:
            self.confirmed[form] = code
            due = self.kills and len(self.confirmed) >= self.kills[0]
            if due:
                self.kills.pop(0)
                self.web.kill_one()


def with_dni(number: int) -> invented.Person:
    """Return a visitor who has a DNI."""
    while invented.person(number).document_type != "DNI":
        number += 1_000
    return invented.person(number)


def seat(app: Flask) -> list[str]:
    """Create an entity whose register is open. Return its desk operators."""
    visited = Visited(app)
    operators = [f"400009{desk:02}" for desk in range(DESKS)]
    with visited.writing() as session:
        place = cast.entity_of(session)
        for number in operators:
            cast.person(session, number, "operator", place)
    return operators


def drill(
    app: Flask,
    log: Path,
    *,
    entries: int,
    processes: int,
    seed: int,
    machines: Machines | None = None,
) -> Verdict:
    """Run the drill on the application's empty database. Return the verdict."""
    operators = seat(app)
    environment = {
        "ZAGUAN_DATABASE_URL": app.extensions["engine"].url.render_as_string(hide_password=False),
        "ZAGUAN_DATA": str(app.config["DATA"]),
        "ZAGUAN_SECRET_KEY": str(app.config["SECRET_KEY"]),
        "ZAGUAN_PAGES_PER_MINUTE": "0",
        **(machines.environment if machines else {}),
    }
    with Web(environment, log, processes, seed) as web:
        with ExitStack() as opened:
            front = opened.enter_context(machines.front(web.port)) if machines else None
            running = Drill(web, operators, entries, seed, front)
            trouble = machines.in_trouble(app, TROUBLE_AFTER) if machines else nullcontext()
            archivist = opened.enter_context(trouble)
            try:
                running.run()
            except LookupError:
                say(f"the server's last words:\n{web.last_words()}")
                raise
        if archivist:
            running.wrong = archivist.verdict()
            say(archivist.report(running.wrong))
        words = web.last_words()
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        found = verdict(session, Confirmed(running.confirmed, running.exits), len(web.killed))
    found = replace(found, faults=(*found.faults, *running.wrong))
    say(f"{running.resent} times a connection was lost and the form sent again")
    say(f"{len(running.exits)} exits; what is wrong: {', '.join(found.faults) or 'nothing'}")
    if not found.is_good:
        say(f"the server's last words:\n{words}")
    return found


def main(entries: int = ENTRIES, *, several: bool = False) -> int:
    """Run the drill on both databases, or over several machines.

    Return 0 if no visit was lost or recorded twice.
    """
    with (
        tempfile.TemporaryDirectory(prefix="zaguan-drill-") as at,
        closing(PostgreSQL(Path(at))) as server,
    ):
        folder = Path(at)
        server.make_template()
        server.make_lasting()
        if several:
            with Machines(server, server.create(), folder) as machines:
                found = drill_on(folder, "machines", machines.settings, entries, machines)
        else:
            (folder / "sqlite").mkdir()
            url = SQLite(folder / "sqlite").create()
            found = drill_on(folder, "sqlite", settings_of(url), entries)
            found += drill_on(folder, "postgresql", settings_of(server.create()), entries)
    say(str(found))
    return 0 if found.is_good else 1


def drill_on(
    folder: Path,
    name: str,
    settings: dict[str, Any],
    entries: int,
    machines: Machines | None = None,
) -> Verdict:
    """Run the drill on an empty database. Return the verdict."""
    say(f"{name}: {DESKS} desks, {entries} entries each …")
    began = time.monotonic()
    more = {"DATA": folder / f"data-{name}", "SECRET_KEY": secrets.token_hex(32)}
    app, log = create_app(settings | more), folder / f"{name}.log"
    found = drill(app, log, entries=entries, processes=PROCESSES, seed=SEED, machines=machines)
    app.extensions["engine"].dispose()
    say(f"{name}: {time.monotonic() - began:.0f} s. {found}")
    return found


def say(text: str) -> None:
    """Print the progress."""
    print(text, flush=True)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "machines"]
    sys.exit(main(*map(int, words), several="machines" in sys.argv[1:]))
