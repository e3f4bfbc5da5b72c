"""Gunicorn's worker with threads, which no slow or silent client and no crowd can occupy.

A thread gets a request only when its head has arrived, and its body if that is small; until then
the connection waits in the main loop, for a limited time. A request that no thread takes soon is
answered 503 by the main loop. A separate thread serves sign-in, desks, health and metrics while the
others are busy; that this process lives, the main loop says itself. Closing a connection never
holds up the main loop.
"""

from __future__ import annotations

import errno
import re
import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import Any

from flask import Flask
from gunicorn import http, util
from gunicorn.workers.gthread import TConn, ThreadWorker

from app.ops import health
from app.ops.health import traffic
from app.web import still_pages

#: Seconds for the head of a request, and for a small body with it.
HEAD_SECONDS = 10.0
#: Most bytes of a head. The longest cookie of ours has 4 kB.
HEAD_BYTES = 32 * 1024
#: Bytes of a body that is awaited with the head: the forms of sign-in and desks.
BODY_BYTES = 64 * 1024
#: Seconds for which a larger body may pause.
BODY_PAUSE = 20
#: Seconds for which a request waits for a thread, and the most that wait.
WAIT_SECONDS = 2.0
MOST_WAITING = 100
#: Threads of each process that serve only what is urgent.
RESERVED = 1
#: Sign-in, monitors, and of the register only what a desk does at once: no import or file, and no
#: call to a provider of identities, which would hold the reserve for long.
URGENT = re.compile(
    rb"[A-Z]+ /(ingresar(/codigo)?[? ]|metricas|salud"
    rb"|registro/\w+/\w+([? ]|/(agenda|funcionarios|salidas|visitante)[/? ]))"
)
#: What the main loop answers itself: a process whose threads are all busy is not restarted for it.
ALIVE = b"GET /salud/vivo "
#: Seconds that a client has to close its end after our last byte.
LINGER = 2.0
#: What the system takes of an answer at once: most pages, so that their readers hold no thread.
SEND_BYTES = 256 * 1024
#: Seconds between two looks at what waits, while anything does.
LOOKS = 0.2
#: Seconds between two lines of the log about refused requests.
LOG_EVERY = 10.0
HEAD_END = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
NO_LENGTH = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
#: The refusals of the main loop.
REFUSALS = (408, 411, 431, 503)


def answers_of_loop(app: Flask) -> dict[int, bytes]:
    """Return what the main loop answers, by status: refusals, and 200 for `ALIVE`."""
    answers = {code: still_pages.response(app, code) for code in REFUSALS}
    answers[200] = still_pages.whole_answer(200, health.ALIVE.encode(), "application/json")
    return answers


class Connection(TConn):
    """A client, with what it has sent of the next request."""

    def __init__(self, worker: GuardedWorker, sock: socket.socket, *given: Any) -> None:
        super().__init__(worker.cfg, sock, *given)
        self.worker = worker
        self.head = bytearray()
        #: When the head must be there (monotonic).
        self.ends = 0.0
        self.urgent = False
        self.reserved = False

    def close(self, graceful: bool = False) -> None:
        """Close; `graceful`: once the client has closed its end, so that it gets our last bytes."""
        if graceful:
            self.worker.linger(self.sock)
        else:
            util.close(self.sock)

    def body_size(self) -> int:
        """Return the bytes of the body that the head names; above 10⁹, BODY_BYTES + 1."""
        length = LENGTH.search(self.head, 0, self.head.find(HEAD_END) + 2)
        digits = length[1].lstrip(b"0") if length else b""
        return int(digits or b"0") if len(digits) < 10 else BODY_BYTES + 1

    def has_no_length(self) -> bool:
        """Return whether the head does not say where its body ends."""
        return NO_LENGTH.search(self.head, 0, self.head.find(HEAD_END)) is not None

    def is_whole(self) -> bool:
        """Return whether a thread would not wait for the client, by a head that is there."""
        size = self.body_size()
        there = len(self.head) - self.head.find(HEAD_END) - len(HEAD_END)
        return size > BODY_BYTES or there >= size


class GuardedWorker(ThreadWorker):
    """The worker class of the web processes."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        #: Connections whose next request is not whole, in the order of their ends.
        self.heads: dict[Connection, None] = {}
        #: Requests that no thread has, with the moment at which they are refused.
        self.waiting: deque[tuple[float, Connection, Future[Any]]] = deque()
        #: Connections whose client should close, with the moment at which we do, in that order.
        self.lingering: dict[socket.socket, float] = {}
        #: Requests that threads have or will get, without those of the reserve.
        self.taken = 0
        self.refused, self.logged_at = 0, -LOG_EVERY
        self.answers: dict[int, bytes] = {}

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return the threads of all requests, and start the reserve."""
        self.reserve = ThreadPoolExecutor(RESERVED)
        pool: ThreadPoolExecutor = super().get_thread_pool()
        return pool

    def load_wsgi(self) -> None:
        """Load the application, and the answers that the main loop gives."""
        super().load_wsgi()
        self.answers = answers_of_loop(self.wsgi)

    # Heads ---------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection, and wait for the head of its request."""
        try:
            client, address = listener.accept()
        except OSError as fault:
            if fault.errno in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                return
            raise
        self.nr_conns += 1
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)
        pause = struct.pack("ll", BODY_PAUSE, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pause)
        conn = Connection(self, client, address, listener.getsockname())
        if self.cfg.is_ssl:
            self.enqueue_req(conn)  # what arrives cannot be read here
        else:
            self.await_head(conn)

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """Wait for the head of the next request of a connection."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        if self.cfg.is_ssl:
            self.enqueue_req(conn)
        else:
            self.await_head(conn)

    def await_head(self, conn: Connection, begun: bytes = b"") -> None:
        """Read a head without a thread; `begun`: what came of it with the request before."""
        conn.head[:] = begun
        conn.ends = time.monotonic() + HEAD_SECONDS
        self.heads[conn] = None
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_head, conn))
        if begun:
            self.look(conn)

    def on_head(self, conn: Connection, client: socket.socket) -> None:
        """Take what has arrived of a head; give the request to a thread when it is whole."""
        try:
            piece = client.recv(HEAD_BYTES + BODY_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        conn.head += piece
        if piece:
            self.look(conn)
        else:
            self.drop(conn)

    def look(self, conn: Connection) -> None:
        """Give a request to a thread if it is whole; refuse one that cannot be awaited."""
        size = conn.head.find(HEAD_END)
        if size > HEAD_BYTES or (size < 0 and len(conn.head) > HEAD_BYTES):
            self.drop(conn, 431)
        elif size < 0:
            return
        elif conn.has_no_length():
            self.drop(conn, 411)
        elif conn.is_whole() and conn.head.startswith(ALIVE):
            self.drop(conn, 200)
        elif conn.is_whole():
            self.forget(conn)
            small = conn.body_size() <= BODY_BYTES
            conn.urgent = small and URGENT.match(conn.head) is not None
            if conn.parser is None:
                conn.parser = http.get_parser(self.cfg, conn.sock, conn.client)
            conn.parser.unreader.unread(bytes(conn.head))
            conn.data_ready = True
            self.enqueue_req(conn)

    def forget(self, conn: Connection) -> None:
        """Watch a connection's head no longer."""
        del self.heads[conn]
        self.poller.unregister(conn.sock)

    def drop(self, conn: Connection, code: int = 0) -> None:
        """Close a connection whose request gets no thread, with an answer if there is a code."""
        self.forget(conn)
        self.nr_conns -= 1
        if code:
            self.answer(conn, code)
        conn.close(graceful=bool(code))

    # Threads -------------------------------------------------------------------------------

    def enqueue_req(self, conn: Connection) -> None:
        """Give a request to a thread, or refuse it if too many wait."""
        conn.reserved = conn.urgent and self.taken >= self.cfg.threads
        if not conn.reserved and self.taken >= self.cfg.threads + MOST_WAITING:
            self.nr_conns -= 1
            self.answer(conn, 503)
            conn.close(graceful=True)
            return
        self.taken += not conn.reserved
        future = (self.reserve if conn.reserved else self.tpool).submit(self.handle, conn)
        self.waiting.append((time.monotonic() + WAIT_SECONDS, conn, future))
        future.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Go on with a connection after its request; await what came of the next one."""
        self.taken -= not conn.reserved
        stays = not (fs.cancelled() or fs.exception()) and fs.result()
        rest = conn.parser.unreader.take_buffered() if stays and not self.cfg.is_ssl else b""
        if rest:
            conn.sock.setblocking(False)
            self.await_head(conn, rest)
        else:
            super().finish_request(conn, fs)

    def answer(self, conn: Connection, code: int) -> None:
        """Send an answer from the main loop. The system takes it at once, or it is lost."""
        if code in REFUSALS:
            traffic.count_refused(code)
        with suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.send(self.answers[code])
        if code == 503:
            self.refused += 1

    # The main loop -------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until the process should end; close what still lingers then."""
        super().run()
        for client in self.lingering:
            util.close(client)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what events ask for, then what is due."""
        busy = self.waiting or self.lingering
        super().wait_for_and_dispatch_events(min(timeout, LOOKS) if busy else timeout)
        now = time.monotonic()
        self.end_waits(now)
        for conn in list(takewhile(lambda one: one.ends < now, self.heads)):
            self.drop(conn, 408 if conn.head else 0)
        if not self.alive:
            for conn in [one for one in self.heads if not one.head]:
                self.drop(conn)
        for client in list(takewhile(lambda one: self.lingering[one] < now, self.lingering)):
            self.part(client)
        if self.refused and now - self.logged_at > LOG_EVERY:
            self.log.warning("%d requests were refused: all threads are busy", self.refused)
            self.refused, self.logged_at = 0, now

    def end_waits(self, now: float) -> None:
        """Answer the requests that no thread took in time. Their end closes the connection."""
        while self.waiting:
            ends, conn, future = self.waiting[0]
            if not (future.running() or future.done()):
                if ends > now:
                    return
                if future.cancel():
                    self.answer(conn, 503)
            self.waiting.popleft()

    # The end of connections ----------------------------------------------------------------

    def linger(self, client: socket.socket) -> None:
        """Say that nothing follows, and close when the client has; without waiting here."""
        try:
            client.shutdown(socket.SHUT_WR)
            client.setblocking(False)
            self.poller.register(client, selectors.EVENT_READ, self.drain)
        except (OSError, ValueError, KeyError):
            util.close(client)
            return
        self.lingering[client] = time.monotonic() + LINGER

    def drain(self, client: socket.socket) -> None:
        """Read what a client still sends, until its end."""
        try:
            has_ended = not client.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            has_ended = True
        if has_ended:
            self.part(client)

    def part(self, client: socket.socket) -> None:
        """Close a connection that lingers."""
        del self.lingering[client]
        self.poller.unregister(client)
        util.close(client)
