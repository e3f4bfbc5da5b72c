"""The optional look-up of identities: off by default, with a purpose, never of minors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from flask import Flask

from app.base import config
from app.base.config import BadSetting
from app.register.visits import identity
from tests.app.register.desk.desks import DEMO, DESK, entries, filled, value
from tests.app.visited import Visited
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql


FRAGMENT = {"HX-Request": "true"}
PERSON = {"apPrimer": "ROJAS", "apSegundo": "FICTICIA", "prenombres": "ELENA INVENTADA"}
#: The day of birth → whether that is a minor on 2 March 2026.
BIRTHDAYS = {"20100302": True, "03/03/2008": True, "2008-03-02": False, "": False, "?": False}


class Pide(HTTPServer):
    """A service that answers as PIDE's does, and stores the queries."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.status = 200
        self.body: Any = b""
        self.queries: list[tuple[str, Any]] = []

    def says(self, code: str, **person: str) -> None:
        """Set the next answer."""
        found = {"coResultado": code, "deResultado": "…", "datosPersona": person}
        self.body = json.dumps({"consultarResponse": {"return": found}}).encode()


class Answering(BaseHTTPRequestHandler):
    server: Pide

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.queries.append((self.path, json.loads(self.rfile.read(length))))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture
def pide() -> Iterator[Pide]:
    with Pide() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def visited(app: Flask, clock: Clock, pide: Pide) -> Visited:
    app.config.update(
        PIDE_URL=f"http://127.0.0.1:{pide.server_port}/Rest/RENIEC/Consultar?out=json",
        PIDE_DNI="00000601",
        PIDE_RUC="20131370301",
        PIDE_PASSWORD="a credential of the tests",
    )
    return Visited(app)


def test_it_is_off_unless_it_is_set(app: Flask, clock: Clock, pide: Pide):
    assert app.config["PIDE_URL"] == ""
    visited = Visited(app)
    page = visited.browser("operator").post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT)
    assert "No hay datos suyos todavía" in page.text
    assert entries(visited, "identity.looked_up") == []


def test_a_new_visitor_is_looked_up_with_a_purpose(visited: Visited, pide: Pide):
    pide.says("0000", **PERSON)
    desk = visited.browser("operator")
    page = desk.post(f"{DESK}/visitante", data=filled({"surnames": "", "given_names": ""}))
    assert value(page, "visitors-0-surnames") == "ROJAS FICTICIA"
    assert value(page, "visitors-0-given_names") == "ELENA INVENTADA"
    assert "Según RENIEC" in page.text
    [(path, question)] = pide.queries
    assert path == "/Rest/RENIEC/Consultar?out=json"
    assert question["PIDE"] == {
        "nuDniConsulta": "00000501",
        "nuDniUsuario": "00000601",
        "nuRucUsuario": "20131370301",
        "password": "a credential of the tests",
    }
    [entry] = entries(visited, "identity.looked_up")
    assert entry.data == {"purpose": "Registrar el ingreso de una visita"}
    assert entry.actor_id == visited.people["operator"]


def test_a_visitor_who_came_before_is_not_looked_up(visited: Visited, pide: Pide):
    visited.visit()
    visited.browser("operator").post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT)
    assert pide.queries == []


@pytest.mark.parametrize("address", [DEMO, DESK])
def test_only_a_dni_in_production_is_looked_up(visited: Visited, pide: Pide, address: str):
    kind = "DNI" if address == DEMO else "CE"
    data = filled({"document_type": kind, "document_number": "00000501" + "1" * (kind == "CE")})
    page = visited.browser("operator").post(f"{address}/visitante", data=data, headers=FRAGMENT)
    assert "No hay datos suyos todavía" in page.text
    assert pide.queries == []


@pytest.mark.parametrize(("born", "refused"), BIRTHDAYS.items())
def test_a_minor_is_refused(visited: Visited, pide: Pide, born: str, refused: bool):
    pide.says("0000", **PERSON, feNacimiento=born)
    page = visited.browser("operator").post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT)
    assert ("menores de edad" in page.text) == refused
    assert ("ELENA" in page.text) != refused


def test_the_code_of_a_minor_is_refused(visited: Visited, pide: Pide):
    pide.says("0001", **PERSON)
    page = visited.browser("operator").post(f"{DESK}/visitante", data=filled())
    assert page.status_code == 422
    assert "menores de edad" in page.text
    assert "ELENA" not in page.text
    assert "00000501" not in page.text


def test_a_number_that_nobody_has_is_reported(visited: Visited, pide: Pide):
    pide.says("0999")
    page = visited.browser("operator").post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT)
    assert "RENIEC no tiene a nadie con ese DNI" in page.text


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (200, b"<html>"),
        (200, b'"text"'),
        (200, b'{"consultarResponse": {"return": []}}'),
        (200, b'{"consultarResponse": {"return": {"coResultado": "1002"}}}'),
        (200, b'{"consultarResponse": {"return": {"coResultado": "0000"}}}'),
        (200, b"[" * 100_000),
        (200, b" " * (identity.LONGEST + 1)),
    ],
    ids=["error", "no json", "text", "list", "expired", "nobody", "deep", "long"],
)
def test_without_a_valid_answer_the_desk_types_the_names(
    visited: Visited, pide: Pide, status: int, body: bytes
):
    pide.status, pide.body = status, body
    page = visited.browser("operator").post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT)
    assert page.status_code == 200
    assert "RENIEC no responde ahora" in page.text
    assert len(entries(visited, "identity.looked_up")) == 1


def test_a_service_that_does_not_answer_is_abandoned(
    visited: Visited, pide: Pide, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(identity, "PATIENCE", 0.05)
    monkeypatch.setattr(Answering, "do_POST", lambda self: threading.Event().wait(0.2))
    page = visited.browser("operator").post(f"{DESK}/visitante", data=filled(), headers=FRAGMENT)
    assert "RENIEC no responde ahora" in page.text


GOOD = {
    "ZAGUAN_SECRET_KEY": "a secret that only the tests know",
    "ZAGUAN_PIDE_URL": "https://pide.example.pe/Rest/RENIEC/Consultar?out=json",
    "ZAGUAN_PIDE_DNI": "00000601",
    "ZAGUAN_PIDE_RUC": "20131370301",
    "ZAGUAN_PIDE_PASSWORD": "x",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZAGUAN_PIDE_URL", "http://pide.example.pe/"),
        ("ZAGUAN_PIDE_URL", "pide.example.pe"),
        ("ZAGUAN_PIDE_URL", ""),
        ("ZAGUAN_PIDE_DNI", "601"),
        ("ZAGUAN_PIDE_RUC", "2013"),
        ("ZAGUAN_PIDE_PASSWORD", ""),
    ],
)
def test_its_settings_are_complete_and_never_plain_http(name: str, value: str):
    assert config.load(GOOD)["PIDE_DNI"] == "00000601"
    with pytest.raises(BadSetting, match=name):
        config.load(GOOD | {name: value})
