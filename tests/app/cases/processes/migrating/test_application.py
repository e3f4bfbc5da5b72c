"""The application of a migration: filters, two persons, each case once, and the return."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.base import calendar
from app.base.models import Entity, MigrationBatch, MigrationCase, ProcessInstance
from app.cases import processes
from app.cases.processes.migrating import CaseChange as Change
from app.cases.processes.migrating import CaseVerdict as Verdict
from app.cases.processes.migrating.rehearsals import applying, batches, starting
from app.cases.processes.migrating.rehearsals.batches import Filter
from app.people.proposals import Refused
from tests.app.cases.processes.migrating.rehearsed import DATE_MOVES, WAITS, Rehearsed, undecided
from tests.app.together import killed, together
from tests.app.walk import Walk, texts
from tests.conftest import Clock

RENAMED = Verdict(
    "changes",
    changes=(
        Change("renamed", "call_entity", "designation", "Llamar", "Llamar", "Llamar otra vez"),
    ),
)


@pytest.fixture
def rehearsed(walk: Walk) -> Rehearsed:
    """Return five onboardings and a second version in force."""
    return Rehearsed(walk)


@pytest.mark.nightly("walkers")
def test_what_passes_is_moved_and_nothing_else(rehearsed: Rehearsed):
    changes, question, cannot = rehearsed.ids[:3]
    rehearsed.fakes.verdicts = {
        changes: DATE_MOVES,
        question: undecided("list_personnel"),
        cannot: Verdict("cannot", reason="no"),
    }
    rehearsed.prepare()
    assert rehearsed.apply() == 3
    assert rehearsed.fakes.moved == [changes, *rehearsed.ids[3:]]
    assert rehearsed.batch_state() == "done"
    assert rehearsed.apply() == 0


@pytest.mark.parametrize(
    ("chosen", "places"),
    [
        ({"region": "Cusco"}, [0]),
        ({"kind": "changes"}, [1]),
        ({"stage": "demo"}, [2]),
        ({"process": "upkeep"}, []),
        ({"process": "onboarding", "kind": "passes", "region": "Lima"}, [2, 3, 4]),
    ],
)
def test_a_batch_takes_the_cases_of_its_filter(
    rehearsed: Rehearsed, chosen: dict[str, str], places: list[int]
):
    rehearsed.fakes.verdicts[rehearsed.ids[1]] = DATE_MOVES
    with rehearsed.walk.writing() as session:
        first = session.get_one(ProcessInstance, rehearsed.ids[0])
        session.get_one(Entity, first.entity_id).department = "Cusco"
        session.get_one(ProcessInstance, rehearsed.ids[2]).stage = "demo"
    rehearsed.rehearse()
    if not places:
        with pytest.raises(batches.CountChanged):
            rehearsed.batch(**chosen)
        return
    rehearsed.batch(**chosen)
    rehearsed.apply()
    assert rehearsed.fakes.moved == [rehearsed.ids[place] for place in places]


def test_only_a_case_that_changed_is_judged_again_and_skipped_if_its_verdict_differs(
    rehearsed: Rehearsed,
):
    same, other, unchanged = rehearsed.ids[:3]
    rehearsed.prepare()
    for instance in (same, other):
        rehearsed.answer(instance)
    rehearsed.fakes.verdicts = {other: RENAMED, unchanged: DATE_MOVES}  # as time does
    rehearsed.apply()
    results = rehearsed.results()
    assert [results[one] for one in (same, other, unchanged)] == ["moved", "skipped", "moved"]
    row = rehearsed.walk.get(MigrationCase, (rehearsed.migration, other))
    assert row.message == applying.CHANGED
    assert rehearsed.batch_state() == "done"


@pytest.mark.nightly("walkers")
def test_a_case_of_another_version_is_judged_again_although_its_revision_is_the_same(
    rehearsed: Rehearsed,
):
    other, another = rehearsed.ids[0], rehearsed.new_id
    rehearsed.new_id = rehearsed.put_into_force("a third one")
    rehearsed.prepare()
    with rehearsed.walk.writing() as session:
        here = ProcessInstance.id == other
        session.execute(update(ProcessInstance).where(here).values(deployment_id=another))
    rehearsed.fakes.verdicts[other] = RENAMED
    rehearsed.apply()
    assert rehearsed.results()[other] == "skipped"


@pytest.mark.nightly("walkers")
def test_a_case_that_ended_or_was_moved_elsewhere_is_skipped(rehearsed: Rehearsed):
    ended, there = rehearsed.ids[:2]
    rehearsed.prepare()
    with rehearsed.walk.writing() as session:
        row = session.get_one(ProcessInstance, ended)
        row.ended_at, row.status = row.started_at, "ended"
        session.get_one(ProcessInstance, there).deployment_id = rehearsed.new_id
    rehearsed.apply()
    assert rehearsed.fakes.moved == rehearsed.ids[2:]
    assert {rehearsed.results()[one] for one in (ended, there)} == {"skipped"}


def test_a_case_that_has_to_wait_is_moved_once_it_goes_on(rehearsed: Rehearsed):
    waits = rehearsed.waiting()
    rehearsed.prepare()
    rehearsed.apply()
    assert rehearsed.batch_state() == "done"
    assert rehearsed.apply() == 0  # nothing happened to it
    rehearsed.answer(waits)
    rehearsed.fakes.verdicts[waits] = DATE_MOVES
    assert rehearsed.apply() == 1
    assert rehearsed.results()[waits] == "moved"


def test_a_case_that_waits_in_its_turn_moves_only_with_the_rehearsed_verdict(
    rehearsed: Rehearsed, clock: Clock
):
    same, other = rehearsed.ids[:2]
    rehearsed.prepare()
    for instance in (same, other):
        rehearsed.answer(instance)
        rehearsed.fakes.verdicts[instance] = WAITS
    before = rehearsed.table()
    assert rehearsed.apply() == 5
    assert rehearsed.batch_state() == "done"
    assert rehearsed.table() == before  # what was rehearsed is kept
    assert rehearsed.walk.get(MigrationCase, (rehearsed.migration, same)).message == "suspendido"
    assert rehearsed.apply() == 0
    rehearsed.fakes.verdicts[other] = RENAMED
    del rehearsed.fakes.verdicts[same]
    clock.set(calendar.now() + applying.AGAIN_AFTER)
    assert rehearsed.apply() == 2
    results = rehearsed.results()
    assert (results[same], results[other]) == ("moved", "skipped")


@pytest.mark.nightly("walkers")
def test_a_case_of_a_stopped_batch_is_tried_at_once_in_the_next(rehearsed: Rehearsed):
    waits = rehearsed.waiting()
    rehearsed.prepare()
    turns = iter((False, True))
    assert rehearsed.apply(lambda: next(turns)) == 1
    rehearsed.drop()
    rehearsed.fakes.verdicts.clear()
    rehearsed.batch()
    assert rehearsed.apply() == 5
    assert waits in rehearsed.fakes.moved


def test_a_case_that_waits_is_tried_again_after_a_while_and_never_once_closed(
    rehearsed: Rehearsed, clock: Clock
):
    waits = rehearsed.ids[0]
    rehearsed.fakes.verdicts[waits] = Verdict("not_yet", reason="falla")
    rehearsed.prepare(kind="not_yet")
    assert rehearsed.apply() == 1
    clock.set(calendar.now() + applying.AGAIN_AFTER)
    assert rehearsed.apply() == 1
    with rehearsed.locked() as (session, row):
        assert starting.close(session, row, None)
    rehearsed.fakes.verdicts.clear()
    rehearsed.answer(waits)
    assert rehearsed.apply() == 0
    assert rehearsed.fakes.moved == []


def test_a_failure_leaves_its_case_as_it_was_and_the_others_go_on(rehearsed: Rehearsed):
    broken = rehearsed.ids[1]
    before, move = rehearsed.versions(), rehearsed.fakes.move

    def fail(session, instance_id, *others):
        move(session, instance_id, *others)
        if instance_id == broken:
            raise LookupError("in the middle")

    rehearsed.fakes.move = fail  # type: ignore[method-assign]
    rehearsed.prepare()
    rehearsed.apply()
    results, versions = rehearsed.results(), rehearsed.versions()
    assert sorted(results.values()) == ["failed", "moved", "moved", "moved", "moved"]
    assert versions[broken] == before[broken] != versions[rehearsed.ids[0]]


@pytest.mark.guard("a worker is killed while it moves cases")
@pytest.mark.parametrize("when", ["after_flush", "before_commit", "after_commit"])
@pytest.mark.parametrize("number", [2, 5])
def test_a_killed_worker_loses_nothing_and_does_nothing_twice(
    rehearsed: Rehearsed, when: str, number: int
):
    rehearsed.prepare()
    before = rehearsed.versions()
    assert killed(rehearsed.walk.app, rehearsed.apply, when, number)
    done = rehearsed.results()
    for instance, version in rehearsed.versions().items():
        assert (version != before[instance]) == (done[instance] == "moved")
    rehearsed.apply()
    assert set(rehearsed.results().values()) == {"moved"}
    assert set(rehearsed.versions().values()) == {rehearsed.new_id}


@pytest.mark.nightly("walkers")
def test_a_version_put_into_force_meanwhile_stops_the_batch(rehearsed: Rehearsed):
    waits = rehearsed.waiting()
    rehearsed.prepare()
    turns = iter((False, False, True))
    assert rehearsed.apply(lambda: next(turns)) == 2
    rehearsed.put_into_force("a third one")
    rehearsed.fakes.verdicts.clear()
    rehearsed.answer(waits)
    assert rehearsed.apply() == 0
    assert rehearsed.fakes.moved == [rehearsed.ids[1]]
    assert rehearsed.batch_state() == "dropped"
    assert rehearsed.state() == "closed"
    rehearsed.rehearse()
    with pytest.raises(batches.NotInForce):
        rehearsed.batch()


def test_a_case_that_waits_does_not_move_to_a_version_that_was_replaced(rehearsed: Rehearsed):
    waits = rehearsed.waiting()
    rehearsed.prepare()
    rehearsed.apply()
    rehearsed.put_into_force("a third one")
    rehearsed.fakes.verdicts.clear()
    rehearsed.answer(waits)
    assert rehearsed.apply() == 0
    assert waits not in rehearsed.fakes.moved
    assert rehearsed.batch_state() == "done"
    assert rehearsed.state() == "closed"


@pytest.mark.nightly("walkers")
@pytest.mark.postgresql
def test_no_version_is_put_into_force_while_a_case_moves(rehearsed: Rehearsed):
    rehearsed.prepare()
    put, move, meanwhile = threading.Event(), rehearsed.fakes.move, []

    def slowly(*given):
        move(*given)
        meanwhile.append(put.wait(0.5))

    def replace() -> None:
        with rehearsed.walk.writing() as session:
            file = "demo_test.bpmn"
            processes.deploy(session, texts() | {file: texts()[file] + "\n"})
        put.set()

    rehearsed.fakes.move = slowly  # type: ignore[method-assign]
    for one in together(rehearsed.apply, replace):
        assert not isinstance(one, Exception), one
    assert True not in meanwhile


def test_a_change_of_weight_needs_a_second_person(rehearsed: Rehearsed):
    rehearsed.fakes.two = True
    gestores = [rehearsed.walk.person(f"4000005{n}", "superuser") for n in (1, 2)]
    rehearsed.prepare(gestores[0])
    assert rehearsed.apply() == 0
    with rehearsed.locked() as (session, row):
        batch = session.get_one(MigrationBatch, (row.id, rehearsed.number))
        proposal = batches.waiting(session, batch)
        assert proposal is not None
        assert proposal.what.startswith("mover 5\N{NO-BREAK SPACE}casos a la versión ")
        with pytest.raises(Refused, match="Tú lo propusiste"):
            batches.confirm(session, proposal.id, gestores[0])
        batches.confirm(session, proposal.id, gestores[1])
        with pytest.raises(Refused, match="ya no espera"):
            batches.confirm(session, proposal.id, gestores[1])
    assert rehearsed.apply() == 5


def test_a_setting_asks_for_a_second_person_too_and_a_command_is_nobody(rehearsed: Rehearsed):
    rehearsed.rehearse()
    with rehearsed.locked() as (session, row):
        with pytest.raises(batches.SecondPersonNeeded):
            batches.propose(session, row, Filter(), 5, None, two=True)
        with pytest.raises(batches.CountChanged):
            batches.propose(session, row, Filter(), 4, rehearsed.walk.people["sip"], two=True)
        batch = batches.propose(session, row, Filter(), 5, rehearsed.walk.people["sip"], two=True)
        assert batch.state == "proposed"


def test_a_stopped_batch_frees_the_cases_that_are_left(rehearsed: Rehearsed):
    rehearsed.prepare()
    turns = iter((False, False, True))
    assert rehearsed.apply(lambda: next(turns)) == 2
    rehearsed.drop()
    assert rehearsed.apply() == 0
    rehearsed.batch()
    assert rehearsed.number == 2
    assert rehearsed.apply() == 3
    assert sorted(rehearsed.fakes.moved) == rehearsed.ids


@pytest.mark.parametrize("whole", [False, True])
def test_moved_cases_are_returned_by_the_worker_once(rehearsed: Rehearsed, whole: bool):
    rehearsed.prepare()
    rehearsed.apply()
    rehearsed.put_into_force("a third one")  # they return all the same
    cases, by_id = rehearsed.ids if whole else rehearsed.ids[1:2], rehearsed.walk.people["sip"]
    with rehearsed.locked() as (session, row):
        one = None if whole else cases[0]
        counts = [
            batches.take_back(session, row.id, rehearsed.number, by_id, one) for _ in range(2)
        ]
        assert counts == [len(cases), 0]
    assert rehearsed.apply() == len(cases)
    assert rehearsed.fakes.returned == cases
    assert {rehearsed.results()[one] for one in cases} == {"returned"}


def test_after_a_day_no_case_is_returned(rehearsed: Rehearsed, clock: Clock):
    rehearsed.prepare()
    rehearsed.apply()
    by_id, moved_at = rehearsed.walk.people["sip"], calendar.now()
    clock.set(moved_at + timedelta(hours=23))
    with rehearsed.locked() as (session, row):
        assert batches.take_back(session, row.id, rehearsed.number, by_id, rehearsed.ids[0]) == 1
    clock.set(moved_at + timedelta(days=1))
    with rehearsed.locked() as (session, row):
        assert batches.take_back(session, row.id, rehearsed.number, by_id) == 0
    assert rehearsed.apply() == 1  # the worker comes too late
    assert rehearsed.fakes.returned == []
    assert set(rehearsed.results().values()) == {"moved"}
