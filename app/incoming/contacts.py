"""*Verificar contacto*: which addresses of an entity do not work, and how they are put right.

Links that let people in go to these addresses. So a coordinator corrects the one of somebody who
never used the account; whoever did says oneself where mails go, or the superuser does.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access, addresses, calendar, db, log, processes
from app.access import this_entity
from app.access.invitations import may_replace_email
from app.models import Address, Entity, Grant, User
from forms.fields import EmailField, Part

blueprint = Blueprint("contacts", __name__)

DESK = "Mesa de partes"
#: Where an address of the desk stands that somebody corrected, so that no older list undoes it.
CORRECTED = "Corregido en Zaguán"


class Correction(Part):
    """The address that works."""

    email = EmailField("Correo", needed="Escribe el correo.")


@dataclass(frozen=True)
class Contact:
    """An address of an entity: whose it is, and what is known of it."""

    name: str
    address: str
    roles: tuple[str, ...]
    phone: str
    known: Address | None
    user: User | None
    #: Whether it may be corrected here.
    open: bool

    @property
    def role_names(self) -> list[str]:
        """The roles as people read them."""
        return [access.ROLES[role].name for role in self.roles]

    @property
    def failing(self) -> bool:
        """Whether mails came back from it."""
        return self.known is not None and bool(self.known.dead_at or self.known.hard_bounces)


def contacts_of(session: Session, entity: Entity) -> list[Contact]:
    """Everybody who is written to about an entity, those with a failing address first."""
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
    return Contact(DESK, address, (), entity.phone, known, None, open=True)


@blueprint.get("/entidades/<code>/contactos")
def show(code: str) -> str:
    """The addresses of the entity's people and of its mesa de partes."""
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
    """Another address of the mesa de partes: there the activation code and reminders go."""
    return _correct(_of_desk(db.session(), this_entity()))


@blueprint.route("/entidades/<code>/contactos/<int:number>", methods=["GET", "POST"])
def correct_person(code: str, number: int) -> Response | str | tuple[str, int]:
    """Another address of somebody who has not opened the account, who is invited there."""
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
        errors = {field.id: str(field.errors[0]) for field in form if field.errors}
        page = render_template(
            "incoming/correct.html", entity=this_entity(), contact=contact, form=form, errors=errors
        )
        return page if posted is None else (page, 422)
    _write(session, contact, str(form.email.data), actor.id)
    session.commit()
    flash("Guardamos el correo. Los avisos llegarán a esa dirección.", "success")
    return redirect(url_for(".show", code=this_entity().code), 303)


def _write(session: Session, contact: Contact, new: str, actor_id: int) -> None:
    entity, old = this_entity(), contact.address
    changed = {"contact_email": [old, new]}
    if new != old and contact.user is None:
        entity.contact_email = new
        entity.contact_source, entity.contact_on = CORRECTED, calendar.today()
        log.write(
            session,
            "entity.contact_changed",
            actor_id=actor_id,
            entity_id=entity.id,
            changed=changed,
        )
    elif new != old and contact.user is not None:
        contact.user.email = new
        log.write(
            session,
            "person.email_corrected",
            actor_id=actor_id,
            entity_id=entity.id,
            person_id=contact.user.id,
            person=contact.user.full_name,
            old=old,
            new=new,
        )
        session.flush()
        access.invite(session, contact.user, entity=entity, actor_id=actor_id)
    session.flush()
    addresses.replaced(session, old, new, actor_id)
