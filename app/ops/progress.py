"""Progress on the command line, for what takes longer than two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

Item = TypeVar("Item")


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print the name of a step, and how long it took if that was longer than two seconds."""
    began = time.monotonic()
    click.echo(f"{what} …", err=True)
    yield
    took = time.monotonic() - began
    if took > 2:
        click.echo(f"{what}: {took:.0f} s", err=True)


def counted(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield items and show the progress: a bar on a terminal, otherwise a line per tenth."""
    if sys.stderr.isatty():
        with click.progressbar(items, length=total, label=what, file=sys.stderr) as bar:
            yield from bar
        return
    for number, item in enumerate(items, 1):
        yield item
        if number == total or number % max(1, total // 10) == 0:
            click.echo(f"{what}: {number} of {total}", err=True)
