"""Conformity to many presentations: green, opened by the person, a tenth drawn by lot."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from app.base import audit_log, calendar
from app.base.models import Address, Entity, FileUse, Filing, LogEntry, PersonnelRow, Task
from app.cases import records
from app.cases.case import Case
from app.cases.history import lines
from app.onboarding.batches import doing
from app.onboarding.batches.kinds.acts import conforming
from tests.app import cast
from tests.app.onboarding.batches.batched import at_once, confirm, rows_of
from tests.app.together import killed, together
from tests.app.walk import Walk
from tests.conftest import Clock

__all__ = ["at_once"]  # a fixture

BAR = "/entidades/lotes/elegidas"
CODES = ("E90001", "E90002", "E90003")


def presented(walk: Walk, code: str) -> int:
    """Bring an entity to the review of its second roster. Return the task."""
    people = dict(walk.people)
    if code != CODES[0]:
        with walk.writing() as session:
            place = session.scalars(select(Entity).where(Entity.code == code)).one_or_none()
            place = place or cast.entity(session, code)
            for number, role in enumerate(("preparer", "administrator", "alternate")):
                person = cast.person(session, f"4100{code[-2:]}{number:02}", role, place)
                walk.people[role] = person.id
    instance = walk.begin_at("resubmission", code)
    for step in ("update_personnel", "file_personnel", "record_personnel_reception"):
        walk.answer(step, instance=instance)
    with walk.writing() as session:
        task = walk.find(session, "review_personnel", instance)
        for use in papers(session, task):
            use.findings = []
        mailed = update(PersonnelRow).where(PersonnelRow.email == "")
        session.execute(mailed.values(email="relacion@example.pe"))
        walk.people |= people
        return task.id


def papers(session: Any, task: Task) -> list[FileUse]:
    """Return the papers of the presentation that a task reviews."""
    filing = session.scalars(
        select(Filing).where(Filing.instance_id == task.instance_id, Filing.result == "")
    ).one()
    return list(session.scalars(select(FileUse).where(FileUse.id.in_(filing.signed.values()))))


def opened(walk: Walk, task_id: int, role: str = "sgtd") -> None:
    """Log that a person opened each paper of a presentation."""
    with walk.writing() as session:
        for use in papers(session, session.get_one(Task, task_id)):
            audit_log.write(
                session,
                "file.read",
                actor_id=walk.people[role],
                entity_id=use.entity_id,
                instance_id=use.instance_id,
                file=use.id,
            )


@pytest.fixture
def reviews(walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bring three entities to their review, none of them drawn. Return the tasks."""
    monkeypatch.setattr(conforming, "is_drawn", lambda task_id: False)
    return [presented(walk, code) for code in CODES]


def chosen(walk: Walk, tasks: list[int]) -> str:
    """Choose tasks in the list of tasks. Return the address of their batch."""
    answer = walk.browser("sgtd").post(BAR, data={"acto": "conformidad", "tarea": tasks})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def said(walk: Walk, place: str) -> list[tuple[str, str]]:
    """Return plan and message of each row."""
    return [(row.plan, row.message) for row in rows_of(walk, place)]


def test_green_and_opened_presentations_get_conformity_in_a_batch(walk: Walk, reviews: list[int]):
    for task in reviews[:2]:
        opened(walk, task)
    place = chosen(walk, reviews)
    plans = said(walk, place)
    assert [plan for plan, _ in plans] == ["do", "do", "refused"]
    assert plans[2][1].startswith("Falta que abras: ")
    page = walk.browser("sgtd").get(place).text
    assert f'href="/tareas/{reviews[2]}"' in page, "the others are opened singly"
    page = confirm(walk.browser("sgtd"), place, 2)
    assert page.count("Se dio conformidad, en lote.") == 2
    with walk.reading() as session:
        states = [session.get_one(Task, task) for task in reviews]
        assert [task.outcome for task in states] == ["accepted", "accepted", ""]
        entry = session.scalars(
            select(LogEntry).where(
                LogEntry.kind == "task.completed", LogEntry.task_id == reviews[0]
            )
        ).one()
        assert lines.describe(entry).who.endswith(", en lote")


def test_what_is_not_green_is_left_out_and_named(walk: Walk, reviews: list[int]):
    for task in reviews:
        opened(walk, task)
    with walk.writing() as session:
        first = papers(session, session.get_one(Task, reviews[0]))[0]
        first.findings = [
            {"code": "handwritten", "text": "La verifica quien revisa.", "word": "", "stops": False}
        ]
        papers(session, session.get_one(Task, reviews[1]))[0].findings = None
        third = session.get_one(Task, reviews[2])
        filing = session.scalars(
            select(Filing).where(Filing.instance_id == third.instance_id, Filing.result == "")
        ).one()
        filing.rounds = 1
    plans = said(walk, chosen(walk, reviews))
    assert {plan for plan, _ in plans} == {"refused"}
    assert "La verifica quien revisa." in plans[0][1]
    assert "no se pudo comprobar" in plans[1][1]
    assert "Ya se observó antes" in plans[2][1]


def test_the_lot_draws_a_tenth_and_is_not_redrawn(
    walk: Walk, reviews: list[int], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    with walk.app.app_context():
        drawn = {number for number in range(2000) if conforming.is_drawn(number)}
        assert drawn == {number for number in range(2000) if conforming.is_drawn(number)}
    assert 140 < len(drawn) < 260
    monkeypatch.setattr(conforming, "is_drawn", lambda task_id: task_id == reviews[0])
    for task in reviews:
        opened(walk, task)
    for _ in range(2):
        plans = said(walk, chosen(walk, reviews))
        assert plans[0] == ("refused", conforming.DRAWN)
        assert [plan for plan, _ in plans[1:]] == ["do", "do"]


def test_who_may_not_decide_one_is_refused_for_that_one(walk: Walk, reviews: list[int]):
    for task in reviews:
        opened(walk, task)
    walk.people["another"] = walk.person("40000031", "sgtd")
    with walk.writing() as session:
        session.get_one(Task, reviews[0]).assignee_id = walk.people["another"]
        entity = session.get_one(Task, reviews[1]).entity
        assert isinstance(entity, Entity)
        session.get_one(Task, reviews[2]).role = "sip"
    plans = said(walk, chosen(walk, reviews))
    assert [plan for plan, _ in plans] == ["refused", "do", "refused"]
    assert plans[0][1].startswith("La tarea la tiene ")
    assert plans[2][1] == "No puedes decidir esta tarea."


def test_papers_opened_by_another_person_do_not_count(walk: Walk, reviews: list[int]):
    opened(walk, reviews[0], "sip")
    ((plan, message), *_) = said(walk, chosen(walk, reviews))
    assert plan == "refused"
    assert message.startswith("Falta que abras: ")


def test_two_at_once_and_a_killed_worker_answer_each_once(walk: Walk, reviews: list[int]):
    for task in reviews:
        opened(walk, task)
    place = chosen(walk, reviews)
    number, engine = int(place.rsplit("/", 1)[1]), walk.app.extensions["engine"]
    clients = [walk.browser("sgtd"), walk.browser("sgtd")]

    def work() -> None:
        with walk.app.app_context():
            doing.work(engine, number)

    with walk.writing() as session:
        assert doing.confirm(session, number, 3, walk.people["sgtd"])
    assert killed(walk.app, work, "before_commit", 2)
    together(*(lambda c=c: c.post(f"{place}/seguir") for c in clients))
    work()
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    with walk.reading() as session:
        done = session.scalars(
            select(LogEntry.task_id).where(
                LogEntry.kind == "task.completed", LogEntry.task_id.in_(reviews)
            )
        )
        assert sorted(filter(None, done)) == sorted(reviews)


def test_what_the_single_review_shows_as_unusual_is_left_out(walk: Walk, reviews: list[int]):
    """A person of the roster whose address receives no mail; a sentence of the form itself."""
    for number in reviews:
        opened(walk, number)
    with walk.writing() as session:
        task = session.get_one(Task, reviews[0])
        roster = records.roster.read(Case(session, task.entity, task.instance)) or []
        assert {row["email"] for row in roster} > {"relacion@example.pe"}
        email = next(one for one in sorted(row["email"] for row in roster) if "relacion" not in one)
        session.add(Address(address=email.casefold(), dead_at=calendar.now()))
    place = chosen(walk, reviews[:1])
    ((plan, message),) = said(walk, place)
    assert plan == "refused"
    assert message.startswith("No reciben correos las direcciones de ")
    with walk.writing() as session:
        session.execute(update(PersonnelRow).where(PersonnelRow.number == 1).values(email=""))
    ((plan, message),) = said(walk, chosen(walk, reviews[1:2]))
    assert (plan, message) == ("refused", "La relación tiene 1 fila sin correo.")
    assert f'href="/tareas/{reviews[0]}"' in walk.browser("sgtd").get(place).text
    other = walk.browser("sip").get(place).text
    assert f'href="/tareas/{reviews[0]}"' not in other, "it is not a task of the SIP"
