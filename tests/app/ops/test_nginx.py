"""Behind nginx, configured as in deploy/nginx.conf: people sign in and upload, over https."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
from flask import Flask

from app.base import assets, db
from app.base.request_limits import PAST_BYTES
from app.ops import web_worker
from app.register.export import dumping
from app.web import still_pages
from tests import nginx
from tests.app import cast
from tests.app.together import until
from tests.app.visited import CODE, PARTS, Visited
from tests.bench.browser import TOKEN
from tests.conftest import Clock
from tests.databases import ON_SQLITE
from tests.drill import seen
from tests.drill.post_office import free_port
from tests.drill.web import Web
from tests.smtp import certificate

__all__ = ["certificate"]

HOST_LINE = "    proxy_set_header Host $http_host;\n"
#: The client's real address, and the one that it claims.
CLIENT, PRETENDED = "127.0.0.2", "198.51.100.7"
IMPORT = f"/registro/{CODE}/produccion/importar"
MEGABYTE = 1024 * 1024


class Visitor:
    """A browser at the public address, with its cookies and referrer."""

    def __init__(self, port: int, certificate: Path, address: str = CLIENT) -> None:
        self.certificate = certificate
        self.host = f"{nginx.NAME}:{port}"
        trusted = ssl.create_default_context(cafile=str(certificate))
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=60, context=trusted, source_address=(address, 0)
        )
        self.cookies: SimpleCookie = SimpleCookie()
        self.answer: http.client.HTTPResponse
        self.web: Web

    @property
    def plain(self) -> dict[str, str]:
        """The head of a request without cookies."""
        return {"Host": self.host}

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> str:
        """Return the page. The response itself is stored in `answer`."""
        cookies = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        headers = {
            "Host": self.host,
            "Referer": f"https://{self.host}{path}",
            "Cookie": cookies,
            "X-Forwarded-For": PRETENDED,
            "X-Forwarded-Proto": "http",
            **({"Content-Type": kind} if kind else {}),
        }
        self.connection.request(method, path, body, headers)
        self.answer = self.connection.getresponse()
        for cookie in self.answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return self.answer.read().decode()

    def sign_in(self) -> str:
        """Sign in by the form of the page."""
        form = {
            "csrf_token": token(self.ask("GET", "/ingresar")),
            "document_type": "DNI",
            "document_number": PARTS["administrator"][0],
            "password": cast.PASSWORD,
        }
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", "/ingresar", urlencode(form).encode(), kind)

    def upload(self, size: int) -> str:
        """Upload a file of past visits of `size` bytes that is not a table."""
        secret = token(self.ask("GET", IMPORT))
        parts = [f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{secret}\r\n']
        parts += ['--x\r\nContent-Disposition: form-data; name="source"\r\n\r\nimported\r\n']
        named = 'Content-Disposition: form-data; name="file"; filename="visitas.xlsx"'
        parts += [f"--x\r\n{named}\r\n\r\n"]
        body = "".join(parts).encode() + b"\x00" * size + b"\r\n--x--\r\n"
        return self.ask("POST", IMPORT, body, "multipart/form-data; boundary=x")


def token(page: str) -> str:
    """Return the token of a page's form."""
    found = TOKEN.search(page)
    assert found is not None, page
    return found.group(1)


#: What slow clients send around the rest of a head.
SLOW = (
    *[(b"GET /visitas.csv", b"")] * 2,
    *[(b"POST /ingresar", b"\r\nContent-Length: 100\r\n\r\nhalf")] * 2,
    (b"GET /visitas.csv", b"\r\n\r\n"),
)


def connections(web: Web) -> int:
    """Return how many connections the processes of a server have: without one, no thread waits."""
    return sum(
        (one.status, one.laddr.port) == (psutil.CONN_ESTABLISHED, web.port)
        for process in psutil.Process(web.master.pid).children()
        for one in process.net_connections("tcp")
    )


Behind = Callable[[str], Visitor]


@pytest.fixture
def behind(app: Flask, clock: Clock, certificate: Path, tmp_path: Path) -> Iterator[Behind]:
    """Yield a function that serves gunicorn behind nginx and returns a browser at the public
    address.
    """
    Visited(app).visit()
    finished = tmp_path / "finished"
    finished.mkdir(mode=0o750)
    with app.app_context():
        dumping.make(app.extensions["engine"], finished, db.never)
    still_pages.write(app, tmp_path / "pages")
    with ExitStack() as closing_down:

        def begin(block: str) -> Visitor:
            port = free_port()
            environment = {
                "ZAGUAN_DATA": str(app.config["DATA"]),
                "ZAGUAN_DATABASE_URL": app.config["DATABASE_URL"],
                "ZAGUAN_SECRET_KEY": app.config["SECRET_KEY"],
                "ZAGUAN_PUBLIC_URL": f"https://{nginx.NAME}:{port}",
                "ZAGUAN_PROXIES": "1",
                "ZAGUAN_OPEN_DATA": str(finished),
            }
            log = tmp_path / "web.log"
            web = closing_down.enter_context(Web(environment, log, 1, 1, seen.APPLICATION))
            ready = nginx.adapted(
                block,
                port=port,
                upstream=web.port,
                certificate=certificate,
                pages=tmp_path / "pages",
                open_data=finished,
            )
            closing_down.enter_context(nginx.running(ready, port, tmp_path / "nginx"))
            visitor = Visitor(port, certificate)
            visitor.web = web
            closing_down.enter_context(closing(visitor.connection))
            return visitor

        yield begin


@ON_SQLITE
def test_as_it_is_shipped_people_sign_in_and_upload_over_https(behind: Behind):
    visitor = behind(nginx.shipped())
    visitor.sign_in()
    assert visitor.answer.status in (302, 303)
    assert visitor.answer.headers["Location"].startswith(("/", f"https://{visitor.host}/"))
    assert visitor.cookies["zaguan"]["secure"]
    assert visitor.answer.headers["Strict-Transport-Security"]
    assert (visitor.answer.headers["Seen-Address"], visitor.answer.headers["Seen-Scheme"]) == (
        CLIENT, "https",
    )  # fmt: skip
    assert '"as_public_address":true' in visitor.ask("GET", "/salud")

    said = visitor.upload(30 * MEGABYTE - 1000)
    assert visitor.answer.status == 422, "the largest file that may come is read"
    assert "Seen-Address" in visitor.answer.headers
    said = visitor.upload(PAST_BYTES)
    assert (visitor.answer.status, "hasta 30 MB" in said) == (413, True), "refused by Zaguán"
    said = visitor.upload(40 * MEGABYTE)
    assert (visitor.answer.status, "Lo que enviaste pesa demasiado" in said) == (413, True)


def test_no_server_logs_addresses(certificate: Path, tmp_path: Path):
    block = nginx.shipped()
    assert len(re.findall("^server {$", block, re.M)) == block.count("    access_log off;\n") == 2
    port = free_port()
    (pages := tmp_path / "pages").mkdir()
    (pages / "502.html").write_text("No responde")
    ready = nginx.adapted(
        block, port=port, upstream=free_port(), certificate=certificate, pages=pages
    )
    plain = re.search(r"listen 127\.0\.0\.1:(\d+);", ready)
    assert plain is not None
    with nginx.running(ready, port, tmp_path / "nginx"):
        visitor = Visitor(port, certificate)
        with closing(visitor.connection):
            visitor.ask("GET", "/static/mark.svg?clave=invented-secret")
            assert visitor.answer.status == 200
            for path in ("/calendario/invented-calendar.ics", "/"):
                visitor.ask("GET", path)
                assert visitor.answer.status == 502
        with closing(http.client.HTTPConnection("127.0.0.1", int(plain[1]))) as connection:
            connection.request("GET", "/clave/invented-secret")
            assert connection.getresponse().status == 301
    assert (tmp_path / "nginx" / "access.log").read_text() == ""
    failed = (tmp_path / "nginx" / "error.log").read_text()
    assert '"GET / HTTP' in failed
    assert "invented-calendar" not in failed


@ON_SQLITE
def test_nginx_adds_the_length_that_a_client_does_not_name(behind: Behind):
    visitor = behind(nginx.shipped())
    # nginx has the head and the first piece before the second one is sent.
    pieces = (time.sleep(0.3) or piece for piece in (b"a=", b"1"))
    visitor.connection.request("POST", "/ingresar", pieces, visitor.plain)
    answer = visitor.connection.getresponse()
    assert answer.status == 400, "without the length it would be 411"
    assert "Seen-Address" in answer.headers


@ON_SQLITE
def test_static_files_are_served_by_nginx_and_another_name_is_refused(behind: Behind):
    visitor = behind(nginx.shipped())
    page = visitor.ask("GET", "/ingresar")
    sheet = re.search(r'href="(/static/build/[^"]+\.css\?v=\w+)"', page)
    assert sheet is not None
    assert "@font-face" in visitor.ask("GET", sheet[1])
    assert visitor.answer.headers["Content-Type"].startswith("text/css")
    assert visitor.answer.headers["Cache-Control"] == assets.IMMUTABLE
    assert visitor.answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Seen-Address" not in visitor.answer.headers, "the application did not answer"
    visitor.ask("GET", "/static/mark.svg")
    assert visitor.answer.headers["Cache-Control"] == "no-cache"
    visitor.ask("GET", "/static/..%2f..%2f__init__.py")
    assert visitor.answer.status in (400, 404)
    visitor.host = "otra.example.pe"
    visitor.ask("GET", "/")
    assert visitor.answer.status == 421
    assert "Seen-Address" not in visitor.answer.headers


@ON_SQLITE
def test_without_host_the_page_and_the_log_say_why_sign_in_fails(behind: Behind, tmp_path: Path):
    block = nginx.shipped()
    assert HOST_LINE in block
    visitor = behind(block.replace(HOST_LINE, ""))
    page = visitor.sign_in()
    assert visitor.answer.status == 400
    assert "La página no venía de esta dirección" in page
    assert "avisa a quien opera la plataforma" in page
    assert f"https://{visitor.host}" in page
    assert '"as_public_address":false' in visitor.ask("GET", "/salud")
    log = (tmp_path / "web.log").read_text()
    assert "a form was refused: The referrer does not match the host." in log
    assert "Its Host is not that of ZAGUAN_PUBLIC_URL." in log
    assert PARTS["administrator"][0] not in log


@ON_SQLITE
def test_a_client_that_does_not_finish_its_headers_is_left(behind: Behind):
    waits = "client_header_timeout 10s;"
    assert waits in nginx.shipped()
    visitor = behind(nginx.shipped().replace(waits, "client_header_timeout 1s;"))
    visitor.ask("GET", "/salud/vivo")
    with closing(visitor.connection.sock) as slow:
        slow.settimeout(20)
        slow.sendall(b"GET /salud/vivo HTTP/1.1\r\nHost: ")
        assert slow.recv(100) == b""


@ON_SQLITE
def test_one_address_has_so_many_requests_and_another_is_served(behind: Behind):
    visitor = behind(nginx.shipped())
    statuses = set()
    for _ in range(400):
        page = visitor.ask("GET", "/salud/vivo")
        statuses.add(visitor.answer.status)
        if visitor.answer.status == 429:
            assert "Son demasiados pedidos seguidos" in page
            assert visitor.answer.headers["Retry-After"] == "60"
    assert statuses == {200, 429}
    other = Visitor(int(visitor.host.rpartition(":")[2]), visitor.certificate, "127.0.0.3")
    with closing(other.connection):
        other.ask("GET", "/salud/vivo")
        assert other.answer.status == 200


@ON_SQLITE
def test_while_nothing_answers_nginx_says_so_in_spanish(behind: Behind):
    visitor = behind(nginx.shipped())
    visitor.web.master.terminate()
    visitor.web.master.wait(30)
    page = visitor.ask("GET", "/ingresar")
    assert (visitor.answer.status, visitor.answer.headers["Retry-After"]) == (502, "30")
    assert "Zaguán no responde por un momento" in page
    assert "Server error" not in page


@ON_SQLITE
def test_nginx_sends_finished_files_and_their_parts(behind: Behind):
    visitor = behind(nginx.shipped())
    [entry] = [
        one
        for one in json.loads(visitor.ask("GET", "/datos/archivos.json"))["archivos"]
        if one["nombre"] == "visitas.parquet"
    ]
    visitor.connection.request("GET", "/datos/archivos/visitas.parquet", headers=visitor.plain)
    answer = visitor.connection.getresponse()
    content = answer.read()
    assert (answer.status, hashlib.sha256(content).hexdigest()) == (200, entry["sha256"])
    assert answer.headers["Content-Disposition"] == 'attachment; filename="visitas.parquet"'
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Seen-Address" not in answer.headers, "Zaguán said where it is; nginx sent it"
    part = {**visitor.plain, "Range": "bytes=0-3"}
    visitor.connection.request("GET", "/datos/archivos/visitas.parquet", headers=part)
    answer = visitor.connection.getresponse()
    assert (answer.status, answer.read()) == (206, b"PAR1")
    for path in (f"/_open-data/{entry['sha256'][:16]}-visitas.parquet", "/_pages/429.html"):
        visitor.ask("GET", path)
        assert visitor.answer.status == 404, "nobody asks for it by this address"


@ON_SQLITE
def test_slow_and_silent_clients_hold_no_connection_to_a_web_process(behind: Behind):
    visitor = behind(nginx.shipped())
    port = int(visitor.host.rpartition(":")[2])
    trusted = ssl.create_default_context(cafile=str(visitor.certificate))
    with ExitStack() as leaving:
        for number in range(200):
            place = (f"127.0.1.{number % 4 + 1}", 0)
            silent = socket.create_connection(("127.0.0.1", port), 20, source_address=place)
            leaving.enter_context(silent)
        for number in range(20):
            place = (f"127.0.2.{number % 4 + 1}", 0)
            raw = socket.create_connection(("127.0.0.1", port), 20, source_address=place)
            slow = trusted.wrap_socket(raw, server_hostname="127.0.0.1")
            leaving.enter_context(slow)
            # Eight that never finish a head, eight that never finish a body, four that do not read.
            path, end = SLOW[number * len(SLOW) // 20]
            slow.sendall(path + b" HTTP/1.1\r\nHost: " + nginx.NAME.encode() + end)
        visitor.sign_in()
        assert visitor.answer.status in (302, 303)
        until(lambda: connections(visitor.web) == 0, patience=web_worker.HEAD_SECONDS / 2)


@ON_SQLITE
def test_bad_heads_are_refused(behind: Behind):
    visitor = behind(nginx.shipped())
    for head, status in (
        ({**visitor.plain, "Cookie": "x" * 65536}, 431),
        ({"Host": "otra.example.org"}, 421),
    ):
        visitor.connection.request("GET", "/ingresar", headers=head)
        answer = visitor.connection.getresponse()
        page = answer.read().decode()
        assert answer.status == status
        assert ("Borra las cookies" in page) == (status == 431)
        visitor.connection.close()
    visitor.ask("GET", "/salud/vivo")
    assert visitor.answer.status == 200
