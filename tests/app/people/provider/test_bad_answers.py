"""Answers of a provider that let nobody in: bad tokens, another browser, too much, too late."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import SignIn
from app.people.provider import calls
from tests.app.cast import all_of, count
from tests.app.people.provider.conftest import NUMBER
from tests.app.people.provider.fake import key

BEGIN, RETURN = "/ingresar/proveedor", "/ingresar/proveedor/regreso"
NOT_ACCEPTED = "No pudimos aceptar la respuesta de ID GOB.PE"
NO_ANSWER = "ID GOB.PE no responde ahora"
AGAIN = "Empieza otra vez"
#: 2 March 2026, 13:00 UTC: the time of these tests.
NOW = 1772456400


@pytest.fixture
def is_refused(site, travel, visitor) -> Any:
    """Return the check that the way ends at a page with these words, and nobody is signed in."""

    def check(words: str = NOT_ACCEPTED, status: int = 502, **more: str) -> str:
        answer = travel(**more)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text
        assert NUMBER not in answer.text
        assert visitor.get("/cuenta").status_code == 303
        assert count(site, SignIn) == 0
        return str(answer.text)

    return check


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    """Return a token without a signature."""
    parts = [urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (header, claims)]
    return ".".join(part.rstrip("=") for part in parts) + "."


# The ID token ---------------------------------------------------------------------------------


def test_a_claim_that_is_not_as_it_must_be(provider, is_refused):
    for claims in [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ["x"]},
        {"iss": "https://elsewhere.example.org"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": ["zaguan", "another"]},
        {"aud": ["zaguan", "another"], "azp": "another"},
        {"azp": "another"},
        {"aud": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": NOW + 61},
        {"iat": None},
        {"nbf": NOW + 61},
        {"sub": None},
        {"sub": ""},
        {"sub": 1},
        {"sub": "subject 2"},
        {"at_hash": "of another access token"},
        {"at_hash": 5},
        {"auth_time": "now"},
    ]:
        provider.claims = claims
        is_refused()


def test_a_clock_may_differ_by_a_minute(provider, travel):
    provider.claims = {"exp": NOW - 59, "iat": NOW + 59}
    assert travel().location == "/"


def test_a_token_without_a_signature(provider, is_refused):
    claims = {"iss": provider.issuer, "aud": "zaguan", "sub": "subject 1", "exp": NOW + 300}
    for header in [{"alg": "none"}, {"alg": "none", "kid": "first"}, {}]:
        provider.token = unsigned(claims, header)
        is_refused()


def test_a_token_that_the_shared_secret_signs(provider, is_refused):
    provider.algorithm, provider.signing = "HS256", key("shared", "oct")
    provider.keys = [key("shared", "oct"), key()]
    is_refused()


def test_a_token_of_a_key_that_the_provider_does_not_publish(provider, is_refused):
    provider.signing = key("withdrawn")
    is_refused()
    assert provider.paths.count("/keys") == 2


def test_a_token_of_another_key_with_a_known_name(provider, is_refused):
    stolen = key("other")
    provider.signing = type(stolen).import_key(stolen.as_dict(private=True) | {"kid": "first"})
    is_refused()


def test_a_token_that_is_none(provider, is_refused):
    for token in ["x", "a.b.c", "..", "é", "a.b.c.d.e"]:
        provider.token = token
        is_refused()


def test_a_userinfo_of_another_subject(provider, is_refused):
    provider.userinfo = {"sub": "subject 2"}
    is_refused()


# Its answers ----------------------------------------------------------------------------------


def sends(body: bytes = b"{}", status: int = 200, **headers: str) -> Any:
    """Return an answer with this body."""

    def send(request: Any) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return send


def test_something_else_than_the_expected_json(provider, is_refused):
    odd = (b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000, b'{"keys": [1, {"kty": "x"}]}')
    for path, body in product(("/token", "/keys", "/me"), odd):
        provider.instead = {path: sends(body)}
        is_refused()


def test_a_huge_answer_is_not_read(provider, is_refused):
    for path in ["/token", "/keys", "/me"]:
        provider.instead = {path: sends(b" " * (calls.LONGEST + 1))}
        is_refused()


def test_redirects_are_not_followed(provider, is_refused):
    for status in [301, 302, 303, 307, 308]:
        provider.instead["/token"] = sends(b"", status, Location=f"{provider.issuer}/elsewhere")
        is_refused()
        assert "/elsewhere" not in provider.paths


def test_a_refused_code_is_no_sign_in(provider, is_refused):
    provider.instead["/token"] = sends(b'{"error": "invalid_grant"}', 400)
    is_refused()


def test_a_provider_that_is_down_yields_a_page_that_names_the_password(provider, is_refused):
    for path in ["/token", "/keys", "/me"]:
        provider.instead = {path: sends(b"", 503)}
        page = is_refused(NO_ANSWER, 503)
        assert "Mientras tanto tu contraseña sirve" in page


def test_a_provider_that_answers_slowly_is_given_up(provider, is_refused, monkeypatch):
    monkeypatch.setattr(calls, "PATIENCE", 0.2)
    provider.instead["/token"] = lambda _: provider.over.wait(20)
    is_refused(NO_ANSWER, 503)


def test_a_provider_that_sends_byte_after_byte_is_given_up(provider, is_refused, monkeypatch):
    monkeypatch.setattr(calls, "PATIENCE", 0.2)

    def drip(request: Any) -> None:
        sends(b"")(request)
        while not provider.over.wait(0.02):
            request.wfile.write(b" ")

    provider.instead["/token"] = drip
    is_refused(NO_ANSWER, 503)


def test_a_provider_whose_headers_have_no_end_is_given_up(provider, is_refused, monkeypatch):
    monkeypatch.setattr(calls, "PATIENCE", 0.2)

    def drip(request: Any) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(250):
            if provider.over.wait(0.02):
                return
            request.wfile.write(b"x")
        request.wfile.write(b"\r\n\r\n")
        given_up.append(False)

    given_up: list[bool] = []
    provider.instead["/token"] = drip
    is_refused(NO_ANSWER, 503)
    assert given_up == []


def test_at_most_two_threads_of_a_process_wait_for_it(provider, is_refused, monkeypatch):
    monkeypatch.setattr(calls, "TURN", 0.01)
    monkeypatch.setattr(calls, "AT_ONCE", threading.BoundedSemaphore(1))

    def occupy(request: Any) -> None:
        assert not calls.AT_ONCE.acquire(blocking=False)
        provider.over.wait(0.1)
        sends(b"", 503)(request)

    provider.instead["/token"] = occupy
    is_refused(NO_ANSWER, 503)
    with calls.AT_ONCE:
        is_refused(NO_ANSWER, 503)
    assert provider.paths.count("/token") == 1


def test_a_provider_that_does_not_listen(site, visitor, provider):
    site.config["OIDC_ISSUER"] = "http://127.0.0.1:9"
    answer = visitor.get(BEGIN)
    assert answer.status_code == 503
    assert NO_ANSWER in answer.text


def test_metadata_of_another_issuer_or_without_https(visitor, provider):
    for metadata in [
        {"issuer": "https://elsewhere.example.org"},
        {"token_endpoint": "http://elsewhere.example.org/token"},
        {"userinfo_endpoint": None},
        {"jwks_uri": 5},
        {"authorization_endpoint": "javascript:alert(1)"},
    ]:
        provider.metadata = metadata
        answer = visitor.get(BEGIN)
        assert answer.status_code == 502
        assert NOT_ACCEPTED in answer.text


# The way back ---------------------------------------------------------------------------------


def test_an_answer_without_a_code_or_of_another_issuer(provider, is_refused):
    is_refused("No terminaste de ingresar con ID GOB.PE", 403, error="access_denied")
    is_refused(error="server_error")
    is_refused(iss="https://elsewhere.example.org")
    assert "/token" not in provider.paths


def test_the_state_of_another_browser(site, visitor, provider):
    back = provider.authorize(visitor.get(BEGIN).location)
    other = site.test_client()
    for browser in (other, site.test_client()):
        answer = browser.get(back)
        assert (answer.status_code, AGAIN in answer.text) == (400, True)
        browser.get(BEGIN)
        assert browser.get(back).status_code == 400
    assert "/token" not in provider.paths
    assert visitor.get(back).location == "/"


def test_a_callback_that_is_repeated(site, visitor, provider):
    back = provider.authorize(visitor.get(BEGIN).location)
    assert visitor.get(back).location == "/"
    assert visitor.get(back).location == "/"
    visitor.post("/salir")
    assert visitor.get(back).status_code == 400
    assert provider.paths.count("/token") == 1
    assert len(all_of(site, select(SignIn))) == 1


def test_a_way_that_took_too_long(visitor, provider, clock):
    back = provider.authorize(visitor.get(BEGIN).location)
    clock.forward(minutes=16)
    answer = visitor.get(back)
    assert (answer.status_code, AGAIN in answer.text) == (400, True)


def test_a_return_that_never_began(visitor, provider):
    for query in ["", "?state=", "?state=x", "?state=%00", "?state=ñ&code=1"]:
        assert visitor.get(f"{RETURN}{query}").status_code == 400
        visitor.get(BEGIN)
        assert visitor.get(f"{RETURN}{query}").status_code == 400


@pytest.mark.nightly
def test_returns_of_one_address_are_limited(visitor, provider, travel):
    provider.instead["/token"] = sends(b"", 503)
    answers = [travel().status_code for _ in range(61)]
    assert answers == [503] * 60 + [429]
    assert provider.paths.count("/token") == 60


def test_a_page_of_this_site_alone_can_be_wanted(visitor, provider):
    begun = visitor.get(f"{BEGIN}?siguiente=https://elsewhere.example.org/")
    assert visitor.get(provider.authorize(begun.location)).location == "/"
