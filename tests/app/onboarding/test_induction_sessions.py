"""Induction sessions: seats, changes, cancellations."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import InductionSession, Seat, User
from app.cases import processes
from app.cases.records import sessions
from app.cases.records.sessions import SessionFull
from app.onboarding.tasks.loading import TaskPage
from tests.app.onboarding.seats import (
    FORM,
    change,
    choose,
    invitation,
    publish,
    published,
    session_row,
)
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock


@pytest.fixture
def cases(walk: Walk) -> list[tuple[int, int]]:
    """Return four cases at the beginning of the induction, and their administrators."""
    found = []
    for number in range(1, 5):
        code = f"E9000{number}"
        by = walk.person(f"4000005{number}", "administrator", code)
        found.append((walk.begin_at("induction", code=code), by))
    return found


@pytest.mark.nightly
@pytest.mark.postgresql
def test_seats_are_never_exceeded_by_simultaneous_choices(walk: Walk, cases: list[tuple[int, int]]):
    key = published(walk, 2, days=7)
    came = together(*(lambda c=c: choose(walk, *c) for c in cases))
    assert came.count("seated") == 2, came
    assert set(came) <= {"seated", "full", "nothing on offer"}
    assert session_row(walk, key).taken == 2
    assert walk.one(select(func.count(Seat.id))) == 2
    for instance, _ in cases:
        walk.assert_consistent(instance)


@pytest.fixture
def seated(walk: Walk, cases: list[tuple[int, int]]) -> int:
    """Return a session on Monday 9 March, 8:00 in Lima, in which two of the cases have seats."""
    key = published(walk, 3, days=7)
    assert [choose(walk, *case) for case in cases[:2]] == ["seated", "seated"]
    return key


def arrives(walk: Walk, instance: int) -> datetime | None:
    """Return when the timer for the day of the session fires."""
    moment: datetime | None = walk.waiting(instance).get("thematic_session_arrives")
    return moment


@pytest.mark.nightly
def test_past_full_and_cancelled_sessions_are_not_offered(walk: Walk, cases: list[tuple[int, int]]):
    with walk.writing() as session:
        publish(session, "thematic", at=calendar.now() - timedelta(minutes=1))
        publish(session, "thematic", at=calendar.now())
        publish(session, "technical")
        full = session.get_one(InductionSession, publish(session, "thematic"))
        full.taken = full.seats
        session.get_one(InductionSession, publish(session, "thematic")).cancelled = True
        good = publish(session, "thematic")
        task = walk.find(session, "choose_thematic_session", cases[0][0])
        task_page = TaskPage.of(session, task.id, session.get_one(User, cases[0][1]))
        assert [row["id"] for row in task_page.given["thematic_sessions"]] == [str(good)]


@pytest.mark.nightly
def test_a_session_that_began_while_the_page_was_open_cannot_be_chosen(
    walk: Walk, cases: list[tuple[int, int]], clock: Clock
):
    with walk.writing() as session:
        key = publish(session, "thematic", at=calendar.now() + timedelta(hours=1))
        task = walk.find(session, "choose_thematic_session", cases[0][0])
        walk.fill(session, task, session.get_one(User, cases[0][1]), "chosen")
    clock.forward(hours=2)
    client = walk.browser_of(cases[0][1])
    page = client.get(f"/tareas/{task.id}").location
    draft = dict(walk.draft_of(task.id).pairs)
    assert client.post(page, data=draft | {"action": "submit"}).status_code == 422
    assert session_row(walk, key).taken == 0


@pytest.mark.nightly
def test_the_page_says_that_the_last_seat_was_taken_meanwhile(
    walk: Walk, cases: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
):
    def gone(*_: object) -> None:
        raise SessionFull

    with walk.writing() as session:
        publish(session, "thematic", seats=1)
        task = walk.find(session, "choose_thematic_session", cases[0][0])
        walk.fill(session, task, session.get_one(User, cases[0][1]), "chosen")
    monkeypatch.setattr(sessions, "take_seat", gone)
    client = walk.browser_of(cases[0][1])
    page = client.get(f"/tareas/{task.id}").location
    answer = client.post(page, data=dict(walk.draft_of(task.id).pairs) | {"action": "submit"})
    assert answer.status_code == 409
    assert "se acaba de ocupar" in answer.text
    assert "choose_thematic_session" in walk.open_steps(cases[0][0])


@pytest.mark.nightly
def test_a_moved_session_moves_its_timers_and_notifies_its_guests(
    walk: Walk, cases, seated: int, clock: Clock
):
    assert change(walk, seated, on="12/03/2026", hour="15:30").status_code == 303
    at = session_row(walk, seated).at
    assert at.isoformat() == "2026-03-12T20:30:00+00:00"
    for instance, _ in cases[:2]:
        assert arrives(walk, instance) == at
        row = walk.row(instance)
        assert row.wake_at is not None
        assert row.wake_at <= at
    notified = [mail for mail in walk.mails("meeting") if invitation(mail)["sequence"] == 1]
    assert {invitation(mail)["at"] for mail in notified} == {at.isoformat()}
    assert len(notified) == 2 + 2  # the walk's own administrator and alternate too
    clock.set(at)
    walk.tick()
    for instance, _ in cases[:2]:
        assert "record_thematic_induction" in walk.open_steps(instance)


def test_seats_are_not_made_fewer_than_are_taken_and_another_place_is_notified(
    walk: Walk, cases, seated: int
):
    answer = change(walk, seated, seats="1")
    assert answer.status_code == 422
    assert "Ya hay 2 cupos ocupados" in answer.text
    assert session_row(walk, seated).seats == 3
    same = session_row(walk, seated).at.astimezone(calendar.LIMA)
    fields = {"on": same.strftime("%d/%m/%Y"), "hour": same.strftime("%H:%M")}
    before = len(walk.mails("meeting"))
    change(walk, seated, **fields, seats="9")
    assert len(walk.mails("meeting")) == before
    change(walk, seated, **fields, place="Otro auditorio")
    assert len(walk.mails("meeting")) > before
    assert "Otro auditorio" in walk.mails("meeting")[-1].body


@pytest.mark.nightly
def test_guests_of_a_cancelled_session_choose_again(walk: Walk, cases, seated: int):
    client, address = walk.browser("sip"), f"/sesiones/{seated}"
    assert "2\xa0entidades tienen cupo: se les avisará" in client.get(f"{address}/cambiar").text
    empty = client.get(f"/sesiones/{published(walk, days=7)}/cambiar").text
    assert "Ninguna entidad tiene cupo." in empty
    assert client.post(f"{address}/cancelar").status_code == 303
    row = session_row(walk, seated)
    assert (row.cancelled, row.taken) == (True, 0)
    for instance, _ in cases[:2]:
        assert "choose_thematic_session" in walk.open_steps(instance)
        assert arrives(walk, instance) is None
        task = walk.task("choose_thematic_session", instance)
        assert "se canceló" in task.reason
        walk.assert_consistent(instance)
    assert "choose_thematic_session" in walk.open_steps(cases[2][0])
    assert client.post(f"{address}/cancelar").status_code == 404
    assert walk.one(select(func.count(Seat.id))) == 0


@pytest.mark.nightly
def test_cancelling_a_session_lapses_nothing_in_a_suspended_process(
    walk: Walk, cases, seated: int, clock: Clock
):
    instance = cases[0][0]
    walk.act(processes.suspend, "Lo pidió la entidad", on=instance)
    clock.forward(days=5)  # the term to choose the technical session is over
    walk.browser("sip").post(f"/sesiones/{seated}/cancelar")
    assert walk.task("choose_technical_session", instance).state == "open"
    assert walk.row(instance).wake_at is None
    walk.act(processes.resume, "Lo pidió la entidad", on=instance)
    assert {"choose_thematic_session", "choose_technical_session"} <= set(walk.open_steps(instance))
    walk.assert_consistent(instance)


@pytest.mark.nightly
def test_a_session_takes_place_on_its_day_for_a_suspended_case_too(
    walk: Walk, cases, seated: int, clock: Clock
):
    instance, at = cases[0][0], session_row(walk, seated).at
    assert arrives(walk, instance) == at
    walk.act(processes.suspend, "Lo pidió la entidad", on=instance)
    clock.forward(days=3)
    walk.act(processes.resume, "Lo pidió la entidad", on=instance)
    assert arrives(walk, instance) == at
    clock.set(at - timedelta(seconds=1))
    walk.tick()
    assert "record_thematic_induction" not in walk.open_steps(instance)
    clock.set(at)
    walk.tick()
    assert "record_thematic_induction" in walk.open_steps(instance)


@pytest.mark.nightly
def test_choosing_again_returns_the_old_seat(walk: Walk, cases, seated: int):
    instance, by = cases[0]
    with walk.writing() as session:
        other = publish(session, "thematic", at=calendar.now() + timedelta(days=3))
        processes.send_back(
            session, instance, "choose_thematic_session", "No puede ese día", walk.people["sip"]
        )
    assert choose(walk, instance, by) == "seated"
    assert session_row(walk, other).taken == 1
    assert session_row(walk, seated).taken == 1


# The pages ------------------------------------------------------------------------------------


def test_a_published_session_is_listed(walk: Walk):
    client = walk.browser("sgtd")
    assert client.post("/sesiones/nueva", data=FORM).status_code == 303
    page = client.get("/sesiones").text
    assert "Auditorio de ejemplo" in page
    assert "10:00" in page
    assert session_row(walk, 1).at.isoformat() == "2026-03-10T15:00:00+00:00"


@pytest.mark.nightly
def test_an_invalid_session_is_refused(walk: Walk, subtests: pytest.Subtests):
    wrong = [
        ({"on": "01/03/2026"}, "futuro"),
        ({"on": "02/03/2026", "hour": "07:59"}, "futuro"),
        ({"place": ""}, "lugar o el enlace"),
        ({"link": "javascript:alert(1)"}, "dirección"),
    ]
    wrong += [({"minutes": minutes}, "minutos") for minutes in ("0", "mucho")]
    wrong += [({"seats": seats}, "500") for seats in ("0", "501")]
    refuses(subtests, walk.browser("sip"), "/sesiones/nueva", FORM, wrong)
    assert walk.all(select(InductionSession)) == []


@pytest.mark.nightly
def test_a_past_or_unknown_session_cannot_be_changed(walk: Walk, clock: Clock):
    key = published(walk, days=7)
    clock.forward(days=8)
    client = walk.browser("sip")
    for number in (key, 4711, 99999999999999999999):
        assert client.get(f"/sesiones/{number}/cambiar").status_code == 404
        assert client.post(f"/sesiones/{number}/cambiar", data=FORM).status_code == 404
        assert client.post(f"/sesiones/{number}/cancelar").status_code == 404
