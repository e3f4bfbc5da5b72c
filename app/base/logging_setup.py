"""Logging of a process: lines on stderr, with ids and without personal data.

Two styles (`ZAGUAN_LOG`): `plain`, warnings for a terminal, and `json`, one object per line for
a log collector. (The history of cases is in `app.base.audit_log`, in the database.)
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import Mapping
from typing import IO, Any

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

requests = logging.getLogger("app.requests")

#: Fields of a line besides its text: ids, names from the code, and figures.
FIELDS = frozenset(
    "request_id method endpoint route status ms incident "
    "job counts entity instance task mail table rows".split()
)
#: Personal data that a text may hold, and its replacement.
MASKS = (
    # The details that the database adds about a row that it refuses.
    (re.compile(r"\bDETAIL: .*"), "DETAIL: (left out)"),
    # Links that give access.
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{43}(?![\w-])"), "(secret)"),
    # Documents, RUC, telephones.
    (re.compile(r"\d{8,}"), "(number)"),
    (re.compile(r"\bip=\S+"), "ip=(left out)"),
)
#: Text that may hold an address: a run is read once, so that a long one costs only its length.
RUN = re.compile(r"[^\s<>(),;]+")
#: Text that may follow the domain of an address within a run.
AFTER_DOMAIN = re.compile(r"[\"':]")


def masked(text: str) -> str:
    """Return the text without what looks like an address, a document's number or a secret link."""
    text = RUN.sub(_without_address, text)
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


def _without_address(run: re.Match[str]) -> str:
    """Return the run of characters, masked if it has text on both sides of an @."""
    leading = run[0][: len(run[0]) - len(run[0].lstrip("@"))]
    name, _, domain = run[0].lstrip("@").partition("@")
    if not name or not domain:
        return run[0]
    last = domain.rpartition("@")[2]
    found = AFTER_DOMAIN.search(last)
    return f"{leading}(address){last[found.start() :] if found else ''}"


def configure(style: str, stream: IO[str] | None = None) -> None:
    """Set the format of the process's log, on stderr unless a stream is given."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Line() if style == "json" else Plain())
    handler.addFilter(_note_request)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if style == "json" else logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _note_request(record: logging.LogRecord) -> bool:
    """Add the id of the current request to a log record."""
    if has_request_context() and "request_id" in g:
        record.request_id = g.request_id
    return True


class Plain(logging.Formatter):
    """A line for a terminal."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, masked."""
        return masked(super().format(record))


class Line(JsonFormatter):
    """A line of JSON: time, level, message, and the FIELDS of the record."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Add the fields of a line; fields that are not in FIELDS are left out."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        log_data["at"] = f"{at}.{int(record.msecs):03}Z"
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        log_data["pid"] = record.process
        log_data["message"] = masked(record.message)
        for name in sorted(FIELDS & record.__dict__.keys()):
            log_data[name] = _harmless(record.__dict__[name])
        for name in ("exc_info", "stack_info"):
            if text := message_dict.get(name):
                log_data[name] = masked(str(text))


def _harmless(value: Any) -> Any:
    """Return a field's value: numbers as they are, texts masked, mappings with their counts."""
    if isinstance(value, Mapping):
        return {masked(str(key)): one for key, one in value.items() if isinstance(one, int)}
    if value is None or isinstance(value, int | float):
        return value
    return masked(str(value))[:200]


def init_app(app: Flask) -> None:
    """Give each request an id, and a line at its end."""
    app.before_request(_begin)
    app.after_request(_log_request)


def _begin() -> None:
    g.began = time.perf_counter()
    # In groups, so that it is not taken for a document's number.
    g.request_id = "-".join(secrets.token_hex(2) for _ in range(3))


def _log_request(response: Response) -> Response:
    """Log the request by its route: an address may hold a secret, a query personal data."""
    if "began" in g:
        requests.info(
            "request",
            extra={
                "method": request.method,
                "endpoint": request.endpoint or "",
                "route": request.url_rule.rule if request.url_rule else "",
                "status": response.status_code,
                "ms": round((time.perf_counter() - g.began) * 1000, 1),
            },
        )
        response.headers["X-Request-ID"] = g.request_id
    return response
