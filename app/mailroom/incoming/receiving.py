"""The effects of a message: it is stored and shown, and counted if it can be trusted.

Messages can be forged. So a message counts for an address only if it came to the return path of
one of our mails (`sending.return_path`), which only its recipient knows. No message completes a
task or starts a process. Only an answer to a question sends a mail
(`app.cases.questions.by_mail`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from flask import current_app
from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Entity, Grant, Incoming, Mail, User
from app.cases import notices
from app.cases.processes import notification
from app.cases.questions import by_mail
from app.mailroom.incoming import kinds, reading
from app.mailroom.incoming.kinds import Verdict
from app.mailroom.incoming.reading import Reading
from app.mailroom.sending import return_path
from app.people import addresses

#: Headers in which an MTA names the recipient, the surest first.
DELIVERED_TO = ("X-Original-To", "Delivered-To", "Envelope-To", "To", "Cc")


def receive(
    session: Session, raw: bytes, recipient: str = "", *, size: int = 0, digest: str = ""
) -> Incoming | None:
    """Store a message and apply what follows; return None for one that was stored before.

    `recipient` is the address of delivery that the MTA states. A message that is too large arrives
    here with its beginning only: then `size` (bytes) and `digest` are those of the whole message.
    It is read before the session's first statement, so that no other writer waits meanwhile.
    Raise NotAMessage.
    """
    read = reading.read(raw, size)
    row = Incoming(
        digest=digest or hashlib.sha256(raw).hexdigest(),
        sender=read.sender,
        subject=read.subject,
        body=read.text,
        received_at=calendar.now(),
    )
    verdict = kinds.classify(read)
    if _is_ours(session, read):
        verdict = Verdict("unknown")
    row.kind = verdict.kind
    if row.kind != "unknown":
        _tie(session, row, read, [recipient])
    if row.kind == "answer" and row.mail is None and row.entity is None:
        row.kind = "unknown"
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    if row.kind == "answer" and by_mail.receive(session, row, read.address, whole=not read.size):
        _log(session, row, "mail.answer")
    else:
        FOLLOWS[row.kind](session, row, verdict)
    session.flush()
    return row


def _is_ours(session: Session, read: Reading) -> bool:
    """Return whether this is one of our mails that came back, which has no effect."""
    own = {current_app.config["MAIL_FROM"].casefold()}
    own.add(current_app.config["RETURN_ADDRESS"].casefold())
    if read.address in own or return_path.read(read.address) is not None:
        return True
    message_id = read.header("Message-ID")
    same = select(Mail.id).where(Mail.message_id == message_id)
    return bool(message_id) and session.scalar(same) is not None


# The mail it is about -----------------------------------------------------------------------------


def _tie(session: Session, row: Incoming, read: Reading, delivered_to: Iterable[str]) -> None:
    """Find the mail that it is about, and so the person and the entity."""
    mail_id = _marked(read, row.kind, delivered_to)
    row.mail = session.get(Mail, mail_id) if mail_id else None
    row.verified = row.mail is not None
    if row.mail is None:
        ids = kinds.quoted_message_ids(read)
        found = {
            m.message_id: m for m in session.scalars(select(Mail).where(Mail.message_id.in_(ids)))
        }
        row.mail = next((found[one] for one in ids if one in found), None)
    if row.mail is not None:
        row.user, row.entity = row.mail.user, row.mail.entity or _only_entity(row.mail.user)
    elif row.kind == "answer":
        _tie_by_sender(session, row, read.address)


def _marked(read: Reading, kind: str, delivered_to: Iterable[str]) -> int | None:
    """Return the mail whose return path it came to; a complaint names the return path instead."""
    candidates = [*delivered_to, *read.addresses(*DELIVERED_TO)]
    if kind == "complaint":
        candidates += kinds.return_paths_in(read)
    return next((known for one in candidates if (known := return_path.read(one))), None)


def _tie_by_sender(session: Session, row: Incoming, address: str) -> None:
    """Find the user who writes without answering a mail, if the address is of one user."""
    if not address:
        return
    people = session.scalars(
        select(User).where(func.lower(User.email) == address, User.active)
    ).all()
    places = session.scalars(
        select(Entity)
        .distinct()
        .outerjoin(Grant, (Grant.entity_id == Entity.id) & Grant.until_at.is_(None))
        .where(
            or_(
                Grant.user_id.in_([user.id for user in people]),
                func.lower(Entity.contact_email) == address,
            )
        )
        .limit(2)
    ).all()
    if len(people) == 1:
        row.user = people[0]
    if len(places) == 1:
        row.entity = places[0]


def _only_entity(user: User | None) -> Entity | None:
    """Return the entity for which a person acts, if it is one: a digest may be about several."""
    held = {g.entity_id: g.entity for g in user.grants if g.until_at is None} if user else {}
    held.pop(None, None)
    return next(iter(held.values())) if len(held) == 1 else None


# What follows ---------------------------------------------------------------------------------


def _hard(session: Session, row: Incoming, verdict: Verdict) -> None:
    if row.mail is None or not row.verified or row.mail.state == "bounced":
        return
    addresses.note_bounce(session, row.mail, hard=True, text=verdict.said)
    _log(session, row, "mail.bounced")
    notification.not_delivered(session, row.mail)


def _soft(session: Session, row: Incoming, verdict: Verdict) -> None:
    if row.mail is not None and row.verified:
        addresses.note_bounce(session, row.mail, hard=False, text=verdict.said)


def _automatic(session: Session, row: Incoming, verdict: Verdict) -> None:
    _log(session, row, "mail.automatic")


def _complaint(session: Session, row: Incoming, verdict: Verdict) -> None:
    _put_notice(session, row, "complaint")
    if row.mail is None or not row.verified:
        return
    addresses.known_of(session, row.mail.to).complaints += 1
    if row.user and row.user.wants_digest:
        row.user.wants_digest = False
        audit_log.of_person(session, "person.digest_refused", row.user, None)


def _answer(session: Session, row: Incoming, verdict: Verdict) -> None:
    _log(session, row, "mail.answer")
    _put_notice(session, row, "answer_received")


def _unknown(session: Session, row: Incoming, verdict: Verdict) -> None:
    """Do nothing: the message is already on the page."""


FOLLOWS = {
    "hard": _hard,
    "soft": _soft,
    "automatic": _automatic,
    "complaint": _complaint,
    "answer": _answer,
    "unknown": _unknown,
}


def _log(session: Session, row: Incoming, kind: str) -> None:
    """Log in the entity's history that a message came, never its content."""
    if row.entity_id is not None:
        audit_log.write(session, kind, actor_id=None, entity_id=row.entity_id, incoming_id=row.id)


def _put_notice(session: Session, row: Incoming, kind: str) -> None:
    notices.put(
        session,
        kind,
        str(row.id),
        entity=row.entity,
        person=row.user.full_name if row.user else row.sender,
        incoming_id=row.id,
    )
