"""The register as files: the rows of its page, masked alike, safe in spreadsheets, streamed."""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from app.base import db
from app.base.models import RegisterEvent
from app.register.export import writers
from app.register.facts.shapes import OFFICIAL, OPEN
from app.register.facts.sql_texts import FORMULA_SIGNS
from app.register.registers import environments
from tests.app import cast
from tests.app.visited import CODE, Visited

pytestmark = pytest.mark.postgresql

Rows = list[dict[str, Any]]


def read(visited: Visited, address: str, who: str = "") -> Rows:
    """Return the rows of a file, whatever its ending; an empty value is ""."""
    with visited.browser(who).get(address) as answer:
        assert answer.status_code == 200, answer.get_data(as_text=True)
        data, kind = answer.data, answer.mimetype
    if kind == "application/json":
        return [plain(row) for row in json.loads(data)]
    if kind == "text/csv":
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    names, *lines = sheet.iter_rows(values_only=True)
    return [plain(dict(zip(names, line, strict=True))) for line in lines]


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in row.items()}


def names(rows: Rows) -> list[str]:
    return [row["Visitante"] if "Visitante" in row else row["visitante"] for row in rows]


ENDINGS = ("csv", "json", "xlsx")
FORMS = ("oficial", "abierto")
EVERY = [f"/visitas.{ending}?forma={form}" for ending in ENDINGS for form in FORMS]


def test_all_endings_have_the_rows_newest_first(visited: Visited):
    for ago, name in ((30, "Segunda"), (60, "Primera"), (5, "Ñahui Çelik «Última»")):
        visited.visit(ago=ago, name=name)
    for address in EVERY:
        assert names(read(visited, address)) == ["Ñahui Çelik «Última»", "Segunda", "Primera"]
        assert read(visited, f"{address}&q=nadie") == []


@pytest.mark.nightly
def test_the_filters_of_the_page_apply_to_its_files(visited: Visited):
    visited.visit(name="Quispe Inventada Ana", motive="Convenio", ago=10)
    visited.visit(name="Rojas Ficticia Eva", motive="Obra", category="services", ago=5)
    visited.visit(
        name="Mamani Muestra Luz", motive="Convenio", ago=60, stayed=5, observation="late"
    )
    for query, found in {
        "q=convenio": ["Quispe Inventada Ana", "Mamani Muestra Luz"],
        "q=CONVÉNIO quíspe": ["Quispe Inventada Ana"],
        "q=onveni": ["Quispe Inventada Ana", "Mamani Muestra Luz"],
        "categoria=services": ["Rojas Ficticia Eva"],
        "q=convenio&categoria=services": [],
        "desde=2026-03-03": [],
        "hasta=2026-03-02&entidad=E90001&q=ana": ["Quispe Inventada Ana"],
        "intereses=1": [],
    }.items():
        for ending in ENDINGS:
            assert names(read(visited, f"/visitas.{ending}?{query}")) == found, query
            assert names(read(visited, f"/visitas/{CODE}.{ending}?{query}")) == found, query


def test_a_search_of_the_page_finds_the_same(visited: Visited):
    for number in range(3):
        visited.visit(name=f"Quispe Inventada {number}", ago=number)
    visited.visit(name="Otra Persona")
    page = visited.browser().get("/visitas?q=quispe inventada").get_data(as_text=True)
    found = read(visited, "/visitas.csv?q=quispe inventada")
    assert len(found) == 3
    assert all(name in page for name in names(found))
    assert "Otra Persona" not in page


@pytest.mark.nightly
def test_a_file_is_of_the_entity_that_the_page_finds_and_never_empty_for_an_unclear_one(
    visited: Visited,
):
    visited.visit()
    with visited.writing() as session:
        other = cast.entity(session, "E90002", name="Ministerio de Muestra")
        environments.open_register(session, other, "production", None)
        cast.entity(session, "E90003", name="Ministerio sin Registro")
    for meant in [CODE, CODE.lower(), "distrital", "EJEMPLO 1 distrital"]:
        page = visited.browser().get("/visitas", query_string={"entidad": meant}).text
        assert "Quispe Inventada Ana" in page
        for ending in ENDINGS:
            found = read(visited, f"/visitas.{ending}?entidad={meant}")
            assert names(found) == ["Quispe Inventada Ana"]
    for ending in ENDINGS:
        for unknown in ("nadie", "E90003", "sin registro", "%00", "x" * 300):
            answer = visited.browser().get(f"/visitas.{ending}?entidad={unknown}")
            assert answer.status_code == 400, unknown
            silent = unknown in ("E90003", "sin registro")
            said = "No publica en Zaguán." if silent else "Ninguna entidad que publique"
            assert said in answer.get_data(as_text=True)
        answer = visited.browser().get(f"/visitas.{ending}?entidad=lima")
        assert answer.status_code == 400
        assert "E90002, Ministerio de Muestra" in answer.get_data(as_text=True)


def test_neither_numbers_nor_too_many_words_are_searched_for(visited: Visited):
    visited.visit()
    addresses = [
        f"/visitas{of}{end}" for of in ("", f"/{CODE}") for end in ("", ".csv", ".json", ".xlsx")
    ]
    for words, sentence in (
        ("00000501", "/visitas/documento"),
        ("quispe DNI00000501", "/visitas/documento"),
        ("(0000501)", "/visitas/documento"),
        ("a b c d e f g h i", "Busca con ocho palabras o menos."),
    ):
        for address in addresses:
            answer = visited.browser().get(address, query_string={"q": words})
            assert answer.status_code == 400
            text = answer.get_data(as_text=True)
            assert sentence in text
            assert "Quispe Inventada Ana" not in text
            assert "0000501" not in text
    assert names(read(visited, "/visitas.csv?q=a a a a a a a quispe ana")) == names(
        read(visited, "/visitas.csv")
    )


def test_the_shapes_are_the_twelve_columns_in_unicode_and_one_field_per_fact(visited: Visited):
    visited.visit()
    assert list(read(visited, "/visitas.csv")[0]) == [column.name for column in OFFICIAL]
    assert list(read(visited, "/visitas.json")[0]) == [column.name for column in OPEN]
    [row] = read(visited, "/visitas.csv?forma=abierto")
    assert list(row) == [column.name for column in OPEN]
    assert row["ingreso"] == "2026-03-02T08:00:00-05:00"
    assert (row["gestion_intereses"], row["versiones"]) == ("false", "1")
    [typed] = read(visited, "/visitas.json")
    assert (typed["gestion_intereses"], typed["versiones"]) == (False, 1)
    with visited.browser().get("/visitas.csv") as answer:
        assert answer.data.startswith("\ufeffFecha de Registro".encode())
        assert answer.content_type == "text/csv; charset=utf-8; header=present"
        assert "\r" not in answer.get_data(as_text=True)
    with visited.browser().get("/visitas.csv?forma=abierto") as answer:
        assert answer.data.startswith(b"codigo,")


@pytest.mark.nightly
def test_numbers_are_masked_in_every_file_until_the_rule_says_otherwise(visited: Visited):
    visited.visit(
        document_number="00000501", kind="private", entity="Ella", entity_ruc="10000005015"
    )
    for address in (*EVERY, f"/visitas/{CODE}/2026-03.json", f"/demo/{CODE}/visitas.csv"):
        text = str(read(visited, address, "operator"))
        assert "00000501" not in text, address
        assert "10000005015" not in text, address
    assert "*****501" in str(read(visited, "/visitas.csv"))
    visited.publish_numbers(date(2026, 3, 2))
    for address in EVERY:
        assert "00000501" in str(read(visited, address)), address


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_no_text_of_the_official_shape_is_a_formula(visited: Visited, sign: str):
    risky = f'{sign}HYPERLINK("http://example.pe")'
    with visited.writing() as session:
        visited.register(session).entity.name = risky
    visited.visit(name=risky, motive=risky, site=risky, place=risky, kind="private", entity=risky)
    for ending in ENDINGS:
        [row] = read(visited, f"/visitas.{ending}?forma=oficial")
        for name, value in row.items():
            assert not str(value).startswith(FORMULA_SIGNS), name
        assert row["Visitante"].startswith("'")
    [row] = read(visited, "/visitas.csv")
    assert row["Visitante"] == f"'{risky}"
    assert row["Motivo"] == f"Reunión de trabajo - {risky}"
    [row] = read(visited, "/visitas.csv?forma=abierto")
    assert row["visitante"] == risky


def test_a_workbook_has_texts_and_no_formulas(visited: Visited):
    visited.visit(name="=1+1", document_number="00000501", motive="http://example.pe")
    with visited.browser().get("/visitas.xlsx?forma=abierto") as answer:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    cells = {sheet.cell(1, place).value: sheet.cell(2, place) for place in range(1, 32)}
    assert (cells["visitante"].value, cells["visitante"].data_type) == ("=1+1", "s")
    assert cells["documento_numero"].value == "*****501"
    assert (cells["entidad_ruc"].value, cells["entidad_ruc"].data_type) == ("20131370301", "s")
    assert cells["versiones"].value == 1
    assert cells["motivo"].hyperlink is None


@pytest.mark.nightly
def test_quotes_commas_and_lines_come_back_as_they_were(visited: Visited):
    odd = 'Dijo "hola, qué tal"; 100 %s %w \\ \\. {"a": 1}'
    visited.visit(motive=odd, place="a\nb")
    for address in EVERY:
        row = read(visited, address)[0]
        assert odd in (row.get("motivo") or row["Motivo"]), address
        assert "a\nb" in (row.get("lugar") or row["Lugar específico"]), address


@pytest.mark.nightly
def test_a_hidden_visit_is_in_no_file(visited: Visited):
    with visited.writing() as session:
        visited.register(session, "demo").real_documents = True
    visited.visit("demo", name="De la demo")
    gone = visited.visit(name="Reservada")
    annulled = visited.visit(name="Anulada")
    visited.visit(name="Vigente")
    visited.reserve(gone)
    visited.annul(annulled)
    for address in (*EVERY, f"/visitas/{CODE}.json", f"/visitas/{CODE}/2026-03.csv"):
        assert names(read(visited, address)) == ["Vigente"], address
    assert names(read(visited, "/visitas.json?estado=anuladas")) == ["Anulada"]


@pytest.mark.nightly
def test_a_demo_has_separate_files_behind_sign_in(visited: Visited):
    visited.visit("demo", name="De la demo")
    visited.visit(name="De producción")
    assert visited.browser().get(f"/demo/{CODE}/visitas.csv").status_code == 303
    for ending in ENDINGS:
        assert names(read(visited, f"/demo/{CODE}/visitas.{ending}", "operator")) == ["De la demo"]
    with visited.browser("operator").get(f"/demo/{CODE}/visitas.csv?q=demo") as answer:
        assert (
            'filename="demo-visitas-E90001-busqueda-oficial.csv"'
            in (answer.headers["Content-Disposition"])
        )
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_file_is_cached_or_named_after_a_search(visited: Visited):
    visited.visit("demo")
    for ending in ENDINGS:
        for who, address in (("", "/visitas"), ("operator", f"/demo/{CODE}/visitas")):
            with visited.browser(who).get(f"{address}.{ending}") as answer:
                assert answer.headers["Cache-Control"] == "no-store"
    with visited.browser().get(f"/visitas/{CODE}.xlsx?q=quispe") as answer:
        assert "quispe" not in answer.headers["Content-Disposition"]
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.nightly
def test_a_download_from_the_demo_is_noted_of_the_entitys_own_people(visited: Visited):
    for who in ("sgtd", "auditor"):
        read(visited, f"/demo/{CODE}/visitas.csv", who)
    read(visited, f"/demo/{CODE}/visitas.csv", "operator")
    read(visited, "/visitas.csv", "operator")
    with visited.reading() as session:
        [event] = session.scalars(select(RegisterEvent)).all()
        assert (event.kind, event.by_id) == ("download", visited.people["operator"])
        assert event.register_id == visited.register(session, "demo").id


def test_a_wrong_request_is_answered_in_words(visited: Visited):
    for address, status in [
        ("/visitas.csv?forma=otra", 400),
        ("/visitas.json?desde=ayer", 400),
        ("/visitas.xlsx?desde=2026-03-02&hasta=2026-03-01", 400),
        ("/visitas.csv?q=ab", 400),
        ("/visitas.csv?q=%00", 400),
        ("/visitas.csv?categoria=otra", 400),
        ("/visitas.pdf", 404),
        ("/visitas/E00000.csv", 404),
        ("/visitas/E00000/2026-03.csv", 404),
        (f"/demo/{CODE}/visitas.pdf", 404),
    ]:
        with visited.browser().get(address) as answer:
            assert answer.status_code == status
            if ".json" in address:
                assert answer.mimetype == "application/problem+json"
                assert json.loads(answer.data)["detail"]


def test_a_workbook_of_too_many_rows_is_a_sentence_and_the_csv(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writers, "MOST_IN_WORKBOOK", 2)
    for ago in range(3):
        visited.visit(ago=ago, name=f"Quispe {ago}")
    with visited.browser().get("/visitas.xlsx?q=quispe&forma=abierto") as answer:
        assert answer.status_code == 422
        assert 'href="/visitas.csv?q=quispe&amp;forma=abierto"' in answer.get_data(as_text=True)
    assert len(read(visited, "/visitas.xlsx?q=quispe 1 quispe")) <= 2


# Streams ---------------------------------------------------------------------------------------


def table(visited: Visited) -> writers.Table:
    from app.register.export import tables
    from app.register.search.query import Query

    with visited.app.app_context():
        return tables.visits(db.session(), Query(), "abierto")


def test_a_file_is_compressed_for_clients_that_accept_it(visited: Visited):
    visited.visit()
    with visited.browser().get("/visitas.csv") as plain:
        assert "Content-Encoding" not in plain.headers
        whole = plain.data
    with visited.browser().get("/visitas.csv", headers={"Accept-Encoding": "gzip"}) as squeezed:
        assert gzip.decompress(squeezed.data) == whole


def test_rows_are_read_as_they_are_sent_and_an_abandoned_download_returns_its_connection(
    visited: Visited, monkeypatch
):
    monkeypatch.setattr(writers, "BATCH", 1)
    for ago in range(4):
        visited.visit(ago=ago)
    engine = visited.app.extensions["engine"]
    for write in [writers.as_csv, writers.as_json]:
        rows_of_table = table(visited)
        rows = write(engine, rows_of_table)
        assert engine.pool.checkedout() == 0
        assert next(rows).count(b"\n") == 2
        assert engine.pool.checkedout() == 1
        rows.close()
        assert engine.pool.checkedout() == 0
    answer = visited.browser().get("/visitas.json", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.is_streamed
    assert engine.pool.checkedout() == 1
    answer.close()
    assert engine.pool.checkedout() == 0


@pytest.mark.nightly
def test_a_head_request_reads_no_rows(visited: Visited, monkeypatch: pytest.MonkeyPatch):
    def read_it(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(writers, "reading", read_it)
    monkeypatch.setattr(writers, "fits_workbook", lambda *_: True)
    for ending in ENDINGS:
        with visited.browser().head(f"/visitas.{ending}") as answer:
            assert (answer.status_code, answer.data) == (200, b"")
