"""The second factor: set up at the sign-in, codes that hold once, recovery codes, and limits."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import LogEntry, Mail, RecoveryCode, SecondFactor, SignIn, User
from app.ops import trial_people
from app.ops.worker import nightly
from app.people import sealing
from app.people.accounts.factor import codes
from tests.app.cast import (
    PASSWORD,
    account,
    all_of,
    count,
    entity,
    link,
    person,
    sign_in,
    signed_in,
)
from tests.app.together import meeting, together
from tests.conftest import Clock
from tests.pages import CheckingClient

NUMBER = "40000003"
CODE_PAGE, SET_UP = "/ingresar/codigo", "/segundo-factor"


def secret_of(page: str) -> str:
    """Return the secret that a page offers as text."""
    found = re.search(r">\s*((?:[A-Z2-7]{4} ?){8})\s*<", page)
    assert found
    return found[1].replace(" ", "")


def code_at(secret: str, clock: Clock, steps: int = 0) -> str:
    """Return the code of the telephone, some half minutes from now."""
    return str(pyotp.TOTP(secret).at(int(clock().timestamp()) + 30 * steps))


def set_up(app: Flask, clock: Clock, client: CheckingClient | None = None) -> tuple[str, list[str]]:
    """Sign in and set up the second factor; return the secret and the recovery codes."""
    browser: Any = client or app.test_client()
    assert sign_in(browser, NUMBER).location == CODE_PAGE
    secret = secret_of(browser.get(SET_UP).text)
    done = browser.post(SET_UP, data={"factor_code": code_at(secret, clock)})
    assert done.status_code == 200, done.text
    clock.forward(seconds=30)
    return secret, re.findall(r"<code>([^<]+)</code>", done.text)


def give(app: Flask, code: str) -> Any:
    """Sign in by password in a new browser, then give a code."""
    browser: Any = app.test_client()
    assert sign_in(browser, NUMBER).location == CODE_PAGE
    return browser.post(CODE_PAGE, data={"factor_code": code})


def is_in(client: CheckingClient) -> bool:
    """Return whether a browser is signed in."""
    return client.get("/cuenta").status_code == 200


def kinds(app: Flask, model: type = LogEntry) -> list[str]:
    """Return the kinds of all log entries, or of all mails."""
    return all_of(app, select(model.kind).order_by(model.id))  # type: ignore[attr-defined]


# Setting it up --------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_person_of_the_pcm_sets_it_up_at_the_sign_in_and_gives_a_code_at_the_next(strict, clock):
    client = strict.test_client()
    secret, printed = set_up(strict, clock, client)
    assert is_in(client)
    assert len(set(printed)) == 10
    assert kinds(strict)[-1] == "person.factor_set"
    assert kinds(strict, Mail) == ["second_factor"]
    again = strict.test_client()
    data = {"document_type": "DNI", "document_number": NUMBER, "password": PASSWORD}
    answer = again.post("/ingresar", data=data | {"siguiente": "/cuenta/ausencias"})
    assert answer.location == CODE_PAGE
    assert not is_in(again)
    assert "08:00" in again.get(CODE_PAGE).text
    answer = again.post(CODE_PAGE, data={"factor_code": code_at(secret, clock)})
    assert answer.location == "/cuenta/ausencias"
    assert is_in(again)


@pytest.mark.nightly
def test_until_then_only_that_page_the_help_and_leaving_are_open(strict):
    client = strict.test_client()
    sign_in(client, NUMBER)
    assert client.get(CODE_PAGE).location == SET_UP
    assert client.get("/ayuda").status_code == 200
    for address in ("/cuenta", "/hoy", "/entidades"):
        assert client.get(address).location.startswith("/ingresar")
    assert client.post("/salir").status_code == 303
    assert client.get(SET_UP).location == "/ingresar"


def test_the_secret_is_stored_encrypted_and_stays_when_the_page_is_loaded_again(strict, clock):
    client = strict.test_client()
    sign_in(client, NUMBER)
    secret = secret_of(client.get(SET_UP).text)
    assert client.post(SET_UP, data={"factor_code": "000000"}).status_code == 422
    assert secret_of(client.get(SET_UP).text) == secret
    client.post(SET_UP, data={"factor_code": code_at(secret, clock)})
    with strict.app_context():
        row = db.session().scalars(select(SecondFactor)).one()
        assert secret not in row.sealed_secret
        assert sealing.unseal(row.sealed_secret) == secret
    assert all(len(one) == 64 for one in all_of(strict, select(RecoveryCode.code_hash)))


def change_secret_key(app: Flask) -> None:
    """Let an installation have another secret key."""
    app.config["FORMER_SECRET_KEY"] = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another secret that only the tests know"


def test_a_changed_secret_key_seals_the_secret_again(strict, clock):
    secret, printed = set_up(strict, clock)
    change_secret_key(strict)
    assert give(strict, code_at(secret, clock)).location == "/"
    with strict.app_context():
        assert sealing.is_current(*all_of(strict, select(SecondFactor.sealed_secret)))
    assert give(strict, printed[0]).location == "/"


def test_the_night_seals_the_secrets_again(strict, clock):
    set_up(strict, clock)
    night = nightly.PARTS["factors_sealed"]
    with strict.app_context():
        assert night(strict.extensions["engine"], db.never) == 0
        change_secret_key(strict)
        assert night(strict.extensions["engine"], db.never) == 1
        assert night(strict.extensions["engine"], db.never) == 0
        assert sealing.is_current(*all_of(strict, select(SecondFactor.sealed_secret)))


def test_a_browser_that_was_signed_in_without_it_is_signed_out_when_it_is_set_up(strict, clock):
    strict.config["SECOND_FACTOR"] = "off"
    old = signed_in(strict, NUMBER)
    strict.config["SECOND_FACTOR"] = "required"
    set_up(strict, clock)
    assert not is_in(old)


@pytest.mark.postgresql
def test_two_clicks_that_set_it_up_at_once_leave_one_with_valid_recovery_codes(
    strict, clock, monkeypatch
):
    clients = [strict.test_client() for _ in range(2)]
    for client in clients:
        assert sign_in(client, NUMBER).location == CODE_PAGE
    secrets = [secret_of(client.get(SET_UP).text) for client in clients]
    monkeypatch.setattr(codes, "save", meeting(codes.save, 2, 2))
    answers = together(
        *(
            lambda client=client, secret=secret: client.post(
                SET_UP, data={"factor_code": code_at(secret, clock)}
            )
            for client, secret in zip(clients, secrets, strict=True)
        )
    )
    assert {one.status_code for one in answers} <= {200, 303}, answers
    assert count(strict, SecondFactor) == 1
    assert count(strict, RecoveryCode) == codes.RECOVERY_CODES


# Codes ----------------------------------------------------------------------------------------


def test_a_code_holds_once_and_so_does_a_recovery_code_which_is_logged_and_mailed(strict, clock):
    secret, printed = set_up(strict, clock)
    code = code_at(secret, clock)
    assert give(strict, code).location == "/"
    again = give(strict, code)
    assert again.status_code == 422
    assert "ya se usó" in again.text
    assert give(strict, printed[3].lower().replace("-", " ")).location == "/"
    assert give(strict, printed[3]).status_code == 422
    assert kinds(strict)[-1] == "person.recovery_code_used"
    assert "Te quedan 9" in all_of(strict, select(Mail.body).order_by(Mail.id))[-1]


def test_clocks_may_differ_by_half_a_minute(strict, clock):
    secret, _ = set_up(strict, clock)
    clock.forward(minutes=2)
    for steps, accepted in [(-2, False), (-1, True), (1, True), (2, False)]:
        answer = give(strict, code_at(secret, clock, steps))
        assert answer.status_code == (303 if accepted else 422)


def test_a_server_whose_clock_jumps_by_an_hour_refuses_and_shows_its_hour(strict, clock):
    secret, printed = set_up(strict, clock)
    code = code_at(secret, clock)
    clock.forward(hours=1)
    refused = give(strict, code)
    assert refused.status_code == 422
    assert "09:00" in refused.text
    assert give(strict, printed[0]).location == "/"
    clock.forward(hours=-1)
    assert give(strict, code).location == "/"


@pytest.mark.nightly
@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_and_comes_back_accepts_no_used_code_again(strict, clock, hours):
    secret, _ = set_up(strict, clock)
    used = code_at(secret, clock)
    assert give(strict, used).location == "/"
    clock.forward(hours=hours)
    refused = give(strict, used)
    assert refused.status_code == 422
    assert f"{8 + hours:02}:00" in refused.text
    clock.forward(hours=-hours)
    again = give(strict, used)
    assert (again.status_code, "08:00" in again.text) == (422, True)
    clock.forward(seconds=30)
    assert give(strict, code_at(secret, clock)).location == "/"


@pytest.mark.nightly
def test_a_code_of_a_clock_that_went_ahead_voids_those_before_it(strict, clock):
    secret, printed = set_up(strict, clock)
    clock.forward(hours=1)
    ahead = code_at(secret, clock)
    assert give(strict, ahead).location == "/"
    clock.forward(hours=-1)
    assert give(strict, code_at(secret, clock)).status_code == 422
    assert give(strict, printed[0]).location == "/"
    clock.forward(hours=1)
    assert give(strict, ahead).status_code == 422
    clock.forward(seconds=30)
    assert give(strict, code_at(secret, clock)).location == "/"


def test_a_code_of_another_person_and_what_is_no_code_are_refused(strict, clock):
    set_up(strict, clock)
    other = pyotp.random_base32()
    assert give(strict, code_at(other, clock)).status_code == 422
    for typed in ["", "12345", "áéíóúñ", "1" * 41, "123 456 789"]:
        assert give(strict, typed).status_code == 422


@pytest.mark.nightly
def test_tries_are_limited_and_the_owner_gets_a_mail(strict, clock):
    secret, _ = set_up(strict, clock)
    assert [give(strict, "000000").status_code for _ in range(5)] == [422] * 5
    refused = give(strict, code_at(secret, clock))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert kinds(strict, Mail).count("tries") == 1


def test_a_password_that_changed_or_an_old_page_leads_back_to_the_sign_in(strict, clock):
    secret, _ = set_up(strict, clock)
    late, changed = strict.test_client(), strict.test_client()
    sign_in(late, NUMBER)
    clock.forward(minutes=16)
    answer = late.post(CODE_PAGE, data={"factor_code": code_at(secret, clock)})
    assert answer.location == "/ingresar"
    sign_in(changed, NUMBER)
    with db.writing(strict) as session:
        session.scalars(select(User)).one().password_hash = "another"
    answer = changed.post(CODE_PAGE, data={"factor_code": code_at(secret, clock)})
    assert answer.location == "/ingresar"


def test_a_reset_of_the_password_does_not_replace_the_second_factor(strict, clock):
    set_up(strict, clock)
    client = strict.test_client()
    client.post("/clave", data={"document_type": "DNI", "document_number": NUMBER})
    answer = client.post(link(strict, "reset"), data={"new_password": "otra frase que nadie sabe"})
    assert answer.location == CODE_PAGE
    assert not is_in(client)


# Recovery codes ---------------------------------------------------------------------------------


def test_new_recovery_codes_replace_the_others_and_a_factor_that_is_demanded_stays(strict, clock):
    client = strict.test_client()
    _, printed = set_up(strict, clock, client)
    page = client.post("/segundo-factor/codigos").text
    fresh = re.findall(r"<code>([^<]+)</code>", page)
    assert len(fresh) == 10
    assert give(strict, printed[0]).status_code == 422
    assert give(strict, fresh[0]).location == "/"
    assert client.post("/segundo-factor/quitar").status_code == 404


# Whose it is ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_it_is_offered_to_an_administrator_and_demanded_once_it_is_set_up(strict, clock):
    with db.writing(strict) as session:
        person(session, "40000007", "administrator", entity(session))
        person(session, "40000008", "operator", entity(session, "E90002"))
    client = signed_in(strict, "40000007")
    assert "Configurar el segundo factor" in client.get("/cuenta").text
    secret = secret_of(client.get(SET_UP).text)
    code = {"factor_code": code_at(secret, clock)}
    assert client.post(SET_UP, data=code | {"proof": "no es la clave"}).status_code == 422
    assert client.post(SET_UP, data=code | {"proof": PASSWORD}).status_code == 200
    assert sign_in(strict.test_client(), "40000007").location == CODE_PAGE
    assert client.post("/segundo-factor/quitar").location == "/cuenta"
    assert kinds(strict)[-1] == "person.factor_removed"
    assert sign_in(strict.test_client(), "40000007").location == "/"
    operator = signed_in(strict, "40000008")
    assert operator.get(SET_UP).status_code == 404
    assert "segundo factor" not in operator.get("/cuenta").text


def test_where_it_is_offered_the_password_alone_lets_in_until_it_is_set_up(strict):
    strict.config["SECOND_FACTOR"] = "offered"
    client = signed_in(strict, NUMBER)
    assert "Configurar el segundo factor" in client.get("/cuenta").text


@pytest.mark.nightly
def test_where_it_is_off_its_pages_do_not_exist(app, client):
    account(app, NUMBER)
    signed = signed_in(app, NUMBER)
    for address in (SET_UP, "/cuenta/confirmar"):
        assert signed.get(address).status_code == 404
    assert "segundo factor" not in signed.get("/cuenta").text
    assert client.get(CODE_PAGE).location == "/ingresar"


def test_a_demo_gives_its_people_of_the_pcm_codes_that_the_page_shows(app, clock):
    app.config["SECOND_FACTOR"] = "required"
    with app.app_context():
        trial_people.open_accounts(db.session())
        person(db.session(), NUMBER, "sip")
        db.session().commit()
        trial_people.show(app)
        found = db.session().scalars(select(SecondFactor)).all()
    assert len(found) == len(trial_people.PCM_PEOPLE)
    client = app.test_client()
    assert sign_in(client, "00000002", trial_people.PASSWORD).location == CODE_PAGE
    shown = re.search(r"el código de ahora es <strong>(\d{6})<", client.get(CODE_PAGE).text)
    assert shown
    assert client.post(CODE_PAGE, data={"factor_code": shown[1]}).location == "/"


def test_only_an_invented_person_of_a_demo_is_shown_the_code(strict, clock):
    set_up(strict, clock)
    client = strict.test_client()
    sign_in(client, NUMBER)
    assert "demostración" not in client.get(CODE_PAGE).text
    with strict.app_context():
        db.session().scalars(select(SecondFactor)).one().invented = True
        db.session().commit()
        shown = codes.shown(db.session().scalars(select(SecondFactor)).one())
    assert shown in client.get(CODE_PAGE).text
    assert client.post(CODE_PAGE, data={"factor_code": shown}).location == "/"
    assert all_of(strict, select(SignIn.factor_at).order_by(SignIn.id))[-1]
