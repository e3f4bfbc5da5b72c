"""The one clock of the processes.

SpiffWorkflow compares its timers with a ``datetime.now`` of its own; the name
``datetime`` in its timer module is replaced, once, by a class that asks our clock.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import cast

from SpiffWorkflow.bpmn.specs.event_definitions import timer


def _real() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _real


class _EngineClock(datetime):
    """`datetime` as SpiffWorkflow's timers see it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_EngineClock":
        # A timer fires when its moment is *before* now; one microsecond more
        # makes a timer due at its very moment, as tasks and SQL have it.
        return cast("_EngineClock", _now().astimezone(tz) + datetime.resolution)


def use_clock(now: Callable[[], datetime]) -> None:
    """Let every timer of every instance ask `now`, which gives an aware UTC moment."""
    global _now
    _now = now
    timer.datetime = _EngineClock


use_clock(_real)
