"""An address reads sixty public pages in a minute; then it is offered a finished file."""

from __future__ import annotations

import errno
import os
import re
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.base import db
from app.people import downloads, page_rate
from app.people.page_rate import Counts
from app.register.export import dumping, dumps
from tests.app.visited import CODE, Visited, lima
from tests.conftest import MONDAY, Clock

MOST = 3


class Time:
    """A clock of seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def visited(app: Flask, clock: Clock, time: Time) -> Visited:
    """Return a register whose public pages have a limit of three."""
    app.config["PAGES_PER_MINUTE"] = MOST
    app.extensions[page_rate.EXTENSION].counts = Counts(app.config["DATA"] / page_rate.FILE, time)
    return Visited(app)


def statuses(visited: Visited, count: int, address: str = "198.51.100.7", who: str = "") -> Any:
    browser = visited.browser(who)
    there = {"REMOTE_ADDR": address}
    return [browser.get("/visitas?q=quispe", environ_base=there).status_code for _ in range(count)]


def test_the_default_is_sixty(app: Flask):
    assert app.config["PAGES_PER_MINUTE"] == 60


@pytest.mark.nightly
def test_after_the_limit_the_page_says_when_and_offers_a_file(visited: Visited, clock: Clock):
    clock.set(lima("2026-02-10 12:00"))
    visited.visit(ago=1)
    clock.set(MONDAY)
    with visited.app.app_context():
        dumping.make(visited.engine, dumps.folder(), db.never)
    assert statuses(visited, MOST, "127.0.0.1") == [200] * MOST
    answer = visited.browser().get("/visitas?q=quispe")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"
    assert "Son demasiadas búsquedas en un minuto" in answer.text
    assert "/datos/archivos/visitas-2026-02.csv.gz" in answer.text
    assert "febrero de 2026" in answer.text
    assert "/ingresar" in answer.text


def test_without_finished_files_it_offers_the_open_data(visited: Visited):
    statuses(visited, MOST, "127.0.0.1")
    answer = visited.browser().get("/visitas")
    assert answer.status_code == 429
    assert re.search(r'href="/datos">Datos abiertos', answer.text)


def test_the_limit_is_of_a_real_address_and_a_minute(visited: Visited, time: Time):
    assert statuses(visited, MOST + 2) == [200] * MOST + [429, 429]
    assert statuses(visited, 1, "198.51.100.8") == [200]
    assert statuses(visited, MOST + 1, "2001:db8::1") == [200] * MOST + [429]
    assert statuses(visited, 1, "2001:db8::2") == [429], "one subscriber has many addresses"
    assert statuses(visited, 1, "2001:db8:0:1::1") == [200]
    time.now += 59
    assert statuses(visited, 1) == [429]
    time.now += 1
    assert statuses(visited, MOST + 1) == [200] * MOST + [429]
    browser = visited.browser()
    found = [
        browser.get("/visitas", headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(MOST + 1)
    ]
    assert found == [200] * MOST + [429]


@pytest.mark.nightly
def test_processes_of_a_machine_count_together(visited: Visited, time: Time):
    other = create_app(dict(visited.app.config))
    other.extensions[page_rate.EXTENSION].counts = Counts(
        visited.app.config["DATA"] / page_rate.FILE, time
    )
    statuses(visited, MOST - 1)
    there = {"REMOTE_ADDR": "198.51.100.7"}
    ask = other.test_client().get
    try:
        found = [ask("/visitas", environ_base=there).status_code for _ in range(2)]
    finally:
        other.extensions["engine"].dispose()
    assert found == [200, 429]
    time.now -= 900  # the machine was started again: its clock begins anew
    assert statuses(visited, 1) == [200]


def test_where_the_folder_cannot_be_written_a_process_counts_alone(
    visited: Visited, caplog: pytest.LogCaptureFixture
):
    (visited.app.config["DATA"] / page_rate.FILE).mkdir(parents=True)
    assert statuses(visited, MOST + 1) == [200] * MOST + [429]
    assert "counted in each process alone" in caplog.text


def test_the_whole_file_has_its_place_on_the_disk(visited: Visited):
    """If the disk was full when a page is counted in a hole, the process would be killed."""
    file = visited.app.config["DATA"] / page_rate.FILE
    size = page_rate.BUCKETS * page_rate.ENTRY.size
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as sparse:
        sparse.truncate(size)
    assert statuses(visited, 1) == [200]
    assert file.stat().st_size == size
    assert file.stat().st_blocks * 512 >= size


def test_on_a_full_disk_a_process_counts_alone(
    visited: Visited, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert statuses(visited, MOST + 1) == [200] * MOST + [429]
    assert "counted in each process alone" in caplog.text


def test_signed_in_people_have_no_limit_and_no_limit_is_a_setting(visited: Visited):
    assert statuses(visited, MOST + 3, who="operator") == [200] * (MOST + 3)
    visited.app.config["PAGES_PER_MINUTE"] = 0
    assert statuses(visited, MOST + 3) == [200] * (MOST + 3)


def test_all_lists_count_and_files_and_other_pages_do_not(visited: Visited):
    get = visited.browser().get
    assert [get(f"/visitas/{CODE}").status_code, get("/cobertura").status_code] == [200, 200]
    assert get("/decisores").status_code == 200
    for counted in ("/visitas", "/correcciones", "/actos", f"/visitas/{CODE}"):
        assert get(counted).status_code == 429, counted
    for other in ("/datos", "/ingresar", "/salud/vivo", "/datos/cambios.json", "/visitas.csv"):
        with get(other) as answer:
            assert answer.status_code == 200, other


@pytest.fixture
def finished(visited: Visited, clock: Clock) -> Visited:
    """Return the register with finished files of two months, which nginx sends."""
    visited.app.config["OPEN_DATA"] = str(visited.app.config["DATA"] / dumps.FOLDER)
    for moment in ("2026-01-10 12:00", "2026-02-10 12:00"):
        clock.set(lima(moment))
        visited.visit(ago=1)
    clock.set(MONDAY)
    with visited.app.app_context():
        dumping.make(visited.engine, dumps.folder(), db.never)
    return visited


@pytest.mark.nightly
def test_a_busy_download_offers_the_finished_file_of_the_month(finished: Visited):
    get = finished.browser().get
    with downloads._here:
        for address, name in {
            "/visitas.csv": "visitas-2026-02",
            "/visitas.csv?desde=2026-01-05": "visitas-2026-01",
            f"/visitas/{CODE}/2026-01.csv": "visitas-2026-01",
            "/visitas.csv?hasta=2026-01-31": "visitas-2026-01",
            "/visitas.json?desde=2026-01-01": "visitas-2026-01",
        }.items():
            answer = get(address)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "30"
            assert f"/datos/archivos/{name}.csv.gz" in answer.text, address
            assert "enseguida" in answer.text
            assert get(f"/datos/archivos/{name}.csv.gz").status_code == 200


@pytest.mark.nightly
def test_finished_files_that_nginx_does_not_send_are_not_promised_at_once(finished: Visited):
    finished.app.config["OPEN_DATA"] = ""
    get = finished.browser().get
    with downloads._here:
        for address in ("/visitas.csv", "/visitas.json", "/datos/archivos/visitas-2026-01.csv.gz"):
            answer = get(address)
            assert answer.status_code == 503
            assert "/datos/archivos/" not in answer.text
            assert "enseguida" not in answer.text
            assert re.search(r"Están en (<[^>]*)?/datos\b", answer.text), address
    statuses(finished, MOST, "127.0.0.1")
    answer = get("/visitas?desde=2026-01-05")
    assert answer.status_code == 429
    assert "/datos/archivos/visitas-2026-01.csv.gz" in answer.text
    assert "enseguida" not in answer.text
