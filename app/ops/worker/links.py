"""Asks for the links that entities said they would put on their sites, each once a day."""

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
from app.register.registers import environments, links

#: How long an answer is good for, and how many links a turn asks for.
GOOD_FOR = timedelta(hours=24)
AT_ONCE = 8


@dataclass(frozen=True)
class Link:
    """Where an entity said that its link stands, and what it may lead to."""

    entity_id: int
    address: str
    wanted: tuple[str, ...]


def run(app: Flask, stop: Stop, wires: links.Wires | None = None) -> dict[str, int] | None:
    """Asks for some of the links that are due; no transaction waits for their sites."""
    engine, asked = app.extensions["engine"], 0
    with db.open_session(engine, writes=False) as session:
        due = due_links(session, str(app.config["PUBLIC_URL"]))
    for link in due:
        if stop():
            return None
        finding = links.ask(link.address, link.wanted, wires)
        with db.writing(app) as session:
            entity = session.get_one(Entity, link.entity_id)
            links.note(session, entity, link.address, finding)
        asked += 1
    return {"asked": asked}


def due_links(session: Session, public_url: str) -> Sequence[Link]:
    """Links of entities with a production register that were not asked for lately, or were told
    since they were."""
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
        Link(
            register.entity_id,
            said["link"],
            tuple(filter(None, (f"{public_url}/visitas/{code}", register.source_address))),
        )
        for register, said, code in rows
    ]
