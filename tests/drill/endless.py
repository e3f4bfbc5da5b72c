"""The application with a CSV of visits that never ends, for tests of large downloads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from flask import Flask

from app import downloads, work
from app.visits import export

#: What gunicorn serves.
APPLICATION = "tests.drill.endless:application()"
#: The variable that says after how many seconds a reader that takes nothing is let go here.
WINDOW = "ENDLESS_WINDOW"
ROWS = b"una fila inventada de un archivo que no termina\n" * 2000


def application() -> Flask:
    """As in service, but for the length of files and the patience with readers."""
    downloads.WINDOW, downloads.LOOKS = float(os.environ[WINDOW]), 0.1
    export.as_csv = _endless  # type: ignore[assignment]
    return work.application()


def _endless(*_: Any, **__: Any) -> Iterator[bytes]:
    while True:
        yield ROWS
