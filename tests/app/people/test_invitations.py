"""Links in mails: invitations, resets, and the accounts that acts open."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.base import db
from app.base.models import Mail, User
from app.people import access
from tests.app.cast import (
    NEW_PASSWORD,
    account,
    all_of,
    count,
    invited,
    link,
    sign_in,
    signed_in,
)
from tests.app.people.test_documents import DESIGNATED, opened
from tests.conftest import Clock
from tests.pages import CheckingClient


def mail_bodies(app: Flask) -> list[str]:
    """Return the texts of the outbox."""
    return all_of(app, select(Mail.body).order_by(Mail.id))


def ask_for_reset(client: CheckingClient, number: str = "40000003") -> TestResponse:
    """Ask for a new password."""
    return client.post("/clave", data={"document_type": "DNI", "document_number": number})


# Invitations and resets -----------------------------------------------------------------------


def test_opening_an_invitation_shows_and_only_the_post_of_a_good_password_spends_it(app, client):
    path = invited(app)
    for _ in range(3):
        assert "Persona Ejemplo 002" in client.get(path).text
    assert "40000002" not in client.get(path).text
    assert client.post(path, data={"new_password": "1234567890"}).status_code == 422
    assert client.post(path, data={"new_password": NEW_PASSWORD}).status_code == 303
    assert client.get("/cuenta").status_code == 200
    again = app.test_client()
    assert again.get(path).status_code == 410
    assert again.post(path, data={"new_password": NEW_PASSWORD}).status_code == 410
    assert sign_in(app.test_client(), "40000002", NEW_PASSWORD).status_code == 303


@pytest.mark.nightly
def test_an_expired_invitation_offers_a_new_one_to_the_same_address(app, client, clock: Clock):
    path = invited(app)
    clock.forward(days=15)
    page = client.get(path)
    assert page.status_code == 410
    assert "Enviarme una invitación nueva" in page.text
    assert client.post(f"{path}/nueva").status_code == 200
    newer = link(app, "invitation")
    assert newer != path
    assert client.get(newer).status_code == 200
    assert set(all_of(app, select(Mail.to))) == {"persona.002@example.pe"}


def test_requests_of_new_invitations_are_limited(app, client):
    path = invited(app)
    answers = [client.post(f"{path}/nueva").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_a_reset_is_answered_alike_for_known_and_unknown_and_lasts_two_hours(
    app, client, clock: Clock
):
    account(app)
    known = ask_for_reset(client)
    unknown = ask_for_reset(client, "40000088")
    assert known.text == unknown.text
    assert known.status_code == unknown.status_code == 200
    assert count(app, Mail) == 1
    clock.forward(hours=2)
    assert client.get(link(app, "reset")).status_code == 410


def test_a_reset_sets_a_password_and_ends_the_other_sessions(app, client):
    account(app)
    elsewhere = signed_in(app, "40000003")
    ask_for_reset(client)
    path = link(app, "reset")
    client.get(path)
    assert client.post(path, data={"new_password": NEW_PASSWORD}).status_code == 303
    assert elsewhere.get("/cuenta").status_code == 303
    assert client.get("/cuenta").status_code == 200
    assert client.get(path).status_code == 410
    assert sign_in(app.test_client(), "40000003").status_code == 422


def test_who_never_opened_the_account_gets_an_invitation_instead_of_a_reset(app, client):
    invited(app)
    ask_for_reset(client, "40000002")
    assert client.get(link(app, "invitation")).status_code == 200


def test_a_deactivated_person_is_out_and_stays_out(app, client):
    account(app)
    inside = signed_in(app, "40000003")
    ask_for_reset(client)
    with db.writing(app) as session:
        session.execute(update(User).values(active=False))
    assert inside.get("/cuenta").status_code == 303
    assert sign_in(client, "40000003").status_code == 422
    assert client.get(link(app, "reset")).status_code == 410
    ask_for_reset(client)
    assert count(app, Mail) == 1


# Accounts that acts open ----------------------------------------------------------------------


def test_who_is_designated_gets_an_account_and_an_invitation_once(app, client):
    first = opened(app)
    assert [held.role for held in first.grants] == ["administrator"]
    assert "Administrador del RVL" in mail_bodies(app)[0]
    client.post(link(app, "invitation"), data={"new_password": NEW_PASSWORD})
    second = opened(app)
    assert second.id == first.id
    assert count(app, Mail) == 1


def test_a_user_with_a_password_is_notified_of_the_new_role(app):
    account(app, "40000005", email="luis@example.pe")
    opened(app)
    (mail,) = all_of(app, select(Mail))
    assert (mail.kind, mail.to) == ("new_role", "luis@example.pe")
    assert "/invitacion/" not in mail.body


def test_a_user_with_a_new_role_of_the_pcm_gets_the_address_of_today(app):
    account(app, "40000005", email="luis@example.pe")
    with app.app_context(), db.writing(app) as session:
        access.open_account(session, DESIGNATED, "sgtd", None, None)
    (body,) = mail_bodies(app)
    assert "de siempre:\nhttp://localhost/hoy\n" in body


def test_an_entity_cannot_redirect_the_mails_of_an_account_in_use(app):
    account(app, "40000005", email="antes@example.pe")
    user = opened(app)
    assert user.email == "antes@example.pe"
    mails = all_of(app, select(Mail).order_by(Mail.to))
    assert [mail.to for mail in mails] == ["antes@example.pe", "luis@example.pe"]
    assert "Tu cuenta usa otro correo" in mails[1].body


def test_an_address_is_mended_while_the_invitation_is_unanswered_and_may_be_shared(app):
    opened(app, email="mal@example.pe")
    assert opened(app).email == "luis@example.pe"
    assert all_of(app, select(Mail.to).order_by(Mail.id))[-1] == "luis@example.pe"
    opened(app, document_number="40000006")
    assert all_of(app, select(User.email)) == ["luis@example.pe"] * 2
