"""Cases that the worker really moves: killed workers, two at once, answers in between, old ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import (
    Deployment,
    LogEntry,
    Migration,
    MigrationCase,
    ProcessInstance,
    PutIntoForce,
    Task,
)
from app.cases.processes.migrating.rehearsals import batches, starting, table, work
from tests.app.cases.processes import migrated
from tests.app.cases.processes.migrated import Change, days, edit
from tests.app.together import killed, together
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly("walkers")

STEP = "designate_administrator"
NAME = edit("designation.bpmn", 'name="Designar al adm', 'name="Nombrar al adm')


class Many:
    """Onboardings of several entities, and their way to another version."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.ids = [walk.begin(code=f"E9000{number}") for number in (1, 2, 3, 4)]
        self.gestores = [walk.person(f"4000005{number}", "superuser") for number in (1, 2)]
        self.seconds = 0

    def put(self, *changes: Change) -> int:
        """Put a version into force, later than all others; return its id."""
        version = migrated.version(self.walk, *changes)
        self.seconds += 1
        with self.walk.writing() as session:
            at = calendar.now() + timedelta(seconds=self.seconds)
            session.add(PutIntoForce(deployment_id=version, at=at))
        return version

    def start(self, version: int) -> int:
        """Begin a rehearsal; return the migration."""
        with self.walk.writing() as session:
            row = session.get_one(Deployment, version)
            return starting.start(session, row, self.walk.people["sip"]).id

    def rehearse(self, version: int) -> int:
        """Rehearse; return the migration."""
        migration = self.start(version)
        self.work()
        return migration

    def table(self, migration: int) -> table.Table:
        """Return the table of a rehearsal."""
        with self.walk.reading() as session:
            return table.table(session, session.get_one(Migration, migration))

    def choose(self, migration: int, **chosen: str) -> None:
        """Put the cases of a filter into a batch, which a second person confirms."""
        with self.walk.writing() as session:
            row, wanted = session.get_one(Migration, migration), batches.Filter(**chosen)
            count = batches.count(session, migration, wanted)
            made = batches.propose(session, row, wanted, count, self.gestores[0], two=True)
            proposal = batches.waiting(session, made)
            assert proposal is not None
            batches.confirm(session, proposal.id, self.gestores[1])

    def work(self) -> dict[str, int]:
        """Run the worker's job."""
        with self.walk.app.app_context():
            return work.run(self.walk.engine)

    def versions(self) -> list[int]:
        """Return the version of each case."""
        return self.walk.all(select(ProcessInstance.deployment_id).order_by(ProcessInstance.id))

    def moves(self) -> int:
        """Return the number of moves in the log."""
        return self.walk.one(select(func.count()).where(LogEntry.kind == "case.migrated"))


@pytest.fixture
def several(walk: Walk) -> Many:
    return Many(walk)


def test_a_worker_killed_while_it_rehearses_is_followed_by_another(several: Many):
    migration = several.start(several.put(NAME))
    assert killed(several.walk.app, several.work, "before_commit")
    several.work()
    sections = several.table(migration).sections
    assert [(one.kind, one.count) for one in sections] == [("changes", 4)]


@pytest.mark.postgresql
def test_two_workers_at_once_move_each_case_once(several: Many):
    version = several.put(NAME)
    several.choose(several.rehearse(version))
    together(several.work, several.work)
    several.work()
    assert set(several.versions()) == {version}
    assert several.moves() == 4


@pytest.mark.postgresql
def test_two_migrations_at_once_leave_each_case_on_the_version_in_force(several: Many):
    several.choose(several.rehearse(several.put(NAME)))
    second = several.put(NAME, days("file_designation", 8))
    migration = several.start(second)
    with several.walk.app.app_context():
        work.rehearse(several.walk.engine, migration)
    several.choose(migration)
    for one in together(several.work, several.work):
        assert not isinstance(one, Exception), one
    several.work()
    assert set(several.versions()) == {second}
    assert several.moves() == 4
    for instance in several.ids:
        several.walk.assert_consistent(instance)


@pytest.mark.postgresql
def test_an_answer_while_cases_move_is_not_lost(several: Many):
    version = several.put(NAME)
    several.choose(several.rehearse(version))
    done = together(several.work, lambda: several.walk.answer(STEP, instance=several.ids[0]))
    assert not [one for one in done if isinstance(one, Exception)], done
    several.work()
    steps = several.walk.all(
        select(Task.step).where(Task.instance_id == several.ids[0]).order_by(Task.id)
    )
    assert steps == [STEP, "list_personnel"]
    result = several.walk.one(
        select(MigrationCase.result).where(MigrationCase.instance_id == several.ids[0])
    )
    assert (several.versions()[0] == version) == (result == "moved")
    assert result in ("moved", "skipped")
    several.walk.assert_consistent(several.ids[0])


def test_a_case_of_three_versions_ago_moves_with_the_others(several: Many):
    for number, change in enumerate((NAME, days("file_designation", 8)), 1):
        migration = several.rehearse(several.put(*(NAME, change)[:number]))
        with several.walk.writing() as session:  # the first case stays behind
            session.get_one(MigrationCase, (migration, several.ids[0])).kind = "stays"
        several.choose(migration)
        several.work()
    last = several.put(NAME, days("file_designation", 9))
    assert len(set(several.versions())) == 2
    several.choose(several.rehearse(last))
    several.work()
    assert set(several.versions()) == {last}
    several.walk.answer(STEP, instance=several.ids[0])
    several.walk.assert_consistent(several.ids[0])


def test_a_term_of_one_day_counts_the_dates_that_move_and_none_lapses_that_day(several: Many):
    with several.walk.reading() as session:
        before = dict(session.execute(select(Task.id, Task.due_at)).all())
    migration = several.rehearse(several.put(days(STEP, 1)))
    assert several.table(migration).dates >= 4
    several.choose(migration)
    several.work()
    several.walk.tick()
    tasks = several.walk.all(select(Task))
    tomorrow = calendar.today() + timedelta(days=1)
    assert {task.state for task in tasks} == {"open"}
    for task in tasks:
        assert task.due_at is not None
        assert task.due_at < before[task.id]
        assert calendar.last_day(task.due_at) >= tomorrow
