"""The one clock of the processes.

SpiffWorkflow compares its timers with its own ``datetime.now``. This module replaces the name
``datetime`` in SpiffWorkflow's timer module, once, with a class that reads our clock.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import cast

from SpiffWorkflow.bpmn.specs.event_definitions import timer


def _real() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _real


class _EngineClock(datetime):
    """The `datetime` class that SpiffWorkflow's timers use."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "_EngineClock":
        # SpiffWorkflow fires a timer when its moment is *before* now. One microsecond more makes a
        # timer due at its exact moment, as for tasks and SQL.
        return cast("_EngineClock", _now().astimezone(tz) + datetime.resolution)


def use_clock(now: Callable[[], datetime]) -> None:
    """Make every timer of every instance use `now`, which returns an aware UTC datetime."""
    global _now
    _now = now
    timer.datetime = _EngineClock


use_clock(_real)
