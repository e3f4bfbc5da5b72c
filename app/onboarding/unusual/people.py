"""What is unusual about the people who get a function by an answer, and the people of a roster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Address, Entity, Grant, User
from app.cases import records
from app.cases.case import Case

#: At most this many people are named in one sentence.
NAMED = 5


def of_grants(case: Case, made: Iterable[Grant]) -> Iterator[str]:
    """Yield who has a function elsewhere too, and whose document belongs to another name."""
    given = {(one["document_type"], one["document_number"]): one for one in _typed(case)}
    for user in dict.fromkeys(grant.user for grant in made if grant.until_at is None):
        elsewhere = sorted(
            _place(case.session, grant)
            for grant in user.grants
            if grant.until_at is None and grant.entity_id != case.entity.id
        )
        if elsewhere:
            yield f"{user.full_name} ya tiene una función en {formatting.listed(elsewhere)}."
        typed = given.get((user.document_type, user.document_number))
        if typed and _name(typed) != _name(vars_of(user)):
            name = f"{typed['given_names']} {typed['surnames']}"
            kind = user.document_type
            yield f"El {kind} de {name} ya es de la cuenta de {user.full_name}."


def vars_of(user: Any) -> Mapping[str, str]:
    """Return the names of a user, as records have them."""
    return {"given_names": user.given_names, "surnames": user.surnames}


def _name(person: Mapping[str, Any]) -> str:
    return formatting.plain(f"{person['given_names']} {person['surnames']}")


def _typed(case: Case) -> Iterator[Mapping[str, Any]]:
    """Yield the people that the entity's records name: designated people, authority, roster."""
    designated = records.read(case, "administrator") or {}
    named = (designated.get("holder"), designated.get("alternate"), records.read(case, "authority"))
    yield from (one for one in named if one)
    yield from records.roster.read(case) or []


def _place(session: Session, grant: Grant) -> str:
    return session.get_one(Entity, grant.entity_id).name if grant.entity_id else "la PCM"


def of_roster(session: Session, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the people of a roster whose document belongs to another name's account, and those
    whose address is known not to receive mails."""
    yield from _of_another(session, rows)
    people = {row["email"].casefold(): row for row in rows if row["email"]}
    query = select(Address.address).where(Address.address.in_(people), Address.dead_at.is_not(None))
    dead = sorted(session.scalars(query)) if people else []
    if not dead:
        return
    yield f"No reciben correos las direcciones de {_named([people[one] for one in dead])}."


def _of_another(session: Session, rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    numbers = {row["document_number"] for row in rows}
    names = (User.document_type, User.document_number, User.given_names, User.surnames)
    query = select(*names).where(User.document_number.in_(numbers))
    holders = {(user.document_type, user.document_number): user for user in session.execute(query)}
    others = [
        row
        for row in rows
        if (user := holders.get((row["document_type"], row["document_number"])))
        and _name(row) != _name(vars_of(user))
    ]
    if others:
        yield f"Ya es de la cuenta de otra persona el documento de {_named(others)}."


def _named(rows: Sequence[Mapping[str, Any]]) -> str:
    names = [f"{row['given_names']} {row['surnames']}" for row in rows[:NAMED]]
    if len(rows) > NAMED:
        names.append(f"{len(rows) - NAMED} más")
    return formatting.listed(names)
