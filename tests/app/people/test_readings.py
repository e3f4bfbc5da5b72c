"""Readings of personal data by an entity's own people: one entry a day for each kind of page."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.base import audit_log, calendar, db
from app.base.db import chain, connecting
from app.base.models import Entity, FileUse, LogEntry, Visit
from app.people import readings
from tests.app.installed import Installed
from tests.app.people.house import house
from tests.app.people.rules import RULES
from tests.app.together import together
from tests.app.visited import Visited
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.databases import ON_SQLITE
from tests.statements import statements

VISITS = "/registro/E90001/produccion/visitas"
NUMBER = "00000501"


@pytest.fixture
def place(app: Flask, clock: Clock) -> Visited:
    """Return an entity with a visit and its people."""
    made = Visited(app)
    made.visit(document_number=NUMBER)
    return made


def entries(place: Installed) -> list[LogEntry]:
    """Return the entries of readings, in order."""
    return place.all(select(LogEntry).where(LogEntry.kind == "data.read").order_by(LogEntry.id))


def read(place: Visited, name: str, path: str, method: str = "GET") -> int:
    """Open a page to its end, as a person; return the status."""
    answer = place.browser(name).open(path, method=method, buffered=True)
    return answer.status_code


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_first_reading_of_a_day_is_an_entry_and_later_ones_are_not(
    place: Visited, clock: Clock
):
    assert read(place, "administrator", VISITS) == 200
    [entry] = entries(place)
    assert (entry.actor_id, entry.instance_id) == (place.people["administrator"], None)
    assert entry.data == {"page": "visits", "day": "2026-03-02"}
    assert read(place, "administrator", VISITS) == 200
    assert len(entries(place)) == 1
    read(place, "operator", VISITS)
    read(place, "administrator", "/registro/E90001/produccion")
    clock.forward(days=1)
    read(place, "administrator", VISITS)
    found = [(one.actor_id, one.data["page"], one.data["day"]) for one in entries(place)]
    administrator = place.people["administrator"]
    assert found[1:] == [
        (place.people["operator"], "visits", "2026-03-02"),
        (administrator, "desk", "2026-03-02"),
        (administrator, "visits", "2026-03-03"),
    ]


def test_a_file_that_the_browser_still_has_is_a_reading_of_the_next_day_too(
    walk: Walk, clock: Clock
):
    walk.begin()
    for step in ("designate_administrator", "list_personnel"):
        walk.answer(step)
    with walk.reading() as session:
        path = f"/archivos/{session.scalars(select(FileUse.id)).first()}"
    first = walk.browser("preparer").get(path, buffered=True)
    assert first.status_code == 200
    clock.forward(days=1)
    held = {"If-None-Match": first.headers["ETag"]}
    again = walk.browser("preparer").get(path, headers=held, buffered=True)
    assert again.status_code == 304
    found = [one.data for one in entries(walk) if one.data["page"] == "papers"]
    assert [one["day"] for one in found] == ["2026-03-02", "2026-03-03"]


@pytest.mark.nightly
def test_a_page_that_refuses_a_form_is_a_reading_too(place: Visited):
    path = f"{VISITS}/{place.one(select(Visit.code))}"
    client = place.browser("administrator")
    answer = client.post(f"{path}/anular", buffered=True)
    assert (answer.status_code, NUMBER in answer.text) == (422, True)
    assert [one.data["page"] for one in entries(place)] == ["visits"]


@pytest.mark.postgresql
def test_two_processes_that_read_at_once_write_one_entry(place: Visited):
    (entity_id,) = place.all(select(Entity.id))
    reading = readings.Reading(place.people["operator"], entity_id, "visits", calendar.now())

    def write() -> None:
        place.app.extensions[readings.EXTENSION] = readings.Known()  # of another process
        readings.write(place.app, reading)

    together(write, write)
    write()
    assert len(entries(place)) == 1


def test_what_shows_no_personal_data_in_full_is_no_reading(place: Visited):
    for name, path, method in [
        ("preparer", VISITS, "GET"),  # numbers are masked for them
        ("sgtd", VISITS, "GET"),
        ("auditor", VISITS, "GET"),
        ("administrator", VISITS, "HEAD"),
        ("administrator", f"{VISITS}/AAAAAAAAAA", "GET"),
        ("administrator", "/registro/E90001/produccion/dias-sin-visitas", "GET"),
        ("administrator", "/visitas", "GET"),
    ]:
        read(place, name, path, method)
        assert entries(place) == []


def test_the_entry_is_written_when_the_answer_was_sent(place: Visited):
    answer = place.browser("administrator").get(VISITS)
    assert NUMBER in answer.text
    assert entries(place) == []
    answer.close()
    [entry] = entries(place)
    assert NUMBER not in str(entry.data)


@pytest.mark.nightly
def test_a_reading_costs_one_statement_and_the_next_ones_none(place: Visited):
    client = place.browser("administrator")
    client.get("/entidades/E90001", buffered=True)

    def sent_by_a_look() -> list[str]:
        with statements(place.engine) as sent:
            client.get(VISITS, buffered=True)
        return [one for one in sent if not one.startswith("BEGIN")]

    first, second, third = (sent_by_a_look() for _ in range(3))
    assert (len(first) - len(third), second) == (1, third)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_an_entry_that_cannot_be_written_harms_no_answer_and_is_tried_again(
    place: Visited,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    def away(*_: object, **__: object) -> None:
        raise OperationalError("insert", {}, Exception(NUMBER))

    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(audit_log, "write_once", away)
        assert read(place, "administrator", VISITS) == 200
    assert "a reading of personal data is not in the log" in caplog.text
    assert NUMBER not in caplog.text
    assert entries(place) == []
    read(place, "administrator", VISITS)
    assert len(entries(place)) == 1


@pytest.mark.nightly
@ON_SQLITE
def test_a_busy_database_holds_no_answer_and_nothing_is_lost(
    place: Visited, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    clients = [place.browser(name) for name in ("administrator", "operator")]
    monkeypatch.setattr(connecting, "TURN_SECONDS", 0.05)
    with db.writing(place.app) as session:
        session.execute(select(Entity.id))  # takes SQLite's lock, as a long import does
        for client in clients:
            assert client.get(VISITS, buffered=True).status_code == 200
        assert caplog.text.count("is not in the log") == 2
    read(place, "operator2", VISITS)
    readers = {place.people[name] for name in ("administrator", "operator", "operator2")}
    assert {one.actor_id for one in entries(place)} == readers


def test_while_a_thread_writes_others_leave_their_readings_to_it(place: Visited):
    known: readings.Known = place.app.extensions[readings.EXTENSION]
    with known.writing:
        assert read(place, "administrator", VISITS) == 200
        assert entries(place) == []
    read(place, "operator", VISITS)
    assert len(entries(place)) == 2


@pytest.mark.nightly
@pytest.mark.postgresql
def test_readings_are_in_the_chain(place: Visited):
    read(place, "administrator", VISITS)
    now = calendar.now()
    assert chain.close(place.engine, db.never, now, calendar.lima_day(now))
    assert [str(fault) for fault in chain.check_all(place.engine)] == []


def test_known_readings_are_bounded(monkeypatch: pytest.MonkeyPatch, clock: Clock):
    monkeypatch.setattr(readings, "MOST_KNOWN", 2)
    known = readings.Known()
    made = [readings.Reading(1, number, "visits", clock()) for number in range(3)]
    for one in made:
        known.add(one)
    assert [known.has(one) for one in made] == [False, False, True]


@pytest.mark.nightly
def test_the_history_shows_readings_only_where_they_are_chosen(place: Visited):
    read(place, "administrator", VISITS)
    sentence = "Leyó datos personales: Visitas registradas"
    for name, path in (
        ("preparer", "/entidades/E90001/historial"),
        ("sgtd", "/entidades/E90001/historial"),
        ("auditor", "/registro-de-cambios"),
        ("superuser", "/registro-de-cambios"),
    ):
        client = place.browser(name)
        assert sentence not in client.get(path).text
        assert sentence in client.get(f"{path}?acto=lecturas").text
    assert "Lecturas de datos" not in place.browser("auditor").get("/hoy").text


#: Pages of steps that the house has not open for an entity, or that need a paper or an upload.
NOT_IN_THE_HOUSE = {
    *("tasks.send", "tasks.number_paper", "tasks.download_paper", "mandate_plan.sheet"),
    *("papers.page", "papers.signature", "review.roster", "review.attendance"),
    *("kept.lift", "kept.decide", "agenda.cancel"),
}


@pytest.mark.guard("three people open all declared pages")
def test_every_declared_page_is_a_reading_of_its_kind(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    built, written = house(app), list[readings.Reading]()
    monkeypatch.setattr(readings, "write", lambda _, reading: written.append(reading))
    match = app.url_map.bind("localhost").match
    found: set[str] = set()
    for line in RULES:
        method, _, template = line.partition(" ")
        path = template.partition("?")[0].format(**(built.ids | built.own["administrator"]))
        endpoint = match(path, method=method)[0]
        if endpoint not in readings.PAGES or endpoint in found:
            continue
        for role in ("administrator", "preparer"):
            built.clients[role].open(path, method=method, buffered=True)
            if written:
                assert written.pop().kind == readings.PAGES[endpoint]
                found.add(endpoint)
    assert set(readings.PAGES) - found == NOT_IN_THE_HOUSE
