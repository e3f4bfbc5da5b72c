"""Write a calendar that programs subscribe to (RFC 5545, RFC 7986)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar, vUri
from icalendar import Event as Component

from app.mailroom.sending import invitation

MEDIA_TYPE = "text/calendar; charset=utf-8"
#: How often programs should read it again.
REFRESH = timedelta(hours=4)


@dataclass(frozen=True)
class Event:
    """An event: on a whole day in Lima (a date), or from a moment on for some minutes.

    `uid` never changes; `sequence` counts the changes, and `changed_at` is the last one.
    """

    uid: str
    sequence: int
    changed_at: datetime
    summary: str
    begins: date | datetime
    minutes: int = 0
    description: str = ""
    place: str = ""
    url: str = ""
    cancelled: bool = False


def write(events: Iterable[Event]) -> bytes:
    """Return a calendar. The same events give the same bytes, so that its hash is its version."""
    calendar = Calendar()
    calendar.add("prodid", invitation.PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "Zaguán")
    calendar.add("x-wr-timezone", invitation.ZONE)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add_component(invitation.zone())
    for event in events:
        calendar.add_component(_component(event))
    return bytes(calendar.to_ical())


def _component(event: Event) -> Component:
    component, clean = Component(), invitation.clean
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    # Without a METHOD both say when the event was last revised (RFC 5545, 3.8.7.2).
    component.add("dtstamp", event.changed_at)
    component.add("last-modified", event.changed_at)
    if isinstance(event.begins, datetime):
        invitation.set_time(component, event.begins, event.minutes)
        component.add("transp", "OPAQUE")
        component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    else:
        component.add("dtstart", event.begins)
        component.add("dtend", event.begins + timedelta(days=1))
        component.add("transp", "TRANSPARENT")
    component.add("summary", clean(event.summary))
    if event.description:
        component.add("description", "\n".join(map(clean, event.description.splitlines())))
    if event.place:
        component.add("location", clean(event.place))
    if event.url:
        component.add("url", vUri(clean(event.url).replace(" ", "%20")))
    return component
