"""Signing in with a provider in a browser without script: the way, the pages, and the act after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.base import calendar
from app.base.models import SignIn, User
from tests.app.cast import account, count, open_session
from tests.app.people.provider import real
from tests.browser.examined import Examiner
from tests.browser.visitor import Visitor

NUMBER = "40000001"
BUTTON = "Ingresar con ID GOB.PE"


def at_the_provider(visitor: Visitor, acr: str, number: str = NUMBER) -> None:
    """Fill the provider's page, which is not one of this site."""
    assert "Proveedor de pruebas" in visitor.page.title()
    for name, value in (("doc", number), ("acr", acr)):
        visitor.page.locator(f"[name={name}]").fill(value)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Continuar").click()


def begin(visitor: Visitor, name: str = BUTTON) -> None:
    """Follow the link to the provider."""
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name=name).click()


@pytest.mark.nightly
def test_a_person_comes_in_and_confirms_an_act_that_cannot_be_taken_back(
    app: Flask, live_server: str, browser: Any, examiner: Examiner
) -> None:
    back = f"{live_server}/ingresar/proveedor/regreso"
    account(app, NUMBER, "superuser")
    with real.oidc_provider(back) as issuer:
        app.config.update(real.settings(issuer), SECOND_FACTOR="required")
        visitor = Visitor(browser, live_server, examiner)
        visitor.address = "http://127.0.0.1:"  # the site and the provider
        try:
            _comes_in(visitor)
            _confirms(app, visitor)
        finally:
            visitor.context.close()
    assert count(app, User) == 2


def _comes_in(visitor: Visitor) -> None:
    visitor.goes("/ingresar?siguiente=/personas/nueva")
    begin(visitor)
    at_the_provider(visitor, "two_factor", "40000099")
    visitor.looks()
    assert visitor.heading == "No hay una cuenta abierta con tu documento"
    visitor.context.clear_cookies()  # another person at the provider, too
    visitor.follows("Volver a «Ingresar»")
    visitor.tabs_to(BUTTON)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    at_the_provider(visitor, "one_factor")
    at_the_provider(visitor, "two_factor")
    visitor.looks()
    assert visitor.page.url.endswith("/personas/nueva")


def _confirms(app: Flask, visitor: Visitor) -> None:
    typed = {
        "role": "auditor",
        "document_number": "40000077",
        "given_names": "Olga",
        "surnames": "Inventada",
        "email": "olga@example.pe",
    }
    visitor.fills(typed.items())
    with open_session(app) as session:
        session.execute(update(SignIn).values(factor_at=calendar.now() - timedelta(minutes=11)))
        session.commit()
    visitor.presses("Invitar")
    assert visitor.heading == "Confirma que eres tú"
    begin(visitor, "Confirmar con ID GOB.PE")
    at_the_provider(visitor, "two_factor")
    visitor.looks()
    visitor.reads("Confirmaste que eres tú")
    assert visitor.page.locator("[name=email]").input_value() == "olga@example.pe"
    visitor.presses("Invitar")
    visitor.reads("Olga Inventada")
