"""nginx as in deploy/nginx.conf: its own pages and its limits, before another server."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from app.web import still_pages
from tests import nginx
from tests.app.together import until
from tests.drill.post_office import free_port
from tests.smtp import certificate

__all__ = ["certificate"]

#: Two clients.
ONE, OTHER = "127.0.0.2", "127.0.0.3"
#: Seconds that a test waits for what must come, and the bytes of an answer that nobody reads.
PATIENCE, MUCH = 20, 30_000_000


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

    def __init__(self, port: int, plain: int, folder: Path, leaving: ExitStack) -> None:
        self.port, self.plain, self.folder, self.leaving = port, plain, folder, leaving

    def connect(self, address: str = ONE) -> ssl.SSLSocket:
        """Return a client's connection, from an address of the loopback."""
        trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        place = ("127.0.0.1", self.port)
        raw = socket.create_connection(place, PATIENCE, source_address=(address, 0))
        return self.leaving.enter_context(closing(trusting.wrap_socket(raw)))

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
    """Yield a function that starts nginx with a configuration."""
    pages = tmp_path / "pages"
    still_pages.write(still_pages.bare_app(), pages)
    with ExitStack() as closing_down, ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        upstream.daemon_threads = True
        threading.Thread(target=upstream.serve_forever).start()
        closing_down.callback(upstream.shutdown)

        def start(block: str) -> Site:
            port, folder = free_port(), tmp_path / "nginx"
            ready = nginx.adapted(
                block,
                port=port,
                upstream=upstream.server_port,
                certificate=certificate,
                pages=pages,
            )
            plain = re.search(r"listen 127\.0\.0\.1:(\d+);", ready)
            assert plain is not None
            closing_down.enter_context(nginx.running(ready, port, folder))
            return Site(port, int(plain[1]), folder, closing_down.enter_context(ExitStack()))

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
    waits = {429: "60", 500: "30"}
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


def test_one_address_has_64_requests_at_once_and_another_is_served(begin: Begin):
    rate = "    limit_req zone=zaguan_requests burst=120 nodelay;\n"
    assert nginx.shipped().count(rate) == 1
    site = begin(nginx.shipped().replace(rate, ""))
    for _ in range(63):
        site.send(HELD)
    assert site.ask(get("/"))[1] == "served"
    site.send(HELD)
    until(lambda: site.ask(get("/"))[0].status == 429, patience=PATIENCE)
    assert_page(site.ask(get("/")), 429)
    assert site.ask(get("/"), OTHER)[1] == "served"


def test_a_client_that_does_not_finish_its_body_is_left(begin: Begin):
    site = begin(shortened("client_body_timeout 30s;"))
    assert site.send(HELD).recv(100) == b""


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
