"""Separation of duties: who of the PCM must not decide, who may, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import (
    Dictation,
    Draft,
    FileUse,
    Grant,
    PostHolder,
    Record,
    Register,
    StoredFile,
    Task,
    User,
)
from app.cases import processes, records
from app.cases.case import Case
from app.people import access
from app.people.access import ENTITY_ROLES, LANES, PCM_ROLES, duties
from app.register.registers import environments
from app.register.visits import personnel
from forms import steps
from tests.app.cast import entity_of
from tests.app.onboarding.mandates.ended import Ended
from tests.app.onboarding.mandates.test_day import declared
from tests.app.walk import Walk, prepare_registers, texts
from tests.conftest import Clock
from workflows.definition import Definition

pytestmark = pytest.mark.postgresql

DRAWN = Definition.parse(texts())
ROLE_OF = {step: LANES[task.lane] for step, task in DRAWN.user_tasks.items()}
#: Repeated here: each step that decides, and the scope of its decision.
DECIDING = {
    "review_designation": "stage",
    "review_training": "stage",
    "approve_demo_test": "stage",
    "review_personnel": "stage",
    "confirm_production": "stage",
    "close_onboarding": "case",
    "sign_certificate": "case",
    "sign_letter": "case",
    "sign_control_notice": "case",
    "review_authority_change": "case",
}
REASON = "No hay otra persona de turno y el plazo vence hoy."

Way = Callable[[Session, Task, User], None]


# The declaration of each step ------------------------------------------------------------------


def test_every_step_of_the_pcm_says_whether_it_decides_and_no_other_does():
    said = {name: step.form.decides for name, step in steps().items()}
    for name, role in ROLE_OF.items():
        assert (said[name] is not None) == (role in PCM_ROLES), name
    assert {name: way for name, way in said.items() if way not in (None, "nothing")} == DECIDING


def test_a_step_of_the_pcm_that_says_nothing_is_taken_for_a_decision(monkeypatch):
    monkeypatch.setattr(steps()["record_reception"].form, "decides", None)
    assert duties.decides(Task(id=1, step="record_reception", role="sip"))


# Barred users ----------------------------------------------------------------------------------


def arrive(walk: Walk, clock: Clock, step: str) -> Task:
    """Take a case to a step, through at least one step of the entity in its stage."""
    if step == "sign_letter":
        return to_letter(walk, clock)
    if step == "sign_control_notice":
        return to_control_notice(walk, clock)
    if step == "review_authority_change":
        return walk.task(step, declared(Ended(walk, clock)))
    stage = "interest_acts" if step == "sign_certificate" else DRAWN.user_tasks[step].process
    walk.begin_at(stage)
    if stage == "demo_test":
        open_demo_register(walk)
        clock.forward(days=1)
    for _ in range(60):
        if step in (waiting := walk.open_steps()):
            clock.forward(hours=40)
            return walk.task(step)
        if waiting:
            walk.answer(waiting[0])
        else:
            clock.set(min(walk.waiting().values()) + timedelta(minutes=1))
            walk.tick()
    raise AssertionError(f"{step} never came")


def open_demo_register(walk: Walk) -> None:
    """Open the register of the demo test, as the stage before leaves it."""
    with walk.writing() as session:
        row = walk.instance(session)
        case = Case(session, row.entity, row)
        register = environments.open_register(session, row.entity, "demo", None)
        personnel.receive(session, register, records.read(case, "roster"), calendar.today())
        for person in records.roster.operators(case):
            access.open_account(session, person, "operator", row.entity, None)


def to_letter(walk: Walk, clock: Clock) -> Task:
    """Take a case to the signature of a letter that reminds the entity of its training."""
    walk.begin_at("training")
    walk.answer("plan_training")
    for _ in range(200):
        if "call_entity" in walk.open_steps():
            break
        clock.forward(days=1)
        walk.tick()
    walk.answer("call_entity", "no_agreement")
    walk.answer("draft_letter")
    return walk.task("sign_letter")


def to_control_notice(walk: Walk, clock: Clock) -> Task:
    """Take a case to the signature of the communication to its organ of control."""
    to_letter(walk, clock)
    for _ in range(200):
        if "sign_control_notice" in walk.open_steps():
            break
        for step, outcome in (
            ("call_entity", "no_agreement"),
            ("draft_letter", "drafted"),
            ("sign_letter", "signed"),
        ):
            if step in walk.open_steps():
                walk.answer(step, outcome)
        clock.set(min(walk.waiting().values()) + timedelta(minutes=1))
        walk.tick()
    return walk.task("sign_control_notice")


def of_the_entity(session: Session, task: Task) -> Task:
    """Return a step that the entity answered, among those that the task decides on."""
    scope = [Task.process == task.process] if DECIDING[task.step] == "stage" else []
    return session.scalars(
        select(Task)
        .where(
            Task.instance_id == task.instance_id,
            Task.role.in_(("authority", "administrator")),
            Task.state == "completed",
            *scope,
        )
        .order_by(Task.id)
    ).first() or pytest.fail("the entity answered nothing")


def answered(session: Session, task: Task, user: User) -> None:
    of_the_entity(session, task).closed_by_id = user.id


def drafted(session: Session, task: Task, user: User) -> None:
    session.get_one(Draft, of_the_entity(session, task).id).saved_by_id = user.id


def uploaded(session: Session, task: Task, user: User) -> None:
    now = calendar.now()
    session.add(
        StoredFile(sha256="0" * 64, size=1, media_type="application/pdf", pages=1, created_at=now)
    )
    session.flush()
    session.add(
        FileUse(
            id="of-the-test", sha256="0" * 64, name="a.pdf", kind="upload",
            entity_id=task.entity_id, instance_id=task.instance_id,
            task_id=of_the_entity(session, task).id, created_at=now, by_id=user.id,
        )
    )  # fmt: skip


def dictated(session: Session, task: Task, user: User) -> None:
    now = calendar.now()
    session.add(
        Dictation(
            task_id=of_the_entity(session, task).id, by_id=user.id, name="Rosa Inventada",
            post="Secretaria", how="telephone", told_at=now, noted_at=now,
        )
    )  # fmt: skip


def post_of(role: str) -> Way:
    def give(session: Session, task: Task, user: User) -> None:
        place = {"user_id": user.id, "entity_id": task.entity_id}
        session.add(Grant(role=role, since_at=calendar.now(), **place))

    return give


def former_post(session: Session, task: Task, user: User) -> None:
    """Give the user a role that ended during the case: others stored what the user had typed."""
    since = task.instance.started_at
    place = {"user_id": user.id, "entity_id": task.entity_id}
    ended = since + timedelta(minutes=1)
    session.add(Grant(role="preparer", since_at=since, until_at=ended, **place))


def listed_in(name: str, *path: str) -> Way:
    """Put the person's number into a document of the entity."""

    def write(session: Session, task: Task, user: User) -> None:
        person = {"document_type": user.document_type, "document_number": user.document_number}
        data = {path[0]: person} if path else person
        session.add(Record(entity_id=task.entity_id, name=name, data=data, at=calendar.now()))

    return write


def in_roster(session: Session, task: Task, user: User) -> None:
    case = Case(session, task.entity, task.instance)
    rows = records.read(case, "roster") or pytest.fail("no roster")
    number = {"document_type": user.document_type, "document_number": user.document_number}
    records.roster.write(case, [*rows, rows[-1] | number | {"movement": "alta"}])


def decision_maker(session: Session, task: Task, user: User) -> None:
    place, now = task.entity_id, calendar.now()
    register = session.scalars(select(Register).where(Register.entity_id == place)).first()
    if register is None:
        register = Register(entity_id=place, environment="production", opened_at=now)
        session.add(register)
        session.flush()
    session.add(
        PostHolder(
            register_id=register.id, post="Gerenta", unit="", post_key="gerenta--", search_text="",
            ground="delegated", norm="",
            document_type=user.document_type, document_number=user.document_number,
            given_names="Persona", surnames="Ejemplo", from_on=date(2026, 1, 1), to_on=None,
        )
    )  # fmt: skip


WAYS: dict[str, tuple[str, Way]] = {
    "answered": ("prepared", answered),
    "drafted": ("prepared", drafted),
    "uploaded": ("prepared", uploaded),
    "dictated": ("dictated", dictated),
    **{f"post {role}": ("post", post_of(role)) for role in sorted(ENTITY_ROLES)},
    "former post": ("post", former_post),
    "authority": ("listed", listed_in("authority")),
    "administrator": ("listed", listed_in("administrator", "holder")),
    "alternate": ("listed", listed_in("administrator", "alternate")),
    "roster": ("listed", in_roster),
    "decision maker": ("listed", decision_maker),
}


def complete(walk: Walk, session: Session, task_id: int, user: User) -> None:
    """Answer a task with an example of its folder."""
    task = session.get_one(Task, task_id)
    prepare_registers(session, task)
    desk = walk.fill(session, task, user, "")
    processes.complete(session, task_id, desk.step, desk.form, user.id)


@pytest.mark.nightly
@pytest.mark.parametrize("step", DECIDING)
def test_who_prepared_dictated_or_belongs_does_not_decide(walk: Walk, clock: Clock, step: str):
    task = arrive(walk, clock, step)
    other = walk.person("40000099", task.role)
    for name, (why, way) in WAYS.items():
        with walk.reading() as session:
            user, here = walk.user(session, task.role), session.get_one(Task, task.id)
            assert duties.bars(session, here, user.id) == [], name
            way(session, here, user)
            session.flush()
            session.expire_all()
            assert duties.bars(session, here, user.id) == [why], name
            assert duties.bars(session, here, other) == [], name
            mine = select(Task.id).where(access.answerable(user))
            assert task.id not in session.scalars(mine).all(), name
            if name == "dictated":
                with pytest.raises(duties.Barred):
                    complete(walk, session, task.id, user)
    with walk.writing() as session:
        answered(session, session.get_one(Task, task.id), session.get_one(User, other))
        complete(walk, session, task.id, walk.user(session, task.role))
    assert walk.task(step, task.instance_id).state == "completed"


def test_what_decides_nothing_bars_nobody(walk: Walk):
    walk.begin()
    with walk.reading() as session:
        user = session.get_one(User, walk.people["sip"])
        place = entity_of(session)
        access.grant(session, user, "preparer", place, None)
        task = walk.task("designate_administrator")
        for step in set(ROLE_OF) - set(DECIDING):
            task.step, task.role = step, ROLE_OF[step]
            assert duties.bars(session, task, user.id) == [], step


def prepare_training(walk: Walk, task: Task) -> None:
    """Let the person of the SGTD have answered a step of the entity's training."""
    with walk.writing() as session:
        before = Task(
            instance_id=task.instance_id, entity_id=task.entity_id, engine_id="of-the-test",
            step="plan_training", name="x", role="administrator", process="training",
            stage="training", state="completed", opened_at=calendar.now(),
            closed_at=calendar.now(), closed_by_id=walk.people["sgtd"],
        )  # fmt: skip
        session.add(before)


def test_who_prepared_a_stage_does_not_validate_it(walk: Walk):
    walk.begin()
    prepare_training(walk, walk.task("designate_administrator"))
    with walk.reading() as session:
        for person, why in (("sgtd", ["prepared"]), ("sip", [])):
            bars = duties.bars_from_stage(session, walk.id, "training", walk.people[person])
            assert bars == why


@pytest.mark.nightly
def test_what_was_prepared_in_another_stage_bars_from_closing_alone(walk: Walk, clock: Clock):
    task = arrive(walk, clock, "confirm_production")
    prepare_training(walk, task)
    with walk.reading() as session:
        here = session.get_one(Task, task.id)
        assert duties.bars(session, here, walk.people["sgtd"]) == []
        here.step, here.process = "close_onboarding", "interest_acts"
        session.flush()
        assert duties.bars(session, here, walk.people["sgtd"]) == ["prepared"]


@pytest.mark.nightly
def test_a_post_that_ended_and_a_person_who_left_the_roster_bar_nobody(walk: Walk, clock: Clock):
    task = arrive(walk, clock, "review_designation")
    with walk.reading() as session:
        user, here = walk.user(session, "sip"), session.get_one(Task, task.id)
        post_of("operator")(session, here, user)
        in_roster(session, here, user)
        session.flush()
        session.scalars(
            select(Grant).where(Grant.role == "operator")
        ).one().until_at = calendar.now()
        case = Case(session, here.entity, here.instance)
        rows = records.read(case, "roster")
        records.roster.write(case, [*rows[:-1], rows[-1] | {"movement": "baja"}])
        session.flush()
        assert duties.bars(session, here, user.id) == []
