"""The statements that a database receives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Yield the list of statements that this process sends inside the block, in order."""
    sent: list[str] = []
    with _noting(engine, lambda statement, _: sent.append(statement)):
        yield sent


@contextmanager
def statements_with_values(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """Yield the same list with the values of each statement, as the driver gets them."""
    sent: list[tuple[str, Any]] = []
    with _noting(engine, lambda statement, values: sent.append((statement, values))):
        yield sent


@contextmanager
def _noting(engine: Engine, note: Callable[[str, Any], None]) -> Iterator[None]:
    def listen(_c: Any, _u: Any, statement: str, values: Any, *_: Any) -> None:
        note(statement, values)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", listen)
