"""How much a request may send, how long its reading may take, and what numbers an address holds."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from typing import Any

from flask import Flask, g, request
from werkzeug.routing import IntegerConverter, ValidationError

from app.base.db.statement_limits import OPTION, PAGE_SECONDS

#: Bytes and parts of form data on a page with a roster of up to 5,000 rows.
ROSTER_BYTES = 4 * 1024 * 1024
ROSTER_PARTS = 20_000
ROSTER_PAGES = frozenset({"tasks.show", "validation.show"})
#: Bytes of a request with a file of past visits: 30 MB, and the form around it.
PAST_BYTES = 31 * 1024 * 1024
PAST_PAGE = "past.check"
#: Blueprints of public reading: what everyone may search, list and download.
PUBLIC_READING = frozenset(
    "by_number consult coverage data decision_makers open_data public_acts public_visit".split()
)


#: Bytes of a refused request that are read all the same, for how many seconds at most, and the
#: seconds without any of them after which nothing more is awaited.
READ_AND_FORGOTTEN = 64 * 1024 * 1024
FORGET_SECONDS = 20.0
SILENCE_SECONDS = 5


class RowNumber(IntegerConverter):
    """A number in an address that can be one of a row; any other is no such page."""

    largest = 2**31 - 1

    def to_python(self, value: str) -> Any:
        """Return the number."""
        if len(value) > len(str(self.largest)) or int(value) > self.largest:
            raise ValidationError
        return super().to_python(value)


def init_app(app: Flask) -> None:
    """Set the limits; to be called before pages are added, and anything that reads forms."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(make_room)


def make_room() -> None:
    """Raise the limits where a roster or past visits may come; bound public reading.

    With files, MAX_CONTENT_LENGTH holds for all other pages.
    """
    if request.blueprint in PUBLIC_READING:
        setattr(g, OPTION, PAGE_SECONDS)
    if request.endpoint == PAST_PAGE:
        request.max_content_length = PAST_BYTES
    if request.endpoint in ROSTER_PAGES:
        request.max_form_memory_size = ROSTER_BYTES
        request.max_form_parts = ROSTER_PARTS
    if request.mimetype == "application/x-www-form-urlencoded":
        # Its parser knows no other limit.
        request.max_content_length = request.max_form_memory_size


def read_and_forget() -> None:
    """Read what a client still sends of a request that is refused as too large.

    A browser that cannot finish sending shows a broken connection instead of the answer. What is
    larger still, or of no length, is left, and its connection breaks. So is the body of a GET:
    nginx, which asks for the page of a request that it refused itself, says that request's length
    and sends nothing.
    """
    if request.method in ("GET", "HEAD"):
        return
    if not request.content_length or request.content_length > READ_AND_FORGOTTEN:
        return
    if (sender := request.environ.get("gunicorn.socket")) is not None:
        bound = struct.pack("ll", SILENCE_SECONDS, 0)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, bound)
    body, ends = request.environ["wsgi.input"], time.monotonic() + FORGET_SECONDS
    with suppress(OSError):
        while time.monotonic() < ends and body.read(1 << 16):
            pass
