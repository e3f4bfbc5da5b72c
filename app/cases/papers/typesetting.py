"""Sets a sheet with its template, in a process of its own.

Typst keeps what it has laid out for the life of its process (a roster of 5,000 people leaves
500 MB behind), so the web process must not be the one that runs it.
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
from app.cases.papers import fonts
from app.cases.papers.typesetter import STAYS

HERE = Path(__file__).parent
TYPESETTER = HERE / "typesetter.py"
SECONDS = 120
#: Papers after which a typesetter that stays is replaced, for what Typst has kept by then.
RENEWED = 200
#: Isolated (-I): no path and no variable of the caller's decides what it imports.
COMMAND = [sys.executable, "-I", str(TYPESETTER)]


class CannotTypeset(Exception):
    """A template does not fit its sheet; the message is Typst's."""


def typeset(template: str, sheet: Mapping[str, Any], made_on: date) -> bytes:
    """The PDF of a sheet. Raises CannotTypeset, assets.NotBuilt, subprocess.TimeoutExpired."""
    order = {
        "template": str(HERE / f"{template}.typ"),
        "root": str(HERE),
        "fonts": str(fonts.folder()),
        "made_at": datetime.combine(made_on, time(), formatting.LIMA).isoformat(),
        "sheet": sheet,
    }
    content = json.dumps(order).encode()
    if _staying is not None:
        return _staying.typeset(content)
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


class Staying:
    """A typesetter that takes paper after paper: ten times quicker than one started for each."""

    def __init__(self) -> None:
        self.made = 0
        self.process: subprocess.Popen[bytes] | None = None

    def typeset(self, order: bytes) -> bytes:
        """The PDF of an order. Raises CannotTypeset."""
        if self.process is None or self.made >= RENEWED:
            self.close()
            self.process = subprocess.Popen(  # noqa: S603
                [*COMMAND, STAYS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        self.made += 1
        source, target = self.process.stdout, self.process.stdin
        if source is None or target is None:
            raise CannotTypeset("the typesetter has no pipes")
        target.write(f"{len(order)}\n".encode() + order)
        target.flush()
        kind, _, size = source.readline().decode().strip().partition(" ")
        content = source.read(int(size or 0))
        if kind != "paper":
            raise CannotTypeset(content.decode(errors="replace").strip() or "the typesetter ended")
        return content

    def close(self) -> None:
        """Lets the process end."""
        if self.process is not None:
            self.process.communicate(timeout=SECONDS)
        self.process, self.made = None, 0


_staying: Staying | None = None


@contextmanager
def staying() -> Iterator[None]:
    """Within it all papers of this process come from one typesetter: for runs that make many.

    The web makes few, and would keep 100 MB for them.
    """
    global _staying
    _staying = Staying()
    try:
        yield
    finally:
        _staying.close()
        _staying = None
