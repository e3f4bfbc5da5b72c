"""Invented entities and people of the tests, and how they sign in."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from flask import Flask
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.base import calendar, db
from app.base.models import Entity, LogEntry, Mail, User
from app.people import access, accounts
from tests.pages import CheckingClient

PASSWORD = "una frase de las pruebas"
NEW_PASSWORD = "otra frase que nadie sabe"


@cache
def password_hash() -> str:
    """Return the hash of PASSWORD, computed once: a hash takes 50 ms."""
    return accounts.hashed(PASSWORD)


def entity(session: Session, /, code: str = "E90001", **values: Any) -> Entity:
    """Add an invented municipality."""
    defaults = {
        "name": f"Municipalidad Distrital de Ejemplo {code[-1]}",
        "acronym": "",
        "ruc": "",
        "level": "local",
        "kind": "municipalidad_distrital",
        "department": "Lima",
        "province": "Ejemplo",
        "district": f"Ejemplo {code[-1]}",
        "contact_email": f"mesadepartes.{code.lower()}@example.pe",
    }
    made = Entity(code=code, **(defaults | values))
    made.index()
    session.add(made)
    session.flush()
    return made


def entity_of(session: Session, code: str = "E90001") -> Entity:
    """Return the stored entity with a code."""
    return session.scalars(select(Entity).where(Entity.code == code)).one()


def person(
    session: Session,
    number: str,
    role: str = "",
    place: Entity | None = None,
    *,
    document_type: str = "DNI",
    opened: bool = True,
) -> User:
    """Add an invented person with a role; `opened`: with the password of the tests."""
    user = User(
        document_type=document_type,
        document_number=number,
        given_names="Persona",
        surnames=f"Ejemplo {number[-3:]}",
        email=f"persona.{number[-3:]}@example.pe",
        password_hash=password_hash() if opened else "",
        created_at=calendar.now(),
        grants=[],
    )
    session.add(user)
    session.flush()
    if role:
        access.grant(session, user, role, place, None)
    return user


def sign_in(client: CheckingClient, number: str, password: str = PASSWORD) -> TestResponse:
    """Sign in by DNI."""
    data = {"document_type": "DNI", "document_number": number, "password": password}
    return client.post("/ingresar", data=data)


def signed_in(app: Flask, number: str) -> CheckingClient:
    """Return a new browser in which the person of a DNI is signed in."""
    client = app.test_client()
    assert isinstance(client, CheckingClient)
    answer = sign_in(client, number)
    assert answer.status_code == 303, answer.text
    return client


def open_session(app: Flask) -> Session:
    """Open a database session of the test itself, for data that it prepares or looks up."""
    return db.open_session(app.extensions["engine"])


def all_of(app: Flask, query: Select[Any]) -> list[Any]:
    """Return the committed values of a query."""
    with open_session(app) as session:
        return list(session.scalars(query))


def account(app: Flask, number: str = "40000003", role: str = "sip", **values: str) -> int:
    """Add a person with an account; return the id."""
    with app.app_context():
        session = db.session()
        user = person(session, number, role)
        for name, value in values.items():
            setattr(user, name, value)
        session.commit()
        return user.id


def invited(app: Flask, number: str = "40000002") -> str:
    """Invite a person as superuser; return the path of the link."""
    with app.app_context():
        session = db.session()
        access.invite(session, person(session, number, "superuser", opened=False))
        session.commit()
    return link(app, "invitation")


def link(app: Flask, kind: str) -> str:
    """Return the path of the link in the newest mail of a kind."""
    with open_session(app) as session:
        body = session.scalar(
            select(Mail.body).where(Mail.kind == kind).order_by(Mail.id.desc()).limit(1)
        )
    found = re.search(r"http://localhost(/(?:invitacion|clave)/\S+)", body or "")
    assert found
    return found[1]


def count(app: Flask, model: type) -> int:
    """Return the number of rows of a table."""
    with open_session(app) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def last_entry(app: Flask) -> LogEntry:
    """Return the newest entry of the log."""
    with open_session(app) as session:
        return session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()


def kinds(app: Flask) -> list[str]:
    """Return the kinds in the log, in order."""
    return all_of(app, select(LogEntry.kind).order_by(LogEntry.id))
