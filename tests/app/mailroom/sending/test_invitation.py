"""The calendar file of an invitation, checked against the standards of calendars."""

from __future__ import annotations

import email
import email.policy

import icalendar
import pytest

from app.base import calendar
from app.base.models import Mail
from app.mailroom.sending import message
from app.mailroom.sending.invitation import calendar_part
from tests.app.onboarding.seats import cancel, invitation, invitations, seat
from tests.app.walk import Walk

ADMINISTRATOR = "persona.012@example.pe"


@pytest.fixture
def seated(walk: Walk) -> int:
    """Return a session on Monday 9 March, 8:00 in Lima, in which the walk's own case sits."""
    return seat(walk)


def unfolded(text: str) -> list[str]:
    """Return the content lines; RFC 5545, 3.1: CRLF, and no line of more than 75 octets."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(ord(c) < 32 and c != "\t" for line in lines for c in line)
    return "\r\n".join(lines).replace("\r\n ", "").split("\r\n")


def test_the_file_says_all_that_calendars_ask_for(walk: Walk, seated: int):
    mail = invitations(walk)[0]
    method, text = calendar_part(mail)
    lines = unfolded(text)
    assert method == "REQUEST"
    assert lines[0] == "BEGIN:VCALENDAR"
    for line in (
        "VERSION:2.0",
        "METHOD:REQUEST",
        "TZID:America/Lima",
        "TZOFFSETTO:-0500",
        f"UID:{invitation(mail)['uid']}",
        "SEQUENCE:0",
        "DTSTAMP:20260302T130000Z",
        "DTSTART;TZID=America/Lima:20260309T080000",
        "DTEND;TZID=America/Lima:20260309T090000",
        "SUMMARY:Inducción temática · Registro de Visitas en Línea",
        "LOCATION:Auditorio de ejemplo",
        "STATUS:CONFIRMED",
    ):
        assert lines.count(line) == 1, line
    (organizer,) = [line for line in lines if line.startswith("ORGANIZER")]
    assert organizer == "ORGANIZER;CN=Zaguán:mailto:zaguan@example.pe"
    (guest,) = [line for line in lines if line.startswith("ATTENDEE")]
    assert guest.endswith(f":mailto:{ADMINISTRATOR}")
    assert {"RSVP=FALSE", "PARTSTAT=NEEDS-ACTION"} <= set(
        guest.rpartition(":mailto:")[0].split(";")
    )


@pytest.mark.nightly
def test_the_file_travels_in_the_mail_as_calendars_find_it(walk: Walk, seated: int):
    mail = invitations(walk)[0]
    with walk.reading() as session:
        sent = message.build(session, session.merge(mail)).as_bytes()
    parsed = email.message_from_bytes(sent, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/alternative"
    text, file = parsed.iter_parts()
    assert text.get_content().replace("\r\n", "\n").strip() == mail.body.strip()
    assert file.get_content_type() == "text/calendar"
    assert file["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert "attachment" not in file.get("Content-Disposition", "")
    decoded = file.get_payload(decode=True)
    assert decoded.decode("utf-8") == calendar_part(mail)[1]


def test_a_cancellation_says_so(walk: Walk, seated: int):
    cancel(walk)
    method, text = calendar_part(invitations(walk)[-1])
    lines = unfolded(text)
    assert method == "CANCEL"
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:1"} <= set(lines)


NASTY = 'Ana "la\r\njefa"\x00; ATTENDEE:x,\u2028y\x1b\\ ñ' + "á" * 90


def test_typed_text_never_adds_a_line_to_the_file():
    document = {
        "uid": "1@example.pe", "sequence": 3, "method": "REQUEST", "minutes": 30,
        "at": "2026-12-31T23:50:00-05:00", "summary": NASTY, "description": f"a\n{NASTY}\r\nb",
        "place": NASTY, "link": "https://sala.example.org/\r\nX:y", "organizer": "z@example.pe",
        "attendee": {"address": "x@example.pe\r\nX:y", "name": NASTY},
    }  # fmt: skip
    _, text = calendar_part(Mail(meeting=document, created_at=calendar.now()))
    names = [line.partition(":")[0].partition(";")[0] for line in unfolded(text)]
    assert sorted(names) == sorted(
        "BEGIN PRODID VERSION CALSCALE METHOD BEGIN TZID BEGIN DTSTART TZNAME TZOFFSETFROM "
        "TZOFFSETTO END END BEGIN UID SEQUENCE DTSTAMP DTSTART DTEND SUMMARY DESCRIPTION LOCATION "
        "URL ORGANIZER ATTENDEE STATUS TRANSP END END".split()
    )
    (event,) = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert event["dtend"].dt.isoformat() == "2027-01-01T00:20:00-05:00"
    assert '"' not in event["attendee"].params["CN"]


def test_a_mail_that_invites_to_nothing_has_no_file():
    with pytest.raises(ValueError, match="nothing"):
        calendar_part(Mail(id=1, created_at=calendar.now()))
