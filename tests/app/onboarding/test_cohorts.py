"""The page of one session: who comes, how to reach them, the state of their step."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from app.base import calendar
from app.onboarding.induction_sessions import cohort, pages
from tests.app.onboarding.seats import (
    begun,
    change,
    choose,
    enrol,
    publish,
    published,
    seat,
    session_row,
)
from tests.app.walk import CODE, Walk
from tests.conftest import Clock


def designated(walk: Walk) -> dict[str, str]:
    """Return the administrator that the entity designated."""
    holder: dict[str, str] = walk.record("administrator")["holder"]
    return holder


@pytest.mark.nightly
def test_the_page_of_a_session_says_who_comes(walk: Walk):
    key, holder = seat(walk), designated(walk)
    page = walk.browser("sip").get(f"/sesiones/{key}").text
    assert f"{holder['surnames']}, {holder['given_names']}" in page
    assert holder["email"] in page
    assert holder["document_number"] not in page
    assert "Espera la sesión" in page
    assert f'href="/sesiones/{key}"' in walk.browser("sip").get("/sesiones").text


@pytest.mark.nightly
def test_readers_without_the_right_learn_names_and_no_addresses(walk: Walk):
    key, holder = seat(walk), designated(walk)
    browser = walk.browser("secretary")
    page = browser.get(f"/sesiones/{key}").text
    assert holder["surnames"] in page
    assert holder["email"] not in page
    assert "asistentes.csv" not in page
    assert browser.get(f"/sesiones/{key}/asistentes.csv").status_code == 404
    for role in ("administrator", "preparer"):
        assert walk.browser(role).get(f"/sesiones/{key}").status_code == 404


def test_who_comes_is_a_file_without_document_numbers(walk: Walk):
    key, holder = seat(walk), designated(walk)
    answer = walk.browser("sip").get(f"/sesiones/{key}/asistentes.csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert {row["Código"] for row in rows} == {CODE}
    assert rows[0]["Correo"] == holder["email"]
    assert holder["document_number"] not in answer.text


@pytest.mark.nightly
def test_the_file_has_a_line_for_each_person_of_the_roster(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    key = seat(walk)
    person = {
        "document_type": "DNI",
        "document_number": "40000777",
        "given_names": "Rita",
        "surnames": "Muestra Ejemplo",
        "post": "Especialista",
        "unit": "Oficina",
        "site": "",
        "email": "rita@muni.example.pe",
        "profile": "operator",
        "movement": "alta",
    }
    gone = person | {"document_number": "40000778", "surnames": "Ida Ejemplo", "movement": "baja"}
    official = person | {"profile": "visited_official"}
    walk.change_roster(lambda rows: [*rows, person, official, gone])
    sip, url = walk.browser("sip"), f"/sesiones/{key}/asistentes.csv"
    text = sip.get(url).data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    (rita,) = [row for row in rows if row["Persona"] == "Muestra Ejemplo, Rita"]
    assert (rita["Función"], rita["Cargo"]) == ("De la relación", "Especialista")
    assert rita["Perfil"] == "Operador, Funcionario visitado"
    assert rita["Correo"] == "rita@muni.example.pe"
    assert "Ida Ejemplo" not in text
    assert "40000777" not in text
    names = [row["Persona"] for row in rows]
    assert len(names) == len(set(names))
    assert f'href="/entidades/{CODE}/archivos">Su relación' in sip.get(f"/sesiones/{key}").text
    assert "archivos" not in walk.browser("secretary").get(f"/sesiones/{key}").text
    monkeypatch.setattr(cohort, "MOST", 1)
    text = sip.get(url).data.decode("utf-8-sig")
    assert "personas de su relación, que no entran en este archivo" in text
    assert "Rita" not in text


@pytest.mark.nightly
def test_the_page_follows_the_step_of_each_entity(walk: Walk, clock: Clock):
    key = seat(walk)
    clock.set(session_row(walk, key).at)
    walk.tick()
    browser = walk.browser("sip")
    assert "Falta registrar su asistencia" in browser.get(f"/sesiones/{key}").text
    walk.answer("record_thematic_induction", "attended")
    page = browser.get(f"/sesiones/{key}").text
    assert "Asistió" in page
    assert "Cambiar o cancelar" not in page


def test_a_session_without_guests_says_so(walk: Walk):
    key = published(walk, days=7, topic="technical")
    browser = walk.browser("sip")
    assert "Ninguna entidad tiene cupo" in browser.get(f"/sesiones/{key}").text
    assert browser.get("/sesiones/99999").status_code == 404


def test_a_session_that_was_cancelled_before_its_day_was_not_held(walk: Walk, clock: Clock):
    key = published(walk, days=7, topic="technical")
    browser = walk.browser("sgtd")
    browser.post(f"/sesiones/{key}/cancelar")
    page = browser.get(f"/sesiones/{key}").text
    assert "La sesión se canceló" in page
    assert "se dio sin ninguna" not in page
    clock.set(session_row(walk, key).at)
    assert "La sesión se canceló" in walk.browser("sgtd").get(f"/sesiones/{key}").text


@pytest.mark.nightly
def test_what_needs_a_hand_comes_first_and_the_past_is_paged(
    walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    cases = begun(walk, clock, 2)
    with walk.writing() as session:
        full = publish(session, "thematic", seats=1, at=calendar.now() + timedelta(days=20))
        few = publish(session, "technical", seats=8, at=calendar.now() + timedelta(days=3))
        for days in (3, 2):
            publish(session, "technical", at=calendar.now() - timedelta(days=days))
    assert choose(walk, *cases[0]) == "seated"
    assert enrol(walk, cases[1][0], full) == "listed"
    monkeypatch.setattr(pages, "PER_PAGE", 1)
    browser = walk.browser("sip")
    page = browser.get("/sesiones").text
    assert "Está llena y 1\xa0entidad espera un lugar" in page
    assert "tiene 0\xa0cupos ocupados de 8" in page
    assert page.index("Por atender") < page.index("Próximas") < page.index("Anteriores")
    second = browser.get("/sesiones?pagina=2").text
    assert "Por atender" not in second
    assert browser.get("/sesiones?pagina=9").status_code == 404
    assert "Lista de espera, por orden" in browser.get(f"/sesiones/{full}").text
    change(walk, full, seats="2", on="30/03/2026")
    page = browser.get("/sesiones").text
    assert "Está llena" not in page
    assert "Hay cupos libres y 1\xa0entidad espera un lugar" in page
    clock.set(session_row(walk, full).at)
    walk.tick()
    page = walk.browser("sip").get("/sesiones").text
    assert "falta la asistencia de 1\xa0entidad" in page
    assert f'href="/sesiones/{few}"' not in page
