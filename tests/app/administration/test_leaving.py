"""*Dejo la función*: announced, withdrawn until the day, and carried out on it or later."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.administration import leaving
from app.administration.leaving import acts
from app.administration.leaving.acts import Announcement, CannotLeave
from app.base.db import never
from app.base.models import Departure, Entity, Grant, Notice
from app.cases.papers import handover_sheets
from app.cases.reminders.people import People
from app.onboarding.mandates import sheet
from app.people import access
from tests.app import cast
from tests.app.administration.away import assign, in_days, person, receivers, stranded, take
from tests.app.together import meeting, together
from tests.app.walk import CODE, Walk, sample_pdf
from tests.conftest import Clock

PAGE = f"/entidades/{CODE}/dejo-la-funcion"


@pytest.fixture
def begun(begun: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a case with an open step of the administrator, and a superuser.

    Sheets are blank pages.
    """
    monkeypatch.setattr(handover_sheets, "render", lambda *_: sample_pdf())
    return begun


def announce(
    walk: Walk, days: int, heir: str = "", *, who: str = "administrator", everything: bool = False
) -> int:
    """Announce that a person leaves in some days; return the id. Raises CannotLeave."""
    with walk.writing() as session:
        goes_on = person(session, walk, heir) if heir else None
        said = Announcement(in_days(days), goes_on, everything=everything)
        user = person(session, walk, who)
        return acts.announce(session, user, cast.entity_of(session, CODE), said).id


def withdraw(walk: Walk, who: str = "administrator") -> bool:
    """Withdraw the departure that a person announced; return whether there was one."""
    with walk.writing() as session:
        entity = cast.entity_of(session, CODE)
        return acts.withdraw(session, person(session, walk, who), entity)


def turn(walk: Walk) -> int:
    """Return how many people left in a turn of the worker's job."""
    with walk.app.app_context():
        return (leaving.run(walk.app, never) or {})["left"]


def roles(walk: Walk) -> set[str]:
    """Return the roles that the administrator holds now."""
    held = select(Grant.role).where(
        Grant.user_id == walk.people["administrator"], Grant.until_at.is_(None)
    )
    return set(walk.all(held))


def waiting_notices(walk: Walk) -> list[str]:
    """Return the kinds of the notices that wait."""
    kinds = select(Notice.kind).where(Notice.done_at.is_(None)).order_by(Notice.id)
    return walk.all(kinds)


def give(
    walk: Walk, role: str = "preparer", code: str = CODE, *, who: str = "administrator"
) -> None:
    """Give a person one more role, in an entity that may be new."""
    with walk.writing() as session:
        place = session.scalars(select(Entity).where(Entity.code == code)).one_or_none()
        place = place or cast.entity(session, code)
        access.grant(session, person(session, walk, who), role, place, None)


# The day ------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_access_ends_on_the_day_and_the_steps_go_to_the_alternate_with_a_sheet(
    begun: Walk, clock: Clock
):
    assign(begun, "plan_training", "administrator")
    announce(begun, 3, "alternate")
    assert turn(begun) == 0
    clock.forward(days=2)
    assert turn(begun) == 0
    assert begun.browser("administrator").get(f"/entidades/{CODE}").status_code == 200
    clock.forward(days=1)
    assert turn(begun) == 1
    assert roles(begun) == set()
    assert begun.browser("administrator").get(f"/entidades/{CODE}").status_code in (303, 404)
    assert receivers(begun, "administrator") == ["alternate"]
    assert begun.task("plan_training").assignee_id is None
    assert stranded(begun) == []
    assert turn(begun) == 0
    assert len(begun.entries("person.left")) == 1
    alternate = begun.browser("alternate")
    assert "Ficha de entrega" in alternate.get(f"/entidades/{CODE}/archivos").text
    history = alternate.get(f"/entidades/{CODE}/historial").text
    assert "Se emitió el documento: Ficha de entrega" in history


def test_access_ends_on_the_day_also_where_no_job_ran(begun: Walk, clock: Clock):
    give(begun)
    announce(begun, 1)
    place = begun.row().entity_id
    user = begun.read(person, begun, "administrator")
    assert access.roles_of(user, place) == {"administrator", "preparer"}
    clock.forward(days=1)
    user = begun.read(person, begun, "administrator")
    assert access.roles_of(user, place) == {"preparer"}
    assert {lane for lane, _ in access.lanes_of(user)} == {"authority"}
    assert not access.may(user, "manage_register", place)
    assert not access.entities_of(user, frozenset({"administrator"}))
    assert turn(begun) == 1, "the job still ends the role and hands over"
    assert roles(begun) == {"preparer"}


def test_mails_and_lanes_are_without_who_left_also_where_no_job_ran(begun: Walk, clock: Clock):
    announce(begun, 1)
    assert receivers(begun, "administrator") == ["administrator"]
    clock.forward(days=1)
    assert receivers(begun, "administrator") == ["alternate"]
    with begun.writing() as session:
        place = cast.entity_of(session, CODE)
        lane = "administrator", place.id
        assert not access.vacancies.is_vacant(session, lane)
        person(session, begun, "alternate").active = False
        session.flush()
        assert access.vacancies.is_vacant(session, lane)
        assert People(session, [place]).holders("administrator", place) == []
        listed = [role for role, _ in sheet.values(session, place, in_days(9))["people"]]
        assert access.ROLES["administrator"].name not in listed


def test_who_leaves_everything_is_out_on_the_day_without_a_job(begun: Walk, clock: Clock):
    give(begun)
    announce(begun, 1, everything=True)
    assert withdraw(begun), "a withdrawn departure ends nothing"
    clock.forward(days=1)
    browser = begun.browser("administrator")
    assert browser.get(f"/entidades/{CODE}").status_code == 200
    announce(begun, 0, everything=True)
    assert browser.get(f"/entidades/{CODE}").status_code in (303, 404)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_worker_that_was_off_for_weeks_ends_it_once(begun: Walk, clock: Clock):
    announce(begun, 1)
    clock.forward(days=40)
    together(lambda: turn(begun), lambda: turn(begun))
    assert roles(begun) == set()
    assert len(begun.entries("person.role_revoked")) == 1
    assert len(begun.entries("paper.issued")) == 1


def test_without_a_sheet_the_person_leaves_all_the_same(
    begun: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: Any) -> bytes:
        raise OSError("no typesetter")

    monkeypatch.setattr(handover_sheets, "render", fails)
    announce(begun, 1, "alternate")
    clock.forward(days=1)
    assert turn(begun) == 1
    assert roles(begun) == set()
    assert begun.entries("paper.issued") == []


def test_the_last_who_could_act_leaves_and_the_coordinators_know(begun: Walk, clock: Clock):
    take(begun, "alternate", "alternate")
    announce(begun, 1)
    assert waiting_notices(begun) == ["departure_announced"]
    clock.forward(days=1)
    assert turn(begun) == 1
    assert sorted(waiting_notices(begun)) == ["departure_announced", "nobody_left"]
    assert stranded(begun) == []  # a redesignation began, for which the step waits
    assert len(begun.entries("process.started")) == 2


@pytest.mark.nightly
def test_the_last_of_all_leaves_everything_and_a_code_goes_out(begun: Walk, clock: Clock):
    take(begun, "alternate", "alternate")
    give(begun)
    take(begun, "preparer", "preparer")
    announce(begun, 1, everything=True)
    clock.forward(days=1)
    before = len(begun.entries("code.issued"))
    assert turn(begun) == 1
    assert roles(begun) == set()
    assert len(begun.entries("code.issued")) == before + 1
    assert stranded(begun) == []


def test_who_lost_the_function_before_the_day_leaves_no_sheet(begun: Walk, clock: Clock):
    announce(begun, 1, "alternate")
    take(begun, "administrator", "administrator")
    clock.forward(days=1)
    assert turn(begun) == 0
    assert begun.entries("paper.issued") == []
    assert begun.one(select(Departure)).done_at is not None


def test_the_role_of_another_entity_stays(begun: Walk, clock: Clock):
    give(begun, "administrator", "E90009")
    announce(begun, 1, "alternate", everything=True)
    clock.forward(days=1)
    turn(begun)
    assert roles(begun) == {"administrator"}


# Refusals -----------------------------------------------------------------------------------------


def test_an_impossible_day_or_heir_a_second_time_or_a_function_that_ended_is_refused(begun: Walk):
    for from_on, said in [(-1, "El día ya pasó"), (366, "dentro de un año como máximo")]:
        with pytest.raises(CannotLeave, match=said):
            announce(begun, from_on)
    with pytest.raises(CannotLeave) as refused:
        announce(begun, 1, "preparer")
    assert refused.value.field == "heir"
    assert begun.entries("departure.announced") == []
    announce(begun, 3)
    with pytest.raises(CannotLeave, match="Ya anotaste"):
        announce(begun, 5)
    withdraw(begun)
    take(begun, "administrator", "administrator")
    with pytest.raises(CannotLeave, match="Ya no tienes esta función"):
        announce(begun, 1)


@pytest.mark.postgresql
def test_leaving_twice_at_once_is_one_departure(begun: Walk, monkeypatch: pytest.MonkeyPatch):
    # Without the lock, both would check before either has announced.
    monkeypatch.setattr(acts, "waiting", meeting(acts.waiting, 2, 1))
    results = together(lambda: announce(begun, 3), lambda: announce(begun, 3))
    assert {type(result) for result in results} == {int, CannotLeave}
    assert len(begun.entries("departure.announced")) == 1


@pytest.mark.nightly
def test_who_leaves_too_cannot_go_on(begun: Walk, clock: Clock):
    announce(begun, 1, who="alternate")
    with pytest.raises(CannotLeave, match="ya no administra el registro"):
        announce(begun, 1, "alternate")
    announce(begun, 1)
    clock.forward(days=1)
    assert turn(begun) == 2
    assert "nobody_left" in waiting_notices(begun)
    assert stranded(begun) == []


# Withdrawing --------------------------------------------------------------------------------------


def test_it_is_withdrawn_until_the_day(begun: Walk, clock: Clock):
    announce(begun, 2, "alternate")
    clock.forward(days=1)
    assert withdraw(begun)
    assert waiting_notices(begun) == []
    assert not withdraw(begun)
    clock.forward(days=5)
    assert turn(begun) == 0
    assert roles(begun) == {"administrator"}
    assert announce(begun, 2)


@pytest.mark.nightly
def test_nobody_withdraws_for_another_or_on_the_day(begun: Walk, clock: Clock):
    announce(begun, 2, "alternate")
    assert not withdraw(begun, "alternate")
    assert begun.all(select(Departure.withdrawn_at)) == [None]
    clock.forward(days=2)
    assert not withdraw(begun)
    assert turn(begun) == 1


# Mails --------------------------------------------------------------------------------------------


def test_those_who_stay_get_a_mail_with_what_they_can_do(begun: Walk):
    announce(begun, 304, "alternate")
    mails = {mail.user_id: mail for mail in begun.mails("leaving")}
    assert set(mails) == {begun.people[who] for who in ("alternate", "preparer", "sip")}
    to_heir = mails[begun.people["alternate"]]
    assert to_heir.subject.endswith("deja la función y sigues tú")
    assert "Su acceso termina el 31 de diciembre de 2026." in to_heir.body
    assert "Sus pasos abiertos siguen contigo" in to_heir.body
    assert all("Designar a otro administrador" in mail.body for mail in mails.values())
    assert all(f"/entidades/{CODE}" in mail.body for mail in mails.values())
    assert all("4000" not in mail.body for mail in mails.values())
    withdraw(begun)
    assert begun.mails("leaving")[-1].subject.endswith("ya no deja la función")
