"""Decision-makers for everyone: posts and their holders with dates, without document numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.base import calendar
from app.register.registers import environments
from app.register.visits import personnel
from tests.app import cast
from tests.app.register.interest_acts.acting import MAYOR
from tests.app.visited import CODE, Visited
from tests.conftest import Clock
from tests.pages import CheckingClient

ROSTER = f"/decisores/{CODE}"
BUYER = MAYOR | {
    "post": "Jefe de logística",
    "unit": "Oficina de Administración",
    "ground": "determined",
    "norm": "Resolución de Alcaldía 015-2026",
    "document_number": "00000402",
    "given_names": "Jorge",
    "surnames": "Rojas Ejemplo",
    "from_on": "2025-06-01",
}


@pytest.fixture
def public(visited: Visited) -> CheckingClient:
    return visited.browser()


def publish(visited: Visited, *posts: dict[str, str], environment: str = "production") -> None:
    """Update the roster from the posts that the authority approved today."""
    with visited.writing() as session:
        register = visited.register(session, environment)
        personnel.receive_decision_makers(session, register, posts, calendar.today())


def test_a_roster_says_post_ground_norm_holder_and_since_when_but_no_document(
    visited: Visited, public: CheckingClient
):
    publish(visited, MAYOR, BUYER)
    answer = public.get(ROSTER)
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert '<meta name="robots" content="noindex">' in answer.text
    for said in (
        "Municipalidad Distrital de Ejemplo 1",
        "En el cargo (2)",
        "Alcaldesa",
        "Mamani Muestra Carmen",
        "Alcalde o alcaldesa",
        "1 de enero de 2023",
        "Sigue en el cargo",
        "Jefe de logística",
        "Rojas Ejemplo Jorge",
        "Otro que la entidad determina con una norma",
        "Resolución de Alcaldía 015-2026",
        "Fuente: Zaguán.",
    ):
        assert said in answer.text
    assert "Anteriores (" not in answer.text
    for browser in (public, visited.browser("operator"), visited.browser("auditor")):
        page = browser.get(ROSTER).text
        for number in ("00000401", "401", "00000402", "402", "DNI"):
            assert number not in page


def test_past_holders_are_below_with_both_days(
    visited: Visited, public: CheckingClient, clock: Clock
):
    publish(visited, MAYOR, BUYER)
    clock.forward(days=30)
    publish(visited, MAYOR)
    clock.forward(days=1)
    page = public.get(ROSTER).text
    held, left = page.split("Anteriores (1)")
    assert "En el cargo (1)" in held
    assert "Rojas" not in held
    assert "Rojas Ejemplo Jorge" in left
    assert "1 de junio de 2025" in left
    assert "1 de abril de 2026" in left


def test_the_last_day_in_a_post_is_still_in_it(visited: Visited, public: CheckingClient):
    publish(visited, MAYOR | {"to_on": calendar.today().isoformat()})
    page = public.get(ROSTER).text
    assert "En el cargo (1)" in page
    assert "Hasta" in page


def test_a_register_without_a_public_roster_says_so_and_one_that_is_not_open_is_not_there(
    visited: Visited, public: CheckingClient
):
    publish(visited, MAYOR, environment="demo")
    assert "Mamani" not in public.get(ROSTER).text
    assert CODE not in public.get("/decisores").text
    assert "todavía no publica su relación" in public.get(ROSTER).text
    for address in ("/decisores/E90009", "/decisores/X"):
        assert public.get(address).status_code == 404


def test_entities_that_publish_a_roster_are_listed_and_found(
    visited: Visited, public: CheckingClient
):
    assert "Ninguna entidad publicó todavía su relación." in public.get("/decisores").text
    publish(visited, MAYOR, BUYER | {"to_on": "2026-01-31"})
    with visited.writing() as session:
        other = cast.entity(session, "E90002", district="Ñahuí")
        register = environments.open_register(session, other, "production", None)
        personnel.receive_decision_makers(session, register, [MAYOR], date(2026, 3, 2))
        cast.entity(session, "E90009")
    page = public.get("/decisores").text
    assert "2\xa0entidades" in page
    for code in (CODE, "E90002"):
        assert f'href="/decisores/{code}"' in page
    assert "E90009" not in page
    found = public.get("/decisores", query_string={"q": "nahui"}).text
    assert "E90002" in found
    assert f"/decisores/{CODE}" not in found
    for words in ("nada", "%", "x" * 10_000, "\u202e"):
        page = public.get("/decisores", query_string={"q": words}).text
        assert "Ninguna entidad con esas palabras" in page


def test_a_long_roster_comes_in_pages(visited: Visited, public: CheckingClient):
    def member(number: int) -> dict[str, Any]:
        return MAYOR | {
            "post": "Regidor",
            "unit": "Concejo",
            "ground": "alderman",
            "document_number": f"0000{number:04}",
            "surnames": f"Numerado {number:03}",
            "to_on": "" if number < 101 else "2026-01-31",
        }

    publish(visited, *(member(number) for number in range(1, 104)))
    first, second = (public.get(f"{ROSTER}?pagina={page}").text for page in (1, 2))
    assert first.count("Numerado") == 100
    assert "Anteriores (3)" not in first
    assert second.count("Numerado") == 3
    assert "Anteriores (3)" in second
    assert "En el cargo (" not in second
    assert public.get(f"{ROSTER}?pagina=3").status_code == 404


def test_letters_that_would_be_markup_are_text(visited: Visited, public: CheckingClient):
    publish(visited, MAYOR | {"post": "<script>alert(1)</script>", "norm": '"><b>'})
    page = public.get(ROSTER).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_future_holder_is_listed_apart_until_that_day(
    visited: Visited, public: CheckingClient, clock: Clock
):
    publish(visited, MAYOR, BUYER | {"from_on": "2026-03-03"})
    page = public.get(ROSTER).text
    held, _, coming = page.partition("Todavía no lo ocupan (1)")
    assert "En el cargo (1)" in held
    assert "Rojas Ejemplo" not in held
    assert "Rojas Ejemplo" in coming
    assert "Sigue en el cargo" not in coming
    clock.forward(days=1)
    page = public.get(ROSTER).text
    assert "En el cargo (2)" in page
    assert "Todavía no" not in page


ACTS = MAYOR | {
    "document_number": "00000403",
    "given_names": "Raúl",
    "surnames": "Díaz Inventado",
    "from_on": "2026-02-16",
    "to_on": "2026-03-06",
    "capacity": "acting",
    "resolution": "Resolución de Alcaldía 031-2026",
}
POST = f"{ROSTER}/alcalde--alcaldia"


def test_an_acting_holder_stands_next_to_the_titular(
    visited: Visited, public: CheckingClient, clock: Clock
):
    publish(visited, MAYOR, ACTS)
    page = public.get(ROSTER).text
    assert "En el cargo (2)" in page
    assert "Encargado · Resolución de Alcaldía 031-2026" in page
    assert f'href="{POST}"' in page
    page = public.get(POST).text
    today, _, times = page.partition("En el tiempo")
    assert "Mamani Muestra Carmen</strong>, titular desde el 1 de enero de 2023." in today
    assert (
        "Díaz Inventado Raúl</strong>, encargado desde el 16 de febrero de 2026 hasta el "
        "6 de marzo de 2026 (Resolución de Alcaldía 031-2026)." in today
    )
    assert today.index("titular desde") < today.index("encargado desde")
    assert times.index("<td>Encargado") < times.index("<td>Titular")
    clock.forward(days=5)  # 7 March: the acting holder has left
    left = public.get(ROSTER).text.partition("Anteriores (1)")[2]
    assert "Díaz Inventado Raúl" in left
    today, _, times = public.get(POST).text.partition("En el tiempo")
    assert "Díaz" not in today
    assert "Fue encargado" in times


def test_the_page_of_a_post_says_the_days_on_which_nobody_held_it(
    visited: Visited, public: CheckingClient
):
    first = MAYOR | {"to_on": "2025-06-30"}
    second = MAYOR | {"document_number": "00000404", "post": "Alcalde", "given_names": "Luis"}
    publish(visited, first, second | {"from_on": "2025-08-01", "to_on": "2026-02-27"})
    page = public.get(POST).text
    today, _, times = page.partition("En el tiempo")
    assert "no publica que alguien ocupe hoy este cargo" in today
    assert times.count("Nadie publicado") == 2
    assert times.index("28 de febrero de 2026") < times.index("Fue titular")
    assert "1 de julio de 2025" in times
    assert "31 de julio de 2025" in times
    assert ">Alcalde<" in page  # as its newest holder writes it
    assert "Sigue en el cargo" not in page


def test_days_that_an_acting_holder_covers_are_no_gap(visited: Visited, public: CheckingClient):
    publish(visited, ACTS, MAYOR | {"to_on": "2026-02-15"}, MAYOR | {"from_on": "2026-03-07"})
    page = public.get(POST).text
    assert "Nadie publicado" not in page
    assert "Será titular" in page
    assert "Fue titular" in page


@pytest.mark.nightly
def test_members_of_a_council_have_one_page_without_gaps(visited: Visited, public: CheckingClient):
    member = MAYOR | {"post": "Regidora", "unit": "Concejo", "ground": "alderman"}
    other = member | {"document_number": "00000405", "post": "Regidor", "given_names": "Luis"}
    publish(visited, member | {"to_on": "2025-12-31"}, other | {"to_on": "2025-12-31"})
    page = public.get(f"{ROSTER}/regidor--concejo").text
    assert "Mamani Muestra Carmen" in page
    assert "Mamani Muestra Luis" in page
    assert "Nadie publicado" not in page


def test_a_post_that_is_not_in_the_roster_has_no_page(visited: Visited, public: CheckingClient):
    publish(visited, MAYOR)
    publish(visited, BUYER, environment="demo")
    for path in ("nadie--nada", "jefe-de-logistica--oficina-de-administracion", "--", "%3Cb%3E"):
        assert public.get(f"{ROSTER}/{path}").status_code == 404
    assert public.get("/decisores/E90009/alcalde--alcaldia").status_code == 404


def test_the_files_say_who_is_acting_and_which_post_it_is(visited: Visited, public: CheckingClient):
    publish(visited, MAYOR, ACTS)
    rows = public.get(f"{ROSTER}.json").json
    assert [list(row)[-3:] for row in rows] == [["condicion", "resolucion", "cargo_clave"]] * 2
    assert [tuple(row.values())[-3:] for row in rows] == [
        ("encargado", ACTS["resolution"], "alcalde--alcaldia"),
        ("titular", "", "alcalde--alcaldia"),
    ]
