"""Histories made of random acts of people: after each, every open task has a user who can act.

The expected result is computed by the rule for one person and one task (`may_answer`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

import forms
from app.administration.users import changes, unused
from app.administration.users.departures import NobodyLeft
from app.base import calendar
from app.base.models import Absence, Entity, Grant, ProcessInstance, Task, Ticket, User
from app.cases import processes
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from app.people.access import absences, duties, tickets, vacancies
from app.people.access.absences import CannotBeAway
from tests.app import cast
from tests.app.administration.away import assign, in_days, person, stranded
from tests.app.walk import Walk
from tests.conftest import Clock

#: The exceptions with which an act may be refused.
REFUSALS = (
    duties.Barred,
    CannotBeAway,
    NobodyLeft,
    processes.AlreadyRunning,
    processes.NotStartable,
    processes.Refused,
    processes.TaskTaken,
    processes.TermLapsed,
)
#: Outcomes that lead on, where a step has one of them.
ONWARD = ("received", "accepted", "attended", "approved", "agreed")
OF_ENTITY = ("preparer", "authority", "administrator", "alternate", "operator")
OF_PCM = ("sip", "sgtd", "secretary")


def cannot_act(session: Session) -> list[Task]:
    """Return the result of `stranded`, computed by checking every person against every task."""
    today = calendar.today()
    people = session.scalars(select(User)).all()
    rows = session.scalars(select(Absence).where(Absence.ended_at.is_(None)))
    away = {row.user_id: row.substitute for row in rows if row.from_on <= today <= row.until_on}

    def acts(user: User, task: Task) -> bool:
        return access.may_answer(user, task) and user.id not in away

    def is_fine(task: Task) -> bool:
        lane = any(acts(user, task) for user in people) or waits(session, task)
        taker = task.assignee
        if taker is None or acts(taker, task):
            return lane
        substitute = away.get(taker.id)
        return (
            lane
            and access.may_answer(taker, task)
            and substitute is not None
            and acts(substitute, task)
        )

    tasks = session.scalars(select(Task).where(Task.state == "open").order_by(Task.id))
    return [task for task in tasks if not is_fine(task)]


def waits(session: Session, task: Task) -> bool:
    """Return whether a task waits for new people: by a redesignation, or by a code."""
    if task.role == "administrator":
        running = select(ProcessInstance).where(
            ProcessInstance.entity_id == task.entity_id, ProcessInstance.ended_at.is_(None)
        )
        return any(row.process == "redesignation" for row in session.scalars(running))
    codes = session.scalars(select(Ticket).where(Ticket.entity_id == task.entity_id))
    return task.role == "authority" and any(not (code.used_at or code.void) for code in codes)


class World:
    """Two entities, their people, those of the PCM, and the acts that may happen."""

    def __init__(self, walk: Walk, clock: Clock, random: Random) -> None:
        self.walk, self.clock, self.random = walk, clock, random
        walk.begin_at("induction")
        walk.begin(code="E90002")
        with walk.writing() as session:
            access.issue_activation_code(session, cast.entity_of(session, "E90002"))
            boss = cast.person(session, "40000001", "superuser")
            for number in range(6):
                cast.person(session, f"4000005{number}")
            for role in OF_PCM:
                access.grant(session, boss, role, None, None)
            self.boss = boss.id

    def pick(self, session: Session, query: Any) -> Any:
        """Return one of the rows; None where there are none."""
        rows = session.scalars(query).all()
        return self.random.choice(rows) if rows else None

    def someone(self, session: Session) -> User:
        user: User = self.pick(session, select(User).order_by(User.id))
        return user

    def task_and_able(self, session: Session) -> tuple[Task | None, list[User]]:
        """Return an open task, and who may answer it."""
        task = self.pick(session, select(Task).where(Task.state == "open").order_by(Task.id))
        everybody = session.scalars(select(User).order_by(User.id)).all()
        return task, [user for user in everybody if task and access.may_answer(user, task)]

    # The acts

    def deactivate(self, session: Session) -> None:
        changes.deactivate(session, self.someone(session), self.boss)

    def suspend(self, session: Session) -> None:
        """Suspend an account as if it had not been used."""
        unused.suspend(session, self.someone(session).id, self.clock.moment + timedelta(days=1))

    def reactivate(self, session: Session) -> None:
        user = self.pick(session, select(User).where(~User.active).order_by(User.id))
        if user:
            changes.reactivate(session, user, self.boss)

    def take_role(self, session: Session) -> None:
        query = select(Grant).where(Grant.until_at.is_(None)).order_by(Grant.id)
        held = self.pick(session, query)
        changes.take_role(session, held.user, held, self.boss)

    def give_role(self, session: Session) -> None:
        role = self.random.choice(OF_ENTITY * 2 + OF_PCM)
        place = self.pick(session, select(Entity).order_by(Entity.id))
        of_entity = role in OF_ENTITY
        access.grant(session, self.someone(session), role, place if of_entity else None, self.boss)

    def be_away(self, session: Session) -> None:
        everybody = session.scalars(select(User).order_by(User.id)).all()
        pairs = [
            (user, other) for user in everybody for other in absences.candidates(session, user)
        ]
        pairs.append((self.someone(session), self.someone(session)))
        user, substitute = self.random.choice(pairs)
        first = calendar.today() + timedelta(days=self.random.randint(0, 3))
        last = first + timedelta(days=self.random.randint(0, 6))
        absences.note(session, user, substitute, first, last, self.boss)

    def come_back(self, session: Session) -> None:
        row = self.pick(session, select(Absence).where(Absence.ended_at.is_(None)))
        if row:
            absences.end(session, row, self.boss)

    def take_task(self, session: Session) -> None:
        task, able = self.task_and_able(session)
        if able:
            task.assignee_id = self.random.choice(able).id

    def answer(self, session: Session) -> None:
        task, able = self.task_and_able(session)
        if task is None or not able:
            return
        user, outcomes = self.random.choice(able), forms.steps()[task.step].outcomes
        outcome = next((one for one in ONWARD if one in outcomes), "")
        task_page: TaskPage = self.walk.fill(session, task, user, outcome)
        processes.complete(session, task.id, task_page.step, task_page.form, user.id)

    def begin(self, session: Session) -> None:
        """Begin an onboarding of an entity that has none under way, as its page does."""
        entity = self.pick(session, select(Entity).order_by(Entity.id))
        processes.start(session, entity, "onboarding", self.boss)
        access.issue_activation_code(session, entity, self.boss)

    def designate_another(self, session: Session) -> None:
        entity = self.pick(session, select(Entity).order_by(Entity.id))
        processes.start(session, entity, "redesignation", self.boss)

    def call_it_off(self, session: Session) -> None:
        running = select(ProcessInstance).where(
            ProcessInstance.process == "redesignation", ProcessInstance.ended_at.is_(None)
        )
        row = self.pick(session, running)
        if row:
            processes.cancel(session, row.id, "De una prueba", self.boss)

    def enter_code(self, session: Session) -> None:
        code = self.pick(
            session,
            select(Ticket).where(
                Ticket.kind == "activation", Ticket.used_at.is_(None), ~Ticket.void
            ),
        )
        user = self.pick(session, select(User).where(User.active).order_by(User.id))
        if code:
            tickets.spend(session, code)
            access.grant(session, user, "preparer", code.entity, user.id)

    def time_passes(self, _: Session) -> None:
        self.clock.forward(days=self.random.randint(1, 3))

    ACTS: tuple[Callable[..., None], ...] = (
        deactivate, deactivate, suspend, suspend, reactivate,
        take_role, take_role, give_role, give_role,
        be_away, be_away, come_back, take_task, take_task, answer, answer, answer,
        begin, designate_another, call_it_off, enter_code, time_passes, time_passes,
    )  # fmt: skip

    def act(self) -> str:
        """Try a random act. Return its name, with the name of the refusal if it was refused."""
        chosen = self.random.choice(self.ACTS)
        try:
            with self.walk.writing() as session:
                chosen(self, session)
        except REFUSALS as refusal:
            return f"{chosen.__name__}: {type(refusal).__name__}"
        self.walk.tick()
        return chosen.__name__


@pytest.mark.guard("people leave and come in random order")
@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_do_every_open_task_has_a_user_who_can_act(
    walk: Walk, clock: Clock, seed: int
):
    world = World(walk, clock, Random(seed))
    done: list[str] = []
    for _ in range(150):
        done.append(world.act())
        with walk.reading() as session:
            assert [task.step for task in vacancies.stranded(session)] == [], done
            assert cannot_act(session) == [], done
            for row in session.scalars(select(Absence).where(Absence.ended_at.is_(None))):
                if row.until_on >= calendar.today():
                    lanes = access.lanes_of(row.user)
                    assert lanes, done
                    assert absences.covers(row.substitute, lanes), done


@pytest.fixture
def training(walk: Walk) -> Walk:
    """Return a case with a step of the administrator open."""
    walk.begin_at("training")
    return walk


# The result of the query -----------------------------------------------------------------------


@pytest.mark.parametrize("change", ["taker inactive", "taker without role", "lane inactive"])
def test_what_nobody_can_act_on_is_found(training: Walk, change: str):
    people = ["administrator"] if change != "lane inactive" else ["administrator", "alternate"]
    ids = [training.people[part] for part in people]
    if change != "lane inactive":
        assign(training, "plan_training", "administrator")
    assert stranded(training) == []
    with training.writing() as session:
        if change == "taker without role":
            session.execute(update(Grant).where(Grant.user_id.in_(ids)).values(role="operator"))
        else:
            session.execute(update(User).where(User.id.in_(ids)).values(active=False))
    assert stranded(training) == ["plan_training"]


def test_a_lane_in_which_all_are_away_for_each_other_is_found(training: Walk):
    with training.writing() as session:
        for absent, stands_in in (("administrator", "alternate"), ("alternate", "administrator")):
            session.add(
                Absence(
                    user_id=training.people[absent],
                    substitute_id=training.people[stands_in],
                    from_on=in_days(0),
                    until_on=in_days(0),
                    created_at=calendar.now(),
                )
            )
    assert stranded(training) == ["plan_training"]


def test_a_vacant_lane_of_the_pcm_is_found(walk: Walk):
    walk.begin_at("induction")
    walk.answer("choose_thematic_session", "none_suits")
    with walk.writing() as session:
        access.revoke(session, person(session, walk, "sip"), "sip", None, None)
    assert stranded(walk) == ["schedule_thematic_induction"]


def test_an_entity_that_has_not_used_its_code_is_not_counted(walk: Walk):
    instance = walk.begin(code="E90002")
    assert stranded(walk) == walk.open_steps(instance)
    with walk.writing() as session:
        access.issue_activation_code(session, cast.entity_of(session, "E90002"))
    assert stranded(walk) == []
