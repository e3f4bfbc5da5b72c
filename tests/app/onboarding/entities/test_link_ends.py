"""A redesignation is proposed before the link of a designated administrator ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import Grant, Notice, Record, User
from app.cases import processes
from app.onboarding.entities import link_ends
from tests.app import cast
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

PROPOSED = "propón una nueva designación"


@pytest.fixture
def designated(walk: Walk) -> Walk:
    """Return an entity whose designation is done."""
    walk.begin_at("training")
    return walk


def designate(walk: Walk, until_on: date | None, number: str = "40000012") -> None:
    """Write a designation, whose holder has a link that ends on a day."""
    with walk.writing() as session:
        entity = cast.entity_of(session)
        holder: dict[str, Any] = {
            "document_type": "DNI",
            "document_number": number,
            "given_names": "Persona",
            "surnames": f"Ejemplo {number[-3:]}",
        }
        if until_on:
            holder["link_until_on"] = until_on.isoformat()
        session.add(
            Record(
                entity_id=entity.id,
                instance_id=walk.id,
                name="administrator",
                data={"holder": holder, "alternate": None},
                at=calendar.now(),
                by_id=walk.people["sip"],
            )
        )


def working(days: int) -> date:
    """Return the day a number of working days ahead."""
    return calendar.Calendar().add(calendar.today(), days)


def night(walk: Walk) -> int:
    """Run the nightly part; return its count."""
    with walk.app.app_context():
        return link_ends.notify(walk.engine)


def noted(walk: Walk) -> list[bool]:
    """Return whether each notice about the end of a link still waits."""
    rows = walk.all(select(Notice).where(Notice.kind == "link_ends").order_by(Notice.id))
    return [row.done_at is None for row in rows]


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_coordinator_is_notified_once_from_twenty_working_days_before(
    designated: Walk, clock: Clock
):
    designate(designated, working(21))
    assert night(designated) == 0
    clock.forward(days=1)
    assert [night(designated), night(designated)] == [1, 0]
    today = designated.browser("sip").get("/hoy").text
    assert f"El vínculo de Persona Ejemplo 012 termina el 31 de marzo de 2026: {PROPOSED}" in today
    designated.execute(update(Notice).values(done_at=calendar.now()))
    clock.forward(days=40)
    assert night(designated) == 0, "the coordinator said that it is done"


@pytest.mark.nightly
def test_the_page_of_the_entity_has_the_button_for_who_may_begin(designated: Walk):
    address = f"/entidades/{CODE}"
    designate(designated, working(20))
    for role, shown in (("sip", True), ("preparer", True), ("administrator", False)):
        assert (PROPOSED in designated.browser(role).get(address).text) is shown, role
    started = designated.browser("sip").post(f"{address}/iniciar/nueva-designacion")
    assert started.status_code == 303
    assert PROPOSED not in designated.browser("sip").get(address).text
    assert night(designated) == 0


def test_an_end_in_the_past_is_still_proposed(designated: Walk):
    designate(designated, calendar.today() - timedelta(days=3))
    assert night(designated) == 1
    page = designated.browser("sip").get(f"/entidades/{CODE}").text
    assert "El vínculo de Persona Ejemplo 012 terminó el 27 de febrero de 2026" in page


@pytest.mark.parametrize("renewed", [None, timedelta(days=300)])
def test_a_later_designation_takes_its_place(designated: Walk, renewed: timedelta | None):
    designate(designated, working(5))
    assert night(designated) == 1
    designate(designated, calendar.today() + renewed if renewed else None)
    assert night(designated) == 0
    assert noted(designated) == [False]


@pytest.mark.nightly
def test_while_a_redesignation_is_open_the_notice_is_hidden_and_afterwards_it_waits_again(
    designated: Walk,
):
    designate(designated, working(5))
    night(designated)
    instance = designated.begin("redesignation")
    assert PROPOSED not in designated.browser("sip").get("/hoy").text
    # The redesignation names another person, and is cancelled.
    designate(designated, None, number="40000099")
    designated.act(processes.cancel, "De una prueba", on=instance)
    assert PROPOSED in designated.browser("sip").get("/hoy").text
    night(designated)
    assert noted(designated) == [True]


def test_of_who_is_not_administrator_any_more_nothing_is_said(designated: Walk):
    designate(designated, working(5))
    designated.execute(
        update(Grant)
        .where(Grant.user_id == designated.people["administrator"])
        .values(until_at=calendar.now())
    )
    assert night(designated) == 0


@pytest.mark.nightly
def test_before_a_designation_is_done_nothing_is_proposed(begun: Walk):
    designate(begun, working(5))
    assert begun.get(User, begun.people["administrator"]).active
    assert night(begun) == 0
