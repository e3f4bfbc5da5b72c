"""The persons of an entity with their whole document numbers, where accounts and records have them.

Who sees them states a purpose (`app.people.accounts.unmask`, `app.administration.breaches`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import Entity, Grant, PersonnelRow, Record, User


@dataclass(frozen=True)
class Shown:
    """A person with their whole document, and where they appear."""

    name: str
    document: str
    where: str


def people_of(session: Session, entity: Entity, surnames: str) -> list[Shown]:
    """Return all persons of an entity's accounts, newest records and roster, once per document."""
    wanted = plain(surnames)
    by_document: dict[str, Shown] = {}
    for shown in (*accounts_of(session, entity), *recorded(session, entity)):
        if wanted in plain(shown.name):
            by_document.setdefault(shown.document, shown)
    return sorted(by_document.values(), key=lambda shown: plain(shown.name))


def accounts_of(session: Session, entity: Entity) -> Iterator[Shown]:
    """Yield the users who have, or had, a role in the entity."""
    users = select(User).join(Grant, Grant.user_id == User.id).where(Grant.entity_id == entity.id)
    for user in session.scalars(users.order_by(User.id)):
        yield shown_of(vars_of(user), "Cuenta")


def vars_of(row: Any) -> dict[str, str]:
    """Return a row with a document and names, as records write persons."""
    names = ("document_type", "document_number", "given_names", "surnames")
    return {name: getattr(row, name) for name in names}


def recorded(session: Session, entity: Entity) -> Iterator[Shown]:
    """Yield the persons that the newest version of each record names."""
    newest = select(func.max(Record.id)).where(Record.entity_id == entity.id).group_by(Record.name)
    ids = []
    for record in session.scalars(select(Record).where(Record.id.in_(newest)).order_by(Record.id)):
        ids.append(record.id)
        yield from named_in(record.data)
    rows = select(PersonnelRow).where(PersonnelRow.record_id.in_(ids))
    for row in session.scalars(rows.order_by(PersonnelRow.record_id, PersonnelRow.number)):
        yield shown_of(vars_of(row), "Relación de personal")


def named_in(data: Any) -> Iterator[Shown]:
    """Yield the persons anywhere inside a record."""
    if isinstance(data, dict):
        if data.get("document_number"):
            yield shown_of(data, str(data.get("post") or "Registro"))
        for value in data.values():
            yield from named_in(value)
    elif isinstance(data, list):
        for value in data:
            yield from named_in(value)


def shown_of(person: dict[str, Any], where: str) -> Shown:
    """Return a person as the page lists them."""
    return Shown(
        f"{person.get('surnames', '')}, {person.get('given_names', '')}".strip(", "),
        f"{person.get('document_type', '')} {person['document_number']}".strip(),
        where,
    )
