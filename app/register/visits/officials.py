"""Finding the visited official by the text that the desk types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.formatting import plain
from app.base.models import Official, Register
from app.register.facts.values import Refused
from app.register.registers import last_days

#: Letters from which on officials are searched, and how many are offered at once.
SHORTEST = 3
OFFERED = 10


def label(official: Official) -> str:
    """Return the text of an official at the desk; typed whole, it finds the official again."""
    return " · ".join(part for part in (official.full_name, official.post, official.unit) if part)


def in_office(register: Register, day: date) -> ColumnElement[bool]:
    """Return the condition on Official: of this register, in the post on that day.

    The end of a mandate counts once it is stored; `matching` does not depend on that.
    """
    return (
        (Official.register_id == register.id)
        & (Official.from_on <= day)
        & or_(Official.to_on.is_(None), Official.to_on >= day)
    )


def has_officials(session: Session, register: Register, day: date) -> bool:
    """Return whether the register has any official on a day."""
    found = select(Official.id).where(in_office(register, day)).limit(1)
    return session.scalar(found) is not None


def matching(
    session: Session, register: Register, typed: str, day: date, limit: int = OFFERED
) -> Sequence[Official]:
    """Return the officials of a day who match all words in name, post or unit, by name.

    Returns none for fewer than three letters.
    """
    said = _words(typed)
    if sum(map(len, said)) < SHORTEST:
        return []
    query = (
        select(Official)
        .where(in_office(register, day), *_all_of(said))
        .order_by(Official.surnames, Official.given_names, Official.id)
        .limit(limit)
    )
    found = session.scalars(query).all()
    if any(map(last_days.may_have_ended, found)):
        ended = last_days.ended_officials(session, register, day)
        if ended:
            return session.scalars(query.where(Official.id.not_in(list(ended)))).all()
    return found


def only_match(found: Sequence[Official], typed: str) -> Official | None:
    """Return the official that is meant: the only one, or the only one of exactly that name."""
    if len(found) == 1:
        return found[0]
    said = _words(typed)
    exact = [one for one in found if said in (_words(one.full_name), _words(label(one)))]
    return exact[0] if len(exact) == 1 else None


def nobody(session: Session, register: Register, typed: str, day: date) -> Refused:
    """Return the refusal of a name: no official with it was in office on a day."""
    said = _words(typed)
    if sum(map(len, said)) < SHORTEST:
        return Refused("official", "Escribe al menos tres letras de su nombre.")
    ended = last_days.ended_officials(session, register, day)
    left_before = or_(Official.to_on < day, Official.id.in_(list(ended)))
    gone = session.scalar(
        select(Official)
        .where(Official.register_id == register.id, left_before, *_all_of(said))
        .order_by(func.coalesce(Official.to_on, day).desc())
        .limit(1)
    )
    if gone is not None:
        until = gone.to_on or ended[gone.id]
        left = f"{gone.full_name} dejó el cargo el {formatting.day(until)}"
        return Refused("official", f"{left}: elige a otra persona.")
    return Refused("official", "Nadie con ese nombre ocupa un cargo ese día. Revísalo.")


def _words(typed: str) -> list[str]:
    """Return the words of a text as searches compare them, without separators."""
    return [word for word in plain(typed).split() if any(map(str.isalnum, word))]


def _all_of(said: Sequence[str]) -> list[ColumnElement[bool]]:
    return [Official.search_text.contains(word, autoescape=True) for word in said[:12]]
