"""The web in tests: sites of entities on the loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.register.registers.links import Finding, Wires, ask
from tests.app.visited import CODE

#: A public address that no test reaches: the connections go to the loopback.
PUBLIC = "93.184.216.34"
SITE = "http://www.entidad.gob.pe/transparencia"
OURS = f"https://zaguan.gob.pe/visitas/{CODE}"

Answer = Callable[[BaseHTTPRequestHandler], None]


def page(body: str) -> Answer:
    """Answer with HTML."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        request.wfile.write(body.encode())

    return answer


def moved(to: str, status: int = 302) -> Answer:
    """Answer with a redirection."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", to)
        request.end_headers()

    return answer


class Web:
    """The network of the tests: names, their addresses, and one server for all of them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pages: dict[str, Answer] = {}
        self.names: dict[str, list[str]] = {"www.entidad.gob.pe": [PUBLIC]}
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.connected: list[str] = []

    def look_up(self, name: str, port: int) -> list[str]:
        if name not in self.names:
            raise socket.gaierror(-2, "Name or service not known")
        return self.names[name]

    def connect(self, address: str, port: int, seconds: float) -> socket.socket:
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    @property
    def wires(self) -> Wires:
        return Wires(self.look_up, self.connect)

    def ask(self, address: str = SITE) -> Finding:
        return ask(address, (OURS,), self.wires)


@contextmanager
def serving(handler: Any) -> Iterator[int]:
    """Run a server on the loopback. Return its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def opened() -> Iterator[Web]:
    """Open a site of an entity, on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.requests.append((self.headers["Host"], self.path))
            there.headers.append(dict(self.headers))
            there.pages.get(self.path, lambda request: request.send_error(404))(self)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    there = Web(0)
    with serving(Handler) as port:
        there.port = port
        yield there
