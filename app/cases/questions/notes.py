"""Internal notes on an entity: for coordinators and auditors, never for entities."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from app.base import audit_log, calendar
from app.base.models import Entity, Grant, Note, NoteMention, User
from app.people import access, mail
from app.people.mail import Letter


def colleagues(session: Session, user: User) -> Sequence[User]:
    """Return who can be mentioned: the other active coordinators, by name."""
    held = select(Grant.user_id).where(
        Grant.role.in_(sorted(access.ACTIONS["write_note"])),
        Grant.until_at.is_(None),
        Grant.entity_id.is_(None),
    )
    query = select(User).where(User.id.in_(held), User.active, User.id != user.id)
    return session.scalars(query.order_by(User.surnames, User.given_names, User.id)).all()


def write(
    session: Session, entity: Entity, text: str, mentioned: Collection[int], key: str, actor: User
) -> bool:
    """Write a note and mail to the colleagues it mentions; False if this form was sent before.

    The entry of the log has no entity id, because entities read the entries that have theirs.
    """
    note = Note(entity_id=entity.id, at=calendar.now(), by_id=actor.id, text=text, key=key)
    try:
        with session.begin_nested():
            session.add(note)
    except IntegrityError:
        return False
    people = [user for user in colleagues(session, actor) if user.id in mentioned]
    session.add_all(NoteMention(note_id=note.id, user_id=user.id) for user in people)
    audit_log.write(
        session, "note.written", actor_id=actor.id, entity=f"{entity.name} ({entity.code})"
    )
    values = {"writer": actor.full_name}
    for user in mail.reachable(session, people):
        mail.post(session, Letter("note_mention", user.email, values, user=user, entity=entity))
    session.flush()
    return True


def of_entity(session: Session, entity: Entity) -> list[tuple[Note, list[str]]]:
    """Return the notes on an entity, the newest first, with the names that each mentions."""
    query = select(Note).where(Note.entity_id == entity.id).options(joinedload(Note.by))
    found = session.scalars(query.order_by(Note.id.desc())).all()
    mentions = session.scalars(
        select(NoteMention)
        .where(NoteMention.note_id.in_([note.id for note in found]))
        .options(joinedload(NoteMention.user))
        .order_by(NoteMention.user_id)
    ).all()
    return [
        (note, [one.user.full_name for one in mentions if one.note_id == note.id]) for note in found
    ]
