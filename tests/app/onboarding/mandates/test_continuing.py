"""Authorities who turn out to continue, after their posts ended with the mandate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Notice
from app.cases import processes
from tests.app import cast
from tests.app.onboarding.mandates.ended import ENDS, LAST_DAY, MONDAY, NEW_YEAR, Ended, continuing
from tests.app.onboarding.mandates.test_day import (
    MANAGER,
    MAYOR,
    holders,
    list_personnel,
    listed,
    publish,
    work,
)
from tests.app.walk import CODE

pytestmark = pytest.mark.nightly


def let_continue(ended: Ended) -> None:
    """Add to the table that the authority of the first entity continues."""
    with ended.writing() as session:
        entity = cast.entity_of(session)
        entity.ubigeo = "150102"
        session.add(continuing(entity.kind, "150102"))


def test_an_authority_that_turns_out_to_continue_holds_its_post_again(ended: Ended):
    publish(ended, MAYOR, MANAGER)
    list_personnel(ended, MAYOR, MANAGER)
    work(ended, LAST_DAY)
    assert list(holders(ended).values()) == [ENDS, None]
    manager = ("Rojas Ejemplo", None, "alta")
    assert listed(ended) == [("Mamani Muestra", ENDS, "baja"), manager]
    let_continue(ended)
    work(ended, NEW_YEAR)
    assert list(holders(ended).values()) == [None, None]
    assert listed(ended) == [("Mamani Muestra", None, "alta"), manager]


def continues(ended: Ended) -> list[tuple[bool, dict[str, Any]]]:
    """Return each notice that the authority continues: whether it waits, and its data."""
    with ended.reading() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == "authority_continues"))
        return [(row.done_at is None, dict(row.data)) for row in rows]


def test_it_holds_its_post_again_too_where_a_coordinator_cancelled_its_change(ended: Ended):
    publish(ended, MAYOR)
    ended.begin_year()
    work(ended, NEW_YEAR)
    assert continues(ended) == []
    let_continue(ended)
    work(ended, MONDAY)
    assert list(holders(ended).values()) == [ENDS], "its change is open"
    work(ended, MONDAY)
    assert continues(ended) == [(True, {"until_on": "2027-06-30"})], "once"
    page = ended.browser("sip").get("/pendientes").text
    assert "si anulas su cambio, recupera su cargo" in page
    with ended.writing() as session:
        change, by = ended.changes()[CODE], ended.people["sip"]
        processes.cancel(session, change, "La autoridad continúa.", by)
    work(ended, MONDAY)
    assert list(holders(ended).values()) == [None]
    assert continues(ended) == [(False, {"until_on": "2027-06-30"})]


def test_a_notice_that_the_authority_continues_does_not_come_again(ended: Ended):
    ended.begin_year()
    let_continue(ended)
    work(ended, MONDAY)
    with ended.writing() as session:
        session.scalars(select(Notice)).one().done_at = calendar.now()
    work(ended, MONDAY + timedelta(days=1))
    assert [waits for waits, _ in continues(ended)] == [False]
