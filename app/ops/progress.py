"""Progress of a command: lines on the terminal, or in the log with `ZAGUAN_LOG=json`."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import click

Item = TypeVar("Item")

logger = logging.getLogger(__name__)


@dataclass
class Table:
    """What a step does with a table. `rows` is set by the step."""

    name: str
    rows: int = 0


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print the name of a step, and how long it took if that was longer than two seconds."""
    began = time.monotonic()
    _say(f"{what} …")
    yield
    took = time.monotonic() - began
    if took > 2:
        _say(f"{what}: {took:.0f} s", ms=round(took * 1000))


@contextmanager
def table(name: str) -> Iterator[Table]:
    """Print the rows and seconds of a table, unless it is empty."""
    began = time.monotonic()
    yield (of := Table(name))
    took = time.monotonic() - began
    if of.rows:
        line = f"  {name}: {of.rows:,} rows, {took:.1f} s"
        _say(line, table=name, rows=of.rows, ms=round(took * 1000))


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield items and show the progress: a bar on a terminal, otherwise a line per tenth."""
    if sys.stderr.isatty() and not _is_logged():
        with click.progressbar(items, length=total, label=what, file=sys.stderr) as bar:
            yield from bar
        return
    for number, item in enumerate(items, 1):
        yield item
        if number == total or number % max(1, total // 10) == 0:
            _say(f"{what}: {number} of {total}")


def _is_logged() -> bool:
    return logger.isEnabledFor(logging.INFO)


def _say(line: str, **fields: object) -> None:
    if _is_logged():
        logger.info(line.strip(), extra=fields)
    else:
        click.echo(line, err=True)
