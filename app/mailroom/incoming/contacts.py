"""Contacts of an entity: the addresses of its mesa de partes and people, and their correction.

Links that let people in go to these addresses. So a coordinator corrects the address of a
user who never used the account; otherwise only the user or the superuser changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import audit_log, calendar, db
from app.base.models import Address, Entity, Grant, User
from app.cases import processes
from app.people import access, addresses
from app.people.access import this_entity
from app.people.access.invitations import may_replace_email
from app.people.accounts.factor.resets import Refused, change_address
from app.people.accounts.forms import errors_of
from app.people.addresses.desk_contact import FIELDS, LIMITS
from forms.fields import (
    DateField,
    EmailField,
    NameField,
    Part,
    PhoneField,
    TextField,
    add_error,
)
from forms.fields.rules import has_document_number

blueprint = Blueprint("contacts", __name__)

DESK = "Mesa de partes"


class Correction(Part):
    """The address of a person that works."""

    email = EmailField("Correo", needed="Escribe el correo.")


class DeskContact(Part):
    """The contact data of the entity itself and their source, as in an import of contacts."""

    email = EmailField(
        "Correo de la mesa de partes (opcional)",
        hint="Ahí llegan el código de activación y los avisos antes de que la entidad empiece.",
    )
    phone = PhoneField("Teléfono (opcional)", hint="Con su código de ciudad")
    authority = NameField(
        "Máxima autoridad (opcional)",
        hint="Nombres y apellidos, sin número de documento",
        limit=LIMITS["authority"],
    )
    source = TextField(
        "Fuente",
        hint="De dónde sale el dato; por ejemplo, una llamada o su página web",
        needed="Escribe de dónde sale el dato.",
        limit=LIMITS["source"],
    )
    on = DateField("Fecha del dato", hint="Día/mes/año", needed="Escribe de qué día es el dato.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Return the fields; no number of a document, and no day to come."""
        good = bool(super().validate(extra_validators))
        for field in (self["authority"], self["source"]):
            if has_document_number(field.data or "") and not field.errors:
                add_error(field, "No escribas números de documento aquí.")
                good = False
        if self["on"].data and self["on"].data > calendar.today():
            add_error(self["on"], "La fecha todavía no llega. Escribe una hasta hoy.")
            good = False
        return good


@dataclass(frozen=True)
class Contact:
    """An address of an entity: its owner and its state."""

    name: str
    address: str
    roles: tuple[str, ...]
    phone: str
    known: Address | None
    user: User | None
    #: Whether it may be corrected here.
    open: bool
    #: Of the entity itself: who signs for it, where that stands, and of which day it is.
    authority: str = ""
    source: str = ""
    on: date | None = None

    @property
    def role_names(self) -> list[str]:
        """The roles as people read them."""
        return [access.ROLES[role].name for role in self.roles]

    @property
    def failing(self) -> bool:
        """Whether mails to it bounced."""
        return self.known is not None and bool(self.known.dead_at or self.known.hard_bounces)


def contacts_of(session: Session, entity: Entity) -> list[Contact]:
    """Return all who get mails about an entity, those with a failing address first."""
    held: dict[int, list[Grant]] = {}
    query = select(Grant).where(Grant.entity_id == entity.id, Grant.until_at.is_(None))
    for grant in session.scalars(query.order_by(Grant.id)):
        if grant.user.active:
            held.setdefault(grant.user_id, []).append(grant)
    found = [_of_person(session, entity, grants) for grants in held.values()]
    found.append(_of_desk(session, entity))
    return sorted(found, key=lambda contact: not contact.failing)


def _of_person(session: Session, entity: Entity, grants: list[Grant]) -> Contact:
    user = grants[0].user
    return Contact(
        name=user.full_name,
        address=user.email,
        roles=tuple(grant.role for grant in grants),
        phone=user.phone,
        known=session.get(Address, user.email.casefold()),
        user=user,
        open=may_replace_email(user, entity),
    )


def _of_desk(session: Session, entity: Entity) -> Contact:
    address = entity.contact_email
    known = session.get(Address, address.casefold())
    return Contact(
        DESK,
        address,
        (),
        entity.phone,
        known,
        None,
        open=True,
        authority=entity.contact_authority,
        source=entity.contact_source,
        on=entity.contact_on,
    )


@blueprint.get("/entidades/<code>/contactos")
def show(code: str) -> str:
    """Show the addresses of the entity's people and of its mesa de partes."""
    user, entity, session = access.require("confirm_address"), this_entity(), db.session()
    return render_template(
        "incoming/contacts.html",
        entity=entity,
        contacts=contacts_of(session, entity),
        may_redesignate=access.may(user, "start_redesignation", entity)
        and processes.can_start(session, entity, "redesignation"),
    )


@blueprint.route("/entidades/<code>/contactos/mesa-de-partes", methods=["GET", "POST"])
def correct_desk(code: str) -> Response | str | tuple[str, int]:
    """Correct the contact data: mesa de partes, telephone, authority, source and date."""
    actor, session, entity = access.require("confirm_address"), db.session(), this_entity()
    if request.method == "POST":
        session.refresh(entity, with_for_update={"key_share": True})
    posted = request.form if request.method == "POST" else None
    known = {name: getattr(entity, column) for name, (column, _) in FIELDS.items()}
    # A correction names its source again.
    form = DeskContact(posted, data=known | {"on": calendar.today()})
    if posted is None or not form.validate():
        page = render_template(
            "incoming/desk.html", entity=entity, form=form, errors=errors_of(form)
        )
        return page if posted is None else (page, 422)
    changed = _write_desk(session, entity, form, actor.id)
    session.commit()
    if changed:
        flash("Guardamos el contacto de la entidad.", "success")
    else:
        flash("No cambiaste nada.", "message")
    return redirect(url_for(".show", code=code), 303)


def _write_desk(session: Session, entity: Entity, form: DeskContact, actor_id: int) -> bool:
    """Store the contact data, logged with old and new value; return whether anything changed."""
    news: dict[str, Any] = {column: form[name].data for name, (column, _) in FIELDS.items()}
    news |= {"contact_source": form["source"].data, "contact_on": form["on"].data}
    changed = {
        name: [getattr(entity, name), new]
        for name, new in news.items()
        if getattr(entity, name) != new
    }
    for name, (_, new) in changed.items():
        setattr(entity, name, new)
    if changed:
        audit_log.write(
            session,
            "entity.contact_changed",
            actor_id=actor_id,
            entity_id=entity.id,
            changed={name: [_plain(old), _plain(new)] for name, (old, new) in changed.items()},
        )
        session.flush()
    if "contact_email" in changed:
        old, new = changed["contact_email"]
        addresses.replaced(session, old, new, actor_id)
    return bool(changed)


def _plain(value: Any) -> str:
    """Return a value as the log keeps it."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


@blueprint.route("/entidades/<code>/contactos/<int:number>", methods=["GET", "POST"])
def correct_person(code: str, number: int) -> Response | str | tuple[str, int]:
    """Change the address of a user who has not opened the account, and invite them there."""
    found = contacts_of(db.session(), this_entity())
    contact = next((one for one in found if one.user and one.user.id == number), None)
    if contact is None or not contact.open:
        abort(404)
    return _correct(contact)


def _correct(contact: Contact) -> Response | str | tuple[str, int]:
    actor, session = access.require("confirm_address"), db.session()
    posted = request.form if request.method == "POST" else None
    form = Correction(posted, data={"email": contact.address})
    if posted is None or not form.validate():
        page = render_template(
            "incoming/correct.html",
            entity=this_entity(),
            contact=contact,
            form=form,
            errors=errors_of(form),
        )
        return page if posted is None else (page, 422)
    try:
        changed = _write(session, contact, str(form.email.data), actor.id)
    except Refused as why:
        flash(str(why), "warning")
        return redirect(url_for(".show", code=this_entity().code), 303)
    session.commit()
    if changed:
        flash("Guardamos el correo. Los avisos llegarán a esa dirección.", "success")
    else:
        flash("No cambiaste nada.", "message")
    return redirect(url_for(".show", code=this_entity().code), 303)


def _write(session: Session, contact: Contact, new: str, actor_id: int) -> bool:
    """Write a person's address and invite there; return whether it changed."""
    entity, old, user = this_entity(), contact.address, contact.user
    if user is None or new == old:
        return False
    change_address(session, user, new, actor_id)
    said = {"entity_id": entity.id, "old": old, "new": new}
    audit_log.of_person(session, "person.email_corrected", user, actor_id, **said)
    access.hold_code(session, actor_id, "sent_code", entity.id)
    session.flush()
    access.invite(session, user, entity=entity, actor_id=actor_id)
    return True
