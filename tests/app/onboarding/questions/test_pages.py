"""The pages of questions: refusals, values shown as text, and the access of each role."""

from __future__ import annotations

import html
import io
import re

import pytest
from sqlalchemy import select

from app.base.models import FileUse, Incoming, Question, QuestionMessage, Task, User
from forms.fields import documents
from tests.app import cast
from tests.app.cases.questions.raised import (
    STEP,
    SUBJECT,
    TEXT,
    act,
    mails,
    raised,
    reply,
    texts,
)
from tests.app.mailroom.noticed import observe
from tests.app.walk import CODE, Walk, sample_pdf
from tests.pages import CheckingClient

LIST = f"/entidades/{CODE}/consultas"
NEW = f"{LIST}/nueva"
FILLED = {"once": "una-vez-1", "subject": SUBJECT, "text": TEXT}


def count(walk: Walk, model: type) -> int:
    return cast.count(walk.app, model)


def ask_url(walk: Walk, step: str = STEP) -> str:
    return f"{NEW}?paso={walk.task(step).id}"


@pytest.mark.nightly
@pytest.mark.postgresql
def test_from_a_step_to_the_answer_and_back(begun: Walk):
    step = (
        begun.browser("preparer").get(f"/tareas/{begun.task(STEP).id}", follow_redirects=True).text
    )
    assert html.escape(ask_url(begun)) in step
    sent = begun.browser("preparer").post(ask_url(begun), data=FILLED | {"blocks": "y"})
    assert sent.status_code == 303
    assert begun.row().holder == "sip"
    page = sent.headers["Location"]
    for first in ("/hoy", "/pendientes", "/consultas"):
        assert SUBJECT in begun.browser("sip").get(first).text
        assert SUBJECT not in begun.browser("sgtd").get(first).text
    answer = {"once": "una-vez-2", "text": "Firma quien haga sus veces."}
    assert begun.browser("sip").post(page, data=answer).status_code == 303
    assert begun.row().holder == "entity"
    assert "Firma quien haga sus veces." in begun.browser("preparer").get(page).text
    assert SUBJECT in begun.browser("preparer").get(f"/entidades/{CODE}").text
    assert SUBJECT not in begun.browser("sip").get("/consultas").text


@pytest.mark.nightly
def test_the_same_form_sent_twice_is_one_question_with_one_paper(walk: Walk):
    walk.begin()
    browser = walk.browser("preparer")
    answers = [
        browser.post(NEW, data=FILLED | {"paper": (io.BytesIO(sample_pdf()), "a.pdf")})
        for _ in range(2)
    ]
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert (count(walk, Question), count(walk, QuestionMessage), count(walk, FileUse)) == (1, 1, 1)
    assert len(mails(walk)) == 1


@pytest.mark.nightly
def test_a_question_of_20_megabytes_is_refused(begun: Walk, monkeypatch: pytest.MonkeyPatch):
    browser = begun.browser("preparer")
    assert browser.post(NEW, data=FILLED | {"text": "a" * 20_000_000}).status_code == 413
    monkeypatch.setattr(documents, "LIMIT", len(sample_pdf()) - 1)
    paper = {"paper": (io.BytesIO(sample_pdf()), "a.pdf")}
    assert "más de 10 MB" in browser.post(NEW, data=FILLED | paper).text
    assert count(begun, Question) == 0


def test_a_paper_that_is_no_pdf_is_refused(walk: Walk):
    data = FILLED | {"paper": (io.BytesIO(b"<script>"), "a.pdf")}
    answer = walk.browser("preparer").post(NEW, data=data)
    assert answer.status_code == 422
    assert (count(walk, Question), count(walk, FileUse)) == (0, 0)


@pytest.mark.nightly
def test_markup_is_text_on_every_page(begun: Walk):
    markup = "<script>alert(1)</script><b>negrita</b>"
    data = FILLED | {"subject": markup, "text": markup}
    page = begun.browser("preparer").post(NEW, data=data).headers["Location"]
    reply(begun, mails(begun)[0], f"{markup} otra vez", "otro@example.org")
    places = [begun.browser("sip").get(one).text for one in ("/hoy", "/pendientes", "/consultas")]
    reply(begun, mails(begun)[0], f"{markup}\n> {markup}")
    places += [begun.browser("sip").get(one).text for one in (page, LIST)]
    for shown in places:
        assert html.escape(markup) in shown
        assert markup not in shown


def test_quoted_text_is_folded(begun: Walk):
    number = raised(begun)
    reply(begun, mails(begun)[0], "Firma quien haga sus veces.\n> lo de antes")
    shown = begun.browser("preparer").get(f"{LIST}/{number}").text
    folded = re.search(r"<details[^>]*thread__quoted.*?</details>", shown, re.DOTALL)
    assert folded is not None
    assert "lo de antes" in folded[0]


@pytest.mark.nightly
def test_a_legal_term_says_that_no_question_stops_it_and_offers_no_mark(walk: Walk):
    observe(walk, "correct_designation")
    walk.acknowledge("correct_designation")
    url = ask_url(walk, "correct_designation")
    page = walk.browser("preparer").get(url).text
    assert "Tu consulta no detiene el plazo de subsanación, que vence el " in page
    assert 'name="blocks"' not in page
    walk.browser("preparer").post(url, data=FILLED | {"blocks": "y"})
    assert (walk.row().holder, walk.task("correct_designation").question_since_at) == (
        "entity",
        None,
    )


@pytest.mark.nightly
def test_a_step_without_clocks_says_in_whose_hands_it_is_and_counts_no_days(walk: Walk):
    walk.begin_at("induction")
    step = "register_authority_change"
    url = f"{NEW}?paso={walk.task(step, walk.begin('change_authority')).id}"
    browser = walk.browser("preparer")
    assert "este paso figura en manos de la PCM" in browser.get(url).text
    page = browser.post(url, data=FILLED | {"blocks": "y"}).headers["Location"]
    said = browser.get(page).text
    assert "No puede seguir sin la respuesta: está en manos de la PCM desde " in said
    assert "días se cuentan" not in said


@pytest.mark.nightly
def test_the_steps_of_others_take_no_questions(begun: Walk):
    with begun.writing() as session:
        other = cast.entity(session, "E90002")
        cast.person(session, "40000041", "preparer", other)
    foreign = cast.signed_in(begun.app, "40000041")
    assert (
        foreign.get(f"/entidades/E90002/consultas/nueva?paso={begun.task(STEP).id}").status_code
        == 404
    )
    number = raised(begun)
    assert foreign.get(f"/entidades/E90002/consultas/{number}").status_code == 404
    assert foreign.get(f"{LIST}/{number}").status_code == 404
    with begun.writing() as session:
        session.get_one(Task, begun.task(STEP).id).role = "sip"
    for bad in (begun.task(STEP).id, 999999, "x", "-1", "9" * 30):
        assert begun.browser("preparer").get(f"{NEW}?paso={bad}").status_code == 404


@pytest.mark.nightly
def test_a_mail_that_waits_is_taken_by_a_click_once(begun: Walk):
    number = raised(begun)
    reply(begun, mails(begun)[0], "Soy yo, desde mi casa.", "otro@example.org")
    letter = begun.one(select(Incoming.id))
    page, browser = f"{LIST}/{number}", begun.browser("sip")
    assert "Un correo espera que digas de quién es" in browser.get(page).text
    assert "Un correo espera" not in begun.browser("preparer").get(page).text
    take = f"{page}/correos/{letter}"
    assert browser.post(take, data={"whose": "someone"}).status_code == 404
    assert browser.post(take, data={"whose": "pcm"}).status_code == 303
    browser.post(take, data={"whose": "entity"})
    assert texts(begun, number) == [(False, TEXT), (True, "Soy yo, desde mi casa.")]
    other = raised(begun, key="b")
    assert (
        browser.post(f"{LIST}/{other}/correos/{letter}", data={"whose": "pcm"}).status_code == 404
    )


def test_a_mail_that_a_coordinator_took_has_its_own_sender(begun: Walk):
    number = raised(begun)
    other = begun.person("40000077", "sip")
    reply(begun, mails(begun)[0], "Soy yo, desde mi casa.", "otro@example.org")
    with begun.writing() as session:
        row = session.scalars(select(Incoming)).one()
        letter, row.sender = row.id, "DNI 40000088 <otro@example.org>"
        coordinator = begun.user(session, "sip").full_name
        entity, colleague = row.entity.name, session.get_one(User, other).email
    page = f"{LIST}/{number}"
    begun.browser("sip").post(f"{page}/correos/{letter}", data={"whose": "entity"})
    shown = begun.browser("preparer").get(page).text
    assert "<strong>DNI *****088 &lt;otro@example.org&gt;</strong>, de la entidad" in shown
    assert f"No se comprobó quién es: {coordinator}, de la PCM, indicó que es de la" in shown
    assert f"<strong>{coordinator}</strong>" not in shown
    body = [mail for mail in mails(begun) if mail.to == colleague][-1].body
    assert "DNI *****088 <otro@example.org> escribe por correo." in body
    assert f"{coordinator}, de {entity}, escribe" not in body


def test_the_reason_to_differ_is_needed(begun: Walk):
    number = raised(begun, blocks=True)
    page = f"{LIST}/{number}/puede-seguir"
    assert (
        begun.browser("sip").post(page, data={"once": "una-vez-3", "text": "No"}).status_code == 422
    )
    assert begun.row().holder == "sip"
    data = {"once": "una-vez-3", "text": "El paso no depende de la firma."}
    assert begun.browser("sip").post(page, data=data).status_code == 303
    assert begun.row().holder == "entity"


def test_closing_and_reopening_by_page(begun: Walk):
    number = raised(begun)
    browser: CheckingClient = begun.browser("sip")
    browser.post(f"{LIST}/{number}/cerrar")
    assert "Reabrir la consulta" in browser.get(f"{LIST}/{number}").text
    browser.post(f"{LIST}/{number}/reabrir")
    assert "Cerrar la consulta" in browser.get(f"{LIST}/{number}").text
    act(begun, "answer", number, "sip", "Listo.", "z")
    assert "Respondida" in browser.get(LIST).text
