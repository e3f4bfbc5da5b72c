"""`python -m tests.rehearsal [entities]`: rehearse the end of mandates; the last line says how."""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path

from app import create_app
from app.base import calendar
from app.ops.rehearsal import Rehearsal
from tests.rehearsal import stage


def main(entities: int | None = None) -> int:
    """Run it on an embedded database. Return 0 if nothing is wrong."""
    with tempfile.TemporaryDirectory(prefix="zaguan-rehearsal-") as folder:
        url = f"sqlite:///{Path(folder) / 'zaguan.db'}"
        app = create_app(
            {"DATABASE_URL": url, "DATA": Path(folder), "SECRET_KEY": secrets.token_hex(32)}
        )
        try:
            print(f"{stage.fill(app, entities)} elected bodies", flush=True)
            report = Rehearsal(app).run()
        finally:
            calendar.use_clock(None)
    print(report, end="")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
