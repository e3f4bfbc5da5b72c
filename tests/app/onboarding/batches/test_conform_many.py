"""Conformity to many presentations: green, opened by the person, a tenth drawn by lot."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import Address, Batch, Entity, Filing, LogEntry, PersonnelRow, Task
from app.cases import records
from app.cases.case import Case
from app.cases.history import lines
from app.onboarding.batches import doing
from app.onboarding.batches.kinds.acts import lot
from tests.app.onboarding.batches.batched import confirm, plans_of, rows_of
from tests.app.onboarding.batches.reviewable import opened, papers, presented
from tests.app.together import killed, together
from tests.app.walk import Walk

BAR = "/entidades/lotes/elegidas"
CODES = ("E90001", "E90002", "E90003")


@pytest.fixture
def reviews(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Bring three entities to their review, none of them drawn. Return the tasks."""
    monkeypatch.setattr(lot, "without_drawn", lambda *given: list(given[-1]))
    return [presented(walk, code) for code in CODES]


def chosen(walk: Walk, tasks: list[int]) -> str:
    """Choose tasks in the list of tasks. Return the address of their batch."""
    answer = walk.browser("sgtd").post(BAR, data={"acto": "conformidad", "tarea": tasks})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


@pytest.mark.nightly
def test_green_and_opened_presentations_get_conformity_in_a_batch(walk: Walk, reviews: list[int]):
    for task in reviews[:2]:
        opened(walk, task)
    place = chosen(walk, reviews)
    plans = plans_of(walk, place)
    assert [plan for plan, _ in plans] == ["do", "do", "refused"]
    assert plans[2][1].startswith("Falta que abras: ")
    page = walk.browser("sgtd").get(place).text
    assert f'href="/tareas/{reviews[2]}"' in page, "the others are opened singly"
    page = confirm(walk.browser("sgtd"), place, 2)
    assert page.count("Se dio conformidad, en lote.") == 2
    states = [walk.get(Task, task) for task in reviews]
    assert [task.outcome for task in states] == ["accepted", "accepted", ""]
    of_first = LogEntry.kind == "task.completed", LogEntry.task_id == reviews[0]
    with walk.reading() as session:
        entry = session.scalars(select(LogEntry).where(*of_first)).one()
        assert lines.describe(entry).who.endswith(", en lote")


@pytest.mark.nightly
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
    plans = plans_of(walk, chosen(walk, reviews))
    assert {plan for plan, _ in plans} == {"refused"}
    assert "La verifica quien revisa." in plans[0][1]
    assert "no se pudo comprobar" in plans[1][1]
    assert "Ya se observó antes" in plans[2][1]


@pytest.mark.parametrize(("able", "drawn"), [(1, 1), (2, 1), (10, 1), (11, 2), (500, 50)])
def test_one_in_ten_is_drawn_and_the_draw_can_be_repeated(able: int, drawn: int):
    """What earlier lots drew does not count in it."""
    batch, ids = Batch(data={}), range(1, able + 1)
    chosen = lot._draw(batch, ids, [7001, 7002])
    stored = batch.data["lot"]
    assert len(chosen) == drawn
    assert lot.in_lot_order(stored["seed"], ids)[:drawn] == chosen
    assert (stored["of"], stored["drawn"]) == (able, sorted(chosen))
    assert stored["earlier"] == [7001, 7002]
    assert lot._draw(batch, [], chosen) == []


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_drawn_presentation_waits_for_a_second_look_and_no_batch_does_it(
    walk: Walk, reviews: list[int], monkeypatch: pytest.MonkeyPatch
):
    """A batch of before the draw, a second dry run, and another person who looks again."""
    for task in reviews:
        opened(walk, task)
    before = chosen(walk, reviews)  # in which nothing was drawn
    monkeypatch.undo()
    monkeypatch.setattr(doing, "AT_ONCE", 300.0)
    place = chosen(walk, reviews)
    drawn = [
        task for task, (plan, _) in zip(reviews, plans_of(walk, place), strict=True) if plan != "do"
    ]
    assert len(drawn) == 1
    assert (("refused", lot.DRAWN)) in plans_of(walk, place)
    again = chosen(walk, reviews)
    assert plans_of(walk, again) == plans_of(walk, place), "nothing more is drawn"
    (left,) = [plans_of(walk, chosen(walk, [task])) for task in reviews if task not in drawn][:1]
    assert [plan for plan, _ in left] == ["do"], "what took part in a lot takes part in no other"
    page = confirm(walk.browser("sgtd"), before, 3)
    assert page.count("Se dio conformidad, en lote.") == 2
    assert walk.browser("sgtd").get(place).text.count("Falta la segunda mirada.") == 1
    listed = walk.browser("sgtd").get("/pendientes?sorteo=salio").text
    assert re.findall(r'strong" href="/tareas/(\d+)', listed) == [str(drawn[0])]
    walk.people["another"] = walk.person("40000031", "sgtd")
    with walk.writing() as session:
        instance = session.get_one(Task, drawn[0]).instance_id
    walk.answer("review_personnel", instance=instance, by="another")
    page = walk.browser("sgtd").get(place).text
    assert re.search(r"Persona Ejemplo 031 (dio conformidad|la observó) el ", page), page
    assert "Falta la segunda mirada." not in page
    assert f'href="/tareas/{drawn[0]}"' not in page, "it is decided"


@pytest.mark.nightly
def test_the_reviews_of_many_are_read_at_once(walk: Walk, reviews: list[int]):
    """The papers, the log and the bars of all rows; only what decides is read of each case."""
    counts = []
    for ids in (reviews[:1], reviews):
        with walk.statements() as sent:
            assert {plan for plan, _ in plans_of(walk, chosen(walk, ids))} == {"refused"}
        counts.append(len(sent))
    assert counts[0] == counts[1]


@pytest.mark.nightly
def test_who_may_not_decide_one_is_refused_for_that_one(walk: Walk, reviews: list[int]):
    for task in reviews:
        opened(walk, task)
    walk.people["another"] = walk.person("40000031", "sgtd")
    with walk.writing() as session:
        session.get_one(Task, reviews[0]).assignee_id = walk.people["another"]
        entity = session.get_one(Task, reviews[1]).entity
        assert isinstance(entity, Entity)
        session.get_one(Task, reviews[2]).role = "sip"
    plans = plans_of(walk, chosen(walk, reviews))
    assert [plan for plan, _ in plans] == ["refused", "do", "refused"]
    assert plans[0][1].startswith("La tarea la tiene ")
    assert plans[2][1] == "No puedes decidir esta tarea."


@pytest.mark.nightly
def test_papers_opened_by_another_person_do_not_count(walk: Walk, reviews: list[int]):
    opened(walk, reviews[0], "sip")
    ((plan, message), *_) = plans_of(walk, chosen(walk, reviews))
    assert plan == "refused"
    assert message.startswith("Falta que abras: ")


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_at_once_and_a_killed_worker_answer_each_once(walk: Walk, reviews: list[int]):
    for task in reviews:
        opened(walk, task)
    place = chosen(walk, reviews)
    number, engine = int(place.rsplit("/", 1)[1]), walk.engine
    clients = [walk.browser("sgtd"), walk.browser("sgtd")]

    def work() -> None:
        with walk.app.app_context():
            doing.work(engine, number)

    assert walk.commit(doing.confirm, number, 3, walk.people["sgtd"])
    assert killed(walk.app, work, "before_commit", 2)
    together(*(lambda c=c: c.post(f"{place}/seguir") for c in clients))
    work()
    assert [row.result for row in rows_of(walk, place)] == ["done"] * 3
    done = walk.all(
        select(LogEntry.task_id).where(
            LogEntry.kind == "task.completed", LogEntry.task_id.in_(reviews)
        )
    )
    assert sorted(filter(None, done)) == sorted(reviews)


@pytest.mark.nightly
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
    ((plan, message),) = plans_of(walk, place)
    assert plan == "refused"
    assert message.startswith("No reciben correos las direcciones de ")
    walk.execute(update(PersonnelRow).where(PersonnelRow.number == 1).values(email=""))
    ((plan, message),) = plans_of(walk, chosen(walk, reviews[1:2]))
    assert (plan, message) == ("refused", "La relación tiene 1 fila sin correo.")
    assert f'href="/tareas/{reviews[0]}"' in walk.browser("sgtd").get(place).text
    other = walk.browser("sip").get(place).text
    assert f'href="/tareas/{reviews[0]}"' not in other, "it is not a task of the SIP"
