"""Starting a process of an entity, and new activation codes."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import db
from app.base.models import Entity, ProcessInstance, Task
from app.cases import processes
from app.cases.status import PROCESS_NAMES
from app.onboarding import batches
from app.onboarding.entities.acts import STARTS
from app.onboarding.entity_list.blueprint import blueprint
from app.people import access
from app.people.access import this_entity


@blueprint.post("/entidades/<code>/iniciar/<kind>")
def start(code: str, kind: str) -> Response:
    """Start a process of the entity."""
    if kind not in STARTS:
        abort(404)
    process = STARTS[kind].process
    entity = this_entity()
    user = access.require(STARTS[kind].needs, entity)
    session = db.session()
    try:
        if process == "onboarding":
            issued = batches.begin(session, entity, user.id)
            if not entity.contact_email:  # no mail carries it
                show_code(entity, issued, user.id)
        else:
            row = processes.start(session, entity, process, user.id)
            if process == "change_authority":
                batches.take_up(session, entity, row)
        session.commit()
        flash(f"Se inició: {PROCESS_NAMES[process]}.", "success")
    except processes.AlreadyRunning:
        session.rollback()
        flash("La entidad ya tiene un proceso de este tipo en curso.", "warning")
    except processes.NotStartable as reason:
        session.rollback()
        flash(str(reason), "warning")
    step = _open_change(session, entity) if process == "change_personnel" else None
    if step is not None:
        return redirect(url_for("tasks.open_step", task_id=step), 303)
    return redirect(url_for(".show", code=code), 303)


def _open_change(session: Session, entity: Entity) -> int | None:
    """Return the step in which the entity's people are being changed; who may start may answer."""
    return session.scalar(
        select(Task.id)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(
            Task.entity_id == entity.id,
            Task.step == "record_personnel_change",
            Task.state == "open",
            ProcessInstance.process == "change_personnel",
        )
        .order_by(Task.id.desc())
        .limit(1)
    )


@blueprint.post("/entidades/<code>/codigo")
def new_code(code: str) -> Response:
    """Issue a new activation code: mailed if there is an address, otherwise shown once."""
    entity = this_entity()
    user = access.require("start_onboarding", entity)
    issued = batches.new_code(db.session(), entity, user.id)
    if entity.contact_email and current_app.config["SMTP_HOST"]:  # only its reader sees it
        flash(
            f"Enviamos un código nuevo a {entity.contact_email}. El anterior ya no vale.", "success"
        )
    else:
        show_code(entity, issued, user.id)
    db.session().commit()
    return redirect(url_for(".show", code=code), 303)


def show_code(entity: Entity, issued: str, user_id: int) -> None:
    """Flash an activation code, once: only its hash is stored. Its reader is barred."""
    access.hold_code(db.session(), user_id, "seen_code", entity.id)
    flash(f"Código de activación de {entity.name}: {issued}. Vale una sola vez.", "success")
