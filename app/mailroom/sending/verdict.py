"""May a queued mail still go out? One answer for every way of sending.

Between writing a mail and sending it, steps are answered, processes are suspended, roles and
addresses change. `run` asks for the verdict in the transaction that sends the mail, once its row
is locked and right before the commit that lets it go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, not_, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Mail
from app.cases import reminders
from app.cases.processes import notification
from app.people import addresses
from app.people.addresses import domains
from app.people.mail import KINDS

#: A claim holds for one minute, and counts towards the limit of mails per minute for as long.
LEASE = timedelta(minutes=1)
#: Minutes until the next try after the first failed one, the second …; the last of them repeats.
BACK_OFF = (1, 5, 15, 60, 240)
#: A try that is further ahead comes from a clock that was ahead.
LONGEST = timedelta(minutes=BACK_OFF[-1])
GONE = "Lo que pedía ya se respondió, se retuvo o pasó al resumen de otro día."
AT_ONCE = tuple(name for name, kind in KINDS.items() if kind.at_once)
UNSUBSCRIBABLE = tuple(name for name, kind in KINDS.items() if kind.can_be_unsubscribed)


class Verdict(NamedTuple):
    """The answer for one mail; `reason` (Spanish) is why a dropped mail is never sent."""

    answer: Literal["go", "wait", "drop"]
    reason: str = ""


GO, WAIT = Verdict("go"), Verdict("wait")


def may_still_go(session: Session, mail: Mail) -> Verdict:
    """Return whether a mail goes now, waits, or is dropped; update the text of one that goes.

    A mail waits outside the hours of sending, unless it goes at once, and while it is on hold
    (`on_hold`). Reminders and legal notices are written again as of now. Legal notices, activation
    codes, invitations and password resets go even if a person wants no mails or an address is dead.
    """
    if mail.state != "waiting" or not (mail.kind in AT_ONCE or is_open(session)):
        return WAIT
    if session.scalar(select(Mail.id).where(Mail.id == mail.id, on_hold())):
        return WAIT
    is_current = reminders.refresh(session, mail) and notification.refresh(session, mail)
    if reason := _unwanted(session, mail) or ("" if is_current else GONE):
        return Verdict("drop", reason)
    return GO


def on_hold() -> ColumnElement[bool]:
    """Condition on Mail: it notifies of a step of a suspended process, or its domain rests."""
    return or_(notification.held_back(), domains.resting())


def due(session: Session, clock: datetime) -> ColumnElement[bool]:
    """Condition on Mail: it can be claimed for sending. `clock` is the database's."""
    condition = (
        (Mail.state == "waiting")
        & or_(Mail.not_before_at.is_(None), Mail.not_before_at <= calendar.now())
        & or_(Mail.next_try_at.is_(None), ~Mail.next_try_at.between(clock, clock + LONGEST))
        & or_(Mail.lease_until_at.is_(None), ~is_claimed(clock))
        & not_(reminders.left_over(calendar.today()))
        & not_(on_hold())
    )
    return condition if is_open(session) else condition & Mail.kind.in_(AT_ONCE)


def is_claimed(clock: datetime) -> ColumnElement[bool]:
    """Condition on Mail: its claim holds. One from a clock that was ahead does not."""
    return Mail.lease_until_at.between(clock, clock + LEASE)


def is_open(session: Session) -> bool:
    """Return whether these are the hours of sending of a working day of the PCM."""
    now = calendar.now()
    return calendar.calendar_of(session, None).next_sending(now) == now


def _unwanted(session: Session, mail: Mail) -> str:
    """Return why a mail that can be unsubscribed no longer reaches its reader; "" if it does."""
    if mail.kind not in UNSUBSCRIBABLE:
        return ""
    if mail.user and not mail.user.active:
        return "La cuenta está desactivada."
    if mail.user and not mail.user.wants_digest:
        return "La persona pidió no recibir resúmenes."
    if addresses.is_dead(session, mail.to):
        return "La dirección no existe o ya no recibe correos."
    return ""
