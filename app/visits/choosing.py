"""Whom a form means by some words: officials and decision-makers who held their post that day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.models import DecisionMaker, Official, Register
from app.models.catalogue import plain

#: As many as a page offers; more, and it asks for another word.
MOST = 12


def officials(
    session: Session, register: Register, day: date, typed: str, most: int = MOST
) -> Sequence[Official]:
    """Whoever of the personnel has all the words in name, post or unit; nobody without words."""
    words = plain(typed).split()
    if not words:
        return []
    return session.scalars(
        select(Official)
        .where(
            Official.register_id == register.id,
            Official.from_on <= day,
            or_(Official.to_on.is_(None), Official.to_on >= day),
            *(Official.search_text.contains(word, autoescape=True) for word in words),
        )
        .order_by(Official.surnames, Official.given_names, Official.id)
        .limit(most + 1)
    ).all()


def decision_makers(
    session: Session, register: Register, day: date, typed: str, most: int = MOST
) -> Sequence[DecisionMaker]:
    """Whoever of the roster has all the words in name, post or unit; nobody without words."""
    words = plain(typed).split()
    if not words:
        return []
    found = [
        holder
        for holder in in_office(session, register, day)
        if all(word in words_of(holder) for word in words)
    ]
    return found[: most + 1]


def words_of(holder: DecisionMaker) -> str:
    """A decision-maker's name, post and unit as they are compared."""
    return plain(f"{holder.full_name} {holder.post} {holder.unit}")


def in_office(session: Session, register: Register, day: date) -> Sequence[DecisionMaker]:
    """The decision-makers who held their post on a day."""
    return session.scalars(
        select(DecisionMaker)
        .where(
            DecisionMaker.register_id == register.id,
            DecisionMaker.from_on <= day,
            or_(DecisionMaker.to_on.is_(None), DecisionMaker.to_on >= day),
        )
        .order_by(DecisionMaker.surnames, DecisionMaker.given_names, DecisionMaker.id)
    ).all()
