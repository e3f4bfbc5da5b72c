"""Large downloads: few at a time, none for a reader that stalls, and pages work meanwhile."""

from __future__ import annotations

import http.client
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.people import downloads
from app.people.downloads import SLOWEST, WINDOW, Pace
from app.register.registers import evidence
from tests.app.together import until
from tests.app.visited import CODE, Visited
from tests.databases import ON_SQLITE
from tests.drill import endless
from tests.drill.web import Web

Serve = Callable[..., Web]
#: Seconds after which these tests let a reader go.
SHORT = 1.5
#: The traffic between processes and sockets is the same with any database.


@pytest.fixture
def serve(visited: Visited, tmp_path: Path) -> Iterator[Serve]:
    """Serve the installation by real web processes; its CSV of visits never ends."""
    with ExitStack() as running:

        def begin(processes: int, window: float = 60) -> Web:
            environment = {
                endless.WINDOW: str(window),
                "ZAGUAN_DATA": str(visited.app.config["DATA"]),
                "ZAGUAN_DATABASE_URL": visited.app.config["DATABASE_URL"],
                "ZAGUAN_SECRET_KEY": visited.app.config["SECRET_KEY"],
            }
            log = tmp_path / "web.log"
            web = Web(environment, log, processes, 1, endless.APPLICATION)
            return running.enter_context(web)

        yield begin


class Reader:
    """A reader who requests a file and takes as much of it as a test says."""

    def __init__(self, web: Web, path: str = "/visitas.csv") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
        self.connection.connect()
        self.connection.request("GET", path)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def close(self) -> None:
        """Leave."""
        self.answer.close()
        self.connection.close()


@pytest.mark.nightly
@ON_SQLITE
def test_of_eight_readers_one_is_served_and_pages_go_on(serve: Serve):
    web = serve(1)
    with ExitStack() as leaving:
        readers = [leaving.enter_context(closing(Reader(web))) for _ in range(8)]
        assert sorted(reader.status for reader in readers) == [200] + 7 * [503]
        refused = next(reader for reader in readers if reader.status == 503)
        assert refused.answer.getheader("Retry-After") == "30"
        assert "Se están descargando otros archivos" in refused.answer.read().decode()
        page = leaving.enter_context(closing(Reader(web, "/visitas")))
        assert page.status == 200
    until(lambda: taken(web), patience=10)


def taken(web: Web) -> bool:
    """Return whether a download can begin now."""
    with closing(Reader(web)) as reader:
        return reader.status == 200


@pytest.mark.nightly
@ON_SQLITE
def test_a_reader_that_takes_nothing_is_let_go_and_its_thread_is_free(serve: Serve):
    web = serve(1, SHORT)
    with closing(Reader(web)) as slow:
        assert slow.status == 200
        assert not taken(web)
        until(lambda: taken(web), patience=SHORT + 20)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            deque(iter(lambda: slow.answer.read(1 << 20), b""), 0)


@pytest.mark.nightly
@ON_SQLITE
def test_readers_that_stall_a_page_free_all_threads_for_others(serve: Serve):
    web = serve(1, SHORT)
    with ExitStack() as leaving:
        for _ in range(4):
            leaving.enter_context(closing(Reader(web, "/que-es-zaguan")))
        until(lambda: has_page(web), patience=20)


def has_page(web: Web) -> bool:
    """Return whether a page is shown."""
    with closing(Reader(web, "/visitas")) as page:
        return page.status == 200


def test_files_are_sent_even_where_places_cannot_be_locked(visited: Visited):
    (visited.app.config["DATA"]).mkdir(exist_ok=True)
    (visited.app.config["DATA"] / downloads.FOLDER).touch()
    with visited.browser().get("/visitas.csv") as whole:
        assert whole.status_code == 200


@pytest.mark.nightly
@ON_SQLITE
def test_a_steady_reader_stays_connected(serve: Serve):
    web = serve(1, SHORT)
    with closing(Reader(web)) as steady:
        ends = time.monotonic() + 3 * SHORT
        while time.monotonic() < ends:
            assert len(steady.answer.read(1 << 17)) == 1 << 17
            time.sleep(0.05)
        assert not taken(web)


@pytest.mark.nightly
@ON_SQLITE
def test_an_address_has_two_over_all_processes_and_a_killed_one_gives_its_place_back(serve: Serve):
    web = serve(4)
    with ExitStack() as leaving:
        seen = [leaving.enter_context(closing(Reader(web))) for _ in range(24)]
        assert [reader.status for reader in seen].count(200) == downloads.PER_READER
        web.kill_all()
        until(lambda: taken(web), patience=20)


# The identity of a reader ----------------------------------------------------------------------


def test_signed_in_people_are_counted_by_person_and_others_by_address(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    requested: list[str] = []
    real = downloads._lock
    monkeypatch.setattr(
        downloads, "_lock", lambda folder, reader: requested.append(reader) or real(folder, reader)
    )
    visited.browser().get("/visitas.csv").close()
    visited.browser("auditor").get("/visitas.csv").close()
    visited.browser("sgtd").get("/entidades.csv").close()
    people = visited.people
    assert requested == [
        "address 127.0.0.1",
        f"person {people['auditor']}",
        f"person {people['sgtd']}",
    ]


FILES = [
    f"{name}.{ending}"
    for ending in ("csv", "json", "xlsx")
    for name in (
        "/visitas", f"/visitas/{CODE}", f"/visitas/{CODE}/2026-03", "/actos", f"/actos/{CODE}",
        "/decisores", f"/decisores/{CODE}", "/dias-sin-visitas", "/cobertura",
    )
]  # fmt: skip
OF_PEOPLE = [
    *((f"/demo/{CODE}/visitas.{ending}", "operator") for ending in ("csv", "json", "xlsx")),
    *((f"/entidades.{ending}", "sgtd") for ending in ("csv", "xlsx")),
]


@pytest.mark.parametrize(("address", "who"), [*((file, "") for file in FILES), *OF_PEOPLE])
def test_every_file_waits_its_turn_and_gives_it_back(visited: Visited, address: str, who: str):
    browser = visited.browser(who)
    assert downloads._here.acquire(blocking=False)
    try:
        with browser.get(address) as refused:
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
            json = refused.mimetype == "application/problem+json"
            assert json == address.endswith(".json")
        with browser.head(address) as head:
            assert head.status_code == 200
    finally:
        downloads._here.release()
    for _ in range(2):
        with browser.get(address) as whole:
            assert whole.status_code == 200


def test_a_download_that_comes_to_nothing_gives_its_turn_back(visited: Visited):
    for _ in range(2):
        for address in ("/visitas.csv?q=ab", "/visitas.xlsx?desde=x", "/entidades.csv?estado=x"):
            visited.browser("sgtd").get(address).close()
    with visited.browser().get("/visitas.csv") as whole:
        assert whole.status_code == 200


@pytest.mark.postgresql
def test_a_download_that_cannot_be_noted_gives_its_turn_back(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise OperationalError("insert", {}, Exception("the database is locked"))

    monkeypatch.setattr(evidence, "note_use", fail)
    with visited.browser("operator").get(f"/demo/{CODE}/visitas.csv") as refused:
        assert refused.status_code == 503
    with visited.browser().get("/visitas.csv") as whole:
        assert whole.status_code == 200


# The pace --------------------------------------------------------------------------------------


class Time:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_only_the_wait_for_the_reader_counts():
    clock = Time()
    pace = Pace(clock)
    clock.now += 100 * WINDOW  # the database takes its time
    pace.begin()
    clock.now += WINDOW
    assert not pace.is_too_slow()
    clock.now += 0.1
    assert pace.is_too_slow()


def test_a_reader_is_judged_over_each_window():
    for rate, slow in [(SLOWEST * 0.9, True), (SLOWEST * 1.1, False)]:
        clock = Time()
        pace = Pace(clock)
        found = []
        for _ in range(100):
            pace.begin()
            clock.now += downloads.PIECE / rate
            pace.taken(downloads.PIECE)
            found.append(pace.is_too_slow())
        assert any(found) == slow


def test_a_reader_that_was_quick_before_is_let_go_when_it_stalls():
    clock = Time()
    pace = Pace(clock)
    for _ in range(10_000):
        pace.begin()
        clock.now += 0.003
        pace.taken(downloads.PIECE)
    pace.begin()
    clock.now += 2 * WINDOW
    assert pace.is_too_slow()
