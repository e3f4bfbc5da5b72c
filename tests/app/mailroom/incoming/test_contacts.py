"""*Verificar contacto*, and the pages that show incoming mails."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Entity, User
from app.people import addresses
from tests.app.cast import entity_of
from tests.app.mailroom.postbag import TO, sent, taken, waiting
from tests.app.posted import refuses
from tests.app.walk import CODE, Walk

PLACE = f"/entidades/{CODE}/contactos"

# Verifying the contact -------------------------------------------------------------------------


def bounced(walk: Walk) -> None:
    """Receive the bounces of two mails to the preparer's address."""
    for name in ("postfix_no_such_user", "exim_unrouteable"):
        taken(walk, name, sent(walk))


@pytest.mark.nightly
def test_a_user_who_never_signed_in_is_reached_at_another_address(walk: Walk):
    number = walk.people["preparer"]
    walk.change(User, number, password_hash="")
    bounced(walk)
    client, path = walk.browser("sip"), f"{PLACE}/{number}"
    assert path in client.get(PLACE).text
    assert TO in client.get(path).text
    assert client.post(path, data={"email": "no es un correo"}).status_code == 422
    assert client.post(path, data={"email": "nuevo@example.pe"}).status_code == 303
    assert walk.get(User, number).email == "nuevo@example.pe"
    assert [one.to for one in walk.mails("invitation")] == ["nuevo@example.pe"]
    assert waiting(walk) == []
    (entry,) = walk.entries("person.email_corrected")
    assert (entry.data["old"], entry.data["new"]) == (TO, "nuevo@example.pe")
    assert "Se corrigió el correo de" in client.get(f"/entidades/{CODE}/historial").text


def test_the_user_of_the_account_decides_where_its_links_go(walk: Walk):
    bounced(walk)
    client = walk.browser("sip")
    page = client.get(PLACE).text
    assert "ya usa su cuenta" in page
    number = walk.people["preparer"]
    assert f"{PLACE}/{number}" not in page
    for method in (client.get, client.post):
        assert method(f"{PLACE}/{number}").status_code == 404
    assert client.get(f"/entidades/E99999/contactos/{number}").status_code == 404


def test_the_address_of_the_desk_is_corrected(walk: Walk):
    client = walk.browser("sip")
    said = {
        "email": "mp@example.pe",
        "phone": "01 5550100",
        "authority": "Ana Persona Quispe Ejemplo",
        "source": "Llamada a la entidad",
        "on": "27/02/2026",
    }
    assert client.post(f"{PLACE}/mesa-de-partes", data=said).status_code == 303
    (entity,) = walk.all(select(Entity).where(Entity.code == CODE))
    assert entity.contact_email == "mp@example.pe"
    assert entity.contact_on == date(2026, 2, 27)
    (entry,) = walk.entries("entity.contact_changed")
    assert entry.data["changed"]["contact_email"][1] == "mp@example.pe"
    page = client.get(PLACE).text
    for value in ("mp@example.pe", "01 5550100", "Ana Persona Quispe", "Llamada a la entidad"):
        assert value in page
    history = client.get(f"/entidades/{CODE}/historial").text
    assert "fuente del contacto: (vacío) → Llamada a la entidad" in history


def test_a_contact_says_where_it_comes_from_and_of_which_day(walk: Walk, subtests: pytest.Subtests):
    good = {"email": "mp@example.pe", "source": "Llamada", "on": "02/03/2026"}
    wrong = [
        ({"on": "03/03/2026"}, "todavía no llega"),
        ({"source": "Lo dijo 40000011"}, "números de documento"),
        ({"email": "no es"}, "correo completo"),
    ]
    refuses(subtests, walk.browser("sip"), f"{PLACE}/mesa-de-partes", good, wrong)
    assert walk.entries("entity.contact_changed") == []


def test_an_entity_without_an_address_leads_to_where_it_is_entered(walk: Walk):
    with walk.writing() as session:
        entity_of(session, CODE).contact_email = ""
    walk.begin()
    page = walk.browser("sip").get(f"/entidades/{CODE}/personas").text
    assert "No se conoce su correo" in page
    assert f'href="/entidades/{CODE}/contactos"' in page
    assert PLACE not in walk.browser("preparer").get(f"/entidades/{CODE}/personas").text


def test_an_address_that_works_after_all_is_confirmed_from_the_page(walk: Walk):
    bounced(walk)
    client = walk.browser("sip")
    data = {"direccion": TO, "volver": PLACE}
    assert client.post("/correos/direcciones", data=data).location == PLACE
    assert waiting(walk) == []
    assert "La dirección funciona" not in client.get(PLACE).text


def test_for_the_administrator_another_designation_is_offered(walk: Walk):
    walk.begin_at("training")
    with walk.writing() as session:
        user = walk.user(session, "administrator")
        addresses.known_of(session, user.email).hard_bounces = 2
    place = f"/entidades/{CODE}/iniciar/nueva-designacion"
    client = walk.browser("sip")
    assert place in client.get(PLACE).text
    assert client.post(place).status_code == 303
    assert place not in client.get(PLACE).text


# The page -------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_what_came_in_is_searched_by_sender_subject_entity_and_kind(walk: Walk):
    for name in ("answer_thunderbird", "postfix_no_such_user"):
        taken(walk, name, sent(walk))
    client = walk.browser("sip")
    for query, found in (
        ("", 2), ("q=persona.011", 1), ("q=Undelivered", 1), ("q=ejemplo+1", 2), ("q=nadie", 0),
        ("tipo=hard", 1), ("tipo=answer", 1), ("tipo=soft", 0), ("q=%25", 0),
    ):  # fmt: skip
        page = client.get(f"/correos/recibidos?{query}").text
        assert page.count('href="/correos/recibidos/') == found, query
    assert client.get("/correos/recibidos/4711").status_code == 404
    assert client.post("/correos/recibidos/4711/leido").status_code == 404
