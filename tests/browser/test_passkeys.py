"""A passkey of Chromium's virtual device, from the first sign-in on; and recovery without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import update

from app.base import calendar, db
from app.base.models import SignIn
from app.people import access
from tests.app import cast
from tests.browser.examined import NARROW, WIDE, Examiner

pytestmark = pytest.mark.nightly

NUMBER, OTHER = "40000003", "40000004"
DEVICE = {
    "protocol": "ctap2",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def database_url(sqlite: Any) -> Iterator[str]:
    """Yield one kind of database: the browser is what is tried."""
    url = sqlite.create()
    yield url
    sqlite.drop(url)


@pytest.fixture
def address(app: Flask, live_server: str) -> str:
    """Return the address of a site that demands a second factor, by a name, as passkeys need it."""
    named = live_server.replace("127.0.0.1", "localhost")
    app.config.update(PUBLIC_URL=named, SECOND_FACTOR="required")
    with app.app_context():
        session = db.session()
        user = cast.person(session, NUMBER, "superuser")
        access.grant(session, user, "sip", None, None)
        cast.person(session, OTHER, "sip")
        session.commit()
    return named


def plug_in(page: Any, transport: str) -> None:
    """Give a page's browser a virtual device that recognizes its owner at once."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send(
        "WebAuthn.addVirtualAuthenticator", {"options": DEVICE | {"transport": transport}}
    )


def give_password(page: Any, address: str) -> None:
    """Sign in by document and password."""
    page.goto(f"{address}/ingresar")
    page.fill("#document_number", NUMBER)
    page.fill("#password", cast.PASSWORD)
    page.click("main button[type=submit]")


def forget_codes(app: Flask) -> None:
    """Let the ten minutes pass for which a second factor counts."""
    with app.app_context():
        long_ago = calendar.now() - timedelta(hours=1)
        db.session().execute(update(SignIn).values(factor_at=long_ago))
        db.session().commit()


def test_a_passkey_from_the_first_sign_in_to_its_removal(
    app: Flask, address: str, page: Any, examiner: Examiner
):
    def examine() -> None:
        assert examiner.faults_here(page, (WIDE, NARROW)) == [], page.url

    plug_in(page, "internal")
    give_password(page, address)
    page.click("text=usar una llave de acceso")
    assert page.is_hidden("[data-passkey-without]")
    examine()
    page.fill("#name", "Mi portátil")
    page.click("text=Crear la llave de acceso")
    page.wait_for_selector("ol code")
    assert page.locator("ol code").count() == 10
    page.click("text=Ya los guardé")
    page.click("header >> text=Salir")
    give_password(page, address)
    examine()
    page.click("text=Usar mi llave de acceso")
    page.wait_for_url(f"{address}/hoy")
    # a recent one before an act
    forget_codes(app)
    page.goto(f"{address}/personas/2")
    page.select_option("#role", "superuser")
    page.click("text=Dar la función >> nth=-1")
    examine()
    page.click("text=Usar mi llave de acceso")
    page.wait_for_url(f"{address}/personas/2?**")
    assert page.input_value("#role") == "superuser"
    page.click("button:has-text('Dar la función')")
    page.wait_for_url(f"{address}/personas/2")
    # another one, and the first removed
    plug_in(page, "usb")
    page.goto(f"{address}/cuenta")
    page.click("text=Agregar una llave de acceso")
    page.fill("#name", "Llave USB")
    page.fill("#proof", cast.PASSWORD)
    page.click("text=Crear la llave de acceso")
    page.wait_for_selector("text=Tus códigos de recuperación son los de antes")
    examine()
    page.click("a:text('Mi portátil')")
    examine()
    page.click("text=Quitar esta llave de acceso")
    page.wait_for_selector("text=Quitaste la llave de acceso")
    assert page.locator("a:text('Mi portátil')").count() == 0


def test_a_cancelled_passkey_is_said_and_can_be_tried_again(address: str, page: Any):
    give_password(page, address)
    page.click("text=usar una llave de acceso")
    assert page.is_hidden("text=No recibimos tu llave de acceso")
    page.fill("#name", "Mi portátil")
    plug_in(page, "internal")
    page.route("**/segundo-factor/llave/reto", lambda route: route.abort(), times=1)
    page.click("text=Crear la llave de acceso")
    page.wait_for_selector("text=No recibimos tu llave de acceso")
    page.click("text=Crear la llave de acceso")
    page.wait_for_selector("ol code")


def test_recovery_without_script_ends_in_a_new_second_factor(address: str, browser: Any):
    context = browser.new_context(locale="es-PE", java_script_enabled=False)
    page = context.new_page()
    give_password(page, address)
    assert page.is_hidden("text=usar una llave de acceso")
    page.goto(f"{address}/segundo-factor/llave")
    assert page.is_hidden("#name")
    assert page.is_visible("text=necesita JavaScript")
    page.click("text=Usar un código de mi teléfono")
    first = set_up(page)
    assert page.is_visible(".find")
    page.emulate_media(media="print")
    assert page.is_hidden(".find")
    # Two digits fit before the codes.
    room = page.eval_on_selector(
        "ol:has(code)", "one => parseFloat(getComputedStyle(one).paddingLeft)"
    )
    assert room >= 30
    page.emulate_media(media="screen")
    page.click("text=Ya los guardé")
    page.click("header >> text=Salir")
    give_password(page, address)
    page.fill("#factor_code", first[0])
    page.click("main button[type=submit]")
    page.goto(f"{address}/cuenta")
    assert "Te quedan 9\xa0códigos" in page.inner_text("main")
    page.click("text=Cambiar de teléfono o de aplicación")
    second = set_up(page, password=True)
    assert not set(first) & set(second)
    page.click("header >> text=Salir")
    give_password(page, address)
    page.fill("#factor_code", first[1])
    page.click("main button[type=submit]")
    assert "no es correcto" in page.inner_text("main")
    page.fill("#factor_code", second[0])
    page.click("main button[type=submit]")
    assert page.is_visible("header >> text=Salir")
    context.close()


def set_up(page: Any, *, password: bool = False) -> list[str]:
    """Set up the codes of a telephone on the page that is open; return the recovery codes."""
    secret = page.inner_text("dd >> nth=0").replace(" ", "")
    page.fill("#factor_code", pyotp.TOTP(secret).at(calendar.now()))
    if password:
        page.fill("#proof", cast.PASSWORD)
    page.click("main button[type=submit]")
    codes: list[str] = page.locator("ol code").all_inner_texts()
    assert len(codes) == 10
    return codes
