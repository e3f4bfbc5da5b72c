"""«No puedo seguir sin la respuesta»: which party the days count for, from mark to answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Holding, ProcessInstance, Question, Task
from app.cases import custody, processes
from app.cases.questions import letters, listing, marks
from app.cases.status import facts, sentences
from tests.app.cases.questions.raised import STEP, act, mails, question, raised, task_of
from tests.app.mailroom.noticed import observe
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


def blocks(walk: Walk, number: int) -> bool:
    """Return whether lists and pages say that a question's step waits for the answer."""
    with walk.reading() as session:
        return listing.row_of(session, session.get_one(Question, number), calendar.now()).blocks


def agree(walk: Walk) -> dict[str, int]:
    """Return the days of each party: they sum up, and the log alone gives the same intervals."""
    with walk.writing() as session:
        row = walk.instance(session)
        clocks = custody.clocks_of(session, [row], calendar.now())[row.id]
        working = calendar.calendar_of(session, row.entity)
        whole = working.ended_between(row.started_at, row.ended_at or calendar.now())
        assert clocks.total == sum(clocks.parties.values()) == whole
        assert not custody.rebuild(session, row)
        session.rollback()
        return {party: days for party, days in clocks.parties.items() if days}


def test_the_days_from_the_mark_to_the_answer_are_the_pcms(begun: Walk, clock: Clock):
    due_at = begun.task(STEP).due_at
    clock.forward(days=7)
    assert agree(begun) == {"entity": 5}
    number = raised(begun, blocks=True)
    assert (begun.row().holder, question(begun, number).blocks_since_at) == ("sip", calendar.now())
    clock.forward(days=7)
    act(begun, "answer", number, "sip", "Puede firmar quien haga sus veces.", "c")
    assert (begun.row().holder, task_of(begun, number).question_since_at) == ("entity", None)
    clock.forward(days=7)
    assert agree(begun) == {"entity": 10, "sip": 5}
    assert begun.task(STEP).due_at == due_at
    begun.assert_consistent()


@pytest.mark.parametrize("act_name", ["close", "answer"])
def test_two_marked_questions_keep_the_step_until_the_last_is_over(begun: Walk, act_name: str):
    first, second = (raised(begun, blocks=True, key=key) for key in ("a", "b"))
    said = ("Listo.", "c") if act_name == "answer" else ()
    act(begun, act_name, first, "sip", *said)
    assert begun.row().holder == "sip"
    act(begun, "close", second, "preparer")
    assert begun.row().holder == "entity"
    assert len(begun.entries("task.question_blocks")) == 1
    assert len(begun.entries("task.question_over")) == 1
    agree(begun)


def test_a_coordinator_may_differ_with_a_reason_and_the_question_still_waits(
    begun: Walk, clock: Clock
):
    number = raised(begun, blocks=True)
    clock.forward(days=7)
    why = "La relación de personal no depende de la firma."
    assert act(begun, "differ", number, "sip", why, "c", kind="differs")
    assert (begun.row().holder, question(begun, number).state) == ("entity", "waiting")
    (over,) = begun.entries("task.question_over")
    assert over.data["reason"] == why
    (mail,) = mails(begun, letters.TO_ENTITY)
    assert why in mail.body
    assert mail.subject.startswith("Puedes seguir con el paso")
    assert not act(begun, "differ", number, "sip", why, "d", kind="differs")
    clock.forward(days=7)
    assert agree(begun) == {"entity": 5, "sip": 5}


@pytest.mark.nightly
def test_a_legal_term_is_never_marked(walk: Walk):
    observe(walk, "correct_designation")
    task = walk.task("correct_designation")
    assert task.due_kind == "legal"
    number = raised(walk, "correct_designation", blocks=True)
    assert (walk.row().holder, question(walk, number).blocks_since_at) == ("entity", None)
    assert not walk.entries("task.question_blocks")
    assert marks.legal_day(task) == (True, None)


def test_an_answer_to_the_step_ends_its_mark(begun: Walk, clock: Clock):
    number = raised(begun, blocks=True)
    assert blocks(begun, number)
    clock.forward(days=7)
    begun.answer(STEP)
    assert begun.row().holder == "entity"
    assert question(begun, number).state == "waiting"
    assert not blocks(begun, number)
    assert not act(begun, "differ", number, "sip", "Ya no hace falta.", "d", kind="differs")
    act(begun, "answer", number, "sip", "Tarde, pero aquí está.", "c")
    assert not begun.entries("task.question_over")
    clock.forward(days=7)
    assert agree(begun) == {"entity": 5, "sip": 5}


def test_a_suspended_process_and_its_return_keep_the_mark(begun: Walk, clock: Clock):
    number = raised(begun, blocks=True)
    begun.act(processes.suspend, "Lo pide la prueba")
    assert begun.row().holder == "suspended"
    clock.forward(days=7)
    begun.act(processes.resume, "Lo pide la prueba")
    assert begun.row().holder == "sip"
    act(begun, "close", number, "sip")
    agree(begun)


def test_a_step_sent_back_starts_without_a_mark(begun: Walk):
    number = raised(begun, blocks=True)
    begun.answer(STEP)
    begun.act(processes.send_back, STEP, "Lo pide la prueba")
    assert (begun.row().holder, begun.task(STEP).question_since_at) == ("entity", None)
    act(begun, "close", number, "sip")
    agree(begun)


def test_a_question_on_no_step_takes_no_mark(begun: Walk):
    raised(begun, "", blocks=True)
    with begun.reading() as session:
        blocked = select(Question.id).where(Question.blocks_since_at.is_not(None))
        assert session.scalars(blocked).all() == []
        assert session.scalar(select(Task.id).where(Task.question_since_at.is_not(None))) is None


@pytest.mark.nightly
def test_a_marked_step_of_a_side_process_is_the_pcms_and_no_clock_moves(walk: Walk, clock: Clock):
    walk.begin_at("induction")
    step, path, held = "register_authority_change", walk.id, walk.row().holder
    other = walk.begin("change_authority")
    number = raised(walk, step, instance=other, blocks=True)
    assert (hands(walk, step, other), blocks(walk, number)) == ("sip", True)
    assert "la SIP, que debe responder una consulta," in said_of(walk, step, other)
    assert walk.row(path).holder == held, "only the path decides who holds the case"
    clock.forward(days=7)
    act(walk, "answer", number, "sip", "Puede firmar quien haga sus veces.", "c")
    assert (hands(walk, step, other), blocks(walk, number)) == ("authority", False)
    with walk.writing() as session:
        for instance in (path, other):
            assert not custody.rebuild(session, session.get_one(ProcessInstance, instance))
        assert (
            session.scalars(select(Holding.party).where(Holding.instance_id == other)).all() == []
        )


def hands(walk: Walk, step: str, instance: int) -> str:
    """Return the role in whose hands an open step is."""
    with walk.reading() as session:
        return custody.pair_of(walk.find(session, step, instance))[1]


def said_of(walk: Walk, step: str, instance: int) -> str:
    """Return what the entity's page says about an open step."""
    with walk.reading() as session:
        task = walk.find(session, step, instance)
        known = facts.read(session, [task.instance], calendar.now())
        return sentences.of_task(known[instance], task)


def test_rebuilding_makes_the_same_again_from_the_log_alone(begun: Walk, clock: Clock):
    number = raised(begun, blocks=True)
    clock.forward(days=7)
    act(begun, "answer", number, "sip", "Puede firmar quien haga sus veces.", "c")
    clock.forward(days=1)
    with begun.writing() as session:
        before = [(h.stage, h.party, h.since_at, h.until_at) for h in held(session)]
        session.execute(update(Holding).values(party="date"))
        assert custody.rebuild(session, begun.instance(session))
        after = [(h.stage, h.party, h.since_at, h.until_at) for h in held(session)]
    assert before == after
    assert [party for _, party, _, _ in after][-1] == "sip"


def held(session: Session) -> Sequence[Holding]:
    return session.scalars(select(Holding).order_by(Holding.id)).all()
