"""Invitations: the calendar entries of a session's guests, and the mails that update them.

One rule: the plan of a case is compared with what was sent before, and the difference is sent.
Each guest gets a mail that carries the invitation (RFC 5546) as data, and the same as text;
`app.mailroom.sending` turns it into a calendar file. Sessions that have begun stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Meeting, User
from app.base.urls import external_url
from app.cases.case import Case
from app.people import addresses, mail
from app.people.mail import Letter

#: News that would arrive later than this before the session is sent at any hour.
IN_TIME = timedelta(hours=1)
#: The number of future sessions that a page lists.
MOST_SHOWN = 50


@dataclass(frozen=True)
class Planned:
    """A meeting as the case plans it; `key` identifies it within the case."""

    key: str
    at: datetime
    minutes: int
    #: Its name in one line, and what its guests should know in addition.
    summary: str
    about: str
    place: str
    link: str
    guests: Sequence[User]
    #: Reads the materials of its stage: title and address. They are in the mails alone.
    materials: Callable[[], Sequence[tuple[str, str]]] = tuple

    def facts(self) -> dict[str, Any]:
        """Return the values whose changes are announced to guests, by their names in `Meeting`."""
        return {
            "at": self.at,
            "minutes": self.minutes,
            "summary": self.summary,
            "place": self.place,
            "link": self.link,
        }


def update(case: Case, planned: Iterable[Planned]) -> None:
    """Write the mails that bring the guests' calendars to the current plan.

    A new meeting or guest: REQUEST. Another moment, length, place, link or name: REQUEST with the
    next SEQUENCE, to all. No longer planned, or no longer a guest: CANCEL with the next SEQUENCE,
    to those concerned. No mail without a change. A meeting that was cancelled or is over and is
    planned again is a new one, with another UID.
    """
    known = {
        row.key: row
        for row in case.session.scalars(
            select(Meeting).where(Meeting.instance_id == case.instance.id)
        )
    }
    wanted = {meeting.key: meeting for meeting in planned if meeting.at > case.at}
    for key, meeting in wanted.items():
        row = known.get(key)
        if row is None or not _is_ahead(case, row):
            _invite(case, row or Meeting(key=key), meeting)
        else:
            _update(case, row, meeting)
    for key, row in known.items():
        if key not in wanted and _is_ahead(case, row):
            _cancel(case, row)
    case.session.flush()


def ahead(session: Session, *which: ColumnElement[bool]) -> Sequence[Meeting]:
    """Return the sessions that are still to come, the next one first; `which`: of Meeting."""
    return session.scalars(
        select(Meeting)
        .where(Meeting.cancelled_at.is_(None), Meeting.at > calendar.now(), *which)
        .order_by(Meeting.at, Meeting.id)
        .limit(MOST_SHOWN)
    ).all()


def _is_ahead(case: Case, row: Meeting) -> bool:
    return row.cancelled_at is None and row.at > case.at


def _invite(case: Case, row: Meeting, planned: Planned) -> None:
    row.uid = f"{uuid4()}@{current_app.config['MAIL_FROM'].rpartition('@')[2]}"
    row.instance_id, row.entity_id = case.instance.id, case.entity.id
    row.sequence, row.cancelled_at, row.changed_at = 0, None, case.at
    _write(row, planned)
    row.guests = guests = _guests(case, planned)
    case.session.add(row)
    _log(case, "meeting.invited", row, guests)
    _post(case, row, guests, Message("REQUEST", "invited", planned.about), planned)


def _update(case: Case, row: Meeting, planned: Planned) -> None:
    facts = planned.facts()
    before = {name: getattr(row, name) for name in facts}
    changed = facts != before
    guests = _guests(case, planned)
    invited, wanted = {_reached(guest) for guest in row.guests}, {_reached(g) for g in guests}
    new = [guest for guest in guests if _reached(guest) not in invited]
    gone = [guest for guest in row.guests if _reached(guest) not in wanted]
    if changed or gone:
        row.sequence, row.changed_at = row.sequence + 1, case.at
    if gone:
        _log(case, "meeting.uninvited", row, gone)
        _post(case, row, gone, Message("CANCEL", "uninvited", planned.about))
    _write(row, planned)
    row.guests = guests
    if changed:
        staying = [guest for guest in guests if guest not in new]
        moved = [moment.isoformat() for moment in (before["at"], row.at)]
        changes = {"begins_at": moved} if moved[0] != moved[1] else {}
        _log(case, "meeting.changed", row, staying, changed=changes)
        message = Message("REQUEST", "changed", planned.about, before["at"])
        _post(case, row, staying, message, planned)
    if new:
        _log(case, "meeting.invited", row, new)
        _post(case, row, new, Message("REQUEST", "invited", planned.about), planned)


def _cancel(case: Case, row: Meeting) -> None:
    row.sequence, row.changed_at = row.sequence + 1, case.at
    row.cancelled_at = case.at
    _log(case, "meeting.cancelled", row, row.guests)
    _post(case, row, row.guests, Message("CANCEL", "cancelled", ""))


def _write(row: Meeting, planned: Planned) -> None:
    for name, value in planned.facts().items():
        setattr(row, name, value)


def _guests(case: Case, planned: Planned) -> list[dict[str, str]]:
    """Return the guests that mail can reach, each once, as the row stores them."""
    people = {user.id: user for user in planned.guests}
    return [
        {"person": mail.person_of(user), "address": user.email, "name": user.full_name}
        for user in mail.reachable(case.session, people.values())
    ]


def _reached(guest: dict[str, str]) -> tuple[str, str]:
    """Return the person and address of a guest: another address is another calendar."""
    return guest["person"], guest["address"]


# The mails ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A mail's text on a meeting: for calendars by `method` (RFC 5546), for people by `news`."""

    method: str
    #: invited, changed, cancelled, uninvited.
    news: str
    about: str
    #: The moment at which it would have begun.
    was_at: datetime | None = None


def _post(
    case: Case,
    row: Meeting,
    guests: Iterable[dict[str, str]],
    message: Message,
    planned: Planned | None = None,
) -> None:
    sending = calendar.calendar_of(case.session, None).next_sending(case.at)
    materials = planned.materials() if planned else ()
    in_time = sending + IN_TIME <= min(row.at, message.was_at or row.at)
    for guest in guests:
        if addresses.is_dead(case.session, guest["address"]):
            continue
        user = case.session.get_one(User, int(guest["person"].removeprefix("u")))
        letter = Letter(
            "meeting" if in_time else "meeting_now",
            guest["address"],
            {
                "meeting": row,
                "news": message.news,
                "about": message.about,
                "was_at": message.was_at,
                "materials": materials,
            },
            user=user,
            entity=case.entity,
            meeting=_document(case, row, guest, message),
        )
        mail.post(case.session, letter)


def _document(case: Case, row: Meeting, guest: dict[str, str], message: Message) -> dict[str, Any]:
    page = external_url("entities.show", code=case.entity.code)
    return {
        "uid": row.uid,
        "sequence": row.sequence,
        "method": message.method,
        "at": row.at.isoformat(),
        "minutes": row.minutes,
        "summary": row.summary,
        "description": "\n\n".join(part for part in (message.about, row.link, page) if part),
        "place": row.place,
        "link": row.link,
        "organizer": current_app.config["MAIL_FROM"],
        "attendee": {"address": guest["address"], "name": guest["name"]},
    }


def _log(case: Case, kind: str, row: Meeting, guests: Sequence[Any], **data: Any) -> None:
    if guests:
        begins_at = row.at.isoformat()
        case.log(kind, name=row.summary, begins_at=begins_at, guests=len(guests), **data)
