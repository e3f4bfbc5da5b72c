"""The page of every change, and its filters."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.administration.audit import PER_PAGE
from app.base import audit_log, calendar
from app.base.models import Entity, User
from app.people import access
from tests.app import cast
from tests.app.installed import Installed
from tests.pages import CheckingClient
from tests.statements import statements

ADDRESS = "/registro-de-cambios"


class Audited(Installed):
    """An installation with a superuser, an auditor, and an entity."""

    def __init__(self, app) -> None:
        self.app = app
        with self.writing() as session:
            self.entity_id = cast.entity(session).id
            self.boss = cast.person(session, "40000025", "superuser").id
            cast.person(session, "40000024", "auditor")
            cast.person(session, "40000021", "sip")

    def browser(self, number: str = "40000025") -> CheckingClient:
        """Return the browser of a user."""
        return cast.signed_in(self.app, number)

    def page(self, **filters: str) -> str:
        """Return the page as the superuser sees it, under these filters."""
        answer = self.browser().get(ADDRESS, query_string=filters)
        assert answer.status_code == 200
        return answer.text

    def write(self, kind: str, *, of_entity: bool = False, days_ago: int = 0, **data) -> None:
        """Write a log entry of the superuser."""
        with self.writing() as session:
            audit_log.write(
                session,
                kind,
                actor_id=self.boss,
                entity_id=self.entity_id if of_entity else None,
                at=calendar.now() - timedelta(days=days_ago),
                **data,
            )


@pytest.fixture
def audited(app, clock) -> Audited:
    return Audited(app)


@pytest.mark.nightly
def test_it_shows_who_did_what_when_with_old_and_new_value(audited: Audited):
    audited.write(
        "entity.changed", of_entity=True, changed={"phone": ["01 111 1111", "01 222 2222"]}
    )
    audited.write("person.email_changed", person="Ana", old="a@example.pe", new="b@example.pe")
    page = audited.page()
    assert "teléfono: 01 111 1111 → 01 222 2222" in page
    assert "Cambió el correo de Ana: a@example.pe → b@example.pe" in page
    assert "Persona Ejemplo 025" in page
    assert 'href="/entidades/E90001">Municipalidad Distrital de Ejemplo 1</a>' in page


@pytest.mark.nightly
def test_filters_narrow_it(audited: Audited):
    audited.write("catalogue.imported", added=3, updated=0, days_ago=5)
    audited.write("person.deactivated", person="Ana")
    audited.write("entity.changed", of_entity=True, changed={})
    imported, closed, changed = (
        "Se importaron entidades",
        "Se desactivó la cuenta de Ana",
        "Cambiaron los datos de la entidad",
    )
    before = (calendar.today() - timedelta(days=1)).isoformat()
    for filters, there, gone in (
        ({"acto": "datos"}, [imported, changed], [closed]),
        ({"acto": "personas", "ambito": "plataforma"}, [closed], [imported, changed]),
        ({"desde": before}, [closed, changed], [imported]),
        ({"hasta": before}, [imported], [closed, changed]),
        ({"persona": "ejemplo 025"}, [imported, closed, changed], ["Se dio el rol"]),
        ({"persona": "nadie"}, ["Ningún cambio coincide"], [imported]),
    ):
        page = audited.page(**filters)
        assert [said for said in there if said not in page] == [], filters
        assert [said for said in gone if said in page] == [], filters


def test_it_has_pages_that_go_on_where_the_last_one_ended(audited: Audited):
    for number in range(PER_PAGE + 5):
        audited.write("catalogue.imported", added=number, updated=0)
    client = audited.browser()
    first = client.get(f"{ADDRESS}?acto=datos").text
    further = re.search(r'href="([^"]+)">Más antiguos', first)
    assert further
    second = client.get(further[1].replace("&amp;", "&")).text
    assert "al catálogo: 4 nuevas" in second
    assert "al catálogo: 4 nuevas" not in first
    assert f'href="{ADDRESS}?acto=datos">Los más recientes' in second


@pytest.mark.nightly
def test_an_invalid_filter_is_an_error(audited: Audited):
    for filters, said in [
        ("acto=nada", "Elige de la lista qué cambió."),
        ("ambito=nada", "Elige de la lista dónde."),
        ("desde=ayer", "Elige un día del calendario."),
        ("quien=Ana", "No existe el filtro «quien»."),
        ("acto=datos&acto=personas", "El filtro «acto» está más de una vez: deja uno solo."),
    ]:
        answer = audited.browser().get(f"{ADDRESS}?persona=Ana&{filters}")
        assert answer.status_code == 400
        assert said in answer.text
        assert 'value="Ana"' in answer.text
        assert "Cuándo</th>" not in answer.text


def test_what_is_no_place_in_the_log_and_what_a_coordinator_asks_for_is_not_found(audited: Audited):
    for filters, status in [
        ({"antes": "x"}, 404),
        ({"antes": "9" * 30}, 404),
        ({"persona": "\0"}, 200),
    ]:
        assert audited.browser().get(ADDRESS, query_string=filters).status_code == status
    assert audited.browser("40000024").get(ADDRESS).status_code == 200
    assert audited.browser("40000021").get(ADDRESS).status_code == 404


@pytest.mark.nightly
def test_it_costs_as_many_statements_for_one_entry_as_for_fifty(audited: Audited):
    client = audited.browser()
    client.get(ADDRESS)
    with statements(audited.engine) as few:
        client.get(ADDRESS)
    with audited.writing() as session:
        here = session.get_one(Entity, audited.entity_id)
        for number in range(60):
            user = cast.person(session, f"4100{number:04}", "operator", here)
            access.revoke(session, user, "operator", here, user.id)
        assert session.get_one(User, audited.boss).active
    with statements(audited.engine) as many:
        client.get(ADDRESS)
    assert len(many) == len(few)


def test_a_restore_is_said_in_words(audited: Audited):
    audited.write("protection.restored", until="2026-03-02T13:00:00+00:00", backup="ab")
    page = audited.page()
    assert "Se restauró la base de datos, con los datos hasta el 2 de marzo de 2026" in page
