"""The list of an entity's people goes on over pages, the operators last."""

from __future__ import annotations

import pytest

from app.onboarding.entities.people import PER_PAGE
from tests.app import cast
from tests.app.walk import CODE, Walk

PEOPLE = f"/entidades/{CODE}/personas"
COUNT = 2 * PER_PAGE + 10
#: The DNI of the first operator; its last digits are in the names.
FIRST = 41000100


def many_operators(walk: Walk) -> None:
    """Give the entity more operators than two pages show."""
    with walk.writing() as session:
        entity = cast.entity_of(session)
        entity.sip_coordinator_id = walk.people["sip"]
        for number in range(COUNT):
            cast.person(session, f"{FIRST + number}", "operator", entity, opened=False)


@pytest.mark.nightly
def test_no_person_is_left_out_of_the_pages(walk: Walk):
    walk.begin_at("induction")
    many_operators(walk)
    browser = walk.browser("alternate")
    pages = [browser.get(f"{PEOPLE}?pagina={number}").text for number in (1, 2, 3)]
    for number in range(COUNT):
        name = f"Persona Ejemplo {(FIRST + number) % 1000}"
        assert sum(f"{name}<" in page for page in pages) == 1, name
    for name in ("011", "012", "013", "021"):
        assert f"Persona Ejemplo {name}" in pages[0], "the others come first"
    assert "Persona Ejemplo 021" not in pages[1] + pages[2]
    assert f"{COUNT + 3}\xa0funciones en la entidad" in pages[1]
    assert 'aria-label="Página 3"' in pages[0]
    assert browser.get(f"{PEOPLE}?pagina=4").status_code == 404


@pytest.mark.nightly
def test_few_people_have_no_pages(walk: Walk):
    walk.begin_at("induction")
    page = walk.browser("alternate").get(PEOPLE).text
    assert "govuk-pagination" not in page
    assert "funciones en la entidad" not in page
