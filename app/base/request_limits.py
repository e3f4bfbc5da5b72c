"""Limits of a request: its size, the time to read it, and the numbers in its address."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, current_app, g, request
from werkzeug.routing import IntegerConverter, ValidationError

from app.base import db
from app.base.db.statement_limits import FORM_SECONDS, OPTION, PAGE_SECONDS, STAFF_SECONDS

#: Bytes and parts of form data on a page with a roster of up to 5,000 rows.
ROSTER_BYTES = 4 * 1024 * 1024
ROSTER_PARTS = 20_000
#: Bytes of a request with photographs of documents: 30 MB, and the form around them.
PHOTOGRAPHS_BYTES = 31 * 1024 * 1024
#: Bytes of a request with a file of past visits: 30 MB, and the form around it.
PAST_BYTES = 31 * 1024 * 1024
#: Bytes of a request with a file to compare with an issued one: 3,000 letters in one PDF.
COMPARED_BYTES = 24 * 1024 * 1024
EXTENSION = "request_limits"


@dataclass
class Limits:
    """The pages whose limits differ from those of all others, as the rooms declare them."""

    #: Names of blueprints with the shortest time in the database: what everyone may search and
    #: list, and the desks.
    public_reading: set[str] = field(default_factory=set)
    desks: set[str] = field(default_factory=set)
    #: Endpoints whose form may hold a roster.
    rosters: set[str] = field(default_factory=set)
    #: Endpoint → bytes of a request with its file.
    uploads: dict[str, int] = field(default_factory=dict)


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
    app.extensions[EXTENSION] = Limits()
    app.before_request(make_room)


def limits_of(app: Flask) -> Limits:
    """Return the limits that the rooms have declared."""
    declared: Limits = app.extensions[EXTENSION]
    return declared


def bound_reading(app: Flask, *blueprints: Blueprint) -> None:
    """Bound how long the database may take for the pages of some blueprints."""
    limits_of(app).public_reading.update(blueprint.name for blueprint in blueprints)


def bound_desks(app: Flask, *blueprints: Blueprint) -> None:
    """Bound how long the database may take for desks, where visitors wait."""
    limits_of(app).desks.update(blueprint.name for blueprint in blueprints)


def allow_rosters(app: Flask, *endpoints: str) -> None:
    """Allow forms as large as a roster at some endpoints."""
    limits_of(app).rosters.update(endpoints)


def allow_upload(app: Flask, endpoint: str, size: int) -> None:
    """Allow requests of `size` bytes at an endpoint."""
    limits_of(app).uploads[endpoint] = size


def make_room() -> None:
    """Apply the limits of the page that is requested; with files, MAX_CONTENT_LENGTH is usual."""
    limits = limits_of(current_app)
    setattr(g, OPTION, _seconds(limits))
    if (size := limits.uploads.get(request.endpoint or "")) is not None:
        request.max_content_length = size
    if request.endpoint in limits.rosters:
        request.max_form_memory_size = ROSTER_BYTES
        request.max_form_parts = ROSTER_PARTS
    if request.mimetype == "application/x-www-form-urlencoded":
        # Its parser knows no other limit.
        request.max_content_length = request.max_form_memory_size


def _seconds(limits: Limits) -> float | None:
    """Return how long the database may take for the request.

    On SQLite the limit is of a whole transaction, so a form that acts on many rows has none.
    """
    if request.blueprint in limits.public_reading | limits.desks:
        return PAGE_SECONDS
    if request.method in db.READ_ONLY_METHODS:
        return STAFF_SECONDS
    is_server = current_app.extensions["engine"].dialect.name == "postgresql"
    return FORM_SECONDS if is_server else None


def read_and_forget() -> None:
    """Read the rest of a request that is refused as too large.

    A browser that cannot finish sending shows a broken connection instead of the answer. A body
    that is larger still, or has no length, is not read, and its connection breaks. The body of a
    GET is not read either: nginx, which requests the error page of a request that it refused
    itself, states that request's length and sends nothing.
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
