"""A register of the tests: an entity with both environments open, its people, and visits."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import DatedRule, PostHolder, Register, Visit
from app.register.facts.values import Entry, Visitor
from app.register.registers import environments
from app.register.visits import personnel, recording, reserved
from tests.app import cast
from tests.app.installed import Peopled
from tests.app.walk import deploy
from tests.pages import CheckingClient

CODE = "E90001"
#: Name → DNI, and whether the person belongs to the entity (otherwise to the PCM).
PARTS = {
    "preparer": ("40000011", True),
    "administrator": ("40000012", True),
    "operator": ("40000014", True),
    "operator2": ("40000015", True),
    "sgtd": ("40000022", False),
    "auditor": ("40000024", False),
    "superuser": ("40000025", False),
}
SITE = "Sede central"
#: The entity's personnel, as in an SIP-RVL-002.
PERSONNEL = [
    {
        "document_type": "DNI",
        "document_number": number,
        "given_names": given,
        "surnames": surnames,
        "post": post,
        "unit": unit,
        "site": SITE,
        "email": "",
        "profile": profile,
        "movement": "alta",
    }
    for number, given, surnames, post, unit, profile in (
        ("00000401", "Carmen", "Mamani Muestra", "Alcaldesa", "Alcaldía", "decision_maker"),
        ("00000402", "Jorge", "Rojas Ejemplo", "Jefe", "Logística", "visited_official"),
        ("00000403", "Lucía", "Gárate Ficticia", "Gerenta", "Obras - Estudios", "decision_maker"),
        ("40000014", "Persona", "Ejemplo 014", "Recepcionista", "Recepción", "operator"),
    )
]
#: Long before the tests' clock (2 March 2026).
SINCE = date(2025, 1, 1)


class Visited(Peopled):
    """An installation with one entity, both environments open, and people who record there."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.people = self.known_by(PARTS)
        if self.people:
            return
        with self.writing() as session:
            deploy(session)
            place = cast.entity(session, CODE, ruc="20131370301")
            for name, (number, of_entity) in PARTS.items():
                role = name.rstrip("2")
                user = cast.person(session, number, role, place if of_entity else None)
                self.people[name] = user.id
            for environment in ("demo", "production"):
                register = environments.open_register(session, place, environment, None)
                register.opened_at = calendar.midnight(SINCE)
                personnel.receive(session, register, PERSONNEL, SINCE)

    def register(self, session: Session, environment: str = "production") -> Register:
        """Return the entity's register."""
        return session.scalars(select(Register).where(Register.environment == environment)).one()

    def browser(self, name: str = "") -> CheckingClient:
        """Return a browser in which a person is signed in; without a name, the public's."""
        client: CheckingClient = self.app.test_client()  # type: ignore[assignment]
        if name:
            cast.sign_in(client, PARTS[name][0])
        return client

    def official(self, session: Session, surnames: str, environment: str = "production") -> int:
        """Return the id of an official of the personnel, by the first surname."""
        register = self.register(session, environment)
        found = select(PostHolder.id).where(
            PostHolder.register_id == register.id, PostHolder.surnames.startswith(surnames)
        )
        return session.scalars(found.order_by(PostHolder.from_on.desc())).first() or 0

    def visit(self, environment: str = "production", **changed: Any) -> int:
        """Record a visit of an invented person, who is inside; return its id.

        `changed`: fields of Visitor and Entry; `ago` and `stayed` in minutes; `official` by
        surname; `by` the operator; `submission`.
        """
        with self.writing() as session:
            register = self.register(session, environment)
            [made] = recording.enter(
                session,
                register,
                [self.entry(session, environment, **changed)],
                submission=changed.get("submission") or secrets.token_hex(8),
                actor_id=self.people[changed.get("by", "operator")],
            )
            return made.id

    def entry(self, session: Session, environment: str = "production", **changed: Any) -> Entry:
        """Return the entry of a visit as the desk would send it (see `visit`)."""
        entry_at = calendar.now() - timedelta(minutes=changed.get("ago", 0))
        stayed = changed.get("stayed")
        visitor = Visitor(
            name=changed.get("name", "Quispe Inventada Ana"),
            document_type=changed.get("document_type", "DNI"),
            document_number=changed.get("document_number", "00000501"),
            kind=changed.get("kind", "self"),
            entity=changed.get("entity", ""),
            entity_ruc=changed.get("entity_ruc", ""),
        )
        return Entry(
            visitor=visitor,
            official_id=self.official(session, changed.get("official", "Rojas"), environment),
            category=changed.get("category", "work"),
            motive=changed.get("motive", "Coordinación de un convenio"),
            site=changed.get("site", SITE),
            place=changed.get("place", "Oficina 201"),
            entry_at=changed.get("entry_at", entry_at),
            exit_at=entry_at + timedelta(minutes=stayed) if stayed is not None else None,
            observation=changed.get("observation", ""),
            others=changed.get("others", {}),
        )

    def correct(self, visit_id: int, reason: str = "De la prueba", **values: Any) -> None:
        """Correct some values of a visit, as its operator."""
        with self.writing() as session:
            visit = session.get_one(Visit, visit_id)
            actor_id, seen = self.people["operator"], visit.versions
            recording.correct(session, visit, reason=reason, actor_id=actor_id, seen=seen, **values)

    def annul(self, visit_id: int, reason: str = "De la prueba") -> None:
        """Annul a visit."""
        with self.writing() as session:
            visit = session.get_one(Visit, visit_id)
            recording.annul(session, visit, reason=reason, actor_id=self.people["administrator"])

    def reserve(self, visit_id: int) -> None:
        """Reserve a visit until September."""
        why = reserved.Authorisation("Gerenta", "Norma inventada", date(2026, 9, 1))
        with self.writing() as session:
            visit = session.get_one(Visit, visit_id)
            reserved.reserve(session, visit, why, actor_id=self.people["administrator"])

    def publish_numbers(self, from_on: date, value: str = "full") -> None:
        """Store a rule by which documents are published whole from a day on."""
        rule = {"name": "document_publication", "norm": "De la prueba", "at": calendar.now()}
        with self.writing() as session:
            session.add(DatedRule(from_on=from_on, value=value, **rule))

    def row(self, visit_id: int) -> Visit:
        """Return a committed visit, detached."""
        with self.reading() as session:
            found = session.get_one(Visit, visit_id)
            session.expunge(found)
            return found


def lima(text: str) -> datetime:
    """Return a moment of Lima: `lima("2026-03-02 09:30")`."""
    return datetime.fromisoformat(text).replace(tzinfo=calendar.LIMA)
