"""Signing in with npm's `oidc-provider`: the whole way, over HTTP and in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.base.models import SignIn, User
from tests.app.cast import account, all_of, count, open_session
from tests.app.people.provider import real
from tests.pages import CheckingClient

BACK = "http://localhost/ingresar/proveedor/regreso"
BEGIN = "/ingresar/proveedor"
NUMBER = "40000003"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Yield the issuer of a provider that the tests of this module share."""
    with real.oidc_provider(BACK) as address:
        yield address


@pytest.fixture
def site(app: Flask, issuer: str) -> Flask:
    """Return an application with this provider, which demands a second factor of the PCM."""
    app.config.update(real.settings(issuer), SECOND_FACTOR="required")
    return app


def go(client: CheckingClient, path: str = BEGIN, **typed: Any) -> Any:
    """Travel to the provider and back; return the site's answer."""
    walked = real.Walker(BACK).walk(client.get(path).location, **typed)
    return client.get(walked)


@pytest.mark.nightly
def test_a_person_of_an_entity_comes_in_with_one_factor(site):
    account(site, NUMBER, "")
    client = site.test_client()
    answer = go(client, f"{BEGIN}?siguiente=/cuenta/ausencias", doc=NUMBER, acr="one_factor")
    assert answer.location == "/cuenta/ausencias"
    assert client.get("/cuenta").status_code == 200
    assert all_of(site, select(SignIn.factor_at)) == [None]


@pytest.mark.nightly
def test_a_person_of_the_pcm_is_sent_again_for_the_second_factor_and_needs_no_code(site):
    account(site, NUMBER, "sip")
    client = site.test_client()
    again = go(client, doc=NUMBER, acr="one_factor")
    assert "acr_values=two_factor" in again.location
    assert client.get("/cuenta").status_code == 303
    path = real.Walker(BACK).walk(again.location, doc=NUMBER, acr="two_factor")
    assert client.get(path).location == "/"
    assert client.get("/cuenta").status_code == 200
    with open_session(site) as session:
        assert session.scalars(select(SignIn.factor_at)).one() is not None


@pytest.mark.nightly
def test_nobody_gets_an_account(site):
    answer = go(site.test_client(), doc="40000099")
    assert answer.status_code == 403
    assert "No hay una cuenta abierta con tu documento" in answer.text
    assert "40000099" not in answer.text
    assert count(site, User) == 0


def test_who_cancels_at_the_provider_comes_back_to_a_page_that_says_so(site):
    answer = go(site.test_client(), cancel="yes")
    assert answer.status_code == 403
    assert "No terminaste de ingresar" in answer.text
