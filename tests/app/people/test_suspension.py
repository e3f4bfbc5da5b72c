"""A suspended account: the sign-in answers as if there were none, the link opens it again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.base import calendar, db
from app.base.models import User
from app.people import access
from tests.app.cast import (
    NEW_PASSWORD,
    PASSWORD,
    account,
    last_entry,
    link,
    open_session,
    sign_in,
    signed_in,
)
from tests.pages import CheckingClient


def suspend(app: Flask, number: int, *, active: bool = False, password: bool = True) -> None:
    """Suspend an account; `active`: a role was given to its person since then."""
    with db.writing(app) as session:
        user = session.get_one(User, number)
        user.active, user.suspended_at = active, calendar.now()
        user.password_hash = user.password_hash if password else ""


def ask(client: CheckingClient) -> None:
    """Ask for a link to a new password."""
    data = {"document_type": "DNI", "document_number": "40000003"}
    assert "Si hay una cuenta con ese documento" in client.post("/clave", data=data).text


def without_secrets(page: str) -> str:
    """Return a page without what differs from one request to the next."""
    return re.sub(r'(nonce|value|href|src)="[^"]*"', "", page)


@pytest.mark.parametrize("active", [False, True])
def test_the_right_password_of_a_suspended_account_is_answered_like_a_wrong_one(
    app: Flask, client: Any, active: bool
):
    suspend(app, account(app), active=active)
    right, wrong = sign_in(client, "40000003"), sign_in(client, "40000003", "no es la clave")
    assert right.status_code == wrong.status_code == 422
    assert without_secrets(right.text) == without_secrets(wrong.text)
    assert "que no se usa por nueve meses se suspende" in client.get("/ingresar").text


def test_an_open_browser_is_signed_out_at_once(app: Flask, client: Any):
    number = account(app)
    browser = signed_in(app, "40000003")
    suspend(app, number)
    assert browser.get("/cuenta").status_code == 303


@pytest.mark.nightly
@pytest.mark.parametrize("password", [True, False])
def test_the_link_to_its_own_address_opens_it_again(app: Flask, client: Any, password: bool):
    number = account(app)
    suspend(app, number, password=password)
    ask(client)
    data = {"new_password": NEW_PASSWORD}
    address = link(app, "reset" if password else "invitation")
    assert client.get(address).status_code == 200
    assert client.post(address, data=data).status_code == 303
    assert "Persona Ejemplo 003" in client.get("/cuenta").text
    with open_session(app) as session:
        user = session.get_one(User, number)
        assert (user.active, user.suspended_at) == (True, None)
        assert user.reopened_at is not None
        assert access.roles_of(user) == {"sip"}
    assert last_entry(app).kind == "person.password_set"
    client.post("/salir")
    assert sign_in(client, "40000003", PASSWORD).status_code == 422


def test_a_link_does_not_open_an_account_that_was_deactivated_meanwhile(app: Flask, client: Any):
    number = account(app)
    suspend(app, number)
    ask(client)
    with db.writing(app) as session:
        session.get_one(User, number).suspended_at = None
    data = {"new_password": NEW_PASSWORD}
    assert client.post(link(app, "reset"), data=data).status_code == 410
