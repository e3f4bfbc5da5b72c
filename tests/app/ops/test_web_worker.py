"""The web processes' worker: no client and no crowd holds its threads or its main loop."""

from __future__ import annotations

import logging
import os
import re
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.config import Config

from app.ops import web_worker
from app.ops.health import traffic
from app.ops.web_worker import GuardedWorker
from tests.app.together import PATIENCE, until

GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
STATUS = re.compile(rb"HTTP/1.1 (\d+) ")
#: The pages of an agenda.
AGENDA = ("", "/nueva", "/<int:planned>/cancelar", "/<int:planned>/llegada")
#: The times of these tests, in seconds.
HEAD, WAIT, LINGER = 0.6, 0.5, 0.5


class Served:
    """The main loop in a thread, with two threads for requests.

    `/slow` and the confirmation of an import end when they may.
    """

    def __init__(self, app: Flask) -> None:
        self.may_end = threading.Event()
        self.paths: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        settings = Config()
        for name, value in (("threads", 2), ("keepalive", 5), ("graceful_timeout", 3)):
            settings.set(name, value)
        log = logging.getLogger("tests.web_worker")
        self.worker = GuardedWorker(1, os.getppid(), [self.listener], None, 30, settings, log)
        self.worker.wsgi = self._answer
        self.worker.answers = web_worker.answers_of_loop(app)
        self.worker.log.access = lambda *_: None
        self.worker.tpool = self.worker.get_thread_pool()
        self.worker.poller = selectors.DefaultSelector()
        self.worker.method_queue.init()
        self.loop = threading.Thread(target=self.worker.run)
        self.loop.start()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.paths.append(environ["PATH_INFO"])
        if environ["PATH_INFO"].endswith(("/slow", "/confirmar")):
            self.may_end.wait(PATIENCE)
        body = environ["wsgi.input"].read() or b"served"
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def connect(self) -> socket.socket:
        """Return a client of it."""
        return socket.create_connection(self.listener.getsockname()[:2], timeout=PATIENCE)

    def ask(self, path: bytes = b"visitas") -> bytes:
        """Return the whole answer to a request, in a new connection."""
        with closing(self.connect()) as client:
            client.sendall(GET % path)
            return received(client)

    def end(self) -> None:
        """Stop, and wait for it."""
        self.may_end.set()
        self.worker.handle_exit(0, None)
        self.loop.join(PATIENCE)
        assert not self.loop.is_alive()
        self.worker.reserve.shutdown()
        self.worker.tmp.close()


def received(client: socket.socket) -> bytes:
    """Return an answer: until its length, or its end."""
    answer = b""
    while piece := client.recv(1 << 16):
        answer += piece
        length = re.search(rb"Content-Length: (\d+)\r\n", answer)
        _, _, body = answer.partition(b"\r\n\r\n")
        if length and body and len(body) >= int(length[1]):
            break
    return answer


def to_the_end(client: socket.socket) -> bytes:
    """Return all answers until the connection ends."""
    answers = b""
    while piece := client.recv(1 << 16):
        answers += piece
    return answers


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture
def served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(web_worker, "LINGER", LINGER)
    monkeypatch.setattr(web_worker, "LOOKS", 0.05)
    served = Served(app)
    yield served
    served.end()


@pytest.fixture
def short_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let heads that do not arrive be answered 408 soon."""
    monkeypatch.setattr(web_worker, "HEAD_SECONDS", HEAD)


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests that no thread takes be answered 503 soon."""
    monkeypatch.setattr(web_worker, "WAIT_SECONDS", WAIT)


@pytest.fixture
def leaving() -> Iterator[ExitStack]:
    """Yield a stack that closes the clients of a test before its server ends."""
    with ExitStack() as stack:
        yield stack


def many(served: Served, leaving: ExitStack, count: int, sent: bytes) -> list[socket.socket]:
    """Return clients that have sent the same and wait."""
    clients = [leaving.enter_context(closing(served.connect())) for _ in range(count)]
    for client in clients:
        client.sendall(sent)
    return clients


@contextmanager
def threads_held(served: Served, leaving: ExitStack, path: bytes = b"slow") -> Iterator[None]:
    """Hold both threads by slow requests, which are answered at the end."""
    held = many(served, leaving, 2, GET % path)
    until(lambda: len(served.paths) == 2)
    yield
    served.may_end.set()
    assert [status(received(client)) for client in held] == [200, 200]


@pytest.mark.usefixtures("short_head")
@pytest.mark.parametrize(
    ("count", "sent", "statuses"),
    [
        (8, b"GET /visitas HTTP/1.1\r\nHost: loc", [408]),
        (200, b"", []),
        (8, b"POST /a HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf", [408]),
        (8, b"POST /a HTTP/1.1\r\nContent-Length: 0000000100\r\n\r\nhalf", [408]),
        (8, GET % b"visitas" + b"G", [200, 408]),
        (8, GET % b"visitas" + b"POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf", [200, 408]),
        (8, b"POST /ingresar HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nha", [411]),
        (8, GET % b"visitas" + b"POST /a HTTP/1.1\r\ntransfer-encoding:x\r\n\r\n", [200, 411]),
    ],
)
def test_slow_and_silent_clients_take_no_thread_and_are_left(
    served: Served, leaving: ExitStack, count: int, sent: bytes, statuses: list[int]
):
    clients = many(served, leaving, count, sent)
    assert status(served.ask()) == 200
    for client in clients:
        assert [int(one) for one in STATUS.findall(to_the_end(client))] == statuses
    assert set(served.paths) == {"/visitas"}
    until(lambda: served.worker.nr_conns == 0)


def test_a_head_in_pieces_a_body_and_the_next_request_arrive(served: Served, leaving: ExitStack):
    [client] = many(served, leaving, 1, b"POST /a HTTP/1.1\r\nHost: localhost\r\ncontent-")
    for piece in (b"length: 9\r\n", b"\r\nfirst", b" one"):
        time.sleep(0.02)
        client.sendall(piece)
    assert received(client).endswith(b"first one")
    for piece in (b"GET /b HTTP/1.1\r\n", b"Host: localhost\r\n\r\n"):
        time.sleep(0.02)
        client.sendall(piece)
    assert received(client).endswith(b"served")
    assert served.paths == ["/a", "/b"]


def test_two_requests_at_once_are_answered_one_after_the_other(served: Served, leaving: ExitStack):
    [client] = many(served, leaving, 1, GET % b"a" + GET % b"b")
    until(lambda: served.paths == ["/a", "/b"])
    assert status(received(client)) == 200


def test_a_large_body_is_read_by_its_thread(served: Served, leaving: ExitStack):
    size = web_worker.BODY_BYTES + 1
    head = b"POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size
    [client] = many(served, leaving, 1, head)
    until(lambda: served.paths == ["/a"])
    client.sendall(b"x" * size)
    assert received(client).endswith(b"x" * size)


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["begun", "whole"])
def test_a_head_of_64_kb_is_refused(served: Served, leaving: ExitStack, end: bytes):
    [client] = many(served, leaving, 1, b"GET / HTTP/1.1\r\nCookie: " + b"x" * 65536 + end)
    answer = received(client)
    assert (status(answer), served.paths) == (431, [])
    assert "Borra las cookies" in answer.decode()
    assert status(served.ask()) == 200


def test_a_client_that_leaves_early_is_forgotten(served: Served):
    for sent in (b"", b"GET /"):
        with closing(served.connect()) as client:
            client.sendall(sent)
    until(lambda: served.worker.nr_conns == 0)
    assert served.paths == []


@pytest.mark.usefixtures("short_wait")
def test_on_overload_the_answer_is_503_soon_and_sign_in_goes_on(
    served: Served, leaving: ExitStack, caplog: pytest.LogCaptureFixture
):
    counted = traffic.REQUESTS.labels(traffic.NO_THREAD, "5xx")
    before = counted._value.get()
    with threads_held(served, leaving):
        for client in many(served, leaving, 5, GET % b"visitas"):
            answer = received(client)
            assert status(answer) == 503
            assert b"\r\nRetry-After: 5\r\n" in answer
            assert "Hay demasiado trabajo en este momento" in answer.decode()
        assert counted._value.get() == before + 5
        for path in (b"ingresar", b"registro/E90001/produccion", b"salud/listo", b"metricas"):
            assert status(served.ask(path)) == 200
        until(lambda: "all threads are busy" in caplog.text)
    assert status(served.ask()) == 200


@pytest.mark.usefixtures("short_wait")
def test_a_large_body_does_not_hold_the_thread_of_what_is_urgent(
    served: Served, leaving: ExitStack
):
    head = b"POST /ingresar HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % 10**12
    with threads_held(served, leaving):
        [large] = many(served, leaving, 1, head)
        assert status(received(large)) == 503
        assert status(served.ask(b"ingresar")) == 200


@pytest.mark.usefixtures("short_wait")
def test_while_imports_are_confirmed_sign_in_and_desks_go_on(served: Served, leaving: ExitStack):
    confirming = b"registro/E90001/produccion/importar/1/confirmar"
    with threads_held(served, leaving, confirming):
        assert status(served.ask(confirming)) == 503, "it does not get the reserve"
        for path in (b"ingresar", b"registro/E90001/produccion?ver=1", b"salud/listo"):
            assert status(served.ask(path)) == 200


def test_only_what_a_desk_does_at_once_is_urgent(app: Flask):
    example = {rule.rule: re.sub("<[^>]*>", "E1", rule.rule) for rule in app.url_map.iter_rules()}
    urgent = {
        rule
        for rule, path in example.items()
        if all(web_worker.URGENT.match(f"POST {path}{end}".encode()) for end in (" ", "?a=1 "))
    }
    place = "/registro/<code>/<env>"
    assert urgent == {
        *(
            "/ingresar",
            "/ingresar/codigo",
            "/salud",
            "/salud/vivo",
            "/salud/listo",
            "/metricas",
            place,
        ),
        *(f"{place}/agenda{end}" for end in AGENDA),
        *(f"{place}/{end}" for end in ("salidas/<visit>", "funcionarios", "visitante")),
    }
    inside = b"GET /registro/E1/produccion%2Fimportar%2F1%2Fconfirmar "
    assert web_worker.URGENT.match(inside) is None


def test_the_main_loop_says_that_the_process_lives_while_every_thread_is_held(
    served: Served, leaving: ExitStack, client: FlaskClient
):
    [first] = many(served, leaving, 1, GET % b"a" + GET % b"salud/vivo")
    assert [int(one) for one in STATUS.findall(to_the_end(first))] == [200, 200]
    served.paths.clear()
    with threads_held(served, leaving):
        [urgent] = many(served, leaving, 1, GET % b"metricas/slow")
        until(lambda: len(served.paths) == 3)
        counted = traffic.REQUESTS.labels(traffic.NO_THREAD, "2xx")
        answer = served.ask(b"salud/vivo")
        assert status(answer) == 200
        assert b"Content-Type: application/json" in answer
        assert answer.endswith(b"\r\n\r\n" + client.get("/salud/vivo").data)
        assert counted._value.get() == 0, "it is no refusal"
    assert status(received(urgent)) == 200


def test_when_too_many_wait_the_next_one_is_refused_at_once(
    served: Served, leaving: ExitStack, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(web_worker, "MOST_WAITING", 1)
    monkeypatch.setattr(web_worker, "WAIT_SECONDS", 60)
    with threads_held(served, leaving):
        [waits] = many(served, leaving, 1, GET % b"visitas")
        until(lambda: served.worker.taken == 3)
        assert status(served.ask()) == 503
    assert status(received(waits)) == 200


def test_clients_that_never_close_do_not_hold_up_others(served: Served, leaving: ExitStack):
    last = b"GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    clients = many(served, leaving, 30, last)
    for client in clients:
        assert status(received(client)) == 200
    clients[0].sendall(b"more that nobody reads")
    began = time.monotonic()
    assert status(served.ask()) == 200
    assert time.monotonic() - began < 30 * LINGER
    until(lambda: not served.worker.lingering)
    assert clients[1].recv(1) == b""


def test_it_ends_while_clients_are_silent(served: Served, leaving: ExitStack):
    many(served, leaving, 3, b"")
    until(lambda: len(served.worker.heads) == 3)
    served.end()
    assert served.worker.heads == {}


def test_encrypted_connections_go_to_a_thread(served: Served, leaving: ExitStack):
    """Their heads cannot be read by the main loop."""
    served.worker.cfg.settings["certfile"].value = "a certificate"
    many(served, leaving, 1, GET % b"a")
    until(lambda: served.worker.taken == 0 and served.worker.nr_conns == 0)
    assert (served.worker.heads, served.paths) == ({}, [])


def test_the_worker_has_its_answers_before_it_serves(app: Flask, monkeypatch: pytest.MonkeyPatch):
    class Loaded:
        callable = app

        def wsgi(self) -> Flask:
            return app

    settings = Config()
    worker = GuardedWorker(1, 1, [], Loaded(), 30, settings, logging.getLogger("tests"))
    with closing(worker.tmp):
        worker.load_wsgi()
    assert {status(answer) for answer in worker.answers.values()} == {200, 408, 411, 431, 503}
