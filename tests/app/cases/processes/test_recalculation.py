"""Changes of the calendar: open terms, announcements, and all of it or nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, time
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Filing, NonWorkingDay, ProcessInstance, Reminder
from app.cases import processes
from app.cases.processes import acts, projection
from app.cases.processes.act import Act
from app.cases.processes.terms import recalculation
from app.cases.processes.terms.calendar_changes import CalendarEffects, Change, Move, Moved
from tests.app.cases.processes.recalculated import (
    FIRST,
    NORM,
    ONE_DAY,
    add,
    decreed,
    due,
    elsewhere,
    ends,
    remove,
)
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

#: What a change moves that moves a single term.
ONE_TERM = Moved(terms=1, entities=1)

# Terms ----------------------------------------------------------------------------------------


def test_a_decreed_day_moves_the_terms_over_it_and_is_in_the_history_and_one_digest(begun: Walk):
    assert due(begun) == date(2026, 3, 16)
    assert add(begun, 10) == ONE_TERM
    assert due(begun) == date(2026, 3, 17)
    (entry,) = begun.entries("task.moved")
    assert entry.data["changed"] == {"due_on": ["2026-03-16", "2026-03-17"]}
    assert entry.data["reason"] == NORM
    assert (entry.actor_id, entry.task_id) == (
        begun.people["sip"],
        begun.task(FIRST).id,
    )
    begun.assert_consistent()
    page = begun.browser("sip").get("/entidades/E90001/historial").text
    assert "Cambió el vencimiento porque cambió el calendario" in page
    assert NORM in page
    assert "16 de marzo de 2026 → 17 de marzo de 2026" in page
    with begun.reading() as session:
        task = begun.find(session, FIRST)
        moved = session.scalars(select(Reminder).where(Reminder.rung.startswith("moved"))).all()
        assert {(row.task_id, row.due_on) for row in moved} == {(task.id, date(2026, 3, 17))}
        people = [row.person for row in moved]
        assert people
        assert len(people) == len(set(people))
    assert begun.mails("legal_notice") == []


def test_a_day_that_is_taken_out_moves_them_back(begun: Walk):
    before = ends(begun, "designation_overdue")
    add(begun, 10)
    assert due(begun) == date(2026, 3, 17)
    assert ends(begun, "designation_overdue") > before
    assert remove(begun, 10) == ONE_TERM
    assert due(begun) == date(2026, 3, 16)
    assert ends(begun, "designation_overdue") == before


def test_a_day_outside_a_term_or_off_already_leaves_it_and_any_a_closed_one(begun: Walk):
    for day in (1, 2, 7, 17):
        assert add(begun, day) == Moved()
    assert due(begun) == date(2026, 3, 16)
    assert begun.entries("task.moved") == []
    begun.answer(FIRST)
    before = begun.task(FIRST).due_at
    add(begun, 10)
    assert begun.task(FIRST).due_at == before, "it is closed"


def test_a_term_that_ends_on_the_day_itself_ends_on_the_next(begun: Walk, clock: Clock):
    clock.set(calendar.midnight(date(2026, 3, 16)))
    add(begun, 16)
    assert due(begun) == date(2026, 3, 17)


def test_what_would_move_is_shown_before_and_nothing_is_written(begun: Walk):
    begun.begin(code="E90002")
    before = begun.row_counts()
    with begun.reading() as session:
        moved = processes.would_move(session, Change(added=(decreed(date(2026, 3, 10)),)))
        assert not session.new
        assert not session.dirty
    assert moved == Moved(terms=2, entities=2)
    assert begun.row_counts() == before
    assert add(begun, 10) == moved


@pytest.mark.parametrize(
    ("scope", "place", "moved"),
    [("region", "Lima", [17, 16]), ("region", "Cusco", [16, 17]), ("entity", "E90001", [17, 16])],
)
def test_a_day_of_a_place_moves_what_is_open_there_alone(
    walk: Walk, scope: str, place: str, moved: list[int]
):
    other = elsewhere(walk)
    here = walk.begin()
    revisions = {one: walk.row(one).revision for one in (here, other)}
    assert add(walk, 10, scope, place) == ONE_TERM
    assert [due(walk, instance=one).day for one in (here, other)] == moved
    touched = [walk.row(one).revision > revisions[one] for one in (here, other)]
    assert touched == [day == 17 for day in moved]


def test_where_a_wider_day_is_off_already_a_narrower_one_moves_nothing(begun: Walk):
    add(begun, 10, "region", "Lima")
    assert add(begun, 10) == Moved()
    assert remove(begun, 10, scope="region") == Moved()
    assert due(begun) == date(2026, 3, 17)
    assert remove(begun, 10) == ONE_TERM


def test_a_day_that_has_passed_is_counted_in_the_terms_that_are_still_open(
    begun: Walk, clock: Clock
):
    clock.set(calendar.midnight(date(2026, 3, 20)))
    timer = ends(begun, "designation_overdue")
    add(begun, 10)
    assert due(begun) == date(2026, 3, 17)
    assert ends(begun, "designation_overdue") == timer


def test_what_would_be_over_by_now_is_open_to_the_end_of_the_day(begun: Walk, clock: Clock):
    add(begun, 10)
    clock.set(calendar.midnight(date(2026, 3, 17)))
    assert remove(begun, 10) == Moved()
    assert due(begun) == date(2026, 3, 17)
    add(begun, 11)
    assert due(begun) == date(2026, 3, 18)
    clock.set(calendar.end_of(date(2026, 3, 18)))
    assert remove(begun, 11) == ONE_TERM  # the late task becomes later
    assert due(begun) == date(2026, 3, 17)


def test_so_is_what_several_days_that_go_would_end(begun: Walk, clock: Clock):
    for day in (10, 11):
        add(begun, day)
    clock.set(calendar.midnight(date(2026, 3, 17)))
    assert remove(begun, 10, 11) == ONE_TERM
    assert due(begun) == date(2026, 3, 17)


def test_several_days_at_once_are_one_change_with_one_line_each(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        days = tuple(decreed(date(2026, 3, day), norm=f"DS {day}") for day in (10, 11))
        processes.change_calendar(session, Change(added=days), None)
    assert due(walk) == date(2026, 3, 18)
    assert [entry.data["reason"] for entry in walk.entries("task.moved")] == ["DS 10 y DS 11"]
    assert len(walk.entries("calendar.day_added")) == 2
    assert len(walk.mails("legal_notice")) == 0


# Paused and legal terms -----------------------------------------------------------------------


def test_a_term_that_stands_still_keeps_the_days_it_had_left(walk: Walk):
    walk.begin_at("training")
    other = walk.begin("redesignation")
    add(walk, 10)
    task = walk.task("plan_training")
    assert (task.due_at, task.paused_days) == (None, 10)
    assert {entry.instance_id for entry in walk.entries("task.moved")} == {other}


def test_a_suspended_process_goes_on_with_the_days_it_had_left(begun: Walk, clock: Clock):
    clock.forward(days=3)  # Thursday: seven days after it, up to the sixteenth
    begun.act(processes.suspend, "Lo pidió la entidad")
    clock.forward(days=7)
    assert add(begun, 10) == ONE_TERM
    assert add(begun, 27) == Moved()
    assert begun.row().wake_at is None
    begun.act(processes.resume, "Ya pueden seguir")
    off = Calendar(frozenset({date(2026, 3, 10), date(2026, 3, 27)}))
    assert due(begun) == off.add(date(2026, 3, 12), 7)
    assert ends(begun, "designation_overdue") == off.add(date(2026, 3, 12), 42)


@pytest.mark.nightly
def test_a_legal_term_moves_with_the_timer_that_lets_it_lapse(walk: Walk, clock: Clock):
    observe(walk)
    walk.acknowledge("correct_designation")
    assert due(walk, "correct_designation") == date(2026, 3, 4)
    add(walk, 4)
    assert due(walk, "correct_designation") == date(2026, 3, 5)
    assert ends(walk, "correct_designation_lapses") == date(2026, 3, 5)
    for moment, state in ((calendar.midnight, "open"), (calendar.end_of, "lapsed")):
        clock.set(moment(date(2026, 3, 5)))
        walk.tick()
        assert walk.task("correct_designation").state == state


def observe(walk: Walk) -> None:
    """Let the mesa de partes observe the designation: two legal days run from its receipt."""
    walk.begin_filed()
    walk.answer("record_reception", "observed")


def test_a_notice_that_was_to_go_out_on_a_day_off_goes_out_on_the_next(walk: Walk, clock: Clock):
    clock.forward(hours=12)  # eight in the evening
    observe(walk)
    add(walk, 3)
    opens = calendar.at_hour(date(2026, 3, 4), calendar.SENDING_HOURS[0])
    assert walk.task("correct_designation").notice_at == opens
    assert {mail.not_before_at for mail in walk.mails("legal_notice")} == {opens}
    remove(walk, 3)
    assert walk.task("correct_designation").notice_at == opens - ONE_DAY
    assert {mail.not_before_at for mail in walk.mails("legal_notice")} == {opens - ONE_DAY}


@pytest.mark.nightly
def test_what_was_received_on_a_day_off_was_received_on_the_next_working_day(filed: Walk):
    filed.answer("record_reception", "received")
    received_at = filed.one(select(Filing.received_at))
    assert received_at is not None
    day = calendar.lima_day(received_at)
    before = filed.task("review_designation").due_at
    assert due(filed, "review_designation") == Calendar().add(Calendar().on_or_after(day), 7)
    add(filed, day.day, month=day.month)
    off = Calendar(frozenset({day}))
    assert due(filed, "review_designation") == off.add(off.on_or_after(day), 7)
    assert filed.task("review_designation").counted_on == off.on_or_after(day)
    with filed.writing() as session:
        gone = tuple(session.scalars(select(NonWorkingDay)))
        processes.change_calendar(session, Change(removed=gone), None)
    assert filed.task("review_designation").due_at == before


# Many, and at once ----------------------------------------------------------------------------


def test_the_ladder_is_looked_at_again_where_a_rung_moves_and_the_date_does_not(
    begun: Walk, clock: Clock
):
    clock.set(calendar.at_hour(date(2026, 3, 18), time(9)))
    with begun.writing() as session:
        begun.find(session, FIRST).next_reminder_at = clock() + 2 * ONE_DAY
    assert add(begun, 19) == Moved()
    assert begun.task(FIRST).next_reminder_at == clock()


def test_the_calendars_own_change_is_in_the_log_with_what_it_moved(begun: Walk):
    add(begun, 10, "region", "Lima")
    remove(begun, 10, scope="region")
    for kind in ("calendar.day_added", "calendar.day_removed"):
        (entry,) = begun.entries(kind)
        assert entry.entity_id is None
        assert entry.actor_id == begun.people["sip"]
        assert entry.data == {
            "on": "2026-03-10",
            "scope": "region",
            "place": "Lima",
            "norm": NORM,
            "terms": 1,
            "entities": 1,
        }


def test_what_fails_on_the_way_leaves_everything_as_it_was(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    begun.begin(code="E90002")
    before, seen = begun.row_counts(), []

    def second_fails(act: Any) -> None:
        seen.append(act)
        if len(seen) == 2:
            raise RuntimeError("the power went off")
        projection.save(act)

    monkeypatch.setattr(recalculation, "projection", type("", (), {"save": second_fails}))
    with pytest.raises(RuntimeError):
        add(begun, 10)
    assert begun.row_counts() == before
    assert due(begun) == date(2026, 3, 16)


def test_an_instance_that_cannot_be_read_holds_up_no_other(walk: Walk):
    broken, whole = walk.begin(), walk.begin(code="E90002")
    walk.change(ProcessInstance, broken, state=b"no state")
    assert add(walk, 10) == Moved(terms=2, entities=2)
    for instance in (broken, whole):
        assert due(walk, instance=instance) == date(2026, 3, 17)
    assert len(walk.entries("task.moved")) == 2
    assert add(walk, 27) == Moved()


@pytest.mark.postgresql
def test_no_date_is_counted_on_the_old_calendar_while_it_changes(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    """Without the lock, an act could be stored after the change has read the open terms."""
    first, gate = walk.begin(), Barrier(2)

    def meet() -> None:
        with suppress(BrokenBarrierError):
            gate.wait(0.5)

    def save_late(act: Act) -> None:
        meet()
        projection.save(act)

    def look(self: CalendarEffects) -> list[Move]:
        found = looked(self)
        meet()
        return found

    looked = CalendarEffects.moves
    monkeypatch.setattr(acts, "projection", SimpleNamespace(save=save_late))
    monkeypatch.setattr(CalendarEffects, "moves", look)
    came = together(lambda: walk.begin(code="E90002"), lambda: add(walk, 10))
    assert isinstance(came[0], int), came
    off = Calendar(frozenset({date(2026, 3, 10)}))
    for instance in (first, came[0]):
        assert due(walk, instance=instance) == date(2026, 3, 17)
        assert ends(walk, "designation_overdue", instance) == off.add(date(2026, 3, 2), 45)
