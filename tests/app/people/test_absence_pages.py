"""The pages of absences: one's own, a coordinator's, the superuser's."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Absence
from tests.app.administration.away import in_days, more, note
from tests.app.posted import refused
from tests.app.walk import Walk


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """Return a case with steps of the administrator open."""
    walk.begin_at("training")
    return walk


def form_of(days: tuple[date, date], substitute: int) -> dict[str, str]:
    """Return the values that the form sends."""
    first, last = (f"{day:%d/%m/%Y}" for day in days)
    return {"from_on": first, "until_on": last, "substitute": str(substitute)}


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("reader", "address"),
    [
        ("administrator", "/cuenta/ausencias"),
        ("sip", "/entidades/E90001/personas/{}/ausencias"),
        ("superuser", "/personas/{}/ausencias"),
    ],
)
def test_an_absence_is_noted_and_ended_on_a_page(begun: Walk, reader: str, address: str):
    more(begun, "superuser", "40000001", "superuser")
    path = address.format(begun.people["administrator"])
    client = begun.browser(reader)
    page = client.get(path).text
    assert "Persona Ejemplo 013" in page
    assert "Persona Ejemplo 021" not in page.partition("<main")[2]
    days = in_days(0), in_days(3)
    answer = client.post(path, data=form_of(days, begun.people["alternate"]))
    assert answer.status_code == 303
    assert "Del 2 de marzo de 2026 al 5 de marzo de 2026" in client.get(path).text
    (row,) = begun.all(select(Absence))
    assert client.post(f"{path}/{row.id}/terminar").status_code == 303
    assert client.post(f"{path}/{row.id}/terminar").status_code == 404


@pytest.mark.nightly
def test_the_page_says_what_is_wrong_at_its_field(begun: Walk):
    client, path = begun.browser("administrator"), "/cuenta/ausencias"
    alternate = begun.people["alternate"]
    for data, field in (
        (form_of((in_days(-1), in_days(3)), alternate), "from_on"),
        (form_of((in_days(3), in_days(1)), alternate), "until_on"),
        (form_of((in_days(0), in_days(366)), alternate), "until_on"),
        (form_of((in_days(0), in_days(3)), begun.people["sip"]), "substitute"),
    ):
        assert list(refused(client.post(path, data=data))) == [field]
    assert begun.all(select(Absence)) == []


def test_the_page_of_who_has_nobody_says_what_to_do(walk: Walk):
    page = walk.browser("preparer").get("/cuenta/ausencias").text
    assert "No hay quien te reemplace en Municipalidad Distrital de Ejemplo 1" in page
    assert "<select" not in page.partition("<main")[2]


def test_the_page_of_the_substitute_shows_it_and_lets_it_be(begun: Walk):
    first = note(begun, "administrator", "alternate")
    client = begun.browser("alternate")
    page = client.get("/cuenta/ausencias").text
    assert "La termina quien se ausenta" in page
    assert client.post(f"/cuenta/ausencias/{first}/terminar").status_code == 404


def test_the_entitys_page_says_who_is_away(begun: Walk):
    note(begun, "administrator", "alternate")
    page = begun.browser("sip").get("/entidades/E90001/personas").text
    assert "Ausente: reemplaza Persona Ejemplo 013" in page
    assert f"/entidades/E90001/personas/{begun.people['administrator']}/ausencias" in page
    assert "/ausencias" not in begun.browser("preparer").get("/entidades/E90001/personas").text
