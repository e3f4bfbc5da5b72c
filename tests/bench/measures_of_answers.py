"""Measures of answers: one step, many at once, a session's attendance, a change of people."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session, undefer
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import BatchRow, Entity, ProcessInstance, Task, User
from app.cases import processes, records
from app.cases.case import Case
from app.onboarding import batches
from app.onboarding.batches import doing
from app.people import access
from app.register.registers import environments
from app.register.visits import personnel
from forms.drafts import as_formdata, errors_of
from tests.bench.bench import Bench
from tests.bench.browser import Browser, Prepared
from tests.bench.copies import invent
from tests.bench.figures import Figure, timed
from workflows.instance import Instance

ANSWERS = 240
#: Answers of which each leads to the next step of the same case.
CYCLES = 60
#: Clients that answer at once, and the web processes that serve them.
CLIENTS, PROCESSES = 8, 2
#: Answers of each client.
EACH = 30

#: Steps of one page whose answer creates no document: a coordinator's daily work.
STEPS = {
    "record_reception": ("sip", "received"),
    "review_training": ("sip", "accepted"),
    "approve_demo_test": ("sgtd", "accepted"),
    "record_personnel_reception": ("sgtd", "received"),
    "confirm_production": ("sgtd", "returned"),  # copies of a case have no visits to confirm by
}
#: Those whose answer opens a step of the same coordinator.
RECEPTIONS = ("record_reception", "record_personnel_reception")


def waiting(bench: Bench, steps: Iterable[str], most: int) -> Sequence[Row[int, str, int]]:
    """Return open tasks of some steps: id, step and id of the instance, the newest first."""
    query = (
        select(Task.id, Task.step, Task.instance_id)
        .join(Task.instance)
        .where(
            Task.state == "open",
            Task.step.in_(sorted(steps)),
            ProcessInstance.status == "running",
        )
    )
    with bench.session() as session:
        return session.execute(query.order_by(Task.id.desc()).limit(most)).all()


def complete_step(bench: Bench) -> Figure:
    """Measure the answer to a step over HTTP, everything included. The floor is the engine and a
    commit alone.
    """
    rows = waiting(bench, STEPS, 2 * ANSWERS)
    answered, untouched = rows[::2], rows[1::2]
    with bench.served() as (address, _):
        browsers = {role: Browser(address, role) for role in ("sip", "sgtd")}
        samples = [
            browsers[STEPS[step][0]].answer(bench, task_id, STEPS[step][1])
            for task_id, step, _ in answered
        ]
    floor = [floor_of(bench, instance_id, step) for _, step, instance_id in untouched]
    warm = len(samples) // 10
    return Figure.of("complete_step", bench.database, samples[warm:], "ms", floor=floor[warm:])


class FixedAnswers:
    """Answers the engine's questions with fixed values."""

    def purpose(self) -> str:
        return "onboarding"

    def validated(self, stage: str) -> bool:
        return False

    def holder(self) -> str:
        return "entity"

    def working_days(self, n: int) -> datetime:
        return datetime.now(UTC) + timedelta(days=n)

    def due(self, step: str) -> datetime:
        return datetime.now(UTC) + timedelta(days=5)

    def day_of(self, name: str) -> datetime:
        return datetime.now(UTC) + timedelta(days=5)


def floor_of(bench: Bench, instance_id: int, step: str) -> float:
    """Return the time (ms) to decode, load, step and encode, plus one bare commit of the same
    bytes.
    """
    outcome = STEPS[step][1]
    with bench.session() as session:
        row = session.get_one(
            ProcessInstance, instance_id, options=[undefer(ProcessInstance.state)]
        )
        definition, before = definition_of(row.deployment), row.state
    states: list[bytes] = []

    def step_once() -> None:
        instance = Instance.load(definition, before, FixedAnswers())
        instance.advance(lambda _: "done")
        task = next(task for task in instance.open_tasks() if task.step == step)
        instance.complete(task.id, outcome)
        instance.advance(lambda _: "done")
        states.append(instance.dump())
        with bench.engine.begin() as connection:
            connection.execute(WRITE, {"state": states[0], "id": instance_id})

    took = timed(step_once)
    with bench.engine.begin() as connection:  # other measures answer it
        connection.execute(WRITE, {"state": before, "id": instance_id})
    return took


WRITE = text("update process_instance set state = :state where id = :id")


def complete_cycle(bench: Bench) -> Figure:
    """Measure an answer and the page to which it leads, the next step of the same case."""
    with bench.served() as (address, _):
        browsers = {role: Browser(address, role) for role in ("sip", "sgtd")}
        samples = []
        for task_id, step, _ in waiting(bench, RECEPTIONS, CYCLES):
            browser = browsers[STEPS[step][0]]
            took = browser.answer(bench, task_id, STEPS[step][1])
            samples.append(took + timed(browser.follow))
    return Figure.of("complete_cycle", bench.database, samples[CYCLES // 10 :], "ms")


def steps_per_second(bench: Bench) -> Figure:
    """Measure the answers in a second while clients answer at once.

    Their forms are prepared before. Each answer has another connection, since a server closes
    one that is idle for two seconds. A sample is the rate of a third of all answers.
    """
    rows = waiting(bench, STEPS, CLIENTS * EACH)
    with bench.served(PROCESSES) as (address, _):
        clients = [
            {role: Browser(address, role) for role in ("sip", "sgtd")} for _ in range(CLIENTS)
        ]
        prepared: list[list[tuple[Browser, Prepared]]] = [[] for _ in clients]
        for number, (task_id, step, _) in enumerate(rows):
            role, outcome = STEPS[step]
            browser = clients[number % CLIENTS][role]
            prepared[number % CLIENTS].append((browser, browser.prepare(bench, task_id, outcome)))
        ended: list[float] = []

        def answer_all(own: list[tuple[Browser, Prepared]]) -> None:
            for browser, one in own:
                browser.close()
                browser.send(one)
                ended.append(time.perf_counter())

        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(answer_all, prepared))
    return Figure.of("steps_per_second", bench.database, rates(began, sorted(ended)), "1/s")


def rates(began: float, ended: Sequence[float]) -> list[float]:
    """Return the answers in a second of each third, from the moments at which they ended (s)."""
    size = len(ended) // 3
    moments = [began, *(ended[size * number - 1] for number in (1, 2, 3))]
    return [size / (until - since) for since, until in pairwise(moments)]


ENTITIES, RUNS = 40, 4
ATTENDANCE_STEPS = ("record_thematic_induction", "record_technical_induction")


def attendance_of_40(bench: Bench) -> Figure:
    """Measure the attendance of 40 entities: the list is frozen with its dry run and confirmed, and
    the step of each entity is answered in a transaction; in seconds.
    """
    rows = waiting(bench, ATTENDANCE_STEPS[:1], RUNS * ENTITIES)
    ids = [task_id for task_id, _, _ in rows]
    if len(ids) < RUNS * ENTITIES:
        raise LookupError(f"the filled database has {len(ids)} open steps of {ATTENDANCE_STEPS[0]}")
    samples = []
    with bench.app.app_context():
        for start in range(0, len(ids), ENTITIES):
            some = ids[start : start + ENTITIES]
            samples.append(timed(partial(record, bench, some)) / 1000)
    return Figure.of("attendance_of_40", bench.database, samples, "s")


def record(bench: Bench, task_ids: list[int]) -> None:
    """Record that everybody attended, as the page does."""
    with bench.session(writes=True) as session:
        user = coordinator(session)
        tasks = session.scalars(select(Task).where(Task.id.in_(task_ids))).all()
        answers = [
            (
                task.entity,
                {
                    "task": task.id,
                    "administrator": "attended",
                    "alternate": "attended",
                    "others": [],
                    "note": "",
                },
            )
            for task in tasks
        ]
        data = {"session": 0, "held": calendar.now().isoformat()}
        dry_run = batches.check_rows(session, batches.ATTENDANCE, answers, user.id, data)
        batch = batches.store(session, dry_run)
        batches.confirm(session, batch.id, doing.to_do(session, batch), user.id)
        session.commit()
        number = batch.id
    doing.work(bench.engine, number)
    with bench.session() as session:
        done = select(func.count()).where(BatchRow.batch_id == number, BatchRow.result == "done")
        if (session.scalar(done) or 0) < len(task_ids):
            raise LookupError("some rows of the list were not done")


def coordinator(session: Session) -> User:
    """Return a coordinator of the SIP."""
    return access.holders(session, "sip", None)[0]


PEOPLE = 5_000
CHANGED = 10
CHANGES = 44
#: A number of an invented entity that no other measure uses.
ENTITY = 97_000


def apply_change(bench: Bench) -> Figure:
    """Measure the answer to *Registrar cambios del personal*: validation, effects and commit.

    Half of the changed people leave, half come: a third of them operators, who are invited.
    """
    with bench.session(writes=True) as session:
        entity_id = with_roster(session)
        session.commit()
    samples = []
    for number in range(CHANGES):
        with bench.session(writes=True) as session:
            entity = session.get_one(Entity, entity_id)
            row = processes.start(session, entity, "change_personnel", None)
            session.commit()
        with bench.session(writes=True) as session:
            task = session.scalars(select(Task).where(Task.instance_id == row.id)).one()
            values = change(number)
            samples.append(timed(lambda task=task, values=values: answer(session, task, values)))  # type: ignore[misc]
    return Figure.of("apply_change", bench.database, samples[CHANGES // 10 :], "ms")


def with_roster(session: Session) -> int:
    """Return the id of an entity whose register has all the people."""
    entity = invent(session, ENTITY)
    onboarding = processes.start(session, entity, "onboarding", None)
    case = Case(session, entity, session.get_one(ProcessInstance, onboarding.id))
    rows = [person(number, "alta") for number in range(PEOPLE)]
    records.roster.write(case, rows)
    register = environments.open_register(session, entity, "production", None)
    personnel.receive(session, register, rows, calendar.today())
    return entity.id


def person(number: int, movement: str) -> dict[str, str]:
    """Return an invented person of the roster; every third is an operator."""
    return {
        "document_type": "DNI",
        "document_number": f"8{number:07}",
        "given_names": "Persona",
        "surnames": "Banco Ejemplo",
        "post": "Analista",
        "unit": f"Unidad {number % 40}",
        "site": f"Sede {number % 8}",
        "email": f"persona.{number}@example.pe",
        "profile": "visited_official" if number % 3 else "operator",
        "movement": movement,
    }


def change(number: int) -> dict[str, Any]:
    """Return the answer of the nth change: some people leave, as many come."""
    half = CHANGED // 2
    first = number * half
    names = ("document_type", "document_number")
    today = {"last_day": calendar.today().isoformat(), "reason": "link_ended"}
    return {
        "rows": [person(PEOPLE + first + n, "alta") for n in range(half)],
        "leaving": [
            {name: person(first + n, "")[name] for name in names} | today for n in range(half)
        ],
    }


def answer(session: Session, task: Task, values: Mapping[str, Any]) -> None:
    """Answer the step as its page does: read, validate, complete and commit."""
    step = forms.steps()[task.step]
    case = Case(session, task.entity, task.instance, None, task)
    given = {name: records.read(case, name) for name in step.needs} | {"today": calendar.today()}
    form = step.form(MultiDict(as_formdata(step.form, values)), given=given)
    if not form.validate():
        raise LookupError(f"the change is refused: {errors_of(form)}")
    processes.complete(session, task.id, step, form, None)
    session.commit()


STARTS = 100


def start_instance(bench: Bench) -> Figure:
    """Measure the start of an onboarding for an entity, with its commit."""
    with bench.session(writes=True) as session:
        codes = [invent(session, 90_000 + number).code for number in range(STARTS)]
        session.commit()
    samples = []
    for code in codes:
        with bench.session(writes=True) as session:
            entity = session.scalars(select(Entity).where(Entity.code == code)).one()
            samples.append(timed(partial(start_one, session, entity)))
    return Figure.of("start_instance", bench.database, samples[STARTS // 10 :], "ms")


def start_one(session: Session, entity: Entity) -> None:
    """Start an onboarding and commit."""
    processes.start(session, entity, "onboarding", None)
    session.commit()
