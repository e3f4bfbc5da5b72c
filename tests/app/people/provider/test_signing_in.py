"""Signing in with a provider: its requests, the people that come in, and their acr."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from sqlalchemy import select, update

from app.base import db
from app.base.models import SignIn, User
from app.people import access
from app.people.access.rules import has_left
from tests.app.cast import (
    account,
    all_of,
    count,
    entity,
    last_entry,
    link,
    open_session,
    person,
    sign_in,
    signed_in,
)
from tests.app.people.provider.conftest import NUMBER
from tests.app.people.provider.fake import key

BEGIN, BACK = "/ingresar/proveedor", "http://localhost/ingresar/proveedor/regreso"
CONFIRM = "/cuenta/confirmar/proveedor"


def is_in(client) -> bool:
    """Return whether a browser is signed in."""
    return bool(client.get("/cuenta").status_code == 200)


# Off ------------------------------------------------------------------------------------------


def test_without_a_provider_there_is_no_trace_of_one(app, client):
    account(app, NUMBER)
    page = client.get("/ingresar")
    assert "proveedor" not in page.text
    assert "ID GOB.PE" not in page.text
    assert client.get(BEGIN).status_code == 404
    assert client.get("/ingresar/proveedor/regreso?state=x&code=y").status_code == 404
    assert signed_in(app, NUMBER).get(CONFIRM).status_code == 404


# The way --------------------------------------------------------------------------------------


def test_the_page_has_a_link_and_the_password_stays(site, visitor):
    page = visitor.get("/ingresar?siguiente=/cuenta").text
    assert 'href="/ingresar/proveedor?siguiente=/cuenta"' in page
    assert "Ingresar con ID GOB.PE" in page
    site.config["SECOND_FACTOR"] = "off"
    assert sign_in(visitor, NUMBER).location == "/"


def test_it_is_the_plain_code_flow_with_pkce_and_the_secret_in_the_body(site, visitor, provider):
    begun = visitor.get(BEGIN, headers={"Host": "elsewhere.example.org"})
    provider.authorize(begun.location)
    wanted = provider.wanted
    assert (wanted["response_type"], wanted["client_id"]) == ("code", "zaguan")
    assert wanted["redirect_uri"] == BACK
    assert wanted["scope"] == "openid profile"
    assert (wanted["acr_values"], wanted["prompt"]) == ("one_factor", "login")
    assert "max_age" not in wanted
    visitor.get(provider.authorize(visitor.get(BEGIN).location))
    verifier = provider.form.pop("code_verifier")
    hashed = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    assert provider.wanted["code_challenge"] == hashed
    assert provider.wanted["code_challenge_method"] == "S256"
    assert provider.form == {
        "grant_type": "authorization_code",
        "code": "a-code",
        "redirect_uri": BACK,
        "client_id": "zaguan",
        "client_secret": "a secret of the provider and of this site",
    }


@pytest.mark.nightly
def test_a_provider_without_metadata_and_pkce_is_set_endpoint_by_endpoint(site, travel, provider):
    site.config.update(
        OIDC_AUTHORIZATION_URL=f"{provider.issuer}/auth",
        OIDC_TOKEN_URL=f"{provider.issuer}/token",
        OIDC_USERINFO_URL=f"{provider.issuer}/me",
        OIDC_KEYS_URL=f"{provider.issuer}/keys",
    )
    assert travel().location == "/"
    assert provider.paths == ["/token", "/keys", "/me"]
    assert "code_challenge" not in provider.wanted
    assert "code_verifier" not in provider.form


@pytest.mark.nightly
def test_endpoints_last_an_hour_and_keys_are_fetched_again_once_for_an_unknown_one(
    site, visitor, travel, provider, clock
):
    travel()
    visitor.post("/salir")
    travel()
    assert provider.paths.count("/.well-known/openid-configuration") == 1
    assert provider.paths.count("/keys") == 1
    provider.keys, provider.signing = [key("second")], key("second")
    visitor.post("/salir")
    assert travel().location == "/"
    assert provider.paths.count("/keys") == 2
    visitor.post("/salir")
    clock.forward(hours=2)
    travel()
    assert provider.paths.count("/.well-known/openid-configuration") == 2


@pytest.mark.parametrize(("algorithm", "kind"), [("ES256", "EC"), ("PS256", "RSA")])
def test_other_algorithms_with_public_keys_are_accepted(site, travel, provider, algorithm, kind):
    provider.algorithm, provider.signing = algorithm, key(f"of {kind}", kind)
    provider.keys = [key(), provider.signing]
    assert travel().location == "/"


# Who comes in ---------------------------------------------------------------------------------


def test_a_strong_acr_is_the_second_factor(site, visitor, travel):
    assert travel(f"{BEGIN}?siguiente=/cuenta/ausencias").location == "/cuenta/ausencias"
    assert is_in(visitor)
    with open_session(site) as session:
        assert session.scalars(select(SignIn.factor_at)).one() is not None


@pytest.mark.parametrize("acr", ["certificate_dnie", "certificate_token"])
def test_a_certificate_is_stronger_than_two_factors(site, visitor, travel, provider, acr):
    provider.claims["acr"] = acr
    assert travel().location == "/"
    assert is_in(visitor)


def test_people_of_the_pcm_are_sent_once_more_and_then_refused(site, visitor, travel, provider):
    for acr in ["one_factor", "loa4", None, 4]:
        provider.claims["acr"] = acr
        again = travel()
        assert again.status_code == 303
        assert not is_in(visitor)
        refused = visitor.get(provider.authorize(again.location))
        assert provider.wanted["acr_values"] == "two_factor"
        assert refused.status_code == 403
        assert "no comprobó lo suficiente quién eres" in refused.text
        assert not is_in(visitor)


def test_where_the_pcm_needs_one_factor_the_own_second_factor_follows(site, travel, provider):
    site.config["OIDC_ACR_PCM"] = "one_factor"
    provider.claims["acr"] = "one_factor"
    assert travel().location == "/ingresar/codigo"


def test_others_come_in_with_one_factor_and_are_never_sent_again(site, travel, visitor, provider):
    account(site, "00000012", "")
    provider.claims["acr"], provider.userinfo["doc"] = "one_factor", "00000012"
    assert travel().location == "/"
    assert is_in(visitor)


def test_the_kind_of_document_counts_as_its_number_does(site, travel, visitor, provider):
    """The same number with another kind is another person: exactly one account is found."""
    with db.writing(site) as session:
        person(session, NUMBER, document_type="CE").surnames = "De Otro Documento"
    provider.userinfo["docType"] = "CE"
    provider.claims["acr"] = "one_factor"
    travel()
    assert "De Otro Documento" in visitor.get("/cuenta").text


def test_a_document_without_an_account_gets_one_plain_page(site, travel, visitor, provider, caplog):
    for userinfo in [
        {"doc": "40000099"},
        {"doc": 40000003},
        {"doc": "40000003 "},
        {"doc": "4000\x000003"},
        {"doc": "1" * 500},
        {"doc": None},
        {"docType": "RUC"},
        {"docType": None},
    ]:
        provider.userinfo = userinfo
        answer = travel()
        assert answer.status_code == 403
        assert "No hay una cuenta abierta con tu documento" in answer.text
        assert "4000" not in answer.text
        assert not is_in(visitor)
        assert count(site, User) == 1
    assert [one.getMessage() for one in caplog.records if one.levelname == "WARNING"] == [
        "sign-in with the provider: no_account (no account)"
    ] * 8


@pytest.mark.nightly
def test_an_invited_person_opens_the_account_and_the_invitation_is_void(
    site, travel, visitor, provider
):
    """Otherwise an act of the entity could move it to another address, with another invitation."""
    with site.app_context(), db.writing(site) as session:
        place = entity(session)
        access.invite(session, person(session, "40000005", "administrator", place, opened=False))
    invitation = link(site, "invitation")
    provider.userinfo["doc"], provider.claims["acr"] = "40000005", "one_factor"
    assert travel().location == "/"
    assert is_in(visitor)
    assert last_entry(site).kind == "person.opened_by_provider"
    assert site.test_client().get(invitation).status_code == 410
    moved = {"document_type": "DNI", "document_number": "40000005", "email": "otra@example.pe"}
    with site.app_context():
        session = db.session()
        user = access.find_person(session, "DNI", "40000005")
        access.open_account(session, moved, "alternate", user.grants[0].entity, None)
        assert user.email == "persona.005@example.pe"
    visitor.post("/salir")
    assert travel().location == "/"
    assert last_entry(site).kind == "person.opened_by_provider"


@pytest.mark.parametrize("state", ["deactivated", "suspended", "left"])
def test_a_closed_account_is_like_none(site, travel, visitor, clock, state):
    with db.writing(site) as session:
        user = session.scalars(select(User)).one()
        if state == "left":
            access.revoke(session, user, "sip", None, user.id)
            assert has_left(user)
        values = {"deactivated": {"active": False}, "suspended": {"suspended_at": clock()}}
        if state in values:
            session.execute(update(User).values(**values[state]))
    answer = travel()
    assert answer.status_code == 403
    assert "No hay una cuenta abierta con tu documento" in answer.text
    assert not is_in(visitor)


def test_the_account_of_a_desk_signs_in_by_password_only(site, travel, visitor, provider):
    with db.writing(site) as session:
        person(session, "00000017", "operator", entity(session))
    provider.userinfo["doc"] = "00000017"
    answer = travel()
    assert answer.status_code == 403
    assert "En una mesa de registro se ingresa con contraseña" in answer.text
    assert not is_in(visitor)
    assert sign_in(visitor, "00000017").location == "/"


# Before what cannot be taken back --------------------------------------------------------------


def test_a_fresh_confirmation_is_made_at_the_provider(site, visitor, travel, provider, clock):
    travel()
    assert visitor.get(BEGIN).status_code == 303
    clock.forward(minutes=11)
    act = visitor.post("/segundo-factor/codigos")
    assert act.location == f"{CONFIRM}?siguiente=/"
    page = visitor.get(f"{CONFIRM}?siguiente=/cuenta").text
    assert f'href="{BEGIN}?siguiente=/cuenta"' in page
    done = travel(f"{BEGIN}?siguiente=/cuenta")
    assert (provider.wanted["max_age"], provider.wanted["prompt"]) == ("0", "login")
    assert provider.wanted["acr_values"] == "two_factor"
    assert done.location == "/cuenta"
    assert "vale por diez minutos" in visitor.get("/cuenta").text
    assert all_of(site, select(SignIn.factor_at)) == [clock()]


@pytest.mark.parametrize(
    ("claims", "userinfo", "said"),
    [
        ({"auth_time": 1772455000}, {}, "No pudimos aceptar la respuesta"),
        ({"auth_time": None}, {}, "No pudimos aceptar la respuesta"),
        ({"auth_time": 10**30}, {}, "No pudimos aceptar la respuesta"),
        ({"acr": "one_factor"}, {}, "no comprobó lo suficiente"),
        ({}, {"doc": "40000004"}, "Confirmó otra persona"),
    ],
    ids=str,
)
def test_a_confirmation_that_is_old_weak_or_of_another_person_is_none(
    site, visitor, travel, provider, clock, claims, userinfo, said
):
    account(site, "40000004", "sip")
    travel()
    clock.forward(minutes=11)
    before = clock()
    provider.claims, provider.userinfo = claims, userinfo
    answer = travel(BEGIN)
    assert said in answer.text
    assert f'href="{CONFIRM}' in answer.text
    with open_session(site) as session:
        assert session.scalars(select(SignIn.factor_at)).one() < before


def test_who_signed_in_by_password_is_not_confirmed_by_the_provider(site):
    site.config["SECOND_FACTOR"] = "off"
    browser = signed_in(site, NUMBER)
    site.config["SECOND_FACTOR"] = "required"
    assert browser.get(CONFIRM).status_code == 404
    assert browser.get(f"{BEGIN}?siguiente=/cuenta").location == "/cuenta"
    assert browser.post("/segundo-factor/codigos").location.startswith("/segundo-factor")


# While the provider is awaited -----------------------------------------------------------------


def test_no_transaction_is_open_while_the_provider_is_awaited(site, travel, provider):
    """Others can write, and nothing idles in a transaction; on SQLite writers exclude others."""
    seen = []

    def look(path: str) -> None:
        with site.app_context(), db.writing(site) as session:
            session.execute(update(User).values(phone="999000111"))
        open_ones = site.extensions["engine"].pool.checkedout()
        seen.append((path, open_ones))

    provider.before = look
    assert travel().location == "/"
    assert travel("/ingresar/proveedor?siguiente=/cuenta").location == "/cuenta"  # confirmed
    assert seen == [(path, 0) for path in provider.paths]
    assert len(seen) == 6
