"""Seats that coordinators give, and waiting lists in order of arrival."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from app.cases import processes
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
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

CHOOSE, SCHEDULE = "choose_thematic_session", "schedule_thematic_induction"
Cases = list[tuple[int, int]]


@pytest.fixture
def cases(walk: Walk, clock: Clock) -> Cases:
    """Return three cases at the induction."""
    return begun(walk, clock, 3)


def move(walk: Walk, instance: int, key: int) -> None:
    walk.act(processes.move_seat, key, on=instance)


def leave_session(walk: Walk, instance: int, by: int) -> None:
    walk.commit(processes.returns.sessions.choose_another, instance, "thematic", by)


@pytest.mark.parametrize("step", [CHOOSE, SCHEDULE])
def test_a_coordinator_gives_a_seat_in_either_step(
    walk: Walk, cases: Cases, clock: Clock, step: str
):
    instance = cases[0][0]
    if step == SCHEDULE:
        due_at = walk.task(CHOOSE, instance).due_at
        assert due_at is not None
        clock.set(due_at)
        walk.tick()
    assert step in walk.open_steps(instance)
    key = published(walk, 1)
    if step == SCHEDULE:
        with pytest.raises(processes.Refused, match="la programa"):
            enrol(walk, instance, key, role="sgtd")
    assert enrol(walk, instance, key) == "seated"
    assert session_row(walk, key).taken == 1
    at = session_row(walk, key).at
    assert walk.waiting(instance)["thematic_session_arrives"] == at
    assert invitation(walk.mails("meeting")[-1])["at"] == at.isoformat()
    with pytest.raises(processes.Refused, match="no está abierto"):
        enrol(walk, instance, key)
    walk.assert_consistent(instance)


def test_seats_are_for_those_who_came_first(walk: Walk, cases: Cases):
    (first, by), (second, other), (third, _) = cases
    key = published(walk, 1)
    assert choose(walk, first, by) == "seated"
    assert [enrol(walk, one, key) for one in (third, second)] == ["listed", "listed"]
    assert waits(walk, key) == [third, second]
    leave_session(walk, first, by)
    assert choose(walk, first, by) == choose(walk, second, other) == "nothing on offer"
    with pytest.raises(processes.Refused, match="todavía no hay"):
        enrol(walk, second, key)
    assert enrol(walk, third, key) == "seated"
    assert waits(walk, key) == [second]
    assert choose(walk, second, other) == "nothing on offer"
    change(walk, key, seats="2", on="08/04/2026")
    assert choose(walk, second, other) == "seated"
    assert (session_row(walk, key).taken, waits(walk, key)) == (2, [])


def test_a_suspended_case_is_passed_over(walk: Walk, cases: Cases):
    (first, by), (second, _), (third, last) = cases
    key = published(walk, 1)
    assert choose(walk, first, by) == "seated"
    assert enrol(walk, second, key) == "listed"
    walk.act(processes.suspend, "Lo pidió la entidad", on=second)
    leave_session(walk, first, by)
    with pytest.raises(processes.Refused, match="suspendido"):
        enrol(walk, second, key)
    assert choose(walk, third, last) == "seated"
    assert waits(walk, key) == [second]


def test_who_ends_or_takes_another_seat_leaves_the_lists(walk: Walk, cases: Cases, clock: Clock):
    (first, by), (second, _), (third, _) = cases
    key = published(walk, 1)
    assert choose(walk, first, by) == "seated"
    assert [enrol(walk, one, key) for one in (second, third)] == ["listed", "listed"]
    other = published(walk, 2, days=40)
    assert enrol(walk, second, other) == "seated"
    assert waits(walk, key) == [third]
    walk.act(processes.cancel, "Lo pidió la entidad", on=third)
    assert waits(walk, key) == []
    leave_session(walk, second, cases[1][1])
    assert enrol(walk, second, key) == "listed"
    walk.browser("sip").post(f"/sesiones/{key}/cancelar")
    assert waits(walk, key) == []
    with pytest.raises(processes.Refused, match="se canceló"):
        enrol(walk, second, key)
    clock.set(session_row(walk, other).at)
    with pytest.raises(processes.Refused, match="ya empezó"):
        enrol(walk, second, other)


@pytest.mark.postgresql
def test_two_coordinators_enrol_at_once_and_no_seat_is_given_twice(walk: Walk, cases: Cases):
    key = published(walk, 1)
    came = together(*(lambda one=one: enrol(walk, one, key) for one, _ in cases))
    assert sorted(came) == ["listed", "listed", "seated"]
    waiting = waits(walk, key)[1]
    again = together(*(lambda: enrol(walk, waiting, key) for _ in range(2)))
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


#: The order in which locks are taken.
ORDER = ("process_instance", "induction_session")


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


def test_all_acts_lock_cases_then_sessions(walk: Walk, cases: Cases):
    (first, _), (second, by), (third, last) = cases
    key, later = published(walk, 1), published(walk, 2, days=40)
    with locks() as found:
        assert [enrol(walk, one, key) for one in (first, second)] == ["seated", "listed"]
        change(walk, key, seats="2", on="06/04/2026")
        assert enrol(walk, second, key) == "seated"
        move(walk, second, later)
        assert choose(walk, third, last) == "seated"
        with walk.writing() as session:
            processes.returns.sessions.choose_another(session, second, "thematic", by)
            processes.cancel(session, third, "Lo pidió la entidad", walk.people["sip"])
        walk.browser("sip").post(f"/sesiones/{key}/cancelar")
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
