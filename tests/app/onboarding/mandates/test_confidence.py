"""The next confirmation asks who of confidence stays, where no new authority said so."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

import forms
from app.base import calendar
from app.base.models import PlannedStart, Task
from app.cases import processes, records
from app.cases.case import Case
from app.cases.records import mandate
from app.onboarding.mandates import work as job
from tests.app import cast
from tests.app.onboarding.mandates.ended import LAST_DAY, MONDAY, NEW_YEAR, OTHER, Ended
from tests.app.onboarding.mandates.test_day import MANAGER, MAYOR, case_of, publish, work
from tests.app.onboarding.mandates.test_departed import LEFT, designate
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

#: Ten in the morning on the eleventh working day after the end, and on the day before.
FORWARD = MONDAY + timedelta(days=14)
BEFORE = MONDAY + timedelta(days=10)


@pytest.fixture
def ended(walk: Walk, clock: Clock) -> Ended:
    """Return two entities after their mandate, the next confirmation of the first far away."""
    ended = Ended(walk, clock)
    publish(ended, MAYOR, MANAGER)
    with walk.writing() as session:
        at = calendar.midnight(MONDAY.date() + timedelta(days=80))
        for one in ended.entities(session, [CODE, OTHER]):
            session.add(PlannedStart(entity_id=one.id, process="upkeep", at=at))
    work(ended, LAST_DAY)
    return ended


@pytest.fixture
def on_path(walk: Walk, clock: Clock) -> Ended:
    """Return two entities in the stage of their list, which the first has; no cycle is planned."""
    ended = Ended(walk, clock, "interest_acts")
    publish(ended, MAYOR, MANAGER)
    with walk.writing() as session:
        for one in ended.entities(session, [CODE, OTHER]):
            records.roster.write(case_of(session, one), [])
    work(ended, LAST_DAY)
    return ended


def due(ended: Ended) -> dict[str, bool]:
    """Return whether the next confirmation of each entity is due."""
    with ended.reading() as session:
        rows = session.scalars(select(PlannedStart))
        return {row.entity.code: row.at <= calendar.now() for row in rows}


def due_at(ended: Ended, moment: datetime) -> dict[str, bool]:
    work(ended, moment)
    return due(ended)


def test_the_next_confirmation_comes_forward_once_and_asks(ended: Ended):
    assert due_at(ended, BEFORE) == {CODE: False, OTHER: False}
    assert due_at(ended, FORWARD) == {CODE: True, OTHER: False}, (
        "the other has nobody of confidence"
    )
    with ended.reading() as session:
        entity = cast.entity_of(session)
        found = records.read(case_of(session, entity), "to_confirm")
    assert found["ends_on"] == "2026-12-31"
    assert [label.partition(" · ")[2] for label in found["holders"]] == [
        f"{MANAGER['post']}, {MANAGER['unit']}"
    ]
    begin_cycle(ended)
    assert due_at(ended, FORWARD + timedelta(days=40)) == {CODE: False, OTHER: False}


def begin_cycle(ended: Ended) -> None:
    """Begin the cycle that is due, and plan the next one."""
    with ended.writing() as session:
        entity = cast.entity_of(session)
        records.roster.write(case_of(session, entity), [])
        planned = select(PlannedStart).where(PlannedStart.entity_id == entity.id)
        processes.acts.begin_planned(session, session.scalars(planned).one())
        at = calendar.midnight(FORWARD.date() + timedelta(days=90))
        session.add(PlannedStart(entity_id=entity.id, process="upkeep", at=at))


def test_where_the_new_authority_said_who_left_no_confirmation_comes_forward(ended: Ended):
    with ended.writing() as session:
        entity = cast.entity_of(session)
        case: Case = case_of(session, entity)
        authority = records.read(case, "authority") | {"since_on": "2027-01-01"}
        records.write(case, "authority", authority)
        said = {"after": authority, "since_on": "2027-01-01", "left": []}
        records.write(case, "authority_change", said)
    assert due_at(ended, FORWARD) == {CODE: False, OTHER: False}
    assert to_confirm(ended) == []


def to_confirm(ended: Ended) -> list[str]:
    """Return the posts that the next confirmation of the first entity names."""
    found = ended.record("to_confirm")
    labels = found["holders"] if found else ()
    return [label.partition(" · ")[2] for label in labels]


POST = f"{MANAGER['post']}, {MANAGER['unit']}"
NAMED = ["administrador del registro", POST]


def renew(ended: Ended) -> None:
    """Register that the authority of a designated administrator was re-elected, on New Year."""
    designate(ended, LEFT)
    ended.clock.set(NEW_YEAR)
    with ended.writing() as session:
        entity = cast.entity_of(session)
        mandate.renew(session, entity, NEW_YEAR.date(), None)


def test_after_a_re_election_the_confirmation_asks_also_about_the_administrator(ended: Ended):
    renew(ended)
    assert to_confirm(ended) == NAMED
    assert due_at(ended, FORWARD) == {CODE: True, OTHER: False}
    assert to_confirm(ended) == NAMED


def test_who_was_designated_since_the_end_is_not_named(ended: Ended):
    renew(ended)
    designate(ended, LEFT)
    assert to_confirm(ended) == [POST]


def test_a_confirmation_that_nobody_can_answer_is_not_brought_forward_again(ended: Ended):
    ended.open_production()
    ended.leave("administrator", "alternate")
    engine = ended.engine
    assert due_at(ended, FORWARD) == {CODE: True, OTHER: False}
    with ended.app.app_context():
        for _ in range(2):
            processes.tick(engine)
            assert due(ended)[CODE] is False, "it is tried again the next day"
            assert not job.is_due(engine)
            ended.clock.forward(minutes=5)
        assert job.run(ended.app, lambda: False)["asked"] == 0


@pytest.mark.parametrize("re_elected", [False, True])
def test_who_was_confirmed_in_an_earlier_cycle_after_the_end_is_not_named_again(
    ended: Ended, re_elected: bool
):
    ended.open_production()
    with ended.writing() as session:
        entity = cast.entity_of(session)
        records.roster.write(case_of(session, entity), [])
    cycle = ended.begin("upkeep", CODE)
    if re_elected:
        renew(ended)
    ended.clock.set(MONDAY)
    assert to_confirm(ended) == (NAMED if re_elected else [POST])
    ended.answer("confirm_register", "confirmed", instance=cycle)
    assert ended.row(cycle).end == "upkeep_done"
    assert to_confirm(ended) == []
    assert due_at(ended, FORWARD) == {CODE: False, OTHER: False}


def test_a_confirmation_from_before_the_end_does_not_count(ended: Ended):
    ended.open_production()
    cycle = ended.begin("upkeep", CODE)
    ended.answer("confirm_register", "confirmed", instance=cycle)
    assert due_at(ended, FORWARD) == {CODE: True, OTHER: False}


def test_on_the_path_a_confirmation_begins_once_and_asks(on_path: Ended):
    assert due_at(on_path, BEFORE) == {}
    assert due_at(on_path, FORWARD) == {CODE: True}, "the other has nobody of confidence"
    with on_path.app.app_context():
        processes.tick(on_path.engine)
    assert confirming_steps(on_path) == [
        ("confirm_register", f"{MANAGER['post']}, {MANAGER['unit']}")
    ]
    assert due_at(on_path, FORWARD + timedelta(days=20)) == {}, "the open step asks"


def test_the_step_that_writes_the_list_asks_by_itself(on_path: Ended):
    on_path.answer("enable_interest_acts")
    assert due_at(on_path, FORWARD) == {}
    assert confirming_steps(on_path) == [
        ("define_decision_makers", f"{MANAGER['post']}, {MANAGER['unit']}")
    ]
    on_path.answer("define_decision_makers")
    assert due_at(on_path, FORWARD + timedelta(days=1)) == {}, "the list was written since"


def confirming_steps(ended: Ended) -> list[tuple[str, str]]:
    """Return the open steps of the first entity that ask who stays, and the post each names."""
    found = []
    with ended.reading() as session:
        entity = cast.entity_of(session)
        query = select(Task).where(Task.entity_id == entity.id, Task.state == "open")
        for task in session.scalars(query):
            case = Case(session, entity, task.instance, None, task)
            if "to_confirm" in forms.steps()[task.step].needs:
                (label,) = records.read(case, "to_confirm")["holders"]
                found.append((task.step, label.partition(" · ")[2]))
    return found
