"""Finding the visited official by the text that the desk types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.formatting import plain
from app.base.models import PostHolder, Register
from app.register.facts.values import Refused
from app.register.registers import last_days
from app.register.registers.last_days import held_on

#: Letters from which on officials are searched, and how many are offered at once.
SHORTEST = 3
OFFERED = 10


def label(official: PostHolder) -> str:
    """Return the text of an official at the desk; typed whole, it finds the official again."""
    return " · ".join(part for part in (official.full_name, official.post, official.unit) if part)


def has_officials(session: Session, register: Register, day: date) -> bool:
    """Return whether the register has any official on a day."""
    found = select(PostHolder.id).where(held_on(session, register, day)).limit(1)
    return session.scalar(found) is not None


def matching(
    session: Session, register: Register, typed: str, day: date, limit: int = OFFERED
) -> Sequence[PostHolder]:
    """Return the officials of a day who match all words in name, post or unit, by name.

    Returns none for fewer than three letters.
    """
    said = _words(typed)
    if sum(map(len, said)) < SHORTEST:
        return []
    return session.scalars(
        select(PostHolder)
        .where(held_on(session, register, day), *_all_of(said))
        .order_by(PostHolder.surnames, PostHolder.given_names, PostHolder.id)
        .limit(limit)
    ).all()


def only_match(found: Sequence[PostHolder], typed: str) -> PostHolder | None:
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
    until = last_days.last_day(session)
    gone = session.execute(
        select(PostHolder, until)
        .where(PostHolder.register_id == register.id, until < day, *_all_of(said))
        .order_by(until.desc())
        .limit(1)
    ).first()
    if gone is not None:
        left = f"{gone[0].full_name} dejó el cargo el {formatting.day(gone[1])}"
        return Refused("official", f"{left}: elige a otra persona.")
    return Refused("official", "Nadie con ese nombre ocupa un cargo ese día. Revísalo.")


def _words(typed: str) -> list[str]:
    """Return the words of a text as searches compare them, without separators."""
    return [word for word in plain(typed).split() if any(map(str.isalnum, word))]


def _all_of(said: Sequence[str]) -> list[ColumnElement[bool]]:
    return [PostHolder.search_text.contains(word, autoescape=True) for word in said[:12]]
