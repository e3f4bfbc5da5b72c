"""Bounces in tests: samples of messages that real servers write, about mails of ours."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from app.base.models import Address, Incoming, Mail, Notice, User
from app.cases import notices
from app.mailroom.incoming.receiving import receive
from app.mailroom.sending import return_path
from app.people import mail
from app.people.mail import Letter
from tests.app import cast
from tests.app.walk import Walk

MESSAGES = Path(__file__).parent / "messages"
TO = "persona.011@example.pe"
STRANGER = "zaguan+1-000000000000@example.pe"


def sent(walk: Walk, kind: str = "reset", *, entity: bool = True) -> Mail:
    """Return a mail of ours to the walk's preparer."""
    values = {"token": "t", "hours": 2, "role": "x", "days": 1}
    with walk.writing() as session:
        user = walk.user(session, "preparer")
        place = cast.entity_of(session)
        letter = Letter(kind, TO, values, user=user, entity=place if entity else None)
        made = mail.post(session, letter)
        assert made
        session.flush()
        made.state = "sent"
        return made


def written(name: str, return_path: str, message_id: str) -> bytes:
    """Return a sample message, with the return path and Message-ID of the mail that it is about."""
    text = (MESSAGES / f"{name}.eml").read_text("utf-8")
    return text.replace("%RETURN_PATH%", return_path).replace("%MESSAGE_ID%", message_id).encode()


def sample(walk: Walk, name: str, ours: Mail | None = None, to: str = "") -> bytes:
    """Return a sample message about a mail of ours, or about one that we never sent."""
    with walk.app.app_context():
        path = to or (return_path.make(ours.id) if ours else STRANGER)
    return written(name, path, ours.message_id if ours else "<nobody@example.org>")


def take(walk: Walk, raw: bytes, recipient: str = "") -> Incoming | None:
    """Receive a message."""
    return walk.commit(receive, raw, recipient)


def taken(walk: Walk, name: str, ours: Mail | None = None, to: str = "") -> Incoming:
    """Receive one of the samples."""
    row = take(walk, sample(walk, name, ours, to))
    assert row is not None
    return row


def now(walk: Walk, ours: Mail) -> Mail:
    """Return a mail as it is stored now."""
    return walk.get(Mail, ours.id)


def address(walk: Walk) -> Address | None:
    """Return what is stored about the address to which the mail was sent."""
    with walk.reading() as session:
        return session.get(Address, TO)


def waiting(walk: Walk, role: str = "sip") -> list[str]:
    """Return the kinds of notices on a coordinator's list."""
    user = walk.get(User, walk.people[role])
    query = select(Notice.kind).where(notices.waiting_for(user)).order_by(Notice.id)
    return walk.all(query)
