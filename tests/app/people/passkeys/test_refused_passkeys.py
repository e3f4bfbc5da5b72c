"""Passkeys that are refused, and where there are none."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from app.base import db
from app.base.models import Mail, Passkey, User
from app.people import access
from app.people.accounts.factor import passkeys, resets
from tests.app.cast import PASSWORD, account, count, entity, person
from tests.app.cast import sign_in as give_password
from tests.app.people.passkeys.acts import (
    ADD,
    CODE_PAGE,
    NUMBER,
    OPTIONS,
    OTHER,
    add,
    at_code_page,
    newcomer,
    newest,
    options,
    use,
)
from tests.app.people.passkeys.authenticator import PRESENT, Authenticator

# What is refused ----------------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize(
    "spoilt",
    [
        {"host": "zaguan.example.org"},
        {"origin": "http://localhost:8000"},
        {"origin": "https://zaguan.example.org"},
        {"flags": PRESENT},
        {"count": -1},
        {"credential": b"another"},
        {"key": Authenticator().key},
    ],
    ids=["host", "port", "origin", "unverified", "count", "name", "key"],
)
def test_an_answer_of_another_site_or_device_is_refused(strict, device, spoilt):
    newcomer(strict, device)
    use(at_code_page(strict), device)
    for name, value in spoilt.items():
        setattr(device, name, value)
    refused = use(at_code_page(strict), device)
    assert refused.status_code == 422
    assert "No pudimos comprobar tu llave" in refused.text


@pytest.mark.parametrize(
    "spoilt",
    [{"host": "zaguan.example.org"}, {"origin": "https://zaguan.example.org"}, {"flags": PRESENT}],
    ids=["host", "origin", "unverified"],
)
def test_a_new_passkey_of_another_site_is_refused(strict, device, spoilt):
    for name, value in spoilt.items():
        setattr(device, name, value)
    refused = add(at_code_page(strict), device)
    assert refused.status_code == 422
    assert "No pudimos guardar la llave" in refused.text
    assert count(strict, Passkey) == 0


@pytest.mark.nightly
def test_a_count_that_goes_back_is_refused(strict, device):
    newcomer(strict, device)
    device.count = 5
    assert use(at_code_page(strict), device).location == "/"
    device.count = 4
    assert use(at_code_page(strict), device).status_code == 422
    device.count = 6
    assert use(at_code_page(strict), device).location == "/"


@pytest.mark.nightly
def test_a_challenge_is_used_once(strict, device):
    newcomer(strict, device)
    client = at_code_page(strict)
    offered = options(client, "usar")
    with client.session_transaction() as cookie:
        held = dict(cookie)
    data = {"credential": device.use(offered)}
    assert client.post(CODE_PAGE, data=data).location == "/"
    for answer in (data, {"credential": device.use(offered)}):
        again = strict.test_client()
        with again.session_transaction() as cookie:
            cookie.update(held)
        assert again.post(CODE_PAGE, data=answer).status_code == 422


@pytest.mark.parametrize(("minutes", "accepted"), [(4, True), (6, False)])
def test_a_challenge_is_used_within_five_minutes(strict, device, clock, minutes, accepted):
    newcomer(strict, device)
    client = at_code_page(strict)
    answer = device.use(options(client, "usar"))
    clock.forward(minutes=minutes)
    refused = client.post(CODE_PAGE, data={"credential": answer})
    assert (refused.status_code == 303) is accepted


def test_a_challenge_to_use_one_adds_none(strict, device):
    client, _ = newcomer(strict, device)
    answer = Authenticator().make(options(client, "usar"))
    data = {"name": "Otra", "credential": answer, "proof": PASSWORD}
    assert client.post(ADD, data=data).status_code == 422
    assert count(strict, Passkey) == 1


def test_a_passkey_is_registered_once_and_signs_nobody_else_in(strict, device):
    newcomer(strict, device)
    account(strict, OTHER)
    refused = add(at_code_page(strict, OTHER), device)
    assert "ya está registrada" in refused.text
    newcomer(strict, Authenticator(), OTHER)
    assert use(at_code_page(strict, OTHER), device).status_code == 422


def test_a_person_has_at_most_ten(strict, device, monkeypatch):
    monkeypatch.setattr(passkeys, "MOST", 1)
    client, _ = newcomer(strict, device)
    assert "Ya tienes 1" in add(client, Authenticator(), proof=PASSWORD).text


GOOD = {"id": "YQ", "rawId": "YQ", "type": "public-key"}


@pytest.mark.nightly
@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[" * 16_000,
        "1" * 16_000,
        " " * 100_000,
        json.dumps(GOOD),
        json.dumps(GOOD | {"id": "\ud800", "response": {}}),
        json.dumps(
            GOOD
            | {
                "response": {
                    "clientDataJSON": "YQ",
                    "attestationObject": "gYGB",
                    "authenticatorData": "m____w",
                    "signature": "",
                }
            }
        ),
    ],
    ids=["empty", "cut", "null", "nested", "number", "long", "bare", "surrogate", "bytes"],
)
def test_a_malformed_answer_is_refused(strict, device, body):
    newcomer(strict, device)
    client = at_code_page(strict)
    options(client, "usar")
    assert client.post(CODE_PAGE, data={"credential": body}).status_code == 422
    account(strict, OTHER)
    other = at_code_page(strict, OTHER)
    options(other, "agregar")
    assert other.post(ADD, data={"name": "x", "credential": body}).status_code == 422


def test_a_body_larger_than_a_form_may_be_is_not_parsed(strict, device):
    newcomer(strict, device)
    body = "x" * 5_000_000
    assert at_code_page(strict).post(CODE_PAGE, data={"credential": body}).status_code == 413


@pytest.mark.nightly
def test_tries_are_limited_like_those_of_codes(strict, device):
    newcomer(strict, device)
    client = at_code_page(strict)
    for _ in range(3):
        assert client.post(CODE_PAGE, data={"credential": "{}"}).status_code == 422
    for _ in range(2):
        assert client.post(CODE_PAGE, data={"factor_code": "000000"}).status_code == 422
    assert use(client, device).status_code == 429
    assert newest(strict, Mail) == "tries"


# Where there are none -----------------------------------------------------------------------------


@pytest.mark.nightly
def test_at_a_shared_desk_none_is_added_or_used(strict, device):
    account(strict, OTHER)
    newcomer(strict, device)
    shared = strict.test_client()
    give_password(shared, OTHER)
    add(shared, Authenticator())
    shared.post("/salir")
    give_password(shared, NUMBER)
    page = shared.get(CODE_PAGE).text
    assert "ingresan varias personas" in page
    assert "Usar mi llave" not in page
    assert shared.post(OPTIONS, data={"para": "usar"}).status_code == 404
    elsewhere = at_code_page(strict)
    answer = device.use(options(elsewhere, "usar"))
    assert shared.post(CODE_PAGE, data={"credential": answer}).status_code == 422
    assert use(elsewhere, device).location == "/"


@pytest.mark.parametrize("roles", [("administrator", "operator"), ("operator",), ("authority",)])
def test_who_works_at_a_desk_or_is_offered_no_factor_adds_none(strict, device, roles):
    with db.writing(strict) as session:
        place = entity(session)
        user = person(session, OTHER)
        for role in roles:
            access.grant(session, user, role, place, None)
    client = strict.test_client()
    give_password(client, OTHER)
    assert client.post(OPTIONS, data={"para": "agregar"}).status_code == 404
    assert client.get(ADD).status_code == 404
    assert "llave de acceso" not in client.get("/cuenta").text


def test_the_site_is_that_of_the_public_address(app):
    for address, wanted in [
        ("https://zaguan.example.pe", ("zaguan.example.pe", "https://zaguan.example.pe")),
        ("https://Zaguan.example.pe:443", ("zaguan.example.pe", "https://zaguan.example.pe")),
        ("https://zaguan.example.pe:8443", ("zaguan.example.pe", "https://zaguan.example.pe:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://zaguan.example.pe", None),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]", None),
    ]:
        app.config["PUBLIC_URL"] = address
        with app.app_context():
            found = passkeys.site()
        assert (found and (found.host, found.origin)) == wanted


def test_a_forged_host_changes_nothing(strict, device):
    newcomer(strict, device)
    client = at_code_page(strict)
    name = strict.config["SESSION_COOKIE_NAME"]
    cookie = f"{name}={client.get_cookie(name).value}"
    headers = {"Host": "zaguan.example.org", "Cookie": cookie}
    offered = strict.test_client(use_cookies=False).post(
        OPTIONS, data={"para": "usar"}, headers=headers
    )
    assert json.loads(offered.text)["rpId"] == "localhost"


def test_a_new_operator_uses_a_recovery_code(strict, device):
    _, printed = newcomer(strict, device)
    with db.writing(strict) as session:
        user = session.scalars(select(User)).one()
        access.grant(session, user, "operator", entity(session), None)
    client = at_code_page(strict)
    assert "operas un registro" in client.get(CODE_PAGE).text
    assert client.post(OPTIONS, data={"para": "usar"}).status_code == 404
    assert client.post(CODE_PAGE, data={"factor_code": printed[0]}).location == "/"


def test_options_are_for_those_who_may(strict):
    for purpose in ["", "otra", "usar"]:
        client = at_code_page(strict)
        assert client.post(OPTIONS, data={"para": purpose}).status_code == 404
        assert strict.test_client().post(OPTIONS, data={"para": "agregar"}).location == "/ingresar"


def test_a_reset_removes_passkeys(strict, device):
    newcomer(strict, device)
    with strict.app_context(), db.writing(strict) as session:
        user = session.scalars(select(User)).one()
        resets.reset(session, user, None, "Perdió el equipo")
    assert count(strict, Passkey) == 0
    client = at_code_page(strict)
    assert client.get(CODE_PAGE).location == "/segundo-factor"
