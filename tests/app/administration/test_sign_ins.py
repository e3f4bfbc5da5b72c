"""A superuser sees a user's sign-ins, and ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import calendar
from app.base.models import LogEntry, SignIn
from tests.app import cast
from tests.pages import CheckingClient


@pytest.fixture
def boss(app: Flask, clock) -> CheckingClient:
    """Return the superuser's browser."""
    cast.account(app, "40000025", "superuser")
    return cast.signed_in(app, "40000025")


def sign_ins(app: Flask, user_id: int) -> list[SignIn]:
    """Return a person's sign-ins, the oldest first."""
    return cast.all_of(app, select(SignIn).where(SignIn.user_id == user_id).order_by(SignIn.id))


def test_the_page_shows_open_and_ended_ones_with_the_kind_of_browser(app: Flask, boss):
    user = cast.account(app)
    client = app.test_client()
    firefox = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"}
    data = {
        "document_type": "DNI",
        "document_number": "40000003",
        "password": cast.PASSWORD,
    }
    assert client.post("/ingresar", data=data, headers=firefox).status_code == 303
    cast.signed_in(app, "40000003").post("/salir")
    page = boss.get(f"/personas/{user}/sesiones").text
    assert "Firefox en Linux" in page
    assert "Terminadas" in page
    assert "Nadie falló" in page


@pytest.mark.nightly
def test_it_ends_one_or_all_of_them_which_is_logged(app: Flask, boss):
    user = cast.account(app)
    clients = [cast.signed_in(app, "40000003") for _ in range(3)]
    first = sign_ins(app, user)[0]
    address = f"/personas/{user}/sesiones"
    assert boss.post(f"{address}/{first.id}").location == address
    assert boss.post(f"{address}/{first.id}").status_code == 303
    assert [client.get("/cuenta").status_code for client in clients] == [303, 200, 200]
    assert boss.post(address).status_code == 303
    assert [client.get("/cuenta").status_code for client in clients] == [303, 303, 303]
    ended = select(LogEntry).where(LogEntry.kind == "person.sign_in_ended")
    assert len(cast.all_of(app, ended)) == 3
    assert "No había sesiones que cerrar." in boss.post(address, follow_redirects=True).text


def test_ones_own_stays_where_all_are_ended(app: Flask, boss):
    (me,) = cast.all_of(app, select(SignIn.user_id))
    cast.signed_in(app, "40000025")
    assert boss.post(f"/personas/{me}/sesiones").status_code == 303
    assert boss.get(f"/personas/{me}/sesiones").status_code == 200
    assert [row.ended_at is None for row in sign_ins(app, me)] == [True, False]


def test_failed_tries_are_counted_until_the_password_is_known(app: Flask, boss):
    user = cast.account(app)
    for _ in range(2):
        client: CheckingClient = app.test_client()  # type: ignore[assignment]
        cast.sign_in(client, "40000003", "no es esta frase")
    assert "hubo 2\xa0intentos fallidos" in boss.get(f"/personas/{user}/sesiones").text
    cast.signed_in(app, "40000003")
    assert "Nadie falló" in boss.get(f"/personas/{user}/sesiones").text


def test_one_that_lasted_too_long_is_not_shown_as_open(app: Flask, boss):
    user = cast.account(app)
    cast.signed_in(app, "40000003")
    with cast.open_session(app) as session:
        row = session.scalars(select(SignIn).where(SignIn.user_id == user)).one()
        row.seen_at = calendar.now() - timedelta(hours=13)
        session.commit()
    page = boss.get(f"/personas/{user}/sesiones").text
    assert "No tiene sesiones abiertas." in page
    assert "Por falta de uso desde el 1 de marzo de 2026" in page
