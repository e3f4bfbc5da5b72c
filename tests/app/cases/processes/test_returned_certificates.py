"""A constancia that the Despacho returns is void; who closed corrects, and closes again."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import FileUse, IssuedPaper, LogEntry
from tests.app.cases.papers import altered
from tests.app.cases.processes.migrated import drawn
from tests.app.cases.processes.test_annulled_certificates import (
    ENTITY,
    address,
    papers,
    signed,
    to_sign,
)
from tests.app.cases.reminders.reminded import Days
from tests.app.onboarding.review.despacho import Despacho, blank_of
from tests.app.onboarding.tasks.test_consequences import words
from tests.app.walk import Walk, put_into_force, texts
from tests.conftest import Clock
from tests.pages import CheckingClient
from tests.workflows.migration import alterations

pytestmark = pytest.mark.nightly

FIRST, SECOND = "0001-2026-PCM/SIP", "0002-2026-PCM/SIP"
WHY = "El cargo del administrador está mal escrito."
RETURNED = {"decision": "returned", "why": WHY}


def step_of(walk: Walk) -> str:
    return f"/tareas/{walk.task('sign_certificate').id}"


def give_back(walk: Walk) -> CheckingClient:
    """Return the constancia on the pages of its step; return the browser of the Despacho."""
    browser = walk.browser("secretary")
    shown = browser.post(f"{step_of(walk)}/respuesta", data=RETURNED | {"action": "next"})
    assert shown.headers["Location"].endswith("/revisar")
    sent = browser.post(f"{step_of(walk)}/revisar", data={"action": "submit"})
    assert sent.status_code == 303
    return browser


@pytest.mark.postgresql
def test_a_returned_constancia_is_void_and_the_next_closing_gives_the_next_number(walk: Walk):
    to_sign(walk)
    give_back(walk)
    assert walk.open_steps() == ["close_onboarding"]
    walk.assert_consistent()
    assert papers(walk) == [(FIRST, True, False)]
    paper = walk.one(select(IssuedPaper))
    use = walk.get(FileUse, paper.file_id)
    assert use.void_at is not None, "the documents of the entity say it, too"
    page = walk.app.test_client().get(f"/verificar/{paper.code}").text
    assert "Anulada" in page
    assert "Vigente" not in page
    walk.answer("close_onboarding", "closed")
    assert papers(walk) == [(FIRST, True, False), (SECOND, False, False)]
    walk.answer("sign_certificate", "signed")
    assert papers(walk) == [(FIRST, True, False), (SECOND, False, True)]
    assert walk.row().end == "onboarding_done"
    assert SECOND in walk.mails("completed")[0].body


def test_the_page_that_confirms_says_what_follows_and_changes_nothing(walk: Walk):
    to_sign(walk)
    browser = walk.browser("secretary")
    assert "Devolver" in browser.get(f"{step_of(walk)}/respuesta").text
    refused = browser.post(
        f"{step_of(walk)}/respuesta", data={"decision": "returned", "why": "", "action": "next"}
    )
    assert (refused.status_code, "qué hay que corregir" in refused.text) == (422, True)
    browser.post(f"{step_of(walk)}/respuesta", data=RETURNED | {"action": "next"})
    before = walk.row_counts()
    said = words(browser.get(f"{step_of(walk)}/revisar").text)
    for text in (
        f"Se anula: Constancia de implementación N.º {FIRST}.",
        "Sigue: Cerrar la implementación",
        "El Despacho devolvió la constancia",
    ):
        assert text in said, text
    assert walk.row_counts() == before
    assert papers(walk) == [(FIRST, False, False)]


def test_who_closed_reads_the_reason_and_gets_a_mail(walk: Walk, clock: Clock):
    to_sign(walk)
    give_back(walk)
    task = walk.task("close_onboarding")
    assert (task.came_as, task.role) == ("certificate_returned", "sip")
    coordinator = walk.browser("sip")
    page = coordinator.get(f"/tareas/{task.id}/respuesta").text
    assert "El Despacho de la Secretaría devolvió la constancia:" in page
    assert WHY in page
    history = coordinator.get(f"{ENTITY}/historial").text
    assert "Firmar la constancia (con devolución)" in history
    assert f"Se anuló el documento: Constancia de implementación N.º {FIRST}" in history
    assert "Anular la constancia" not in coordinator.get(f"{ENTITY}/acciones").text
    assert coordinator.get(address(walk, "anular")).status_code == 404
    days = Days(walk, clock)
    clock.forward(days=1)
    days.remind()
    (mail,) = [one for one in walk.mails("digest") if one.user_id == walk.people["sip"]]
    assert mail.subject.startswith("Volvió un paso: Cerrar la implementación")
    assert "El Despacho devolvió la constancia." in mail.body


def test_what_was_uploaded_to_a_returned_step_is_void(walk: Walk):
    to_sign(walk)
    browser = walk.browser("secretary")
    sent = {"decision": "signed", "document": signed(), "action": "upload:document"}
    browser.post(f"{step_of(walk)}/respuesta", data=sent)
    give_back(walk)
    with walk.reading() as session:
        uploads = session.query(FileUse).filter_by(kind="upload", paper="constancia")
        assert [bool(one.void_at) for one in uploads] == [True]
        (entry,) = session.query(LogEntry).filter_by(kind="paper.annulled")
        assert entry.data["number"] == FIRST
    walk.answer("close_onboarding", "closed")
    again = walk.browser("secretary").get(f"{step_of(walk)}/respuesta").text
    assert WHY not in again, "the second decision begins blank"


def test_a_typed_number_of_a_returned_constancia_is_not_given_again(walk: Walk):
    to_sign(walk, "", up_to="close_onboarding")
    page = f"/tareas/{walk.task('close_onboarding').id}"
    coordinator = walk.browser("sip")

    def close(number: str) -> Any:
        data = {"decision": "closed", "number": number, "action": "next"}
        page = f"/tareas/{walk.task('close_onboarding').id}"
        coordinator.post(f"{page}/respuesta", data=data)
        return coordinator.post(f"{page}/revisar", data={"action": "submit"})

    assert close(FIRST).status_code == 303
    give_back(walk)
    assert f"/tareas/{walk.task('close_onboarding').id}" != page
    taken = close(FIRST)
    assert (taken.status_code, "ya es de otra constancia" in taken.text) == (409, True)
    assert close(SECOND).status_code == 303
    assert papers(walk) == [(FIRST, True, False), (SECOND, False, False)]


def test_a_constancia_without_a_number_is_returned_too(walk: Walk):
    to_sign(walk, "")
    with walk.writing() as session:
        paper = session.query(IssuedPaper).filter_by(kind="constancia").one()
        paper.add_act(calendar.now(), number="")
    give_back(walk)
    assert papers(walk) == [("", True, False)]


@pytest.mark.postgresql
def test_a_constancia_is_returned_among_many(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.cases.papers.render", lambda kind, values, on, code="": blank_of(code))
    with walk.writing() as session:
        secretary = walk.user(session, "secretary")
        secretary.document_number = "40000001"  # that of the test certificate
    to_sign(walk)
    despacho = Despacho(walk, {}, {}, walk.browser("secretary"))

    def in_force() -> str:
        return walk.one(select(IssuedPaper.code).filter_by(void_at=None))

    def give_back(why: str) -> Any:
        return despacho.give_back(walk.task("sign_certificate").id, why).text

    void = altered.signed(blank_of(in_force()))
    page = despacho.take({"a.pdf": void}).text
    assert "Listo para registrar" in page
    assert "Devolver este" in page
    despacho.browser.post(f"{step_of(walk)}/respuesta", data=RETURNED | {"action": "next"})
    no_signature = despacho.register(walk.task("sign_certificate").id, signed_on="02/03/2026")
    assert "Todavía no se subió su documento firmado." in no_signature.text, "its draft returns it"
    assert "Listo para registrar" in despacho.take({"a.pdf": void}).text
    assert "Firmados, por registrar" in despacho.browser.get("/firmas").text
    assert "explícalo con al menos 10 letras" in give_back("no")
    assert papers(walk) == [(FIRST, False, False)]
    assert "Devolviste: Constancia de implementación" in give_back(WHY)
    assert papers(walk) == [(FIRST, True, False)]
    assert walk.task("close_onboarding").reason.endswith(WHY)
    assert "Ya no espera tu firma." in give_back(WHY)
    walk.answer("close_onboarding", "closed")
    assert "No se tomó" in despacho.take({"a.pdf": void}).text
    despacho.take({"a.pdf": altered.signed(blank_of(in_force()))})
    task = walk.task("sign_certificate").id
    assert "Firma registrada." in despacho.register(task, signed_on="02/03/2026").text
    assert papers(walk) == [(FIRST, True, False), (SECOND, False, True)]


# Cases that began on an older diagram ---------------------------------------------------------


def test_a_case_of_a_version_without_returns_can_only_sign(walk: Walk):
    older: dict[str, str] = dict(texts())
    only_signed = alterations.go_straight("sign_certificate_result", "interest_acts_done")
    drawn("interest_acts.bpmn", only_signed)(older)
    walk.commit(put_into_force, older)
    to_sign(walk)
    browser, task = walk.browser("secretary"), walk.task("sign_certificate").id
    for page in (f"{step_of(walk)}/respuesta", "/firmas"):
        assert "Devolver" not in browser.get(page).text, page
    answer = browser.post("/firmas/devolver", data={"t": str(task), f"why-{task}": WHY})
    assert (answer.status_code, "Ya no espera tu firma." in answer.text) == (422, True)
    posted = browser.post(f"{step_of(walk)}/respuesta", data=RETURNED | {"action": "next"})
    assert (posted.status_code, "Sube la constancia firmada" in posted.text) == (422, True)
    assert walk.open_steps() == ["sign_certificate"]
    assert papers(walk) == [(FIRST, False, False)]
    sent = {"document": (io.BytesIO(signed()[0].read()), "constancia.pdf")}
    browser.post(
        f"{step_of(walk)}/respuesta",
        data=RETURNED | sent | {"signed_on": "02/03/2026", "action": "next"},
    )
    assert browser.post(f"{step_of(walk)}/revisar", data={"action": "submit"}).status_code == 303
    assert walk.row().end == "onboarding_done"
    assert papers(walk) == [(FIRST, False, True)]
