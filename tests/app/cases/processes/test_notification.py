"""Legal terms run from their notification: by mail, or on paper as a coordinator records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Address, Mail, Notice, Task
from app.cases import processes, records
from app.cases.processes import notification
from app.cases.processes.act import STANDSTILL
from tests.app.confirming import confirmed
from tests.app.posted import refuses
from tests.app.walk import Walk
from tests.conftest import Clock

STEP = "correct_designation"
HOW = "Cargo n.º 0123-2026 de la mesa de partes"


def observe(walk: Walk) -> None:
    """Take a case to a legal term: the mesa de partes observed the designation."""
    walk.begin_filed()
    walk.answer("record_reception", "observed")


def without_address(walk: Walk, role: str = "preparer") -> None:
    """Make a person unreachable by mail."""
    with walk.writing() as session:
        walk.user(session, role).email = ""


@pytest.fixture
def unnotified(walk: Walk) -> Walk:
    """Return a legal term whose people cannot be reached by mail, on Monday 2 March 2026."""
    without_address(walk)
    observe(walk)
    return walk


def waiting(walk: Walk) -> list[Notice]:
    """Return the open notices on paper."""
    due = (Notice.kind == "notify_on_paper", Notice.done_at.is_(None))
    return walk.all(select(Notice).where(*due).order_by(Notice.id))


def note(walk: Walk, day: str = "03/03/2026", hour: str = "10:00"):
    """Record a notice on paper, as a coordinator; return the answer of the page."""
    data = {"on": day, "hour": hour, "how": HOW}
    return confirmed(walk.browser("sip"), address(walk), data)


def address(walk: Walk) -> str:
    """Return the page on which a coordinator records it."""
    return f"/entidades/E90001/tareas/{walk.task(STEP).id}/notificar"


def at(clock: Clock, day: int, hour: int = 9) -> None:
    """Set the clock to an hour of a day of March 2026 in Lima."""
    clock.set(datetime(2026, 3, day, hour, tzinfo=calendar.LIMA))


def term(walk: Walk) -> tuple[date | None, date | None]:
    """Return from which day the term is counted, and its last day."""
    task = walk.task(STEP)
    return task.counted_on, calendar.last_day(task.due_at) if task.due_at else None


# By mail --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_mail_that_notifies_lets_nothing_run_by_itself(walk: Walk):
    observe(walk)
    (mail,) = walk.mails("legal_notice")
    task = walk.task(STEP)
    assert mail.to == "persona.011@example.pe"
    assert mail.not_before_at == task.notice_at == calendar.now()
    assert (task.notified_at, term(walk)) == (None, (None, None))
    assert "Vence" not in mail.body
    assert waiting(walk) == []
    (entry,) = walk.entries("task.notice_written")
    assert entry.data["notice_at"] == task.notice_at.isoformat()
    assert "Se escribió el correo" in walk.browser("sip").get("/entidades/E90001/historial").text


@pytest.mark.nightly
def test_what_is_observed_at_night_is_sent_when_mails_are_sent(walk: Walk, clock: Clock):
    at(clock, 6, 20)  # Friday
    observe(walk)
    (mail,) = walk.mails("legal_notice")
    assert mail.not_before_at == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)
    assert walk.task(STEP).notice_at == mail.not_before_at


@pytest.mark.nightly
def test_nobody_is_notified_at_an_address_that_is_dead(walk: Walk):
    walk.people["second"] = walk.person("40000041", "preparer", "E90001")
    walk.add(Address(address="persona.011@example.pe", dead_at=calendar.now()))
    observe(walk)
    assert [mail.to for mail in walk.mails("legal_notice")] == ["persona.041@example.pe"]
    assert waiting(walk) == []


# Not yet --------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_term_without_anyone_to_notify_does_not_run(unnotified: Walk, clock: Clock):
    task = unnotified.task(STEP)
    assert (task.notified_at, task.counted_on, task.due_at) == (None, None, None)
    assert unnotified.mails("legal_notice") == []
    assert unnotified.waiting()[f"{STEP}_lapses"] - calendar.now() == STANDSTILL
    clock.forward(days=90)
    unnotified.tick()
    assert unnotified.task(STEP).state == "open"


def test_the_coordinator_finds_what_to_notify_and_the_entity_that_no_term_runs(
    unnotified: Walk,
):
    (notice,) = waiting(unnotified)
    assert (notice.role, notice.task_id) == ("sip", unnotified.task(STEP).id)
    sip = unnotified.browser("sip")
    inbox = sip.get("/pendientes").text
    assert "Notificar en papel" in inbox
    assert "nadie tiene un correo que funcione" in inbox
    assert address(unnotified) in inbox
    assert address(unnotified) in sip.get("/entidades/E90001/tareas").text
    page = sip.get(address(unnotified)).text
    assert "Persona Ejemplo 011" in page
    assert "falta notificar" in page
    assert "Falta notificar en papel el paso" in sip.get("/entidades/E90001/historial").text
    assert "Notificar en papel" not in unnotified.browser("sgtd").get("/pendientes").text
    client = unnotified.browser("preparer")
    page = client.get(f"/tareas/{unnotified.task(STEP).id}", follow_redirects=True).text
    assert "Falta notificar" in page
    assert "todavía no corre, porque falta notificar" in page
    assert "Falta notificar" in client.get("/pendientes").text
    assert "notificar</a>" not in client.get("/entidades/E90001/tareas").text


@pytest.mark.nightly
def test_an_entity_that_accepted_no_mails_is_notified_on_paper(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    real = records.read

    def read(case, name):
        value = real(case, name)
        return value | {"notices_by_email": False} if name == "administrator" and value else value

    monkeypatch.setattr(records, "read", read)
    observe(walk)
    assert walk.mails("legal_notice") == []
    (notice,) = waiting(walk)
    assert notice.data["reason"] == "no_consent"
    page = walk.browser("sip").get("/pendientes").text
    assert "la entidad no aceptó notificaciones por correo" in page


@pytest.mark.nightly
def test_the_second_correction_is_the_sgtds_to_notify(walk: Walk):
    for role in ("preparer", "administrator", "alternate"):
        without_address(walk, role)
    walk.begin_at("resubmission")
    walk.answer("update_personnel")
    walk.answer("file_personnel")
    walk.answer("record_personnel_reception", "observed")
    assert [notice.role for notice in waiting(walk)] == ["sgtd"]


# On paper -------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_notice_on_paper_lets_the_term_run_from_its_moment(unnotified: Walk, clock: Clock):
    at(clock, 4)
    assert note(unnotified).status_code == 303
    task = unnotified.task(STEP)
    assert task.notified_at == datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    assert term(unnotified) == (date(2026, 3, 3), date(2026, 3, 5))
    assert unnotified.waiting()[f"{STEP}_lapses"] == task.due_at
    assert unnotified.row().wake_at == task.due_at
    assert waiting(unnotified) == []
    (entry,) = unnotified.entries("task.notified")
    assert (entry.data["how"], entry.actor_id) == (HOW, unnotified.people["sip"])
    sip = unnotified.browser("sip")
    history = sip.get("/entidades/E90001/historial").text
    assert f"el 3 de marzo de 2026, 10:00 ({HOW})" in history
    assert "Notificar en papel" not in sip.get("/pendientes").text
    clock.set(task.due_at)
    unnotified.tick()
    assert unnotified.task(STEP).state == "lapsed"


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("day", "hour", "counted_on", "last"),
    [
        ("07/03/2026", "10:00", 9, 11),  # a Saturday counts as Monday
        ("05/03/2026", "16:30", 5, 9),
        ("05/03/2026", "16:31", 6, 10),  # after the cut-off
    ],
)
def test_a_notice_on_a_day_off_or_after_the_cut_off_is_of_the_next_working_day(
    unnotified: Walk, clock: Clock, day: str, hour: str, counted_on: int, last: int
):
    unnotified.app.config["CUT_OFF"] = time(16, 30)
    at(clock, 9)
    note(unnotified, day, hour)
    assert term(unnotified) == (date(2026, 3, counted_on), date(2026, 3, last))


@pytest.mark.nightly
def test_a_moment_that_cannot_be_is_refused(
    unnotified: Walk, clock: Clock, subtests: pytest.Subtests
):
    at(clock, 4)
    wrong = [
        ({"on": "04/03/2026", "hour": "09:01"}, "todavía no llega"),
        ({"on": "01/01/2030", "hour": "09:01"}, "todavía no llega"),
        ({"on": "02/03/2026", "hour": "07:59"}, "no pudo ser antes"),
        ({"on": "03/03/2020", "hour": "10:00"}, "no pudo ser antes"),
    ]
    refuses(subtests, unnotified.browser("sip"), address(unnotified), {"how": HOW}, wrong)
    assert unnotified.task(STEP).notified_at is None
    assert len(waiting(unnotified)) == 1
    assert unnotified.entries("task.notified") == []


@pytest.mark.nightly
def test_a_notice_is_noted_once(unnotified: Walk, clock: Clock):
    at(clock, 4)
    note(unnotified)
    again = note(unnotified, "04/03/2026", "08:30")
    assert again.status_code == 422
    assert "ya está anotada" in again.text
    assert term(unnotified)[0] == date(2026, 3, 3)


@pytest.mark.nightly
def test_what_was_acknowledged_is_not_noted_on_paper(walk: Walk, clock: Clock):
    observe(walk)
    walk.acknowledge(STEP)
    at(clock, 3)
    assert note(walk, "02/03/2026").status_code == 422
    assert term(walk) == (date(2026, 3, 2), date(2026, 3, 4))


def test_other_steps_have_no_notice_to_be_noted(begun: Walk):
    task_id = begun.task("designate_administrator").id
    page = f"/entidades/E90001/tareas/{task_id}/notificar"
    data = {"on": "02/03/2026", "hour": "08:00", "how": HOW}
    refused = begun.browser("sip").post(page, data=data)
    assert refused.status_code == 422
    assert "no corre desde una notificación" in refused.text


@pytest.mark.nightly
def test_a_suspended_process_is_not_notified_and_its_days_do_not_count(
    unnotified: Walk, clock: Clock
):
    at(clock, 4)
    unnotified.act(processes.suspend, "Cambio de sede")
    assert note(unnotified).status_code == 422
    at(clock, 11)
    unnotified.act(processes.resume, "Ya está")
    assert note(unnotified).status_code == 303
    # From Wednesday to Tuesday five working days ended.
    assert term(unnotified) == (date(2026, 3, 3), date(2026, 3, 12))


# Not delivered --------------------------------------------------------------------------------


def bounce(walk: Walk, **values: object) -> None:
    """Let the mail of the notice bounce, with other values if some are given."""
    with walk.writing() as session:
        mail = session.scalars(select(Mail).where(Mail.kind == "legal_notice")).one()
        for name, value in {"state": "bounced", **values}.items():
            setattr(mail, name, value)
        notification.not_delivered(session, mail)


@pytest.mark.nightly
def test_a_notice_that_came_back_is_the_coordinators(walk: Walk, clock: Clock):
    observe(walk)
    bounce(walk)
    assert term(walk) == (None, None)
    (notice,) = waiting(walk)
    assert notice.data == {
        "name": walk.task(STEP).name,
        "reason": "bounced",
        "address": "persona.011@example.pe",
    }
    page = walk.browser("sip").get("/pendientes").text
    assert "no se pudo entregar el correo a persona.011@example.pe" in page
    assert walk.log().count("task.not_delivered") == 1
    bounce(walk)
    assert len(waiting(walk)) == 1
    at(clock, 4)
    assert note(walk, "04/03/2026", "08:30").status_code == 303
    assert term(walk) == (date(2026, 3, 4), date(2026, 3, 6))
    assert waiting(walk) == []
    bounce(walk)
    assert waiting(walk) == [], "another notice lets the term run now"


@pytest.mark.nightly
@pytest.mark.parametrize("act", [Walk.acknowledge, Walk.answer])
def test_a_notice_that_comes_back_after_a_receipt_or_the_answer_is_nobodys_matter(
    walk: Walk, act: Callable[[Walk, str], object]
):
    observe(walk)
    act(walk, STEP)
    before = term(walk)
    bounce(walk)
    assert term(walk) == before
    assert waiting(walk) == []


@pytest.mark.nightly
def test_a_mail_that_is_no_notice_asks_for_no_paper(walk: Walk):
    observe(walk)
    bounce(walk, kind="digest", task_id=None)
    assert waiting(walk) == []


@pytest.mark.nightly
def test_a_notice_whose_step_was_answered_is_over(unnotified: Walk):
    unnotified.answer(STEP)
    assert "Notificar en papel" not in unnotified.browser("sip").get("/pendientes").text
    assert unnotified.one(select(Task.state).where(Task.step == STEP)) == "completed"
