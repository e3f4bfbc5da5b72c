"""The superuser's pages of people: find, invite, deactivate, and give or take roles."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select, true
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response

from app.administration.catalogue.search import PAGE_SIZE
from app.administration.users import changes
from app.administration.users.account_states import STATES, state_of
from app.administration.users.blueprint import pages
from app.administration.users.departures import NobodyLeft
from app.administration.users.forms import Address, Invitation, RoleForm
from app.administration.users.outlook import outlook
from app.base import db, queries
from app.base.formatting import plain
from app.base.models import Entity, Grant, User
from app.base.paging import Paging, page_number
from app.people.access import ROLES, find_person, require
from app.people.access.invitations import find_or_create, hold_code, invite
from app.people.accounts.factor import gestores, resets
from app.people.accounts.forms import errors_of
from app.people.proposals import Refused
from forms.fields import add_error
from forms.fields.people import person_of

Answer = Response | str | tuple[str, int]


@pages.get("/personas")
def list_people() -> str:
    """List users, found by name or address (never by document number), or by their state."""
    require("manage_people")
    queries.must_know(("q", "cuenta", "pagina"))
    session = db.session()
    state = queries.chosen("cuenta", STATES)
    q = request.args.get("q", "").strip()[:100]
    words = plain(q).split()
    names = session.execute(
        select(User.id, User.surnames, User.given_names, User.email).where(
            STATES[state].condition if state else true()
        )
    )
    ids = [
        row.id
        for row in sorted(names, key=lambda row: plain(f"{row.surnames} {row.given_names}"))
        if all(w in plain(f"{row.given_names} {row.surnames} {row.email}") for w in words)
    ]
    page = Paging(len(ids), page_number(), PAGE_SIZE)
    shown = ids[page.offset : page.offset + page.size]
    users = session.scalars(
        select(User)
        .options(selectinload(User.grants).joinedload(Grant.entity))
        .where(User.id.in_(shown))
    )
    by_id = {user.id: user for user in users}
    return render_template(
        "people/list.html",
        people=[by_id[number] for number in shown],
        page=page,
        q=q,
        state=state,
        states=STATES,
        state_of=state_of,
    )


@pages.route("/personas/nueva", methods=["GET", "POST"])
def new() -> Answer:
    """Invite a person to a role."""
    actor = require("manage_people")
    if request.method != "POST":
        form = Invitation(data={"entity_code": request.args.get("entidad", "")})
        return render_template("people/new.html", form=form, errors={})
    form = Invitation(request.form)
    session = db.session()
    if form.validate():
        entity = entity_of(session, form)
        if not form.errors and address_agrees(session, form):
            user = find_or_create(session, person_of(form))
            return role_given(session, user, form, entity, actor)
    return render_template("people/new.html", form=form, errors=errors_of(form)), 422


def entity_of(session: Session, form: RoleForm) -> Entity | None:
    """Return the typed entity; add an error to the form if no entity has that code."""
    code = (form.entity_code.data or "").upper()
    if not code:
        return None
    entity = session.scalar(select(Entity).where(Entity.code == code))
    if entity is None:
        add_error(form.entity_code, f"No hay una entidad con el código {code}.")
    elif there := entity.successor:
        add_error(form.entity_code, f"{code} es ahora {there.name}. Escribe {there.code}.")
    return entity


def address_agrees(session: Session, form: Invitation) -> bool:
    """Refuse another address than the account's: its owner may not be the invited person."""
    known = find_person(session, form.document_type.data, form.document_number.data)
    if known is None or known.email == form.email.data:
        return True
    add_error(
        form.email,
        f"{known.full_name} ya tiene una cuenta con otro correo. Si es la misma persona, cambia el "
        "correo en su ficha y después dale la función.",
    )
    return False


def person(number: int) -> User:
    """Return a user with roles and their entities; 404 if there is none."""
    found = db.session().scalar(
        select(User)
        .options(selectinload(User.grants).joinedload(Grant.entity))
        .where(User.id == number)
        .execution_options(populate_existing=True)
    )
    if found is None:
        abort(404)
    return found


@pages.get("/personas/<int:number>")
def show(number: int) -> str:
    """Show an account."""
    require("manage_people")
    return person_page(person(number))


def person_page(user: User, **given: Any) -> str:
    """Render the page of a user, with the form that was refused, if any."""
    values: dict[str, Any] = {
        "person": user,
        "state": state_of(user),
        "held": open_grants(user),
        "past": [one for one in user.grants if one.until_at is not None],
        "address_form": Address(data={"email": user.email}),
        "role_form": RoleForm(),
        "errors": {},
        "proposal": gestores.waiting(db.session(), user),
    }
    return render_template("people/show.html", **(values | given))


def open_grants(user: User) -> list[Grant]:
    """Return the roles that a person holds now."""
    return [one for one in user.grants if one.until_at is None]


def back(
    user: User, sentence: str, category: str = "success", endpoint: str = "people.show"
) -> Response:
    """Redirect to the page of a user, with a message."""
    flash(sentence, category)
    return redirect(url_for(endpoint, number=user.id), 303)


@pages.post("/personas/<int:number>/correo")
def change_email(number: int) -> Answer:
    """Change the address: the account must be opened again, by an invitation to it."""
    actor, user, session = require("manage_people"), person(number), db.session()
    form = Address(request.form)
    if not form.validate():
        return person_page(user, address_form=form, errors=errors_of(form)), 422
    if form.email.data == user.email:
        return back(user, "El correo es el mismo.", "message")
    try:
        changes.move_account(session, user, form.email.data, actor.id)
    except resets.Refused as why:
        return back(user, str(why), "warning")
    session.commit()
    return back(user, "Cambiamos el correo. La persona recibirá ahí un enlace para ingresar.")


@pages.post("/personas/<int:number>/invitacion")
def invite_again(number: int) -> Response:
    """Send another invitation to a user who has not opened their account."""
    actor, user, session = require("manage_people"), person(number), db.session()
    if user.password_hash or not user.active or not user.email:
        return back(user, "No hace falta una invitación, o no hay adónde enviarla.", "warning")
    invite(session, user, actor_id=actor.id)
    session.commit()
    return back(user, "Enviamos otra invitación.")


@pages.route("/personas/<int:number>/desactivar", methods=["GET", "POST"])
def deactivate(number: int) -> Response | str:
    """Deactivate an account, after a page that shows who takes over its work."""
    actor, user, session = require("manage_people"), person(number), db.session()
    if request.method != "POST":
        heirs = outlook(session, user)
        last = changes.LAST_SUPERUSER if changes.is_last_superuser(session, user) else ""
        if any(one.refused for one in heirs):
            last = "No se puede desactivar mientras no haya quien siga."
        return render_template("people/deactivate.html", person=user, heirs=heirs, last=last)
    if not user.may_reopen:
        return back(user, "La cuenta ya estaba desactivada.", "message")
    try:
        done = changes.deactivate(session, user, actor.id)
    except NobodyLeft as reason:
        session.rollback()
        return back(user, str(reason), "warning")
    session.commit()
    return back(user, " ".join(("Desactivamos la cuenta y cerramos sus sesiones.", *done)))


@pages.post("/personas/<int:number>/reactivar")
def reactivate(number: int) -> Response:
    """Reactivate a deactivated or suspended account, with the roles that it has."""
    actor, user, session = require("manage_people"), person(number), db.session()
    if user.may_sign_in:
        return back(user, "La cuenta ya estaba activa.", "message")
    suspended = user.suspended_at is not None
    changes.reactivate(session, user, actor.id)
    session.commit()
    return back(user, "Reabrimos la cuenta." if suspended else "Reactivamos la cuenta.")


@pages.post("/personas/<int:number>/funciones")
def grant_role(number: int) -> Answer:
    """Give a role."""
    actor, user, session = require("manage_people"), person(number), db.session()
    form = RoleForm(request.form)
    entity = entity_of(session, form) if form.validate() else None
    if form.errors:
        return person_page(user, role_form=form, errors=errors_of(form)), 422
    return role_given(session, user, form, entity, actor)


def role_given(
    session: Session, user: User, form: RoleForm, entity: Entity | None, actor: User
) -> Response:
    """Give the role of a valid form, or propose it to another Gestor, and commit."""
    role, name = form.role.data, ROLES[form.role.data].name
    if any(one.role == role and one.entity == entity for one in open_grants(user)):
        session.commit()
        return back(user, f"{user.full_name} ya tenía la función «{name}».", "message")
    if gestores.needs_two(session, role, actor.id):
        try:
            gestores.propose(session, user, form.reason.data, actor.id)
        except Refused as why:
            session.rollback()
            return back(user, str(why), "warning")
        said = f"Propusiste dar a {user.full_name} la función «{name}»: lo confirma otra persona."
    else:
        if entity is not None and not user.password_hash:
            hold_code(session, actor.id, "sent_code", entity.id)
        gestores.give_role(session, user, role, entity, actor.id, reason=form.reason.data)
        said = f"{user.full_name} ya tiene la función «{name}»."
        if not user.password_hash:
            said = f"{user.full_name} recibirá un correo para ingresar."
    session.commit()
    return back(user, said)


@pages.post("/personas/<int:number>/funciones/<int:held>/quitar")
def revoke_role(number: int, held: int) -> Response:
    """Take a role."""
    actor, user, session = require("manage_people"), person(number), db.session()
    given = next((one for one in user.grants if one.id == held and one.until_at is None), None)
    if given is None:
        abort(404)
    try:
        done = changes.take_role(session, user, given, actor.id)
    except NobodyLeft as reason:
        session.rollback()
        return back(user, str(reason), "warning")
    session.commit()
    return back(user, " ".join(("Quitamos la función.", *done)))
