"""Holds of coordinators: the held mails, the mails sent once lifted, and refused holds."""

from __future__ import annotations

from datetime import date, time
from importlib import import_module

import pytest

from app.base.models import ReminderHold
from app.cases import reminders
from app.cases.reminders import holds
from tests.app.cases.reminders.reminded import DUE, FRIDAY, MONDAY, TUESDAY, WEDNESDAY, Days


def hold(days: Days, scope: str, value: str, until_on: date | None = None, reason="Por un feriado"):
    by = days.people["sip"]
    return days.commit(holds.hold, scope, value, until_on=until_on, reason=reason, by_id=by).id


def lift(days: Days, hold_id: int) -> None:
    days.commit(holds.lift, hold_id, days.people["sgtd"])


def listing(days: Days, **which: bool) -> list[ReminderHold]:
    with days.reading() as session:
        return list(holds.listing(session, **which))


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("scope", "value"), [("entity", "E90001"), ("stage", "designation"), ("region", "Lima")]
)
def test_what_is_held_is_not_sent_and_once_lifted_the_newest_is(days: Days, scope, value):
    days.begin_monday()
    days.pass_by(MONDAY)
    held = hold(days, scope, value)
    days.pass_by(date(2026, 3, 18))
    assert [row.rung for row in days.rows()] == ["arrival"]
    lift(days, held)
    days.remind()
    assert [row.rung for row in days.rows()] == ["arrival", "-1"]
    assert days.log_lines()[-1][0] == "2026-03-18"


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("scope", "value"), [("entity", "E90002"), ("stage", "training"), ("region", "Áncash")]
)
def test_other_entities_are_still_reminded(days: Days, scope, value):
    days.person("41000021", "preparer", "E90002")
    days.change_entity("E90002", department="Áncash")
    days.begin_monday()
    hold(days, scope, value)
    days.remind()
    assert [row.state for row in days.rows()] == ["mailed"]


@pytest.mark.nightly
def test_a_hold_ends_with_its_last_day(days: Days):
    days.begin_monday()
    hold(days, "entity", "E90001", until_on=WEDNESDAY)
    days.pass_by(WEDNESDAY)
    assert days.rows() == []
    days.pass_by(date(2026, 3, 5))
    assert days.log_lines() == [("2026-03-05", "arrival", "lane")]
    assert listing(days) == []
    assert [row.value for row in listing(days, ended=True)] == ["E90001"]


@pytest.mark.nightly
def test_on_a_day_that_is_held_nothing_goes_out_and_the_next_day_the_newest(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    hold(days, "day", "2026-03-16")
    days.pass_by(DUE)
    assert [row.rung for row in days.rows()] == ["arrival", "2"]
    assert days.remind() == {}
    days.pass_by(date(2026, 3, 17))
    assert [row.rung for row in days.rows()] == ["arrival", "2", "-1"]


@pytest.mark.nightly
def test_a_day_that_is_held_while_the_job_runs_ends_what_it_does(days: Days, monkeypatch):
    task_id = days.begin_monday()
    days.pass_by(MONDAY)
    days.move(date(2026, 3, 20))
    days.at(date(2026, 3, 18))
    hold(days, "day", "2026-03-18")
    job = import_module("app.cases.reminders.run")  # the package exports the function of that name
    monkeypatch.setattr(job, "_is_anything_to_do", lambda *_: True)
    assert days.remind() == {}
    assert [row.state for row in days.rows(task_id=task_id)] == ["mailed", "waiting"]


@pytest.mark.nightly
def test_rows_that_wait_are_held_too(days: Days):
    task_id = days.begin_monday()
    days.pass_by(MONDAY)
    days.move(date(2026, 3, 20))
    held = hold(days, "stage", "designation")
    days.pass_by(WEDNESDAY)
    assert [row.state for row in days.rows(task_id=task_id)] == ["mailed", "waiting"]
    lift(days, held)
    days.remind()
    assert [row.state for row in days.rows(task_id=task_id)] == ["mailed", "mailed"]


@pytest.mark.nightly
def test_a_muted_person_gets_none_and_the_ledger_says_so(days: Days):
    days.begin_monday()
    with days.writing() as session:
        by = days.people["sip"]
        muted = holds.mute(
            session, days.recipient("preparer"), reason="Está de licencia", by_id=by
        ).id
    days.pass_by(MONDAY)
    assert [(row.rung, row.state) for row in days.rows()] == [("arrival", "muted")]
    assert days.reminder_mails() == []
    lift(days, muted)
    days.pass_by(date(2026, 3, 12))
    assert [(row.rung, row.state) for row in days.rows()][1:] == [("2", "mailed")]
    (begun,) = days.entries("person.muted")
    assert begun.data == {
        "scope": "person",
        "name": "Persona Ejemplo 011",
        "reason": "Está de licencia",
        "until_on": None,
    }
    assert [one.actor_id for one in days.entries("person.unmuted")] == [days.people["sgtd"]]


@pytest.mark.nightly
def test_muted_overnight_what_waits_is_not_sent(days: Days):
    days.begin_monday()
    days.pass_by(MONDAY)
    days.at(MONDAY, time(11))
    days.answer("designate_administrator")
    days.remind()
    hold(days, "person", days.recipient("preparer"))
    days.pass_by(TUESDAY)
    task_id = days.task("list_personnel").id
    assert [row.state for row in days.rows(task_id=task_id)] == ["muted"]


def test_a_mesa_de_partes_can_be_muted_and_legal_notices_go_all_the_same(days: Days):
    instance = days.begin(code="E90002")
    days.due_on("designate_administrator", date(2026, 2, 25), instance)
    hold(days, "person", "mesadepartes.e90002@example.pe")
    days.remind()
    assert [row.state for row in days.rows(recipient="mesa_de_partes")] == ["muted"]


def test_holding_and_lifting_are_logged_in_the_entitys_history(days: Days):
    days.begin_monday()
    held = hold(days, "entity", "E90001", until_on=FRIDAY)
    lift(days, held)
    (begun,), (ended,) = days.entries("reminders.held"), days.entries("reminders.lifted")
    assert begun.entity_id == ended.entity_id == days.task("designate_administrator").entity_id
    assert begun.data["until_on"] == "2026-03-06"
    assert "Municipalidad Distrital de Ejemplo 1" in begun.data["name"]
    (row,) = listing(days, ended=True)
    assert row.lifted_by_id == days.people["sgtd"]


@pytest.mark.parametrize(
    ("scope", "value", "why"),
    [
        ("entity", "E99999", "revisa entidad"),
        ("stage", "no_such", "revisa etapa"),
        ("region", "Atlántida", "revisa región"),
        ("region", "", "revisa región"),
        ("day", "2026-02-27", "revisa día"),
        ("day", "mañana", "revisa día"),
        ("person", "u4711", "revisa persona"),
        ("person", "u²", "revisa persona"),
        ("person", "nadie@example.pe", "revisa persona"),
        ("planet", "x", "planet"),
    ],
)
def test_what_cannot_be_held_is_refused_with_a_sentence(days: Days, scope, value, why):
    with pytest.raises(reminders.Refused, match=why):
        hold(days, scope, value)
    assert listing(days) == []


def test_a_hold_needs_a_reason_an_end_to_come_and_to_be_new(days: Days):
    with pytest.raises(reminders.Refused, match="por qué"):
        hold(days, "entity", "E90001", reason="  ")
    with pytest.raises(reminders.Refused, match="ya pasó"):
        hold(days, "entity", "E90001", until_on=date(2026, 3, 1))
    held = hold(days, "entity", " E90001 ", until_on=MONDAY)
    with pytest.raises(reminders.Refused, match="ya está retenido"):
        hold(days, "entity", "E90001")
    lift(days, held)
    with pytest.raises(reminders.Refused, match="ya no está retenido"):
        lift(days, held)
    with pytest.raises(reminders.Refused, match="ya no está retenido"):
        lift(days, 4711)
    hold(days, "entity", "E90001")


def test_a_hold_is_named_even_when_its_day_is_over(days: Days):
    hold(days, "day", "2026-03-04")
    days.at(date(2026, 3, 10))
    with days.reading() as session:
        (row,) = holds.listing(session, ended=True)
        assert holds.names(session, [row]) == {row.id: "2026-03-04"}
        assert row.until_on == WEDNESDAY
