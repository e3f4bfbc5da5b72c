"""The state of an address: its bounces, when it is declared dead, and when it works again.

Bounces can be forged. So a bounce only ever holds reminders back and notifies a coordinator.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import Address, Entity, Mail, User
from app.people import notices
from app.people.addresses import domains

#: This many temporary failures in a row make an address as good as dead.
MOST_SOFT = 5
#: This many permanent failures ask a coordinator to verify the contact.
HARD_TO_VERIFY = 2
LONGEST_TEXT = 300
#: Most addresses in one query.
AT_ONCE = 500


def note_bounce(session: Session, mail: Mail, *, hard: bool, text: str) -> None:
    """Record that a mail of ours bounced; each mail counts once, however often it bounces.

    If its domain refuses us as a whole, the bounce does not count (`addresses.domains`).

    Hard: the address takes no mail. It is dead from now on (no reminders), and the coordinator of
    the entity gets a notice; the second such mail asks to verify the contact. Soft: not now (a full
    mailbox). The fifth in a row, without one between that stayed there, is as good as hard.
    `text` is the other server's answer.
    """
    if mail.state == "bounced" or (mail.bounced_at and not hard):
        return
    known = known_of(session, mail.to)
    in_a_row = _none_stayed_since(session, mail)
    mail.bounced_at = known.last_at = calendar.now()
    mail.error = " ".join(text.split())[:LONGEST_TEXT]
    if hard:
        mail.state = "bounced"
        known.hard_bounces += 1
        if domains.refuses(session, mail):
            return
    else:
        known.soft_bounces = known.soft_bounces + 1 if in_a_row else 1
    if not hard and known.soft_bounces < MOST_SOFT:
        return
    known.dead_at = known.dead_at or calendar.now()
    _notify(session, "address_dead", mail)
    if known.hard_bounces >= HARD_TO_VERIFY:
        _notify(session, "verify_contact", mail)


def known_of(session: Session, address: str) -> Address:
    """Return the row of an address, locked; create it the first time."""
    key = address.casefold()
    db.insert_missing(
        session, Address, {"address": key, "hard_bounces": 0, "soft_bounces": 0, "complaints": 0}
    )
    return session.get_one(Address, key, with_for_update=True, populate_existing=True)


def is_dead(session: Session, address: str) -> bool:
    """Return whether no reminders go there."""
    known = session.get(Address, address.casefold())
    return known is not None and known.dead_at is not None


def dead_of(session: Session, given: Iterable[str]) -> frozenset[str]:
    """Return the dead ones among these addresses, which get no reminders, in lower case."""
    wanted = sorted({address.casefold() for address in given if address})
    found: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        found |= set(
            session.scalars(
                select(Address.address).where(
                    Address.address.in_(wanted[start : start + AT_ONCE]),
                    Address.dead_at.is_not(None),
                )
            )
        )
    return frozenset(found)


def alive_again(session: Session, address: str, actor_id: int | None) -> bool:
    """Reset an address that was confirmed to work, and remove its notices.

    Return False if the address had no bounces.
    """
    known = session.get(Address, address.casefold(), with_for_update=True)
    if known is None or not (known.dead_at or known.hard_bounces or known.soft_bounces):
        return False
    known.dead_at = None
    known.hard_bounces = known.soft_bounces = 0
    _take_down(session, known.address, actor_id)
    audit_log.write(session, "address.confirmed", actor_id=actor_id, address=known.address)
    return True


def replaced(session: Session, old: str, new: str, actor_id: int | None) -> None:
    """Record that a person or desk has a new address: remove the notices of the old one.

    Entering the same address again confirms it.
    """
    alive_again(session, new, actor_id)
    session.flush()
    if old and old.casefold() != new.casefold() and not _is_used(session, old.casefold()):
        _take_down(session, old.casefold(), actor_id)


def _is_used(session: Session, address: str) -> bool:
    used = or_(
        exists().where(func.lower(User.email) == address, User.active),
        exists().where(func.lower(Entity.contact_email) == address),
    )
    return bool(session.scalar(select(used)))


def _take_down(session: Session, address: str, actor_id: int | None) -> None:
    for kind in ("address_dead", "verify_contact"):
        notices.take_down(session, kind, address, actor_id)


def _notify(session: Session, kind: str, mail: Mail) -> None:
    entity = mail.entity or _entity_of(mail.user)
    notices.put(
        session,
        kind,
        mail.to.casefold(),
        role=_in_charge(entity),
        entity=entity,
        address=mail.to,
        person=mail.user.full_name if mail.user else "",
        said=mail.error,
    )


def _entity_of(user: User | None) -> Entity | None:
    """Return the entity for which a person acts, where a mail is about several or none."""
    held = (grant.entity for grant in user.grants if grant.until_at is None) if user else ()
    return next((entity for entity in held if entity is not None), None)


def _in_charge(entity: Entity | None) -> str:
    """Return the role that looks after contacts: sip, who has the designation, if in charge.

    Return both roles if no user is in charge.
    """
    if entity is None or not (entity.sip_coordinator_id or entity.sgtd_coordinator_id):
        return ""
    return "sip" if entity.sip_coordinator_id else "sgtd"


def _none_stayed_since(session: Session, mail: Mail) -> bool:
    """Return whether no mail was delivered between the last that came back and this one."""
    same = func.lower(Mail.to) == mail.to.casefold()
    last = session.scalar(
        select(func.max(Mail.sent_at)).where(same, Mail.bounced_at.is_not(None), Mail.id != mail.id)
    )
    if last is None or mail.sent_at is None:
        return True
    stayed = exists().where(
        same,
        Mail.state == "sent",
        Mail.bounced_at.is_(None),
        Mail.sent_at > last,
        Mail.sent_at < mail.sent_at,
    )
    return not session.scalar(select(stayed))
