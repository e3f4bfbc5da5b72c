"""«No, ya no trabaja aquí»: the function of an administrator who left ends with the change."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Mail, Notice, PlannedStart, Record, Task
from app.cases import records
from app.cases.case import Case
from app.people import access
from app.register.registers import environments
from tests.app import cast
from tests.app.onboarding.mandates.ended import Ended
from tests.app.onboarding.mandates.test_day import REVIEW, declared
from tests.app.walk import CODE, PARTS, Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

LEFT, STAYS = PARTS["administrator"][0], PARTS["alternate"][0]


@pytest.fixture
def ended(walk: Walk, clock: Clock) -> Ended:
    """Return two entities whose mandate ends; the first has its designated administrator."""
    ended = Ended(walk, clock)
    designate(ended, LEFT)
    return ended


def designate(ended: Ended, number: str) -> None:
    """Write who is the designated administrator of the first entity."""
    with ended.writing() as session:
        entity = cast.entity_of(session)
        before = records.of_entities(session, "administrator", [entity.id])[entity.id]
        holder = before["holder"] | {"document_type": "DNI", "document_number": number}
        data: dict[str, Any] = {**before, "holder": holder, "alternate": None}
        session.add(Record(entity_id=entity.id, name="administrator", data=data, at=calendar.now()))


def says(ended: Ended, answer: str) -> int:
    """Let the new authority say whether the administrator stays; return the change."""
    change = declared(ended)
    with ended.writing() as session:
        row = session.scalars(
            select(Record).where(Record.name == "authority_change", Record.instance_id == change)
        ).one()
        row.data = {**row.data, "administrator_stays": answer}
    return change


def says_no(ended: Ended) -> int:
    """Let the new authority say that the administrator left; return the change."""
    return says(ended, "no")


def accepted(ended: Ended, change: int) -> dict[str, dict[str, Any]]:
    """Let a coordinator accept the change; return the data of each notice by its kind."""
    ended.answer(REVIEW, "accepted", instance=change)
    with ended.reading() as session:
        rows = session.scalars(select(Notice).where(Notice.done_at.is_(None)))
        return {row.kind: dict(row.data) for row in rows}


def without_alternate(ended: Ended) -> None:
    """End the function of the alternate."""
    with ended.writing() as session:
        entity = cast.entity_of(session)
        user = access.find_person(session, "DNI", STAYS)
        assert user is not None
        access.revoke(session, user, "alternate", entity, None)


def redesignates(ended: Ended) -> bool:
    """Return whether a redesignation is about to begin."""
    with ended.reading() as session:
        planned = select(PlannedStart).where(PlannedStart.process == "redesignation")
        return session.scalars(planned).first() is not None


def test_the_function_ends_at_once_and_open_steps_go_to_the_alternate(ended: Ended):
    change = says_no(ended)
    with ended.writing() as session:
        administrators = select(Task).where(Task.role == "administrator", Task.state == "open")
        entity = cast.entity_of(session)
        task = session.scalars(administrators.where(Task.entity_id == entity.id)).first()
        assert task is not None
        task.assignee_id, number = ended.people["administrator"], task.id
    assert ended.has_role(LEFT, "administrator"), "before a coordinator has looked"
    notices = accepted(ended, change)
    assert not ended.has_role(LEFT, "administrator")
    assert ended.has_role(STAYS, "alternate")
    assert notices["redesignation_advised"] == {}
    assert not redesignates(ended)
    with ended.reading() as session:
        assert session.get_one(Task, number).assignee_id is None
        heirs = session.scalars(select(Mail.to).where(Mail.kind == "handed_over")).all()
        assert heirs == [f"persona.{STAYS[-3:]}@example.pe"]
        stranded = access.vacancies.stranded(session)
        assert CODE not in {one.entity.code for one in stranded}
    browser = ended.app.test_client()
    assert isinstance(browser, CheckingClient)
    assert cast.sign_in(browser, LEFT).status_code == 422, "who left cannot sign in"


def test_without_an_alternate_another_administrator_is_designated(ended: Ended):
    without_alternate(ended)
    notices = accepted(ended, says_no(ended))
    assert not ended.has_role(LEFT, "administrator")
    assert {"redesignation_advised", "nobody_left"} <= notices.keys()
    assert redesignates(ended)


def test_the_last_person_of_an_open_desk_keeps_the_function(ended: Ended):
    without_alternate(ended)
    with ended.writing() as session:
        entity = cast.entity_of(session)
        environments.open_register(session, entity, "production", None)
    notices = accepted(ended, says_no(ended))
    assert ended.has_role(LEFT, "administrator")
    assert notices["redesignation_advised"] == {"goes_on": True}
    assert not redesignates(ended)
    page = ended.browser("sip").get("/pendientes").text
    assert "su cuenta sigue, porque nadie más puede registrar visitas" in page


def test_an_administrator_who_was_designated_since_then_is_not_meant(ended: Ended):
    change = says_no(ended)
    ended.person("40000088", "administrator", CODE)
    ended.clock.forward(hours=1)
    designate(ended, "40000088")
    accepted(ended, change)
    assert ended.has_role("40000088", "administrator")
    assert not ended.has_role(LEFT, "administrator")


def test_where_nobody_knows_the_coordinator_gets_a_notice_and_the_confirmation_asks(ended: Ended):
    ended.open_production()
    notices = accepted(ended, says(ended, "unknown"))
    assert ended.has_role(LEFT, "administrator")
    assert notices["redesignation_advised"] == {"unknown": True}
    page = ended.browser("sip").get("/pendientes").text
    assert "no sabe si el administrador sigue en la entidad" in page
    ended.tick()
    with ended.reading() as session:
        (task,) = session.scalars(select(Task).where(Task.step == "confirm_register"))
        found = records.read(Case(session, task.entity, task.instance, None, task), "to_confirm")
    assert [label.partition(" · ")[2] for label in found["holders"]] == [
        "administrador del registro"
    ]
