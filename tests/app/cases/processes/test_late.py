"""Lateness: equal on pages and in the database, and for every time zone of the server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import Task
from app.cases import processes
from app.onboarding.tasks import task_view
from app.onboarding.tasks.taking import save_draft
from forms.drafts import errors_of
from tests.app.cases.processes.recalculated import add, due
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.tree import ROOT

pytestmark = pytest.mark.postgresql

ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati", "America/Lima"]
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def tasks(walk: Walk) -> dict[int, date]:
    """Open tasks of an entity with other days off, and their last days, also days off."""
    walk.begin()
    for month, day in ((4, 6), (4, 30), (5, 5), (5, 8), (5, 11)):
        add(walk, day, month=month, scope="region", place="Lima")
    with walk.writing() as session:
        first = walk.find(session, "designate_administrator")
        last_days = [date(2026, 4, 1) + timedelta(days=number) for number in range(0, 80, 2)]
        rows = [like(session, first, on) for on in last_days]
        assert first.due_at is not None
        found = {row.id: on for row, on in zip(rows, last_days, strict=True)}
        return found | {first.id: calendar.last_day(first.due_at)}


def like(session: Session, first: Task, on: date) -> Task:
    """Add another open task of the same lane that ends on a day."""
    names = ("instance_id", "entity_id", "step", "name", "role", "process", "opened_at")
    task = Task(**{name: getattr(first, name) for name in names}, engine_id=f"of {on}")
    task.due_at = calendar.end_of(on)
    session.add(task)
    session.flush()
    return task


@pytest.mark.nightly
def test_pages_and_the_database_agree_on_what_is_late_at_every_moment(
    walk: Walk, tasks: dict[int, date], clock: Clock
):
    midnights = [calendar.midnight(on) for on in (date(2026, 4, 1), date(2026, 5, 1))]
    midnights += [calendar.midnight(date(2026, 5, 4) + timedelta(days=n)) for n in range(9)]
    hour = timedelta(hours=1)
    shifts = (-5 * hour, -hour, -MOMENT, timedelta(), MOMENT, 5 * hour, 12 * hour)
    for moment in (midnight + shift for midnight in midnights for shift in shifts):
        clock.set(moment)
        with walk.reading() as session:
            by_sql = set(session.scalars(select(Task.id).where(Task.due_at <= calendar.now())))
            for key, on in tasks.items():
                left, last = task_view.due(session, session.get_one(Task, key), calendar.now())
                assert last == on
                assert (left < 0) == (key in by_sql) == (calendar.today() > on), moment


@pytest.mark.nightly
@pytest.mark.parametrize("on", [date(2026, 5, 5), date(2026, 5, 8), date(2026, 5, 9)])
@pytest.mark.parametrize("shift", [-MOMENT, timedelta()])
def test_the_inbox_counts_as_late_what_its_rows_call_late(
    walk: Walk, tasks: dict[int, date], clock: Clock, on: date, shift: timedelta
):
    clock.set(calendar.end_of(on) + shift)
    page = walk.browser("preparer").get("/pendientes").text
    late = sum(last < calendar.today() for last in tasks.values())
    assert late
    assert page.count("due--late") == late + 1
    assert f"{late}\xa0atrasadas" in page


def test_what_lapsed_on_friday_is_late_on_saturday_already(begun: Walk):
    with begun.writing() as session:
        task = begun.find(session, "designate_administrator")
        task.due_at = calendar.end_of(date(2026, 3, 6))
        session.flush()
        assert task_view.due(session, task, task.due_at)[0] == -1
        assert task_view.due(session, task, task.due_at - MOMENT)[0] == 0


# The server's own zone ------------------------------------------------------------------------

COMPUTES = """
import json
from datetime import UTC, datetime, time, timedelta
from app.base import calendar, formatting
told = []
for hours in range(0, 24 * 9, 5):
    moment = datetime(2026, 7, 22, 0, 30, tzinfo=UTC) + timedelta(hours=hours)
    nation = calendar.Calendar()
    told.append([
        calendar.lima_day(moment), nation.deadline(moment, 5), nation.next_sending(moment),
        nation.counted_on(moment, time(16, 30)), calendar.end_of(calendar.lima_day(moment)),
        nation.ended_between(moment, moment + timedelta(days=9)), formatting.moment(moment),
    ])
print(json.dumps(told, default=str))
"""


def computed(zone: str) -> list[list[object]]:
    """Return the output of a separate process that runs in a time zone."""
    environment = {**os.environ, "TZ": zone, "PYTHONPATH": str(ROOT)}
    environment.pop("ZAGUAN_CLOCK", None)
    done = subprocess.run(
        [sys.executable, "-c", COMPUTES],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[list[object]] = json.loads(done.stdout)
    return found


@pytest.mark.nightly
def test_a_process_in_any_zone_computes_the_same():
    here = computed("UTC")
    assert here[0][:2] == ["2026-07-21", "2026-08-01 05:00:00+00:00"]
    for zone in ("America/New_York", "Pacific/Kiritimati"):
        assert computed(zone) == here, zone


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    """Return the time zone of the process that runs the test."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_a_case_goes_on_at_the_same_moment_in_any_zone(zone: str, walk: Walk, clock: Clock):
    clock.set(calendar.at_hour(date(2026, 3, 2), clock_time(23, 59, 59)))
    walk.begin_at("induction")
    assert due(walk, "choose_thematic_session") == date(2026, 3, 5)
    clock.set(calendar.end_of(date(2026, 3, 5)) - MOMENT)
    walk.tick()
    assert "choose_thematic_session" in walk.open_steps()
    clock.set(calendar.end_of(date(2026, 3, 5)))
    walk.tick()
    assert "schedule_thematic_induction" in walk.open_steps()
    assert due(walk, "schedule_thematic_induction") == date(2026, 3, 11)


# The cut-off hour -----------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("cut_off", "received", "last"),
    [
        ("16:30", "04/03/2026 16:30", 13),
        ("16:30", "04/03/2026 16:31", 16),
        ("23:59", "04/03/2026 23:59", 13),
        ("16:30", "07/03/2026 10:00", 18),
        ("16:30", "07/03/2026 20:00", 18),
        ("16:30", "06/03/2026 16:31", 18),
    ],
)
def test_a_filing_received_after_the_cut_off_counts_as_of_the_next_working_day(
    walk: Walk, clock: Clock, cut_off: str, received: str, last: int
):
    walk.app.config["CUT_OFF"] = clock_time.fromisoformat(cut_off)
    walk.begin_filed()
    clock.set(calendar.at_hour(date(2026, 3, 9), clock_time(8)))
    receive(walk, *received.split())
    assert due(walk, "review_designation") == date(2026, 3, last)


def receive(walk: Walk, day: str, hour: str) -> None:
    """Record that the mesa de partes received the designation at a moment (Lima)."""
    with walk.writing() as session:
        task = walk.find(session, "record_reception")
        task_page = walk.fill(session, task, walk.user(session, "sip"), "received")
        assert task_page.draft is not None
        pairs = dict(task_page.draft.pairs) | {"received_at-date": day, "received_at-time": hour}
        save_draft(task_page, list(pairs.items()))
        form = task_page.form
        assert form.validate(), errors_of(form)
        processes.complete(session, task.id, task_page.step, form, walk.people["sip"])


def test_the_cut_off_is_a_setting_that_reaches_the_calendar(walk: Walk):
    assert walk.app.config["CUT_OFF"] == clock_time(23, 59)
    assert Calendar().counted_on(datetime(2026, 3, 5, 4, 59, tzinfo=UTC)) == date(2026, 3, 4)
