"""The invented people of a demo, and how to sign in as them."""

from __future__ import annotations

import click
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.models import Entity, ProcessInstance, User
from app.people import access
from app.people.accounts import hashed
from app.people.accounts.factor import codes, policy

#: The people of the PCM: role, document, given names, surnames.
PCM_PEOPLE = (
    ("superuser", "00000001", "Gestora", "EJEMPLO PLATAFORMA"),
    ("sip", "00000002", "Coordinadora", "EJEMPLO SIP"),
    ("sgtd", "00000003", "Coordinador", "EJEMPLO SGTD"),
    ("secretary", "00000004", "Secretaria", "EJEMPLO DESPACHO"),
    ("auditor", "00000005", "Auditor", "EJEMPLO CONTROL"),
)
#: The people of three entities of the demo: which entity, role, document, given names, surnames.
ENTITY_PEOPLE = (
    (0, "preparer", "00000011", "Preparadora", "EJEMPLO ENTIDAD"),
    (0, "administrator", "00000012", "Administrador", "EJEMPLO ENTIDAD"),
    (0, "alternate", "00000013", "Alterna", "EJEMPLO ENTIDAD"),
    (0, "authority", "00000014", "Autoridad", "EJEMPLO ENTIDAD"),
    (1, "preparer", "00000015", "Preparador", "EJEMPLO OTRA"),
    (2, "administrator", "00000016", "Administradora", "EJEMPLO PUBLICADA"),
    (2, "operator", "00000017", "Operadora", "EJEMPLO PUBLICADA"),
)
PASSWORD = "zaguan de prueba"  # noqa: S105 - of invented people, printed at every start


def person(role: str, document: str, given_names: str, surnames: str) -> dict[str, str]:
    """Return an invented person as records write one."""
    return {
        "document_type": "DNI",
        "document_number": document,
        "given_names": given_names,
        "surnames": surnames,
        "email": f"{role}.{document[-2:]}@example.pe",
    }


def open_accounts(session: Session) -> dict[str, User]:
    """Open the accounts of the invented people of the PCM, where missing; return them by role."""
    people = {}
    for role, document, given_names, surnames in PCM_PEOPLE:
        user = access.find_person(session, "DNI", document)
        if user is None:
            user = User(
                **person(role, document, given_names, surnames) | {"email": f"{role}@example.pe"},
                password_hash=hashed(PASSWORD),
                created_at=calendar.now(),
                grants=[],
            )
            session.add(user)
            session.flush()
            access.grant(session, user, role, None, None)
        people[role] = user
    return people


def show(app: Flask) -> None:
    """Print how to sign in as each of the invented people who exist, and open their accounts."""
    with app.app_context(), db.writing(app) as session:
        _keep_open(session)
        accounts = [
            (access.ROLES[role].name, document)
            for role, document, *_ in PCM_PEOPLE
            if access.find_person(session, "DNI", document)
        ]
        accounts += [
            (f"{access.ROLES[role].name}, {entity.name}", document)
            for _, role, document, *_ in ENTITY_PEOPLE
            for entity in entities_of(session, document, role)
        ]
        running = session.scalar(select(func.count(ProcessInstance.id))) or 0
    if not accounts:
        return
    click.echo(f"\nTo try it (invented people, password «{PASSWORD}», {running} processes):")
    for name, document in accounts:
        click.echo(f"  DNI {document}  {name}")
    click.echo("")


def _keep_open(session: Session) -> None:
    """Open the accounts again that a long demo did not use, and count the months from now.

    Those who need a second factor get one; the pages show its codes.
    """
    documents = [one[1] for one in (*PCM_PEOPLE, *ENTITY_PEOPLE)]
    invented = User.document_number.in_(documents), User.email.endswith("@example.pe")
    for user in session.scalars(select(User).where(*invented)):
        if policy.is_required(user) and codes.of(session, user) is None:
            codes.give_invented(session, user)
        if user.may_reopen:
            user.active, user.suspended_at, user.reopened_at = True, None, calendar.now()


def entities_of(session: Session, document: str, role: str) -> list[Entity]:
    """Return the entities in which the person with this DNI has a role."""
    user = access.find_person(session, "DNI", document)
    held = user.grants if user else []
    return [
        grant.entity
        for grant in held
        if grant.entity is not None and grant.role == role and grant.until_at is None
    ]
