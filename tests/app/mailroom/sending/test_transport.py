"""The connection to the mail server: broken connections, required TLS, passwords."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from app.mailroom import sending
from app.mailroom.sending import transport
from tests import smtp as servers
from tests.app.mailroom.outgoing import app, found, minutes_pass, post, settings
from tests.smtp import Server, certificate, smtp

__all__ = ["app", "certificate", "settings", "smtp"]  # fixtures


# Connections -----------------------------------------------------------------------------------


def test_a_connection_lost_before_the_server_took_it_is_tried_again(app: Flask, smtp: Server):
    post(app, "una@example.pe", "otra@example.pe")
    smtp.answers["DATA"] = ["drop"]
    assert sending.run(app) == {"later": 1, "sent": 1}
    assert smtp.sessions == 2
    assert "Se perdió la conexión" in found(app)[0].error
    minutes_pass(app, 2)
    assert sending.run(app) == {"sent": 1}
    assert sorted(smtp.to) == ["otra@example.pe", "una@example.pe"]


def test_a_lost_answer_repeats_the_mail_under_the_same_identifier(app: Flask, smtp: Server):
    post(app)
    smtp.answers["DATA"] = ["swallow"]
    assert sending.run(app) == {"later": 1}
    minutes_pass(app, 2)
    assert sending.run(app) == {"sent": 1}
    assert {one.id for one in smtp.deliveries} == {found(app)[0].message_id}
    assert len(smtp.deliveries) == 2


def test_a_server_that_closes_the_session_is_connected_again(app: Flask, smtp: Server):
    post(app, "una@example.pe", "otra@example.pe")
    smtp.answers["DATA"] = ["421 4.3.2 shutting down"]
    assert sending.run(app) == {"later": 1, "sent": 1}
    assert smtp.sessions == 2


def test_a_server_that_is_silent_is_given_up_in_time(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transport, "TIMEOUT", 0.2)
    smtp.hang = 2
    post(app)
    assert sending.run(app) == {"later": 1}
    assert "timed out" in found(app)[0].error


def nothing_happened(app: Flask, smtp: Server) -> None:
    assert smtp.deliveries == []
    assert {(row.state, row.attempts, row.error) for row in found(app)} == {("waiting", 0, "")}


@pytest.mark.nightly
def test_a_server_that_is_away_is_no_mails_fault(app: Flask, smtp: Server):
    post(app, "una@example.pe", "otra@example.pe")
    app.config["SMTP_PORT"] = 1
    with pytest.raises(sending.Unavailable, match=r"127\.0\.0\.1:1 no responde"):
        sending.run(app)
    nothing_happened(app, smtp)
    app.config["SMTP_PORT"] = smtp.port
    minutes_pass(app, 2)
    assert sending.run(app) == {"sent": 2}


@pytest.mark.parametrize(
    ("command", "answer"),
    [("EHLO", "554 5.7.1 not you"), ("MAIL", "553 5.7.1 not your address")],
)
def test_a_server_that_does_not_want_us_is_no_mails_fault(
    app: Flask, smtp: Server, command: str, answer: str
):
    post(app, "una@example.pe", "otra@example.pe")
    smtp.answers[command] = [answer, answer]
    with pytest.raises(sending.Unavailable, match=r"not you"):
        sending.run(app)
    nothing_happened(app, smtp)


# TLS and names ---------------------------------------------------------------------------------


@pytest.fixture
def trusted(certificate, monkeypatch: pytest.MonkeyPatch):
    """Make the machine trust the certificate of the tests; return its path."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def use(app: Flask, server: Server, security: str, password: str = "") -> None:
    app.config.update(SMTP_PORT=server.port, SMTP_SECURITY=security)
    app.config.update(SMTP_USER=servers.NAME if password else "", SMTP_PASSWORD=password)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mails_go_encrypted_to_a_server_that_proves_its_name(app: Flask, trusted, security: str):
    with servers.serving(trusted, security, users=True) as server:
        use(app, server, security, servers.PASSWORD)
        post(app)
        assert sending.run(app) == {"sent": 1}
        assert [(one.tls, one.known) for one in server.deliveries] == [(True, True)]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_no_server(app: Flask, certificate, security: str):
    with servers.serving(certificate, security) as server:
        use(app, server, security)
        post(app)
        with pytest.raises(sending.Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
            sending.run(app)
        nothing_happened(app, server)


@pytest.mark.parametrize("password", ["", servers.PASSWORD])
def test_where_starttls_is_not_offered_nothing_is_sent_in_clear(app: Flask, password: str):
    with servers.serving(users=bool(password)) as server:
        use(app, server, "starttls", password)
        post(app)
        with pytest.raises(sending.Unavailable, match="no ofrece la seguridad"):
            sending.run(app)
        assert set(server.heard) == {"EHLO"}, "neither a name nor an address was said"
        nothing_happened(app, server)


def test_a_wrong_password_stops_the_job_and_gives_nothing_up(
    app: Flask, trusted, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    with servers.serving(trusted, "starttls", users=True) as server:
        use(app, server, "starttls", "no es la clave")
        post(app, "una@example.pe", "otra@example.pe")
        with pytest.raises(sending.Unavailable, match=r"no nos atiende \(535") as found_text:
            sending.run(app)
        nothing_happened(app, server)
        with app.app_context():
            way = repr(transport.configured(app.config))
    assert "no es la clave" not in caplog.text + str(found_text.value) + way
    assert found_text.value.__cause__ is None
