"""Typesetting a sheet with its template, in a separate process.

Typst keeps its layouts for the life of its process (a roster of 5,000 people leaves 500 MB), so
the web process must not run it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from app.base import formatting
from app.cases.papers.helper_process import Ended, HelperProcess
from app.cases.papers.typesetting import fonts
from app.cases.papers.typesetting.typesetter import STAYS

HERE = Path(__file__).parent
TYPESETTER = HERE / "typesetter.py"
#: The templates, and the part that they share (`paper.typ`).
LAYOUTS = HERE.parent / "layouts"
SECONDS = 120
#: The number of papers after which a typesetter that stays is replaced, to free its memory.
RENEWED = 200
#: Isolated (-I): no path and no variable of the caller decides what it imports.
COMMAND = [sys.executable, "-I", str(TYPESETTER)]


class CannotTypeset(Exception):
    """A template does not fit its sheet; the message is from Typst."""


def typeset(template: str, sheet: Mapping[str, Any], made_on: date) -> bytes:
    """Return the PDF of a sheet. Raise CannotTypeset, NotBuilt, subprocess.TimeoutExpired."""
    order = {
        "template": str(LAYOUTS / f"{template}.typ"),
        "root": str(LAYOUTS),
        "fonts": str(fonts.folder()),
        "made_at": datetime.combine(made_on, time(), formatting.LIMA).isoformat(),
        "sheet": sheet,
    }
    content = json.dumps(order).encode()
    if _staying is not None:
        return _typeset_by(_staying, content)
    done = subprocess.run(  # noqa: S603
        COMMAND,
        input=content,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise CannotTypeset(done.stderr.decode(errors="replace").strip())
    return done.stdout


def _typeset_by(helper: HelperProcess, order: bytes) -> bytes:
    """Return the PDF of an order from a typesetter that stays. Raise CannotTypeset."""
    try:
        with helper.turn():
            kind, content = helper.ask(order)
    except Ended as ended:
        raise CannotTypeset(f"the typesetter {ended}") from None
    if kind != "paper":
        raise CannotTypeset(content.decode(errors="replace").strip())
    return content


_staying: HelperProcess | None = None


@contextmanager
def staying() -> Iterator[None]:
    """Use one typesetter for all papers of this process within it: for runs that make many.

    The web makes few, and would hold 100 MB for them.
    """
    global _staying
    _staying = HelperProcess([*COMMAND, STAYS], seconds=SECONDS, renewed=RENEWED)
    try:
        yield
    finally:
        _staying.close()
        _staying = None
