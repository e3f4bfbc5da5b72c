"""The permanent page of a visit: its facts, its history, its masks, and when it is not found."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest

from app.base.models import Visit
from app.register.visits import recording
from tests.app.visited import Visited, lima
from tests.conftest import Clock


def address(visited: Visited, visit_id: int) -> str:
    return f"/visita/{visited.row(visit_id).code}"


def html_of(visited: Visited, visit_id: int, name: str = "", status: int = 200) -> str:
    answer = visited.browser(name).get(address(visited, visit_id))
    assert answer.status_code == status
    return answer.text


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_a_companion_is_named_as_long_as_their_own_visit_is_public(visited: Visited):
    with visited.writing() as session:
        who = (("Quispe Inventada Ana", "00000501"), ("Poma Inventado Luis", "00000502"))
        entries = [
            visited.entry(session, name=name, document_number=number) for name, number in who
        ]
        first, second = recording.enter(
            session,
            visited.register(session),
            entries,
            submission="group",
            actor_id=visited.people["operator"],
        )
        ids = first.id, second.id
    assert "Poma Inventado Luis" in html_of(visited, ids[0])
    visited.change(Visit, ids[1], audience="reserved")
    assert "Poma Inventado Luis" not in html_of(visited, ids[0])


def test_it_says_all_facts_their_source_and_their_moments_and_no_number(visited: Visited):
    made = visited.visit(
        ago=90,
        stayed=30,
        observation="late",
        kind="private",
        entity="Consorcio de Muestra",
        entity_ruc="20131370301",
    )
    said = text_of(html_of(visited, made))
    for what in (
        "Visita del 2 de marzo de 2026",
        "Ingreso 2 de marzo de 2026, 06:30",
        "Salida 07:00",
        "Visitante Quispe Inventada Ana",
        "Documento DNI *****501",
        "En representación de Entidad privada - Consorcio de Muestra",
        "RUC 20131370301",
        "Funcionario visitado Rojas Ejemplo Jorge",
        "Unidad Logística",
        "Cargo Jefe",
        "Motivo Reunión de trabajo - Coordinación de un convenio",
        "Lugar específico Sede central - Oficina 201",
        "Observación Registro extemporáneo",
        "Fuente Zaguán",
        "Registrada y publicada 2 de marzo de 2026, 08:00",
        "Último cambio Ninguno",
        f"Código {visited.row(made).code}",
    ):
        assert what in said, what
    for name in ("operator", "administrator", "auditor", "superuser"):
        assert "00000501" not in html_of(visited, made, name)


def test_its_history_has_changes_moments_and_reasons_and_no_users(visited: Visited, clock: Clock):
    made = visited.visit(name="Quipse Inventada Ana")
    clock.forward(minutes=10)
    visited.correct(made, "El apellido estaba mal escrito", visitor_name="Quispe Inventada Ana")
    with visited.writing() as session:
        visit = session.get_one(Visit, made)
        recording.leave(session, visit, actor_id=visited.people["operator2"])
    html = html_of(visited, made)
    said = text_of(html)
    assert "<del>" in html
    assert "Decía: Quipse Inventada Ana" in said
    assert "Ahora dice: Quispe Inventada Ana" in said
    assert "Motivo: El apellido estaba mal escrito" in said
    assert said.index("Registro de la salida") < said.index("Corrección")
    assert said.index("Corrección") < said.index("Registro del ingreso")
    assert said.count("08:10 · Municipalidad Distrital de Ejemplo 1") == 2
    assert "Último cambio 2 de marzo de 2026, 08:10" in said
    assert "Persona Ejemplo" not in said


def test_its_history_is_masked_like_the_page(visited: Visited, clock: Clock):
    made = visited.visit(document_number="00000501", kind="private", entity_ruc="10000005015")
    visited.correct(made, "Se tipeó otro número", document_number="00000777")
    html = html_of(visited, made)
    assert "DNI *****501" in html
    assert "DNI *****777" in html
    for number in ("00000501", "00000777", "10000005015"):
        assert number not in html
    visited.publish_numbers(date(2026, 3, 3))
    assert "00000777" not in html_of(visited, made)
    clock.forward(days=1)
    html = html_of(visited, made)
    assert "DNI 00000501" in html
    assert "DNI 00000777" in html


def test_an_annulled_visit_says_so_and_why(visited: Visited):
    made = visited.visit()
    visited.annul(made, "Se registró dos veces")
    said = text_of(html_of(visited, made))
    assert "Esta visita fue anulada" in said
    assert "Se anuló el 2 de marzo de 2026, 08:00: Se registró dos veces." in said
    assert "Salida No registrada" in said


def test_reserved_and_demo_visits_and_invalid_codes_are_not_there(visited: Visited):
    hidden, demo = visited.visit(), visited.visit("demo")
    visited.reserve(hidden)
    for name in ("", "operator", "superuser"):
        html_of(visited, hidden, name, 404)
        html_of(visited, demo, name, 404)
    for code in ["nada", "A%00B", "' or 1=1", "0" * 10_000, "../visitas"]:
        assert visited.browser().get(f"/visita/{code}").status_code == 404


@pytest.mark.nightly
def test_visits_of_one_group_link_to_each_other(visited: Visited):
    with visited.writing() as session:
        entries = [
            visited.entry(session, name=name, document_number=number)
            for name, number in (
                ("Primera Persona", "00000511"),
                ("Segunda Persona", "00000512"),
                ("Tercera Persona", "00000513"),
            )
        ]
        register = visited.register(session)
        made = recording.enter(session, register, entries, submission="together", actor_id=None)
        ids = [visit.id for visit in made]
    visited.visit(name="Cuarta Persona")
    html = html_of(visited, ids[0])
    for other in ids[1:]:
        assert address(visited, other) in html
    assert "Cuarta Persona" not in html
    assert "Vinieron juntos" not in html_of(visited, visited.visit())


def test_a_missing_hour_is_said_and_an_unknown_norm_has_no_row(visited: Visited):
    made = visited.visit()
    visited.change(Visit, made, entry_at=None)
    assert "Ingreso 2 de marzo de 2026, no consta la hora" in text_of(html_of(visited, made))
    assert ">Norma<" in html_of(visited, made)
    with visited.writing() as session:
        session.get_one(Visit, made).norm_version = ""
    assert ">Norma<" not in html_of(visited, made)


def test_markup_and_formulas_are_text(visited: Visited):
    made = visited.visit(name="<b>Quispe</b>", motive='=HYPERLINK("http://example.pe")')
    html = html_of(visited, made)
    assert "<b>Quispe" not in html
    assert "=HYPERLINK(&#34;http://example.pe&#34;)" in html


def test_visits_are_dated_in_lima(visited: Visited, clock: Clock):
    clock.set(lima("2026-03-02 23:30"))
    said = text_of(html_of(visited, visited.visit()))
    assert "Ingreso 2 de marzo de 2026, 23:30" in said


@pytest.mark.nightly
def test_a_demo_shows_its_visits_to_its_users_only(visited: Visited):
    made = visited.visit("demo")
    public = visited.visit()
    root = f"/demo/E90001/visita/{visited.row(made).code}"
    for name, status in (("operator", 200), ("auditor", 200), ("sgtd", 200), ("superuser", 404)):
        assert visited.browser(name).get(root).status_code == status
    assert visited.browser().get(root).status_code in (302, 303)
    assert "Ambiente demo" in visited.browser("operator").get(root).text
    other = f"/demo/E90001/visita/{visited.row(public).code}"
    assert visited.browser("operator").get(other).status_code == 404


def test_visitors_are_distinguished_by_their_document(visited: Visited):
    one, other = visited.visit(), visited.visit(document_number="00000502")
    keys = {visited.row(one).visitor_key, visited.row(other).visitor_key}
    assert len(keys) == 2
    assert f"/visitas?visitante={visited.row(one).visitor_key}" in html_of(visited, one)


def test_pages_spell_what_the_official_platform_writes_without_its_accent(visited: Visited):
    made = visited.visit(kind="self")
    browser = visited.browser()
    for path in (address(visited, made), "/visitas", "/visitas/E90001"):
        page = browser.get(path).text
        assert "a título personal" in page
        assert "a titulo personal" not in page
    assert "a titulo personal" in browser.get("/visitas.csv").text, "the twelve columns as they are"
