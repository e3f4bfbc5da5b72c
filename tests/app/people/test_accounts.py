"""Signing in and out, the limits on tries, and one's own account."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import argon2
import pytest
from sqlalchemy import select

from app.base import config, db
from app.base.models import Attempt, LogEntry, SignIn, User
from app.cases.history.lines import describe
from app.people import access
from app.people.accounts import passwords
from tests.app.cast import (
    NEW_PASSWORD,
    PASSWORD,
    account,
    all_of,
    open_session,
    person,
    sign_in,
    signed_in,
)
from tests.conftest import Clock
from tests.tree import ROOT

# Sign-in --------------------------------------------------------------------------------------


def test_one_comes_in_by_document_and_goes_where_one_wanted(app, client):
    account(app)
    assert client.get("/cuenta").headers["Location"] == "/ingresar?siguiente=/cuenta"
    page = client.get("/ingresar?siguiente=/cuenta")
    assert 'value="/cuenta"' in page.text
    data = {
        "document_type": "DNI",
        "document_number": "4000 0003",
        "password": PASSWORD,
        "siguiente": "/cuenta",
    }
    answer = client.post("/ingresar", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cuenta")
    assert "Persona Ejemplo 003" in client.get("/cuenta").text


def test_one_comes_in_with_a_foreigners_card(app, client):
    with db.writing(app) as session:
        person(session, "AB1234567", "sip", document_type="CE")
    data = {"document_type": "CE", "document_number": "ab1234567", "password": PASSWORD}
    assert client.post("/ingresar", data=data).status_code == 303


def test_nobody_is_sent_to_another_site_after_signing_in():
    for wanted in [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "javascript:alert(1)",
        "/\t/example.org",
        "\\\\example.org",
        "/" + "x" * 600,
    ]:
        assert access.local_path(wanted) == "/"


def test_a_wrong_document_and_a_wrong_password_get_the_same_answer(app, client):
    account(app)
    for number, password in [
        ("40000003", "no es la clave"),
        ("40000099", PASSWORD),
        ("40000003", "x" * 100_000),
    ]:
        answer = sign_in(client, number, password)
        assert answer.status_code == 422
        assert "El documento o la contraseña no son correctos" in answer.text
        assert password not in answer.text
        assert "/ingresar" in client.get("/cuenta").headers["Location"]


def test_an_unknown_person_takes_as_long_as_a_known_one(app, monkeypatch):
    verified: list[Any] = []

    class Watched(type(passwords.HASHER)):  # type: ignore[misc]
        def verify(self, stored_name: str, password: str) -> Any:
            verified.append(argon2.extract_parameters(stored_name))
            return super().verify(stored_name, password)

    monkeypatch.setattr(passwords, "HASHER", Watched(time_cost=2, memory_cost=64))
    with app.app_context():
        session = db.session()
        known = person(session, "40000003")
        known.password_hash = passwords.hashed("la clave de alguien")
        for user in (None, known):
            passwords._nobody.cache_clear()
            assert not passwords.is_right(user, "no es la clave")
    passwords._nobody.cache_clear()
    assert len(verified) == 2
    assert verified[0] == verified[1]


@pytest.mark.nightly
def test_a_password_is_stored_as_recommended_for_argon2id():
    """Compare with OWASP, *Password Storage Cheat Sheet*: 19 MiB and two rounds, or more."""
    found_text = "from app.people.accounts import passwords; print(passwords.hashed('una frase'))"
    done = subprocess.run(
        [sys.executable, "-c", found_text], cwd=ROOT, capture_output=True, text=True, check=True
    )
    stored_name = argon2.extract_parameters(done.stdout.strip())
    assert stored_name.type is argon2.Type.ID
    assert (stored_name.memory_cost, stored_name.time_cost) == (19_456, 4)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_many_at_once_get_no_more_tries_than_one_by_one(app):
    account(app)

    def attempt(_: int) -> int:
        return sign_in(app.test_client(), "40000003", "no es la clave").status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert answers.count(422) <= 5
    assert set(answers) <= {422, 429}


def test_the_table_of_attempts_says_nothing_about_who_tried(app, client):
    sign_in(client, "40000003", "x")
    subjects = all_of(app, select(Attempt.subject))
    assert len(subjects) == 4
    assert all(re.fullmatch(r"[0-9a-f]{64}", subject) for subject in subjects)


# Sessions -------------------------------------------------------------------------------------


def test_leaving_ends_the_sign_in_on_the_server(app, client):
    account(app)
    sign_in(client, "40000003")
    cookie = client.get_cookie("zaguan").value
    assert client.post("/salir").status_code == 303
    client.set_cookie("zaguan", cookie)
    assert "/ingresar" in client.get("/cuenta").headers["Location"]
    assert client.get("/salir").status_code == 405


def test_one_ends_the_other_sessions_and_keeps_this_one(app):
    account(app)
    here, there = signed_in(app, "40000003"), signed_in(app, "40000003")
    assert "Cerrar las demás sesiones" in here.get("/cuenta").text
    assert here.post("/cuenta/sesiones").status_code == 303
    assert here.get("/cuenta").status_code == 200
    assert there.get("/cuenta").status_code == 303


def test_one_ends_a_single_session_but_nobody_elses(app):
    account(app)
    account(app, "40000004")
    here, other = signed_in(app, "40000003"), signed_in(app, "40000004")
    mine, others = all_of(app, select(SignIn.id).order_by(SignIn.id))
    assert here.post(f"/cuenta/sesiones/{others}").status_code == 404
    assert other.get("/cuenta").status_code == 200
    assert here.post(f"/cuenta/sesiones/{mine}").status_code == 303
    assert here.get("/cuenta").status_code == 303


@pytest.mark.nightly
def test_a_session_that_is_not_used_for_half_a_day_ends(app, clock: Clock):
    account(app)
    client = signed_in(app, "40000003")
    for _ in range(4):
        clock.forward(hours=5)
        assert client.get("/cuenta").status_code == 200
    clock.forward(hours=13)
    assert client.get("/cuenta").status_code == 303


def test_a_forged_or_an_old_cookie_lets_nobody_in(app, client):
    account(app)
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "1"
    assert client.get("/cuenta").status_code == 303


def test_the_cookie_is_for_https_alone_where_the_public_address_is(tmp_path):
    environment = {"ZAGUAN_DATA": str(tmp_path), "ZAGUAN_PUBLIC_URL": "https://zaguan.example.pe"}
    made = config.load(environment)
    assert made["SESSION_COOKIE_SECURE"]
    assert made["SESSION_COOKIE_HTTPONLY"]
    assert not config.load(environment | {"ZAGUAN_PUBLIC_URL": ""})["SESSION_COOKIE_SECURE"]


def test_a_bad_life_of_codes_is_named_by_its_variable(tmp_path):
    for days in ["0", "x", "-1", "99999", "1.5"]:
        environment = {"ZAGUAN_DATA": str(tmp_path), "ZAGUAN_ACTIVATION_DAYS": days}
        with pytest.raises(config.BadSetting, match="ZAGUAN_ACTIVATION_DAYS"):
            config.load(environment)


# My account -----------------------------------------------------------------------------------


def test_one_changes_ones_password(app):
    account(app)
    here, there = signed_in(app, "40000003"), signed_in(app, "40000003")
    wrong = {"current_password": "no es", "new_password": NEW_PASSWORD}
    assert "no es tu contraseña actual" in here.post("/cuenta/clave", data=wrong).text
    right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert here.post("/cuenta/clave", data=right).status_code == 303
    assert here.get("/cuenta").status_code == 200
    assert there.get("/cuenta").status_code == 303
    assert sign_in(app.test_client(), "40000003", NEW_PASSWORD).status_code == 303


def test_one_changes_ones_address_with_the_password_and_the_log_masks_telephones(app):
    number = account(app)
    client = signed_in(app, "40000003")
    data = {"email": "nuevo@example.org", "phone": "01 2197000", "proof": "no es"}
    assert client.post("/cuenta/contacto", data=data).status_code == 422
    data["proof"] = PASSWORD
    assert client.post("/cuenta/contacto", data=data).status_code == 303
    with open_session(app) as session:
        user = session.get_one(User, number)
        assert (user.email, user.phone) == ("nuevo@example.org", "01 2197000")
    client.post("/cuenta/contacto", data=data)
    client.post("/cuenta/contacto", data=data | {"phone": "01 2197999"})
    with open_session(app) as session:
        changed = select(LogEntry).where(LogEntry.kind == "person.contact_changed")
        entries = session.scalars(changed.order_by(LogEntry.id)).all()
        found_text = [describe(entry).changes for entry in entries]
    assert [entry.data["person_id"] for entry in entries] == [number, number]
    assert found_text == [
        (
            "correo: persona.003@example.pe → nuevo@example.org",
            "teléfono: (vacío) → *******000",
        ),
        ("teléfono: *******000 → *******999",),
    ]
