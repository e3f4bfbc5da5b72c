"""Legal terms run from the receipt of the notice: by its link, or by opening the step."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from sqlalchemy import select

import forms
from app.base import calendar
from app.base.models import Grant, Reminder, User
from app.cases import processes, reminders
from app.cases.processes.act import STANDSTILL
from app.people import access
from app.people.mail.erasing import without_links
from tests.app.administration import away
from tests.app.mailroom.noticed import (
    LEGAL,
    anonymous,
    at,
    notice,
    observe,
    of_pcm,
    open_step,
    path,
    send,
    step,
    term,
)
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock
from workflows.decisions import rows

__all__ = ["step"]  # fixture

#: Terms of two working days: the day from which one is counted, and its last day.
NOT_RUNNING = None, None
FROM_MONDAY = date(2026, 3, 2), date(2026, 3, 4)
FROM_TUESDAY = date(2026, 3, 3), date(2026, 3, 5)


# The mail -------------------------------------------------------------------------------------


def test_these_are_all_the_steps_whose_term_runs_from_a_notification(begun: Walk):
    with begun.reading() as session:
        found = rows(processes.definition_of(processes.in_force(session)), "deadlines")
    assert {r["step"] for r in found if r["counted_from"] == "notification"} == LEGAL.keys()


@pytest.mark.nightly
def test_the_notice_contains_each_observation_as_the_page_names_it(walk: Walk, step: str):
    send(walk)
    body = notice(walk).body
    page = open_step(walk, step).text
    numbered = re.findall(r"^(\d+)\. (.+?): ", body, re.MULTILINE)
    assert [number for number, _ in numbered] == [str(n + 1) for n in range(len(numbered))] != []
    for number, paper_of in numbered:
        assert f"{number}. {paper_of}: " in page
    assert "Confirmar que lo recibí: http://localhost/avisos/recibido/" in body
    assert "artículo 20.4" in body.replace("\n", " ")


@pytest.mark.nightly
def test_sending_lets_nothing_run_and_every_page_says_so(walk: Walk, step: str, clock: Clock):
    role, coordinator = LEGAL[step]
    send(walk)
    said = "Enviado el 2 de marzo. Todavía no consta que lo recibieran; el plazo no corre."
    assert term(walk, step) == NOT_RUNNING
    assert walk.waiting()[f"{step}_lapses"] - calendar.now() >= STANDSTILL - (
        calendar.now() - walk.task(step).opened_at
    )
    of_pcm(walk, "auditor")
    for reader in (role, coordinator, "auditor"):
        page = walk.browser(reader).get("/entidades/E90001/tareas").text
        assert page.count(said) == 2, "where it stands, and at the step"
    assert said in walk.browser(role).get("/pendientes").text
    clock.forward(days=90)
    walk.tick()
    assert walk.task(step).state == "open"
    sent = walk.entries("task.notice_sent")
    assert [entry.data["sent_at"] for entry in sent] == [notice(walk).sent_at.isoformat()]


@pytest.mark.nightly
def test_before_it_is_sent_the_pages_say_when_it_will_be(walk: Walk, clock: Clock):
    at(clock, 6, 20)  # Friday
    observe(walk, "correct_designation")
    said = "El correo que notifica se envía el 9 de marzo; el plazo no corre."
    assert said in walk.browser("preparer").get("/pendientes").text
    at(clock, 9)
    assert "El correo que notifica todavía no sale" in walk.browser("sip").get(
        "/entidades/E90001"
    ).text  # fmt: skip


@pytest.mark.nightly
def test_nobody_is_reminded_while_no_term_runs(walk: Walk, step: str, clock: Clock):
    send(walk)
    task_id = walk.task(step).id
    for day in (2, 3, 4, 5, 10):
        at(clock, day)
        assert task_id not in reminded(walk)
    walk.acknowledge(step)
    at(clock, 12)
    assert task_id in reminded(walk), "on its last day"


def reminded(walk: Walk) -> set[int]:
    """Return the ids of the tasks with reminders, after a run of the ladder."""
    with walk.app.app_context():
        reminders.run(walk.engine)
    return set(walk.all(select(Reminder.task_id)))


# Confirming -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_link_starts_the_term_by_its_button_alone(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 3, 10)
    client, link = anonymous(walk), path(walk)
    for _ in range(2):  # a malware scanner, then the reader
        page = client.get(link)
        assert page.status_code == 200
        assert "Confirmar que lo recibí</button>" in page.text
        assert "vence el 5 de marzo de 2026" in page.text
        observed = re.findall(r"^\d+\. .+$", notice(walk).body, re.MULTILINE)
        assert observed
        assert [one for one in observed if one not in page.text] == []
    assert client.head(link).status_code == 200
    assert term(walk, step) == NOT_RUNNING
    done = client.post(link, follow_redirects=True)
    assert "La notificación ya consta" in done.text
    assert "5 de marzo de 2026" in done.text
    task = walk.task(step)
    assert (task.notified_at, task.notified_how) == (calendar.now(), "confirmed")
    assert term(walk, step) == FROM_TUESDAY
    assert walk.waiting()[f"{step}_lapses"] == task.due_at
    (entry,) = walk.entries("task.notified")
    assert entry.actor_id == notice(walk).user_id
    assert "(confirmó que recibió el correo)" in walk.browser("sip").get(
        "/entidades/E90001/historial"
    ).text  # fmt: skip
    clock.set(task.due_at)
    walk.tick()
    assert walk.task(step).state == "lapsed"
    assert "ya se cerró" in client.get(link).text


@pytest.mark.nightly
def test_confirming_again_changes_nothing(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 3, 10)
    link = path(walk)
    walk.app.config["WTF_CSRF_ENABLED"] = True  # the page asks for no session
    assert anonymous(walk).post(link, headers={"Referer": ""}).status_code == 303
    walk.app.config["WTF_CSRF_ENABLED"] = False
    before, notified_at = walk.row_counts(), walk.task(step).notified_at
    at(clock, 4, 10)
    assert anonymous(walk).post(link).status_code == 303
    open_step(walk, step)
    after = walk.row_counts()
    assert (term(walk, step), walk.task(step).notified_at) == (FROM_TUESDAY, notified_at)
    assert {name for name in before if after[name] != before[name]} == {"sign_in"}


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_who_confirm_at_once_are_one_receipt(walk: Walk, step: str):
    send(walk)
    link = path(walk)
    answers = together(*(lambda: anonymous(walk).post(link).status_code for _ in range(2)))
    assert answers == [303, 303]
    assert len(walk.entries("task.notified")) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("change", ["cut", "longer", "another", "upper", "none", "zero"])
def test_a_link_that_was_forged_or_cut_is_no_page(walk: Walk, change: str):
    walk.people["second"] = walk.person("40000041", "preparer", "E90001")
    observe(walk, "correct_designation")
    first, second = path(walk, 0), path(walk, 1)
    (number, mark), (other, _) = (one.rpartition("/")[2].split("-") for one in (first, second))
    wrong = {
        "cut": first[:-1],
        "longer": first + "0",
        "another": f"/avisos/recibido/{other}-{mark}",
        "upper": f"/avisos/recibido/{number}-{mark.upper()}",
        "none": "/avisos/recibido/",
        "zero": f"/avisos/recibido/0{number}-{mark}",
    }[change]
    client = anonymous(walk)
    assert client.get(wrong).status_code == client.post(wrong).status_code == 404
    assert term(walk, "correct_designation") == NOT_RUNNING


@pytest.mark.nightly
def test_the_link_of_another_step_is_of_that_step(walk: Walk):
    step = "correct_designation"
    observe(walk, step)
    old = path(walk)
    walk.answer(step)
    walk.answer("record_reception", "received")
    walk.answer("review_designation", "observed")
    client = anonymous(walk)
    assert "ya se cerró" in client.get(old).text
    assert client.post(old).status_code == 303
    assert term(walk, step) == NOT_RUNNING
    assert client.post(path(walk)).status_code == 303
    assert term(walk, step) == FROM_MONDAY


@pytest.mark.nightly
@pytest.mark.parametrize("how", ["deactivated", "without the role"])
def test_who_left_confirms_nothing(walk: Walk, step: str, how: str):
    send(walk)
    with walk.writing() as session:
        user = session.get_one(User, notice(walk).user_id)
        if how == "deactivated":
            user.active = False
        else:
            for held in session.scalars(select(Grant).where(Grant.user_id == user.id)):
                held.until_at = calendar.now()
    link = path(walk)
    assert anonymous(walk).get(link).status_code == anonymous(walk).post(link).status_code == 404
    assert term(walk, step) == NOT_RUNNING


@pytest.mark.nightly
def test_who_notifies_confirms_no_receipt(walk: Walk, step: str):
    """Without a mail server the link is shown under *Correos*, to users of the PCM too."""
    send(walk)
    for reader in ("sip", "sgtd", "auditor"):
        client = walk.browser_of(of_pcm(walk, reader))
        assert "</button>" not in client.get(path(walk)).text.split("<main")[1].split("</main")[0]
        assert "solo Persona Ejemplo" in client.post(path(walk), follow_redirects=True).text
    assert term(walk, step) == NOT_RUNNING
    assert walk.browser(LEGAL[step][0]).post(path(walk)).status_code == 303
    assert term(walk, step) == FROM_MONDAY


@pytest.mark.nightly
def test_the_link_is_its_readers_alone_once_a_server_sends_the_mails(walk: Walk, step: str):
    page = f"/correos/{notice(walk).id}"
    sip = walk.browser("sip")
    mark = path(walk).rpartition("/")[2]
    assert mark in sip.get(page).text
    walk.app.config["SMTP_HOST"] = "mail.example.org"
    text = sip.get(page).text
    assert mark not in text
    assert "Base legal" in text
    quoted = f"> Confirmar que lo recibí: http://localhost/avisos/recibido/{mark}\n"
    assert mark not in without_links(quoted)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("day", "hour", "minute", "counted_on", "last"),
    [
        (2, 9, 0, 2, 4),
        (4, 9, 0, 4, 6),
        (5, 16, 30, 5, 9),  # a weekend between
        (5, 16, 31, 6, 10),  # after the cut-off
        (7, 10, 0, 9, 11),  # a Saturday counts as Monday
        (8, 23, 59, 9, 11),
        (30, 10, 0, 30, 1),  # 2 and 3 April are off
        (31, 16, 31, 1, 7),
    ],
)
def test_the_term_counts_from_the_day_of_the_receipt(
    walk: Walk, clock: Clock, day: int, hour: int, minute: int, counted_on: int, last: int
):
    walk.app.config["CUT_OFF"] = time(16, 30)
    observe(walk, "correct_designation")
    send(walk)
    at(clock, day, hour, minute)
    assert anonymous(walk).post(path(walk)).status_code == 303
    assert [day and day.day for day in term(walk, "correct_designation")] == [counted_on, last]


# Opening --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_first_opening_by_one_of_its_people_starts_the_term(
    walk: Walk, step: str, clock: Clock
):
    send(walk)
    role = LEGAL[step][0]
    at(clock, 3, 10)
    client, address = walk.browser(role), f"/tareas/{walk.task(step).id}"
    client.get("/pendientes")
    client.get("/entidades/E90001")
    first = client.get(address).headers["Location"]
    client.head(first)
    client.get(first, headers={"Sec-Purpose": "prefetch"})
    assert term(walk, step) == NOT_RUNNING, "what leads to it is not the step"
    page = client.get(address, follow_redirects=True).text
    assert "consta que recibiste la notificación: vence el 5 de marzo de 2026" in page
    assert "no consta" not in page
    assert "consta que recibiste" not in client.get(address, follow_redirects=True).text
    assert term(walk, step) == FROM_TUESDAY
    (entry,) = walk.entries("task.notified")
    assert (entry.actor_id, entry.at) == (walk.people[role], calendar.now())
    assert "(abrió el paso)" in walk.browser("sip").get("/entidades/E90001/historial").text
    at(clock, 4)
    client.get(address, follow_redirects=True)
    assert term(walk, step) == FROM_TUESDAY
    assert "ya consta" in anonymous(walk).get(path(walk)).text


@pytest.mark.nightly
def test_an_opening_before_the_mail_is_one_and_the_mail_says_the_date(walk: Walk, step: str):
    walk.browser(LEGAL[step][0]).get(f"/tareas/{walk.task(step).id}/revisar")  # a page of it too
    assert term(walk, step) == FROM_MONDAY
    send(walk)
    assert "Vence: 4 de marzo de 2026" in notice(walk).body
    assert "recibido/" not in notice(walk).body
    assert notice(walk).state == "shown"


@pytest.mark.nightly
@pytest.mark.parametrize("reader", ["sip", "sgtd", "auditor", "superuser", "secretary"])
def test_an_opening_by_the_pcm_starts_nothing(walk: Walk, step: str, reader: str):
    send(walk)
    task_id = walk.task(step).id
    client = walk.browser_of(of_pcm(walk, reader))
    for address in (f"/tareas/{task_id}", f"/encargos/{task_id}", "/entidades/E90001"):
        client.get(address, follow_redirects=True)
    assert term(walk, step) == NOT_RUNNING
    with walk.writing() as session:  # and a user of the PCM who also has a post in the entity
        user = walk.user(session, reader)
        place = walk.find(session, step).entity
        access.grant(session, user, LEGAL[step][0], place, None)
    assert open_step(walk, step, reader).status_code == 200
    assert term(walk, step) == NOT_RUNNING


@pytest.mark.nightly
def test_what_a_coordinator_enters_for_the_entity_is_no_opening_by_it(
    walk: Walk, step: str, monkeypatch: pytest.MonkeyPatch
):
    """Neither step can be dictated today; if one could, dictation would not open it."""
    monkeypatch.setattr(forms.steps()[step].form, "dictated", True)
    send(walk)
    coordinator = walk.browser(LEGAL[step][1])
    task_id = walk.task(step).id
    said = {"name_of": "Ana Ejemplo", "post": "Asesora", "how": "telephone"}
    said |= {"told-date": "02/03/2026", "told-time": "08:00"}
    page = coordinator.post(f"/encargos/{task_id}", data=said, follow_redirects=True)
    assert "Registras por encargo" in page.text
    assert term(walk, step) == NOT_RUNNING


@pytest.mark.nightly
def test_a_step_whose_process_cannot_go_on_is_shown_and_not_opened(walk: Walk, step: str):
    send(walk)
    with walk.writing() as session:
        walk.instance(session).state = b"not a state"
    assert open_step(walk, step).status_code == 200
    assert anonymous(walk).post(path(walk)).status_code == 503
    assert term(walk, step) == NOT_RUNNING


@pytest.mark.nightly
def test_an_opening_by_a_substitute_names_both(walk: Walk):
    step = "correct_personnel"
    observe(walk, step)
    send(walk)
    away.note(walk, "administrator", "alternate")
    open_step(walk, step, "alternate")
    assert term(walk, step) == FROM_MONDAY
    (entry,) = walk.entries("task.notified")
    assert entry.data["on_behalf_of"]["id"] == walk.people["administrator"]


@pytest.mark.nightly
def test_a_step_that_is_notified_on_paper_is_opened_by_nobody(walk: Walk):
    with walk.writing() as session:
        walk.user(session, "preparer").email = ""
    observe(walk, "correct_designation")
    assert "Falta notificar" in open_step(walk, "correct_designation").text
    assert term(walk, "correct_designation") == NOT_RUNNING


@pytest.mark.nightly
def test_a_suspended_step_is_neither_confirmed_nor_opened(walk: Walk, step: str, clock: Clock):
    send(walk)
    walk.act(processes.suspend, "Cambio de sede")
    link = path(walk)
    assert "está suspendido" in anonymous(walk).get(link).text
    anonymous(walk).post(link)
    open_step(walk, step)
    assert term(walk, step) == NOT_RUNNING
    at(clock, 10)
    walk.act(processes.resume, "Ya está")
    anonymous(walk).post(link)
    assert term(walk, step) == (date(2026, 3, 10), date(2026, 3, 12))
