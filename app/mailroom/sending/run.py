"""The job that sends: claim mails that may go, and hand each over in a separate transaction.

Only a crash between the server's OK and our commit sends a mail again; its Message-ID is the same.
On PostgreSQL, the worker that claimed a mail holds its row's lock until the mail is sent. SQLite
has one writer, and a slow server must not block all other writes: there, one process sends at a
time, and commits before it talks to the server.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import Engine, case, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import Mail
from app.cases.processes import notification
from app.mailroom.sending import message, return_path, verdict
from app.mailroom.sending.transport import Lost, Refused, Transport, Unavailable, configured
from app.mailroom.sending.verdict import AT_ONCE, BACK_OFF, LEASE, UNSUBSCRIBABLE
from app.people import addresses
from app.people.mail import erasing

logger = logging.getLogger(__name__)

#: Mails that one query claims.
BATCH = 20
#: With this many tries, a mail is given up after about three days.
MOST_TRIES = 22


@dataclass(frozen=True)
class Claim:
    """A mail that this process may send while its row carries this lease."""

    mail_id: int
    lease: datetime


def run(
    app: Flask, transport: Transport | None = None, *, stop: db.Stop = db.never
) -> dict[str, int]:
    """Send what may go now, up to the limit per minute; return counts by outcome.

    Outcomes are the states of Mail, `later` (tried again with back-off), and `left` (claimed by
    another worker in between, or waiting again: see `may_still_go`). `stop` is called between two
    mails. Raise Unavailable if the server accepts no mail at all: all mails stay waiting.
    """
    done: Counter[str] = Counter()
    engine: Engine = app.extensions["engine"]
    with (
        app.app_context(),
        closing(transport or configured(app.config)) as way,
        _alone(engine) as mine,
    ):
        while mine and not stop() and (claims := _claim(engine, way)):
            for claim in claims:
                if not stop():
                    done[_send(engine, claim, way)] += 1
    return dict(done)


def _alone(engine: Engine) -> AbstractContextManager[object]:
    return db.only_one(engine, "smtp") if engine.dialect.name == "sqlite" else nullcontext(True)


def is_busy(engine: Engine) -> bool:
    """Return whether another process sends, or has claimed mails within the last minute."""
    with _alone(engine) as mine, db.open_session(engine, writes=False) as session:
        claimed = verdict.is_claimed(db.clock(session))
        query = select(Mail.id).where(Mail.state == "waiting", claimed).limit(1)
        return not mine or session.scalar(query) is not None


def was_tried(engine: Engine, done: Mapping[str, int]) -> bool:
    """Return whether a run with these counts reached the server, or no mail waits for one."""
    if any(count for name, count in done.items() if name not in ("left", "dropped")):
        return True
    with db.open_session(engine, writes=False) as session:
        return session.scalar(select(Mail.id).where(Mail.state == "waiting").limit(1)) is None


# Claiming --------------------------------------------------------------------------------------


def _claim(engine: Engine, way: Transport) -> list[Claim]:
    """Claim mails that may go now: the urgent kinds first, those that can be unsubscribed last."""
    with db.open_session(engine) as session:
        db.in_turn(session, "sending")  # so that all workers together keep to the limit
        clock = db.clock(session)
        ids = session.scalars(
            select(Mail.id)
            .where(verdict.due(session, clock))
            .order_by(
                case((Mail.kind.in_(AT_ONCE), 0), (Mail.kind.in_(UNSUBSCRIBABLE), 2), else_=1),
                Mail.id,
            )
            .limit(_room(session, clock) if way.state == "sent" else BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        if not ids:
            return []
        lease = clock + LEASE
        session.execute(update(Mail).where(Mail.id.in_(ids)).values(lease_until_at=lease))
        session.commit()
        return [Claim(mail_id, lease) for mail_id in ids]


def _room(session: Session, clock: datetime) -> int:
    """Return how many more mails the server may get now; the claims of all workers count."""
    tried = session.scalar(select(func.count()).where(verdict.is_claimed(clock))) or 0
    limit: int = current_app.config["MAIL_PER_MINUTE"]
    return max(0, min(BATCH, limit - tried))


# Sending ---------------------------------------------------------------------------------------


def _send(engine: Engine, claim: Claim, way: Transport) -> str:
    """Send one claimed mail; return a key of the result of `run`."""
    with db.open_session(engine) as session:
        mail = _lock(session, claim)
        if mail is None:
            return "left"
        try:
            outcome = _hand_over(session, mail, way)
        except (Unavailable, OperationalError):
            raise
        except Exception as fault:
            logger.exception("the mail could not be made", extra={"mail": claim.mail_id})
            session.rollback()
            mail = _lock(session, claim)
            why = type(fault).__name__
            outcome = "left" if mail is None else _later(session, mail, why, uncertain=True)
        session.commit()
        return outcome


def _lock(session: Session, claim: Claim) -> Mail | None:
    """Return the mail of a claim, locked; None if another worker has it, or it does not wait."""
    return session.scalars(
        select(Mail)
        .where(
            Mail.id == claim.mail_id,
            Mail.state == "waiting",
            Mail.lease_until_at == claim.lease,
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()


def _hand_over(session: Session, mail: Mail, way: Transport) -> str:
    """Send a mail if it may still go. The only place that hands a mail to a transport."""
    answer, reason = verdict.may_still_go(session, mail)
    if answer == "wait":
        return "left"
    if answer == "drop":
        mail.state, mail.error = "dropped", reason
        return mail.state
    try:
        made, to = message.build(session, mail), message.recipient(mail)
    except message.Unfit as why:
        return _give_up(session, mail, str(why))
    sender = return_path.make(mail.id)
    if session.get_bind().dialect.name == "sqlite":
        session.commit()
    try:
        way.send(made, sender, to)
    except Refused as fault:
        return _refused(session, mail, fault)
    except Lost as fault:
        lost = f"Se perdió la conexión con el servidor ({fault})."
        return _later(session, mail, lost, uncertain=True)
    mail.attempts += 1
    mail.state, mail.error, mail.sent_at = way.state, "", calendar.now()
    if way.state == "sent":
        erasing.erase(mail)
    return mail.state


def _refused(session: Session, mail: Mail, fault: Refused) -> str:
    if not fault.permanent:
        return _later(session, mail, str(fault))
    if fault.address:
        mail.attempts += 1
        addresses.note_bounce(session, mail, hard=True, text=str(fault))
        erasing.erase(mail)
        if mail.entity_id is not None:
            audit_log.write(session, "mail.bounced", actor_id=None, entity_id=mail.entity_id)
        notification.not_delivered(session, mail)
        return mail.state
    return _give_up(session, mail, str(fault))


def _later(session: Session, mail: Mail, why: str, *, uncertain: bool = False) -> str:
    """Schedule another try by the database's clock, or give the mail up after the last one.

    `uncertain`: the result of this try is not known; the server may have taken the mail.
    """
    if mail.attempts + 1 >= MOST_TRIES:
        return _give_up(session, mail, why)
    mail.error = why
    mail.uncertain = mail.uncertain or uncertain
    mail.attempts += 1
    minutes = BACK_OFF[min(mail.attempts, len(BACK_OFF)) - 1]
    mail.next_try_at = db.clock(session) + timedelta(minutes=minutes)
    return "later"


def _give_up(session: Session, mail: Mail, why: str) -> str:
    """Mark a mail as failed: it is listed under *Incidentes*, and a legal notice goes on paper."""
    logger.warning("the mail was given up", extra={"mail": mail.id})
    mail.attempts += 1
    mail.state, mail.error = "failed", why
    notification.not_delivered(session, mail)
    return mail.state
