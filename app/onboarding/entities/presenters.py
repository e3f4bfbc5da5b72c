"""Parts of an entity's pages, as the templates take them: facts, questions, mails, processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.models import Entity, Mail, ProcessInstance, User
from app.cases.entities import sector_name
from app.cases.questions import listing
from app.cases.status import PROCESS_NAMES
from app.mailroom.outbox import mails as outbox
from app.people import access


@dataclass(frozen=True)
class EntityFacts:
    """An entity as its reader may see it."""

    code: str
    name: str
    acronym: str
    place: str
    level: str
    sector: str
    url: str
    ruc: str
    #: How it is reached, and the source of that: label and value.
    contact: Sequence[tuple[str, str]]
    #: Where the contacts are corrected; "" for readers who may not.
    contacts_url: str


def facts(entity: Entity, reader: User | None) -> EntityFacts:
    """Return the facts of an entity for a reader."""
    source = entity.contact_source
    if source and entity.contact_on:
        source = f"{source}, {formatting.day(entity.contact_on)}"
    contact = (
        ("Mesa de partes", entity.contact_email or "No se conoce su correo"),
        ("Teléfono", entity.phone),
        ("Dirección", entity.address),
        ("Página web", entity.website),
        ("Máxima autoridad", entity.contact_authority),
        ("Fuente", source),
    )
    corrects = access.may(reader, "confirm_address")
    return EntityFacts(
        code=entity.code,
        name=entity.name,
        acronym=entity.acronym,
        place=entity.place,
        level=entity.level,
        sector=sector_name(entity.sector),
        url=entity.url,
        ruc=access.masked_ruc(entity.ruc),
        contact=[(label, value) for label, value in contact if value],
        contacts_url=url_for("contacts.show", code=entity.code) if corrects else "",
    )


@dataclass(frozen=True)
class ProcessRow:
    """A process of the entity."""

    name: str
    started_on: date
    #: The end that was reached; "" while it runs.
    end: str
    status: str


def processes_of(instances: Sequence[ProcessInstance]) -> list[ProcessRow]:
    """Return all processes of an entity."""
    return [
        ProcessRow(
            name=PROCESS_NAMES[instance.process],
            started_on=calendar.lima_day(instance.started_at),
            end=instance.end_name if instance.ended_at else "",
            status=instance.status,
        )
        for instance in instances
    ]


#: The number of mails, and of questions, on a page.
MAILS, QUESTIONS = 20, 3


@dataclass(frozen=True)
class Questions:
    """The questions of an entity as its page shows them; an address is "" for who may not."""

    rows: Sequence[listing.Row]
    all_url: str
    ask_url: str


def questions(session: Session, entity: Entity, reader: User | None) -> Questions | None:
    """Return the entity's questions, waiting ones first; None for readers without the right."""
    if not access.may(reader, "see_questions", entity):
        return None
    asks = access.may(reader, "ask_question", entity)
    return Questions(
        rows=listing.of_entity(session, entity, QUESTIONS),
        all_url=url_for("questions.list_of_entity", code=entity.code),
        ask_url=url_for("questions.ask", code=entity.code) if asks else "",
    )


@dataclass(frozen=True)
class Mails:
    """The newest mails about an entity; `all_url` leads to the others, "" if there are none."""

    newest: Sequence[Mail]
    all_url: str


def mails(session: Session, entity: Entity) -> Mails:
    """Return the newest mails about the entity that the reader may see, in one statement."""
    found = session.scalars(
        select(Mail)
        .where(Mail.entity_id == entity.id, outbox.readable())
        .options(joinedload(Mail.user).lazyload(User.grants))
        .order_by(Mail.id.desc())
        .limit(MAILS + 1)
    ).all()
    more = len(found) > MAILS
    return Mails(found[:MAILS], url_for("outbox.list_mails", entidad=entity.code) if more else "")
