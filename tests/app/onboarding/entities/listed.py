"""Two hundred invented entities in every situation, and a plain rule for each filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import Draft, Entity, ProcessInstance, Question, Task
from app.cases.custody import SIDE_PROCESSES
from app.onboarding.entity_list.filters import DUE, EXTINCT, HOLDERS, STAGES, STATE_NAMES, STATES
from app.onboarding.entity_list.standing import Standing
from tests.app import cast
from tests.app.onboarding.entities import publishing
from tests.app.onboarding.entities.on_versions import is_on_version, values_of_versions
from tests.app.walk import Walk
from workflows.paths import set_days

REGIONS = ("Lima", "Áncash", "Cusco", "")
SECTORS = ("SALUD", "EDUCACION", "")
#: Values of `estado` of active entities; `batches.test_extinct_entities` has the other one.
OF_ACTIVE = tuple(value for value in STATE_NAMES if value != EXTINCT)


class Many(Walk):
    """The walk's installation with two hundred more entities."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        fill(self)


def fill(walk: Walk) -> None:
    """Add two hundred invented entities in every stage and state, unless they are there.

    Their tasks have every date.
    """
    with walk.writing() as session:
        if session.scalar(select(Entity.id).where(Entity.code == "E91000")):
            return
        people = [walk.people["sip"], walk.people["sgtd"], None]
        for number in range(200):
            entity = cast.entity(
                session,
                f"E91{number:03}",
                name=f"Entidad Ñusta {number} {'%' if number == 7 else ''}",
                level=("local", "regional", "nacional")[number % 3],
                department=REGIONS[number % 4],
                sector=SECTORS[number % 3],
                sip_coordinator_id=people[number % 3],
                sgtd_coordinator_id=people[number % 2],
                active=number != 199,
            )
            if number % 5:
                _invent(session, entity, number)
            publishing.open_somewhere(session, entity, number)
            if number % 9 == 4:
                _ask(session, entity, number, walk.people["preparer"])


def _invent(session: Session, entity: Entity, number: int) -> None:
    """Add an onboarding of an entity, drawn by its number; for some, an older one before it."""
    draw = Random(number)
    if number % 7 == 0:
        _add(session, entity, status="cancelled", ended_at=calendar.now())
    status = draw.choice(["running"] * 6 + ["suspended", "ended", "ended", "cancelled"])
    values: dict[str, Any] = {"status": status, "stage": draw.choice(STAGES)}
    values["holder"] = draw.choice([held for held in HOLDERS.values() if held != "suspended"])
    if status == "suspended":
        values["holder"] = status
    if status in ("ended", "cancelled"):
        gone = calendar.now() - timedelta(days=draw.randrange(21))
        values |= {"stage": "", "holder": "", "ended_at": gone}
        values["end_name"] = draw.choice(["No corresponde", "Implementada", "Implementada"])
    if number % 4 == 0:
        values["validated"] = {STAGES[0]: {"reason": 'Dice "training": así'}}
    row = _add(session, entity, **values)
    steps = ("designate_administrator", "review_designation", "record_reception", "call_entity")
    for place, step in enumerate(steps):
        if row.ended_at is None and draw.random() < 0.4:
            process = "follow_up" if step == "call_entity" else STAGES[0]
            _open(session, row, f"{number}-{place}", step, process, draw)
    if row.ended_at is None and number % 3 == 0:
        _wait(session, row, number)
    if number % 6 == 0:
        other = _add(
            session, entity, process="change_authority",
            status=draw.choice(["running", "running", "suspended"]),
        )  # fmt: skip
        _open(session, other, f"{number}-b", "register_authority_change", other.process, draw)


def _ask(session: Session, entity: Entity, number: int, author_id: int) -> None:
    """Add a question of an entity, most often one that waits, with a date."""
    draw, now = Random(number), calendar.now()
    question = Question(
        entity=entity,
        role="sip",
        subject="¿Quién firma?",
        author_id=author_id,
        opened_at=now,
        waiting_since_at=now,
        counted_on=calendar.lima_day(now),
        term_days=3,
        state=draw.choice(["waiting", "waiting", "answered"]),
        due_at=now + timedelta(days=draw.choice([-9, -0.5, 0.3, 3, 20])),
    )
    session.add(question)


def _wait(session: Session, row: ProcessInstance, number: int) -> None:
    """Answer the step before the first timer of the stage, if it has one."""
    for timer in set_days(definition_of(row.deployment), row.stage, "onboarding")[:1]:
        task = Task(
            instance=row,
            entity=row.entity,
            engine_id=f"{number}-w",
            step=min(timer.before),
            name="",
            role="sip",
            process=row.stage,
            stage=row.stage,
            opened_at=calendar.now(),
            state="completed",
        )
        session.add(task)


def _open(
    session: Session, row: ProcessInstance, engine_id: str, step: str, process: str, draw: Random
) -> None:
    """Add a task, most often open, with a due date or none; some have a draft."""
    due = draw.choice([-9, -3, -0.5, 0.3, 3, 6.9, 20, None])
    task = Task(
        instance=row,
        entity=row.entity,
        engine_id=engine_id,
        step=step,
        name=step,
        role="sip",
        process=process,
        opened_at=calendar.now(),
        due_at=None if due is None else calendar.now() + timedelta(days=due),
        came_as=draw.choice(["", "demo_observed", "correction_lapsed"]),
        state=draw.choice(["open", "open", "open", "completed"]),
        paused_days=draw.choice([None] * 9 + [3]),
    )
    session.add(task)
    session.flush()
    if draw.random() < 0.2:
        session.add(Draft(task_id=task.id, pairs=[], saved_at=calendar.now()))


def _add(session: Session, entity: Entity, **values: Any) -> ProcessInstance:
    """Add a process of an entity, by default an onboarding."""
    row = ProcessInstance(
        entity=entity,
        deployment_id=1,
        state=b"",
        started_at=calendar.now() - timedelta(days=60),
        holder_since_at=calendar.now() - timedelta(days=3),
        **{"process": "onboarding"} | values,
    )
    session.add(row)
    session.flush()
    return row


# The meaning of filters -----------------------------------------------------------------------


def open_on_path(here: Standing) -> list[Task]:
    """Return the open tasks of an onboarding that are on its path."""
    return [task for task in here.tasks if task.process not in SIDE_PROCESSES]


def running_dates(entity: Entity) -> list[datetime]:
    """Return the due dates of an entity's questions that wait, and of its open tasks.

    Of any process that is not suspended.
    """
    session = object_session(entity)
    assert session is not None
    questions = session.scalars(select(Question).where(Question.entity_id == entity.id))
    return [
        *(
            task.due_at
            for task in session.scalars(select(Task).where(Task.entity_id == entity.id))
            if task.due_at and task.state == "open" and task.instance.status != "suspended"
        ),
        *(one.due_at for one in questions if one.due_at and one.state == "waiting"),
    ]


def is_due(here: Standing, when: str) -> bool:
    """Return whether something runs whose last day the word describes; today is a Monday."""
    today, now = calendar.today(), calendar.now()
    dates = running_dates(here.entity)
    late = [at for at in dates if at <= now]
    ahead = [calendar.last_day(at) for at in dates if at > now]
    return {
        "atrasado": bool(late),
        "desde-ayer": any(calendar.last_day(at) >= today - timedelta(days=3) for at in late),
        "hoy": today in ahead,
        "semana": any(on <= today + timedelta(days=7) for on in ahead),
    }[when]


def has_state(here: Standing, word: str) -> bool:
    """Return whether the entity is in the state of that name in addresses."""
    row = here.instance
    if row is None or word == "sin-iniciar":
        return row is None and word == "sin-iniciar"
    return row.ended_at is None if word == "en-marcha" else here.state == STATES[word]


def of_coordinator(here: Standing, value: str) -> bool:
    """Return whether a coordinator is in charge, or none is."""
    sip, sgtd = here.entity.sip_coordinator_id, here.entity.sgtd_coordinator_id
    if value == "nadie":
        return sip is None or sgtd is None
    if value in ("nadie-sip", "nadie-sgtd"):
        return (sip if value == "nadie-sip" else sgtd) is None
    return int(value) in (sip, sgtd)


def began_in(here: Standing, month: str) -> bool:
    """Return whether the entity's path began in a month."""
    row = here.instance
    return row is not None and calendar.lima_day(row.started_at).isoformat().startswith(month)


def ended_in(here: Standing, monday: str) -> bool:
    """Return whether the entity's path ended in a week, or in a month."""
    row = here.instance
    if row is None or row.ended_at is None or here.state != "accepted":
        return False
    if len(monday) == 7:
        return calendar.lima_day(row.ended_at).isoformat().startswith(monday)
    passed = calendar.lima_day(row.ended_at) - date.fromisoformat(monday)
    return timedelta(0) <= passed < timedelta(days=7)


def in_stage(here: Standing, value: str) -> bool:
    """Return whether the entity is in a stage, or in a state that has no stage."""
    if value in STAGES:
        return here.instance is not None and here.instance.stage == value
    return has_state(here, value)


def is_validated(here: Standing, stage: str) -> bool:
    """Return whether a stage was validated from outside."""
    return here.instance is not None and stage in here.instance.validated


def says(here: Standing, typed: str) -> bool:
    """Return whether the search text of the entity contains the words."""
    return all(word in here.entity.search_text for word in typed.lower().replace("ñ", "n").split())


def is_awaited(here: Standing, day: str) -> bool:
    """Return whether the path waits for a day.

    The last step around the timer is then one before it, already answered.
    """
    row = here.instance
    if row is None or row.ended_at is not None or not row.stage:
        return False
    session = object_session(row)
    assert session is not None
    rows = session.scalars(select(Task).where(Task.instance_id == row.id).order_by(Task.id))
    tasks = [one for one in rows if one.stage == row.stage and one.state != "cancelled"]
    for timer in set_days(definition_of(row.deployment), row.stage, "onboarding"):
        around = [one for one in tasks if one.step in timer.before | timer.after]
        if timer.day == day and around:
            return around[-1].state == "completed" and around[-1].step in timer.before
    return False


@dataclass(frozen=True)
class Rule:
    """The meaning of a filter, and the values to test it with."""

    #: Whether an entity matches a value.
    matches: Callable[[Standing, str], bool]
    #: Values that some of the invented entities match.
    values: Sequence[str]
    #: Values that a URL cannot have.
    refused: Sequence[str]
    #: The sentence of the first value.
    words: str


def rules(walk: Walk) -> Mapping[str, Rule]:
    """Return the rule of every filter, by URL parameter."""
    return {**rules_of_entity(walk), **rules_of_path()}


def rules_of_entity(walk: Walk) -> Mapping[str, Rule]:
    """Return the rules of the filters by what the catalogue says."""
    people = (str(walk.people["sip"]), str(walk.people["sgtd"]))
    return {
        "version": Rule(is_on_version, *values_of_versions(walk)),
        "q": Rule(
            says, ("ñusta 1", "ÑUSTA", "%", "e91007"), ("x" * 10_000, "a\x00b"), "Texto: «ñusta 1»"
        ),
        "coordinador": Rule(
            of_coordinator,
            (*people, "nadie", "nadie-sip", "nadie-sgtd"),
            ("0", "-1", "²", "9" * 40),
            "A cargo de: Persona Ejemplo 021",
        ),
        "publica": Rule(
            publishing.publishes,
            ("zaguan", "plataforma-oficial", "sistema-propio", "ninguna-parte"),
            ("official_platform", "nadie"),
            "Publica en: Zaguán",
        ),
        "nivel": Rule(
            lambda here, value: here.entity.level == value,
            ("nacional", "regional", "local"),
            ("Local",),
            "Nivel: Nacional",
        ),
        "region": Rule(
            lambda here, value: here.entity.department == value.replace("ninguna", ""),
            [name or "ninguna" for name in REGIONS],
            ("x\x07",),
            "Región: Lima",
        ),
        "sector": Rule(
            lambda here, value: here.entity.sector == value.replace("ninguna", ""),
            [name or "ninguna" for name in SECTORS],
            ("y" * 300,),
            "Sector: Salud",
        ),
    }


def rules_of_path() -> Mapping[str, Rule]:
    """Return the rules of the filters by where the onboarding stands."""
    weeks_ago = calendar.today() - timedelta(days=14)
    return {
        "etapa": Rule(
            in_stage,
            (*STAGES, "sin-iniciar", "terminado", "no-corresponde", "anulado"),
            ("nada", "designatio", "en-marcha"),
            "Etapa: Designación del administrador",
        ),
        "estado": Rule(has_state, OF_ACTIVE, ("pending",), "Estado: Sin iniciar"),
        "manos": Rule(
            lambda here, value: here.holder == HOLDERS[value],
            tuple(HOLDERS),
            ("entity",),
            "En manos de: La entidad",
        ),
        "plazo": Rule(is_due, tuple(DUE), ("mañana",), "Plazo: Con atraso"),
        "paso": Rule(
            lambda here, value: value in [task.step for task in open_on_path(here)],
            ("review_designation", "designate_administrator", "record_reception"),
            ("nada",),
            "Paso abierto: Revisa la designación",
        ),
        "espera": Rule(
            is_awaited,
            ("training", "production"),
            ("nada", "last_training"),
            "Se espera: la última capacitación",
        ),
        "convalidada": Rule(
            is_validated,
            (STAGES[0],),
            ("nada", "terminado"),
            "Etapa convalidada: Designación del administrador",
        ),
        "terminada": Rule(
            ended_in,
            (weeks_ago.isoformat(), "2026-02"),
            ("2026-03-03", "ayer", "0001-01-01", "2026-13", "0001-01"),
            "Terminada en: semana del 16 de febrero de 2026",
        ),
        "iniciada": Rule(
            began_in, ("2026-01",), ("2026-1", "enero", "9999-01"), "Iniciada en: enero de 2026"
        ),
    }


def filters(walk: Walk) -> Sequence[tuple[str, str]]:
    """Return every filter with each of its values, by which something is found."""
    return [(name, value) for name, rule in rules(walk).items() for value in rule.values]
