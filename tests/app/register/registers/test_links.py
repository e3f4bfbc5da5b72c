"""The link on an entity's site: the addresses that are fetched, and those that never are."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from app.register.registers import links
from app.register.registers.links import Finding, Wires, ask, is_public
from tests.app.register.registers.web import OURS, PUBLIC, SITE, Web, moved, opened, page
from tests.app.visited import CODE


@pytest.fixture
def web() -> Iterator[Web]:
    """Yield the site of an entity."""
    with opened() as there:
        yield there


# Links that are found -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        f'<a href="{OURS}">Registro de visitas</a>',
        f"<A HREF='{OURS.replace('https', 'http')}/'>visitas</A>",
        f'<iframe src="{OURS}?q=&amp;desde=2026-03-01"></iframe>',
        f"<p>mal cerrado <a target=x href={OURS}>aquí <b>",
    ],
)
def test_a_page_with_the_link_has_it(web: Web, body: str):
    web.pages["/transparencia"] = page(body)
    assert web.ask() == Finding("found")
    assert web.requests == [("www.entidad.gob.pe", "/transparencia")]
    assert "Cookie" not in web.headers[0]


@pytest.mark.parametrize(
    "body",
    [
        "",
        OURS,
        f'<a href="{OURS}X">otra entidad</a>',
        f'<a href="https://otro.gob.pe/visitas/{CODE}">otro sitio</a>',
        '<a href="http://[mal">una dirección rota</a>',
        "\x00\xff<<<a href=",
    ],
)
def test_a_page_without_the_link_only_answered(web: Web, body: str):
    web.pages["/transparencia"] = page(body)
    assert web.ask() == Finding("answered")


def test_a_query_of_the_other_platform_must_be_the_entitys(web: Web):
    wanted = "https://visitas.plataforma.gob.pe/consulta?ruc=20131370301"
    web.pages["/transparencia"] = page(f'<a href="{wanted.replace("0301", "0302")}">x</a>')
    assert ask(SITE, (wanted,), web.wires).result == "answered"
    web.pages["/transparencia"] = page(f'<a href="{wanted}&amp;pagina=1">x</a>')
    assert ask(SITE, (wanted,), web.wires).result == "found"


def test_accents_in_a_path_are_percent_encoded(web: Web):
    web.pages["/gesti%C3%B3n?a=%20b"] = page(f'<a href="{OURS}">x</a>')
    assert web.ask("http://www.entidad.gob.pe/gestión?a=%20b").result == "found"


# Failed requests ------------------------------------------------------------------------------


def test_a_name_that_nobody_has_and_a_page_that_is_not_there_failed(web: Web):
    assert web.ask("http://nadie.gob.pe/").detail == "No existe un sitio con ese nombre."
    assert web.ask("http://www.entidad.gob.pe/otra").detail == (
        "La página responde con un error (404)."
    )


def test_a_site_whose_certificate_is_not_good_failed(web: Web):
    finding = web.ask(SITE.replace("http:", "https:"))
    assert finding.result == "failed"
    assert "certificado" in finding.detail or "conectar" in finding.detail


def test_a_site_that_drips_is_given_up_in_time(web: Web, monkeypatch: pytest.MonkeyPatch):
    gone = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(2000):
            if gone.wait(0.01):
                return
            request.wfile.write(f"X-{number}: a\r\n".encode())

    web.pages["/transparencia"] = drip
    monkeypatch.setattr(links, "SECONDS", 0.2)
    finding = web.ask()
    gone.set()
    assert finding == Finding("failed", "La página tarda demasiado en responder.")


def test_a_name_that_is_looked_up_for_ever_is_given_up_in_time(
    web: Web, monkeypatch: pytest.MonkeyPatch
):
    found = threading.Event()

    def for_ever(*_: Any) -> list[str]:
        found.wait(20)
        return []

    monkeypatch.setattr(web, "look_up", for_ever)
    monkeypatch.setattr(links, "SECONDS", 0.2)
    began = time.monotonic()
    finding = web.ask()
    took = time.monotonic() - began
    found.set()
    assert finding == Finding("failed", "La página tarda demasiado en responder.")
    assert took < 15


def test_no_more_than_a_megabyte_is_read(web: Web):
    def endless(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with suppress(OSError):  # the client has gone
            for _ in range(40):
                request.wfile.write(b"x" * 100_000)
            request.wfile.write(f'<a href="{OURS}">'.encode())

    web.pages["/transparencia"] = endless
    assert web.ask() == Finding("answered"), "what stands after the megabyte is not read"


def test_what_is_not_http_at_all_failed(web: Web):
    def greet(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    web.pages["/transparencia"] = greet
    assert web.ask().result == "failed"


# Requests that are never made -----------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "ff02::1",
        "2001:db8::1",
        "nada",
        "",
    ],
)
def test_no_address_of_an_inner_network_is_fetched(web: Web, address: str):
    assert not is_public(address)
    web.names["www.entidad.gob.pe"] = [PUBLIC, address]
    assert web.ask().result == "refused"
    assert web.connected == [], "nothing was connected to"


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2001:4860:4860::8888"])
def test_public_addresses_are_fetched(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://www.entidad.gob.pe/",
        "file:///etc/passwd",
        "gopher://www.entidad.gob.pe/",
        "javascript:alert(1)",
        "//www.entidad.gob.pe/",
        "http://",
        "http://user:secret@www.entidad.gob.pe/",
        "http://www.entidad.gob.pe:0/",
        "http://www.entidad.gob.pe:99999/",
        "http://[::1",
        "http://www.entidad.gob.pe/\r\nX-Injected: 1",
        "http://www.entidad.gob.pe/a b",
        "http://www.example.pe/transparencia",
        "http://EXAMPLE.org./",
        "http://algo.test/",
    ],
)
def test_an_address_outside_the_public_web_is_not_fetched(web: Web, address: str):
    web.names |= {"www.example.pe": [PUBLIC], "example.org": [PUBLIC], "algo.test": [PUBLIC]}
    assert web.ask(address).result == "refused"
    assert web.connected == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1"), ("2130706433", "127.0.0.1")],
)
def test_a_number_instead_of_a_name_is_looked_at_like_any_other(web: Web, typed: str, meant: str):
    web.names[typed.strip("[]")] = [meant]
    assert web.ask(f"http://{typed}/latest/meta-data/").result == "refused"
    assert web.connected == []


def test_a_redirection_is_checked_like_the_first_address(web: Web):
    web.names["dentro.gob.pe"] = ["10.0.0.7"]
    for to in ("http://dentro.gob.pe/", "file:///etc/passwd", "http://www.example.pe/"):
        web.pages["/transparencia"] = moved(to)
        web.connected.clear()
        assert web.ask().result == "refused", to
        assert web.connected == [PUBLIC], "only the first page was asked"


def test_redirections_are_followed_three_times(web: Web):
    web.names["entidad.gob.pe"] = [PUBLIC]
    web.pages["/transparencia"] = moved("http://entidad.gob.pe/1", 301)
    web.pages["/1"] = moved("/2", 303)
    web.pages["/2"] = moved("3?x=1", 307)
    web.pages["/3?x=1"] = page(f'<a href="{OURS}">x</a>')
    assert web.ask() == Finding("found")
    assert [path for _, path in web.requests] == ["/transparencia", "/1", "/2", "/3?x=1"]
    web.pages["/3?x=1"] = moved("/4")
    web.pages["/4"] = page(f'<a href="{OURS}">x</a>')
    assert web.ask().result == "failed"


def test_the_connection_goes_to_the_address_that_was_checked(web: Web):
    """Check that a name whose address changes between check and connection reaches nothing."""
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    web.look_up = lambda *_: next(answers)  # type: ignore[method-assign]
    web.pages["/transparencia"] = page(f'<a href="{OURS}">x</a>')
    assert web.ask() == Finding("found")
    assert web.connected == [PUBLIC]
    assert next(answers) == ["127.0.0.1"], "the name was looked up once"


def test_certificates_are_checked_by_the_name():
    context = Wires().context
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_waiting_of_a_socket_ends_at_a_moment():
    with pytest.raises(TimeoutError):
        links._left(time.monotonic() - 1)
