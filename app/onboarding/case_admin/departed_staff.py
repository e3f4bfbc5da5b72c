"""«Ya no trabaja aquí»: the people of a register, and the page that registers that one has left.

Who leaves their own function does so in `app.administration.leaving`. The endpoints keep their
first name, `leaving`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

import forms
from app.base import calendar, db
from app.base.formatting import plain
from app.base.models import Entity, PostHolder, Register, Task, User
from app.base.paging import paged
from app.cases import processes, records
from app.cases.case import Case
from app.cases.records import places
from app.cases.records.personnel_change import ChangedMeanwhile
from app.onboarding.case_admin import departed_administrator
from app.onboarding.case_admin.acts import carry_out
from app.people import access
from app.people.access import this_entity
from app.register.registers import environments
from forms.drafts import as_formdata, errors_of
from forms.fields import DateField, SelectOneField
from forms.fields.people import key_of
from forms.fields.personnel import PROFILES
from forms.shapes.changed_places import SITE, UNIT
from forms.shapes.personnel_change import GONE, ONESELF, REASONS

blueprint = Blueprint("leaving", __name__)

PROCESS, STEP = "change_personnel", "record_personnel_change"
#: What the reader needs, except to end an administrator.
CHANGES = "start_change_personnel"
#: People on one page.
PER_PAGE = 50


class LeaveForm(FlaskForm):
    """The last day and the reason, as they usually are."""

    last_day = DateField("Último día", hint="Día/mes/año", needed="Escribe su último día.")
    reason = SelectOneField("Motivo", REASONS, needed="Elige el motivo.")


@blueprint.get("/entidades/<code>/personal")
def show_people(code: str) -> str:
    """Show the people of the register today, each with the way to say that they left."""
    session, entity = db.session(), this_entity()
    registers = environments.of_entities(session, [entity.id])
    if not registers:
        abort(404)
    query = (
        select(PostHolder)
        .where(PostHolder.register_id == registers[0].id, PostHolder.to_on.is_(None))
        .order_by(PostHolder.surnames, PostHolder.given_names, PostHolder.id)
    )
    page, rows = paged(session, query, PER_PAGE)
    return render_template(
        "entities/people.html",
        entity=entity,
        officials=session.scalars(rows).all(),
        page=page,
        profiles=dict(PROFILES),
        places=_places(session, entity, registers[0]),
        me_key=key_of_user(access.me()),
    )


def _places(session: Session, entity: Entity, register: Register) -> list[dict[str, Any]]:
    """Return the units and sites with their people and days, the closed ones last."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for kind, column in ((SITE, PostHolder.site), (UNIT, PostHolder.unit)):
        inside = PostHolder.register_id == register.id, PostHolder.to_on.is_(None), column != ""
        people = select(column, func.count()).where(*inside).group_by(column)
        for name, count in session.execute(people):
            found[kind, name, ""] = {"kind": kind, "name": name, "people": count}
    for one in places.of(session, entity):
        key = one["kind"], one["name"], one["to_on"]
        found[key] = {"people": 0} | found.get(key, {}) | one
    order = sorted(found.values(), key=lambda one: (one["kind"], plain(one["name"])))
    return sorted(order, key=lambda one: bool(one.get("to_on")))


@blueprint.route(
    "/entidades/<code>/personal/<int:official_id>/ya-no-trabaja", methods=["GET", "POST"]
)
def official(code: str, official_id: int) -> Any:
    """Register that a person of the register left."""
    session, entity = db.session(), this_entity()
    one = session.get(PostHolder, official_id)
    ids = {register.id for register in environments.of_entities(session, [entity.id])}
    if one is None or one.register_id not in ids:
        abort(404)
    if one.to_on is not None:
        return _left_already(entity, one)
    user = access.find_person(session, one.document_type, one.document_number)
    ends = access.may(access.me(), "end_administrator", entity)
    if user is not None and ends and _is_administrator(user, entity):
        return redirect(url_for(".account", code=code, person_id=user.id), 303)
    return _leave(entity, one)


@blueprint.route(
    "/entidades/<code>/personas/<int:person_id>/ya-no-trabaja", methods=["GET", "POST"]
)
def account(code: str, person_id: int) -> Any:
    """Register that a person with an account left."""
    session, entity = db.session(), this_entity()
    user = session.get(User, person_id)
    if user is None:
        abort(404)
    held = [grant for grant in user.grants if grant.entity_id == entity.id]
    if not held:
        abort(404)
    if all(grant.until_at is not None for grant in held):
        was = any(grant.role == "administrator" for grant in held)
        return _left_already(entity, user, "register_departure" if was else CHANGES)
    # The account may be suspended.
    if _is_administrator(user, entity) and user != access.me():
        return _leave_administration(entity, user)
    return _leave(entity, user)


def _is_administrator(user: User, entity: Entity) -> bool:
    return access.grants.open_grant(user, "administrator", entity) is not None


def key_of_user(user: User | None) -> tuple[str, str]:
    """Return the document of a user, as rosters identify people."""
    return (user.document_type, user.document_number) if user else ("", "")


def _left_already(entity: Entity, person: PostHolder | User, action: str = CHANGES) -> Any:
    """Say that there is nothing more to register: the page was sent twice, or by two people."""
    access.require(action, entity)
    name = f"{person.given_names} {person.surnames}"
    flash(f"Ya estaba registrado: {name} dejó su puesto.", "success")
    return redirect(url_for("entities.show", code=entity.code), 303)


def _leave(entity: Entity, person: PostHolder | User) -> Any:
    """Show day and reason, already filled in; then register them as a change of personnel."""
    actor = access.require(CHANGES, entity)
    form = LeaveForm(data={"last_day": calendar.today(), "reason": GONE})
    name = f"{person.given_names} {person.surnames}"
    values = {"document_type": person.document_type, "document_number": person.document_number}

    def do(session: Session) -> None:
        if key_of(values) == key_of_user(actor):
            raise processes.Refused(ONESELF)
        said = {"last_day": form.last_day.iso, "reason": form.reason.data}
        record(session, entity, {"leaving": [values | said]}, actor.id)

    return carry_out(
        form,
        f"Ya no trabaja aquí: {name}",
        "Su cuenta termina en cuanto confirmas y sus tareas abiertas quedan para quienes tienen su "
        "función. Si dejó la entidad, también terminan sus cargos y sus demás funciones en ella, "
        "salvo la de máxima autoridad: esa termina con un cambio de autoridad.",
        "Confirmar",
        do,
        f"Registramos que {name} ya no trabaja aquí.",
    )


def _leave_administration(entity: Entity, user: User) -> Any:
    """Show what follows if an administrator left; then register it and hand over their steps."""
    actor = access.require("end_administrator", entity)
    form = LeaveForm(data={"last_day": calendar.today(), "reason": GONE})

    def do(session: Session) -> None:
        said = {"last_day": form.last_day.iso, "reason": form.reason.data}
        person = {"document_type": user.document_type, "document_number": user.document_number}
        values = {"leaving": [person | said]}
        record(session, entity, values, actor.id, ends_administrator=True)
        departed_administrator.follow_up(session, entity, user, said, actor)

    return carry_out(
        form,
        f"Ya no trabaja aquí: {user.full_name}",
        departed_administrator.what_follows(db.session(), entity, user),
        "Confirmar",
        do,
        f"Registramos que {user.full_name} ya no administra el registro.",
    )


def record(
    session: Session,
    entity: Entity,
    values: Mapping[str, Any],
    actor_id: int,
    *,
    ends_administrator: bool = False,
) -> None:
    """Start a change of personnel and answer its step. Raise Refused, with all that is wrong.

    `ends_administrator`: an administrator is among those who leave, and the actor may end that. It
    ends even if the administrator is the last operator of an open register.
    """
    step = forms.steps()[STEP]
    try:
        row = processes.start(session, entity, PROCESS, actor_id, answered=True)
        task = session.scalars(
            select(Task).where(Task.instance_id == row.id, Task.step == STEP, Task.state == "open")
        ).one()
        case = Case(session, entity, row, actor_id, task)
        given = records.read_all(case, step.needs)
        if ends_administrator:
            given |= {"administrators": [], "has_register": False}
        pairs = MultiDict(as_formdata(step.form, values))
        form = step.form(pairs, given=given | {"today": calendar.today()})
        if not form.validate():
            raise processes.Refused(" ".join(dict.fromkeys(errors_of(form).values())))
        processes.complete(session, task.id, step, form, actor_id)
    except (ChangedMeanwhile, processes.TaskTaken):
        raise processes.Refused("Otra persona lo registró en este momento.") from None
    except processes.NotStartable as reason:
        raise processes.Refused(str(reason)) from None
