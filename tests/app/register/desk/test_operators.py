"""Permission to record follows the roster: operators who left lose it, new ones get it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import PostHolder, ProcessInstance, User
from app.cases import records
from app.cases.case import Case
from app.people import access
from app.register.registers import environments
from forms.shapes.loading import invented_roster
from tests.app.cases.changes.changing import numbers, operators
from tests.app.walk import Walk

ROSTER = invented_roster(operators=3)
FIRST, SECOND, THIRD = (row for row in ROSTER if row["profile"] == "operator")
NEW = FIRST | {"document_number": "00000299", "email": "persona299@example.pe"}


@pytest.fixture
def live(walk: Walk) -> Walk:
    """Return an entity in production, whose three operators have their accounts."""
    walk.begin_at("production")
    with walk.writing() as session:
        row = walk.instance(session)
        case = Case(session, row.entity, row)
        environments.open_register(session, row.entity, "production", None)
        records.roster.write(case, ROSTER)
        records.roster.seat_operators(case)
    return walk


def confirm(walk: Walk, rows: list[dict[str, Any]]) -> None:
    """Confirm a roster in a cycle of upkeep."""
    cycle = walk.begin("upkeep")
    with walk.writing() as session:
        row = session.get_one(ProcessInstance, cycle)
        records.roster.write(Case(session, row.entity, row), rows)


def others() -> list[dict[str, Any]]:
    return [row for row in ROSTER if row["profile"] != "operator"]


@pytest.mark.nightly
def test_a_confirmed_roster_closes_the_desk_to_past_operators_and_opens_it_to_new_ones(
    live: Walk,
):
    assert operators(live) == numbers(FIRST, SECOND, THIRD)
    confirm(live, [*others(), FIRST, SECOND | {"movement": "baja"}, NEW])
    assert operators(live) == numbers(FIRST, NEW), "one is a baja, one stands in it no more"
    there = select(PostHolder.document_number).where(
        PostHolder.profile == "operator", PostHolder.to_on.is_(None)
    )
    assert sorted(live.all(there)) == numbers(FIRST, NEW), "as the register has it"


def test_a_deactivated_operator_does_not_return_to_a_former_desk(live: Walk):
    with live.writing() as session:
        found = session.scalars(
            select(User).where(User.document_number == SECOND["document_number"])
        ).one()
        found.active = False
    confirm(live, [*others(), FIRST])
    live.change(User, found.id, active=True)
    assert operators(live) == numbers(FIRST)


def test_an_operator_who_stays_without_an_address_keeps_the_account(live: Walk):
    confirm(live, [*others(), FIRST | {"email": ""}])
    assert operators(live) == numbers(FIRST)


def test_without_a_listed_operator_nobody_loses_a_desk(walk: Walk):
    walk.begin()
    number = "00000298"
    with walk.writing() as session:
        row = walk.instance(session)
        person = NEW | {"document_number": number}
        access.open_account(session, person, "operator", row.entity, None)
        records.roster.seat_operators(Case(session, row.entity, row))
    assert operators(walk) == [number]
