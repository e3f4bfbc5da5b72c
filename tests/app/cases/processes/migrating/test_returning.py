"""A case that returns to its former version, and what it had there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.formatting import NO_BREAK
from app.base.models import (
    FormerState,
    InductionSession,
    Mail,
    Meeting,
    ProcessInstance,
    Reminder,
    Seat,
    Task,
)
from app.cases import custody, processes
from app.cases.processes import migrating
from app.cases.processes.act import Act
from app.cases.processes.migrating import seats
from app.ops.worker import retention
from tests.app.cases.processes.migrated import (
    another_id,
    days,
    edit,
    in_lane,
    judged,
    move,
    take_back,
    version,
)
from tests.app.cases.processes.recalculated import add, due
from tests.app.cases.reminders.reminded import MONDAY, Days
from tests.app.walk import Walk
from tests.conftest import Clock

STEP = "designate_administrator"
TO_SIP = in_lane("designation.bpmn", STEP, "designation_sip")
NEW_NAME = edit(
    "designation.bpmn",
    'name="Designar al administrador (SIP-RVL-001)"',
    'name="Nombrar al administrador"',
)
#: What a move may leave changed when the case has returned: each is an act more.
COUNTED = ("due_moves", "due_moved_at", "next_reminder_at")


def as_it_is(walk: Walk) -> tuple[Any, ...]:
    """Return the state, the version and the tasks of the case, by value."""
    with walk.reading() as session:
        row = walk.instance(session)
        tasks = session.scalars(select(Task).where(Task.instance_id == walk.id).order_by(Task.id))
        columns = [one.name for one in Task.__table__.columns if one.name not in COUNTED]
        values = [{name: getattr(task, name) for name in columns} for task in tasks]
        facts = (row.stage, row.holder, row.status, row.wake_at)
        return row.deployment_id, bytes(row.state), facts, values


@pytest.mark.nightly("walkers")
def test_a_case_returns_byte_for_byte_and_only_once(begun: Walk):
    task_id = begun.draft(STEP)
    with begun.writing() as session:
        task, user = begun.find(session, STEP), begun.user(session, "preparer")
        assert processes.assigning.take(session, task, user)
    before = as_it_is(begun)
    move(begun, version(begun, days(STEP, 20), NEW_NAME, TO_SIP))
    assert as_it_is(begun) != before
    take_back(begun)
    assert as_it_is(begun) == before
    with pytest.raises(migrating.NotReturnable):
        take_back(begun)
    assert begun.draft_of(task_id) is not None
    begun.answer(STEP)
    begun.assert_consistent()


def test_the_clocks_of_a_return_are_rebuilt_the_same(begun: Walk, clock: Clock):
    clock.forward(days=1)
    move(begun, version(begun, TO_SIP))
    assert begun.row().holder == "sip"
    clock.forward(hours=20)
    take_back(begun)
    assert begun.row().holder == "entity"
    clock.forward(days=1)
    with begun.writing() as session:
        assert not custody.rebuild(session, begun.instance(session))


def answer(walk: Walk, clock: Clock) -> None:
    walk.answer(STEP)


def change_no_task(walk: Walk, clock: Clock) -> None:
    with walk.writing() as session:
        act = Act.hold(session, walk.row().id, None)
        act.row.norm_version += "."


def move_a_date(walk: Walk, clock: Clock) -> None:
    with walk.writing() as session:  # another act left the revision as it was
        revision = walk.row().revision
        add(walk, 6)
        session.execute(update(ProcessInstance).values(revision=revision))


def take_the_step(walk: Walk, clock: Clock) -> None:
    with walk.writing() as session:
        task, user = walk.find(session, STEP), walk.user(session, "preparer")
        assert processes.assigning.take(session, task, user)


def wait_a_day(walk: Walk, clock: Clock) -> None:
    clock.forward(days=1)


@pytest.mark.parametrize("act", [answer, change_no_task, move_a_date, take_the_step, wait_a_day])
def test_a_case_to_which_anything_has_happened_does_not_return(
    begun: Walk, clock: Clock, act: Callable[[Walk, Clock], None]
):
    move(begun, version(begun, days(STEP, 20)))
    act(begun, clock)
    before = as_it_is(begun)
    with pytest.raises(migrating.NotReturnable, match=r"siguió en la versión nueva|más de un día"):
        take_back(begun)
    assert as_it_is(begun) == before


def test_the_night_forgets_former_states_after_a_day(begun: Walk, clock: Clock):
    move(begun, version(begun, NEW_NAME))
    engine = begun.engine
    forget = retention.part("former_states")
    clock.forward(hours=23)
    assert forget(engine, lambda: False) == 0
    clock.forward(hours=2)
    assert forget(engine, lambda: False) == 1
    assert begun.all(select(FormerState)) == []


# What people were informed of -----------------------------------------------------------------


def rungs(walk: Walk) -> dict[str, str]:
    """Return the states of the rows about moved dates in the reminder log, by rung."""
    rows = walk.all(select(Reminder).where(Reminder.mail_kind == "task_moved"))
    return {row.rung.split()[-1]: row.state for row in rows}


def test_a_date_that_nobody_was_informed_of_is_dropped(begun: Walk):
    move(begun, version(begun, days(STEP, 20)), number=4)
    take_back(begun)
    assert rungs(begun) == {"m4": "answered"}


def test_a_date_that_people_were_informed_of_is_announced_again(begun: Walk):
    move(begun, version(begun, days(STEP, 20)), number=4)
    with begun.writing() as session:
        row = session.scalars(select(Reminder)).one()
        sent = Mail(
            message_id="<1@example.pe>", kind="digest", to="x@example.pe", subject="", body="",
            state="sent", created_at=calendar.now(),
        )  # fmt: skip
        session.add(sent)
        session.flush()
        row.state, row.mail_id = "mailed", sent.id
    take_back(begun)
    assert rungs(begun) == {"m4": "mailed", "r4": "waiting"}
    assert begun.one(select(Reminder).where(Reminder.rung.like("% r4"))).due_on == due(begun)


@pytest.mark.nightly("walkers")
def test_mails_say_that_a_date_moved_and_that_it_is_the_former_one_again(days_of_mails: Days):
    walk = days_of_mails
    walk.begin()
    days_of_mails.pass_by(MONDAY)
    days_of_mails.at(MONDAY, time(18))
    move(walk, version(walk, days(STEP, 20)))
    days_of_mails.pass_by(MONDAY + timedelta(days=1))
    assert "La fecha cambió del 16 de marzo de 2026 al 30 de marzo de 2026" in newest(walk)
    take_back(walk)
    days_of_mails.pass_by(MONDAY + timedelta(days=2))
    assert "La fecha cambió del 30 de marzo de 2026 al 16 de marzo de 2026" in newest(walk)
    assert "El proceso volvió a su versión anterior." in newest(walk)


@pytest.fixture
def days_of_mails(walk: Walk, clock: Clock) -> Days:
    """Return an installation whose reminders and mails a test lets pass day by day."""
    return Days(walk, clock)


def newest(walk: Walk) -> str:
    """Return the text of the newest digest, in one line."""
    return " ".join(walk.mails("digest")[-1].body.replace(NO_BREAK, " ").split())


# Sessions -------------------------------------------------------------------------------------

AT = datetime(2026, 3, 12, 15, tzinfo=calendar.LIMA)
ARRIVES = "thematic_session_arrives"


def with_seat(walk: Walk) -> None:
    """Bring a case to its induction, with the only seat in a session."""
    walk.begin_at("induction")
    walk.add(
        InductionSession(
            topic="thematic", changed_at=calendar.now(), at=AT, minutes=60, place="Aula", seats=1
        )
    )
    walk.answer("choose_thematic_session", "chosen")
    assert taken(walk) == 1


def lose(walk: Walk, place: str = "choose_thematic_session") -> None:
    """Move a case to a version that lacks the wait for its session; it continues at a place."""
    lost = version(walk, another_id("induction.bpmn", ARRIVES, "thematic_session_comes"))
    move(walk, lost, places={ARRIVES: place})


def taken(walk: Walk) -> int:
    """Return the number of seats that are taken in the session."""
    return walk.one(select(InductionSession.taken))


@pytest.mark.nightly("walkers")
def test_a_session_that_did_not_change_sends_no_invitation(walk: Walk):
    with_seat(walk)
    before = len(walk.mails("meeting"))
    assert before
    move(walk, version(walk, days("choose_technical_session", 6)))
    assert len(walk.mails("meeting")) == before
    assert taken(walk) == 1


@pytest.mark.nightly("walkers")
def test_the_seat_and_invitation_of_a_session_are_given_back_and_taken_again_by_a_return(
    walk: Walk,
):
    with_seat(walk)
    before = as_it_is(walk)
    lose(walk)
    assert walk.open_steps() == ["choose_technical_session", "choose_thematic_session"]
    assert taken(walk) == 0
    assert walk.all(select(Seat)) == []
    assert walk.one(select(Meeting)).cancelled_at is not None
    assert walk.task("choose_thematic_session").came_as == "process_changed"
    walk.assert_consistent()
    take_back(walk)
    assert as_it_is(walk)[:3] == before[:3]
    assert walk.open_steps() == ["choose_technical_session"]
    assert taken(walk) == 1
    assert walk.one(select(Meeting)).cancelled_at is None
    walk.assert_consistent()


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("change", [{"taken": 1}, {"cancelled": True}])
def test_a_case_whose_seat_is_not_to_be_had_by_then_does_not_return(
    walk: Walk, change: dict[str, object]
):
    with_seat(walk)
    lose(walk)
    with walk.writing() as session:
        session.execute(update(InductionSession).values(change))
    with pytest.raises(migrating.NotReturnable, match="cupo"):
        take_back(walk)
    assert walk.open_steps() == ["choose_technical_session", "choose_thematic_session"]


def test_a_case_that_chooses_no_more_leaves_its_place_on_the_list():
    here = ["choose_thematic_session"]
    assert seats.left_topics(here, [], ["load_demo_personnel"], []) == ["thematic"]
    assert seats.left_topics(here, [], ["schedule_thematic_induction"], []) == []
    assert seats.left_topics(here, [], [], ["thematic_session"]) == []


@pytest.mark.nightly("walkers")
def test_a_place_whose_records_do_not_exist_is_not_offered(walk: Walk):
    walk.begin_at("induction")
    lost = another_id("induction.bpmn", "choose_thematic_session", "pick_thematic_session")
    (gone,) = judged(walk, version(walk, lost)).gone
    assert gone.element == "choose_thematic_session"
    assert "schedule_thematic_induction" in gone.options
    assert not {"thematic_session_arrives", "record_thematic_induction"} & set(gone.options)


@pytest.mark.nightly("walkers")
def test_a_case_is_loaded_and_advances_on_both_versions(walk: Walk, clock: Clock):
    with_seat(walk)
    lose(walk, "thematic_session_comes")
    assert walk.waiting()["thematic_session_comes"] == AT.astimezone(calendar.now().tzinfo)
    clock.set(AT)
    walk.tick()
    assert "record_thematic_induction" in walk.open_steps()
    with walk.reading() as session:
        assert Act.hold(session, walk.id, None).engine.waiting()
