"""The outbox: mails are rows of the act that causes them, and a page shows them."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from sqlalchemy import func, select

from app import calendar, mail
from app.mail import TEMPLATES, Letter
from app.models import Mail, Task
from tests.app.walk import Walk


def test_a_step_that_opens_writes_to_those_who_answer_it(walk: Walk):
    walk.begin()
    (written,) = walk.mails("task")
    task = walk.task("designate_administrator")
    assert written.to == "persona.011@example.pe"
    assert written.entity_id == task.entity_id
    assert f"http://localhost/tareas/{task.id}" in written.body
    assert task.name in written.body
    assert "16 de marzo de 2026" in written.body
    assert written.created_at == calendar.now()
    assert written.sent_at is None


def test_a_legal_term_is_named_as_one(walk: Walk):
    walk.begin()
    for step in ("designate_administrator", "list_personnel", "file_designation"):
        walk.answer(step)
    walk.answer("record_reception", "observed")
    assert "plazo legal" in walk.mails("task")[-1].body


def test_of_the_pcm_the_coordinator_in_charge_is_written_to_else_all(walk: Walk):
    walk.person("40000031", "sip")
    walk.begin()
    for step in ("designate_administrator", "list_personnel"):
        walk.answer(step)
    walk.answer("file_designation")
    to_all = walk.mails("task")[-2:]
    assert {one.to for one in to_all} == {"persona.021@example.pe", "persona.031@example.pe"}
    with walk.writing() as session:
        task = walk.find(session, "record_reception")
        task.entity.sip_coordinator_id = walk.people["sip"]
    walk.answer("record_reception", "received")
    assert walk.mails("task")[-1].to == "persona.021@example.pe"
    assert len(walk.mails("task")) == 6


def test_nobody_to_write_to_is_no_mail_and_no_fault(walk: Walk):
    walk.begin(code="E90002")
    assert walk.mails("task") == []


def test_every_mail_has_an_identifier_of_its_own_and_a_subject_of_one_line(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    with walk.reading() as session:
        mails = session.scalars(select(Mail)).all()
        assert len({one.message_id for one in mails}) == len(mails) > 1
        for one in mails:
            assert one.subject
            assert "\n" not in one.subject + one.to
            assert one.message_id.endswith("@example.pe>")


def test_every_template_of_a_mail_begins_with_its_subject():
    names = TEMPLATES.list_templates(extensions=["txt"])
    assert len(names) > 5
    for name in names:
        source, _, _ = TEMPLATES.loader.get_source(TEMPLATES, name)
        assert source.splitlines()[0].strip()


def test_a_value_that_a_mail_lacks_is_a_fault_and_writes_nothing(walk: Walk):
    with walk.writing() as session:
        with pytest.raises(UndefinedError):
            mail.post(session, Letter("session_moved", "x@example.pe", {}))
        assert session.scalar(select(func.count(Mail.id))) == 0


# The page -------------------------------------------------------------------------------------


def test_coordinators_read_and_search_the_outbox(walk: Walk):
    walk.begin()
    walk.begin(code="E90002")
    walk.answer("designate_administrator")
    client = walk.browser("sip")
    page = client.get("/correos")
    assert page.text.count("persona.011@example.pe") == 2
    assert client.get("/correos?q=persona.011").text.count("persona.011@example.pe") == 2
    assert "persona.011@" not in client.get("/correos?q=nadie@").text
    one = walk.mails("task")[0]
    shown = client.get(f"/correos/{one.id}").text
    assert one.subject in shown
    assert client.get("/correos/4711").status_code == 404
    for role in ("preparer", "administrator"):
        assert walk.browser(role).get("/correos").status_code == 404
        assert walk.browser(role).get(f"/correos/{one.id}").status_code == 404


def test_a_long_outbox_is_paged_the_newest_first(walk: Walk):
    with walk.writing() as session:
        for number in range(60):
            session.add(
                Mail(
                    message_id=f"<{number}@example.pe>",
                    kind="task",
                    to=f"n{number:02}@example.pe",
                    subject="Asunto",
                    body="Texto",
                    created_at=calendar.now(),
                )
            )
    client = walk.browser("sip")
    first, second = client.get("/correos").text, client.get("/correos?pagina=2").text
    assert "n59@" in first
    assert "n09@" in second
    assert "n10@" not in second
    assert client.get("/correos?pagina=3").status_code == 404


def test_the_mail_of_a_step_that_is_closed_leads_to_who_answered(walk: Walk):
    walk.begin()
    link = walk.mails("task")[0].body.split("http://localhost")[1].split()[0]
    walk.answer("designate_administrator")
    answer = walk.browser("preparer").get(link, follow_redirects=True)
    assert answer.status_code == 409
    assert "ya fue respondida" in answer.text
    with walk.reading() as session:
        assert session.scalars(select(Task)).first()
