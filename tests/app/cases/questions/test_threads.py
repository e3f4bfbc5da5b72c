"""Questions: asked once, answered by page, closed and opened again; who has to answer them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Grant, Question, User
from app.cases.questions import letters, listing, terms, threads
from tests.app import cast
from tests.app.cases.questions.raised import SUBJECT, TEXT, act, mails, question, raised, texts
from tests.app.walk import CODE, Walk
from tests.conftest import Clock


@pytest.fixture
def number(walk: Walk) -> int:
    walk.begin()
    return raised(walk)


def waiting(walk: Walk, role: str) -> list[int]:
    """Return the questions that wait for a coordinator."""
    with walk.reading() as session:
        user = walk.user(session, role)
        return [row.id for row in listing.of_coordinator(session, user)]


def test_a_question_goes_to_the_party_of_its_stage_with_a_term(walk: Walk, number: int):
    found = question(walk, number)
    assert (found.state, found.role, found.term_days) == ("waiting", "sip", 3)
    assert texts(walk, number) == [(False, TEXT)]
    assert (waiting(walk, "sip"), waiting(walk, "sgtd")) == ([number], [])
    (mail,) = mails(walk)
    assert mail.to == "persona.021@example.pe"
    assert SUBJECT in mail.subject
    assert TEXT in mail.body
    assert f"/entidades/{CODE}/consultas/{number}" in mail.body


@pytest.mark.postgresql
def test_the_same_form_sent_twice_is_one_question(walk: Walk, number: int):
    assert raised(walk) == number
    assert len(walk.all(select(Question))) == 1
    act(walk, "write", number, "preparer", "Otra cosa", "b")
    act(walk, "write", number, "preparer", "Otra cosa", "b")
    assert texts(walk, number) == [(False, TEXT), (False, "Otra cosa")]
    assert len(mails(walk)) == 2


def test_the_answer_goes_back_to_its_author(walk: Walk, number: int):
    act(walk, "answer", number, "sip", "Firma quien haga sus veces.", "c")
    assert question(walk, number).state == "answered"
    assert waiting(walk, "sip") == []
    (mail,) = mails(walk, letters.TO_ENTITY)
    assert mail.to == "persona.011@example.pe"
    assert "Firma quien haga sus veces." in mail.body


def test_the_answer_goes_to_the_lane_if_its_author_has_left(walk: Walk, number: int):
    with walk.writing() as session:
        walk.user(session, "preparer").active = False
    act(walk, "answer", number, "sip", "Firma quien haga sus veces.", "c")
    assert [mail.to for mail in mails(walk, letters.TO_ENTITY)] == ["persona.012@example.pe"]


def test_the_answer_goes_to_the_office_if_no_person_can_be_reached(walk: Walk, number: int):
    with walk.writing() as session:
        place = cast.entity_of(session)
        place.contact_email = "mesa@example.pe"
        for grant in session.scalars(select(Grant).where(Grant.entity_id == place.id)):
            grant.user.active = False
    act(walk, "answer", number, "sip", "Firma quien haga sus veces.", "c")
    (mail,) = mails(walk, letters.TO_ENTITY)
    assert (mail.to, mail.user_id, mail.question_id) == ("mesa@example.pe", None, number)
    assert "Firma quien haga sus veces." in mail.body


def test_it_waits_for_who_is_in_charge_else_for_the_whole_party(walk: Walk, number: int):
    other = walk.person("40000029", "sip")
    with walk.writing() as session:
        place = cast.entity_of(session)
        place.sip_coordinator_id = other
    walk.people["other"] = other
    assert (waiting(walk, "sip"), waiting(walk, "other")) == ([], [number])
    walk.change(User, other, active=False)
    assert waiting(walk, "sip") == [number]


def test_it_is_late_after_its_term_in_working_days(walk: Walk, clock: Clock, number: int):
    with walk.reading() as session:
        found = session.get_one(Question, number)
        left, last = terms.due(session, found, calendar.now())
    assert left == 3
    assert last is not None
    clock.set(calendar.end_of(last) + timedelta(hours=1))
    with walk.reading() as session:
        rows = listing.of_coordinator(session, walk.user(session, "sip"))
        assert (rows[0].due_in, listing.late(rows)) == (-1, 1)


def test_the_entity_that_writes_again_opens_it_in_a_new_term(walk: Walk, clock: Clock, number: int):
    act(walk, "answer", number, "sip", "Firma quien haga sus veces.", "c")
    assert act(walk, "close", number, "sip")
    assert not act(walk, "close", number, "sip")
    clock.forward(days=7)
    act(walk, "write", number, "preparer", "¿Y si tampoco está?", "d")
    found = question(walk, number)
    assert (found.state, found.counted_on, found.closed_at) == ("waiting", calendar.today(), None)
    assert walk.entries("question.reopened")


@pytest.mark.parametrize(("by", "count"), [("sip", 1), ("preparer", 0)])
def test_a_question_that_the_pcm_closes_unanswered_leaves_a_mail(
    walk: Walk, number: int, by: str, count: int
):
    act(walk, "close", number, by)
    assert len(mails(walk, letters.TO_ENTITY)) == count


def test_a_further_message_does_not_move_the_term(walk: Walk, clock: Clock, number: int):
    before = question(walk, number).counted_on
    clock.forward(days=2)
    act(walk, "write", number, "preparer", "Es urgente.", "d")
    assert question(walk, number).counted_on == before


def test_an_answer_to_a_closed_question_leaves_it_closed(walk: Walk, number: int):
    act(walk, "close", number, "preparer")
    act(walk, "answer", number, "sip", "Por si acaso: firma el teniente alcalde.", "c")
    assert question(walk, number).state == "closed"
    assert act(walk, "reopen", number, "sip")
    assert not act(walk, "reopen", number, "sip")
    assert question(walk, number).state == "waiting"


def test_numbers_of_documents_go_into_no_mail_and_no_log(begun: Walk):
    number = raised(begun, key="n")
    act(begun, "write", number, "preparer", "Mi DNI 40000011 no entra.", "o")
    assert "40000011" not in mails(begun)[-1].body
    assert all("40000011" not in str(entry.data) for entry in begun.entries("question.written"))


def test_the_people_of_another_entity_ask_nothing_here(walk: Walk):
    with walk.writing() as session:
        other = cast.entity(session, "E90002")
        user = cast.person(session, "40000041", "preparer", other)
        place = cast.entity_of(session)
        assert threads.may_ask(user, other)
        assert not threads.may_ask(user, place)
