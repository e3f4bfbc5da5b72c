"""Guessed passwords: guessing is slow, the owner can sign in, and learns of the attempts."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.base import db
from app.base.models import Attempt, Mail
from app.people import access
from app.people.accounts import guesses, known_browsers
from tests.app.cast import PASSWORD, account, all_of, count, open_session, person, signed_in
from tests.conftest import Clock
from tests.pages import CheckingClient

pytestmark = pytest.mark.postgresql

OWNER = "40000003"
WRONG = "no es la clave"
ATTACKER, ELSEWHERE = "203.0.113.5", "198.51.100.7"


def browser(app: Flask) -> CheckingClient:
    """Return a new browser."""
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    return client


def come_in(
    client: CheckingClient, password: str = PASSWORD, at: str = ELSEWHERE, number: str = OWNER
) -> TestResponse:
    """Try a password from an address."""
    data = {"document_type": "DNI", "document_number": number, "password": password}
    return client.post("/ingresar", data=data, environ_base={"REMOTE_ADDR": at})


def guess(app: Flask, tries: int, at: str = ATTACKER, number: str = OWNER) -> list[int]:
    """Try wrong passwords for an account, each from a new browser."""
    return [come_in(browser(app), WRONG, at, number).status_code for _ in range(tries)]


def leave(client: CheckingClient) -> CheckingClient:
    """Sign out; the browser keeps its cookies."""
    assert client.post("/salir").status_code == 303
    return client


@pytest.mark.nightly
@pytest.mark.parametrize("tries", [5, 50])
def test_the_owner_comes_in_at_once_whatever_is_tried_elsewhere(app: Flask, tries: int):
    account(app)
    usual = leave(signed_in(app, OWNER))
    assert guess(app, tries) == [422] * 5 + [429] * (tries - 5)
    assert come_in(usual, at=ATTACKER).status_code == 303, "the browser is known, even there"
    assert come_in(browser(app)).status_code == 303, "a new browser at another address"
    assert come_in(browser(app), at=ATTACKER).status_code == 429, "not at the attacker's"


@pytest.mark.nightly
def test_the_next_try_waits_twice_as_long_each_time_and_says_how_long(app: Flask, clock: Clock):
    account(app)
    guess(app, 5)
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        refused = come_in(browser(app), at=ATTACKER)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) == minutes * 60
        unit = "minuto" if minutes == 1 else "minutos"
        assert f"Espera {minutes}\N{NO-BREAK SPACE}{unit}" in refused.text
        assert 'href="/clave"' in refused.text
        clock.forward(minutes=minutes)
        assert guess(app, 2) == [422, 429]
    clock.forward(hours=1)
    assert come_in(browser(app), at=ATTACKER).status_code == 303


@pytest.mark.nightly
def test_many_addresses_slow_unknown_browsers_alone(app: Flask, clock: Clock):
    account(app)
    usual = leave(signed_in(app, OWNER))
    for number in range(4):
        assert guess(app, 5, f"203.0.113.{number}") == [422] * 5
    refused = come_in(browser(app), at="203.0.113.99")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert come_in(usual).status_code == 303
    clock.forward(minutes=1)
    assert guess(app, 2, "203.0.113.99") == [422, 429]
    clock.forward(minutes=2)
    assert come_in(browser(app)).status_code == 303
    waits = {guesses.EVERYWHERE.wait(number) for number in range(20, 1000)}
    assert max(waits) == timedelta(minutes=15), "the owner never waits longer than this"


@pytest.mark.nightly
def test_one_address_alone_never_slows_another(app: Flask, clock: Clock):
    account(app)
    for _ in range(40):
        guess(app, 6)
        clock.forward(minutes=10)
    assert come_in(browser(app)).status_code == 303


@pytest.mark.nightly
def test_one_address_tries_sixty_times_at_all_accounts(app: Flask):
    answers = [guess(app, 1, number=f"4100{n:04}")[0] for n in range(61)]
    assert answers == [422] * 60 + [429]


@pytest.mark.nightly
def test_a_stolen_cookie_gives_ten_tries_and_stops_nobody(app: Flask):
    account(app)
    usual = leave(signed_in(app, OWNER))
    stolen = usual.get_cookie(known_browsers.COOKIE).value
    answers = []
    for _ in range(30):
        thief = browser(app)
        thief.set_cookie(known_browsers.COOKIE, stolen)
        answers.append(come_in(thief, WRONG, ATTACKER).status_code)
    assert answers == [422] * 15 + [429] * 15, "ten of its own, five as any other browser"
    assert come_in(usual).status_code == 303, "as any other browser, at another address"


def test_a_cookie_that_is_forged_unsigned_or_of_another_account_is_none(app: Flask):
    account(app)
    account(app, "40000004")
    other = browser(app)
    assert come_in(other, number="40000004").status_code == 303
    leave(other)
    genuine = other.get_cookie(known_browsers.COOKIE).value
    guess(app, 5)
    assert come_in(other, at=ATTACKER).status_code == 429
    changed = browser(app)
    changed.set_cookie(known_browsers.COOKIE, genuine[:-1] + ("A" if genuine[-1] != "A" else "B"))
    assert come_in(changed, at=ATTACKER).status_code == 429
    for value in ["", "x", "e30.x", "eyJicm93c2VyIjoieCJ9.AAAA", "x" * 3000, "\N{SNOWMAN}"]:
        client = browser(app)
        client.set_cookie(known_browsers.COOKIE, value)
        assert come_in(client, at=ATTACKER).status_code == 429


def test_several_people_of_one_desk_are_known_in_one_browser_for_a_year(app: Flask, clock: Clock):
    numbers = [f"4000000{n}" for n in range(3, 7)]
    client = browser(app)
    for number in numbers:
        account(app, number)
        assert come_in(client, number=number).status_code == 303
        leave(client)
    value = client.get_cookie(known_browsers.COOKIE).value

    def knows(number: str) -> bool:
        with app.test_request_context("/", headers={"Cookie": f"{known_browsers.COOKIE}={value}"}):
            return bool(known_browsers.browser(f"DNI {number}"))

    assert all(map(knows, numbers))
    clock.forward(days=365)
    assert all(map(knows, numbers))
    clock.forward(days=1)
    assert not any(map(knows, numbers))


def test_the_cookie_is_out_of_reach_of_scripts_and_says_nothing_of_the_person(app: Flask):
    account(app)
    for address in ["http://localhost", "https://zaguan.example.pe"]:
        app.config["SESSION_COOKIE_SECURE"] = address.startswith("https:")
        answer = come_in(browser(app))
        line = next(
            c for c in answer.headers.getlist("Set-Cookie") if c.startswith(known_browsers.COOKIE)
        )
        cookie = SimpleCookie(line)[known_browsers.COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert bool(cookie["secure"]) == address.startswith("https:")
        assert int(cookie["max-age"]) == 365 * 24 * 3600
        with app.test_request_context(
            "/", headers={"Cookie": f"{known_browsers.COOKIE}={cookie.value}"}
        ):
            assert OWNER not in str(known_browsers._held())


# Notices to the owner --------------------------------------------------------------------------


def mails(app: Flask) -> list[Mail]:
    return all_of(app, select(Mail).where(Mail.kind == "tries"))


@pytest.mark.nightly
def test_the_owner_is_written_to_once_a_day_without_an_address(app: Flask, clock: Clock):
    account(app)
    guess(app, 4)
    assert mails(app) == []
    guess(app, 30)
    guess(app, 5, "203.0.113.6")
    (sent,) = mails(app)
    assert sent.to == "persona.003@example.pe"
    assert "Nadie ingresó" in sent.body
    for secret in (ATTACKER, "203.0.113", OWNER, WRONG):
        assert secret not in sent.body + sent.subject
    clock.forward(hours=23)
    guess(app, 5, "203.0.113.7")
    assert len(mails(app)) == 1
    clock.forward(hours=2)
    guess(app, 5, "203.0.113.8")
    assert len(mails(app)) == 2


@pytest.mark.nightly
def test_nobody_is_written_to_who_does_not_exist_or_cannot_come_in(app: Flask):
    with db.writing(app) as session:
        person(session, "40000005", opened=False)
        person(session, "40000006").active = False
    for number in ("40000005", "40000006", "40000099"):
        assert guess(app, 6, number=number) == [422] * 5 + [429], "alike"
    assert mails(app) == []


@pytest.mark.nightly
def test_an_account_that_does_not_exist_is_tried_like_one_that_does(app: Flask):
    """Both get the same answers and as many rows, so nothing reveals which account exists."""
    account(app)
    seen = []
    for number in (OWNER, "40000099"):
        before = count(app, Attempt)
        answers = [come_in(browser(app), WRONG, f"192.0.2.{n}", number) for n in range(7)]
        texts = [a.text.replace(number, "") for a in answers]
        seen.append(([a.status_code for a in answers], len(texts), count(app, Attempt) - before))
    assert seen[0] == seen[1]


@pytest.mark.nightly
def test_a_right_password_forgets_what_was_tried_from_here_and_not_elsewhere(app: Flask):
    account(app)
    guess(app, 5)
    for _ in range(3):
        assert guess(app, 4, ELSEWHERE) == [422] * 4
        assert come_in(browser(app)).status_code == 303
    assert guess(app, 1) == [429]
    with app.app_context(), open_session(app) as session:
        user = access.find_person(session, "DNI", OWNER)
        assert user is not None
        assert guesses.failed(session, user) == 0
