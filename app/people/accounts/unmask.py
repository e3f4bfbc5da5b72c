"""Document numbers in full, for users who state a purpose: the log has the purpose, no number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import abort, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import audit_log, db
from app.base.formatting import plain
from app.base.models import Entity, Grant, PersonnelRow, Record, User
from app.people.access import require, this_entity
from app.people.accounts.blueprint import pages
from app.people.accounts.forms import Purpose, PurposeInEntity, errors_of

MOST = 200


@dataclass(frozen=True)
class Shown:
    """A person with their whole document, and where they appear."""

    name: str
    document: str
    where: str


@pages.route("/personas/<int:number>/documento", methods=["GET", "POST"])
def unmask_person(number: int) -> str | tuple[str, int]:
    """Ask for a purpose, and show the document of one account."""
    viewer = require("unmask")
    session = db.session()
    person = session.get(User, number)
    if person is None:
        abort(404)
    form = Purpose(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        page = render_template(
            "accounts/unmask.html", form=form, errors=errors_of(form), who=person.full_name
        )
        return (page, 422) if request.method == "POST" else page
    purpose = form.purpose.data
    audit_log.of_person(session, "document.unmasked", person, viewer.id, purpose=purpose)
    session.commit()
    found = [Shown(person.full_name, f"{person.document_type} {person.document_number}", "Cuenta")]
    return render_template("accounts/unmasked.html", people=found, more=0, entity=None)


@pages.route("/entidades/<code>/documentos", methods=["GET", "POST"])
def unmask_entity(code: str) -> str | tuple[str, int]:
    """Ask for a purpose, and show documents of an entity's people, all or of a surname."""
    entity = this_entity()
    viewer = require("unmask", entity)
    form = PurposeInEntity(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        page = render_template(
            "accounts/unmask.html",
            form=form,
            errors=errors_of(form),
            who=entity.name,
            entity=entity,
        )
        return (page, 422) if request.method == "POST" else page
    session = db.session()
    found = people_of(session, entity, form.surnames.data or "")
    audit_log.write(
        session,
        "document.unmasked",
        actor_id=viewer.id,
        entity_id=entity.id,
        purpose=form.purpose.data,
        surnames=form.surnames.data or "",
        people=min(len(found), MOST),
    )
    session.commit()
    return render_template(
        "accounts/unmasked.html",
        people=found[:MOST],
        more=max(len(found) - MOST, 0),
        entity=entity,
    )


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
