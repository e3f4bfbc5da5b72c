"""`python -m tests.bench [name]`: fill missing databases, measure, print and store the figures."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import replace

from tests.bench import figures, filled, filled_visits, measures
from tests.bench.bench import Bench
from tests.bench.figures import Figure

DATABASES = {"sqlite": filled.sqlite, "postgresql": filled.postgresql}


def main(names: list[str]) -> int:
    """Run the named measures, or all. Return 2 if a name is unknown."""
    groups: list[tuple[filled.Filling, measures.Measures]] = [
        (filled.ONBOARDINGS, measures.MEASURES),
        (filled.TEN_TIMES, measures.OF_MANY),
        (filled_visits.filling(), measures.of_visits()),
    ]
    known = [name for _, group in groups for name in group]
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"No such measure: {', '.join(unknown)}. There are: {', '.join(known)}")
        return 2
    logging.disable(logging.INFO)
    found: list[Figure] = []
    for filling, group in groups:
        wanted = {name: group[name] for name in names or group if name in group}
        for database in databases_for(filling) if wanted else ():
            for figure in measured(database, filling, wanted):
                found.append(figure)
                figures.write(found)
    print(figures.table(found))
    return 0


def databases_for(filling: filled.Filling) -> list[str]:
    """Return both databases, or only PostgreSQL if the filling is too large to copy."""
    return list(DATABASES) if filling.copied else ["postgresql"]


def measured(database: str, filling: filled.Filling, wanted: measures.Measures) -> Iterator[Figure]:
    """Yield the figures on one filled database, one by one."""
    print(f"{database}: filling or copying …", file=sys.stderr)
    with DATABASES[database](filling) as url:
        for name, measure in wanted.items():
            print(f"{database}: {name} …", file=sys.stderr)
            bench = Bench(database, url, filling.folder / "web")
            try:
                figure = measure(bench)
                yield replace(figure, name=figure.name + filling.suffix)
            finally:
                bench.engine.dispose()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
