"""A notice without a known receipt: paper after two working days, in every case."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from app.base import calendar
from app.base.models import Mail, MailDomain
from app.cases import processes
from app.cases.processes import notification
from app.mailroom import sending
from app.people.addresses import domains
from tests.app.cases.processes.recalculated import add, remove
from tests.app.cases.processes.test_receipts import FROM_MONDAY, FROM_TUESDAY, NOT_RUNNING
from tests.app.confirming import confirmed
from tests.app.mailroom.noticed import (
    LEGAL,
    anonymous,
    at,
    notice,
    observe,
    open_step,
    paper,
    path,
    send,
    step,
    term,
)
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

__all__ = ["step"]  # fixture

HOW = "Cargo n.º 0123-2026 de la mesa de partes"


def record(walk: Walk, step: str, day: int) -> int:
    """Record a notice on paper at ten of a day, as its coordinator; return the status."""
    address = f"/entidades/E90001/tareas/{walk.task(step).id}/notificar"
    data = {"on": f"{day:02}/03/2026", "hour": "10:00", "how": HOW}
    return int(confirmed(walk.browser(LEGAL[step][1]), address, data).status_code)


def test_after_two_working_days_without_a_receipt_paper_is_the_coordinators(
    walk: Walk, step: str, clock: Clock
):
    coordinator = LEGAL[step][1]
    send(walk)
    at(clock, 4, 23, 59)
    assert walk.tick() == 0
    assert paper(walk) == []
    at(clock, 5, 0)
    assert walk.tick() == 1
    (one,) = paper(walk)
    assert (one.role, one.data["reason"]) == (coordinator, "not_acknowledged")
    page = walk.browser(coordinator).get("/pendientes").text
    assert "Notificar en papel" in page
    assert "no consta que recibieran el correo del 2 de marzo de 2026" in page
    assert term(walk, step) == NOT_RUNNING
    assert walk.tick() == 0
    clock.forward(days=60)
    walk.tick()
    assert len(paper(walk)) == 1
    assert len(walk.entries("task.not_acknowledged")) == 1
    said = "No consta que recibieran el correo"
    assert said in walk.browser(coordinator).get("/entidades/E90001/historial").text


def test_a_receipt_that_comes_afterwards_takes_the_paper_down(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 5, 9)
    walk.tick()
    assert len(paper(walk)) == 1
    anonymous(walk).post(path(walk))
    assert paper(walk) == []
    assert term(walk, step) == (date(2026, 3, 5), date(2026, 3, 9))
    assert record(walk, step, 4) == 422


def test_a_moment_on_paper_that_was_noted_first_stands(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 5, 9)
    walk.tick()
    address = f"/entidades/E90001/tareas/{walk.task(step).id}/notificar"
    page = walk.browser(LEGAL[step][1]).get(address).text
    assert "Todavía no consta que lo recibieran" in page
    assert record(walk, step, 4) == 303
    assert term(walk, step) == (date(2026, 3, 4), date(2026, 3, 6))
    assert "ya consta" in anonymous(walk).get(path(walk)).text
    anonymous(walk).post(path(walk))
    open_step(walk, step)
    assert term(walk, step) == (date(2026, 3, 4), date(2026, 3, 6))
    assert walk.task(step).notified_how == "paper"


def test_paper_may_be_recorded_before_it_is_requested(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 3, 12)
    assert record(walk, step, 3) == 303
    assert term(walk, step) == FROM_TUESDAY
    at(clock, 5, 0)
    walk.tick()
    assert paper(walk) == []


def test_no_paper_is_requested_once_the_step_is_closed_or_its_term_runs(
    walk: Walk, step: str, clock: Clock
):
    send(walk)
    walk.answer(step)
    at(clock, 20)
    walk.tick()
    assert paper(walk) == []


@pytest.mark.postgresql
def test_two_workers_ask_for_paper_once(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 5, 0)
    together(walk.tick, walk.tick)
    assert len(paper(walk)) == 1
    assert len(walk.entries("task.not_acknowledged")) == 1


def test_a_worker_that_dies_between_leaves_it_for_the_next(
    walk: Walk, step: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    sending.run(walk.app)
    real = notification.settle

    def dies(session, task_id):
        real(session, task_id)
        session.flush()
        raise KeyboardInterrupt

    for day in (2, 5):  # while it notes the sending, and while it requests paper
        at(clock, day, 9)
        monkeypatch.setattr(notification, "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            walk.tick()
        monkeypatch.setattr(notification, "settle", real)
        assert walk.tick() == 1
        assert walk.tick() == 0
    assert len(walk.entries("task.notice_sent")) == len(paper(walk)) == 1


def test_a_tick_with_nothing_due_asks_one_statement(walk: Walk, step: str):
    send(walk)
    with walk.statements() as sent:
        walk.tick()
    assert len([one for one in sent if one.startswith("SELECT")]) == 1
    assert not [one for one in sent if one.startswith(("INSERT", "UPDATE"))]


def test_a_notice_that_no_server_took_is_a_matter_of_paper_alone(walk: Walk, step: str):
    walk.execute(update(Mail).where(Mail.kind == "legal_notice").values(state="failed", error="No"))
    assert walk.tick() == 1
    assert len(paper(walk)) == 1
    assert walk.tick() == 0
    assert "Falta notificar" in open_step(walk, step).text
    assert term(walk, step) == NOT_RUNNING


# Changes --------------------------------------------------------------------------------------


def test_a_day_that_is_decreed_puts_paper_off_and_one_taken_out_brings_it_back(
    walk: Walk, step: str
):
    send(walk)
    before = walk.task(step).paper_at
    assert before == calendar.midnight(date(2026, 3, 5))
    add(walk, 4)
    assert walk.task(step).paper_at == calendar.midnight(date(2026, 3, 6))
    remove(walk, 4)
    assert walk.task(step).paper_at == before
    add(walk, 20)
    assert walk.task(step).paper_at == before


def test_a_suspension_puts_paper_off_by_its_days(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 3)
    walk.act(processes.suspend, "Cambio de sede")
    at(clock, 10)
    walk.tick()
    assert paper(walk) == [], "nothing is asked for meanwhile"
    walk.act(processes.resume, "Ya está")
    assert walk.task(step).paper_at == calendar.midnight(date(2026, 3, 12))


def test_a_redesignation_stops_neither_the_receipt_nor_the_paper(walk: Walk):
    observe(walk, "correct_personnel")
    send(walk)
    walk.begin("redesignation")
    task = walk.task("correct_personnel")
    assert (task.paused_days, task.paper_at) == (None, calendar.midnight(date(2026, 3, 5)))
    walk.acknowledge("correct_personnel")
    assert term(walk, "correct_personnel") == FROM_MONDAY


def test_a_mail_that_came_back_and_a_late_one_ask_for_one_paper(
    walk: Walk, step: str, clock: Clock
):
    send(walk)
    with walk.writing() as session:
        notification.not_delivered(session, session.get_one(Mail, notice(walk).id))
    at(clock, 5, 9)
    walk.tick()
    (one,) = paper(walk)
    assert one.data["reason"] == "bounced"
    walk.acknowledge(step, "opened")
    assert paper(walk) == []


def test_who_comes_into_the_step_later_can_open_it(walk: Walk, step: str):
    send(walk)
    successor = walk.person("40000042", LEGAL[step][0], "E90001")
    page = walk.browser_of(successor).get(f"/tareas/{walk.task(step).id}", follow_redirects=True)
    assert page.status_code == 200
    assert term(walk, step) == FROM_MONDAY


# A domain that refuses our mails --------------------------------------------------------------


def rest(walk: Walk) -> None:
    """Stop all mail to the domain of the entity's people."""
    with walk.writing() as session:
        session.add(MailDomain(domain="example.pe", since_at=calendar.now(), hard=10, sent=10))


def test_a_notice_whose_domain_refuses_mails_is_requested_on_paper(walk: Walk, step: str):
    rest(walk)
    send(walk)
    assert notice(walk).state == "waiting"
    (one,) = paper(walk)
    assert (one.role, one.data["reason"]) == (LEGAL[step][1], "domain_rests")
    assert walk.tick() == 0, "it is asked for once"
    page = walk.browser(LEGAL[step][1]).get("/pendientes").text
    assert "su dominio rechaza los nuestros" in page
    assert "todavía no sale" in walk.browser(LEGAL[step][0]).get("/pendientes").text
    assert term(walk, step) == NOT_RUNNING


def test_paper_waits_for_a_receipt_once_its_domain_takes_mails_again(walk: Walk, step: str):
    rest(walk)
    send(walk)
    walk.commit(domains.resume, "example.pe", walk.people["sip"])
    send(walk)
    assert notice(walk).state == "shown"
    assert paper(walk) == []
    assert walk.task(step).paper_at == calendar.midnight(date(2026, 3, 5))
    assert anonymous(walk).post(path(walk)).status_code == 303
    assert term(walk, step) == FROM_MONDAY
