"""Reading from the application: settings, patience, and what is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask

from app.base import config, db
from app.cases.papers.helper_process import Ended, HelperProcess, Patience
from app.cases.papers.preflight import reading
from app.cases.papers.preflight.facts import Facts
from tests.app.cases.papers import altered
from tests.app.cases.papers.signed import authority, lists
from tests.app.cases.papers.test_page_pictures import stored
from tests.app.together import PATIENCE, until
from tests.conftest import Clock

Issued = Callable[..., bytes]


@pytest.fixture
def helper(monkeypatch: pytest.MonkeyPatch) -> Iterator[HelperProcess]:
    """Yield a helper that belongs to the test."""
    made = reading.new_helper()
    monkeypatch.setattr(reading, "_helper", made)
    yield made
    made.close()


def written(folder: Path, content: bytes) -> Path:
    file = folder / "paper"
    file.write_bytes(content)
    return file


@pytest.mark.nightly
@pytest.mark.usefixtures("helper")
def test_settings_decide_what_is_trusted(app: Flask, clock: Clock, issued: Issued, tmp_path: Path):
    clock.set(authority.NOW)
    file = written(tmp_path, altered.signed(issued()))
    with app.app_context():
        words = [reading.read(file)["signatures"][0]["word"]]
        settings = authority.write_trust(tmp_path / "trust", roots=("list-signer",))
        list_file = tmp_path / "lista.xml"
        list_file.write_bytes(lists.signed(lists.unsigned()))
        app.config["TRUST_ROOTS"] = settings["roots"]
        app.config["TRUST_LIST"] = str(list_file)
        app.config["REVOCATION"] = settings["revocation"]
        words.append(reading.read(file)["signatures"][0]["word"])
        assert reading.trust_state() == {
            "roots": 0,
            "listed": 2,
            "list_state": "good",
            "list_until": "2026-06-02T15:00:00+00:00",
            "revocation_lists": 2,
        }
        clock.forward(days=365)
        state = reading.trust_state()
        words.append(reading.read(file)["signatures"][0]["word"])
    assert words == ["undetermined", "valid", "undetermined"]
    assert state is not None
    assert (state["list_state"], state["listed"]) == ("expired", 0)


@pytest.mark.nightly
@pytest.mark.usefixtures("helper")
def test_codes_are_those_of_the_public_address_and_of_earlier_ones(
    app: Flask, issued: Issued, tmp_path: Path
):
    file = written(tmp_path, issued())
    with app.app_context():
        assert reading.read(file)["looked"][0]["codes"][0]["code"] == altered.CODE
        app.config["PUBLIC_URL"] = "https://otro.example.pe"
        assert reading.read(file)["looked"][0]["codes"] == []
        app.config["FORMER_URLS"] = ["https://antes.example.pe", "http://localhost"]
        assert reading.read(file)["looked"][0]["codes"][0]["code"] == altered.CODE


@pytest.mark.postgresql
def test_a_busy_helper_keeps_nothing_waiting(
    app: Flask, helper: HelperProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    goes_on, turns = threading.Event(), helper.turns
    monkeypatch.setattr(reading, "PATIENCE", Patience(first=0, further=0))

    def holds() -> None:
        with helper.turn():
            assert goes_on.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(holds)
        try:
            until(lambda: turns._holder is not None)
            with app.app_context():
                assert reading.read(written(tmp_path, b"%PDF-")) == reading.NOT_READ
                assert reading.trust_state() is None
        finally:
            goes_on.set()
        job.result(PATIENCE)


@pytest.mark.nightly
def test_signatures_that_take_too_long_are_left_unread(
    app: Flask,
    helper: HelperProcess,
    monkeypatch: pytest.MonkeyPatch,
    issued: Issued,
    tmp_path: Path,
):
    ask = helper.ask

    def slow(order: bytes) -> tuple[str, bytes]:
        if b'"judges": true' in order:
            raise Ended(slow=True)
        return ask(order)

    monkeypatch.setattr(helper, "ask", slow)
    with app.app_context():
        facts = reading.read(written(tmp_path, altered.signed(issued())))
    assert facts["signatures"][0]["reasons"] == ["unread"]
    assert (facts["pages"], facts["cut_short"]) == (1, True)


def test_a_helper_that_always_ends_leaves_nothing_known(
    app: Flask, helper: HelperProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(helper, "command", ["false"])
    with app.app_context():
        assert reading.read(written(tmp_path, b"%PDF-")) == reading.NOT_READ


def facts(pages: int, *, cut_short: bool = False, fault: str = "") -> Facts:
    return reading.NOT_READ | {"pages": pages, "cut_short": cut_short, "fault": fault}


def test_facts_are_stored_with_the_bytes_and_the_newest_count(app: Flask, clock: Clock):
    with app.app_context():
        use = stored(app, b"%PDF-")
        with db.writing(app) as session:
            assert reading.facts_of(session, use) is None
            reading.store(session, use.sha256, facts(1, cut_short=True))
            reading.store(session, use.sha256, facts(2))
        with db.writing(app) as session:
            reading.store(session, use.sha256, reading.NOT_READ)
        with db.reading() as session:
            assert reading.facts_of(session, use) == facts(2)


@pytest.mark.parametrize("name", ["ZAGUAN_TRUST_ROOTS", "ZAGUAN_TRUST_LIST", "ZAGUAN_REVOCATION"])
def test_a_place_of_trust_is_an_absolute_path(name: str, tmp_path: Path):
    assert config.load({name: str(tmp_path)}, only_looking=True)[name.removeprefix("ZAGUAN_")]
    with pytest.raises(config.BadSetting, match=f"{name}: takes the absolute path"):
        config.load({name: "raices"}, only_looking=True)
