"""Requests for more time: made on the step's page, granted or refused by a coordinator."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import ExtensionRequest, Notice, Reminder
from app.cases import processes
from app.cases.processes import extensions
from app.cases.reminders import digest
from tests.app.confirming import confirmed
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

WHY = "La gerencia cambió y la nueva resolución sale el viernes"
COMMENT = "La entidad tuvo ya dos ampliaciones"
STEP = "designate_administrator"
LINK = "Pedir más plazo"


def ask(walk: Walk, step: str = STEP, days: str = "5", reason: str = WHY, by: str = "preparer"):
    """Request more time on the step's page; return the answer."""
    task_id = walk.task(step).id
    data = {"working_days": days, "reason": reason}
    return walk.browser(by).post(f"/tareas/{task_id}/mas-plazo", data=data)


def requests(walk: Walk) -> list[ExtensionRequest]:
    """Return all requests, in order."""
    return walk.all(select(ExtensionRequest).order_by(ExtensionRequest.id))


def address(walk: Walk) -> str:
    """Return the page of the newest request."""
    return f"/entidades/E90001/pedidos/{requests(walk)[-1].id}"


def notice(walk: Walk) -> Notice:
    """Return the newest notice about a request."""
    query = select(Notice).where(Notice.kind == "extension_asked")
    return walk.one(query.order_by(Notice.id.desc()).limit(1))


def answer(walk: Walk, choice: str, days: str = "5", comment: str = "", by: str = "sip"):
    """Decide the newest request, as a coordinator; return the answer of the page."""
    data = {"answer": choice, "working_days": days, "comment": comment}
    return confirmed(walk.browser(by), address(walk), data)


def page_of(walk: Walk, step: str = STEP, by: str = "preparer") -> str:
    """Return the step's page."""
    task_id = walk.task(step).id
    return walk.browser(by).get(f"/tareas/{task_id}", follow_redirects=True).text


# Requesting -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_entity_asks_from_the_steps_page_and_the_coordinator_finds_it(begun: Walk):
    assert LINK in page_of(begun)
    assert ask(begun).status_code == 303
    (request,) = requests(begun)
    assert (request.working_days, request.reason, request.answer) == (5, WHY, "")
    assert request.asked_by_id == begun.people["preparer"]
    page = page_of(begun)
    assert LINK not in page
    assert "El coordinador todavía no responde" in page
    (entry,) = begun.entries("extension.asked")
    assert entry.actor_id == begun.people["preparer"]
    inbox = begun.browser("sip").get("/pendientes").text
    assert "Resolver el pedido de más plazo" in inbox
    assert address(begun) in inbox
    shown = begun.browser("sip").get(address(begun)).text
    assert WHY in shown
    assert "16 de marzo de 2026" in shown
    assert begun.last_day(STEP) == date(2026, 3, 16), "asking moves nothing"
    led = begun.browser("sip").get(f"/entidades/E90001/tareas/{begun.task(STEP).id}/ampliar")
    assert led.location == address(begun)


@pytest.mark.nightly
def test_a_request_has_a_number_of_days_and_a_reason(begun: Walk, subtests: pytest.Subtests):
    page = f"/tareas/{begun.task(STEP).id}/mas-plazo"
    wrong = [({"working_days": days}, "de 1 a 60") for days in ("0", "61", "-1", "x", "2.5")]
    wrong += [({"working_days": ""}, "Escribe cuántos días")]
    wrong += [({"reason": reason}, "Escribe por qué") for reason in ("", "  ")]
    wrong += [({"reason": "corto"}, "entre 10 y 1000"), ({"reason": "x" * 1001}, "1000 caracteres")]
    refuses(subtests, begun.browser("preparer"), page, {"working_days": "5", "reason": WHY}, wrong)
    assert requests(begun) == []


def test_one_request_waits_for_a_step_at_a_time(begun: Walk):
    begun.people["second"] = begun.person("40000041", "preparer", "E90001")
    ask(begun)
    again = ask(begun, by="second")
    assert again.status_code == 422
    assert "Ya hay un pedido" in again.text
    assert "Persona Ejemplo 011 pidió" in again.text
    assert len(requests(begun)) == 1
    assert len(begun.entries("extension.asked")) == 1


@pytest.mark.postgresql
def test_of_two_concurrent_requests_one_is_refused(begun: Walk):
    begun.people["second"] = begun.person("40000041", "preparer", "E90001")
    task_id = begun.task(STEP).id
    clients = [begun.browser(who) for who in ("preparer", "second")]
    data = {"working_days": "5", "reason": WHY}
    answers = together(
        *(lambda one=one: one.post(f"/tareas/{task_id}/mas-plazo", data=data) for one in clients)
    )
    assert sorted(answer.status_code for answer in answers) == [303, 422], answers
    assert len(requests(begun)) == 1


def test_a_step_of_a_coordinator_and_a_legal_term_cannot_be_extended(begun: Walk):
    begun.designate()
    assert LINK not in page_of(begun, "record_reception", "sip")
    assert ask(begun, "record_reception", by="sip").status_code == 422
    begun.answer("record_reception", "observed")
    assert LINK not in page_of(begun, "correct_designation")
    task_id = begun.task("correct_designation").id
    page = begun.browser("preparer").get(f"/tareas/{task_id}/mas-plazo").text
    assert "no se puede pedir más plazo" in page
    assert "<textarea" not in page
    assert ask(begun, "correct_designation").status_code == 422
    assert requests(begun) == []


@pytest.mark.nightly
def test_a_paused_date_cannot_be_extended(walk: Walk):
    walk.begin_at("training")
    assert LINK in page_of(walk, "plan_training", "administrator")
    walk.begin("redesignation")
    page = page_of(walk, "plan_training", "alternate")
    assert LINK not in page
    assert "Plazo detenido" in page
    assert ask(walk, "plan_training", by="alternate").status_code == 422


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("stage", "step", "role"),
    [
        ("training", "plan_training", "sip"),
        ("demo_test", "run_demo_test", "sgtd"),
        ("resubmission", "update_personnel", "sgtd"),
        ("production", "load_production_personnel", "sgtd"),
        ("interest_acts", "enable_interest_acts", "sip"),
    ],
)
def test_a_request_is_for_the_coordinator_who_reviews_the_stage(
    walk: Walk, stage: str, step: str, role: str
):
    walk.begin_at(stage)
    ask(walk, step, by="administrator")
    assert notice(walk).role == role
    for one in ("sip", "sgtd"):
        waits = "Resolver el pedido" in walk.browser(one).get("/pendientes").text
        assert waits == (one == role)


def test_a_step_that_was_answered_or_suspended_cannot_be_extended(begun: Walk):
    ask_page = f"/tareas/{begun.task(STEP).id}/mas-plazo"
    begun.act(processes.suspend, WHY)
    assert begun.browser("preparer").get(ask_page).status_code == 409
    begun.act(processes.resume, WHY)
    begun.answer(STEP)
    late = begun.browser("preparer").post(ask_page, data={"working_days": "5", "reason": WHY})
    assert late.status_code == 409
    assert requests(begun) == []


# Deciding -------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_grant_moves_the_date_and_informs_the_entity(begun: Walk):
    ask(begun)
    assert answer(begun, "grant").status_code == 303
    assert begun.last_day(STEP) == date(2026, 3, 23)
    (request,) = requests(begun)
    assert (request.answer, request.answered_by_id) == ("granted", begun.people["sip"])
    assert notice(begun).done_at == calendar.now()
    (extended,) = begun.entries("task.extended")
    assert extended.data["reason"] == WHY
    assert begun.log().count("extension.granted") == 1
    (reminder,) = begun.all(select(Reminder))
    assert (reminder.rung, reminder.user_id) == ("moved 2026-03-16", begun.people["preparer"])
    page = page_of(begun)
    assert "el coordinador amplió el plazo" in page
    assert "más 5 por ampliación" in page
    assert LINK in page, "it can be asked for again"
    assert "Resolver el pedido" not in begun.browser("sip").get("/pendientes").text


@pytest.mark.nightly
def test_the_coordinator_may_grant_other_days_than_requested(begun: Walk):
    ask(begun, days="10")
    page = begun.browser("sip").get(address(begun)).text
    assert 'value="10"' in page
    assert answer(begun, "grant", "2", "Con dos días alcanza").status_code == 303
    assert begun.last_day(STEP) == date(2026, 3, 18)
    (entry,) = begun.entries("extension.granted")
    assert (entry.data["asked_days"], entry.data["granted_days"]) == (10, 2)
    history = begun.browser("sip").get("/entidades/E90001/historial").text
    assert "Se pidió más plazo: Designar al administrador (SIP-RVL-001) (10" in history
    assert "Se dio más plazo: Designar al administrador (SIP-RVL-001) (2" in history


@pytest.mark.nightly
def test_a_persons_number_in_the_reason_reaches_nobody_else(begun: Walk):
    ask(begun, reason="Está de viaje la señora de DNI 45678901")
    page = begun.browser("sip").get(address(begun)).text
    assert "la señora de DNI *****901" in page
    assert "45678901" not in page
    answer(begun, "grant")
    with begun.reading() as session:
        reasons = digest._reasons(session, session.scalars(select(Reminder)).all())
    assert list(reasons.values()) == ["Está de viaje la señora de DNI *****901"]


def test_a_refusal_is_shown_with_its_reason_by_mail_and_on_the_page(begun: Walk):
    ask(begun)
    assert answer(begun, "refuse", comment=COMMENT).status_code == 303
    assert begun.last_day(STEP) == date(2026, 3, 16)
    (mail,) = begun.mails("extension_refused")
    assert mail.to == "persona.011@example.pe"
    assert COMMENT in mail.body
    assert "16 de marzo de 2026" in mail.body
    page = page_of(begun)
    assert "el coordinador no lo amplió" in page
    assert COMMENT in page
    assert begun.entries("extension.refused")[0].data["reason"] == COMMENT
    assert begun.entries("task.extended") == []
    assert notice(begun).done_at is not None


@pytest.mark.nightly
def test_an_answer_that_is_none_changes_nothing(begun: Walk, subtests: pytest.Subtests):
    ask(begun)
    grant = {"answer": "grant"}
    wrong = [(grant | {"working_days": days}, "de 1 a 60") for days in ("0", "61")]
    wrong += [
        (grant | {"working_days": ""}, "Escribe cuántos días"),
        ({"comment": ""}, "Escribe por qué no se da"),
        ({"comment": "corto"}, "entre 10 y 1000"),
    ]
    refuses(subtests, begun.browser("sip"), address(begun), {"answer": "refuse"}, wrong)
    assert requests(begun)[0].answer == ""
    assert begun.last_day(STEP) == date(2026, 3, 16)


@pytest.mark.nightly
def test_a_grant_that_would_still_be_late_is_refused_and_the_request_waits_on(
    begun: Walk, clock: Clock
):
    ask(begun)
    clock.set(calendar.end_of(date(2026, 3, 18)))
    refused = answer(begun, "grant", "2")
    assert refused.status_code == 422
    assert "seguiría vencido" in refused.text
    assert requests(begun)[0].answer == ""
    assert notice(begun).done_at is None
    assert answer(begun, "grant", "3").status_code == 303


def test_a_request_is_answered_once(begun: Walk):
    ask(begun)
    answer(begun, "grant")
    again = answer(begun, "refuse", comment=COMMENT, by="sgtd")
    assert again.status_code == 422
    assert "ya tiene respuesta" in again.text
    assert requests(begun)[0].answer == "granted"
    assert begun.last_day(STEP) == date(2026, 3, 23)


def test_a_request_whose_step_was_closed_is_void(begun: Walk):
    ask(begun)
    begun.answer(STEP)
    sip = begun.browser("sip")
    assert "Resolver el pedido" not in sip.get("/pendientes").text
    page = sip.get(address(begun)).text
    assert "quedó sin efecto" in page
    assert "<textarea" not in page
    refused = answer(begun, "refuse", comment=COMMENT)
    assert refused.status_code == 422
    assert "quedó sin efecto" in refused.text
    assert begun.mails("extension_refused") == []
    with begun.reading() as session:
        assert not extensions.is_open(session.get_one(ExtensionRequest, requests(begun)[0].id))
