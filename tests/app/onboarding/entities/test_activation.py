"""How an entity is activated: its code, and the person who enters it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import calendar, db
from app.base.models import Mail, ProcessInstance, Ticket, User
from app.people import access
from tests.app.cast import (
    NEW_PASSWORD,
    PASSWORD,
    account,
    count,
    entity,
    entity_of,
    invited,
    kinds,
    open_session,
    signed_in,
)
from tests.app.posted import refuses
from tests.app.walk import CODE, Walk
from tests.conftest import Clock


def newcomer(**values: str) -> dict[str, str]:
    """Return what a person without an account types to activate an entity."""
    return {
        "entity_code": "E90001",
        "activation_code": "",
        "document_type": "DNI",
        "document_number": "40000001",
        "given_names": "Rosa Persona",
        "surnames": "Quispe Ejemplo",
        "email": "rosa@example.pe",
        "password": NEW_PASSWORD,
    } | values


def code_for(app: Flask) -> str:
    """Add an entity; return its activation code."""
    with app.app_context():
        session = db.session()
        code = access.issue_activation_code(session, entity(session))
        session.commit()
        return code


def test_a_code_is_readable_and_is_stored_only_as_a_hash(app):
    code = code_for(app)
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", code)
    with open_session(app) as session:
        ticket = session.scalars(select(Ticket)).one()
        mail = session.scalars(select(Mail)).one()
    assert code not in ticket.secret_hash
    assert (mail.kind, mail.to) == ("activation", "mesadepartes.e90001@example.pe")
    assert code in mail.body


def test_an_entity_without_an_address_gets_its_code_on_paper(app):
    with app.app_context():
        session = db.session()
        assert access.issue_activation_code(session, entity(session, contact_email=""))
        session.commit()
    assert count(app, Mail) == 0


@pytest.mark.nightly
def test_a_person_with_the_code_is_made_preparer_and_is_signed_in(app, client):
    code = code_for(app)
    client.get("/activar")
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    answer = client.post("/activar", data=newcomer(activation_code=typed, entity_code="e90001"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    page = client.get("/cuenta").text
    assert "Responsable de la designación" in page
    assert "Municipalidad Distrital de Ejemplo 1" in page
    assert kinds(app) == ["code.issued", "person.role_granted", "code.used"]


@pytest.mark.postgresql
def test_of_two_people_with_a_code_at_once_one_wins(app):
    code = code_for(app)

    def activate(number: int) -> str:
        data = newcomer(activation_code=code, document_number=f"4000001{number}")
        answer = app.test_client().post("/activar", data=data)
        return str(answer.headers.get("Location", "refused"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(activate, range(4)))
    assert answers.count("/") == 1
    assert count(app, User) == 1


@pytest.mark.nightly
def test_a_newer_code_voids_the_earlier_one(app, client):
    code = code_for(app)
    with app.app_context():
        session = db.session()
        access.issue_activation_code(session, entity_of(session))
        session.commit()
    answer = client.post("/activar", data=newcomer(activation_code=code))
    assert "hay uno más reciente" in answer.text


def test_a_code_of_another_entity_activates_nothing(app, client):
    code = code_for(app)
    with app.app_context():
        entity(db.session(), "E90002")
        db.session().commit()
    answer = client.post("/activar", data=newcomer(activation_code=code, entity_code="E90002"))
    assert "no corresponde a esa entidad" in answer.text
    assert count(app, User) == 0


@pytest.mark.nightly
def test_codes_cannot_be_guessed_one_after_the_other(app, client):
    code_for(app)
    answers = [
        client.post("/activar", data=newcomer(activation_code=f"0000{n:08}")).status_code
        for n in range(61)
    ]
    assert answers == [422] * 60 + [429]


def test_a_person_with_an_account_activates_with_its_password(app, client):
    account(app, "40000001", role="", email="antes@example.pe")
    code = code_for(app)
    wrong = client.post("/activar", data=newcomer(activation_code=code))
    assert "Escribe la contraseña de esa cuenta" in wrong.text
    right = client.post("/activar", data=newcomer(activation_code=code, password=PASSWORD))
    assert right.status_code == 303
    with open_session(app) as session:
        user = session.scalars(select(User)).one()
        assert (user.email, user.surnames) == ("antes@example.pe", "Ejemplo 001")
        assert {held.role for held in user.grants} == {"preparer"}


def test_a_signed_in_person_only_enters_the_codes(app):
    account(app, "40000001", role="")
    client = signed_in(app, "40000001")
    code = code_for(app)
    assert 'name="document_number"' not in client.get("/activar").text
    data = {"entity_code": "E90001", "activation_code": code}
    assert client.post("/activar", data=data).status_code == 303
    assert "Responsable de la designación" in client.get("/cuenta").text


def test_nobody_takes_over_an_account_that_waits_for_its_first_password(app, client):
    invited(app, "40000001")
    code = code_for(app)
    answer = client.post("/activar", data=newcomer(activation_code=code))
    assert answer.status_code == 422
    assert "Usa la invitación" in answer.text
    with open_session(app) as session:
        user = session.scalars(select(User)).one()
        assert (user.password_hash, user.email) == ("", "persona.001@example.pe")


@pytest.mark.nightly
def test_a_bad_activation_changes_nothing(app, client, subtests):
    wrong = [
        ({"password": "corta"}, "10 caracteres o más"),
        ({"password": "mi 40000001 de siempre"}, "tu número de documento"),
        ({"password": "municipalidad123"}, "muy fácil de adivinar"),
        ({"password": "aaaaaaaaaaaa"}, "muy fácil de adivinar"),
        ({"password": "x1y2z3w4" * 30}, "como máximo"),
        ({"document_number": "123"}, "8 dígitos"),
        ({"email": "nada"}, "correo completo"),
        ({"given_names": "<b>"}, "solo letras"),
    ]
    good = newcomer(activation_code=code_for(app))
    refuses(subtests, client, "/activar", good, wrong)
    assert count(app, User) == 0


def test_a_closed_code_says_why_and_since_when(app, client, clock: Clock):
    code = code_for(app)
    assert client.post("/activar", data=newcomer(activation_code=code)).status_code == 303
    other = app.test_client()
    answer = other.post("/activar", data=newcomer(activation_code=code, document_number="40000009"))
    assert answer.status_code == 422
    assert "Este código ya se usó, el 2 de marzo de 2026." in answer.text
    assert count(app, User) == 1
    with app.app_context():
        session = db.session()
        late = access.issue_activation_code(session, entity_of(session))
        session.commit()
    clock.forward(days=60)
    answer = other.post("/activar", data=newcomer(activation_code=late, document_number="40000009"))
    assert answer.status_code == 422
    assert "Este código venció el 1 de mayo de 2026." in answer.text


@pytest.mark.nightly
def test_a_code_tried_a_thousand_times_is_checked_twenty_times_an_hour(app):
    """Make each attempt from another address; the entity's own code works all the while."""
    code = code_for(app)
    answers = [
        app.test_client().post(
            "/activar",
            data=newcomer(activation_code="1111-2222-3333"),
            environ_overrides={"REMOTE_ADDR": f"10.0.{n // 250}.{n % 250}"},
        )
        for n in range(60)
    ]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429] * 40
    assert 3000 < int(answers[-1].headers["Retry-After"]) <= 3600
    page = answers[-1].text
    assert "Hubo demasiados intentos seguidos. Espera 60\xa0minutos" in page
    for typed in ("1111-2222-3333", "Rosa Persona", "rosa@example.pe", "E90001"):
        assert f'value="{typed}"' in page, "what was typed stays"
    assert NEW_PASSWORD not in page
    mine = app.test_client().post("/activar", data=newcomer(activation_code=code))
    assert mine.status_code == 303


@pytest.mark.nightly
def test_a_hall_full_of_people_behind_one_address_can_activate(app):
    codes = {}
    with app.app_context():
        session = db.session()
        for number in range(1, 71):
            place = entity(session, f"E91{number:03}")
            codes[place.code] = access.issue_activation_code(session, place)
        session.commit()
    for number, (here, code) in enumerate(codes.items()):
        data = newcomer(
            entity_code=here,
            activation_code=code,
            document_number=f"400001{number:02}",
            email=f"persona{number}@example.pe",
        )
        if number % 7 == 0:  # a few choose an easy password, or mistype their code
            wrong = app.test_client().post("/activar", data=data | {"password": "1234"})
            assert wrong.status_code == 422
            typo = app.test_client().post("/activar", data=data | {"activation_code": "1" * 12})
            assert typo.status_code == 422
        assert app.test_client().post("/activar", data=data).status_code == 303, here


# The public page ------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_public_page_explains_how_to_begin(client):
    page = client.get("/inicia")
    assert page.status_code == 200
    assert "Inicia la implementación de tu entidad" in page.text
    assert 'href="/activar"' in page.text
    assert "noindex" not in page.text


def test_a_visitor_finds_their_entity_and_how_to_begin(walk: Walk):
    with walk.writing() as session:
        entity(session, "E90002", name="Municipalidad Distrital de Ñaña", district="Ñaña")
        entity(session, "E90003", name="Instituto de Ejemplo")
        entity(session, "E90004", name="Programa Cerrado", active=False)
    walk.begin()
    walk.begin(code="E90002")
    client = walk.app.test_client()
    page = client.get("/inicia?q=NANA").text
    assert "Lista para empezar" in page
    assert 'href="/activar?entidad=E90002"' in page
    assert "mesadepartes" not in page
    assert "noindex" in page
    assert "Todavía no se inicia" in client.get("/inicia?q=instituto").text
    assert "En marcha" in client.get(f"/inicia?q={CODE}").text
    for nothing in ("programa+cerrado", "%00", "zzz"):
        assert "Ninguna entidad se llama así." in client.get(f"/inicia?q={nothing}").text
    assert "Ninguna entidad" not in client.get("/inicia?q=++").text


def test_an_entity_that_has_finished_reads_so(begun: Walk):
    client = begun.app.test_client()
    for status, end_name, said in (
        ("ended", "", "Concluida"),
        ("ended", "No corresponde", "No corresponde"),
        ("cancelled", "No corresponde", "Todavía no se inicia"),
    ):
        ended = {"status": status, "ended_at": calendar.now(), "end_name": end_name}
        begun.change(ProcessInstance, begun.id, **ended)
        assert said in client.get(f"/inicia?q={CODE}").text


def test_twenty_entities_are_shown_in_as_many_statements_as_one(walk: Walk):
    with walk.writing() as session:
        for number in range(30):
            entity(session, f"E91{number:03}", name=f"Municipalidad de Muestra {number}")
    client, counted = walk.app.test_client(), []
    for typed in ("E91001", "muestra"):
        with walk.statements() as sent:
            page = client.get(f"/inicia?q={typed}").text
        counted.append(len(sent))
    assert counted[0] == counted[1]
    assert page.count("entities-found__one") == 20
    assert "Hay más entidades con esas palabras" in page


def test_the_form_shows_the_entity_of_its_code(app, client):
    code_for(app)
    page = client.get("/activar?entidad=e90001").text
    assert 'value="E90001"' in page
    assert "Municipalidad Distrital de Ejemplo 1" in page
    answer = client.post("/activar", data=newcomer(activation_code="0000-0000-0000"))
    assert "Municipalidad Distrital de Ejemplo 1" in answer.text
    for odd in ("E99999", "%00", "<script>", "x" * 500):
        assert client.get(f"/activar?entidad={odd}").status_code == 200
