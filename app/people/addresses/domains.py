"""Mail domains that refuse us: nothing is concluded about their addresses, and sending rests.

A server that turns away a whole domain's mails at once (a rule against our address, a broken
directory) says "no such user" of every address. When that many bounce, none of the bounces counts:
the addresses stay as before, no mail goes to the domain, and the superuser gets a mail and can
resume sending.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import Address, Mail, MailDomain
from app.people import access, mail, notices

#: This many hard bounces, if they are more than a fifth of an hour's mails to the domain, say
#: nothing of any address.
MOST_HARD = 10
FIFTH = 5
HOUR = timedelta(hours=1)


def of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return address.rpartition("@")[2].casefold()


def resting() -> ColumnElement[bool]:
    """Condition: the domain of a row of Mail rests."""
    return exists().where(
        MailDomain.resumed_at.is_(None), func.lower(Mail.to).like("%@" + MailDomain.domain)
    )


def those_that_rest(session: Session) -> list[MailDomain]:
    """Return the domains to which sending is paused, the longest pause first."""
    query = select(MailDomain).where(MailDomain.resumed_at.is_(None))
    return list(session.scalars(query.order_by(MailDomain.since_at, MailDomain.domain)))


def refuses(session: Session, bounced: Mail) -> bool:
    """Return whether a hard bounce is one of a domain that refuses us; the domain then rests.

    Call it when the mail's state is "bounced" and its address is counted: if the domain refuses us,
    the effect of this hour's bounces on addresses is undone.
    """
    domain = of(bounced.to)
    known = session.get(MailDomain, domain, with_for_update=True, populate_existing=True)
    if known is not None and known.resumed_at is None:
        _take_back(session, [bounced])
        return True
    session.flush()
    same = _of_this_hour(bounced, domain, known.resumed_at if known else None)
    sent = session.scalar(select(func.count()).where(same)) or 0
    hard = list(session.scalars(select(Mail).where(same, Mail.state == "bounced")))
    if len(hard) < MOST_HARD or len(hard) * FIFTH <= sent:
        return False
    _let_rest(session, domain, len(hard), sent)
    _take_back(session, hard)
    return True


def _of_this_hour(bounced: Mail, domain: str, resumed_at: datetime | None) -> ColumnElement[bool]:
    """Condition: mails to a domain that were sent within an hour of the one that came back."""
    last = bounced.sent_at or calendar.now()  # one that the server refused at once was not sent
    first = max(last - HOUR, resumed_at) if resumed_at else last - HOUR
    moment = func.coalesce(Mail.sent_at, Mail.bounced_at)
    return (moment > first) & (moment <= last + HOUR) & func.lower(Mail.to).like(f"%@{domain}")


def _let_rest(session: Session, domain: str, hard: int, sent: int) -> None:
    values = {"domain": domain, "since_at": calendar.now(), "hard": hard, "sent": sent}
    db.insert_missing(session, MailDomain, values)
    row = session.get_one(MailDomain, domain, with_for_update=True, populate_existing=True)
    row.since_at, row.resumed_at, row.hard, row.sent = calendar.now(), None, hard, sent
    audit_log.write(session, "domain.rests", actor_id=None, domain=domain, hard=hard, sent=sent)
    for user in access.holders(session, "superuser", None):
        if of(user.email) != domain:
            values = {"domain": domain, "hard": hard, "sent": sent}
            mail.post(session, mail.Letter("domain_rests", user.email, values, user=user))


def _take_back(session: Session, bounced: list[Mail]) -> None:
    """Reset the addresses of these mails to their state before the mails came back."""
    for one in bounced:
        known = session.get(Address, one.to.casefold(), with_for_update=True)
        if known is None:
            continue
        known.hard_bounces = max(0, known.hard_bounces - 1)
        died_by_it = known.dead_at and one.bounced_at and known.dead_at >= one.bounced_at
        if died_by_it and not known.hard_bounces:
            known.dead_at = None
            for kind in ("address_dead", "verify_contact"):
                notices.take_down(session, kind, known.address, None)


def resume(session: Session, domain: str, actor_id: int) -> bool:
    """Allow mails to a domain again; return False if mails to it were not paused."""
    row = session.get(MailDomain, domain, with_for_update=True, populate_existing=True)
    if row is None or row.resumed_at is not None:
        return False
    row.resumed_at = calendar.now()
    audit_log.write(session, "domain.resumed", actor_id=actor_id, domain=domain)
    return True
