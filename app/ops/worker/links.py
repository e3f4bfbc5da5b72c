"""Check the links that entities said they would put on their sites, each once a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import Stop
from app.base.models import Entity, LinkCheck, Record, Register
from app.base.urls import external_url
from app.register.registers import environments, links

#: How long a result is valid, and how many links a turn checks.
GOOD_FOR = timedelta(hours=24)
AT_ONCE = 8


@dataclass(frozen=True)
class Link:
    """The page that should have the link, and the addresses that the link may lead to."""

    entity_id: int
    address: str
    wanted: tuple[str, ...]


def run(app: Flask, stop: Stop, wires: links.Wires | None = None) -> dict[str, int] | None:
    """Check some of the links that are due. No transaction is open while a site answers."""
    engine, checked = app.extensions["engine"], 0
    with app.app_context(), db.open_session(engine, writes=False) as session:
        due = due_links(session)
    for link in due:
        if stop():
            return None
        finding = links.ask(link.address, link.wanted, wires)
        with db.writing(app) as session:
            entity = session.get_one(Entity, link.entity_id)
            links.note(session, entity, link.address, finding)
        checked += 1
    return {"asked": checked}


def due_links(session: Session) -> Sequence[Link]:
    """Return links of entities with a production register that were not checked in the last day,
    or were changed since they were checked."""
    newest = (
        select(func.max(Record.id))
        .where(Record.entity_id == Register.entity_id, Record.name == "production")
        .correlate(Register)
        .scalar_subquery()
    )
    lately = exists().where(
        LinkCheck.entity_id == Register.entity_id,
        LinkCheck.asked_at > calendar.now() - GOOD_FOR,
        LinkCheck.asked_at >= Record.at,
    )
    rows = session.execute(
        select(Register, Record.data, Entity.code)
        .join(Record, Record.id == newest)
        .join(Entity, Entity.id == Register.entity_id)
        .where(environments.is_public(), ~lately)
        .order_by(Record.id)
        .limit(AT_ONCE)
    )
    return [
        Link(register.entity_id, said["link"], _wanted(code, register))
        for register, said, code in rows
    ]


def _wanted(code: str, register: Register) -> tuple[str, ...]:
    page = external_url("consult.list_of_entity", code=code)
    return (page, register.source_address) if register.source_address else (page,)
