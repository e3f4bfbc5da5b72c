"""Document numbers: masked, and unmasked with a purpose."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import Entity, Record, User
from app.people import access
from app.people.access import tickets
from app.people.accounts import passwords
from tests.app.cast import (
    account,
    entity,
    last_entry,
    person,
    signed_in,
)
from tests.conftest import Clock

DESIGNATED = {
    "document_type": "DNI",
    "document_number": "40000005",
    "given_names": "Luis Persona",
    "surnames": "Mamani Muestra",
    "post": "Analista",
    "email": "luis@example.pe",
}


def opened(app: Flask, **values: str) -> User:
    """Return the account that a designation opens."""
    with app.app_context():
        session = db.session()
        place = session.scalar(select(Entity).limit(1)) or entity(session)
        user = access.open_account(session, DESIGNATED | values, "administrator", place, None)
        session.commit()
        return user


def test_an_auditor_unmasks_a_document_with_a_purpose_that_is_logged(app):
    number = account(app, "40000003", "sgtd")
    account(app, "40000004", "auditor")
    client = signed_in(app, "40000004")
    path = f"/personas/{number}/documento"
    assert "40000003" not in client.get(path).text
    assert client.post(path, data={"purpose": "ver"}).status_code == 422
    found_text = client.post(path, data={"purpose": "Verificar el DNI 00000501"})
    assert found_text.status_code == 422
    assert "ningún número de documento" in found_text.text
    answer = client.post(path, data={"purpose": "Verificar la resolución"})
    assert "DNI 40000003" in answer.text
    entry = last_entry(app)
    assert entry.kind == "document.unmasked"
    assert entry.data["purpose"] == "Verificar la resolución"
    assert "40000003" not in str(entry.data)


def test_a_coordinator_unmasks_the_people_of_an_entity(app, clock: Clock):
    account(app, "40000003", "sip")
    opened(app)
    with db.writing(app) as session:
        place = session.scalars(select(Entity)).one()
        data = {"holder": DESIGNATED | {"document_number": "40000077", "surnames": "Rojas Ejemplo"}}
        for name in ("administrator", "administrator"):
            session.add(Record(entity_id=place.id, name=name, data=data, at=clock(), by_id=None))
    client = signed_in(app, "40000003")
    path = "/entidades/E90001/documentos"
    page = client.post(path, data={"purpose": "Revisar la designación"})
    assert "DNI 40000005" in page.text
    assert page.text.count("DNI 40000077") == 1
    found = client.post(path, data={"purpose": "Revisar la designación", "surnames": "rójas"})
    assert "DNI 40000005" not in found.text
    assert "DNI 40000077" in found.text
    assert "4000007" not in str(last_entry(app).data)


def test_numbers_are_masked_for_all_but_the_entitys_own_people(app):
    own_people = ("administrator", "alternate", "preparer", "authority")
    others = ("operator", "sip", "sgtd", "auditor", "superuser")
    with app.app_context():
        session = db.session()
        own, other = entity(session), entity(session, "E90002")
        for number, role in enumerate((*own_people, *others), 40000003):
            place = own if role in access.ENTITY_ROLES else None
            viewer = person(session, str(number), role, place)
            shown = access.document_for(viewer, "DNI", "12345678", own)
            assert shown == ("DNI 12345678" if role in own_people else "DNI *****678")
            assert access.document_for(viewer, "DNI", "12345678", other) == "DNI *****678"
            assert access.document_for(viewer, "DNI", "12345678") == "DNI *****678"
            assert access.document_for(viewer, "DNI", str(number)) == f"DNI {number}"
    assert access.document_for(None, "CE", "AB1234567") == "CE ******567"


def test_a_ruc_that_holds_a_dni_is_masked_like_one():
    assert access.masked_ruc("10123456789") == "********789"
    assert access.masked_ruc("20131370645") == "20131370645"


def test_a_secret_is_compared_as_it_is_meant_and_not_as_it_is_typed():
    assert tickets.typed_code("7k2m 9qxt-o4bd") == tickets.typed_code("7K2M-9QXT-04BD")
    assert tickets.typed_code("iIlL-1") == "11111"


def test_a_common_password_is_refused_also_with_digits_around_it_and_not_within_others():
    for password in [
        "1qaz2wsx3edc4rfv",
        "PASSWORD12345",
        "Perú2026!!",
        "¡Contraseña12!",
        "9876543210",
        "football_1990",
    ]:
        assert "muy fácil de adivinar" in passwords.fault(password, "40000003")
    for password in ["una frase de las pruebas", "zaguan de prueba", "Xk3vqpt88wz"]:
        assert passwords.fault(password, "40000003") == ""
    assert len(passwords.common()) > 30_000
