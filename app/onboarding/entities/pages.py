"""Pages of one entity: its summary, and a page for each part; see `sections`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, current_app, render_template
from sqlalchemy.orm import Session

from app.base import calendar, db, files
from app.base.models import Entity, Meeting, ProcessInstance, User
from app.cases import meetings, status
from app.cases.history import filters as history_filters
from app.cases.history import lines as history_lines
from app.cases.papers import copies, stored_files
from app.cases.papers.printed import reception_notices
from app.cases.records.sessions import waiting
from app.cases.status import Facts, queues
from app.onboarding.correcting import offered
from app.onboarding.entities import acts, case_answers, people, presenters, task_list
from app.onboarding.entities import documents as paperwork
from app.onboarding.entities.documents import dossier, dossier_file
from app.onboarding.entity_list import standing
from app.onboarding.entity_list.blueprint import blueprint
from app.people import access, downloads, proposals
from app.people.access import this_entity
from app.register import quality
from app.register.registers import environments, rules
from app.register.suppression import deciders
from forms.papers import title_of

#: Entries of the history on the summary.
RECENT = 3


@blueprint.get("/entidades/<code>")
def show(code: str) -> str:
    """Show the summary of an entity: where it is, who holds it, what is next, what to do now."""
    session, user, entity = db.session(), access.me(), this_entity()
    cases = case_answers.cases(session, standing.instances_of(session, entity))
    lanes = access.lane_titles(session, entity)
    tasks = case_answers.tasks(session, cases, user, lanes)
    answers = case_answers.answers(session, cases, tasks)
    registers = environments.of_entities(session, [entity.id])
    is_over = answers is None or answers.state in ("out_of_scope", "cancelled")
    start = acts.start_of(session, entity, user, "implementacion") if is_over else None
    link_end = people.link_end(session, entity, user)
    returns = offered.pending_returns(session, cases, user)
    proposed = proposals.about(session, entity, user)
    return render_template(
        "entities/summary.html",
        entity=entity,
        case=answers,
        first=acts.first(
            entity,
            user,
            answers.next if answers else None,
            registers,
            cases,
            [one.url for one in returns if one.url],
            [one for one in proposed if one.by_id != user.id] if user else (),
            link_ends=link_end is not None,
        )
        or start,
        stages=task_list.stages(cases, tasks, lanes),
        diagram=case_answers.diagram(session, cases, user, lanes),
        incidents=[incident for facts in cases for incident in facts.incidents],
        may_retry=access.may(user, "retry_incident", entity),
        link_end=link_end,
        today=calendar.today(),
        certificate=_certificate(session, entity, user, cases),
        questions=presenters.questions(session, entity, user),
        corrections=offered.links(cases, user),
        waits=_waits(session, entity, user, cases),
        returns=returns,
        proposals=proposed,
        **_of_history(session, entity, user),
    )


def _waits(
    session: Session, entity: Entity, user: User | None, cases: Sequence[Facts]
) -> list[queues.WaitingLine]:
    """Return the lists on which the entity waits, while it can get a seat."""
    before = {step for topic in waiting.TIMERS for step in waiting.steps_before(topic)}
    opened = {task.step for facts in cases for task in facts.open_tasks}
    if not before & opened or not access.may(user, "see_history", entity):
        return []
    return queues.lines(session, user, [entity.id])


def _of_history(session: Session, entity: Entity, user: User | None) -> dict[str, Any]:
    """Return what only readers of the history see on the summary."""
    if not access.may(user, "see_history", entity):
        return {"history": (), "sessions": (), "leaving": ()}
    return {
        "history": history_lines.recent(session, entity, RECENT),
        "sessions": meetings.ahead(session, Meeting.entity_id == entity.id),
        "leaving": people.leaving(session, entity),
    }


def _certificate(
    session: Session, entity: Entity, user: User | None, cases: Sequence[Facts]
) -> dict[str, Any] | None:
    """Return the signed constancia of an onboarding that ended, for its link."""
    facts = case_answers.onboarding_of(cases)
    if facts is None or not facts.row.ended_at or not access.may(user, "read_file", entity):
        return None
    use = copies.certificates(session, [facts.row.id]).get(facts.row.id)
    return files.describe(use) | {"name": title_of("constancia", is_signed=True)} if use else None


@blueprint.get("/entidades/<code>/tareas")
def show_tasks(code: str) -> str:
    """Show the stages with their steps, the working days by party, and all processes."""
    session, user, entity = db.session(), access.me(), this_entity()
    rows = standing.instances_of(session, entity)
    cases = case_answers.cases(session, rows)
    lanes = access.lane_titles(session, entity)
    tasks = case_answers.tasks(session, cases, user, lanes, explained=True)
    onboarding = case_answers.onboarding_of(cases)
    return render_template(
        "entities/task_page.html",
        entity=entity,
        summary=status.of_entity(cases),
        stages=task_list.stages(cases, tasks, lanes),
        clocks=case_answers.clock_table(session, onboarding) if onboarding else None,
        processes=presenters.processes_of(rows),
    )


@blueprint.get("/entidades/<code>/archivos")
def show_documents(code: str) -> str:
    """Show the documents of an entity, each with its versions."""
    session, entity = db.session(), this_entity()
    rows = standing.instances_of(session, entity)
    return render_template(
        "entities/documents.html",
        entity=entity,
        groups=paperwork.groups(session, entity, case_answers.cases(session, rows)),
        dossiers=[
            (status.PROCESS_NAMES[one.instance.process], one)
            for one in dossier.offers(session, rows)
        ],
    )


@blueprint.get("/entidades/<code>/procesos/<int:number>/expediente.zip")
def send_dossier(code: str, number: int) -> Response:
    """Send all papers of a case as one ZIP, with an index. A reading by the PCM is logged."""
    session, entity = db.session(), this_entity()
    instance = session.get(ProcessInstance, number)
    if instance is None or instance.entity_id != entity.id:
        abort(404)
    download = downloads.begin()
    found = dossier.read(session, entity, instance)
    if not found.entries:
        abort(404)
    response = Response(mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.file_name}"'
    response.headers["Cache-Control"] = "no-store"
    if download is None:
        return response
    stored_files.log_dossier(instance, len(found.entries), access.me())
    return download.sent_by(response, dossier_file.contents(found))


@blueprint.get("/entidades/<code>/personas")
def show_people(code: str) -> str:
    """Show the people of an entity, how it is reached, and what the catalogue knows of it."""
    session, user, entity = db.session(), access.me(), this_entity()
    page, grants = people.grants(session, entity)
    sees_history = access.may(user, "see_history", entity)
    return render_template(
        "entities/people_page.html",
        entity=entity,
        facts=presenters.facts(entity, user),
        people=people.people(session, entity, grants, user, in_charge=page.number == 1),
        page=page,
        alone=people.alone(session, entity),
        leaving=people.leaving(session, entity) if sees_history else (),
        actions=people.actions(session, entity, user),
    )


@blueprint.get("/entidades/<code>/registro")
def show_register(code: str) -> str:
    """Show the registers of an entity: the ways in, the figures of a month, the public page."""
    session, user, entity = db.session(), access.me(), this_entity()
    registers = environments.of_entities(session, [entity.id])
    published = next((one for one in registers if one.environment == "production"), None)
    open_to = list(registers) if access.may(user, "see_register", entity) else []
    found = environments.public(session, entity)
    if found and found.only_imported and deciders.may_decide(session, user, found):
        open_to.append(found)
    return render_template(
        "entities/register.html",
        entity=entity,
        ways=[acts.of_register(entity, user, one) for one in open_to],
        month=quality.shown(session, entity.id),
        public_address=environments.public_address(entity, published),
    )


@blueprint.get("/entidades/<code>/registro/aviso.pdf")
def reception_notice(code: str) -> Response:
    """Send the poster for the reception desk, once the entity has a public address."""
    session, entity = db.session(), this_entity()
    access.require("manage_register", entity)
    register = environments.find(session, entity, "production")
    address = environments.public_address(entity, register)
    if not address:
        abort(404)
    notice = reception_notices.Notice(
        entity={"name": entity.name, "code": entity.code},
        address=address,
        masked=not rules.documents_are_public(session),
        norm=current_app.config["NORM_VERSION"],
        privacy_notice=current_app.config["PRIVACY_NOTICE"],
    )
    name = reception_notices.file_name(entity.code)
    return Response(
        reception_notices.render(notice, calendar.today()),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.get("/entidades/<code>/correos")
def show_mails(code: str) -> str:
    """Show the newest mails about an entity that the reader may see."""
    session, entity = db.session(), this_entity()
    return render_template(
        "entities/mails.html", entity=entity, mails=presenters.mails(session, entity)
    )


@blueprint.get("/entidades/<code>/acciones")
def show_acts(code: str) -> str:
    """Show the rare actions that the reader may take now."""
    session, user, entity = db.session(), access.me(), this_entity()
    rows = standing.instances_of(session, entity)
    registers = environments.of_entities(session, [entity.id])
    return render_template(
        "entities/acts.html",
        entity=entity,
        groups=acts.rare(session, entity, user, rows, registers),
    )


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
