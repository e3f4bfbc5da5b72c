"""Earlier visitors: the data that this register has of them, so that they are not typed twice.

A register is searched only for its own visits, by a document that the desk has at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Register, Visit
from app.register.facts import keys
from app.register.visits import present_visitors

#: Words that belong to the following surname.
PARTICLES = frozenset("de del la las los san santa da do dos von van".split())


@dataclass(frozen=True)
class Known:
    """The data of a visitor from an earlier visit."""

    surnames: str
    given_names: str
    kind: str
    entity: str
    entity_ruc: str
    #: Moment of the last visit; None where only the day is known.
    entry_at: datetime | None
    #: Whether that visit is of today and waits for its exit.
    inside: bool
    #: Whether that visit is of a past day and its exit was not recorded.
    lacks_exit: bool


def find(session: Session, register: Register, document_type: str, number: str) -> Known | None:
    """Return the last visit of this document to this register; None without one.

    Reserved and annulled visits do not count.
    """
    last = session.scalar(
        select(Visit)
        .where(
            Visit.visitor_key == keys.visitor_key(document_type, number),
            Visit.register_id == register.id,
            Visit.state == "standing",
            Visit.audience != "reserved",
        )
        .order_by(Visit.rank.desc())
        .limit(1)
    )
    if last is None:
        return None
    surnames, given_names = parted(last.visitor_name)
    return Known(
        surnames=surnames,
        given_names=given_names,
        kind=last.visitor_kind,
        entity=last.visitor_entity,
        entity_ruc=last.visitor_entity_ruc,
        entry_at=last.entry_at,
        inside=present_visitors.is_inside(last),
        lacks_exit=present_visitors.lacks_exit(last),
    )


def parted(name: str) -> tuple[str, str]:
    """Split a name that begins with the surnames into surnames and given names.

    This is a guess: two surnames, as in Peru. Joined again it is the same name, so a wrong guess
    does not change the record.
    """
    words = name.split()
    end = 0
    for _ in range(2):
        while end < len(words) and words[end].lower() in PARTICLES:
            end += 1
        end += 1
    if end >= len(words):
        end = max(1, len(words) - 1)
    return " ".join(words[:end]), " ".join(words[end:])
