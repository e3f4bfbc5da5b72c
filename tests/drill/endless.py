"""The application with a CSV of visits that never ends and a page that is large, for tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response

from app.ops import serve
from app.people import downloads
from app.register.export import writers

#: What gunicorn serves.
APPLICATION = "tests.drill.endless:application()"
#: The variable that says after how many seconds a reader that takes nothing is let go here.
WINDOW = "ENDLESS_WINDOW"
ROWS = b"una fila inventada de un archivo que no termina\n" * 2000
#: A page that no buffer holds.
LARGE = bytes(64 * 1024 * 1024)


def application() -> Flask:
    """As in service, but for the length of files and the patience with readers."""
    downloads.WINDOW, downloads.LOOKS = float(os.environ[WINDOW]), 0.1
    downloads.STALLED = max(1, int(downloads.WINDOW))
    writers.as_csv = _endless  # type: ignore[assignment]
    app = serve.application()
    app.view_functions["public.about"] = lambda: Response(LARGE)
    return app


def _endless(*_: Any, **__: Any) -> Iterator[bytes]:
    while True:
        yield ROWS
