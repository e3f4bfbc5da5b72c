"""Passkeys: added at the sign-in or later, used for it and for acts, renamed and removed."""

from __future__ import annotations

import re
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import Mail, Passkey, SignIn, User
from app.people import access
from tests.app.cast import PASSWORD, all_of, count, entity, person
from tests.app.cast import sign_in as give_password
from tests.app.people.passkeys.acts import (
    CODE_PAGE,
    OTHER,
    add,
    at_code_page,
    newcomer,
    newest,
    options,
    use,
)
from tests.app.people.passkeys.authenticator import Authenticator

CONFIRM = "/cuenta/confirmar"


def stored(app: Flask) -> Any:
    """Return the only passkey."""
    (found,) = all_of(app, select(Passkey))
    return found


# At the sign-in -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_passkey_is_added_at_the_sign_in_and_signs_in_the_next_time(strict, device, clock):
    client, printed = newcomer(strict, device)
    assert client.get("/cuenta").status_code == 200
    assert len(set(printed)) == 10
    assert (newest(strict), newest(strict, Mail)) == ("person.passkey_added", "second_factor")
    assert stored(strict).transports == ["internal"]
    clock.forward(hours=1)
    again = at_code_page(strict)
    assert "Usar mi llave de acceso" in again.get(CODE_PAGE).text
    assert use(again, device).location == "/"
    assert again.get("/cuenta").status_code == 200
    assert (stored(strict).sign_count, stored(strict).used_at) == (1, clock())
    assert all_of(strict, select(SignIn.factor_at).order_by(SignIn.id))[-1]


@pytest.mark.nightly
def test_without_script_its_owner_uses_a_recovery_code_and_the_page_says_so(strict, device):
    _, printed = newcomer(strict, device)
    client = at_code_page(strict)
    page = client.get(CODE_PAGE).text
    assert "data-passkey-without>Este navegador no puede" in page
    assert re.search(r"<div data-passkey-part hidden>\s*<form", page)
    assert client.post(CODE_PAGE, data={"factor_code": "123456"}).status_code == 422
    assert client.post(CODE_PAGE, data={"factor_code": printed[0]}).location == "/"


@pytest.mark.nightly
def test_it_counts_as_a_recent_code_before_an_act(strict, device, clock):
    client, _ = newcomer(strict, device)
    with db.writing(strict) as session:
        user = session.scalars(select(User)).one()
        access.grant(session, user, "superuser", None, None)
    assert client.post("/personas/1/reactivar").location == "/personas/1"
    clock.forward(minutes=11)
    assert client.post("/personas/1/reactivar").location.startswith(CONFIRM)
    assert use(client, device, CONFIRM).location == "/"
    assert client.post("/personas/1/reactivar").location == "/personas/1"


# On the account -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_second_one_makes_no_new_recovery_codes(strict, device):
    client, printed = newcomer(strict, device)
    other = Authenticator()
    assert add(client, other, "Llave USB").status_code == 422
    assert add(client, other, "Llave USB", proof=PASSWORD).location == "/cuenta"
    page = client.get("/cuenta").text
    assert "Mi portátil" in page
    assert "Llave USB" in page
    assert at_code_page(strict).post(CODE_PAGE, data={"factor_code": printed[0]}).location == "/"
    assert use(at_code_page(strict), other).location == "/"
    excluded = options(client, "agregar")["excludeCredentials"]
    assert len(excluded) == 2


@pytest.mark.nightly
def test_it_gets_another_name(strict, device):
    client, _ = newcomer(strict, device)
    page = "/segundo-factor/llaves/1"
    assert "Mi portátil" in client.get(page).text
    for name in ("", "DNI 40000003", "x" * 61):
        assert client.post(page, data={"name": name}).status_code == 422
    assert client.post(page, data={"name": "La de casa"}).location == "/cuenta#segundo-factor"
    assert newest(strict) == "person.passkey_renamed"
    assert client.post(page, data={"name": "La de casa"}).status_code == 303
    assert "No cambiaste nada" in client.get("/cuenta").text


@pytest.mark.nightly
def test_one_of_two_is_removed_and_the_last_stays(strict, device):
    client, _ = newcomer(strict, device)
    other = Authenticator()
    add(client, other, proof=PASSWORD)
    remove = "/segundo-factor/llaves/{}/quitar"
    assert client.post(remove.format(1)).location == "/cuenta#segundo-factor"
    assert (newest(strict), newest(strict, Mail)) == ("person.passkey_removed", "second_factor")
    assert use(at_code_page(strict), device).status_code == 422
    client.post(remove.format(2))
    assert "tu único segundo factor" in client.get("/cuenta").text
    assert use(at_code_page(strict), other).location == "/"
    assert client.post("/segundo-factor/quitar").status_code == 404


def test_a_person_who_need_not_have_one_removes_all(strict, device):
    with db.writing(strict) as session:
        person(session, OTHER, "administrator", entity(session))
    client = strict.test_client()
    give_password(client, OTHER)
    assert add(client, device, proof=PASSWORD).status_code == 200
    assert client.post("/segundo-factor/quitar").location == "/cuenta"
    assert count(strict, Passkey) == 0
    assert give_password(strict.test_client(), OTHER).location == "/"


@pytest.mark.nightly
def test_a_telephone_is_added_to_a_passkey_which_is_then_removed(strict, device, clock):
    client, printed = newcomer(strict, device)
    page = client.get("/segundo-factor").text
    assert "Agrega un código de tu teléfono" in page
    secret = "".join(re.findall(r">\s*((?:[A-Z2-7]{4} ?){8})\s*<", page)).replace(" ", "")
    code = pyotp.TOTP(secret).at(clock())
    assert client.post("/segundo-factor", data={"factor_code": code}).status_code == 422
    given = {"factor_code": code, "proof": PASSWORD}
    assert client.post("/segundo-factor", data=given).location == "/cuenta"
    assert "son los de antes" in client.get("/cuenta").text
    assert client.post("/segundo-factor/llaves/1/quitar").status_code == 303
    assert count(strict, Passkey) == 0
    waiting = at_code_page(strict)
    assert "Usar mi llave" not in waiting.get(CODE_PAGE).text
    assert waiting.post(CODE_PAGE, data={"factor_code": printed[0]}).location == "/"
