"""Find whose a mail address is: a person's, or an entity's."""

from __future__ import annotations

from flask import url_for
from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import selectinload

from app.base.models import Entity, Grant, User
from app.web.search import people
from app.web.search.found import MOST, Group, Reader, Result
from app.web.search.query import Query


def find(reader: Reader, query: Query) -> Group | None:
    """Return the accounts and entities with the typed address, or with one that contains it."""
    if "@" not in query.text:
        return None
    session, wanted = reader.session, query.text.casefold()
    of_user = User.email.icontains(wanted, autoescape=True)
    of_entity = Entity.contact_email.icontains(wanted, autoescape=True)
    both = union_all(
        select(literal("user").label("whose"), User.id, User.email.label("address")).where(of_user),
        select(literal("entity"), Entity.id, Entity.contact_email).where(of_entity, Entity.active),
    ).subquery()
    rows = session.execute(
        select(both, func.count().over()).order_by(both.c.address, both.c.id).limit(MOST)
    ).all()
    if not rows:
        return None
    users = {row.id for row in rows if row.whose == "user"}
    entities = {row.id for row in rows if row.whose == "entity"}
    held = selectinload(User.grants).joinedload(Grant.entity)
    found_users = session.scalars(select(User).where(User.id.in_(users)).options(held))
    found_entities = session.scalars(select(Entity).where(Entity.id.in_(entities)))
    by_key: dict[tuple[str, int], Result] = {}
    for user in found_users:
        account = people.of_account(reader, user)
        by_key["user", user.id] = Result(
            user.email, account.url, f"{account.text} · {account.under}"
        )
    for entity in found_entities:
        under = f"Mesa de partes de {entity.name}"
        by_key["entity", entity.id] = Result(entity.contact_email, entity.url, under)
    mails = url_for("outbox.list_mails", q=query.text) if reader.may("see_outbox") else ""
    return Group(
        id="correos",
        title="Direcciones de correo",
        results=[by_key[row.whose, row.id] for row in rows],
        count=rows[0][-1],
        url=mails,
        way="Ver los correos enviados a esta dirección",
        exact=rows[0].address.casefold() == wanted,
    )
