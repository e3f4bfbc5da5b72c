"""Find a visitor by document number and first surname, with a limit of failed tries.

A user who has a number but not its name learns nothing, not even whether the number exists.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Attempt, Visit
from app.people.access.tickets import keyed_hash
from app.people.accounts import attempts
from app.register.facts import keys
from app.register.facts.visibility import public_visits

KIND = "visitor_number"
#: Failed tries per number, and per network address, in an hour.
AT_NUMBER, FROM_ADDRESS = 5, 30
WINDOW = timedelta(hours=1)
#: Particles that many surnames begin with: alone they are not accepted.
PARTICLES = frozenset("de del la las los san santa y".split())
#: A visitor's newest visits, whose names are compared with the surname.
NEWEST = 200


class TooManyTries(Exception):
    """There were too many failed tries with this number or from this network address."""


def find(session: Session, document_type: str, number: str, surname: str) -> str | None:
    """Return the key of the visitor with that number and first surname; None if there is no match.

    Count the try before comparing, and commit it, so that simultaneous tries see it. Raise
    TooManyTries.
    """
    of_number, of_place = f"{document_type} {number}", f"from {attempts.address()}"
    subjects = [keyed_hash("attempt", f"{KIND} {one}") for one in (of_number, of_place)]
    tries = [Attempt(kind=KIND, subject=subject, at=calendar.now()) for subject in subjects]
    session.execute(delete(Attempt).where(_of(subjects), Attempt.at <= calendar.now() - WINDOW))
    session.add_all(tries)
    session.commit()
    counts = dict(
        session.execute(
            select(Attempt.subject, func.count()).where(_of(subjects)).group_by(Attempt.subject)
        ).all()
    )
    for subject, most in zip(subjects, (AT_NUMBER, FROM_ADDRESS), strict=True):
        if counts[subject] > most:
            raise TooManyTries
    key = keys.visitor_key(document_type, number)
    if not _is_called(session, key, surname):
        return None
    session.execute(delete(Attempt).where(Attempt.id.in_([one.id for one in tries])))
    session.commit()
    return key


def _of(subjects: list[str]) -> ColumnElement[bool]:
    return (Attempt.kind == KIND) & or_(*(Attempt.subject == subject for subject in subjects))


def _is_called(session: Session, key: str, surname: str) -> bool:
    """Return whether one of a visitor's public visits has this first surname."""
    said = plain(surname)
    if PARTICLES.issuperset(said.split()):
        return False
    names = session.scalars(
        select(Visit.visitor_name)
        .where(Visit.visitor_key == key, *public_visits("standing"))
        .order_by(Visit.rank.desc())
        .limit(NEWEST)
    )
    return any(f"{plain(name)} ".startswith(f"{said} ") for name in names)
