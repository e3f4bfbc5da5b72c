"""Answers by mail: those that count, those that wait for a click, those without any effect."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from sqlalchemy import select

from app.base.models import Incoming, Mail, Notice, Question
from app.cases.questions import by_mail, letters, quoting
from app.mailroom.incoming.receiving import receive
from app.mailroom.sending import message, return_path
from app.mailroom.spool import MOST_BYTES
from tests.app import cast
from tests.app.cases.questions.raised import TEXT, act, mails, question, raised, reply, texts
from tests.app.walk import CODE, Walk

ANSWER = "Firma quien haga sus veces."


@pytest.fixture
def number(walk: Walk) -> int:
    walk.begin()
    return raised(walk)


def waits(walk: Walk) -> list[str]:
    """Return the mails that wait for a click."""
    query = select(Notice).where(Notice.kind == by_mail.NOTICE, Notice.done_at.is_(None))
    return [notice.data["person"] for notice in walk.all(query)]


def test_the_reply_address_of_a_mail_about_a_question_is_its_own(walk: Walk, number: int):
    with walk.writing() as session:
        mail = session.scalars(select(Mail).where(Mail.kind == letters.TO_PCM)).one()
        made = message.build(session, mail)
        assert made["Reply-To"] != made["From"]
        assert f"+{mail.id}-" in made["Reply-To"]


@pytest.mark.postgresql
def test_an_answer_from_a_known_address_counts_without_what_it_quotes(walk: Walk, number: int):
    (mail,) = mails(walk)
    quoted = (
        f"{ANSWER}\n\nEl lun, 2 mar 2026 a las 9:00, Zaguán\n<ayuda@example.pe> escribió:\n> {TEXT}"
    )
    row = reply(walk, mail, quoted)
    assert (row.kind, row.question_id) == ("answer", number)
    assert texts(walk, number) == [(False, TEXT), (True, ANSWER)]
    assert question(walk, number).state == "answered"
    assert [mail.to for mail in mails(walk, letters.TO_ENTITY)] == ["persona.011@example.pe"]
    assert waits(walk) == []
    assert reply(walk, mail, quoted) is None
    assert len(texts(walk, number)) == 2


def test_the_entity_answers_by_mail_by_the_same_rules(walk: Walk, number: int):
    act(walk, "answer", number, "sip", ANSWER, "c")
    (mail,) = mails(walk, letters.TO_ENTITY)
    reply(walk, mail, "¿Y si tampoco está?")
    assert texts(walk, number)[-1] == (False, "¿Y si tampoco está?")
    assert question(walk, number).state == "waiting"


@pytest.mark.parametrize(
    ("sender", "token"),
    [
        ("otro@example.org", True),  # the token, from an address of no user
        ("persona.021@example.pe", False),  # the coordinator's address, without the token
        ("persona.023@example.pe", True),  # a person of the PCM who answers no questions
    ],
)
def test_a_forged_sender_waits_for_a_click(walk: Walk, number: int, sender: str, token: bool):
    (mail,) = mails(walk)
    reply(walk, mail, ANSWER, sender, token=token)
    assert texts(walk, number) == [(False, TEXT)]
    assert question(walk, number).state == "waiting"
    assert waits(walk) == [f"Alguien <{sender}>"]


def test_a_person_of_another_entity_does_not_write_in_this_one(walk: Walk, number: int):
    with walk.writing() as session:
        other = cast.entity(session, "E90002")
        cast.person(session, "40000041", "preparer", other)
    act(walk, "answer", number, "sip", ANSWER, "c")
    (mail,) = mails(walk, letters.TO_ENTITY)
    reply(walk, mail, "Soy de otra entidad.", "persona.041@example.pe")
    assert len(texts(walk, number)) == 2
    assert len(waits(walk)) == 1


def test_an_answer_goes_to_the_question_of_its_token_whatever_it_quotes(walk: Walk, number: int):
    second = raised(walk, key="b")
    first_mail, second_mail = mails(walk)
    first_mail.message_id = second_mail.message_id
    reply(walk, first_mail, ANSWER)
    assert texts(walk, number)[-1] == (True, ANSWER)
    assert texts(walk, second) == [(False, TEXT)]


def test_a_mail_of_the_entity_opens_a_closed_question_and_a_forged_one_does_not(
    walk: Walk, number: int
):
    act(walk, "answer", number, "sip", ANSWER, "c")
    act(walk, "close", number, "sip")
    (mail,) = mails(walk, letters.TO_ENTITY)
    reply(walk, mail, "Gracias", "otro@example.org")
    assert question(walk, number).state == "closed"
    reply(walk, mail, "Todavía no queda claro.")
    assert question(walk, number).state == "waiting"


def test_a_mail_with_nothing_but_a_paper_waits(walk: Walk, number: int):
    (mail,) = mails(walk)
    paper = EmailMessage()
    with walk.app.app_context():
        paper["From"], paper["To"] = mail.to, return_path.make(mail.id)
    paper["Message-ID"] = "<solo-un-papel@example.pe>"
    paper.set_content("\n")
    paper.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a.pdf")
    with walk.writing() as session:
        row = receive(session, paper.as_bytes())
        assert row is not None
        assert "a.pdf" in row.body
    assert texts(walk, number) == [(False, TEXT)]
    assert len(waits(walk)) == 1


@pytest.mark.parametrize("text", ["", "> Solo lo citado", "   \n\n"])
def test_a_mail_without_a_text_of_its_own_waits(walk: Walk, number: int, text: str):
    (mail,) = mails(walk)
    reply(walk, mail, text)
    assert texts(walk, number) == [(False, TEXT)]
    assert len(waits(walk)) == 1


def test_a_mail_in_html_is_a_message_of_plain_text(walk: Walk, number: int):
    (mail,) = mails(walk)
    written = f"<p>{ANSWER}</p><script>alert(1)</script><img src='https://example.org/a.png'>"
    reply(walk, mail, written, kind="html")
    assert texts(walk, number)[1:] == [(True, ANSWER)]
    page = walk.browser("preparer").get(f"/entidades/{CODE}/consultas/{number}").text
    assert ANSWER in page
    assert "alert(1)" not in page
    assert "example.org" not in page


def test_a_mail_of_more_than_20_megabytes_was_read_in_part_and_waits(walk: Walk, number: int):
    (mail,) = mails(walk)
    reply(walk, mail, ANSWER, size=MOST_BYTES + 1, digest="0" * 64)
    assert texts(walk, number) == [(False, TEXT)]
    assert question(walk, number).state == "waiting"
    assert len(waits(walk)) == 1


@pytest.mark.nightly
def test_two_programs_that_answer_each_other_come_to_an_end(walk: Walk, number: int):
    (mail,) = mails(walk)
    for count in range(by_mail.MOST_A_DAY + 3):
        reply(walk, mail, f"Respuesta {count}")
    assert len(texts(walk, number)) == 1 + by_mail.MOST_A_DAY
    assert len(waits(walk)) == 3


@pytest.mark.parametrize(("side", "of_pcm"), [("entity", False), ("pcm", True)])
def test_a_click_says_whose_a_waiting_mail_is(walk: Walk, number: int, side: str, of_pcm: bool):
    (mail,) = mails(walk)
    reply(walk, mail, ANSWER, "otro@example.org")
    with walk.writing() as session:
        row = session.scalars(select(Incoming)).one()
        found, actor = session.get_one(Question, number), walk.user(session, "sip")
        assert by_mail.accept(session, found, row, actor, side)
        assert not by_mail.accept(session, found, row, actor, side)
    assert texts(walk, number)[-1] == (of_pcm, ANSWER)
    assert waits(walk) == []


def test_a_discarded_mail_is_no_message(walk: Walk, number: int):
    (mail,) = mails(walk)
    reply(walk, mail, ANSWER, "otro@example.org")
    with walk.writing() as session:
        row = session.scalars(select(Incoming)).one()
        found, actor = session.get_one(Question, number), walk.user(session, "sip")
        assert by_mail.discard(session, found, row, actor)
    assert texts(walk, number) == [(False, TEXT)]
    assert (waits(walk), len(walk.entries("question.mail_discarded"))) == ([], 1)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (f"Sí.\n--- {quoting.ABOVE} ---\nlo nuestro", "Sí."),
        ("Sí.\n\nEl 2/3/2026, Zaguán <a@example.pe> escribió:\nviejo", "Sí."),
        ("Sí.\nOn Mon, Mar 2, 2026 at 9:00 AM Zaguán\n<a@example.pe> wrote:\n> viejo", "Sí."),
        ("Sí.\n-----Mensaje original-----\nviejo", "Sí."),
        ("Sí.\n________________________________\nDe: Zaguán", "Sí."),
        ("Sí.\n\nDe: Zaguán <a@example.pe>\nEnviado: lunes", "Sí."),
        ("El alcalde escribió: firmo yo.\nGracias", "El alcalde escribió: firmo yo.\nGracias"),
        ("> Quien firma\nSí", ""),
    ],
)
def test_own_and_quoted_text_are_separated(text: str, own: str):
    assert quoting.split(text)[0] == own
