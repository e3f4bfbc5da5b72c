"""A request that is refused as too large is read only as far as its client sends it."""

from __future__ import annotations

import io
import socket
import time

import pytest
from flask import Flask

from app.base import request_limits

LENGTH = 40 * 1024 * 1024


class Unread(io.RawIOBase):
    """A body that must not be read."""

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("the body was read")


def test_the_page_of_a_request_that_a_proxy_refused_awaits_no_body(app: Flask):
    """Nginx passes on the length of the refused body, and sends none of it."""
    answer = app.test_client().get(
        "/demasiado-grande",
        environ_overrides={"CONTENT_LENGTH": str(LENGTH), "wsgi.input": Unread()},
    )
    assert answer.status_code == 413
    assert "Lo que enviaste pesa demasiado" in answer.text


def test_a_client_that_stops_sending_is_not_awaited(app: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(request_limits, "SILENCE_SECONDS", 1)
    ours, theirs = socket.socketpair()

    class Body(io.RawIOBase):
        def read(self, size: int | None = -1) -> bytes:
            return ours.recv(size or 1)

    with ours, theirs:
        theirs.send(b"the beginning")
        place = {"CONTENT_LENGTH": str(LENGTH), "wsgi.input": Body(), "gunicorn.socket": ours}
        began = time.monotonic()
        with app.test_request_context("/ingresar", method="POST", environ_overrides=place):
            request_limits.read_and_forget()
        assert time.monotonic() - began < 5
