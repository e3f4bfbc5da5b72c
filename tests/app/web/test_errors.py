"""Errors are shown in Spanish, on a page, and no act is half done."""

from __future__ import annotations

import gzip
import http.client
import io
import logging
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_wtf import csrf
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from app import create_app
from app.base import db
from app.cases.processes import acts
from app.onboarding.entity_list import standing
from app.register.registers import roster
from tests.app import cast
from tests.app.walk import Walk
from tests.drill.web import Web
from tests.pages import CheckingClient

MEGABYTE = 1024 * 1024


class Endless(io.RawIOBase):
    """A body that declares 200 MB and never ends; it counts the bytes that were read."""

    taken = 0
    place = 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = 200 * MEGABYTE if whence == 2 else offset
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: Any) -> int:
        buffer[:] = b"x" * len(buffer)
        self.taken += len(buffer)
        return len(buffer)


@pytest.fixture
def away(tmp_path: Path):
    """Yield an application whose database server cannot be reached."""
    made = create_app(
        {
            "DATA": tmp_path,
            "SECRET_KEY": "a secret that only the tests know",
            "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
        }
    )
    made.test_client_class = CheckingClient
    yield made
    made.extensions["engine"].dispose()


@pytest.mark.nightly
def test_without_a_database_a_page_says_that_it_will_be_back(away: Flask):
    client = away.test_client()
    data = {"document_type": "DNI", "document_number": "40000021", "password": "x"}
    assert client.post("/ingresar", data=data).status_code == 503
    with client.session_transaction() as cookie:
        cookie["_user_id"] = "a token"
    for path in ["/pendientes", "/entidades/E90001", "/archivos/x"]:
        answer = client.get(path)
        assert answer.status_code == 503
        assert "no está disponible por un momento" in answer.text


@pytest.mark.postgresql
def test_a_database_that_goes_away_in_the_middle_of_an_act_leaves_nothing(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    walk.begin()
    task_id = walk.draft("designate_administrator")
    before = walk.log()

    def gone(*_: object) -> None:
        raise OperationalError("update", {}, Exception("server closed the connection"))

    monkeypatch.setattr(acts, "save", gone)
    answer = walk.browser("preparer").post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert answer.status_code == 503
    assert walk.log() == before
    assert walk.open_steps() == ["designate_administrator"]


def test_what_is_not_there_is_not_found(walk: Walk):
    client = walk.browser("sip")
    for path in [
        "/nada",
        "/tareas/4711",
        "/tareas/99999999999999999999",
        "/tareas/" + "9" * 5000,
        "/tareas/4711/respuesta",
        "/tareas/-1",
        "/tareas/x",
        "/correos/99999999999999999999",
        "/archivos/nada",
        "/archivos/..%2f..%2fsecret-key",
        "/archivos/../secret-key",
        "/static/../config.py",
        "/static/..%2fconfig.py",
        "/entidades/NADA",
        "/entidades?pagina=99",
        "/entidades/E90001/historial?pagina=9",
    ]:
        answer = client.get(path)
        assert answer.status_code == 404, answer.text
        assert "govuk-heading" in answer.text


def shown_with_a_link_without_it(
    client: CheckingClient, path: str, said: str, without: str
) -> None:
    """Check that a wrong query gives status 400, the reason, and a link to the list without it."""
    answer = client.get(path)
    assert answer.status_code == 400
    assert said in answer.text
    assert f'href="{without}">verla sin ese filtro' in answer.text


NUMBER = "Las páginas se dicen por su número, desde 1."


def test_an_unknown_filter_is_reported_with_a_link_without_it(walk: Walk):
    client = walk.browser("sip")
    for path, said, without in [
        ("/correos?quien=Ana&q=a", "No existe el filtro «quien».", "/correos?q=a"),
        ("/correos?estado=nada", "El filtro «estado» no tiene el valor «nada».", "/correos"),
        ("/correos/recibidos?zz=1", "No existe el filtro «zz».", "/correos/recibidos"),
        (
            "/correos/recibidos?tipo=nada",
            "El filtro «tipo» no tiene el valor «nada».",
            "/correos/recibidos",
        ),
        ("/recordatorios?zz=1", "No existe el filtro «zz».", "/recordatorios"),
        (
            "/recordatorios?estado=nada&q=a",
            "El filtro «estado» no tiene el valor «nada».",
            "/recordatorios?q=a",
        ),
        ("/recordatorios/previstos?zz=1", "No existe el filtro «zz».", "/recordatorios/previstos"),
        ("/coordinadores/dias?zz=1", "No existe el filtro «zz».", "/coordinadores/dias"),
        ("/entidades/lotes?zz=1", "No existe el filtro «zz».", "/entidades/lotes"),
        ("/entidades?pagina=0&q=a", NUMBER, "/entidades?q=a"),
        ("/entidades?pagina=²", NUMBER, "/entidades"),
        ("/correos?pagina=-1", NUMBER, "/correos"),
        ("/decisores?pagina=dos", NUMBER, "/decisores"),
    ]:
        shown_with_a_link_without_it(client, path, said, without)


def test_lists_of_the_superuser_show_it_too_and_only_there(walk: Walk):
    cast.account(walk.app, "40000001", "superuser")
    client, other = cast.signed_in(walk.app, "40000001"), walk.browser("sip")
    for path, said, without in [
        ("/personas?zz=1&q=a", "No existe el filtro «zz».", "/personas?q=a"),
        ("/catalogo?zz=1", "No existe el filtro «zz».", "/catalogo"),
        ("/catalogo?nivel=nada", "El filtro «nivel» no tiene el valor «nada».", "/catalogo"),
        ("/coordinadores?zz=1", "No existe el filtro «zz».", "/coordinadores"),
        ("/coordinadores?sin=2", "El filtro «sin» no tiene el valor «2».", "/coordinadores"),
        (
            "/coordinadores?region=Nada&sin=1",
            "El filtro «region» no tiene el valor «Nada».",
            "/coordinadores?sin=1",
        ),
        ("/coordinadores?sector=Nada", "El filtro «sector» no tiene", "/coordinadores"),
    ]:
        shown_with_a_link_without_it(client, path, said, without)
        assert other.get(path).status_code == 404


def test_a_page_beyond_the_end_says_how_many_there_are_and_leads_to_them(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(standing, "PER_PAGE", 1)
    with walk.writing() as session:
        cast.entity(session, "E91001")
        cast.entity(session, "E91002")
    client = walk.browser("sip")
    answer = client.get("/entidades?q=ejemplo&estado=todos&pagina=999")
    assert answer.status_code == 404
    assert "La lista no llega a la página 999" in answer.text
    assert "Ahora tiene 3 páginas." in answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert 'href="/entidades?q=ejemplo&amp;estado=todos&amp;pagina=3">la última' in answer.text
    assert 'href="/entidades?q=ejemplo&amp;estado=todos&amp;pagina=1">la primera' in answer.text
    assert client.get("/entidades?q=ejemplo&estado=todos&pagina=3").status_code == 200


def test_every_list_says_that_it_ends_before(walk: Walk):
    client = walk.browser("sip")
    for address in [
        "/entidades/E90001/historial",
        "/correos",
        "/programa/dias/training",
        "/decisores",
    ]:
        answer = client.get(f"{address}?pagina=123456")
        assert answer.status_code == 404
        assert "Ahora tiene una sola página." in answer.text
        assert f'href="{address}?pagina=1">Ver la lista' in answer.text


def test_odd_signs_in_an_address_are_no_fault_of_ours(walk: Walk):
    client = walk.browser("sip")
    for path in [
        "/archivos/a%00b",
        "/entidades/E9%00",
        "/entidades?q=a%00b",
        "/correos?q=%00",
        "/correos?q=a%C2%85b",
        "/entidades?q=%ff%fe",
        "/entidades?estado=%00",
        "/entidades?q=" + "%25" * 3000,
        "/entidades?q=%5C_%25",
        "/ingresar?siguiente=%00",
        "/entidades?pagina=1&pagina=2",
    ]:
        answer = client.get(path)
        assert answer.status_code in (200, 303, 400, 404)
        assert not re.search("[\x00\x85]", answer.text)


def test_a_control_character_is_left_out_before_a_page_is_compressed(walk: Walk):
    packed = {"Accept-Encoding": "gzip"}
    answer = walk.browser("sip").get("/correos?q=a%01b", headers=packed)
    assert answer.content_encoding == "gzip"
    assert 'value="ab"' in gzip.decompress(answer.data).decode()


@pytest.mark.nightly
def test_odd_signs_in_a_form_are_no_fault_of_ours(walk: Walk):
    walk.begin()
    task_id = walk.task("designate_administrator").id
    client = walk.browser("preparer")
    page = client.get(f"/tareas/{task_id}").location
    for typed in ("\x00", "a\x00b", "\ud800", "\u202e", "x" * 100_000, "\U0001f3db"):
        data = {"action": "save", "ruc": typed.encode("utf-8", "surrogatepass")}
        assert client.post(page, data=data).status_code in (303, 400, 422), repr(typed)[:20]
        assert client.get(page).status_code == 200


def test_a_method_that_a_page_does_not_take_is_an_error(walk: Walk):
    client = walk.browser("sip")
    assert client.post("/entidades").status_code == 405
    assert client.get("/entidades/lotes/elegidas").status_code == 405
    assert client.open("/entidades", method="PROPFIND").status_code == 405


# Too much -------------------------------------------------------------------------------------


def test_an_upload_of_200_megabytes_is_refused_before_it_is_read(walk: Walk):
    walk.begin()
    task_id = walk.task("designate_administrator").id
    client = walk.browser("preparer")
    body = Endless()
    answer = client.post(
        client.get(f"/tareas/{task_id}").location,
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413
    assert "pesa demasiado" in answer.text
    assert body.taken <= MEGABYTE
    assert list((walk.app.config["DATA"] / "files").glob("tmp*")) == []


@pytest.mark.nightly
def test_a_body_without_a_length_is_read_to_the_limit_at_most(walk: Walk):
    walk.begin()
    task_id = walk.task("designate_administrator").id
    client = walk.browser("preparer")
    body = Endless()
    answer = client.post(
        client.get(f"/tareas/{task_id}").location,
        input_stream=body,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert answer.status_code in (303, 400, 413, 422)
    assert body.taken <= 13 * MEGABYTE


@pytest.mark.nightly
def test_a_form_of_a_megabyte_is_refused_where_no_roster_is_taken(walk: Walk):
    client = walk.browser("sip")
    answer = client.post("/sesiones/nueva", data={"place": "x" * MEGABYTE})
    assert answer.status_code == 413


@pytest.mark.nightly
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_client_that_sends_too_much_gets_the_page_also_without_a_proxy(
    app: Flask, tmp_path: Path
):
    environment = {
        "ZAGUAN_DATA": str(app.config["DATA"]),
        "ZAGUAN_DATABASE_URL": app.config["DATABASE_URL"],
        "ZAGUAN_SECRET_KEY": app.config["SECRET_KEY"],
    }
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    with Web(environment, tmp_path / "web.log", 1, 1) as web:
        for size in (13, 40):
            with closing(http.client.HTTPConnection(web.address, timeout=60)) as client:
                client.request("POST", "/ingresar", bytes(size * MEGABYTE), form)
                answer = client.getresponse()
                assert answer.status == 413
                assert "Lo que enviaste pesa demasiado" in answer.read().decode()


# Forged ---------------------------------------------------------------------------------------


def test_a_form_without_its_token_changes_nothing_and_gets_a_page(walk: Walk):
    walk.app.config["WTF_CSRF_ENABLED"] = True
    client = walk.browser("sip")
    for path in (
        "/entidades/E90001/iniciar/implementacion",
        "/entidades/lotes/elegidas/inicio",
        "/sesiones/nueva",
        "/tareas/1/revisar",
    ):
        for data in ({}, {"csrf_token": "made up"}):
            answer = client.post(path, data=data)
            assert answer.status_code == 400, path
            assert "govuk-heading" in answer.text
    assert walk.entries("process.started") == []


@pytest.mark.parametrize(
    ("headers", "reason", "words"),
    [
        ({"Referer": "https://localhost/sesiones"}, "token is missing", "Tu sesión cambió"),
        ({}, "referrer header is missing", "no dijo de qué página venías"),
        ({"Referer": "https://another.example.pe/"}, "does not match the host", "no venía de"),
    ],
)
def test_why_a_form_was_refused_is_logged_and_explained(
    walk: Walk,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    reason: str,
    words: str,
):
    walk.app.config.update(WTF_CSRF_ENABLED=True, PUBLIC_URL="https://localhost")
    if "token" not in reason:
        monkeypatch.setattr(csrf, "validate_csrf", lambda *_: None)
    client = walk.browser("sip")
    answer = client.post("/sesiones/nueva", base_url="https://localhost", headers=headers)
    assert answer.status_code == 400
    assert words in answer.text
    [line] = [record.getMessage() for record in caplog.records if "refused" in record.msg]
    assert reason in line
    assert "Host" not in line
    assert "another.example" not in line
    assert "avisa a quien opera" not in answer.text


def test_a_fault_of_ours_has_a_code_and_shows_no_details(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    def broken(*_: object) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(standing, "standings", broken)
    walk.app.testing = False
    walk.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = walk.browser("sip").get("/entidades")
    assert answer.status_code == 500
    assert "inner secret" not in answer.text
    assert "Traceback" not in answer.text


@pytest.fixture
def serving(walk: Walk) -> Walk:
    """Return an installation that answers faults with pages, as a server does."""
    walk.app.testing = False
    walk.app.config["PROPAGATE_EXCEPTIONS"] = False
    return walk


#: The name of a signed-in coordinator in the head of pages, and a link of the menu.
NAME, MENU = "Persona Ejemplo 021", 'class="menu__link" href="/entidades"'


def refuse(*_: object) -> None:
    """Send a statement that the database refuses, in the transaction of the request."""
    db.session().execute(text("insert into lease (name) values ('without a holder')"))


def faults(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [one for one in caplog.records if one.levelno >= logging.ERROR]


@pytest.mark.postgresql
def test_after_a_statement_that_fails_the_page_has_its_readers_menu(
    serving: Walk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(standing, "standings", refuse)
    answer = serving.browser("sip").get("/entidades")
    assert answer.status_code == 500
    assert "Algo falló de nuestro lado" in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert NAME in answer.text
    assert MENU in answer.text
    assert "without a holder" not in answer.text
    (fault,) = faults(caplog)
    assert fault.incident in answer.text


@pytest.mark.postgresql
def test_after_a_statement_that_fails_the_public_gets_its_page_too(
    serving: Walk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(roster, "how_many_publish", refuse)
    answer = serving.app.test_client().get("/decisores")
    assert answer.status_code == 500
    assert "Algo falló de nuestro lado" in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert "Ingresar" in answer.text
    (fault,) = faults(caplog)
    assert fault.incident in answer.text


@pytest.mark.postgresql
def test_a_database_that_goes_away_before_the_page_of_a_fault_leaves_it_without_a_reader(
    serving: Walk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    engine = serving.engine

    def vanish(*_: object) -> None:
        raise OperationalError("select", {}, Exception("the server is gone"))

    def break_off(*_: object) -> None:
        event.listen(engine, "before_cursor_execute", vanish)
        raise RuntimeError("inner secret")

    monkeypatch.setattr(standing, "standings", break_off)
    client = serving.browser("sip")
    try:
        answer = client.get("/entidades")
    finally:
        event.remove(engine, "before_cursor_execute", vanish)
    assert answer.status_code == 500
    assert "Algo falló de nuestro lado" in answer.text
    assert answer.text.rstrip().endswith("</html>")
    assert NAME not in answer.text
    (fault,) = faults(caplog)
    assert fault.incident in answer.text
    monkeypatch.undo()
    assert client.get("/entidades").status_code == 200
