"""The poster for the reception desk: one page, whose QR leads to the entity's public visits."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Register
from app.cases.papers.printed import reception_notices
from app.cases.papers.printed.reception_notices import Notice
from tests.app.cases.papers.test_issued import codes_of
from tests.app.cases.papers.test_papers import LONG_NAME, pages_of
from tests.app.walk import CODE, Walk

PLACE = f"/entidades/{CODE}/registro/aviso.pdf"


def poster(*, name: str = "Entidad de Ejemplo", address: str, **said: object) -> bytes:
    values = {"masked": True, "norm": "Directiva 1", "privacy_notice": ""} | said
    notice = Notice(entity={"name": name, "code": CODE}, address=address, **values)  # type: ignore[arg-type]
    return reception_notices.render(notice, date(2026, 11, 24))


def test_a_poster_is_one_page_whose_qr_leads_to_its_address():
    address = "https://www.registro.munisantamaria.example.pe/transparencia/visitas?entidad=E90001"
    content = poster(
        name=LONG_NAME, address=address, privacy_notice="https://www.pcm.example.pe/aviso"
    )
    (text,) = pages_of(content)
    assert codes_of(content, 100) == [[address]]
    for words in (
        LONG_NAME,
        "www.registro.munisantamaria.example.pe/transparencia/visitas?entidad=E90001",
        "salvo los tres últimos signos",
        "Ley N.º 28024",
        "Ley N.º 29733",
        "Directiva 1",
        "Aviso de privacidad: https://www.pcm.example.pe/aviso",
    ):
        assert words.replace(" ", "") in text.replace(" ", ""), words


def test_a_poster_says_when_numbers_are_published_whole():
    (text,) = pages_of(poster(address="https://zaguan.example.pe/visitas/E90001", masked=False))
    assert "Tu número de documento se publica entero." in text
    assert "Aviso de privacidad" not in text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://zaguan.example.pe/visitas/E1", "zaguan.example.pe/visitas/E1"),
        ("http://example.org/", "example.org"),
        ("https://example.org/a/?b=c", "example.org/a?b=c"),
    ],
)
def test_an_address_is_written_as_people_type_it(address: str, expected: str):
    assert reception_notices.typed(address) == expected


@pytest.mark.nightly
def test_the_administrator_prints_it_once_there_is_a_public_register(begun: Walk):
    client = begun.browser("administrator")
    assert client.get(PLACE).status_code == 404
    begun.open_production()
    answer = client.get(PLACE)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert codes_of(answer.data, 100) == [[f"http://localhost/visitas/{CODE}"]]
    for page in (f"/entidades/{CODE}/registro", f"/registro/{CODE}/produccion/ajustes"):
        assert PLACE in client.get(page).text
    assert PLACE not in begun.browser("sip").get(f"/entidades/{CODE}/registro").text
    with begun.writing() as session:
        register = session.scalars(select(Register)).one()
        register.source, register.source_address = "own_system", "https://villa.example.org/visitas"
    assert codes_of(client.get(PLACE).data, 100) == [["https://villa.example.org/visitas"]]
