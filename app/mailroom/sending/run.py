"""The job that sends: claims mails that may go, and hands each over in a transaction of its own.

Only a crash between the server's OK and our commit sends a mail again; its Message-ID is the same.
Who claimed a mail holds its row's lock on PostgreSQL until it is gone. SQLite has one writer, and
a slow server must not keep everybody else from writing: there, one process sends at a time.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import ColumnElement, Engine, case, func, not_, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.base import calendar, db, log
from app.base.models import Mail
from app.cases import reminders
from app.cases.processes import notification
from app.mailroom.sending import message, return_path
from app.mailroom.sending.transport import Lost, Refused, Transport, Unavailable, configured
from app.people import addresses
from app.people.addresses import domains
from app.people.mail import KINDS

logger = logging.getLogger(__name__)

#: How many mails one look claims.
BATCH = 20
#: A claim holds for the minute in which it counts towards the limit of mails per minute.
LEASE = timedelta(minutes=1)
#: Minutes until the next try after the first failed one, the second …; the last of them repeats.
BACK_OFF = (1, 5, 15, 60, 240)
#: With these it is given up after about three days.
MOST_TRIES = 22

GONE = "Lo que pedía ya se respondió, se retuvo o pasó al resumen de otro día."
AT_ONCE = tuple(name for name, kind in KINDS.items() if kind.at_once)
UNSUBSCRIBABLE = tuple(name for name, kind in KINDS.items() if kind.can_be_unsubscribed)


@dataclass(frozen=True)
class Claim:
    """A mail that this process may send while its row carries this lease."""

    mail_id: int
    lease: datetime


def run(
    app: Flask, transport: Transport | None = None, *, stop: db.Stop = db.never
) -> dict[str, int]:
    """Sends what may go now, up to the limit per minute; how many mails became what.

    The words are the states of Mail, `later` (tried again with back-off), and `left` (claimed by
    another in between, or may not go any more for now). `stop` is asked between two
    mails. Raises Unavailable when the server can be used for none: all wait as they were.
    """
    done: Counter[str] = Counter()
    engine: Engine = app.extensions["engine"]
    with app.app_context(), closing(transport or configured(app.config)) as way:
        alone = (
            db.only_one(engine, "smtp") if engine.dialect.name == "sqlite" else nullcontext(True)
        )
        with alone as mine:
            while mine and not stop() and (claims := _claim(engine, way)):
                for claim in claims:
                    if not stop():
                        done[_send(engine, claim, way)] += 1
    return dict(done)


def was_tried(engine: Engine, done: Mapping[str, int]) -> bool:
    """Whether a run that did this handed a mail to the server, or no mail waits for one."""
    if any(count for name, count in done.items() if name not in ("left", "dropped")):
        return True
    with db.open_session(engine, writes=False) as session:
        return session.scalar(select(Mail.id).where(Mail.state == "waiting").limit(1)) is None


# Claiming --------------------------------------------------------------------------------------


def _claim(engine: Engine, way: Transport) -> list[Claim]:
    """Mails that may go now: at once wanted ones first, what may be unsubscribed last."""
    with db.open_session(engine) as session:
        db.in_turn(session, "sending")  # so that all workers together keep to the limit
        clock = db.clock(session)
        ids = session.scalars(
            select(Mail.id)
            .where(_may_go(session, clock))
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
    """How many more mails the server may be given: of any worker, what was claimed counts."""
    tried = session.scalar(select(func.count()).where(Mail.lease_until_at > clock)) or 0
    limit: int = current_app.config["MAIL_PER_MINUTE"]
    return max(0, min(BATCH, limit - tried))


def _may_go(session: Session, clock: datetime) -> ColumnElement[bool]:
    condition = (
        (Mail.state == "waiting")
        & or_(Mail.not_before_at.is_(None), Mail.not_before_at <= calendar.now())
        & or_(Mail.next_try_at.is_(None), Mail.next_try_at <= clock)
        & or_(Mail.lease_until_at.is_(None), Mail.lease_until_at <= clock)
        & not_(reminders.left_over(calendar.today()))
        & not_(notification.held_back())
        & not_(domains.resting())
    )
    return condition if _is_open(session) else condition & Mail.kind.in_(AT_ONCE)


def _is_open(session: Session) -> bool:
    """Whether these are the hours of sending of a working day of the PCM."""
    now = calendar.now()
    return calendar.calendar_of(session, None).next_sending(now) == now


# Sending ---------------------------------------------------------------------------------------


def _send(engine: Engine, claim: Claim, way: Transport) -> str:
    """Hands one mail over, if it is still to go; what became of it."""
    with db.open_session(engine) as session:
        mail = _own(session, claim)
        if mail is None or not (mail.kind in AT_ONCE or _is_open(session)):
            return "left"
        try:
            outcome = _drop(session, mail) or _hand_over(session, mail, way)
        except (Unavailable, OperationalError):
            raise
        except Exception as fault:
            logger.exception("the mail could not be made", extra={"mail": claim.mail_id})
            session.rollback()
            mail = _own(session, claim)
            why = type(fault).__name__
            outcome = "left" if mail is None else _later(session, mail, why, uncertain=True)
        session.commit()
        return outcome


def _own(session: Session, claim: Claim) -> Mail | None:
    """The mail of a claim, locked; None where it is another's by now, or waits for no sending."""
    return session.scalars(
        select(Mail)
        .where(
            Mail.id == claim.mail_id,
            Mail.state == "waiting",
            Mail.lease_until_at == claim.lease,
            not_(notification.held_back()),
            not_(domains.resting()),
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()


def _drop(session: Session, mail: Mail) -> str:
    """Drops a mail that is not to be sent any more: "dropped", or ""."""
    if why := _why_not(session, mail):
        mail.state, mail.error = "dropped", why
        return mail.state
    return ""


def _why_not(session: Session, mail: Mail) -> str:
    """What speaks against a mail by now, in Spanish; what is left of it is told as of now.

    Neither a person's wish nor an address stops legal notices and ways in.
    """
    still_true = reminders.refresh(session, mail) and notification.refresh(session, mail)
    if mail.kind in UNSUBSCRIBABLE:
        if mail.user and not mail.user.active:
            return "La cuenta está desactivada."
        if mail.user and not mail.user.wants_digest:
            return "La persona pidió no recibir resúmenes."
        if addresses.is_dead(session, mail.to):
            return "La dirección no existe o ya no recibe correos."
    return "" if still_true else GONE


def _hand_over(session: Session, mail: Mail, way: Transport) -> str:
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
    return mail.state


def _refused(session: Session, mail: Mail, fault: Refused) -> str:
    if not fault.permanent:
        return _later(session, mail, str(fault))
    if fault.address:
        mail.attempts += 1
        addresses.note_bounce(session, mail, hard=True, text=str(fault))
        if mail.entity_id is not None:
            log.write(session, "mail.bounced", actor_id=None, entity_id=mail.entity_id)
        notification.not_delivered(session, mail)
        return mail.state
    return _give_up(session, mail, str(fault))


def _later(session: Session, mail: Mail, why: str, *, uncertain: bool = False) -> str:
    """Tried again by the database's own clock, until it is given up.

    `uncertain`: the end of this try is not known, the server may have taken the mail.
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
    """From now on it stands under *Incidentes*; what it had to notify is notified on paper."""
    logger.warning("the mail was given up", extra={"mail": mail.id})
    mail.attempts += 1
    mail.state, mail.error = "failed", why
    notification.not_delivered(session, mail)
    return mail.state
