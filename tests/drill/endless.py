"""The application with an endless CSV of visits and a large page, for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response

from app.ops import serve
from app.people import downloads
from app.register.export import writers

#: The application that gunicorn serves.
APPLICATION = "tests.drill.endless:application()"
#: The environment variable with the seconds after which a reader that takes nothing is disconnected
#: here.
WINDOW = "ENDLESS_WINDOW"
ROWS = b"una fila inventada de un archivo que no termina\n" * 2000
#: Size of a page that exceeds every buffer.
LARGE = bytes(64 * 1024 * 1024)


def application() -> Flask:
    """Return the application as in service, except for file length and reader timeout."""
    downloads.WINDOW, downloads.LOOKS = float(os.environ[WINDOW]), 0.1
    downloads.STALLED = max(1, int(downloads.WINDOW))
    writers.as_csv = _endless  # type: ignore[assignment]
    app = serve.application()
    app.view_functions["public.about"] = lambda: Response(LARGE)
    return app


def _endless(*_: Any, **__: Any) -> Iterator[bytes]:
    while True:
        yield ROWS
