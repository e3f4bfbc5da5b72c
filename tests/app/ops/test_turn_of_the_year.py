"""Sixty elected bodies from November to March: each change begins once; no ex-user can sign in.

They stand at every place of their path when the mandate ends.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.administration.leaving import acts as leaving
from app.administration.leaving.acts import Announcement
from app.base import calendar, db
from app.base.definitions import in_force
from app.base.models import Entity, Grant, Mail, ProcessInstance, User
from app.cases import processes
from app.cases.records import documents
from app.cases.records.mandate import write_list
from app.ops import setup, trial_people
from app.people import access
from app.register.registers import environments
from app.register.registers.mandates import LEVELS
from app.register.visits import personnel
from forms.shapes.decision_makers import invented_posts
from tests.app import cast
from tests.app.onboarding.mandates.ended import continuing
from tests.app.ops.turn_of_year import BOUNCES, Rehearsal, verdict
from tests.app.ops.turn_of_year.mails import ADDRESS
from tests.app.ops.turn_of_year.verdict import Report
from tests.bench.filled import advance
from tests.pages import CheckingClient

ENTITIES = 60
#: When the rehearsal begins.
BEGINS = date(2026, 11, 2)
#: Of each ten entities, one designates an administrator, one is in mid-path; of each twenty, the
#: mails to one come back, and one has no address.
NO_ADMINISTRATOR, MID_PATH, BOUNCING, NO_ADDRESS = 3, 4, 5, 6
#: The entities in mid-path have answered 0 to 5 steps, and began this long before.
ANSWERED, BEGUN_BEFORE = 6, timedelta(days=20)
#: Of each twenty, one has a change of authority open when the mandate ends.
CHANGING = 7
#: The mails about an administrator who left before the rehearsal.
MAILS = ("leaving", "handed_over")
#: The number of districts where the authority continues.
CONTINUING = 12
#: The report, without the texts of mails.
COUNTS = """
Mandates that end on 2026-12-31
Plan:
      2  done: Comenzó. A su correo no llegan mensajes: su código va en una carta.
      2  done: Comenzó. No tiene correo: su código va en una carta.
     42  done: Comenzó. Su código va a [correo].
      2  done: El que ya estaba abierto sigue con la credencial. Su código va a [correo].
     12  refused: Su autoridad continúa hasta el 30 de junio de 2027 (Resolución de ejemplo).
   1858  refused: Todavía no tiene una autoridad registrada: la dirá su designación.
Changes of authority:
     40  Autoridad registrada
      8  Sin registrar
Codes entered: 40
Elected holders that ended: 43
Authorities that a list named: 12
Administrators who left the function: 9
People who left and cannot sign in: 62
Mails:
      6  (bounced)
      2  accepted
     56  authority_code
   1106  digest
      3  handed_over
     42  invitation
      6  leaving
    139  mandate_ends
      4  received
     22  weekly
No faults
"""
#: How many distinct texts each kind of mail has.
TEXTS = {
    "(status)": 37,
    "accepted": 1,
    "authority_code": 2,
    "digest": 43,
    "digest, a part": 22,
    "handed_over": 1,
    "invitation": 3,
    "leaving": 2,
    "mandate_ends": 2,
    "received": 2,
    "weekly": 2,
    "weekly, a part": 5,
}


@pytest.mark.postgresql
@pytest.mark.nightly
def test_sixty_entities_pass_the_turn_of_the_year(app: Flask) -> None:
    try:
        assert fill(app) == ENTITIES
        report = Rehearsal(app).run()
        with app.app_context(), db.writing(app) as session:
            ended = _authority(session, ended=True)
            open_ = _authority(session, ended=False)
            assert {"administrator", "authority", "preparer"} <= _reopened(session, report)
        visitors: list[CheckingClient] = [app.test_client(), app.test_client()]  # type: ignore[list-item]
        assert cast.sign_in(visitors[0], ended).status_code == 422
        assert cast.sign_in(visitors[1], open_).status_code == 303
    finally:
        calendar.use_clock(None)
    counts, texts = str(report).split("\n\nEach text of a mail once:\n\n")
    assert counts == COUNTS.strip()
    assert ADDRESS.findall(texts) == []
    assert Counter(text.kind for text in report.mails.texts) == TEXTS


def _reopened(session: Session, report: Report) -> set[str]:
    """Undo what should never be undone, and return what the verdict finds; nothing stays."""
    with session.begin_nested() as undone:
        session.execute(update(Grant).values(until_at=None))
        session.execute(update(User).values(active=False))
        found = Report(report.ends_on, report.mails)
        verdict.complete(session, found)
        undone.rollback()
    assert any("nobody can answer" in fault for fault in found.faults)
    return {fault.split()[-3] for fault in found.faults if fault.startswith("grant")}


def _authority(session: Session, *, ended: bool) -> str:
    """Return the document of an authority from before, whose role ended or goes on."""
    when = Grant.until_at.is_not(None) if ended else Grant.until_at.is_(None)
    held = session.scalars(
        select(Grant).where(Grant.role == "authority", when).order_by(Grant.id)
    ).first()
    assert held is not None
    return held.user.document_number


# The installation -----------------------------------------------------------------------------


def fill(app: Flask) -> int:
    """Fill an empty installation with elected bodies. Return their number."""
    start = calendar.at_hour(BEGINS - timedelta(days=200), time(9))
    before = calendar.at_hour(BEGINS - BEGUN_BEFORE, time(9))
    calendar.use_clock(lambda: start)
    setup.prepare(app)
    with app.app_context():
        with db.writing(app) as session:
            trial_people.open_accounts(session)
            elected = select(Entity).where(Entity.kind.in_(sorted(LEVELS))).order_by(Entity.id)
            entities = session.scalars(elected).all()
            entities = entities[:: len(entities) // ENTITIES][:ENTITIES]
            districts = [one for one in entities if one.ubigeo]
            districts = [one for one in districts if one.kind == "municipalidad_distrital"]
            for place in districts[:CONTINUING]:
                session.add(continuing(place.kind, place.ubigeo))
            ids = [entity.id for entity in entities]
        for number, entity_id in enumerate(ids):
            with db.writing(app) as session:
                _settle(session, session.get_one(Entity, entity_id), number)
            if number % 10 == MID_PATH:
                moment = [before]
                calendar.use_clock(partial(moment.__getitem__, 0))
                _walk(app, entity_id, number // 10 % ANSWERED, moment)
            calendar.use_clock(lambda: before)
            if number % 10 == NO_ADMINISTRATOR:
                _leave(app, entity_id)
            if number % 20 == CHANGING:
                _change(app, entity_id)
            calendar.use_clock(lambda: start)
    return len(ids)


def _walk(app: Flask, entity_id: int, steps: int, moment: list[Any]) -> None:
    """Start an onboarding, and answer its first steps while time passes."""
    with db.writing(app) as session:
        entity = session.get_one(Entity, entity_id)
        cast.person(session, str(40_000_000 + entity_id), "preparer", entity)
        instance_id = processes.start(session, entity, "onboarding", None).id
    for _ in range(steps):
        advance(app, instance_id, Random(entity_id), moment)


def _change(app: Flask, entity_id: int) -> None:
    """Start a change of authority that nobody answers before the mandate ends."""
    with db.writing(app) as session:
        processes.start(session, session.get_one(Entity, entity_id), "change_authority", None)


def _leave(app: Flask, entity_id: int) -> None:
    """Have the administrator leave the function: a redesignation begins, and its mails go out."""
    with db.writing(app) as session:
        entity = session.get_one(Entity, entity_id)
        (user,) = access.holders(session, "administrator", entity)
        departure = leaving.announce(session, user, entity, Announcement(calendar.today()))
        leaving.carry_out(session, departure.id, None)
        session.execute(update(Mail).where(Mail.kind.in_(MAILS)).values(state="sent"))


def _settle(session: Session, entity: Entity, place: int) -> None:
    """Give an entity its people, its list of posts and its place on the path."""
    word = BOUNCES if place % 20 == BOUNCING else "mesa"
    if place % 20 != NO_ADDRESS:
        entity.contact_email = f"{word}.{entity.code.lower()}@example.pe"
    mayor, trusted = invented_posts()
    number = 10_000_000 + entity.id
    mayor |= {"document_number": str(number), "ground": "mayor", "post": "Alcalde"}
    trusted |= {"ground": "position_of_trust", "norm": ""}
    authority = cast.person(session, str(number), "authority", entity)
    authority.email = f"alcaldia.{entity.code.lower()}@example.pe"
    person = {"given_names": authority.given_names, "surnames": authority.surnames}
    write = partial(documents.write_of_entity, session, entity)
    write("authority", _person(mayor) | {"since_on": "2023-01-01"})
    if place % 10 == MID_PATH:
        return
    write_list(session, entity, [mayor, trusted])
    holder = cast.person(session, str(number + 10_000_000), "administrator", entity)
    holder.email = f"administra.{entity.code.lower()}@example.pe"
    holder_of = person | {"document_type": "DNI", "document_number": str(number + 10_000_000)}
    write("administrator", {"holder": holder_of, "alternate": None})
    write("roster", {"rows": 0})
    register = environments.open_register(session, entity, "production", None)
    personnel.receive_decision_makers(session, register, [mayor, trusted], calendar.today())
    session.add(
        ProcessInstance(
            entity=entity,
            deployment=in_force(session),
            process="onboarding",
            status="ended",
            state=b"",
            validated={},
            end="onboarding_done",
            end_name="Implementación concluida",
            started_at=calendar.now(),
            ended_at=calendar.now(),
        )
    )


def _person(post: dict[str, str]) -> dict[str, str]:
    names = ("document_type", "document_number", "given_names", "surnames", "post")
    return {name: post[name] for name in names} | {"email": ""}
