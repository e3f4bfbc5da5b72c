"""Typesetting a sheet with its template, in a process that stays.

Typst keeps its layouts for the life of its process (a roster of 5,000 people leaves 500 MB), so
the web process must not run it. The typesetter ends after a large paper, when it holds too much,
and after some minutes without a paper; the next paper starts another, in some 20 ms.
"""

from __future__ import annotations

import atexit
import json
import sys
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from app.base import formatting
from app.cases.papers.helper_process import Busy, Ended, HelperProcess, Patience
from app.cases.papers.typesetting import fonts

HERE = Path(__file__).parent
TYPESETTER = HERE / "typesetter.py"
#: The templates, and the part that they share (`paper.typ`).
LAYOUTS = HERE.parent / "layouts"
#: What the typesetter may use: bytes of memory, seconds for one paper, seconds without an order
#: after which it ends, bytes that it may hold between two papers.
BOUNDS = {"memory": 2 << 30, "seconds": 100, "idle": 300, "held": 128 << 20}
#: Papers after which the typesetter is replaced, to free its memory.
RENEWED = 200
#: Seconds that a paper waits for those of other threads, which may hold locks; then it gets a
#: typesetter for itself.
PATIENCE = Patience(first=2, further=1)


class CannotTypeset(Exception):
    """A template does not fit its sheet, or the typesetter exceeded its bounds."""


def new_typesetter(bounds: Mapping[str, float] = BOUNDS) -> HelperProcess:
    """Return a typesetter, not yet started.

    Isolated (-I): no path and no variable of the caller decides what it imports. It ends itself
    when a paper exceeds its seconds; a little later it is killed.
    """
    command = [sys.executable, "-I", str(TYPESETTER), json.dumps(bounds)]
    return HelperProcess(command, seconds=bounds["seconds"] + 5, renewed=RENEWED)


_typesetter = new_typesetter()
atexit.register(lambda: _typesetter.close())


def typeset(template: str, sheet: Mapping[str, Any], made_on: date) -> bytes:
    """Return the PDF of a sheet. Raise CannotTypeset, NotBuilt."""
    order = order_of(template, sheet, made_on)
    try:
        kind, content = _answer(json.dumps(order).encode())
    except Ended as ended:
        raise CannotTypeset(f"the typesetter {ended}") from None
    if kind != "paper":
        raise CannotTypeset(content.decode(errors="replace").strip())
    return content


def order_of(template: str, sheet: Mapping[str, Any], made_on: date) -> dict[str, str]:
    """Return what the typesetter is asked. Raise NotBuilt."""
    return {
        "template": str(LAYOUTS / f"{template}.typ"),
        "root": str(LAYOUTS),
        "fonts": str(fonts.folder()),
        "made_at": datetime.combine(made_on, time(), formatting.LIMA).isoformat(),
        "sheet": json.dumps(sheet),
    }


def _answer(order: bytes) -> tuple[str, bytes]:
    """Return the answer of the typesetter that stays, or of another if it is busy."""
    try:
        with _typesetter.turn(PATIENCE):
            return _typesetter.ask(order)
    except Busy:
        alone = new_typesetter()
    try:
        return alone.ask(order)
    finally:
        alone.close()
