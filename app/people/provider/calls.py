"""Requests to the provider, with bounds: seconds, bytes, and how many at once.

They run in a web process, so a provider that is slow or down must not take all threads. Redirects
are not followed. No text of an answer reaches a log: it may have a document number.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

#: Seconds for each step of the connection, for an answer until its body, and for that; its maximum
#: bytes.
PATIENCE = 4.0
LONGEST = 128 * 1024
#: At most two of the four threads of a process wait for the provider; another one gives up soon.
AT_ONCE = threading.BoundedSemaphore(2)
TURN = 1.0


class NoAnswer(Exception):
    """The provider does not answer now."""


class BadAnswer(Exception):
    """The provider's answer cannot be accepted; the message says why, without data."""


def get(url: str, token: str = "") -> Any:
    """Return the JSON at an address, sending an access token. Raises NoAnswer and BadAnswer."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return _call("GET", url, None, headers)


def post(url: str, form: Mapping[str, str]) -> Any:
    """Return the JSON that answers a posted form. Raises NoAnswer and BadAnswer."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return _call("POST", url, urlencode(form), kind)


def _call(method: str, url: str, body: str | None, headers: Mapping[str, str]) -> Any:
    if not AT_ONCE.acquire(timeout=TURN):
        raise NoAnswer
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    end = threading.Timer(PATIENCE, _hang_up, (connection,))
    try:
        connection.connect()
        until = time.monotonic() + PATIENCE
        end.start()  # the timeout alone counts anew with each byte
        connection.request(method, path, body, {"Accept": "application/json", **headers})
        answer = connection.getresponse()
        end.cancel()
        if time.monotonic() >= until:
            raise NoAnswer  # what was cut off looks like an answer
        text = _read(answer)
    except (OSError, http.client.HTTPException):
        raise NoAnswer from None
    finally:
        end.cancel()
        connection.close()
        AT_ONCE.release()
    if answer.status >= 500:
        raise NoAnswer
    if answer.status != 200:
        raise BadAnswer(f"its status is {answer.status}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadAnswer("it is not JSON") from None


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """End a connection whose answer did not begin in time; the thread that reads it gets an error.

    `sock` is None once the answer has begun.
    """
    with suppress(OSError):
        if connection.sock is not None:
            # That of TLS would take the stream from under the thread.
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _read(answer: http.client.HTTPResponse) -> bytes:
    """Return the body, piece by piece, so that neither its length nor its slowness has no end."""
    until, text = time.monotonic() + PATIENCE, b""
    while piece := answer.read1(64 * 1024):
        text += piece
        if len(text) > LONGEST:
            raise BadAnswer("it is too long")
        if time.monotonic() > until:
            raise NoAnswer
    return text
