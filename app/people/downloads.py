"""Keep large downloads from taking the site: few at a time, and none for a reader that stalls.

A web process sends one download at a time, and a machine's processes together send `PER_READER`
to one reader: a signed-in person, or an address. Nobody waits: the next one is refused with 503
and `Retry-After`. Both counts end with their process, however that ends.

A reader that takes less than `SLOWEST` over `WINDOW` is let go, so that its thread is free. Only
the time spent waiting for the reader counts. Behind a proxy that buffers, the proxy is the reader.
With any other response, a reader that takes nothing for `STALLED` is disconnected.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from flask import Flask, Response, current_app, g, request

from app.people import access
from app.people.access.tickets import keyed_hash
from app.people.accounts import attempts

logger = logging.getLogger(__name__)

#: Live downloads of one reader, over all processes of the machine.
PER_READER = 2
#: Seconds after which a refused reader may try again.
RETRY_AFTER = 30
#: Bytes per second that a reader takes at least, and the seconds over which they are counted.
SLOWEST = 32 * 1024
WINDOW = 20.0
#: Seconds after which the system ends a response whose reader took nothing meanwhile.
STALLED = 60
#: Seconds between two looks at a reader that has not taken its piece yet.
LOOKS = 1.0
#: Bytes of a piece of a file that is sent.
PIECE = 64 * 1024
#: Lock files that all readers share: two readers rarely have the same.
FOLDER, BUCKETS = "downloads", 1024

#: The one download of this process.
_here = threading.Lock()


class Busy(Exception):
    """Another download has to end first."""


class Download:
    """The right to send a large file, until `end` is called or the process dies."""

    def __init__(self, lock: IO[bytes], reader: socket.socket | None) -> None:
        self._lock = lock
        self._reader = reader
        self._ended = threading.Event()
        self._pace = Pace()
        #: Whether a response has it; before, the request's end ends it.
        self.sending = False

    def end(self) -> None:
        """Free the place for the next download. Safe to call again."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._lock.close()
        _here.release()

    def sent_by(self, response: Response, pieces: Iterable[bytes]) -> Response:
        """Send these pieces as the body of a response; disconnect a reader that is too slow."""
        self.sending = True
        response.response = self._paced(pieces)
        response.call_on_close(self.end)
        return response

    def _paced(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        threading.Thread(target=self._watch, daemon=True).start()
        try:
            for piece in small(pieces):
                self._pace.begin()
                yield piece
                self._pace.taken(len(piece))
                if self._pace.is_too_slow():
                    # The server ends the connection, without what would make the answer whole.
                    raise ConnectionResetError(errno.ECONNRESET, "the reader was too slow")
        finally:
            self.end()

    def _watch(self) -> None:
        """Wake the thread that waits for a reader who takes nothing."""
        while not self._ended.wait(LOOKS):
            if self._pace.is_too_slow():
                logger.info("a download was ended: its reader was too slow")
                if self._reader is not None:
                    with suppress(OSError):
                        self._reader.shutdown(socket.SHUT_RDWR)
                return


class Pace:
    """The speed of a reader, over the time that is spent waiting for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting_since: float | None = None
        self._waited = 0.0
        self._bytes = 0
        self._slow = False

    def begin(self) -> None:
        """Record that a piece is handed to the server."""
        self._waiting_since = self._clock()

    def taken(self, size: int) -> None:
        """Record that the server requests the next piece."""
        if self._waiting_since is not None:
            self._waited += self._clock() - self._waiting_since
        self._waiting_since = None
        self._bytes += size
        if self._waited > WINDOW:
            self._slow = self._bytes < SLOWEST * self._waited
            self._waited, self._bytes = 0.0, 0

    def is_too_slow(self) -> bool:
        """Return whether the reader took too little in the last window, or nothing for as long."""
        since = self._waiting_since
        return self._slow or (since is not None and self._clock() - since > WINDOW)


def begin() -> Download | None:
    """Return the right to send a large file in answer to the request. Raises Busy.

    Return None for a HEAD request, whose response has no body.
    """
    if request.method == "HEAD":
        return None
    if "download" not in g:
        g.download = _begin(current_app.config["DATA"] / FOLDER)
    download: Download = g.download
    return download


def _begin(folder: Path) -> Download:
    if not _here.acquire(blocking=False):
        raise Busy
    try:
        lock = _lock(folder, _reader())
    except BaseException:
        _here.release()
        raise
    return Download(lock, request.environ.get("gunicorn.socket"))


def _reader() -> str:
    user = access.me()
    return f"person {user.id}" if user else attempts.address()


def _lock(folder: Path, reader: str) -> IO[bytes]:
    """Lock one of the reader's places, by the open file: it ends with the process. Raises Busy.

    Where the folder cannot be written, readers are not distinguished.
    """
    bucket = int(keyed_hash("download", reader)[:8], 16) % BUCKETS
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = [(folder / f"{bucket:04}-{place}").open("ab") for place in range(PER_READER)]
    except OSError:
        logger.exception("downloads of one reader cannot be counted")
        return Path(os.devnull).open("ab")
    taken: IO[bytes] | None = None
    for file in files:
        if taken is None and _got(file):
            taken = file
        else:
            file.close()
    if taken is None:
        raise Busy
    return taken


def _got(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces so small that the reader's speed is soon known."""
    for piece in pieces:
        for start in range(0, len(piece), PIECE):
            yield piece[start : start + PIECE]


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file, piece by piece; it is closed at the end."""
    with file:
        while piece := file.read(PIECE):
            yield piece


def init_app(app: Flask) -> None:
    """End downloads of failed requests, and limit how long a reader can stall a response."""
    app.before_request(_bound_sending)
    app.teardown_request(_give_back)


def _bound_sending() -> None:
    reader: socket.socket | None = request.environ.get("gunicorn.socket")
    if reader is not None:
        bound = struct.pack("ll", STALLED, 0)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, bound)


def _give_back(error: BaseException | None) -> None:
    download: Download | None = g.get("download")
    if download is not None and not download.sending:
        download.end()
