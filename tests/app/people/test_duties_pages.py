"""Separation of duties on the pages: the attack that it prevents, mails, and the way out."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_string

import pytest
from sqlalchemy import select

from app.administration.users import changes
from app.base import calendar
from app.base.models import Allowance, Entity, LogEntry, Task, User
from app.cases import processes
from app.cases.reminders.people import People
from app.mailroom.incoming.reading import Reading
from app.mailroom.outbox import mails as outbox
from app.people import access, mail
from app.people.access import absences, duties
from app.people.mail import KINDS, TEMPLATES
from tests.app.cast import entity_of
from tests.app.walk import CODE, Walk
from tests.pages import CheckingClient

REASON = "No hay otra persona de turno y el plazo vence hoy."
REVIEW = "review_designation"


def to_review(walk: Walk) -> Task:
    """Return a case whose designation is to be reviewed."""
    walk.begin()
    walk.designate()
    walk.answer("record_reception")
    return walk.task(REVIEW)


def bar(walk: Walk, user_id: int, role: str = "preparer") -> None:
    """Give a person of the PCM a post in the entity."""
    with walk.writing() as session:
        place = entity_of(session, CODE)
        access.grant(session, session.get_one(User, user_id), role, place, None)


def browser_of(walk: Walk, by: str | int) -> CheckingClient:
    return walk.browser(by) if isinstance(by, str) else walk.browser_of(by)


def page(walk: Walk, by: str | int, address: str) -> str:
    text = browser_of(walk, by).get(address, follow_redirects=True).text
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


# The attack ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_who_makes_a_code_in_the_pcm_cannot_enter_it_nor_read_it_nor_decide(walk: Walk):
    walk.begin()
    walk.app.config["SMTP_HOST"] = "mail.example.pe"
    browser = walk.browser("sip")
    made = browser.post(f"/entidades/{CODE}/codigo", follow_redirects=True).text
    sent = walk.mails("activation")[-1]
    code = re.search(r"\w{4}-\w{4}-\w{4}", sent.body)
    assert code
    assert code[0] not in made
    assert code[0] not in browser.get(f"/correos/{sent.id}").text
    typed = {"entity_code": CODE, "activation_code": code[0]}
    refused = browser.post("/activar", data=typed)
    assert refused.status_code == 422
    assert "Esta cuenta es de la PCM" in refused.text
    assert not walk.has_role("40000021", "preparer")
    assert walk.read(access.vacancies.code_is_out, walk.row().entity_id), "the code is still good"
    bar(walk, walk.people["sip"])  # wherever the role came from
    walk.designate(by="sip")
    walk.answer("record_reception")  # no decision
    task = walk.task(REVIEW)
    answer = browser.get(f"/tareas/{task.id}/respuesta")
    assert answer.status_code in (404, 409)
    with pytest.raises(duties.Barred):
        walk.answer(REVIEW)
    assert walk.task(REVIEW).state == "open"


def test_an_account_of_the_pcm_activates_only_the_pcms_own_register(walk: Walk):
    with walk.writing() as session:
        place = entity_of(session, CODE)
        code = access.issue_activation_code(session, place)
    typed = {
        "entity_code": CODE, "activation_code": code, "document_type": "DNI",
        "document_number": "40000022", "given_names": "Persona", "surnames": "Ejemplo",
        "email": "persona@example.pe", "password": "una frase de las pruebas",
    }  # fmt: skip
    refused = walk.app.test_client().post("/activar", data=typed)
    assert refused.status_code == 422
    assert "Esta cuenta es de la PCM" in refused.text
    walk.app.config["OWN_ENTITY"] = CODE
    assert walk.app.test_client().post("/activar", data=typed).status_code == 303
    assert walk.has_role("40000022", "preparer")


def test_every_mail_with_a_code_or_a_link_that_lets_in_is_private_once_a_server_sends():
    for kind in KINDS:
        source, *_ = TEMPLATES.loader.get_source(TEMPLATES, f"{kind}.txt")
        holds_secret = bool(re.search(r"\{\{[^}]*[ =](code|token|secret)\b(?!=)", source))
        assert KINDS[kind].lets_in == holds_secret, kind
        assert (kind in outbox.LETS_IN) == holds_secret
    assert "activation" in outbox.LETS_IN


def test_what_lets_in_is_not_shown_under_correos_once_a_server_sends(walk: Walk):
    for kind in ["activation", "invitation", "reset"]:
        secret = "7K2M-9QXT-04BD"
        with walk.writing() as session:
            place = entity_of(session, CODE)
            user = session.get_one(User, walk.people["administrator"])
            values = {"code": secret, "token": secret, "days": 60, "hours": 2, "role": ""}
            letter = mail.Letter(kind, "a@example.pe", values, user=user, entity=place)
            row = mail.post(session, letter)
            session.flush()
            number = row.id
        browser = walk.browser("sip")
        walk.app.config["SMTP_HOST"] = ""
        assert secret not in browser.get(f"/correos/{number}").text
        assert secret in browser.post(f"/correos/{number}/mostrar").text
        walk.app.config["SMTP_HOST"] = "mail.example.pe"
        assert secret not in browser.get(f"/correos/{number}").text
        assert browser.post(f"/correos/{number}/mostrar").status_code == 404


def test_a_code_that_comes_back_in_an_answer_or_a_bounce_is_masked():
    message = message_from_string(
        "From: mesa@example.pe\nSubject: RE\nContent-Type: text/plain\n\n"
        "> Código de activación:   7K2M-9QXT-04BD\n> o 7k2m-9qxt-04bd.\nExpediente 2026-0001-ABC\n"
    )
    text = Reading(message).text
    assert "7K2M" not in text
    assert "9qxt" not in text
    assert "Expediente 2026-0001-ABC" in text


# Who could use a code of the entity ---------------------------------------------------------------


@pytest.mark.parametrize(("changer", "why"), [("sip", ["sent_code"]), ("superuser", [])])
def test_who_issues_a_code_to_an_address_that_they_changed_does_not_decide(
    walk: Walk, changer: str, why: list[str]
):
    task = to_review(walk)
    actor = walk.person("40000026", changer) if changer == "superuser" else walk.people["sip"]
    desk = {"email": "otra@example.pe", "source": "Llamada a la entidad", "on": "27/02/2026"}
    desk |= {"phone": "01 5550100", "authority": "Ana Persona Quispe Ejemplo"}
    answer = walk.browser_of(actor).post("/entidades/E90001/contactos/mesa-de-partes", data=desk)
    assert answer.status_code == 303
    with walk.writing() as session:
        place = session.get_one(Entity, task.entity_id)
        access.issue_activation_code(session, place, walk.people["sip"])
        assert duties.bars(session, session.get_one(Task, task.id), walk.people["sip"]) == why
    company = page(walk, walk.person("40000024", "sip"), f"/tareas/{task.id}/respuesta")
    assert "Emitió el código: " in company


def test_who_saw_a_code_does_not_decide(walk: Walk):
    task = to_review(walk)
    with walk.writing() as session:
        session.get_one(Entity, task.entity_id).contact_email = ""
    shown = walk.browser("sip").post("/entidades/E90001/codigo", follow_redirects=True).text
    assert "Vale una sola vez" in shown
    reads = page(walk, "sip", f"/tareas/{task.id}")
    assert "viste un código o enlace con el que se ingresa por la entidad" in reads


def test_who_gives_an_account_another_address_does_not_decide_on_its_entity(walk: Walk):
    task = to_review(walk)
    with walk.writing() as session:
        user = session.get_one(User, walk.people["preparer"])
        changes.move_account(session, user, "otra@example.pe", walk.people["sip"])
        (entry,) = session.scalars(select(LogEntry).where(LogEntry.kind == "code.held"))
        assert (entry.actor_id, entry.entity_id) == (walk.people["sip"], task.entity_id)


# Recipients of mails ------------------------------------------------------------------------------


@pytest.mark.nightly
def test_who_is_barred_reads_why_and_who_may_and_takes_nothing(walk: Walk):
    task = to_review(walk)
    other = walk.person("40000024", "sip")
    bar(walk, walk.people["sip"])
    address = f"/tareas/{task.id}"
    said = page(walk, "sip", address)
    assert "No puedes decidir sobre esto: tienes o tuviste una función en la entidad" in said
    assert "Persona Ejemplo 024" in said
    assert "Permitir que alguien decida" not in said
    browser = walk.browser("sip")
    assert browser.get(f"{address}/respuesta").status_code == 409
    assert browser.post(f"{address}/respuesta", data={"action": "submit"}).status_code == 409
    assert browser.post(f"{address}/revisar", data={}).status_code == 409
    assert browser.post(f"{address}/asignar", data={"para": "mi"}).status_code == 409
    assert walk.task(REVIEW).assignee_id is None
    assert f'href="{address}"' not in page(walk, "sip", "/pendientes")
    assert f'href="{address}"' in page(walk, other, "/pendientes")
    assert walk.browser_of(other).post(f"{address}/asignar", data={"para": "mi"}).status_code == 303


@pytest.mark.nightly
def test_a_task_that_a_barred_person_had_taken_is_free_for_others(walk: Walk):
    task = to_review(walk)
    other = walk.person("40000024", "sip")
    address = f"/tareas/{task.id}/asignar"
    assert walk.browser("sip").post(address, data={"para": "mi"}).status_code == 303
    bar(walk, walk.people["sip"])
    walk.browser_of(other).post(address, data={"para": "mi"})
    assert walk.task(REVIEW).assignee_id == other


def reached(walk: Walk, task_id: int) -> list[tuple[str, int]]:
    """Return the recipients of reminders of a task today: their role, and the user's id."""
    with walk.reading() as session:
        task = session.get_one(Task, task_id)
        found = People(session, [task.entity]).recipients(task, ("coordinator",), calendar.today())
        return [(one.word, one.user.id if one.user else 0) for one in found]


@pytest.mark.nightly
def test_reminders_go_to_who_may_decide_or_can_allow_it(walk: Walk):
    task = to_review(walk)
    sip = walk.people["sip"]
    walk.change(Entity, task.entity_id, sip_coordinator_id=sip)
    assert reached(walk, task.id) == [("coordinator", sip)]
    bar(walk, sip)
    assert reached(walk, task.id) == [("allows", walk.people["secretary"])]
    other = walk.person("40000024", "sip")
    assert reached(walk, task.id) == [("coordinator", other)]


@pytest.mark.nightly
def test_the_bar_follows_who_acts_in_anothers_place(walk: Walk):
    task = to_review(walk)
    other = walk.person("40000024", "sip")
    bar(walk, other)
    today = calendar.today()
    with walk.writing() as session:
        sip, stand_in = (session.get_one(User, one) for one in (walk.people["sip"], other))
        absences.note(session, sip, stand_in, today, today + timedelta(days=3), sip.id)
    walk.people["substitute"] = other
    with pytest.raises(duties.Barred):
        walk.answer(REVIEW, by="substitute")
    assert reached(walk, task.id) == [("allows", walk.people["secretary"])]
    assert walk.browser("secretary").get(f"/tareas/{task.id}/permitir").status_code == 200
    third = walk.person("40000025", "sip")
    assert reached(walk, task.id) == [("coordinator", third)]
    walk.people["third"] = third
    walk.answer(REVIEW, by="third")


# The way out -----------------------------------------------------------------------------------


def allow(walk: Walk, by: str | int, task: Task, person: int, reason: str = REASON):
    data = {"person": str(person), "reason": reason}
    return browser_of(walk, by).post(f"/tareas/{task.id}/permitir", data=data)


@pytest.mark.nightly
def test_the_despacho_allows_one_person_one_task_with_a_reason(walk: Walk):
    task = to_review(walk)
    sip = walk.people["sip"]
    auditor = walk.person("40000030", "auditor")
    walk.person("40000031", "superuser")
    assert allow(walk, "secretary", task, sip).status_code == 404, "nothing is barred yet"
    bar(walk, sip)
    assert "1 tarea espera que permitas quién decide" in page(walk, "secretary", "/hoy")
    for who in ("sip", "sgtd", "administrator"):
        assert allow(walk, who, task, sip).status_code == 404, who
    assert allow(walk, "secretary", task, sip, "poco").status_code == 422
    assert allow(walk, "secretary", task, walk.people["sgtd"]).status_code == 422
    assert allow(walk, "secretary", task, sip).status_code == 303
    assert allow(walk, "secretary", task, sip).status_code == 404, "once is enough"
    walk.answer(REVIEW)
    assert walk.task(REVIEW).state == "completed"
    (row,) = walk.all(select(Allowance))
    assert (row.user_id, row.by_id, row.reason) == (sip, walk.people["secretary"], REASON)
    done = walk.entries("task.completed")[-1]
    assert done.task_id == task.id
    assert done.data["allowed_by"]["id"] == walk.people["secretary"]
    said = page(walk, "sip", f"/entidades/{CODE}/historial")
    assert "Se permitió a Persona Ejemplo 021 decidir" in said
    assert REASON in said
    assert "con permiso de Persona Ejemplo 023" in said
    said = page(walk, auditor, "/hoy")
    assert "1 permiso para decidir en los últimos 30 días, 1 en total" in said
    assert "Se permitió a" in page(walk, auditor, "/registro-de-cambios?acto=permisos")


@pytest.mark.nightly
def test_the_gestor_allows_where_the_despacho_cannot_and_nobody_allows_themselves(walk: Walk):
    task = to_review(walk)
    both = walk.person("40000032", "superuser")
    with walk.writing() as session:
        access.grant(session, session.get_one(User, both), "sip", None, None)
    gestor = walk.person("40000031", "superuser")
    bar(walk, walk.people["sip"])
    bar(walk, both)
    assert allow(walk, gestor, task, both).status_code == 404, "the Despacho is there"
    bar(walk, walk.people["secretary"])
    assert allow(walk, "secretary", task, both).status_code == 404, "barred themselves"
    assert allow(walk, both, task, both).status_code == 422, "nobody allows themselves"
    assert allow(walk, gestor, task, both).status_code == 303


@pytest.mark.nightly
def test_where_the_despacho_itself_is_barred_from_signing_the_gestor_allows(walk: Walk):
    task = to_review(walk)
    gestor = walk.person("40000031", "superuser")
    with walk.writing() as session:
        row = session.get_one(Task, task.id)
        row.step, row.role = "sign_certificate", "secretary"
    second = walk.person("40000033", "secretary")
    bar(walk, walk.people["secretary"])
    bar(walk, second)
    assert allow(walk, second, task, walk.people["secretary"]).status_code == 404
    assert allow(walk, gestor, task, second).status_code == 303


def test_deciding_of_an_entitys_own_people_is_not_barred_and_validating_a_stage_is(walk: Walk):
    walk.begin()
    task = walk.task("designate_administrator")
    with walk.reading() as session:
        row = session.get_one(Task, task.id)
        for step in ("approve_decision_makers", "validate_demo_results"):
            row.step = step
            assert duties.bars(session, row, walk.people["preparer"]) == []
    bar(walk, walk.people["sip"], "operator")
    with (
        walk.reading() as session,
        pytest.raises(processes.Refused, match="tienes o tuviste una función en la entidad"),
    ):
        processes.validate_stage(
            session, walk.id, "designation", reason="x", document_id="x", answers={},
            actor_id=walk.people["sip"],
        )  # fmt: skip
