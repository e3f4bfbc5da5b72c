"""`python -m tests.bench [name]`: fills what is missing, measures, prints and keeps figures."""

from __future__ import annotations

import logging
import sys

from tests.bench import figures, filled
from tests.bench.bench import Bench
from tests.bench.measures import MEASURES

DATABASES = {"sqlite": filled.sqlite, "postgresql": filled.postgresql}


def main(names: list[str]) -> int:
    """Runs the named measures, or all. 2 for a name that is none."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        print(f"No such measure: {', '.join(unknown)}. There are: {', '.join(MEASURES)}")
        return 2
    logging.disable(logging.INFO)
    found = []
    for database, opened in DATABASES.items():
        print(f"{database}: filling or copying …", file=sys.stderr)
        with opened(filled.fill) as url:
            for name in names or MEASURES:
                print(f"{database}: {name} …", file=sys.stderr)
                bench = Bench(database, url, filled.DATA.absolute() / filled.key() / "web")
                try:
                    found.append(MEASURES[name](bench))
                finally:
                    bench.engine.dispose()
    figures.write(found)
    print(figures.table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
