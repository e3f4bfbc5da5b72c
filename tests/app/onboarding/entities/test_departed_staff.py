"""«Ya no trabaja aquí»: one page, already filled in, ends the account of a person who left."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import PostHolder, ProcessInstance
from app.people import access
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, SECOND, numbers
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly


@pytest.fixture
def live(walk: Walk) -> Walk:
    return changing.live(walk)


def account(walk: Walk, number: str, code: str = "E90001") -> str:
    user = walk.read(access.find_person, "DNI", number)
    assert user is not None
    return f"/entidades/{code}/personas/{user.id}/ya-no-trabaja"


def official(walk: Walk, number: str) -> str:
    of_person = PostHolder.document_number == number
    one = walk.one(select(PostHolder).where(of_person, PostHolder.to_on.is_(None)))
    return f"/entidades/E90001/personal/{one.id}/ya-no-trabaja"


def today() -> dict[str, str]:
    return {"last_day": f"{calendar.today():%d/%m/%Y}", "reason": "link_ended"}


def test_an_operator_who_left_has_no_account_from_that_minute(live: Walk):
    browser, url = live.browser("administrator"), account(live, FIRST["document_number"])
    assert url in browser.get("/entidades/E90001/personas").text
    page = browser.get(url).text
    assert f'value="{calendar.today():%d/%m/%Y}"' in page, "the day is filled in"
    assert browser.post(url, data=today()).status_code == 303
    assert changing.operators(live) == numbers(SECOND)
    assert FIRST["document_number"] not in changing.officials(live)


@pytest.mark.parametrize("of_person", [account, official])
def test_who_left_already_is_not_registered_again(live: Walk, of_person):
    url = of_person(live, FIRST["document_number"])
    live.browser("administrator").post(url, data=today())
    browser = live.browser("alternate")
    for answer in (browser.get(url), browser.post(url, data=today())):
        assert answer.status_code == 303
    assert "Ya estaba registrado" in browser.get("/entidades/E90001").text
    assert live.browser("sip").get(url).status_code == 404
    changes = select(ProcessInstance).where(ProcessInstance.process == "change_personnel")
    assert len(live.all(changes)) == 1


@pytest.mark.parametrize("number", [FIRST["document_number"], "40000011"])
def test_who_left_with_a_suspended_account_does_not_open_it_again(live: Walk, number: str):
    url, browser = account(live, number), live.browser("administrator")
    with live.writing() as session:
        user = access.find_person(session, "DNI", number)
        assert user is not None
        user.active, user.suspended_at = False, calendar.now()
    assert url in browser.get("/entidades/E90001/personas").text
    assert browser.post(url, data=today()).status_code == 303
    user = live.read(access.find_person, "DNI", number)
    assert user is not None
    assert all(grant.until_at is not None for grant in user.grants)


def test_the_people_of_the_register_have_the_same_way(live: Walk):
    browser = live.browser("alternate")
    live.begin("change_personnel")  # a change in progress does not prevent it
    url = official(live, SECOND["document_number"])
    assert url in browser.get("/entidades/E90001/personal").text
    assert browser.post(url, data=today()).status_code == 303
    assert changing.operators(live) == numbers(FIRST)


def test_the_last_operator_stays(live: Walk):
    browser = live.browser("administrator")
    browser.post(account(live, FIRST["document_number"]), data=today())
    answer = browser.post(account(live, SECOND["document_number"]), data=today())
    assert answer.status_code == 422
    assert "ningún operador" in answer.text
    assert changing.operators(live) == numbers(SECOND)
    changes = select(ProcessInstance).where(ProcessInstance.process == "change_personnel")
    assert len(live.all(changes)) == 1, "the refused one did not begin"


def test_nobody_takes_themselves_out(live: Walk):
    url = account(live, "40000012")
    answer = live.browser("administrator").post(url, data=today())
    assert answer.status_code == 422
    assert "Eres tú" in answer.text
    assert url not in live.browser("administrator").get("/entidades/E90001/personas").text


def test_an_end_before_the_beginning_is_refused(live: Walk):
    url = account(live, FIRST["document_number"])
    answer = live.browser("administrator").post(url, data=today() | {"last_day": "01/01/2020"})
    assert answer.status_code == 422
    assert "antes de que entró" in answer.text


def test_an_alternate_who_left_is_not_designated_any_more(live: Walk):
    answer = live.browser("administrator").post(account(live, "40000013"), data=today())
    assert answer.status_code == 303
    assert not live.has_role("40000013", "alternate")
