"""«Ya no trabaja aquí» for an administrator, and for everyone before the first register opens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.administration.leaving import acts
from app.administration.users import changes
from app.administration.users.departures import NobodyLeft
from app.base import calendar
from app.base.models import (
    Departure,
    Grant,
    Mail,
    Notice,
    PlannedStart,
    ProcessInstance,
)
from app.people import access
from forms.fields.people import key_of
from tests.app import cast
from tests.app.administration.away import stranded
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, SECOND
from tests.app.onboarding.entities.test_departed_staff import account, official, today
from tests.app.together import together
from tests.app.walk import CODE, PARTS, Walk

ADMINISTRATOR, ALTERNATE = PARTS["administrator"][0], PARTS["alternate"][0]
PEOPLE = f"/entidades/{CODE}/personas"


@pytest.fixture
def live(walk: Walk) -> Walk:
    return changing.live(walk)


def kinds(walk: Walk) -> list[str]:
    """Return the kinds of the open notices."""
    return walk.all(select(Notice.kind).where(Notice.done_at.is_(None)))


def make_administrator(walk: Walk) -> None:
    """Let the first person of the register administer it too."""
    with walk.writing() as session:
        user = access.find_person(session, *key_of(FIRST))
        assert user is not None
        access.grant(session, user, "administrator", cast.entity_of(session), None)


def planned(walk: Walk) -> list[str]:
    """Return the processes that begin with the next tick."""
    return walk.all(select(PlannedStart.process))


def written_to(walk: Walk) -> dict[str, str]:
    """Return the mails about the departure: address → text."""
    return {m.to: m.body for m in walk.all(select(Mail).where(Mail.kind == "leaving"))}


@pytest.mark.nightly
@pytest.mark.parametrize("who", ["alternate", "sip", "sgtd"])
def test_the_administrator_has_no_account_from_that_minute(live: Walk, who: str):
    browser, url = live.browser(who), account(live, ADMINISTRATOR)
    assert url in browser.get(PEOPLE).text
    assert "siguen con Persona Ejemplo 013" in browser.get(url).text
    assert browser.post(url, data=today()).status_code == 303
    assert not live.has_role(ADMINISTRATOR, "administrator")
    assert live.has_role(ALTERNATE, "alternate")
    url = f"/entidades/{CODE}"
    assert live.browser("administrator").get(url).location == f"/ingresar?siguiente={url}"
    assert planned(live) == []
    assert kinds(live) == ["departure_announced"], "a redesignation is proposed"
    entry = live.entries("departure.registered")[0]
    assert entry.actor_id == live.people[who]
    history = live.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "Persona Ejemplo 012 ya no administra el registro" in history


@pytest.mark.nightly
def test_those_who_prepare_the_designation_are_offered_another(live: Walk):
    live.browser("alternate").post(account(live, ADMINISTRATOR), data=today())
    mails = written_to(live)
    assert sorted(mails) == ["persona.011@example.pe", "persona.021@example.pe"]
    assert all("Designar a otro administrador" in text for text in mails.values())
    assert all("siguen con Persona Ejemplo 013" in text for text in mails.values())


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("reason", "everything", "closed"),
    [("link_ended", True, True), ("moved", False, True), ("moved", True, False)],
)
def test_an_announced_departure_ends_unless_other_functions_wait_for_its_day(
    live: Walk, reason: str, everything: bool, closed: bool
):
    with live.writing() as session:
        entity = cast.entity_of(session)
        user = live.user(session, "administrator")
        access.grant(session, user, "preparer", entity, None)
        day = calendar.today() + timedelta(days=20)
        acts.announce(session, user, entity, acts.Announcement(day, everything=everything))
    url = account(live, ADMINISTRATOR)
    live.browser("alternate").post(url, data=today() | {"reason": reason})
    assert (live.one(select(Departure)).done_at is not None) is closed
    assert not live.has_role(ADMINISTRATOR, "administrator")
    assert live.has_role(ADMINISTRATOR, "preparer") is (reason == "moved")


@pytest.mark.nightly
def test_open_steps_pass_to_the_alternate(live: Walk):
    cycle = live.begin("upkeep")
    with live.writing() as session:
        live.find(session, "confirm_register", cycle).assignee_id = live.people["administrator"]
    live.browser("alternate").post(account(live, ADMINISTRATOR), data=today())
    assert live.task("confirm_register", cycle).assignee_id is None
    assert stranded(live) == []
    heirs = live.all(select(Mail.to).where(Mail.kind == "handed_over"))
    assert heirs == ["persona.013@example.pe"]


@pytest.mark.nightly
def test_without_an_alternate_a_redesignation_begins(live: Walk):
    live.leave("alternate")
    url = account(live, ADMINISTRATOR)
    assert "empieza una nueva designación" in live.browser("sip").get(url).text
    assert live.browser("sip").post(url, data=today()).status_code == 303
    live.tick()
    open_ = select(ProcessInstance.process).where(ProcessInstance.ended_at.is_(None))
    assert "redesignation" in live.all(open_)
    assert kinds(live) == ["nobody_left"]


@pytest.mark.nightly
def test_a_suspended_administrator_leaves_and_a_redesignation_begins(live: Walk):
    live.leave("alternate")
    with live.writing() as session:
        user = access.find_person(session, "DNI", ADMINISTRATOR)
        assert user is not None
        user.active, user.suspended_at = False, calendar.now()
    assert live.browser("sip").post(account(live, ADMINISTRATOR), data=today()).status_code == 303
    assert planned(live) == ["redesignation"]


@pytest.mark.nightly
@pytest.mark.parametrize("who", ["preparer", "administrator", "secretary"])
def test_others_have_no_such_page(live: Walk, who: str):
    live.person("40000098", "administrator", CODE)
    url = account(live, "40000098")
    browser = live.browser(who)
    assert url not in browser.get(PEOPLE).text
    assert browser.get(url).status_code == 404
    assert browser.post(url, data=today()).status_code == 404
    assert live.has_role("40000098", "administrator")


@pytest.mark.nightly
def test_the_coordinator_ends_nobody_else(live: Walk):
    browser = live.browser("sip")
    urls = re.findall(r"/personas/\d+/ya-no-trabaja", browser.get(PEOPLE).text)
    assert len(urls) == 1
    assert browser.post(account(live, ALTERNATE), data=today()).status_code == 404
    assert live.has_role(ALTERNATE, "alternate")


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_at_once_register_it_once(live: Walk):
    url = account(live, ADMINISTRATOR)
    answers = together(
        lambda: live.browser("alternate").post(url, data=today()).status_code,
        lambda: live.browser("sip").post(url, data=today()).status_code,
    )
    assert 303 in answers
    assert set(answers) <= {303, 422}
    assert live.browser("sip").post(url, data=today()).status_code == 303
    assert len(live.entries("departure.registered")) == 1


@pytest.mark.nightly
def test_a_table_of_changes_does_not_end_the_administrator(live: Walk):
    person = {"document_type": "DNI", "document_number": ADMINISTRATOR}
    instance = live.begin("change_personnel")
    with pytest.raises(AssertionError, match="Es administrador del registro"):
        changing.send(live, instance, {"leaving": [changing.leaving(person)]}, by="alternate")
    assert live.has_role(ADMINISTRATOR, "administrator")


@pytest.mark.nightly
def test_an_administrator_on_the_register_leaves_it_too(live: Walk):
    make_administrator(live)
    browser = live.browser("alternate")
    answer = browser.get(official(live, FIRST["document_number"]))
    assert answer.location == account(live, FIRST["document_number"])
    assert browser.post(answer.location, data=today()).status_code == 303
    assert changing.operators(live) == [SECOND["document_number"]]
    assert FIRST["document_number"] not in changing.officials(live)
    assert not live.has_role(FIRST["document_number"], "administrator")


def only_operator(walk: Walk) -> str:
    """Make the only operator the only administrator too; return the page of their departure."""
    url = account(walk, SECOND["document_number"])
    assert walk.browser("administrator").post(url, data=today()).status_code == 303
    walk.leave("administrator")
    make_administrator(walk)
    return account(walk, FIRST["document_number"])


@pytest.mark.nightly
def test_the_only_administrator_leaves_who_is_the_only_operator_too(live: Walk):
    url = only_operator(live)
    live.leave("alternate")
    browser = live.browser("sip")
    assert "Nadie más puede registrar visitas: no se registran hasta" in browser.get(url).text
    assert browser.post(url, data=today()).status_code == 303
    assert changing.operators(live) == []
    assert not live.has_role(FIRST["document_number"], "administrator")
    assert planned(live) == ["redesignation"]
    live.tick()
    assert kinds(live) == ["nobody_left"]
    assert "Tampoco hay quien registre visitas" in browser.get("/pendientes").text


@pytest.mark.nightly
def test_the_alternate_records_visits_when_the_only_operator_leaves(live: Walk):
    url = only_operator(live)
    browser = live.browser("alternate")
    assert "registrar visitas" not in browser.get(url).text
    assert browser.post(url, data=today()).status_code == 303
    assert changing.operators(live) == []
    assert kinds(live) == ["departure_announced"]


@pytest.mark.nightly
def test_the_refusal_for_the_only_operator_names_the_way_for_an_administrator(live: Walk):
    only_operator(live)
    with live.writing() as session:
        user = access.find_person(session, *key_of(FIRST))
        assert user is not None
        with pytest.raises(NobodyLeft, match="«Ya no trabaja aquí»"):
            changes.deactivate(session, user, live.people["sip"])


# Before a register opens --------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("who", "by"),
    [
        ("alternate", "administrator"),
        ("preparer", "administrator"),
        ("administrator", "alternate"),
    ],
)
def test_before_the_register_opens_an_account_ends_too(walk: Walk, who: str, by: str):
    walk.begin_at("induction")
    browser, url = walk.browser(by), account(walk, PARTS[who][0])
    assert url in browser.get(PEOPLE).text
    assert browser.post(url, data=today()).status_code == 303
    held = select(Grant).where(Grant.user_id == walk.people[who], Grant.until_at.is_(None))
    assert walk.all(held) == []
    assert walk.open_steps() != []
    assert stranded(walk) == []


def test_who_cannot_be_replaced_stays(begun: Walk):
    begun.leave("alternate")
    answer = begun.browser("sip").post(account(begun, ADMINISTRATOR), data=today())
    assert answer.status_code == 422
    assert "Nadie más responde por el registro" in answer.text
    assert begun.has_role(ADMINISTRATOR, "administrator")


def test_an_inactive_entity_shows_no_link(walk: Walk):
    walk.begin_at("induction")
    with walk.writing() as session:
        cast.entity_of(session).active = False
    page = walk.browser("administrator").get(PEOPLE).text
    assert "ya-no-trabaja" not in page
