"""Another address of an account: its former one is notified.

Links that let people in go to the address. So for some days after a reset of the second factor,
with which a thief of the account would begin, no act changes it.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import LogEntry, User
from app.people import addresses, mail
from app.people.accounts.factor.resets import APART, Refused


def change_address(session: Session, user: User, new: str, actor_id: int) -> str:
    """Give an account another address, and return the former one. Flushes. Raises Refused."""
    resets = select(LogEntry.id).where(
        LogEntry.kind == "person.factor_reset",
        LogEntry.at > calendar.now() - APART,
        LogEntry.data["person_id"].as_integer() == user.id,
    )
    if new != user.email and session.scalar(resets.limit(1)):
        raise Refused(
            "El segundo factor de la cuenta se restableció hace menos de siete días: hasta que "
            "pasen no se cambia su correo."
        )
    old, user.email = user.email, new
    if old.casefold() != new.casefold():
        values = {"at": calendar.now()}
        mail.post(session, mail.Letter("address_changed", old, values, user=user))
    addresses.replaced(session, old, new, actor_id)
    return old
