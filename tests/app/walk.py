"""The driver of a case: it takes an entity along its path, by the examples of the steps' folders.

`Driver` reads where a case stands and chooses the examples. It answers in two ways: `Walk` calls
the model, and `tests.robot.story.Story` uses the pages. The papers of a walk are one blank page
(`papers.render` is replaced), since other tests check papers; all other code is the product's.
"""

from __future__ import annotations

import io
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from random import Random
from typing import Any

import pikepdf
from flask import Flask
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, undefer
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, files
from app.base.models import (
    Base,
    Deployment,
    Draft,
    Entity,
    Incident,
    LogEntry,
    Mail,
    ProcessInstance,
    PutIntoForce,
    SignIn,
    Task,
    User,
)
from app.cases import processes, records
from app.cases.case import Case
from app.cases.processes import projection
from app.cases.processes.act import Act
from app.cases.processes.terms import due_dates
from app.onboarding.tasks.loading import TaskPage
from app.onboarding.tasks.taking import save_draft
from app.ops.demo import visits
from app.people import access
from app.people.access.tickets import keyed_hash
from app.register.registers import environments
from forms.drafts import as_formdata, errors_of
from forms.examples import SAMPLE_FILE, Example
from tests.app import cast
from tests.app.installed import Installed, Peopled, T
from tests.pages import CheckingClient
from tests.tree import ROOT
from workflows.definition import Definition, read_folder

BPMN = ROOT / "bpmn"
CODE = "E90001"

#: Role → DNI, and whether the person belongs to the entity (otherwise to the PCM).
PARTS = {
    "preparer": ("40000011", True),
    "administrator": ("40000012", True),
    "alternate": ("40000013", True),
    "sip": ("40000021", False),
    "sgtd": ("40000022", False),
    "secretary": ("40000023", False),
}
BY_LANE = {"authority": "preparer"}


@cache
def texts() -> dict[str, str]:
    """Return the diagrams and tables that come with the code."""
    return read_folder(BPMN)


def filled_in(pairs: Iterable[Sequence[str]]) -> list[Sequence[str]]:
    """Return the pairs of a draft that have a value."""
    return [pair for pair in pairs if pair[1]]


@cache
def sample_pdf() -> bytes:
    """Return a PDF of one blank page."""
    content = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(content)
    return content.getvalue()


def deploy(session: Session, changed: Mapping[str, str] | None = None) -> Deployment:
    """Put diagrams into force without checking them against the code, which takes a second."""
    return put_into_force(session, texts() | dict(changed or {}))


def put_into_force(session: Session, version: Mapping[str, str]) -> Deployment:
    """Put the texts of a version into force without checking them."""
    row = Deployment(hash=Definition.parse(version).hash, texts=dict(version))
    session.add(row)
    session.flush()
    session.add(PutIntoForce(deployment_id=row.id, at=calendar.now()))
    session.flush()
    return row


class Driver(Installed):
    """A case: the steps that are open in it, and the answers that its steps accept."""

    id = 0

    def concerns(self, instance: int = 0) -> ColumnElement[bool]:
        """Return the condition of the tasks of an instance, by default the case's own."""
        return Task.instance_id == (instance or self.id)

    def find(self, session: Session, step: str, instance: int = 0) -> Task:
        """Return the open task of a step."""
        return session.scalars(
            select(Task).where(self.concerns(instance), Task.step == step, Task.state == "open")
        ).one()

    def open_steps(self, instance: int = 0) -> list[str]:
        """Return the ids of the steps that can be answered, sorted."""
        is_open = self.concerns(instance), Task.state == "open"
        return sorted(self.all(select(Task.step).where(*is_open)))


class Walk(Driver, Peopled):
    """An installation with diagrams, people, and one case or more."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.people = self.known_by(PARTS)
        if self.people:
            return
        with self.writing() as session:
            deploy(session)
            place = cast.entity(session, CODE)
            for role, (number, of_entity) in PARTS.items():
                user = cast.person(session, number, role, place if of_entity else None)
                self.people[role] = user.id

    # Moving a case

    def begin(self, process: str = "onboarding", code: str = CODE) -> int:
        """Start a process of an entity; return the instance's id. The first is the default of other
        methods."""
        with self.writing() as session:
            entity = session.scalars(select(Entity).where(Entity.code == code)).one_or_none()
            entity = entity or cast.entity(session, code)
            row = processes.start(session, entity, process, self.people["sip"])
            self.id = self.id or row.id
            return row.id

    def begin_at(self, stage: str, code: str = CODE) -> int:
        """Start an onboarding at the beginning of a stage; the earlier stages are validated."""
        instance_id = self.begin(code=code)
        with self.writing() as session:
            act = Act.hold(session, instance_id, None)
            self.write_designation(act.case)
            stages = act.definition.stages
            for passed in stages[: stages.index(stage)]:
                act.row.validated = {**act.row.validated, passed: {"reason": "of a test"}}
            if stage != stages[0]:
                act.engine.validate(stages[0])
            act.advance()
            projection.save(act)
        return instance_id

    def open_production(self, code: str = CODE) -> None:
        """Open the production register of an entity, with a person who answers for it."""
        with self.writing() as session:
            entity = cast.entity_of(session, code)
            environments.open_register(session, entity, "production", None)
            vacant = access.vacancies.is_vacant(session, ("administrator", entity.id))
        if vacant:
            self.person(f"4100{code[-4:]}", "administrator", code)

    def write_designation(self, case: Case) -> None:
        """Write the records that the designation leaves, from the examples of its steps."""
        for step_id in ("designate_administrator", "list_personnel"):
            step = step_named(step_id)
            given = {name: records.read(case, name) for name in step.needs}
            given["today"] = calendar.today()
            form = step.form(MultiDict(example_pairs(step_id, given)), given=given)
            assert form.validate(), errors_of(form)
            for name, value in form.answer().items():
                records.write(case, name, value)

    def tick(self) -> int:
        """Wake the instances that are due."""
        with self.app.app_context():
            return processes.tick(self.app.extensions["engine"])

    def answer(self, step: str, outcome: str = "", *, instance: int = 0, by: str = "") -> int:
        """Answer the open task of a step with an example of its folder; return the task's id."""
        with self.writing() as session:
            task = self.find(session, step, instance)
            user = self.user(session, by or BY_LANE.get(task.role, task.role))
            prepare_registers(session, task, outcome)
            task_page = self.fill(session, task, user, outcome)
            processes.complete(session, task.id, task_page.step, task_page.form, user.id)
            return task.id

    def designate(self, *, instance: int = 0, by: str = "") -> None:
        """Answer the steps of the designation, up to its presentation."""
        for step in ("designate_administrator", "list_personnel", "file_designation"):
            self.answer(step, instance=instance, by=by)

    def acknowledge(self, step: str, how: str = "confirmed", *, instance: int = 0) -> int:
        """Confirm the notice of a legal step, so that its term runs; return the task's id."""
        with self.writing() as session:
            task = self.find(session, step, instance)
            user = access.recipients(session, task.role, task.entity)[0]
            assert processes.acknowledge(session, task.id, how, user.id)
            return task.id

    def draft(self, step: str, outcome: str = "", *, instance: int = 0, by: str = "") -> int:
        """Save a complete draft of an answer without sending it; return the task's id."""
        with self.writing() as session:
            task = self.find(session, step, instance)
            user = self.user(session, by or BY_LANE.get(task.role, task.role))
            self.fill(session, task, user, outcome)
            return task.id

    def fill(self, session: Session, task: Task, user: User, outcome: str) -> TaskPage:
        """Fill the draft of a task with an example, with its files; return its page."""
        task_page = TaskPage.of(session, task.id, user)
        pairs = example_pairs(task.step, task_page.given, outcome)
        if SAMPLE_FILE in dict(pairs).values():
            owner = files.Owner(task.entity_id, task.instance_id, task.id, user.id)
            held = files.keep(
                session, io.BytesIO(sample_pdf()), name="muestra.pdf",
                media_type="application/pdf", owner=owner, pages=1,
            )  # fmt: skip
            pairs = [(key, held.id if value == SAMPLE_FILE else value) for key, value in pairs]
        save_draft(task_page, pairs)
        form = task_page.form
        assert form.validate(), (task.step, errors_of(form))
        return task_page

    def act(self, act: Callable[..., T], *more: Any, on: int = 0, by: str = "sip") -> T:
        """Call an act such as `processes.suspend` as a person, by default on the case."""
        return self.commit(act, on or self.id, *more, self.people[by])

    def validate(self, stage: str, reason: str = "Ya la cumplió") -> None:
        """Validate a stage as those who may, with no more than a reason."""
        with self.writing() as session:
            processes.validate_stage(
                session, self.id, stage, reason=reason, document_id="", answers={},
                **self.validators(session, stage),
            )  # fmt: skip

    def validators(self, session: Session, stage: str) -> dict[str, Any]:
        """Return who validates a stage: of the last one, the SIP proposes it and the SGTD does."""
        if stage != "interest_acts":
            return {"actor_id": self.people[access.reviewing_role(stage)]}
        proposer = session.get_one(User, self.people["sip"])
        return {"actor_id": self.people["sgtd"], "proposer": proposer}

    def begin_filed(self) -> int:
        """Start an onboarding whose designation is filed; return the instance's id."""
        instance_id = self.begin()
        self.designate(instance=instance_id)
        return instance_id

    def last_day(self, step: str) -> date:
        """Return the last day of the newest task of a step."""
        due_at = self.task(step).due_at
        assert due_at is not None
        return calendar.last_day(due_at)

    def task(self, step: str, instance: int = 0) -> Task:
        """Return the newest task of a step, open or closed."""
        return self.one(
            select(Task)
            .where(self.concerns(instance), Task.step == step)
            .order_by(Task.id.desc())
            .limit(1)
        )

    def row(self, instance: int = 0) -> ProcessInstance:
        """Return the instance."""
        return self.get(ProcessInstance, instance or self.id)

    def record(self, name: str, instance: int = 0) -> Any:
        """Return a record of the case, as a step reads it."""
        with self.reading() as session:
            row = session.get_one(ProcessInstance, instance or self.id)
            return records.read(Case(session, row.entity, row), name)

    def instance(self, session: Session) -> ProcessInstance:
        """Return the row of the case in a session."""
        return session.get_one(ProcessInstance, self.id)

    def waiting(self, instance: int = 0) -> dict[str, Any]:
        """Return the waiting timers: element → moment. Fail if the stored state does not load."""
        with self.reading() as session:
            act = Act.hold(session, instance or self.id, None)
            return {timer.element: timer.at for timer in act.engine.waiting()}

    def assert_consistent(self, instance: int = 0) -> None:
        """Assert that the stored state and the rows that pages read agree."""
        with self.reading() as session:
            act = Act.hold(session, instance or self.id, None)
            rows = {task.engine_id for task in due_dates.open_tasks(act)}
            assert {task.id for task in act.engine.open_tasks()} == rows

    def log(self, instance: int = 0) -> list[str]:
        """Return the kinds of the log entries of an instance, in order."""
        of_case = LogEntry.instance_id == (instance or self.id)
        return self.all(select(LogEntry.kind).where(of_case).order_by(LogEntry.id))

    def entries(self, kind: str) -> list[LogEntry]:
        """Return the log entries of a kind, in order."""
        return self.all(select(LogEntry).where(LogEntry.kind == kind).order_by(LogEntry.id))

    def incidents(self) -> list[Incident]:
        """Return all incidents, resolved ones too."""
        return self.all(select(Incident).order_by(Incident.id))

    def mails(self, kind: str) -> list[Mail]:
        """Return the mails of a kind."""
        return self.all(select(Mail).where(Mail.kind == kind).order_by(Mail.id))

    def draft_of(self, task_id: int) -> Draft | None:
        """Return the draft of a task."""
        with self.reading() as session:
            return session.get(Draft, task_id)

    def row_counts(self) -> dict[str, int]:
        """Count the rows of each table, and sum the revisions of all instances."""
        with self.reading() as session:
            tables = Base.metadata.sorted_tables
            counts = {t.name: len(session.execute(select(t)).all()) for t in tables}
            rows = session.scalars(
                select(ProcessInstance).options(undefer(ProcessInstance.state))
            ).all()
            return counts | {"revisions": sum(row.revision for row in rows)}

    def change_roster(
        self, change: Callable[[list[Any]], Sequence[Any]], instance: int = 0
    ) -> None:
        """Store what a function makes of the roster of an instance."""
        with self.writing() as session:
            row = session.get_one(ProcessInstance, instance or self.id)
            case = Case(session, row.entity, row)
            records.write(case, "roster", change(list(records.read(case, "roster") or ())))

    def enlarge_roster(self, count: int) -> None:
        """Add that number of people to the roster; the last one alone is called Huamán."""
        more = [{"document_number": f"{number:08d}"} for number in range(1, count + 1)]
        more[-1] |= {"surnames": "Huamán Ejemplo", "given_names": "Zoila"}
        self.change_roster(lambda rows: [*rows, *(rows[-1] | one for one in more)])

    # People

    def browser(self, role: str) -> CheckingClient:
        """Return a browser with the person of a role signed in, without the cost of argon2."""
        return self.browser_of(self.people[role])

    def browser_of(self, user_id: int) -> CheckingClient:
        """Return a browser in which a person is signed in."""
        token = secrets.token_urlsafe(8)
        with self.writing() as session:
            now = calendar.now()
            session.add(
                SignIn(
                    token_hash=keyed_hash("sign_in", token),
                    user=session.get_one(User, user_id),
                    created_at=now,
                    seen_at=now,
                )
            )
        client = self.app.test_client()
        assert isinstance(client, CheckingClient)
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return client

    def person(self, number: str, role: str, code: str = "") -> int:
        """Add a person by DNI, with a role in an entity (perhaps a new one) or in the PCM."""
        with self.writing() as session:
            place = None
            if code:
                place = session.scalars(select(Entity).where(Entity.code == code)).one_or_none()
                place = place or cast.entity(session, code)
            return cast.person(session, number, role, place).id

    def leave(self, *roles: str, code: str = CODE) -> None:
        """End roles of an entity for everybody."""
        with self.writing() as session:
            entity = cast.entity_of(session, code)
            for role in roles:
                access.close_others(session, role, entity, set(), None)

    def has_role(self, number: str, role: str) -> bool:
        """Return whether the person of a DNI holds a role now."""
        user = self.read(access.find_person, "DNI", number)
        return user is not None and any(
            held.role == role and held.until_at is None for held in user.grants
        )


def prepare_registers(session: Session, task: Task, outcome: str = "") -> None:
    """Do in the entity's registers what a step requires before it can be answered that way."""
    if task.step == "run_demo_test":
        visits.begin_test(session, task.entity_id)
    if task.step == "confirm_production" and outcome in ("", "confirmed"):
        visits.publish_first(Case(session, task.entity, task.instance), Random(7))


def step_named(step: str) -> Any:
    """Return a step."""
    return forms.steps()[step]


def example(step_id: str, wanted: str = "") -> Example:
    """Return an example of a step's folder, with an outcome or name if one is wanted.

    Preferably one made for the case.
    """
    accepts: Sequence[Example] = step_named(step_id).accepts
    fitting = [one for one in accepts if not wanted or wanted in (one.outcome, one.name)]
    return next((one for one in fitting if callable(one.data)), fitting[0])


def example_pairs(
    step_id: str, given: Mapping[str, Any], outcome: str = ""
) -> list[tuple[str, str]]:
    """Return a draft that the step accepts, from an example of its folder."""
    values = example(step_id, outcome).values(given, Random(step_id))
    return list(as_formdata(step_named(step_id).form, values))
