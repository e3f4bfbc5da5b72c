"""Mails about sign-ins from a new device: who gets them, and at most one a day."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import Mail
from app.people.accounts import new_devices
from tests import shortcuts
from tests.app.cast import account, all_of, entity, person, sign_in, signed_in

NUMBER = "40000003"


@pytest.fixture
def announcing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return an application that sends these mails, which it does not in other tests."""
    monkeypatch.setattr(new_devices, "announce", shortcuts.ANNOUNCE)
    return app


def mailed(app: Flask) -> list[str]:
    """Return the subjects of these mails."""
    return all_of(app, select(Mail.subject).where(Mail.kind == "new_device"))


def test_a_person_of_the_pcm_is_informed_of_a_new_browser_once_a_day(announcing, clock):
    account(announcing, NUMBER)
    first = signed_in(announcing, NUMBER)
    assert mailed(announcing) == [], "the first sign-in of an account"
    assert sign_in(first, NUMBER).status_code == 303
    first.post("/salir")
    assert sign_in(first, NUMBER).status_code == 303
    assert mailed(announcing) == [], "a browser that signed in before"
    signed_in(announcing, NUMBER)
    signed_in(announcing, NUMBER)
    assert mailed(announcing) == ["Ingresaste a Zaguán desde un equipo nuevo"]
    clock.forward(hours=25)
    signed_in(announcing, NUMBER)
    assert len(mailed(announcing)) == 2


@pytest.mark.nightly
def test_others_switch_it_on_and_people_of_the_pcm_off(announcing, clock):
    with db.writing(announcing) as session:
        person(session, "40000007", "administrator", entity(session))
    account(announcing, NUMBER)
    administrator, coordinator = signed_in(announcing, "40000007"), signed_in(announcing, NUMBER)
    signed_in(announcing, "40000007")
    assert mailed(announcing) == []
    assert "Recibir ese aviso" in administrator.get("/cuenta").text
    administrator.post("/cuenta/ingresos", data={"aviso": "si"})
    coordinator.post("/cuenta/ingresos", data={"aviso": "no"})
    signed_in(announcing, NUMBER)
    assert mailed(announcing) == []
    signed_in(announcing, "40000007")
    assert len(mailed(announcing)) == 1
    assert "Dejar de recibir ese aviso" in administrator.get("/cuenta").text
