"""Upgrades with live instances: those of every release continue after the upgrade to this code.

`tests/releases` has an installation of each past release. The upgrade here follows
docs/operations.md.
"""

from __future__ import annotations

import gzip
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import db, files, formatting
from app.base.models import (
    CorrectedRule,
    DecisionMaker,
    FileUse,
    Incident,
    JobRun,
    LogEntry,
    Mail,
    Official,
    ProcessInstance,
    Record,
    Register,
    Task,
    User,
    Visit,
)
from app.cases import custody, processes
from app.cases.history.lines import describe
from app.cases.processes import notification
from app.cases.processes.act import Act
from app.onboarding.tasks.loading import TaskPage
from app.ops.worker import JOBS
from app.ops.worker.turns import turn
from app.people import access
from app.register.registers import rules
from forms.papers import OFFICIAL
from tests.app import cast
from tests.app.base.test_database import NOT_REFLECTED, differences
from tests.app.walk import BY_LANE, Walk, prepare_registers, step_named
from tests.conftest import Clock
from tests.releases import frozen
from tests.releases.frozen import RELEASES
from tests.tree import ROOT

#: Releases in which a register was only a record of the case: the upgrade creates its row.
WITHOUT_REGISTERS = [path for path in RELEASES if frozen.number_of(path) < (0, 3)]
#: Releases that migration 0005 upgrades.
BEFORE_0_4 = [path for path in RELEASES if frozen.number_of(path) < (0, 4)]


#: Each release; the newest is tested on both databases, always.
OFFERED = [
    *(pytest.param(path, id=path.name, marks=pytest.mark.one_in(3)) for path in RELEASES[:-1]),
    pytest.param(RELEASES[-1], id=RELEASES[-1].name, marks=pytest.mark.both_databases),
]


each_release = pytest.mark.parametrize("upgraded", OFFERED, indirect=True)


def live(walk: Walk) -> list[int]:
    """Return the ids of the instances that have not ended."""
    with walk.reading() as session:
        query = select(ProcessInstance.id).where(ProcessInstance.ended_at.is_(None))
        return list(session.scalars(query.order_by(ProcessInstance.id)))


def open_tasks(walk: Walk) -> list[Task]:
    """Return the open tasks of running instances, the oldest first."""
    with walk.reading() as session:
        running = (Task.state == "open", ProcessInstance.status == "running")
        query = select(Task).join(Task.instance).where(*running)
        return list(session.scalars(query.order_by(Task.id)))


def answer(walk: Walk, task_id: int) -> str:
    """Answer a task with an example, as a user of its lane. Return the outcome."""
    with walk.writing() as session:
        task = session.get_one(Task, task_id)
        user = who_answers(session, task)
        wanted = "accepted" if "accepted" in step_named(task.step).outcomes else ""
        prepare_registers(session, task, wanted)
        task_page = walk.fill(session, task, user, wanted)
        form = task_page.form
        assert form.validate()
        processes.complete(session, task.id, task_page.step, form, user.id)
        return form.outcome()


def who_answers(session: Session, task: Task) -> User:
    """Return a user of the task's lane; before a code was entered, the user who enters it now."""
    role = BY_LANE.get(task.role, task.role)
    people = access.recipients(session, task.role, task.entity)
    people = people or access.holders(session, role, task.entity)
    if people:
        return people[0]
    assert role == "preparer", task.step
    return cast.person(session, f"4100{task.id:04}", role, task.entity)


@each_release
@pytest.mark.filterwarnings(NOT_REFLECTED)
@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index"
)
def test_the_schema_is_that_of_the_code(upgraded: Walk):
    assert differences(upgraded.app.extensions["engine"]) == []


@each_release
def test_every_live_instance_loads_and_its_rows_say_what_its_state_says(upgraded: Walk):
    assert len(live(upgraded)) > 10
    for instance in live(upgraded):
        upgraded.assert_consistent(instance)
        row = upgraded.row(instance)
        with upgraded.reading() as session:
            act = Act.hold(session, instance, None)
            wakes = [act.engine.wake_at(), *(i.next_try_at for i in act.incidents())]
            earliest = min((at for at in wakes if at), default=None)
        assert row.wake_at == (earliest if row.status == "running" else None), instance


@each_release
def test_the_holder_of_each_day_is_known_and_the_log_gives_the_same(upgraded: Walk):
    with upgraded.writing() as session:
        for instance in custody.all_onboardings(session):
            row = session.get_one(ProcessInstance, instance)
            assert row.holder or row.ended_at, instance
            assert not custody.rebuild(session, row), instance


@each_release
def test_every_date_says_how_it_was_calculated_and_the_ladder_checks_it(upgraded: Walk):
    for task in open_tasks(upgraded):
        if task.due_at is None:
            assert task.paused_days is not None or task.counted_on is None, task.step
            continue
        assert task.counted_from, task.step
        assert task.counted_on is not None, task.step
        assert task.term_days is not None, task.step


@each_release
def test_a_legal_term_keeps_its_date_and_its_mail_is_sent_with_it(
    upgraded: Walk, request: pytest.FixtureRequest, clock: Clock
):
    """Terms from before 0.4 ran from the mail, which may still wait in the outbox."""
    before = frozen.read(request.node.callspec.params["upgraded"])["tables"]["task"]
    terms = {
        row["id"]: datetime.fromisoformat(row["due_at"])
        for row in before
        if row["due_kind"] == "legal" and row["state"] == "open" and row["due_at"]
    }
    assert terms
    with upgraded.writing() as session:
        for task_id, due_at in terms.items():
            task = session.get_one(Task, task_id)
            assert task.due_at == due_at
            assert not processes.acknowledge(session, task_id, "opened", 1)
        waits = select(Mail).where(Mail.task_id.in_(terms), Mail.state == "waiting")
        for mail in session.scalars(waits).all():
            assert notification.refresh(session, mail)
            assert f"Vence: {formatting.last_day(terms[mail.task_id])}" in mail.body
            assert "avisos/recibido" not in mail.body
    upgraded.tick()
    for task_id, due_at in terms.items():
        assert upgraded_task(upgraded, task_id).due_at == due_at


@each_release
def test_every_open_step_is_answered_once_and_the_case_goes_on(upgraded: Walk):
    tasks, before = open_tasks(upgraded), upgraded.incidents()
    assert len({task.step for task in tasks}) > 10
    for task in tasks:
        if upgraded_task(upgraded, task.id).state != "open":
            continue  # another task's answer closed it
        assert answer(upgraded, task.id)
        assert upgraded_task(upgraded, task.id).state == "completed", task.step
        upgraded.assert_consistent(task.instance_id)
        with pytest.raises(processes.TaskTaken):
            answer_anyway(upgraded, task.id)
    assert [one.element for one in upgraded.incidents()[len(before) :]] == []


def upgraded_task(walk: Walk, task_id: int) -> Task:
    """Return a task in its present state."""
    with walk.reading() as session:
        return session.get_one(Task, task_id)


def answer_anyway(walk: Walk, task_id: int) -> None:
    """Send the stored answer of a step a second time."""
    with walk.writing() as session:
        task = session.get_one(Task, task_id)
        user = session.get_one(User, task.closed_by_id)
        task_page = TaskPage.of(session, task.id, user)
        processes.complete(session, task.id, task_page.step, task_page.form, user.id)


@each_release
def test_timers_fire_planned_processes_begin_and_nothing_gets_stuck(upgraded: Walk, clock: Clock):
    with upgraded.reading() as session:
        last = max(session.scalars(select(LogEntry.id)))
    for _ in range(18):
        clock.forward(days=5)
        upgraded.tick()
    with upgraded.reading() as session:
        kinds = set(session.scalars(select(LogEntry.kind).where(LogEntry.id > last)))
        begun = [
            entry.data["process"]
            for entry in session.scalars(
                select(LogEntry).where(LogEntry.id > last, LogEntry.kind == "process.started")
            )
        ]
        open_incidents = session.scalars(select(Incident).where(Incident.resolved_at.is_(None)))
        assert [one.traceback for one in open_incidents] == []
    assert {"timer.fired", "task.opened", "task.lapsed", "incident.resolved"} <= kinds
    assert begun == ["upkeep"], "the cycle that was planned, once"
    for instance in live(upgraded):
        upgraded.assert_consistent(instance)


@each_release
def test_what_was_suspended_resumes_with_its_days(upgraded: Walk, clock: Clock):
    with upgraded.reading() as session:
        suspended = session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.status == "suspended")
        ).all()
        coordinator = access.holders(session, "sip", None)[0].id
    assert suspended
    clock.forward(days=3)
    for instance in suspended:
        with upgraded.writing() as session:
            processes.resume(session, instance, "Continúa", coordinator)
        (task,) = [task for task in open_tasks(upgraded) if task.instance_id == instance]
        assert task.due_at > clock.moment
        answer(upgraded, task.id)
        upgraded.assert_consistent(instance)


@each_release
def test_what_failed_is_tried_again_and_succeeds(upgraded: Walk, clock: Clock):
    with upgraded.reading() as session:
        (incident,) = session.scalars(select(Incident).where(Incident.resolved_at.is_(None))).all()
    assert incident.next_try_at
    clock.set(incident.next_try_at)
    assert upgraded.tick() >= 1
    with upgraded.reading() as session:
        assert session.get_one(Incident, incident.id).resolved_at == clock.moment
    assert upgraded.open_steps(incident.instance_id)


@each_release
def test_every_job_of_the_worker_does_its_work(upgraded: Walk, clock: Clock):
    for hours in (0, 24, 24):
        clock.forward(hours=hours)
        for job in JOBS.values():
            turn(upgraded.app, job)
            with upgraded.reading() as session:
                run = session.get_one(JobRun, job.name)
                assert (run.error, run.ended_at is not None) == ("", True), job.name


@each_release
def test_its_people_see_their_pages(upgraded: Walk):
    seen = 0
    for task in open_tasks(upgraded):
        with upgraded.reading() as session:
            entity = session.get_one(Task, task.id).entity
            people = access.recipients(session, task.role, entity)
            url = entity.url
        if not people:
            continue
        browser = upgraded.browser_of(people[0].id)
        page = browser.get(f"/tareas/{task.id}", follow_redirects=True)
        assert page.status_code == 200, task.step
        assert browser.get(url).status_code in (200, 404)
        seen += 1
    assert seen > 10


# Versions --------------------------------------------------------------------------------------


def test_the_version_under_development_is_newer_than_every_frozen_release():
    """Check that each release is frozen when published, and that its schema stays unchanged."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    documents = [frozen.read(path) for path in RELEASES]
    released = {document["release"]: document["revision"] for document in documents}
    assert released
    assert as_numbers(version) >= max(map(as_numbers, released))
    head = ScriptDirectory(str(db.MIGRATIONS)).get_current_head()
    newest = max(released, key=as_numbers)
    assert (released[newest] == head) == (newest == version), (
        "a schema that changed after a release needs a new version, and a new version is frozen "
        "when it is out"
    )


def as_numbers(version: str) -> tuple[int, ...]:
    """Return `0.10.1` as numbers that can be compared."""
    return tuple(map(int, version.split(".")))


@pytest.mark.both_databases
def test_a_release_that_is_loaded_is_as_it_was(database_url: str):
    frozen.empty(database_url)
    for path in RELEASES:
        frozen.load(database_url, path)
        document = frozen.read(path)
        engine = db.connect(database_url)
        with engine.connect() as connection:
            assert db.revision_of(connection) == document["revision"]
        again = frozen.freeze(engine, document["release"], datetime.fromisoformat(document["now"]))
        assert again["tables"] == document["tables"]
        engine.dispose()
        frozen.empty(database_url)


def test_a_release_is_written_as_it_is_stored(tmp_path: Path):
    for path in RELEASES:
        again = tmp_path / path.name
        frozen.write(frozen.read(path), again)
        assert gzip.decompress(again.read_bytes()) == gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("upgraded", WITHOUT_REGISTERS, indirect=True, ids=lambda path: path.name)
def test_registers_that_the_process_had_opened_are_open_with_their_people(upgraded: Walk):
    with upgraded.reading() as session:
        documents = {
            (record.entity_id, record.name.removesuffix("_register"))
            for record in session.scalars(select(Record).where(Record.name.like("%_register")))
        }
        registers = session.scalars(select(Register)).all()
        opened = {(register.entity_id, register.environment) for register in registers}
        assert opened == {one for one in documents if one[1] != "interest"}
        for register in registers:
            people = select(Official).where(Official.register_id == register.id)
            assert session.scalars(people).all()
            interest = (register.entity_id, "interest") in documents
            in_force = register.environment == "production" and interest
            assert (register.interest_acts_at is not None) == in_force
            approved = select(DecisionMaker).where(DecisionMaker.register_id == register.id)
            posts = session.scalars(approved).all()
            assert bool(posts) == (in_force and is_approved(session, register.entity_id))


def is_approved(session: Session, entity_id: int) -> bool:
    """Return whether the entity's authority has approved its decision-makers."""
    query = select(Record).where(Record.name == "decision_review", Record.entity_id == entity_id)
    newest = session.scalars(query.order_by(Record.id.desc())).first()
    return newest is not None and newest.data["decision"] == "approved"


@pytest.mark.parametrize("upgraded", BEFORE_0_4, indirect=True, ids=lambda path: path.name)
def test_existing_uploads_are_named_after_their_documents(upgraded: Walk):
    with upgraded.reading() as session:
        uses = session.scalars(select(FileUse).where(FileUse.kind == files.UPLOAD)).all()
        assert uses
        assert {use.paper for use in uses} <= set(OFFICIAL)
        assert not {files.title_of(use) for use in uses} & {use.name for use in uses}


@pytest.mark.parametrize("upgraded", BEFORE_0_4, indirect=True, ids=lambda path: path.name)
def test_the_seeded_day_of_the_directive_is_corrected_and_earlier_decisions_keep_it(
    upgraded: Walk,
):
    with upgraded.reading() as session:
        row = rules.all_values(session, "late_entry")[0]
        assert (row.from_on, row.second_hand) == (date(2026, 7, 23), True)
        corrected = session.scalars(select(CorrectedRule)).all()
        visits = session.scalar(select(func.count()).select_from(Visit))
        entries = session.scalars(select(LogEntry).where(LogEntry.kind == "rule.corrected")).all()
        assert len(corrected) == len(entries) == bool(visits)
        if visits:
            then = corrected[0].until_at - timedelta(days=1)
            day = date(2026, 7, 10)
            assert rules.value_on(session, "late_entry", day, then) == "after_day"
            assert rules.value_on(session, "late_entry", day) == "after_exit"
            assert "23 de julio de 2026" in describe(entries[0]).changes[0]
