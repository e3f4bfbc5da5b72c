"""The invitation that a mail carries for its reader's calendar (RFC 5545, RFC 5546, RFC 6047).

For Google, Outlook and Thunderbird to offer it, the text goes as `text/calendar` with the
`method` that it names inside (and `charset=utf-8`), as the last part of `multipart/alternative`.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vCalAddress, vText, vUri

from app.base import formatting
from app.base.models import Mail

PRODUCT = "-//Zaguán//Registro de Visitas en Línea//ES"
ORGANIZER = "Zaguán"
ZONE = "America/Lima"
STATUS = {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}


def calendar_part(mail: Mail) -> tuple[str, str]:
    """Return the method (REQUEST or CANCEL) and the text, with CRLF, of a mail with a `meeting`.

    Raises ValueError for a mail without one.
    """
    if not mail.meeting:
        raise ValueError(f"mail {mail.id} invites to nothing")
    method = str(mail.meeting["method"])
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(zone())
    calendar.add_component(_event(mail))
    return method, calendar.to_ical().decode("utf-8")


def zone() -> Timezone:
    """Return the zone of Lima as it is since 1994: five hours behind UTC all year.

    It is written out because Outlook accepts no zone by its name alone. Earlier rules of the zone
    concern no session.
    """
    lima, standard = Timezone(), TimezoneStandard()
    lima.add("tzid", ZONE)
    standard.add("dtstart", datetime(1995, 1, 1))  # noqa: DTZ001 - local, as RFC 5545 wants it
    standard.add("tzoffsetfrom", timedelta(hours=-5))
    standard.add("tzoffsetto", timedelta(hours=-5))
    standard.add("tzname", "-05")
    lima.add_component(standard)
    return lima


def _event(mail: Mail) -> Event:
    meeting = mail.meeting or {}
    begins = datetime.fromisoformat(meeting["at"])
    place = clean(meeting["place"]) or clean(meeting["link"])
    event = Event()
    event.add("uid", meeting["uid"])
    event.add("sequence", meeting["sequence"])
    event.add("dtstamp", mail.created_at)
    set_time(event, begins, meeting["minutes"])
    event.add("summary", clean(meeting["summary"]))
    event.add("description", "\n".join(map(clean, meeting["description"].splitlines())))
    if place:
        event.add("location", place)
    if meeting["link"]:
        event.add("url", vUri(clean(meeting["link"]).replace(" ", "%20")))
    event.add("organizer", _address(meeting["organizer"], ORGANIZER))
    event.add("attendee", _guest(meeting["attendee"]))
    event.add("status", STATUS[meeting["method"]])
    event.add("transp", "OPAQUE")
    return event


def set_time(event: Event, begins: datetime, minutes: int) -> None:
    """Set when an event begins and ends, in the zone of Lima."""
    local = begins.astimezone(formatting.LIMA)
    for name, moment in (("dtstart", local), ("dtend", local + timedelta(minutes=minutes))):
        event.add(name, moment.replace(tzinfo=None), parameters={"TZID": ZONE})


def _guest(guest: dict[str, str]) -> vCalAddress:
    """Return the attendee; no answer is requested, since it would not be read."""
    address = _address(guest["address"], guest["name"])
    address.params["CUTYPE"] = vText("INDIVIDUAL")
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("NEEDS-ACTION")
    address.params["RSVP"] = vText("FALSE")
    return address


def _address(address: str, name: str) -> vCalAddress:
    found = vCalAddress(f"mailto:{clean(address).replace(' ', '')}")
    # A quotation mark cannot stand in a parameter; RFC 6868's way round is not known to Outlook.
    found.params["CN"] = vText(clean(name).replace('"', "'"))
    return found


def clean(text: str) -> str:
    """Return one line, without the control characters that RFC 5545 (3.1) forbids."""
    plain = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return " ".join("".join(plain).split())
