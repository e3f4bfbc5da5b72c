"""nginx as in deploy/nginx.conf: its own pages and limits, and Zaguán behind it over https."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
from tests.drill.web import Web
from tests.network import free_port
from tests.smtp import certificate

__all__ = ["certificate"]

pytestmark = pytest.mark.starts("nginx")

#: Two clients, and the address that the first one claims.
ONE, OTHER, PRETENDED = "127.0.0.2", "127.0.0.3", "198.51.100.7"
#: Seconds that a test waits for what must come, and the bytes of an answer that nobody reads.
PATIENCE, MUCH = 20, 30_000_000
HOST_LINE = "    proxy_set_header Host $http_host;\n"
RATE = "    limit_req zone=zaguan_requests burst=120 nodelay;\n"
IMPORT = f"/registro/{CODE}/produccion/importar"
MEGABYTE = 1024 * 1024


class Upstream(BaseHTTPRequestHandler):
    """Serves `/much` with MUCH bytes, and anything else with a word."""

    def do_GET(self) -> None:
        self.send_response(HTTPStatus.OK)
        body = b"x" * MUCH if self.path == "/much" else b"served"
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Site:
    """An nginx, and its clients."""

    def __init__(self, block: str, folder: Path, upstream: int, trusted: Path, **files: Path):
        self.folder, self.port, self.trusted = folder, free_port(), trusted
        self.block = nginx.adapted(
            block, port=self.port, upstream=upstream, certificate=trusted, **files
        )
        plain = re.search(r"listen 127\.0\.0\.1:(\d+);", self.block)
        assert plain is not None
        self.plain, self.leaving = int(plain[1]), ExitStack()

    def __enter__(self) -> Site:
        self.leaving.enter_context(nginx.running(self.block, self.port, self.folder))
        return self

    def __exit__(self, *_: object) -> None:
        self.leaving.close()

    def connect(self, address: str = ONE) -> ssl.SSLSocket:
        """Return a client's connection, from an address of the loopback."""
        trusting = ssl.create_default_context(cafile=str(self.trusted))
        place = ("127.0.0.1", self.port)
        raw = socket.create_connection(place, PATIENCE, source_address=(address, 0))
        secure = trusting.wrap_socket(raw, server_hostname="127.0.0.1")
        return self.leaving.enter_context(closing(secure))

    def send(self, sent: str, address: str = ONE) -> ssl.SSLSocket:
        """Send a head and what follows to a new connection; `{name}` is the right Host."""
        client = self.connect(address)
        client.sendall(sent.format(name=nginx.NAME).replace("\n", "\r\n").encode())
        return client

    def ask(self, sent: str, address: str = ONE) -> tuple[http.client.HTTPResponse, str]:
        """Return the answer to a request, and its body."""
        with closing(self.send(sent, address)) as client:
            return answer_of(client)


def answer_of(client: socket.socket) -> tuple[http.client.HTTPResponse, str]:
    """Return the next answer of a connection, and its body."""
    answer = http.client.HTTPResponse(client)
    answer.begin()
    return answer, answer.read().decode()


Begin = Callable[[str], Site]


@pytest.fixture
def begin(certificate: Path, tmp_path: Path) -> Iterator[Begin]:
    """Yield a function that starts nginx with a configuration before another server."""
    pages = tmp_path / "pages"
    still_pages.write(still_pages.bare_app(), pages)
    with ExitStack() as closing_down, ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        upstream.daemon_threads = True
        threading.Thread(target=upstream.serve_forever).start()
        closing_down.callback(upstream.shutdown)

        def start(block: str) -> Site:
            place = upstream.server_port
            site = Site(block, tmp_path / "nginx", place, certificate, pages=pages)
            return closing_down.enter_context(site)

        yield start


def get(path: str) -> str:
    """Return the head of a request."""
    return f"GET {path} HTTP/1.1\nHost: {{name}}\n\n"


def shortened(line: str) -> str:
    """Return the shipped configuration, in which a line says one second."""
    assert nginx.shipped().count(line) == 1
    return nginx.shipped().replace(line, f"{line.partition(' ')[0]} 1s;")


HELD = "POST / HTTP/1.1\nHost: {name}\nContent-Length: 9\n\nhalf"


def test_its_own_answers_are_pages_in_spanish_without_its_version(begin: Begin):
    site = begin(nginx.shipped())
    for sent, status in (
        ("GET / HTTP/1.1\nHost:\n\n", 400),
        ("GET / HTTP/1.1\n\n", 400),
        ("no request\n\n", 400),
        (get("/" + "x" * 20_000), 414),
        ("GET / HTTP/1.1\nHost: otra.example.org\n\n", 421),
        (get("/static/nothing.css"), 404),
        (get("/static/"), 404),
        (get("/static/..%2f..%2f__init__.py"), 400),
        (get("/_pages/429.html"), 404),
        ("GET / HTTP/1.1\nHost: {name}\nCookie: " + "x" * 65_536 + "\n\n", 431),
        ("POST /static/mark.svg HTTP/1.1\nHost: {name}\nContent-Length: 0\n\n", 404),
    ):
        assert_page(site.ask(sent), status)
    with closing(socket.create_connection(("127.0.0.1", site.port), PATIENCE)) as unencrypted:
        unencrypted.sendall(b"GET / HTTP/1.0\r\nHost: %s\r\n\r\n" % nginx.NAME.encode())
        assert_page(answer_of(unencrypted), 400)
    with closing(socket.create_connection(("127.0.0.1", site.plain), PATIENCE)) as plain:
        plain.sendall(b"GET / HTTP/1.0\r\nHost: %s\r\n\r\n" % nginx.NAME.encode())
        answer, page = answer_of(plain)
        assert (answer.status, answer.headers["Server"]) == (301, "nginx")
        assert "nginx/" not in page


def assert_page(answered: tuple[http.client.HTTPResponse, str], status: int) -> None:
    """Assert that an answer is the page of a status."""
    answer, page = answered
    assert answer.status == status
    assert still_pages.TEXTS[status].title in page
    assert answer.headers["Server"] == "nginx"
    assert answer.headers["Cache-Control"] == "no-store"
    waits = {429: "60", 500: "30", 502: "30"}
    assert answer.headers["Retry-After"] == waits.get(status)


def test_a_body_for_which_there_is_no_space_gets_a_page(begin: Begin):
    """A folder that is none stands for a full one: nginx answers both with 500."""
    site = begin(nginx.shipped())
    body = site.folder / "body"
    body.rmdir()
    body.touch()
    head = "POST / HTTP/1.1\nHost: {name}\nContent-Length: 100000\n\n"
    assert_page(site.ask(head + "x" * 100_000), 500)
    assert site.ask(get("/"))[1] == "served"


@pytest.mark.nightly("servers")
def test_one_address_has_64_requests_at_once_and_another_is_served(begin: Begin):
    assert nginx.shipped().count(RATE) == 1
    site = begin(nginx.shipped().replace(RATE, ""))
    for _ in range(63):
        site.send(HELD)
    assert site.ask(get("/"))[1] == "served"
    site.send(HELD)
    until(lambda: site.ask(get("/"))[0].status == 429, patience=PATIENCE)
    assert_page(site.ask(get("/")), 429)
    assert site.ask(get("/"), OTHER)[1] == "served"


def test_one_address_has_30_requests_a_second_and_another_is_served(begin: Begin):
    assert nginx.shipped().count("rate=30r/s;") == 1
    assert nginx.shipped().count(RATE) == 1
    slow = nginx.shipped().replace("rate=30r/s;", "rate=1r/m;")
    site = begin(slow.replace("burst=120", "burst=2"))
    answers = [site.ask(get("/")) for _ in range(4)]
    assert [answer.status for answer, _ in answers] == [200, 200, 200, 429]
    assert_page(answers[-1], 429)
    assert site.ask(get("/"), OTHER)[1] == "served"


def test_a_client_that_does_not_finish_its_head_is_left(begin: Begin):
    site = begin(shortened("client_header_timeout 10s;"))
    assert site.send("GET / HTTP/1.1\nHost: ").recv(100) == b""


def test_a_client_that_does_not_finish_its_body_is_left(begin: Begin):
    site = begin(shortened("client_body_timeout 30s;"))
    assert site.send(HELD).recv(100) == b""


@pytest.mark.nightly("servers")
def test_a_client_that_does_not_read_is_left(begin: Begin):
    site = begin(shortened("send_timeout 30s;"))
    client = site.send(get("/much"))
    ours = client.getsockname()[1]

    def is_left() -> bool:
        return not any(
            one.raddr and one.raddr.port == ours and one.status == psutil.CONN_ESTABLISHED
            for one in psutil.net_connections("tcp")
        )

    assert not is_left()
    until(is_left, patience=PATIENCE)
    received = 0
    while piece := client.recv(1 << 20):
        received += len(piece)
    assert received < MUCH


def test_a_cookie_between_8_and_16_kb_passes(begin: Begin):
    site = begin(nginx.shipped())
    head = "GET / HTTP/1.1\nHost: {name}\nCookie: " + "x" * 12_000
    assert site.ask(head + "\n\n")[1] == "served"


def test_it_adds_the_length_that_a_client_does_not_name(begin: Begin):
    client = begin(nginx.shipped()).send(
        "POST / HTTP/1.1\nHost: {name}\nTransfer-Encoding: chunked\n\n2\na=\n"
    )
    time.sleep(0.3)  # it has the head and the first piece before the second one is sent
    client.sendall(b"1\r\n1\r\n0\r\n\r\n")
    assert answer_of(client)[1] == "served"


def test_browsers_keep_static_files_whose_address_names_a_version(begin: Begin):
    site = begin(nginx.shipped())
    [sheet] = (assets.STATIC / "build").glob("zaguan*.css")
    answer, content = site.ask(get(f"/static/build/{sheet.name}?v=1"))
    assert "@font-face" in content
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Cache-Control"] == assets.IMMUTABLE
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert site.ask(get("/static/mark.svg"))[0].headers["Cache-Control"] == "no-cache"


def test_while_nothing_answers_it_says_so_and_logs_no_address(certificate: Path, tmp_path: Path):
    block = nginx.shipped()
    assert len(re.findall("^server {$", block, re.M)) == block.count("    access_log off;\n") == 2
    still_pages.write(still_pages.bare_app(), tmp_path / "pages")
    folder = tmp_path / "nginx"
    with Site(block, folder, free_port(), certificate, pages=tmp_path / "pages") as site:
        assert site.ask(get("/static/mark.svg?clave=invented-secret"))[0].status == 200
        for path in ("/calendario/invented-calendar.ics", "/"):
            assert_page(site.ask(get(path)), 502)
    assert (folder / "access.log").read_text() == ""
    failed = (folder / "error.log").read_text()
    assert '"GET / HTTP' in failed
    assert "invented-calendar" not in failed


class Visitor:
    """A browser at the public address, with its cookies and referrer."""

    def __init__(self, site: Site, web: Web) -> None:
        self.site, self.web = site, web
        self.host = f"{nginx.NAME}:{site.port}"
        trusted = ssl.create_default_context(cafile=str(site.trusted))
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", site.port, timeout=60, context=trusted, source_address=(ONE, 0)
        )
        self.cookies: SimpleCookie = SimpleCookie()
        self.answer: http.client.HTTPResponse

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


#: What slow clients send: a head without an end, a body without one, and what they do not read.
SLOW = (
    *["GET /visitas.csv HTTP/1.1\nHost: {name}"] * 2,
    *["POST /ingresar HTTP/1.1\nHost: {name}\nContent-Length: 100\n\nhalf"] * 2,
    "GET /visitas.csv HTTP/1.1\nHost: {name}\n\n",
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
    """Yield a function that serves gunicorn behind nginx and returns a browser."""
    Visited(app).visit()
    finished = tmp_path / "finished"
    finished.mkdir(mode=0o750)
    with app.app_context():
        dumping.make(app.extensions["engine"], finished, db.never)
    still_pages.write(app, tmp_path / "pages")
    with ExitStack() as closing_down:

        def begin(block: str) -> Visitor:
            files = {"pages": tmp_path / "pages", "open_data": finished}
            web = Web({}, tmp_path / "web.log", 1, 1, seen.APPLICATION)
            site = Site(block, tmp_path / "nginx", web.port, certificate, **files)
            web.environment |= {
                "ZAGUAN_DATA": str(app.config["DATA"]),
                "ZAGUAN_DATABASE_URL": app.config["DATABASE_URL"],
                "ZAGUAN_SECRET_KEY": app.config["SECRET_KEY"],
                "ZAGUAN_PUBLIC_URL": f"https://{nginx.NAME}:{site.port}",
                "ZAGUAN_PROXIES": "1",
                "ZAGUAN_OPEN_DATA": str(finished),
            }
            closing_down.enter_context(web)
            visitor = Visitor(closing_down.enter_context(site), web)
            closing_down.enter_context(closing(visitor.connection))
            return visitor

        yield begin


@pytest.mark.nightly("servers")
@ON_SQLITE
def test_as_it_is_shipped_people_sign_in_and_upload_over_https(behind: Behind):
    visitor = behind(nginx.shipped())
    visitor.sign_in()
    assert visitor.answer.status in (302, 303)
    assert visitor.answer.headers["Location"].startswith(("/", f"https://{visitor.host}/"))
    assert visitor.cookies["zaguan"]["secure"]
    assert visitor.answer.headers["Strict-Transport-Security"]
    assert (visitor.answer.headers["Seen-Address"], visitor.answer.headers["Seen-Scheme"]) == (
        ONE, "https",
    )  # fmt: skip
    assert '"as_public_address":true' in visitor.ask("GET", "/salud")

    said = visitor.upload(30 * MEGABYTE - 1000)
    assert visitor.answer.status == 422, "the largest file that may come is read"
    assert "Seen-Address" in visitor.answer.headers
    said = visitor.upload(PAST_BYTES)
    assert (visitor.answer.status, "hasta 30 MB" in said) == (413, True), "refused by Zaguán"
    said = visitor.upload(40 * MEGABYTE)
    assert (visitor.answer.status, "Lo que enviaste pesa demasiado" in said) == (413, True)


@pytest.mark.nightly("servers")
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


@pytest.mark.nightly("servers")
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


@pytest.mark.nightly("servers")
@ON_SQLITE
def test_slow_and_silent_clients_hold_no_connection_to_a_web_process(behind: Behind):
    visitor = behind(nginx.shipped())
    with ExitStack() as leaving:
        for number in range(200):
            place = (f"127.0.1.{number % 4 + 1}", 0)
            silent = socket.create_connection(("127.0.0.1", visitor.site.port), 20, place)
            leaving.enter_context(silent)
        for number in range(20):
            sent = SLOW[number * len(SLOW) // 20]
            visitor.site.send(sent, f"127.0.2.{number % 4 + 1}")
        visitor.sign_in()
        assert visitor.answer.status in (302, 303)
        until(lambda: connections(visitor.web) == 0, patience=web_worker.HEAD_SECONDS / 2)
