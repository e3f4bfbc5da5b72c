"""Absence: a user is away on days of Lima; a substitute acts and gets the mails meanwhile.

The substitute already has every lane that the absent person answers (`covers`), so that no user
gains a right. An absence begins and ends by its dates alone. If an act takes a needed role from the
substitute, the absence ends in the same transaction (`end_uncovered`): then its tasks are the
person's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload

from app.base import audit_log, calendar, db, formatting
from app.base.models import Absence, Entity, Grant, User
from app.people import mail
from app.people.access.roles import ANSWERING, ANSWERS, ROLES
from app.people.access.rules import Lane, lanes_of
from app.people.mail import Letter

LONGEST = timedelta(days=365)
#: The text on an absence that ended because its substitute could not cover it any more.
NOT_COVERED = "Quien reemplazaba ya no puede responder todo lo que le toca a quien está ausente."
#: The requirement of a person without a substitute, by lane.
MISSING: Mapping[str, str] = {
    "administrator": "hace falta un alterno",
    "authority": "hace falta otra persona que prepare la designación",
}


class CannotBeAway(Exception):
    """The absence cannot be recorded; the message (Spanish) gives the reason. `field` is the field
    to change: from_on, until_on, substitute, or "" if no change would help."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


# Who stands in --------------------------------------------------------------------------------


def covers(substitute: User, lanes: frozenset[Lane]) -> bool:
    """Return whether a user may answer all of these lanes with their own roles."""
    return lanes <= lanes_of(substitute)


def candidates(session: Session, user: User) -> list[User]:
    """Return the possible substitutes of a user, by name: active users in all their lanes."""
    lanes = lanes_of(user)
    if not lanes:
        return []
    # Of an entity where there is one: its lanes have the fewest people.
    first = min(lanes, key=lambda lane: (lane[1] is None, lane))
    return [one for one in _others(session, user, first) if covers(one, lanes)]


def _others(session: Session, user: User, lane: Lane) -> Sequence[User]:
    role, entity_id = lane
    return session.scalars(
        select(User)
        .join(Grant, Grant.user_id == User.id)
        .where(
            User.active,
            User.id != user.id,
            Grant.until_at.is_(None),
            Grant.role.in_(sorted(ANSWERS[role])),
            Grant.entity_id.is_(None) if entity_id is None else Grant.entity_id == entity_id,
        )
        .distinct()
        .order_by(User.surnames, User.given_names, User.id)
    ).all()


def nobody_fits(session: Session, user: User, *, own: bool) -> str:
    """Return why a user can have no substitute and what to do (Spanish); "" if there is one.

    `own`: the text addresses the user; otherwise it is about the user.
    """
    lanes = lanes_of(user)
    verb = "te reemplace" if own else f"reemplace a {user.full_name}"
    if not lanes:
        return f"No hay pasos que responder: no hace falta que alguien {verb}."
    if candidates(session, user):
        return ""
    alone = [lane for lane in sorted(lanes, key=str) if not _others(session, user, lane)]
    if not alone:
        return f"No hay una sola persona que {verb} en todo: debe responder los mismos pasos."
    lane, entity_id = alone[0]
    entity = session.get(Entity, entity_id) if entity_id else None
    if entity is None:
        name = ROLES[lane].name
        return f"No hay quien {verb} en la PCM: hace falta otra persona con la función «{name}»."
    return f"No hay quien {verb} en {entity.name}: {MISSING[lane]}."


def running(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Return the condition on Absence: its user is away on a day (Lima)."""
    return and_(Absence.ended_at.is_(None), Absence.from_on <= on, Absence.until_on >= on)


def away(session: Session, on: date) -> dict[int, User]:
    """Return who is away on a day: a user's id → the substitute. One statement for all users."""
    rows = session.scalars(
        select(Absence)
        .where(running(on))
        .options(joinedload(Absence.substitute).lazyload(User.grants), lazyload(Absence.user))
    )
    return {row.user_id: row.substitute for row in rows}


def stand_in(session: Session, users: Iterable[User], on: date) -> list[tuple[User, User | None]]:
    """Return who gets the mails of these users on a day: each once, with the user they replace.

    The replaced user is None for a user who gets the mails directly, which takes precedence over
    getting them as a substitute.
    """
    return standing_in(list(users), away(session, on))


def standing_in(
    users: Sequence[User], substitutes: Mapping[int, User]
) -> list[tuple[User, User | None]]:
    """Apply the rule of `stand_in`, for callers that have read who is `away` already."""
    here = {user.id for user in users if user.id not in substitutes}
    found: dict[int, tuple[User, User | None]] = {}
    for user in users:
        if user.id in here:
            found[user.id] = (user, None)
        elif (substitute := substitutes[user.id]).id not in here:
            found.setdefault(substitute.id, (substitute, user))
    return list(found.values())


def acting_for(user: User, on: date) -> Select[int]:
    """Select the ids of the users that a person replaces on a day, for use within a condition."""
    return select(Absence.user_id).where(running(on), Absence.substitute_id == user.id)


def replaced_by(session: Session, user: User | None) -> set[int]:
    """Return the ids of the users that a person replaces today."""
    return set(session.scalars(acting_for(user, calendar.today()))) if user else set()


# Noting and ending ----------------------------------------------------------------------------


def note(
    session: Session,
    user: User,
    substitute: User,
    from_on: date,
    until_on: date,
    actor_id: int,
) -> Absence:
    """Record a person's absence from a day to another, both included; write to the substitute.

    Raise CannotBeAway.
    """
    db.in_turn(session, "roles")
    for one in (user, substitute):
        session.refresh(one)
    own = actor_id == user.id
    _must_be_days(from_on, until_on)
    if fault := nobody_fits(session, user, own=own):
        raise CannotBeAway("", fault)
    _must_fit(user, substitute)
    _must_be_free(session, user, substitute, from_on, until_on)
    absence = Absence(
        user=user,
        substitute=substitute,
        from_on=from_on,
        until_on=until_on,
        created_at=calendar.now(),
        created_by_id=actor_id,
    )
    session.add(absence)
    session.flush()
    _log(session, "absence.noted", absence, actor_id)
    _post(session, substitute, absence)
    if not own:
        _post(session, user, absence)
    return absence


def _must_be_days(from_on: date, until_on: date) -> None:
    if from_on < calendar.today():
        raise CannotBeAway("from_on", "El primer día ya pasó: anota la ausencia desde hoy.")
    if until_on < from_on:
        raise CannotBeAway("until_on", "El último día no puede ser anterior al primero.")
    if until_on - from_on > LONGEST:
        raise CannotBeAway("until_on", "Una ausencia dura un año como máximo.")


def _must_fit(user: User, substitute: User) -> None:
    if substitute.id == user.id:
        raise CannotBeAway("substitute", "Nadie se reemplaza a sí mismo: elige a otra persona.")
    if not substitute.active:
        raise CannotBeAway("substitute", f"La cuenta de {substitute.full_name} está desactivada.")
    if not covers(substitute, lanes_of(user)):
        raise CannotBeAway(
            "substitute",
            f"{substitute.full_name} no puede responder todo lo que responde {user.full_name}.",
        )


def _must_be_free(
    session: Session, user: User, substitute: User, from_on: date, until_on: date
) -> None:
    """Raise CannotBeAway where absences would overlap, or form a chain of substitutes."""
    for other in session.scalars(
        select(Absence).where(
            Absence.ended_at.is_(None),
            Absence.from_on <= until_on,
            Absence.until_on >= from_on,
            or_(
                Absence.user_id.in_((user.id, substitute.id)),
                Absence.substitute_id == user.id,
            ),
        )
    ):
        when = days_of(other)
        if other.user_id == user.id:
            raise CannotBeAway("from_on", f"Ya hay una ausencia anotada {when}.")
        if other.user_id == substitute.id:
            raise CannotBeAway("substitute", f"{substitute.full_name} también se ausenta {when}.")
        raise CannotBeAway(
            "from_on",
            f"{user.full_name} reemplaza a {other.user.full_name} {when}: en esos días no puede "
            "ausentarse.",
        )


def end(session: Session, absence: Absence, actor_id: int | None, reason: str = "") -> None:
    """End an absence now, or cancel a future one; do nothing if it is over.

    The substitute gets a mail; so does the user, unless it was their own act.
    """
    if absence.ended_at is not None or absence.until_on < calendar.today():
        return
    absence.ended_at = calendar.now()
    session.flush()
    _log(session, "absence.ended", absence, actor_id, reason=reason)
    _post(session, absence.substitute, absence)
    if actor_id != absence.user_id:
        _post(session, absence.user, absence)


def end_uncovered(session: Session, user: User, actor_id: int | None) -> list[Absence]:
    """End the absences that a change of a person's roles makes invalid; return them.

    These are the person's own absences, and those in which the person is the substitute, if the
    substitute does not cover them any more."""
    ended = []
    for absence in ahead(session, user):
        for one in (absence.user, absence.substitute):
            session.refresh(one)
        lanes = lanes_of(absence.user)
        if not lanes or not covers(absence.substitute, lanes):
            end(session, absence, actor_id, NOT_COVERED)
            ended.append(absence)
    return ended


def ahead(session: Session, user: User) -> list[Absence]:
    """Return current and future absences of a user, as the absent or as the substitute, by day."""
    rows = session.scalars(
        select(Absence)
        .where(
            Absence.ended_at.is_(None),
            Absence.until_on >= calendar.today(),
            or_(Absence.user_id == user.id, Absence.substitute_id == user.id),
        )
        .options(
            joinedload(Absence.user).options(lazyload(User.grants)),
            joinedload(Absence.substitute).options(lazyload(User.grants)),
        )
        .order_by(Absence.from_on, Absence.id)
    )
    return list(rows)


def days_of(absence: Absence) -> str:
    """Return the days of an absence in words: `del 3 de agosto de 2026 al 10 de agosto de 2026`."""
    return in_words(absence.from_on, absence.until_on)


def in_words(from_on: date | str, until_on: date | str) -> str:
    """Return a range of days in words, or the one day; from dates or their ISO text."""
    if from_on == until_on:
        return f"el {formatting.day(from_on)}"
    return f"del {formatting.day(from_on)} al {formatting.day(until_on)}"


def _log(
    session: Session, kind: str, absence: Absence, actor_id: int | None, reason: str = ""
) -> None:
    """Log an entry in each entity that it concerns, or one of no entity for users of the PCM."""
    held = session.scalars(
        select(Grant.entity_id).where(
            Grant.user_id == absence.user_id,
            Grant.role.in_(sorted(ANSWERING)),
            or_(Grant.until_at.is_(None), Grant.until_at >= absence.created_at),
        )
    )
    for entity_id in sorted({entity_id or 0 for entity_id in held}):
        audit_log.write(
            session,
            kind,
            actor_id=actor_id,
            entity_id=entity_id or None,
            person_id=absence.user_id,
            person=absence.user.full_name,
            substitute_id=absence.substitute_id,
            substitute=absence.substitute.full_name,
            from_on=absence.from_on.isoformat(),
            until_on=absence.until_on.isoformat(),
            reason=reason,
        )


def _post(session: Session, to: User, absence: Absence) -> None:
    """Write to one of the two what begins, or what ended before its time."""
    if not to.active:
        return
    values = {
        "person": absence.user.full_name,
        "substitute": absence.substitute.full_name,
        "stands_in": to.id == absence.substitute_id,
        "days": days_of(absence),
        "ended": absence.ended_at is not None,
    }
    mail.post(session, Letter("absence", to.email, values, user=to))
