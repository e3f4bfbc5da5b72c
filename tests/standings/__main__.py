"""`python -m tests.standings [entities]`: the last line has the verdicts; it takes long."""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path

from app import create_app
from app.base import calendar
from app.ops import demo, setup
from tests.standings.standings import standings, walk_changed
from tests.standings.stored import live_states


def main(entities: int = 2125) -> int:
    """Fill a demo on an embedded database, and walk its standings. Return 0 if all end."""
    with tempfile.TemporaryDirectory(prefix="zaguan-standings-") as folder:
        url = f"sqlite:///{Path(folder) / 'zaguan.db'}"
        app = create_app(
            {"DATABASE_URL": url, "DATA": Path(folder), "SECRET_KEY": secrets.token_hex(32)}
        )
        setup.prepare(app)
        demo.fill(app, entities, seed=1)
        states = live_states(app)
        found = standings(states, calendar.now())
        print(f"{len(states)} live cases, {len(found)} distinct standings", flush=True)
        print(dict(walk_changed(found, calendar.now())))
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
