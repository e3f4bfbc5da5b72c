"""The demo: a programme that looks as if it had run for months, created by the engine alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import create_app
from app.base import calendar, db
from app.base.models import (
    Deployment,
    Entity,
    Incident,
    LogEntry,
    Mail,
    NoVisitDay,
    ProcessInstance,
    Task,
    User,
    Visit,
)
from app.cases import processes
from app.cases.processes.act import Act
from app.cases.processes.terms import due_dates
from app.ops import demo, setup, trial_people
from app.ops.demo import characters, lives, programme
from app.people import access, accounts
from app.register.registers import environments
from app.register.registers.evidence import FIGURES, demo_figures
from app.register.visits import present_visitors
from tests.app.ops.demo_state import prepared
from tests.conftest import Clock


@pytest.fixture
def ready(app: Flask, clock: Clock) -> Flask:
    """Return an installation with diagrams and catalogue, without users."""
    return prepared(app)


@pytest.fixture
def programme_demo(app: Flask, clock: Clock) -> Flask:
    """Return an installation with a demo of eight entities (`tests.prepared`)."""
    return app


def look(app: Flask) -> Session:
    """Yield a separate session for the test."""
    return db.open_session(app.extensions["engine"], writes=False)


def check_stored_states(app: Flask) -> int:
    """Compare every stored state with the rows that pages read. Return the number of states."""
    with app.app_context(), look(app) as session:
        ids = session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.ended_at.is_(None))
        ).all()
        for instance_id in ids:
            act = Act.hold(session, instance_id, None)
            rows = {task.engine_id for task in due_dates.open_tasks(act)}
            assert {task.id for task in act.engine.open_tasks()} == rows
        return len(ids)


@pytest.mark.nightly("servers")
def test_a_demo_is_a_living_programme(programme_demo: Flask, clock: Clock) -> None:
    now = clock()
    with look(programme_demo) as session:
        onboardings = session.scalars(
            select(ProcessInstance).where(ProcessInstance.process == "onboarding")
        ).all()
        assert len({row.entity_id for row in onboardings}) == 8
        assert setup.rebuild_clocks(programme_demo)[0] == 0
        assert any(row.ended_at for row in onboardings)
        assert len({row.stage for row in onboardings if not row.ended_at}) >= 3
        first, last = session.execute(select(func.min(LogEntry.at), func.max(LogEntry.at))).one()
        assert now - timedelta(days=programme.DAYS) <= first
        assert now - timedelta(days=14) < last <= now
        assert session.scalar(select(func.count(Task.id)).where(Task.closed_at > now)) == 0
        assert session.scalar(select(func.count(Incident.id))) == 0
        levels = session.scalars(
            select(Entity.level).where(Entity.id.in_([row.entity_id for row in onboardings]))
        )
        assert set(levels) == {"nacional", "regional", "local"}
    assert check_stored_states(programme_demo) > 0


@pytest.mark.nightly("servers")
def test_people_of_a_demo_can_sign_in_and_find_what_waits(
    programme_demo: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    with programme_demo.app_context(), look(programme_demo) as session:
        for place, role, document, *_ in trial_people.ENTITY_PEOPLE:
            user = access.find_person(session, "DNI", document)
            assert user is not None, document
            assert accounts.passwords.is_right(user, trial_people.PASSWORD)
            assert [grant.role for grant in user.grants] == [role]
            if place < 2 and role != "alternate":
                assert session.scalars(select(Task).where(access.answerable(user))).all(), role
            if place == 2:
                entity = user.grants[0].entity
                assert entity is not None
                register = environments.find(session, entity, "production")
                assert register is not None
                assert present_visitors.count(session, register) > 0, (
                    "a desk to try, with people inside"
                )
    trial_people.show(programme_demo)
    output = capsys.readouterr().out
    assert all(document in output for _, _, document, *_ in trial_people.ENTITY_PEOPLE)
    assert trial_people.PASSWORD in output


@pytest.fixture
def twins(sqlite: Any, tmp_path: Path) -> Iterator[list[Flask]]:
    """Yield two installations on one kind of database: the demo does not depend on the kind."""
    made = [
        prepared(
            create_app(
                {
                    "DATABASE_URL": sqlite.create(),
                    "DATA": tmp_path / name,
                    "SECRET_KEY": "a secret that only the tests know",
                }
            )
        )
        for name in ("one", "other")
    ]
    yield made
    for app in made:
        app.extensions["engine"].dispose()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten demos to four months."""
    monkeypatch.setattr(programme, "DAYS", 120)


@pytest.mark.nightly("servers")
def test_the_same_seed_gives_the_same_demo(twins: list[Flask], clock: Clock, short: None) -> None:
    stories = []
    for app in twins:
        demo.fill(app, entities=3, seed=3)
        with look(app) as session:
            entries = session.execute(
                select(LogEntry.at, LogEntry.kind, LogEntry.entity_id, LogEntry.actor_id)
                .where(
                    LogEntry.kind.not_in(
                        ("catalogue.imported", "calendar.day_added", "version.put")
                    )
                )
                .order_by(LogEntry.id)
            ).all()
            stories.append((entries, session.scalars(select(Mail.to).order_by(Mail.id)).all()))
    assert len(stories[0][0]) > 50
    assert stories[0] == stories[1]


@pytest.mark.nightly("servers")
def test_entities_that_have_a_process_are_left_alone(ready: Flask, short: None) -> None:
    with ready.app_context(), db.writing(ready) as session:
        entity = session.scalars(select(Entity).order_by(Entity.code)).first()
        assert entity is not None
        row = processes.start(session, entity, "onboarding", None)
        instance_id = row.id
    with look(ready) as session:
        before = session.get_one(ProcessInstance, instance_id).revision
    demo.fill(ready, entities=2, seed=1)
    demo.fill(ready, entities=2, seed=1)
    with look(ready) as session:
        assert session.get_one(ProcessInstance, instance_id).revision == before
        begun = session.scalars(
            select(ProcessInstance.entity_id).where(ProcessInstance.process == "onboarding")
        ).all()
        assert len(begun) == len(set(begun)) == 5
        assert session.scalar(select(func.count(Deployment.id))) == 1
        people = session.scalars(select(User.document_number)).all()
        assert len(people) == len(set(people))


@pytest.mark.nightly("servers")
def test_entities_at_the_demo_test_try_it_and_live_entities_record_their_days(
    programme_demo: Flask, clock: Clock
) -> None:
    with programme_demo.app_context(), look(programme_demo) as session:
        handed_in = set(
            session.scalars(
                select(Task.entity_id).where(
                    Task.step == "approve_demo_test", Task.state == "completed"
                )
            )
        )
        assert handed_in
        for entity_id in handed_in:
            register = environments.find(session, entity_id, "demo")
            assert register is not None
            figures = demo_figures(session, register)
            assert figures["visits"] >= 10, figures
            assert all(figures[name] for name in FIGURES), figures
        confirmed = session.scalars(
            select(Task.entity_id).where(
                Task.step == "confirm_production", Task.state == "completed"
            )
        ).all()
        assert confirmed
        for entity_id in confirmed:
            register = environments.find(session, entity_id, "production")
            assert register is not None
            of_register = select(Visit).where(
                Visit.register_id == register.id, Visit.audience == "public"
            )
            visits = session.scalars(of_register).all()
            assert len(visits) > 10
            assert all(
                visit.document_number.startswith("0000") and visit.visit_on <= calendar.today()
                for visit in visits
            )
            assert {"left", "inside"} <= {visit.exit_state for visit in visits}
        categories = set(session.scalars(select(Visit.category)))
        assert "interests" in categories
        assert session.scalars(select(NoVisitDay)).all()
        assert session.scalar(select(func.count(Visit.id)).where(Visit.recorded_at > clock())) == 0


class Killed(Exception):
    """The exception that stands for the kill of a process."""


@pytest.mark.nightly("servers")
def test_a_demo_that_is_killed_leaves_a_valid_installation(
    ready: Flask, clock: Clock, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def some_days(days: range, total: int, what: str) -> Iterator[int]:
        yield from days[:60]
        raise Killed

    now = clock()
    with monkeypatch.context() as patched:
        patched.setattr(programme, "counted", some_days)
        with pytest.raises(Killed):
            demo.fill(ready, entities=4, seed=1)
    assert calendar.now() == now
    assert check_stored_states(ready) > 0
    with ready.app_context():
        processes.tick(ready.extensions["engine"])
    assert check_stored_states(ready) > 0
    assert demo.fill(ready, entities=2, seed=2) == 0


def test_each_kind_of_entity_occurs_among_a_hundred() -> None:
    names = {characters.cast(number, Random(number)).name for number in range(100)}
    assert {one.name for one in (*characters.SPECIAL, *characters.PLAIN)} <= names


@pytest.mark.nightly("servers")
def test_entities_are_distributed_over_levels_and_regions(ready: Flask) -> None:
    with look(ready) as session:
        ids = lives.chosen(session, 40, Random(1))
        rows = session.execute(
            select(Entity.level, Entity.department).where(Entity.id.in_(ids))
        ).all()
        everybody = lives.chosen(session, 10_000, Random(1))
        count = session.scalar(select(func.count(Entity.id)))
    assert len(set(ids)) == 40
    assert {level for level, _ in rows} == {"nacional", "regional", "local"}
    assert len({department for _, department in rows}) > 15
    assert len(everybody) == len(set(everybody)) == count
