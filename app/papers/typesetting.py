"""Sets a sheet with its template, in a process of its own.

Typst keeps what it has laid out for the life of its process (a roster of 5,000 people leaves
500 MB behind), so the web process must not be the one that runs it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from app import words
from app.papers import fonts

HERE = Path(__file__).parent
TYPESETTER = HERE / "typesetter.py"
SECONDS = 120


class CannotTypeset(Exception):
    """A template does not fit its sheet; the message is Typst's."""


def typeset(template: str, sheet: Mapping[str, Any], made_on: date) -> bytes:
    """The PDF of a sheet. Raises CannotTypeset, assets.NotBuilt, subprocess.TimeoutExpired."""
    order = {
        "template": str(HERE / f"{template}.typ"),
        "root": str(HERE),
        "fonts": str(fonts.folder()),
        "made_at": datetime.combine(made_on, time(), words.LIMA).isoformat(),
        "sheet": sheet,
    }
    # Isolated (-I): no path and no variable of the caller's decides what it imports.
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-I", str(TYPESETTER)],
        input=json.dumps(order).encode(),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise CannotTypeset(done.stderr.decode(errors="replace").strip())
    return done.stdout
