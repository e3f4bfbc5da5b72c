"""The measures of the chain of hashes: the first night of a million visits, and a check of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from app.base import calendar, db
from tests.bench.bench import Bench
from tests.bench.figures import Figure, timed

TIMES = 3


def chain_close(bench: Bench) -> Figure:
    """Measure in seconds the entry of all rows that no closing has yet."""
    return Figure.of("chain_close", bench.database, [timed(partial(_close, bench)) / 1000], "s")


def chain_check(bench: Bench) -> Figure:
    """Measure in seconds the check of all rows, which are entered before."""
    from app.base.db import chain  # the previous release, which `compare` measures, has none

    _close(bench)
    check = partial(chain.check, bench.engine, db.never, calendar.now(), 10**9)
    samples = [timed(check) / 1000 for _ in range(TIMES)]
    return Figure.of("chain_check", bench.database, samples, "s")


def _close(bench: Bench) -> None:
    from app.base.db import chain

    now = calendar.now()
    chain.close(bench.engine, db.never, now, calendar.lima_day(now))


MEASURES: Mapping[str, Callable[[Bench], Figure]] = {
    "chain_close": chain_close,
    "chain_check": chain_check,
}
