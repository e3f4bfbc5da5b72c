"""Tries at a password, limited so that guessing is slow and the owner still comes in.

A browser that signed in before has a separate counter. Others wait longer and longer: by address
and account together, and, once tries come from several addresses, by account alone. An address
counts only that much towards the latter, so that one address slows no other. The
limit of an address over all accounts is as before. Delays are alike for accounts that do not exist.
See docs/adr/0036-tries-at-passwords.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Attempt, User
from app.people import mail
from app.people.access.invitations import find_person
from app.people.access.tickets import keyed_hash
from app.people.accounts import known_browsers, passwords
from app.people.accounts.attempts import QUARTER, STORED_FOR, Limit, TooManyTries, address, check
from app.people.mail import Letter


@dataclass(frozen=True)
class Growing:
    """A number of tries at once, then one after each delay, which doubles up to the longest."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, count: int) -> timedelta:
        """Return how long the next try waits after `count` of them, since the last."""
        if count < self.free:
            return timedelta(0)
        doubled: timedelta = self.first * 2 ** min(count - self.free, 16)
        return min(doubled, self.longest)


MINUTE = timedelta(minutes=1)
#: From one address at one account, within a day.
HERE = Growing(5, MINUTE, timedelta(hours=1))
#: At one account from all addresses, of each the first five within a day.
EVERYWHERE = Growing(20, MINUTE, QUARTER)
#: In one browser that signed in before; beyond it, the browser is like any other.
KNOWN = Limit(10, QUARTER)

#: From one address at all accounts.
ADDRESS = Limit(60, QUARTER)

#: Kinds of rows: each try (by account, and by address), and what the limits above count.
TRY, IN_BROWSER, AT_ADDRESS, SPREAD, WARNED = (
    "sign_in",
    "sign_in_known",
    "sign_in_here",
    "sign_in_spread",
    "sign_in_told",
)


@dataclass(frozen=True)
class Guess:
    """An allowed try: its rows, the rows to delete if it succeeds, and whether the next try from an
    unknown browser has to wait."""

    account: str
    rows: tuple[int, ...]
    own: tuple[tuple[str, str], ...]
    is_last: bool


def admit(session: Session, subject: str) -> Guess:
    """Count a try at an account (`DNI 12345678`) and let it through.

    Commits: others that try at the same moment must see it. Raises TooManyTries.
    """
    account, place = _key(f"sign_in {subject}"), _key(address())
    db.in_turn(session, f"tries {account}")
    name = known_browsers.browser(subject)
    if name:
        browser = _key(f"browser {name} {subject}")
        if _count(session, IN_BROWSER, browser, KNOWN.window)[0] < KNOWN.tries:
            return _let(session, account, [(TRY, account), (IN_BROWSER, browser)], is_last=False)
    here = _key(f"sign_in {subject} {address()}")
    check(session, TRY, place, ADDRESS, ADDRESS.tries - 1)
    before = _must_wait(session, AT_ADDRESS, here, HERE)
    spread = _must_wait(session, SPREAD, account, EVERYWHERE)
    rows = [(TRY, account), (TRY, place), (AT_ADDRESS, here)]
    if before < HERE.free:
        rows.append((SPREAD, account))
    is_last = before + 1 >= HERE.free or spread + 1 >= EVERYWHERE.free
    guess = _let(session, account, rows, is_last=is_last)
    check(session, TRY, place, ADDRESS, ADDRESS.tries)
    return guess


def _must_wait(session: Session, kind: str, key: str, growing: Growing) -> int:
    """Return how many tries there were within a day; raise TooManyTries before the next is due."""
    count, last = _count(session, kind, key, STORED_FOR)
    if last is not None and calendar.now() < (again_at := last + growing.wait(count)):
        raise TooManyTries(again_at)
    return count


def _count(session: Session, kind: str, key: str, window: timedelta) -> tuple[int, datetime | None]:
    """Return how many tries there were within a window, and the last of them.

    Those of a clock that went ahead, by more than machines may differ, do not count: otherwise
    nobody could try again until the right clock reaches them.
    """
    now = calendar.now()
    since, until = now - window, now + MINUTE
    found = session.execute(
        select(func.count(), func.max(Attempt.at)).where(
            Attempt.subject == key,
            Attempt.kind == kind,
            Attempt.at > since,
            Attempt.at <= until,
        )
    ).one()
    return found[0], found[1]


def _let(session: Session, account: str, keys: list[tuple[str, str]], *, is_last: bool) -> Guess:
    now = calendar.now()
    subjects = {key for _, key in keys}
    old = Attempt.at < now - STORED_FOR
    session.execute(delete(Attempt).where(Attempt.subject.in_(subjects), old))
    rows = [Attempt(kind=kind, subject=key, at=now) for kind, key in keys]
    session.add_all(rows)
    session.commit()
    own = tuple((kind, key) for kind, key in keys if kind in (IN_BROWSER, AT_ADDRESS))
    return Guess(account, tuple(row.id for row in rows), own, is_last)


def try_password(session: Session, subject: str, password: str) -> User | None:
    """Return the active person of a document (`DNI 12345678`) whose password it is.

    A suspended account is answered like an unknown one. Commits the counting of the try; raises
    TooManyTries.
    """
    guess = admit(session, subject)
    user = find_person(session, *subject.split(" ", 1))
    session.commit()  # nothing stays locked while the password is tried
    if not passwords.is_right(user, password) or user is None or not user.may_sign_in:
        warn_owner(session, guess, user)
        return None
    forgive(session, guess)
    return user


def forgive(session: Session, guess: Guess) -> None:
    """Forget the tries of a password that turned out to be known: those from here, not others."""
    session.execute(delete(Attempt).where(Attempt.id.in_(guess.rows)))
    for kind, key in ((TRY, guess.account), *guess.own):
        session.execute(delete(Attempt).where(Attempt.kind == kind, Attempt.subject == key))


def warn_owner(session: Session, guess: Guess, user: User | None) -> None:
    """Write to the owner that tries failed, once a day; commits.

    The row is written for accounts that do not exist too, so that both take as long.
    """
    if not guess.is_last:
        return
    db.in_turn(session, f"tries {guess.account}")
    if _count(session, WARNED, guess.account, STORED_FOR)[0]:
        session.rollback()
        return
    now = calendar.now()
    session.add(Attempt(kind=WARNED, subject=guess.account, at=now))
    if user is not None and user.active and user.password_hash:
        mail.post(session, Letter("tries", user.email, {"at": now}, user=user))
    session.commit()


def failed(session: Session, user: User) -> int:
    """Return how many tries at an account failed within a day, since its password was known."""
    return _count(session, TRY, _key(f"sign_in {known_browsers.subject_of(user)}"), STORED_FOR)[0]


def _key(subject: str) -> str:
    return keyed_hash("attempt", subject)
