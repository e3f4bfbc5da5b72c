"""Pages of one entity: where it is, its history, starting a process, activation codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.base import calendar, db, files
from app.base.models import Entity, Meeting, ProcessInstance, Task
from app.cases import meetings, processes, status
from app.cases.history import filters as history_filters
from app.cases.history import lines as history_lines
from app.cases.papers import copies
from app.cases.status import PROCESS_NAMES
from app.onboarding import batches
from app.onboarding.correcting import offered
from app.onboarding.entities import case_answers, presenters, task_list
from app.onboarding.entities import documents as paperwork
from app.onboarding.entity_list import standing
from app.onboarding.entity_list.blueprint import blueprint
from app.people import access
from app.people.access import this_entity
from app.register import quality
from app.register.registers import environments
from forms.papers import title_of

#: Entries of the history on the entity's own page.
RECENT = 10


@blueprint.get("/entidades/<code>")
def show(code: str) -> str:
    """Show an entity: where it is, who holds it, what is next; then tasks, people, files."""
    session, user, entity = db.session(), access.me(), this_entity()
    (here,) = standing.standings(session, [entity])
    processes_of = standing.instances_of(session, entity)
    cases = case_answers.cases(session, processes_of)
    lanes = access.lane_titles(session, entity)
    tasks = case_answers.tasks(session, cases, user, lanes)
    stages = task_list.stages(cases, tasks, lanes)
    lines: Sequence[history_lines.Line] = []
    if sees_history := access.may(user, "see_history", entity):
        lines = history_lines.recent(session, entity, RECENT)
    reads = access.may(user, "read_file", entity)
    registers = environments.of_entities(session, [entity.id])
    grants = presenters.grants(session, entity)
    actions = presenters.actions(session, here, user, registers)
    return render_template(
        "entities/entity.html",
        entity=presenters.facts(entity, user),
        summary=status.of_entity(cases),
        case=case_answers.answers(here, cases, tasks),
        stages=stages,
        diagram=case_answers.diagram(session, cases, user, lanes),
        others=presenters.others(entity, processes_of, user),
        incidents=[incident for facts in cases for incident in facts.incidents],
        may_retry=access.may(user, "retry_incident", entity),
        sessions=meetings.ahead(session, Meeting.entity_id == entity.id) if sees_history else (),
        month=quality.shown(session, entity.id),
        public_address=presenters.public_address(entity, registers),
        people=presenters.people(session, entity, grants, user),
        alone=presenters.alone(grants),
        leaving=presenters.leaving(session, entity) if sees_history else (),
        today=calendar.today(),
        link_end=presenters.link_end(session, entity, actions),
        documents=paperwork.documents(session, entity, cases) if reads else None,
        certificate=_certificate(session, here) if reads else None,
        questions=presenters.questions(session, entity, user),
        mails=presenters.mails(session, entity) if access.may(user, "see_outbox") else None,
        history=lines,
        history_url=url_for(".show_history", code=code) if sees_history else "",
        actions=actions,
        corrections=offered.links(cases, user),
        returns=offered.asked(session, cases, user) if sees_history else (),
        several_entities=access.may(user, "list_entities"),
    )


def _certificate(session: Session, here: standing.Standing) -> dict[str, Any] | None:
    """Return the signed constancia of the onboarding that the page shows, for its link."""
    if here.instance is None or not here.instance.ended_at:
        return None
    use = copies.certificates(session, [here.instance.id]).get(here.instance.id)
    return files.describe(use) | {"name": title_of("constancia", is_signed=True)} if use else None


@blueprint.get("/entidades/<code>/historial")
def show_history(code: str) -> str | tuple[str, int]:
    """Show everything that happened, the newest first, or the part that the filters select."""
    session, entity = db.session(), this_entity()
    options = history_filters.Options.read(session, entity)
    filters = history_filters.read(options)
    lines: Sequence[history_lines.Line] = []
    paging = None
    if not filters.errors:
        lines, paging = history_filters.page(session, entity, filters, options)
    page = render_template(
        "entities/history.html",
        entity=entity,
        lines=lines,
        page=paging,
        total=paging.total if paging else 0,
        filters=history_filters.selects(filters, options),
        days=history_filters.days(filters),
        narrowed=filters.narrows,
        errors=filters.errors,
    )
    return (page, 400) if filters.errors else page


@blueprint.post("/entidades/<code>/iniciar/<kind>")
def start(code: str, kind: str) -> Response:
    """Start a process of the entity."""
    if kind not in presenters.STARTS:
        abort(404)
    _, action, process = presenters.STARTS[kind]
    entity = this_entity()
    user = access.require(action, entity)
    session = db.session()
    issued = ""
    try:
        if process == "onboarding":
            issued = batches.begin(session, entity, user.id)
        else:
            row = processes.start(session, entity, process, user.id)
            if process == "change_authority":
                batches.take_up(session, entity, row)
        session.commit()
        flash(f"Se inició: {PROCESS_NAMES[process]}.", "success")
        if issued and not entity.contact_email:  # no mail carries it
            show_code(entity, issued)
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
    db.session().commit()
    if entity.contact_email and current_app.config["SMTP_HOST"]:  # only its reader sees it
        flash(
            f"Enviamos un código nuevo a {entity.contact_email}. El anterior ya no vale.", "success"
        )
    else:
        show_code(entity, issued)
    return redirect(url_for(".show", code=code), 303)


def show_code(entity: Entity, issued: str) -> None:
    """Flash an activation code, once: only its hash is stored."""
    flash(f"Código de activación de {entity.name}: {issued}. Vale una sola vez.", "success")
