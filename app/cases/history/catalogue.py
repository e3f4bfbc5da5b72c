"""The catalogue of events: every kind of log entry, with its group and its sentence.

A test compares it with the kinds that the code writes, from both sides.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.cases.history import (
    case_events,
    entity_events,
    people_events,
    question_events,
    register_events,
)
from app.cases.history.event import Event

#: Every event by its kind.
EVENTS: Mapping[str, Event] = {
    event.kind: event
    for area in (case_events, people_events, entity_events, register_events, question_events)
    for event in area.EVENTS
}


def kinds_of(group: str) -> list[str]:
    """Return the kinds of log entries in a group."""
    return [event.kind for event in EVENTS.values() if event.group == group]
