"""The clock while a legal notice is due on paper: the coordinator who notifies holds the case."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from app.base import calendar
from app.base.models import Address, Holding, Mail, MailDomain, ProcessInstance, Task
from app.cases import custody, processes, records
from app.cases.processes import notification
from app.cases.processes.act import Act
from app.people.addresses import domains
from tests.app.cases.processes.test_notification import without_address
from tests.app.mailroom.noticed import LEGAL, anonymous, at, notice, path, send, step
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

__all__ = ["step"]  # fixture

HOW = "Cargo n.º 0123-2026 de la mesa de partes"


def holder(walk: Walk) -> str:
    """Return who holds the case; check that row, diagrams, and log agree."""
    with walk.writing() as session:
        row = walk.instance(session)
        assert row.holder == Act.hold(session, walk.id, None).holder()
        assert row.holder == custody.party_from_rows(session, row)
        assert not custody.rebuild(session, row)
        return row.holder


def days(walk: Walk) -> dict[str, int]:
    """Return the working days of each party that has some; check their sum."""
    with walk.reading() as session:
        row = walk.instance(session)
        clocks = custody.clocks_of(session, [row], calendar.now())[row.id]
        working = calendar.calendar_of(session, row.entity)
        assert clocks.total == working.ended_between(row.started_at, calendar.now())
        return {party: count for party, count in clocks.parties.items() if count}


def bounce(walk: Walk) -> None:
    """Let the mail of the notice bounce."""
    with walk.writing() as session:
        notification.not_delivered(session, session.get_one(Mail, notice(walk).id))


def test_the_days_are_the_coordinators_from_when_paper_is_due_until_a_receipt(
    walk: Walk, step: str, clock: Clock
):
    coordinator = LEGAL[step][1]
    send(walk)
    at(clock, 4, 23, 59)
    walk.tick()
    assert holder(walk) == "entity", "the mail is on its way"
    at(clock, 5, 0)
    walk.tick()
    assert holder(walk) == coordinator
    at(clock, 27)
    walk.tick()
    assert holder(walk) == coordinator
    assert days(walk) == {"entity": 3, coordinator: 16}
    (entry,) = walk.entries("task.paper_due")
    assert entry.data["role"] == coordinator
    name = coordinator.upper()
    browser = walk.browser(coordinator)
    said = f"Le toca a la {name} notificar en papel el paso"
    assert said in browser.get("/entidades/E90001/historial").text
    assert f"La {name}" in browser.get("/entidades/E90001").text
    page = browser.get("/entidades/E90001/tareas").text
    assert (
        f"Lo tiene la {name}, que lo notifica en papel, desde hace 16\N{NO-BREAK SPACE}días" in page
    )
    assert "E90001" in browser.get(f"/entidades?manos={coordinator}").text
    anonymous(walk).post(path(walk))
    assert holder(walk) == "entity"
    at(clock, 30)
    assert days(walk) == {"entity": 4, coordinator: 16}


def test_paper_that_is_noted_gives_the_case_back_from_when_it_was_noted(
    walk: Walk, step: str, clock: Clock
):
    coordinator = LEGAL[step][1]
    send(walk)
    at(clock, 5, 0)
    walk.tick()
    at(clock, 9)
    task = walk.task(step)
    now = datetime(2026, 3, 6, 10, tzinfo=calendar.LIMA)
    walk.commit(processes.notified_on_paper, task.id, now, HOW, walk.people["sip"])
    assert holder(walk) == "entity"
    assert walk.task(step).paper_since_at is None
    at(clock, 10)
    assert days(walk) == {"entity": 4, coordinator: 2}


@pytest.mark.parametrize("why", ["no consent", "no address"])
def test_where_no_mail_will_do_the_step_is_the_coordinators_at_once(
    walk: Walk, why: str, clock: Clock
):
    walk.begin()
    walk.designate()
    with walk.writing() as session:
        case = Act.hold(session, walk.id, None).case
        given = records.read(case, "administrator")
        assert given
        records.write(case, "administrator", {**given, "notices_by_email": why == "no address"})
        if why == "no address":
            session.add(Address(address="persona.011@example.pe", dead_at=calendar.now()))
    walk.answer("record_reception", "observed")
    assert holder(walk) == "sip"
    at(clock, 4)
    assert days(walk) == {"sip": 2}
    walk.answer("correct_designation")
    assert holder(walk) == "mesa_de_partes"


def test_a_mail_that_comes_back_before_a_term_runs_gives_it_to_the_coordinator(
    walk: Walk, step: str, clock: Clock
):
    send(walk)
    at(clock, 3)
    bounce(walk)
    assert holder(walk) == LEGAL[step][1]
    bounce(walk)
    at(clock, 5, 0)
    walk.tick()
    assert len(walk.entries("task.paper_due")) == 1
    assert days(walk) == {"entity": 1, LEGAL[step][1]: 2}


def test_one_that_comes_back_once_a_term_runs_changes_nothing(walk: Walk, step: str):
    send(walk)
    walk.acknowledge(step)
    bounce(walk)
    assert holder(walk) == "entity"
    assert walk.entries("task.paper_due") == []


def test_a_domain_that_takes_mails_again_gives_it_back_to_the_entity(
    walk: Walk, step: str, clock: Clock
):
    walk.add(MailDomain(domain="example.pe", since_at=calendar.now(), hard=10, sent=10))
    send(walk)
    assert holder(walk) == LEGAL[step][1]
    at(clock, 4)
    walk.commit(domains.resume, "example.pe", walk.people["sip"])
    send(walk)
    assert holder(walk) == "entity"
    assert days(walk) == {LEGAL[step][1]: 2}
    said = "Ya no toca notificar en papel"
    assert said in walk.browser(LEGAL[step][1]).get("/entidades/E90001/historial").text
    at(clock, 6, 0)
    walk.tick()
    assert holder(walk) == "entity"
    at(clock, 9, 0)
    walk.tick()
    assert holder(walk) == LEGAL[step][1], "nobody acknowledged that mail either"


def test_a_follow_up_urges_who_is_to_notify_and_calls_no_entity(
    walk: Walk, step: str, clock: Clock
):
    send(walk)
    for _ in range(40):
        clock.forward(days=2)
        walk.tick()
    urged = {"unblock_stage_sip", "unblock_stage_sgtd", "call_entity"} & set(walk.open_steps())
    assert urged == {f"unblock_stage_{LEGAL[step][1]}"}


def test_a_suspension_is_nobodys_and_paper_is_due_again_after_it(
    walk: Walk, step: str, clock: Clock
):
    coordinator = LEGAL[step][1]
    send(walk)
    at(clock, 5, 0)
    walk.tick()
    at(clock, 6)
    walk.act(processes.suspend, "Cambio de sede")
    assert holder(walk) == "suspended"
    at(clock, 10)
    walk.act(processes.resume, "Ya está")
    assert holder(walk) == coordinator
    at(clock, 11)
    assert days(walk) == {"entity": 3, coordinator: 2, "suspended": 2}


def test_a_case_that_cannot_go_on_stays_with_who_runs_the_system(
    walk: Walk, step: str, clock: Clock
):
    send(walk)
    walk.commit(processes.rest, walk.id, RuntimeError("the diagram is broken"))
    at(clock, 5, 0)
    walk.tick()
    assert walk.row().holder == "sgtd"
    assert len(walk.entries("task.paper_due")) == 1
    assert holder(walk) == "sgtd"


def test_the_intervals_are_made_again_from_the_log_alone(walk: Walk, step: str, clock: Clock):
    send(walk)
    at(clock, 5, 0)
    walk.tick()
    at(clock, 12)
    walk.acknowledge(step)
    at(clock, 13)
    query = select(Holding.stage, Holding.party, Holding.since_at, Holding.until_at)
    with walk.writing() as session:
        before = session.execute(query.order_by(Holding.since_at)).all()
        session.execute(delete(Holding))
        session.execute(update(ProcessInstance).values(holder="", holder_since_at=None))
        session.execute(update(Task).values(paper_since_at=None))
    with walk.writing() as session:
        assert custody.rebuild(session, walk.instance(session))
        assert session.execute(query.order_by(Holding.since_at)).all() == before
    assert LEGAL[step][1] in [one.party for one in before]


def test_a_legal_term_does_not_wait_for_another_administrator(walk: Walk, clock: Clock):
    for role in ("preparer", "administrator", "alternate"):
        without_address(walk, role)
    walk.begin_at("resubmission")
    walk.answer("update_personnel")
    walk.answer("file_personnel")
    walk.answer("record_personnel_reception", "observed")
    walk.begin("redesignation")
    task = walk.task("correct_personnel")
    assert (task.paused_days, task.due_at) == (None, None)
    clock.forward(days=1)
    with walk.writing() as session:
        moment = calendar.now() - timedelta(hours=1)
        processes.notified_on_paper(session, task.id, moment, HOW, walk.people["sgtd"])
    due_at = walk.task("correct_personnel").due_at
    assert due_at is not None
    assert calendar.last_day(due_at) == date(2026, 3, 5)
