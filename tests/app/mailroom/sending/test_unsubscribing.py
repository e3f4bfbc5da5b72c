"""Stopping the digests: one click, no sign-in; legal notices continue, and it can be undone."""

from __future__ import annotations

import pytest
from flask import Flask

from app.base.models import User
from app.mailroom import sending
from app.people.digest import unsubscribe_link
from tests.app import cast
from tests.app.mailroom.outgoing import app, found, post, settings, states
from tests.app.walk import Walk
from tests.smtp import Server, smtp

__all__ = ["app", "settings", "smtp"]  # fixtures


def path_of(walk: Walk, role: str = "preparer") -> str:
    """Return the path of a person's link."""
    with walk.app.app_context():
        link = unsubscribe_link(walk.people[role])
    assert link.startswith("http://localhost/")
    return link.removeprefix("http://localhost")


def wants(walk: Walk, role: str = "preparer") -> bool:
    return walk.get(User, walk.people[role]).wants_digest


def test_opening_the_link_says_what_the_button_does_and_does_nothing(walk: Walk):
    page = walk.app.test_client().get(path_of(walk))
    assert page.status_code == 200
    assert "Persona Ejemplo 011" in page.text
    assert "notificaciones con plazo legal" in page.text
    assert "Dejar de recibir resúmenes</button>" in page.text
    assert wants(walk)


def test_the_button_stops_the_digests_of_that_person(walk: Walk):
    client, path = walk.app.test_client(), path_of(walk)
    answer = client.post(path)
    assert answer.status_code == 200, "no redirect: RFC 8058"
    assert "Ya no recibes resúmenes" in answer.text
    assert "Ya no recibes resúmenes" in client.get(path).text
    assert not wants(walk)
    assert wants(walk, "alternate")
    client.post(path)
    (entry,) = walk.entries("person.digest_refused")
    assert entry.actor_id == entry.data["person_id"] == walk.people["preparer"]


def test_a_mail_program_does_it_without_a_session_or_a_token_of_ours(walk: Walk):
    walk.app.config["WTF_CSRF_ENABLED"] = True
    answer = walk.app.test_client().post(
        path_of(walk), data={"List-Unsubscribe": "One-Click"}, headers={"Referer": ""}
    )
    assert answer.status_code == 200
    assert not wants(walk)
    other = walk.app.test_client().post("/ingresar", data={})
    assert other.status_code == 400, "every other page asks for its token"


def test_a_link_that_was_forged_or_cut_is_no_page(walk: Walk):
    path, client = path_of(walk), walk.app.test_client()
    number, mark = path.rpartition("/")[2].split("-")
    root = "/avisos/baja/"
    for wrong in (
        path[:-1],
        path + "0",
        f"{root}{walk.people['alternate']}-{mark}",
        f"{root}{number}-{mark.upper()}",
        root,
        f"{root}0{number}-{mark}",
    ):
        assert client.get(wrong).status_code == 404
        assert client.post(wrong).status_code == 404
    assert wants(walk)
    assert wants(walk, "alternate")


def test_an_account_that_was_closed_has_no_page(walk: Walk):
    path = path_of(walk)
    walk.change(User, walk.people["preparer"], active=False)
    assert walk.app.test_client().get(path).status_code == 404


def test_the_own_account_says_it_and_takes_it_back(walk: Walk):
    walk.app.test_client().post(path_of(walk))
    client = walk.browser("preparer")
    assert "No recibes el resumen" in client.get("/cuenta").text
    answer = client.post("/cuenta/avisos", data={"resumen": "si"}, follow_redirects=True)
    assert "Recibes un resumen" in answer.text
    assert wants(walk)
    assert len(walk.entries("person.digest_wanted")) == 1
    answer = client.post("/cuenta/avisos", data={"resumen": "no"}, follow_redirects=True)
    assert "No recibes el resumen" in answer.text
    assert not wants(walk)


@pytest.mark.nightly
def test_the_mails_header_leads_there_and_the_next_digest_is_dropped(
    app: Flask, smtp: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.cases.reminders.refresh", lambda *_: True)
    monkeypatch.setattr("app.cases.reminders.html", lambda *_: "<p>Pasos</p>")
    user_id = cast.account(app)
    for kind in ("digest", "legal_notice"):
        post(app, "persona.003@example.pe", kind=kind, user_id=user_id)
    sending.run(app)
    notice, digest = (one.message for one in smtp.deliveries)
    assert "List-Unsubscribe" not in notice
    path = digest["List-Unsubscribe"].strip("<>").removeprefix("http://localhost")
    assert app.test_client().post(path).status_code == 200
    for kind in ("digest", "legal_notice"):
        post(app, "persona.003@example.pe", kind=kind, user_id=user_id)
    sending.run(app)
    assert states(app) == ["sent", "sent", "dropped", "sent"]
    assert found(app)[2].error == "La persona pidió no recibir resúmenes."
