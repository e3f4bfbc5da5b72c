"""Seats that coordinators give, offers with a term, and waiting lists by the longest clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState, Session

from app.base import calendar
from app.base.models import WaitingSeat
from app.cases import processes
from app.cases.records.sessions import waiting
from tests.app.onboarding.seats import (
    begun,
    change,
    choose,
    enrol,
    invitation,
    published,
    session_row,
    waits,
)
from tests.app.together import killed, together
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

CHOOSE, SCHEDULE = "choose_thematic_session", "schedule_thematic_induction"
Cases = list[tuple[int, int]]


@pytest.fixture
def cases(walk: Walk, clock: Clock) -> Cases:
    """Return three cases at the induction; the first has the longest clock."""
    return begun(walk, clock, 3)


def row_of(walk: Walk, instance: int) -> WaitingSeat:
    """Return the newest row of a case."""
    with walk.reading() as session:
        query = select(WaitingSeat).where(WaitingSeat.instance_id == instance)
        found = session.scalars(query.order_by(WaitingSeat.id.desc())).first()
        assert found is not None
        return found


def accept(walk: Walk, instance: int, by: int) -> None:
    walk.commit(processes.accept_seat, row_of(walk, instance).id, by)


def move(walk: Walk, instance: int, key: int) -> None:
    walk.act(processes.move_seat, key, on=instance)


def lapse(walk: Walk, clock: Clock, instance: int) -> None:
    """Let the term to choose lapse, so that the coordinator's step opens."""
    due_at = walk.task(CHOOSE, instance).due_at
    assert due_at is not None
    clock.set(due_at)
    walk.tick()
    assert SCHEDULE in walk.open_steps(instance)


def test_a_seat_is_held_for_an_entity_that_is_still_to_choose(walk: Walk, cases: Cases):
    instance, by = cases[0]
    key = published(walk, 1)
    assert enrol(walk, instance, key) == "offered"
    assert CHOOSE in walk.open_steps(instance)  # nobody answers for it
    assert session_row(walk, key).taken == 1
    assert choose(walk, *cases[1]) == "nothing on offer"
    (mail,) = [one for one in walk.mails("seat") if one.person == f"u{by}"]
    assert f"/lugares/{row_of(walk, instance).id}" in mail.body
    accept(walk, instance, by)
    assert (session_row(walk, key).taken, row_of(walk, instance).result) == (1, "taken")
    assert walk.waiting(instance)["thematic_session_arrives"] == session_row(walk, key).at
    walk.assert_consistent(instance)


def test_an_offer_comes_first_on_the_page_of_the_step(walk: Walk, cases: Cases):
    instance, by = cases[0]
    published(walk, 5, days=20)
    key = published(walk, 5)
    enrol(walk, instance, key)
    browser = walk.browser_of(by)
    page = browser.get(browser.get(f"/tareas/{walk.task(CHOOSE, instance).id}").location)
    assert "te guardamos un lugar" in page.text
    assert choose(walk, instance, by) == "seated"
    assert (session_row(walk, key).taken, row_of(walk, instance).result) == (1, "taken")


def test_the_list_follows_the_longest_clock_and_offers_lapse_after_two_working_days(
    walk: Walk, cases: Cases, clock: Clock
):
    (first, by), (second, _), (third, _) = cases
    key = published(walk, 1)
    assert choose(walk, first, by) == "seated"
    assert [enrol(walk, one, key) for one in (third, second)] == ["listed", "listed"]
    assert waits(walk, key) == [(second, "listed"), (third, "listed")]
    assert walk.tick() == 0
    walk.commit(processes.returns.sessions.choose_another, first, "thematic", by)
    assert choose(walk, first, by) == "nothing on offer"  # the seat is for those who wait
    assert walk.tick() == 1
    assert waits(walk, key) == [(second, "offered"), (third, "listed")]
    ends_at = row_of(walk, second).offer_ends_at
    assert ends_at is not None
    with walk.reading() as session:
        days = calendar.calendar_of(session, None).days_left(ends_at, clock())
    assert days == 2
    clock.set(ends_at - timedelta(seconds=1))
    walk.tick()
    assert waits(walk, key)[0] == (second, "offered")
    clock.set(ends_at)
    walk.tick()
    assert waits(walk, key) == [(third, "offered")]
    assert (row_of(walk, second).result, session_row(walk, key).taken) == ("lapsed", 1)
    with pytest.raises(processes.Refused, match="venció"):
        accept(walk, *cases[1])


def test_a_coordinator_answers_the_own_step_with_a_published_session(
    walk: Walk, cases: Cases, clock: Clock
):
    instance = cases[0][0]
    lapse(walk, clock, instance)
    key = published(walk, 1)
    with pytest.raises(processes.Refused, match="la programa"):
        enrol(walk, instance, key, role="sgtd")
    assert enrol(walk, instance, key) == "seated"
    assert walk.waiting(instance)["thematic_session_arrives"] == session_row(walk, key).at
    assert {invitation(mail)["at"] for mail in walk.mails("meeting")[-1:]} == {
        session_row(walk, key).at.isoformat()
    }
    with pytest.raises(processes.Refused, match="no está abierto"):
        enrol(walk, instance, key)


def test_an_offer_is_accepted_after_the_term_to_choose(walk: Walk, cases: Cases, clock: Clock):
    instance, by = cases[0]
    key = published(walk, 1)
    assert choose(walk, *cases[1]) == "seated"
    assert enrol(walk, instance, key) == "listed"
    lapse(walk, clock, instance)
    change(walk, key, seats="2", on="08/04/2026")
    walk.tick()
    accept(walk, instance, by)
    assert SCHEDULE not in walk.open_steps(instance)
    assert (session_row(walk, key).taken, row_of(walk, instance).result) == (2, "taken")
    walk.assert_consistent(instance)


def test_a_seat_that_is_declined_goes_to_the_next(walk: Walk, cases: Cases):
    (first, by), (second, _), _ = cases
    key = published(walk, 1)
    enrol(walk, first, key)
    enrol(walk, second, key)
    url = f"/entidades/{CODE}/lugares/{row_of(walk, first).id}"
    browser = walk.browser_of(by)
    assert "Te guardamos un lugar" in browser.get(url).text
    assert walk.browser("preparer").get(url).status_code == 404
    assert walk.browser_of(cases[1][1]).get(url).status_code == 404
    assert browser.post(f"{url}/dejar").status_code == 303
    walk.tick()
    assert waits(walk, key) == [(second, "offered")]
    assert CHOOSE in walk.open_steps(first)
    assert browser.post(url).status_code == 422
    assert "ya no está guardado" in browser.get(url).text


def test_the_page_of_a_held_seat_accepts_it(walk: Walk, cases: Cases):
    instance, by = cases[0]
    key = published(walk, 1)
    enrol(walk, instance, key)
    url = f"/entidades/{CODE}/lugares/{row_of(walk, instance).id}"
    seen = {"about": session_row(walk, key).at.isoformat()}
    change(walk, key, seats="1", on="09/04/2026")
    browser = walk.browser_of(by)
    late = browser.post(url, data=seen)
    assert late.status_code == 422
    assert "La sesión cambió mientras tanto" in late.text
    shown = re.search('name="about" value="([^"]+)"', late.text)
    assert shown
    assert browser.post(url, data={"about": shown[1]}).status_code == 303
    assert "thematic_session_arrives" in walk.waiting(instance)


def test_a_cancelled_or_moved_session_is_known_to_those_who_wait(walk: Walk, cases: Cases):
    key = published(walk, 1)
    enrol(walk, cases[0][0], key)
    enrol(walk, cases[1][0], key)
    change(walk, key, seats="1", on="06/03/2026", hour="09:00")
    row = row_of(walk, cases[0][0])
    assert row.offer_ends_at == session_row(walk, key).at
    assert "Cambió la sesión" in walk.mails("seat")[-1].subject
    walk.browser("sip").post(f"/sesiones/{key}/cancelar")
    assert [row_of(walk, one).result for one, _ in cases[:2]] == ["withdrawn"] * 2
    assert session_row(walk, key).taken == 0
    assert "Se canceló" in walk.mails("seat")[-1].subject
    assert walk.tick() == 0


def test_a_list_ends_when_its_session_begins(walk: Walk, cases: Cases, clock: Clock):
    key = published(walk, 1, days=1)
    enrol(walk, cases[0][0], key)
    enrol(walk, cases[1][0], key)
    clock.set(session_row(walk, key).at)
    walk.tick()
    assert [row_of(walk, one).result for one, _ in cases[:2]] == ["lapsed", "over"]


@pytest.mark.postgresql
def test_a_killed_worker_offers_each_seat_once(walk: Walk, cases: Cases):
    (first, _), (second, _), _ = cases
    key = published(walk, 1)
    enrol(walk, first, key)
    enrol(walk, second, key)
    walk.commit(processes.decline_seat, row_of(walk, first).id, cases[0][1])
    assert killed(walk.app, walk.tick, "before_commit")
    assert waits(walk, key) == [(second, "listed")]
    together(walk.tick, walk.tick)
    assert waits(walk, key) == [(second, "offered")]
    assert session_row(walk, key).taken == 1
    assert len([one for one in walk.mails("seat") if one.person == f"u{cases[1][1]}"]) == 1


@pytest.mark.postgresql
def test_two_coordinators_enrol_at_once_and_no_seat_is_given_twice(walk: Walk, cases: Cases):
    key = published(walk, 1)
    came = together(*(lambda one=one: enrol(walk, one, key) for one, _ in cases))
    assert sorted(came) == ["listed", "listed", "offered"]
    again = together(*(lambda: enrol(walk, cases[0][0], key) for _ in range(2)))
    assert all(isinstance(one, processes.Refused) for one in again)
    assert session_row(walk, key).taken == 1


def test_a_case_moves_to_another_session_with_its_timer_and_invitation(walk: Walk, cases: Cases):
    instance, by = cases[0]
    full = published(walk, 1, days=40)
    assert choose(walk, *cases[1]) == "seated"
    before = published(walk, 2, days=20)
    assert choose(walk, instance, by) == "seated"
    after = published(walk, 2)
    move(walk, instance, after)
    assert (session_row(walk, before).taken, session_row(walk, after).taken) == (0, 1)
    at = session_row(walk, after).at
    assert walk.waiting(instance)["thematic_session_arrives"] == at
    sent = invitation(walk.mails("meeting")[-1])
    assert (sent["at"], sent["sequence"]) == (at.isoformat(), 1)
    with pytest.raises(processes.Refused, match="No quedan cupos"):
        move(walk, instance, full)
    assert walk.waiting(instance)["thematic_session_arrives"] == at
    assert session_row(walk, after).taken == 1
    with pytest.raises(processes.Refused, match="Ya tiene cupo"):
        move(walk, instance, after)
    with pytest.raises(processes.Refused, match="No espera"):
        move(walk, cases[2][0], before)
    walk.assert_consistent(instance)


def test_what_is_suspended_cancelled_or_past_is_refused(walk: Walk, cases: Cases, clock: Clock):
    key = published(walk, 2, days=1)
    walk.act(processes.suspend, "Lo pidió la entidad", on=cases[0][0])
    with pytest.raises(processes.Refused, match="suspendido"):
        enrol(walk, cases[0][0], key)
    clock.forward(days=2)
    with pytest.raises(processes.Refused, match="ya empezó"):
        enrol(walk, cases[1][0], key)


def test_a_cancelled_case_gives_its_held_seat_back(walk: Walk, cases: Cases):
    key = published(walk, 1)
    enrol(walk, cases[0][0], key)
    walk.act(processes.cancel, "Lo pidió la entidad", on=cases[0][0])
    assert (session_row(walk, key).taken, row_of(walk, cases[0][0]).result) == (0, "left")


#: The order in which locks are taken.
ORDER = ("process_instance", "induction_session", "waiting_seat")


@contextmanager
def locks() -> Iterator[dict[Any, list[str]]]:
    """Note the tables that are locked, by transaction, in their order."""
    found: dict[Any, list[str]] = {}

    def note(state: ORMExecuteState) -> None:
        statement: Any = state.statement
        chosen = statement._for_update_arg if state.is_select else None
        if state.is_update:
            tables = [statement.table.name]
        elif chosen is not None:
            tables = [one.name for one in chosen.of or statement.columns_clause_froms]
        else:
            return
        known = found.setdefault(state.session.get_transaction(), [])
        known += [one for one in tables if one in ORDER and one not in known]

    event.listen(Session, "do_orm_execute", note)
    try:
        yield found
    finally:
        event.remove(Session, "do_orm_execute", note)


def test_all_acts_lock_cases_then_sessions_then_rows(walk: Walk, cases: Cases, clock: Clock):
    (first, by), (second, other), (third, last) = cases
    key, later = published(walk, 1), published(walk, 2, days=40)
    with locks() as found:
        assert [enrol(walk, one, key) for one in (first, second)] == ["offered", "listed"]
        walk.commit(processes.decline_seat, row_of(walk, first).id, by)
        walk.tick()
        change(walk, key, seats="1", on="06/04/2026")
        accept(walk, second, other)
        move(walk, second, later)
        assert choose(walk, third, last) == "seated"
        enrol(walk, first, key)
        with walk.writing() as session:
            processes.returns.sessions.choose_another(session, third, "thematic", last)
            processes.cancel(session, second, "Lo pidió la entidad", walk.people["sip"])
        walk.tick()
        walk.browser("sip").post(f"/sesiones/{key}/cancelar")
        enrol(walk, first, later)
        clock.set(session_row(walk, later).at)
        walk.tick()
    assert len([one for one in found.values() if len(one) == len(ORDER)]) > 5
    assert [one for one in found.values() if one != sorted(one, key=ORDER.index)] == []


def test_a_case_that_comes_while_a_session_changes_is_locked_before_it(
    walk: Walk, cases: Cases, monkeypatch: pytest.MonkeyPatch
):
    key = published(walk, 1)
    enrol(walk, cases[0][0], key)
    every = {cases[0][0]}
    known = [every, every, every, set[int]()]  # the newcomer is found: all is locked anew
    monkeypatch.setattr(processes.returns.sessions, "_cases_of", lambda *given: known.pop())
    with walk.writing() as session:
        row = processes.hold_session(session, key)
        assert row is not None
        assert row.id == key
    assert not known


def test_a_row_that_was_closed_meanwhile_frees_no_seat_again(walk: Walk, cases: Cases):
    key = published(walk, 2)
    assert choose(walk, *cases[1]) == "seated"
    enrol(walk, cases[0][0], key)
    with walk.writing() as session:
        row = session.get_one(WaitingSeat, row_of(walk, cases[0][0]).id)
        for result in ("declined", "lapsed"):
            waiting.close(session, row, result)
    assert (row_of(walk, cases[0][0]).result, session_row(walk, key).taken) == ("declined", 1)


def test_a_case_that_is_passed_over_takes_no_seat_from_others(walk: Walk, cases: Cases):
    (first, by), (second, _), (third, last) = cases
    key = published(walk, 1)
    assert choose(walk, first, by) == "seated"
    assert enrol(walk, second, key) == "listed"
    with walk.writing() as session:
        processes.suspend(session, second, "Lo pidió la entidad", walk.people["sip"])
        processes.returns.sessions.choose_another(session, first, "thematic", by)
    assert walk.tick() == 0
    assert choose(walk, third, last) == "seated"
    assert waits(walk, key) == [(second, "listed")]


def test_a_term_that_ran_out_unseen_does_not_stop_who_accepts(
    walk: Walk, cases: Cases, clock: Clock
):
    instance, by = cases[0]
    due_at = walk.task(CHOOSE, instance).due_at
    assert due_at is not None
    clock.set(due_at - timedelta(hours=1))
    key = published(walk, 1)
    assert enrol(walk, instance, key) == "offered"
    clock.set(due_at)
    accept(walk, instance, by)
    assert (session_row(walk, key).taken, row_of(walk, instance).result) == (1, "taken")
    walk.assert_consistent(instance)
