"""Mails of the outbox as coordinators may read them: who sees which, filters, states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import abort, current_app
from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, true
from sqlalchemy.orm import Session, joinedload

from app.base import db
from app.base.models import Address, Entity, Mail, User
from app.base.models.entities import matching
from app.people import access
from app.people.mail import KINDS

#: Mails whose links and codes let their reader in.
LETS_IN = tuple(kind for kind, facts in KINDS.items() if facts.lets_in)
#: State of Mail → its name on screen, and the shape next to it (see `shape` in
#: macros.html).
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("Por enviar", "awaiting_date"),
    "sent": ("Enviado", "filed"),
    "shown": ("Solo en esta página", "in_review"),
    "dropped": ("Descartado", "cancelled"),
    "failed": ("No salió", "not_presented"),
    "bounced": ("Rebotó", "observed"),
}


def kind_name(kind: str) -> str:
    """Return a kind of mail as coordinators call it."""
    return KINDS[kind].name if kind in KINDS else kind


def narrowed(query: Select[Mail], filters: Mapping[str, str]) -> Select[Mail]:
    """Return the query of the mails that match the filters."""
    if text := filters["q"]:
        name = User.given_names + " " + User.surnames
        query = query.outerjoin(User, User.id == Mail.user_id).where(
            or_(
                Mail.to.icontains(text, autoescape=True),
                Mail.subject.icontains(text, autoescape=True),
                name.icontains(text, autoescape=True),
            )
        )
    if filters["entidad"]:
        of = select(Entity.id).where(matching(filters["entidad"]))
        query = query.where(Mail.entity_id.in_(of))
    if filters["estado"]:
        query = query.where(Mail.state == filters["estado"])
    return query


def readable() -> ColumnElement[bool]:
    """Return the condition on Mail: the user may see it. Mails to the PCM may give access."""
    if access.may(access.me(), "manage_people"):
        return true()
    return or_(Mail.entity_id.is_not(None), Mail.kind.not_in(LETS_IN))


def given_up() -> ColumnElement[bool]:
    """Return the condition on Mail: it could not be sent. A literal, so that the index is used."""
    return Mail.state == literal_column("'failed'")


def by_hand(session: Session) -> dict[str, int]:
    """Return the states of mails that need a person, or wait, with their counts; without zeros.

    First those that came back or could not be sent.
    """
    states = ("failed", "bounced", "waiting")
    found = select(Mail.state, func.count()).where(Mail.state.in_(states), readable())
    counts: dict[str, int] = dict(session.execute(found.group_by(Mail.state)).all())
    return {state: counts[state] for state in states if state in counts}


def failed(session: Session) -> Sequence[Mail]:
    """Return the given-up mails that the reader may see, the oldest first."""
    query = select(Mail).where(given_up(), readable())
    with_more = query.options(joinedload(Mail.entity), joinedload(Mail.user))
    return session.scalars(with_more.order_by(Mail.id).limit(200)).all()


def readable_mail(mail_id: int, *, lock: bool = False) -> Mail:
    """Return a mail that the reader may see; any other is answered 404."""
    query = select(Mail).where(Mail.id == mail_id, readable())
    mail = db.session().scalar(query.with_for_update() if lock else query)
    if mail is None:
        abort(404)
    return mail


def sends() -> bool:
    """Return whether a server is configured; without one, mails are read on these pages alone."""
    return bool(current_app.config["SMTP_HOST"])


def suspect(session: Session, address: str) -> Address | None:
    """Return the state of an address from which mails bounced; None if no mail bounced."""
    known = session.get(Address, address.casefold()) if address else None
    return known if known and (known.dead_at or known.hard_bounces or known.soft_bounces) else None
