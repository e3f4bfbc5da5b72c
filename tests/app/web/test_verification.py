"""The public page of an issued paper."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from app.base import calendar, db, files
from app.base.models import IssuedPaper, PaperAct
from app.cases.papers import issued
from app.cases.papers.preflight.findings import Finding
from app.register.registers import environments
from tests.app.cast import entity, person
from tests.app.people.house_tasks import a_paper
from tests.app.uploads import with_file
from tests.databases import behind_the_back
from tests.pages import CheckingClient

LATER = "0123456789ABCDEF"
ISSUED, SIGNED = b"%PDF-1.7 issued", b"%PDF-1.7 issued and signed"


@pytest.fixture
def code(app: Flask, clock: object) -> str:
    """Return the code of a signed constancia."""
    with app.app_context():
        session = db.session()
        owner = files.Owner(entity(session).id, by_id=person(session, "41000001", "sip").id)
        made, signed = (
            files.keep(
                session,
                io.BytesIO(content),
                media_type="application/pdf",
                owner=owner,
                name="constancia.pdf",
                kind=kind,
                paper="constancia",
            )
            for content, kind in ((ISSUED, "constancia"), (SIGNED, files.UPLOAD))
        )
        found = a_paper(session, made)
        paper = session.get_one(IssuedPaper, found)
        signed.issued_code, signed.findings = found, [Finding("signature", "Firma.").plain()]
        marks = {"number": "0012-2026-PCM/SIP", "dated_on": date(2026, 11, 20)}
        paper.add_act(calendar.now(), signed_id=signed.id, **marks)
        session.commit()
    return found


def test_the_page_says_what_a_paper_is_and_names_no_person(
    client: CheckingClient, code: str, app: Flask
):
    answer = client.get(f"/verificar/{code}")
    page = answer.text
    with app.app_context():
        paper = db.session().get_one(IssuedPaper, code)
        hashes = {paper.sha256, paper.signed.sha256}
        name = paper.entity.name
    expected = {
        "Constancia de implementación",
        issued.in_groups(code),
        name,
        "E90001",
        "0012-2026-PCM/SIP",
        "20 de noviembre de 2026",
        "Vigente",
        "no dice si la entidad publica hoy",
    }
    assert {text for text in expected | hashes if text not in page} == set()
    assert "41000001" not in page
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert 'name="robots" content="noindex"' in page
    assert client.head("/verificar").status_code == 200
    assert client.head(f"/verificar/{code}").status_code == 200


def test_a_later_version_replaces_a_paper_and_a_void_one_says_so(
    client: CheckingClient, code: str, app: Flask
):
    with app.app_context():
        session = db.session()
        paper = session.get_one(IssuedPaper, code)
        same = ("kind", "document", "entity_id", "sha256", "size", "issued_at")
        facts = {name: getattr(paper, name) for name in same}
        session.add(IssuedPaper(code=LATER, **facts))
        session.flush()
        paper.add_act(calendar.now(), replaced_by=LATER)
        session.commit()
    page = client.get(f"/verificar/{code}").text
    assert "Reemplazada</strong> por" in page
    assert "Emitida el" in page
    with app.app_context():
        session = db.session()
        session.get_one(IssuedPaper, LATER).add_act(calendar.now(), void_at=calendar.now())
        session.commit()
    page = client.get(f"/verificar/{LATER}").text
    assert "Anulada" in page
    assert "Vigente" not in page


def test_a_paper_is_in_force_once_it_is_signed(client: CheckingClient, code: str, app: Flask):
    with behind_the_back(app) as session:
        session.execute(delete(PaperAct))
    page = client.get(f"/verificar/{code}").text
    assert "Todavía no se registró ninguna firma" in page
    assert "Vigente" not in page
    with behind_the_back(app) as session:
        session.get_one(IssuedPaper, code).kind = "demo_report"
    page = client.get(f"/verificar/{code}").text
    assert "Vigente" in page
    assert "Emitido el" in page


def test_the_page_says_if_the_number_is_not_printed(client: CheckingClient, code: str, app: Flask):
    written = "0012-2026-PCM/SIP (lo puso quien firmó"
    assert written not in client.get(f"/verificar/{code}").text
    with app.app_context():
        session = db.session()
        session.get_one(IssuedPaper, code).add_act(calendar.now(), has_blanks=True)
        session.commit()
    assert written in client.get(f"/verificar/{code}").text


def test_a_paper_whose_file_is_void_is_void(client: CheckingClient, code: str, app: Flask):
    with app.app_context():
        session = db.session()
        paper = session.get_one(IssuedPaper, code)
        assert paper.file is not None
        paper.file.void_at = calendar.now()
        session.commit()
    page = client.get(f"/verificar/{code}").text
    assert "Anulada" in page
    assert "Vigente" not in page


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ({}, "http://localhost/visitas/E90001"),
        (
            {"source": "own_system", "source_address": "https://visitas.example.pe/lista"},
            "https://visitas.example.pe/lista",
        ),
    ],
)
def test_a_constancia_leads_to_the_register_of_its_entity(
    client: CheckingClient, code: str, app: Flask, source: dict[str, str], link: str
):
    with app.app_context():
        session = db.session()
        paper = session.get_one(IssuedPaper, code)
        register = environments.open_register(session, paper.entity, "production", None)
        for name, value in source.items():
            setattr(register, name, value)
        session.commit()
    page = client.get(f"/verificar/{code}").text
    assert f'href="{link}"' in page
    assert page.count("Mira su registro de visitas") == 1


def test_a_file_that_is_chosen_is_compared_by_its_hash(client: CheckingClient, code: str):
    for content, words in [
        (ISSUED, "al archivo que se emitió, sin firmas"),
        (SIGNED, "al archivo firmado que se registró"),
        (SIGNED + b"\n", "Este archivo no es idéntico al emitido ni al firmado."),
    ]:
        answer = client.post(f"/verificar/{code}", data={"file": (io.BytesIO(content), "x.pdf")})
        assert answer.status_code == 200
        assert words in answer.text
    answer = client.post(f"/verificar/{code}", data={})
    assert answer.status_code == 422
    assert "Elige el archivo" in answer.text


def test_a_pdf_of_thousands_of_letters_is_compared_and_a_larger_one_is_not(
    client: CheckingClient, code: str
):
    def compared(megabytes: int) -> Any:
        sent = with_file(bytes(megabytes << 20), "x.pdf")
        return client.post(f"/verificar/{code}", **sent)

    assert compared(15).status_code == 200
    too_large = compared(24)
    assert too_large.status_code == 413
    assert "no es idéntico a ninguno" in too_large.text
    assert "Escanea" not in too_large.text


def test_a_code_is_typed_in_any_form(client: CheckingClient, code: str):
    typed = issued.in_groups(code).lower()
    assert client.post("/verificar", data={"code": typed}).headers["Location"].endswith(code)
    assert client.get(f"/verificar/{typed}").headers["Location"].endswith(code)
    assert client.post("/verificar", data={"code": "corto"}).status_code == 422
    assert client.post("/verificar", data={"code": LATER}).status_code == 422


def test_an_address_with_a_code_that_no_paper_has_asks_for_another(
    client: CheckingClient, code: str
):
    for typed, message in [
        (LATER, "Ningún documento emitido"),
        ("corto", "Escribe los 16 caracteres"),
    ]:
        sent = {"file": (io.BytesIO(ISSUED), "a.pdf")}
        for answer in (
            client.get(f"/verificar/{typed}"),
            client.post(f"/verificar/{typed}", data=sent),
        ):
            assert answer.status_code == 404
            assert message in answer.text
            assert f'value="{typed}"' in answer.text
            assert answer.headers["X-Robots-Tag"].startswith("noindex")


@pytest.mark.nightly
def test_a_typed_code_counts_as_one_try(client: CheckingClient, code: str):
    for _ in range(30):
        answer = client.post("/verificar", data={"code": code}, follow_redirects=True)
        assert answer.status_code == 200
    assert client.post("/verificar", data={"code": code}).status_code == 429


@pytest.mark.guard("thirty codes are tried")
def test_after_thirty_tries_an_address_waits_a_minute(client: CheckingClient, code: str, clock):
    answers = [client.get(f"/verificar/{LATER}").status_code for _ in range(1000)]
    assert answers[:30] == [404] * 30
    assert set(answers[30:]) == {429}
    assert client.get(f"/verificar/{code}").status_code == 429
    clock.forward(minutes=1, seconds=1)
    assert client.get(f"/verificar/{code}").status_code == 200
