"""`/.well-known/security.txt`: its fields, its end, and that it exists only with a contact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.conftest import Clock
from tests.pages import CheckingClient

CONTACT = "mailto:seguridad@example.pe"


@pytest.fixture
def security_txt(client: CheckingClient, clock: Clock) -> Callable[[], dict[str, str]]:
    """Read the fields of security.txt."""

    def read() -> dict[str, str]:
        answer = client.get("/.well-known/security.txt")
        assert answer.status_code == 200
        assert answer.content_type == "text/plain; charset=utf-8"
        lines = answer.text.splitlines()
        fields = dict(line.split(": ", 1) for line in lines)
        assert len(fields) == len(lines)
        return fields

    return read


def test_security_txt_has_the_fields_of_rfc_9116(app, security_txt):
    app.config.update(SECURITY_CONTACT=CONTACT, PUBLIC_URL="https://zaguan.example.pe")
    fields = security_txt()
    assert fields.pop("Expires")
    assert fields == {
        "Contact": CONTACT,
        "Preferred-Languages": "es, en",
        "Canonical": "https://zaguan.example.pe/.well-known/security.txt",
    }


def test_security_txt_expires_in_less_than_a_year_by_the_clock(app, security_txt, clock):
    app.config["SECURITY_CONTACT"] = CONTACT
    first = security_txt()["Expires"]
    ahead = datetime.fromisoformat(first) - clock.moment
    assert timedelta(days=170) < ahead < timedelta(days=365)
    clock.forward(days=200)
    assert datetime.fromisoformat(security_txt()["Expires"]) > clock.moment
    assert security_txt()["Expires"] > first


def test_without_a_contact_there_is_no_security_txt(app, client):
    assert app.config["SECURITY_CONTACT"] == ""
    assert client.get("/.well-known/security.txt").status_code == 404
