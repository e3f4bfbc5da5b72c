"""The nightly job: once a night, cycles without a plan, cleaning, a search for stuck instances."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select

from app.base import calendar, db
from app.base.models import (
    Attempt,
    JobRun,
    PlannedStart,
    ProcessInstance,
    SignIn,
    Task,
    Ticket,
)
from app.cases import processes
from app.cases.processes.projection import UPKEEP_EVERY
from app.ops import worker
from app.ops.worker import nightly
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from tests.app.cases.processes.test_starts import renamed
from tests.app.cast import entity_of
from tests.app.walk import Walk, deploy
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


def night(walk: Walk) -> dict[str, int]:
    """Run the nightly job. Return the result of its newest run."""
    turn(walk.app, JOBS["nightly"])
    run = walk.get(JobRun, "nightly")
    assert run.error == ""
    return run.result


def in_lima(text: str) -> datetime:
    """Return a moment in Lima."""
    return datetime.fromisoformat(f"{text}-05:00")


def is_due(walk: Walk) -> bool:
    return nightly.is_due(walk.engine)


@pytest.mark.nightly("servers")
def test_the_job_runs_once_a_night_from_two_in_the_morning(walk: Walk, clock: Clock):
    clock.set(in_lima("2026-03-02T16:00"))
    assert is_due(walk), "it was never done"
    night(walk)
    for moment, due in (
        ("2026-03-02T23:59", False),
        ("2026-03-03T01:59", False),
        ("2026-03-03T02:00", True),
        ("2026-03-03T15:00", True),
    ):
        clock.set(in_lima(moment))
        assert is_due(walk) is due, moment
    night(walk)
    assert not is_due(walk)


@pytest.mark.nightly("servers")
def test_missed_nights_are_made_up_for_by_one_run(walk: Walk, clock: Clock):
    night(walk)
    clock.forward(days=14)
    assert is_due(walk)
    night(walk)
    assert not is_due(walk)


@pytest.mark.nightly("servers")
def test_a_night_that_failed_or_was_not_finished_is_due_again(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> int:
        raise RuntimeError("the broom is away")

    done = []
    monkeypatch.setattr(
        nightly, "PARTS", {"one": fail, "other": lambda *_: done.append(1) or len(done)}
    )
    turn(walk.app, JOBS["nightly"])
    assert done == [1], "the other parts go on"
    assert "of the night" in walk.get(JobRun, "nightly").error
    assert is_due(walk)
    monkeypatch.undo()
    turn(walk.app, JOBS["nightly"], lambda: True)
    assert is_due(walk), "it was stopped before its end"
    night(walk)
    assert not is_due(walk)


# Cycles ----------------------------------------------------------------------------------------


def conclude(walk: Walk, code: str = "E90001") -> int:
    """End the path of an entity now. Return the id of its onboarding."""
    instance = walk.begin_at("interest_acts", code=code)
    with walk.writing() as session:
        processes.validate_stage(
            session, instance, "interest_acts", reason="Acreditada por oficio", document_id="",
            answers={}, **walk.validators(session, "interest_acts"),
        )  # fmt: skip
    assert walk.row(instance).status == "ended"
    return instance


def cycles(walk: Walk) -> list[ProcessInstance]:
    """Return all cycles of upkeep, in order."""
    return walk.all(
        select(ProcessInstance)
        .where(ProcessInstance.process == "upkeep")
        .order_by(ProcessInstance.id)
    )


@pytest.mark.nightly("servers")
def test_after_a_long_standstill_each_entity_has_one_cycle_and_not_one_per_missed_term(
    walk: Walk, clock: Clock
):
    for code in ("E90001", "E90002"):
        conclude(walk, code)
        walk.open_production(code)
    clock.forward(days=400)
    for job in ("tick", "nightly", "tick", "nightly"):
        turn(walk.app, JOBS[job])
        clock.forward(days=1)
    begun = cycles(walk)
    assert len({one.entity_id for one in begun}) == len(begun) == 2
    assert all(one.started_at > clock.moment - timedelta(days=5) for one in begun)


@pytest.mark.nightly("servers")
def test_a_cycle_begins_on_the_version_in_force(walk: Walk, clock: Clock):
    conclude(walk)
    forget_plans(walk)
    clock.forward(days=100)
    with walk.writing() as session:
        newest = deploy(session, renamed()).id
    assert night(walk)["cycles_begun"] == 1
    assert cycles(walk)[0].deployment_id == newest


def forget_plans(walk: Walk) -> None:
    """Delete plans, as is done with plans that could not be carried out."""
    walk.execute(delete(PlannedStart))


@pytest.mark.nightly("servers")
def test_a_cycle_whose_plan_was_dropped_begins_when_it_is_time(walk: Walk, clock: Clock):
    conclude(walk)
    forget_plans(walk)
    clock.forward(seconds=UPKEEP_EVERY.total_seconds() - 1)
    assert night(walk)["cycles_begun"] == 0
    clock.forward(days=1)
    assert night(walk)["cycles_begun"] == 1
    clock.forward(days=1)
    assert night(walk)["cycles_begun"] == 0, "one is under way"
    assert len(cycles(walk)) == 1


@pytest.mark.nightly("servers")
def test_a_cycle_that_was_cancelled_comes_again_after_its_term_and_not_the_next_night(
    walk: Walk, clock: Clock
):
    conclude(walk)
    clock.forward(days=91)
    turn(walk.app, JOBS["tick"])
    walk.commit(processes.cancel, cycles(walk)[0].id, "No hay a quién", walk.people["sip"])
    clock.forward(days=2)
    assert night(walk)["cycles_begun"] == 0
    clock.forward(days=90)
    assert night(walk)["cycles_begun"] == 1


@pytest.mark.nightly("servers")
def test_an_entity_under_way_or_deactivated_gets_no_cycle(walk: Walk, clock: Clock):
    walk.begin_at("training", code="E90003")
    conclude(walk)
    forget_plans(walk)
    with walk.writing() as session:
        entity_of(session).active = False
    clock.forward(days=200)
    assert night(walk)["cycles_begun"] == 0
    with walk.writing() as session:
        entity_of(session).active = True
    clock.forward(days=1)
    assert night(walk)["cycles_begun"] == 1


# Cleaning and looking --------------------------------------------------------------------------


def test_used_credentials_are_stored_a_year_valid_ones_for_ever_and_attempts_a_day(
    walk: Walk, clock: Clock
):
    now = clock.moment
    with walk.writing() as session:
        user = walk.user(session, "sip")
        for number, days in enumerate((0, 2, 364, 366)):
            then = now - timedelta(days=days)
            session.add(Attempt(kind="sign_in", subject="x", at=then))
            session.add(
                Ticket(
                    kind="reset", secret_hash=f"{number}", user_id=user.id,
                    created_at=then, expires_at=then, used_at=then,
                )
            )  # fmt: skip
            session.add(
                SignIn(token_hash=f"{number}", user=user, created_at=then, seen_at=then,
                       ended_at=then if number % 2 else None)
            )  # fmt: skip
        session.add(  # still valid
            Ticket(
                kind="activation", secret_hash="x", created_at=now - timedelta(days=800),
                expires_at=now + timedelta(days=1),
            )
        )  # fmt: skip
    done = night(walk)
    assert [done[f"{name}_removed"] for name in ("attempts", "sign_ins", "links")] == [3, 1, 1]
    with walk.reading() as session:
        assert len(session.scalars(select(Attempt)).all()) == 1
        assert len(session.scalars(select(SignIn)).unique().all()) == 3
        assert len(session.scalars(select(Ticket)).all()) >= 3


@pytest.mark.nightly("servers")
def test_a_task_that_the_ladder_lost_is_checked_again(walk: Walk, clock: Clock):
    walk.begin()
    task_id = walk.task("designate_administrator").id
    assert night(walk)["looked_at_again"] == 0
    walk.change(Task, task_id, next_reminder_at=None)
    clock.forward(days=1)
    assert night(walk)["looked_at_again"] == 1
    working = walk.read(calendar.calendar_of, None)
    assert walk.get(Task, task_id).next_reminder_at == working.next_sending(clock.moment)
    clock.forward(days=100)
    walk.change(Task, task_id, next_reminder_at=None)
    assert night(walk)["looked_at_again"] == 0, "at its end the ladder is left to the follow-up"


@pytest.mark.nightly("servers")
def test_an_instance_that_no_timer_will_wake_is_found(
    walk: Walk, clock: Clock, caplog: pytest.LogCaptureFixture
):
    walk.begin()
    assert night(walk)["dead_ends"] == 0
    with walk.writing() as session:
        task = session.get_one(Task, walk.task("designate_administrator").id)
        task.state = "cancelled"
        walk.instance(session).wake_at = None
    clock.forward(days=1)
    with caplog.at_level(logging.ERROR):
        assert night(walk)["dead_ends"] == 1
    assert walk.id in [getattr(record, "instance", None) for record in caplog.records]
    with walk.app.app_context(), db.open_session(walk.engine) as session:
        assert "dead_ends" in {finding.kind for finding in worker.read(session).stuck}
