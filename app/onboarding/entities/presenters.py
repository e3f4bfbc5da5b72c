"""What the pages of entities say: rows and parts in the shape that the templates document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import current_app
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.definitions import definition_of
from app.base.models import Entity, Grant, Mail, ProcessInstance, Register, User
from app.cases import custody, processes, status
from app.cases.entities import sector_name
from app.cases.status import PROCESS_NAMES, Facts
from app.cases.status.facts import Wait
from app.mailroom import outbox
from app.onboarding import diagrams
from app.onboarding.entities import clocks
from app.onboarding.entity_list.standing import Standing, Window
from app.onboarding.tasks import task_view
from app.onboarding.tasks.task_view import TaskView
from app.onboarding.tasks.why import why_due
from app.people import access
from app.register.facts.values import ENVIRONMENTS


def row(session: Session, here: Standing, window: Window) -> dict[str, Any]:
    """An entity in the list, with what is due first within a window."""
    entity = here.entity
    due = here.first_due(window)
    first = due or here.next_task
    told: dict[str, Any] = {
        "code": entity.code,
        "name": entity.name,
        "url": entity.url,
        "place": entity.place or sector_name(entity.sector),
        "stage_name": here.stage_name or (here.instance.end_name if here.instance else ""),
        "state": here.state,
        "holder": custody.label_of(here.holder),
        "held": here.days_held,
        "total_days": here.days_in_all,
        "task_name": first.name if first else "",
        "startable": here.instance is None or here.instance.ended_at is not None,
        "due_in": None,
        "due_on": None,
        "due_kind": "",
    }
    if due:
        told["due_in"], told["due_on"] = task_view.due(session, due, calendar.now())
    return told


def facts(entity: Entity, reader: User | None) -> dict[str, Any]:
    """The entity as its reader may see it, with where it is reached and, for those who may
    correct that, where they do."""
    names = ("code", "name", "acronym", "place", "level", "sector", "url")
    source = entity.contact_source
    if source and entity.contact_on:
        source = f"{source}, {formatting.day(entity.contact_on)}"
    contact = (
        ("Mesa de partes", entity.contact_email or "No se conoce su correo"),
        ("Teléfono", entity.phone),
        ("Dirección", entity.address),
        ("Página web", entity.website),
        ("Máxima autoridad", entity.contact_authority),
        ("Fuente", source),
    )
    return {name: getattr(entity, name) for name in names} | {
        "sector": sector_name(entity.sector),
        "ruc": access.masked_ruc(entity.ruc),
        "contact": [(label, value) for label, value in contact if value],
        "contacts_url": f"{entity.url}/contactos" if access.may(reader, "confirm_address") else "",
    }


def public_address(entity: Entity, registers: Sequence[Register]) -> str:
    """Where everyone consults the entity's visits, which its site must link to; "" before."""
    register = next((one for one in registers if one.environment == "production"), None)
    if register is None:
        return ""
    if register.source != "zaguan":
        return register.source_address
    return f"{current_app.config['PUBLIC_URL']}/visitas/{entity.code}"


def cases(session: Session, rows: Sequence[ProcessInstance]) -> list[Facts]:
    """What is known of the entity's onboarding and, beside it, of its other open processes."""
    return list(status.read(session, status.say_where(rows), calendar.now()).values())


def tasks(
    session: Session, cases: Sequence[Facts], user: User | None, lanes: Mapping[str, str]
) -> dict[int, TaskView]:
    """The open tasks of these cases for a reader, by id, the oldest first.

    `lanes`: who does the steps of each (`access.lane_titles`).
    """
    every = [case for facts in cases for case in (facts, *facts.others)]
    rows = [task for case in every for task in case.tasks if task.state == "open"]
    rows.sort(key=lambda task: (task.opened_at, task.id))
    drafts = frozenset().union(*(case.drafts for case in every))
    now, why = calendar.now(), why_due(session, rows)
    return {
        task.id: replace(
            task_view.view(session, task, user, drafts, now, why=why[task.id]),
            who=lanes[access.ROLES[task.role].lane or ""],
        )
        for task in rows
    }


def case(
    here: Standing,
    cases: Sequence[Facts],
    open_tasks: Mapping[int, TaskView],
) -> dict[str, Any] | None:
    """The three answers above the fold: where, in whose hands, what is next."""
    instance = here.instance
    if instance is None:
        return None
    where = (
        here.stage_name and f"Etapa {here.stage_number} de {count_of(instance)}: {here.stage_name}"
    )
    if instance.ended_at:
        where = instance.end_name or "Implementación anulada"
    since = instance.ended_at or instance.stage_since_at or instance.started_at
    onboarding = cases[0]
    first = _next(here, onboarding, open_tasks)
    goes_on = _case_of(onboarding, first)
    return {
        "where": where or "Implementación",
        "state": here.state,
        "since_on": calendar.lima_day(since),
        "holder": custody.label_of(here.holder) or "De nadie: terminó",
        "holder_days": here.clocks.held if here.holder else None,
        "next": open_tasks.get(first) if first is not None else None,
        "awaited": _awaited(onboarding),
        "after": status.after(goes_on) if goes_on else "",
        "clocks": clocks.table(here),
    }


def _awaited(facts: Facts) -> list[str]:
    """What is waited for, the nearest first: what the system tries again, then set days."""
    tried = [f"El sistema vuelve a intentar: {one.name}" for one in facts.incidents if one.element]

    def how_near(wait: Wait) -> tuple[bool, datetime]:
        return wait.at is None, wait.at or facts.now

    return tried + [status.of_wait(facts, wait) for wait in sorted(facts.waits, key=how_near)]


def diagram(
    session: Session, cases: Sequence[Facts], reader: User | None, lanes: Mapping[str, str]
) -> Markup | None:
    """The picture of the stage that the entity is in, or of the whole; None before the start."""
    if not cases:
        return None
    facts = cases[0]
    process = facts.row.stage or facts.row.process
    return diagrams.of_case(session, facts.row, process, reader, facts, lanes)


def count_of(instance: ProcessInstance) -> int:
    """How many stages an onboarding has."""
    return len(definition_of(instance.deployment).stages)


def _next(here: Standing, facts: Facts, open_tasks: Mapping[int, TaskView]) -> int | None:
    """The id of what its reader may do, if anything; else of what is due first.

    What runs comes before what stands still, and the path before the processes next to it.
    """

    def stands_still(key: int) -> bool:
        return open_tasks[key].state == "awaiting_date"

    on_path = [task.id for task in facts.open_tasks]
    in_order = [*on_path, *(key for key in open_tasks if key not in on_path)]
    runs = [key for key in in_order if open_tasks[key].state != "suspended"]
    runs.sort(key=stands_still)
    mine = next((key for key in runs if open_tasks[key].url), None)
    if mine is not None:
        return mine
    first = here.next_task.id if here.next_task else None
    if first is not None and first in open_tasks and not stands_still(first):
        return first
    return next(iter(runs), first)


def _case_of(facts: Facts, task_id: int | None) -> Facts | None:
    """The case that goes on once a task is answered: the onboarding, or another process.

    None for a follow-up, which nothing follows.
    """
    if task_id is None or any(task.id == task_id for task in facts.open_tasks):
        return facts
    return next((one for one in facts.others if any(t.id == task_id for t in one.tasks)), None)


def others(
    entity: Entity, instances: Sequence[ProcessInstance], user: User | None
) -> list[dict[str, Any]]:
    """All processes of the entity, with what may be done to those that run."""
    rows = []
    for instance in instances:
        base = f"{entity.url}/procesos/{instance.id}"
        ways = []
        if instance.ended_at is None and access.may(user, "suspend", entity):
            if instance.status == "suspended":
                ways.append({"label": "Reanudar", "url": f"{base}/reanudar"})
            else:
                ways.append({"label": "Suspender", "url": f"{base}/suspender"})
                ways.append({"label": "Devolver a un paso", "url": f"{base}/devolver"})
            ways.append({"label": "Anular", "url": f"{base}/anular"})
        rows.append(
            {
                "name": PROCESS_NAMES[instance.process]
                + (" que no se siguió, de un duplicado" if instance.superseded else ""),
                "started_on": calendar.lima_day(instance.started_at),
                "end": instance.end_name if instance.ended_at else "",
                "status": instance.status,
                "ways": ways,
            }
        )
    return rows


def people(session: Session, entity: Entity, reader: User | None) -> list[dict[str, Any]]:
    """Who holds a role in the entity now, and who stands in today; addresses, never numbers."""
    away = access.absences.away(session, calendar.today())
    noting = access.may(reader, "note_absence", entity)
    grants = session.scalars(
        select(Grant)
        .join(User)
        .where(Grant.entity_id == entity.id, Grant.until_at.is_(None), User.active)
        .options(joinedload(Grant.user).selectinload(User.grants))
        .order_by(Grant.role, User.surnames, User.id)
        .limit(100)
    )
    told = [
        {
            "role": access.ROLES[grant.role].name,
            "name": grant.user.full_name,
            "contact": grant.user.email,
            "substitute": away[grant.user_id].full_name if grant.user_id in away else "",
            "absences_url": _absences_url(grant) if noting else "",
        }
        for grant in grants
    ]
    for role, user in (("sip", entity.sip_coordinator), ("sgtd", entity.sgtd_coordinator)):
        if user:
            name = f"{access.ROLES[role].name} a cargo"
            substitute = away[user.id].full_name if user.id in away else ""
            one = {"role": name, "name": user.full_name, "contact": user.email}
            told.append(one | {"substitute": substitute, "absences_url": ""})
    return told


def _absences_url(grant: Grant) -> str:
    """Where a coordinator notes absences of those who answer for an entity alone."""
    of_pcm = access.roles_of(grant.user) & access.PCM_ROLES
    if grant.entity is None or grant.role not in access.ANSWERING or of_pcm:
        return ""
    return f"{grant.entity.url}/personas/{grant.user_id}/ausencias"


#: So many of the newest mails stand on the page.
MAILS = 10


def mails(session: Session, entity: Entity) -> dict[str, Any]:
    """The newest mails about the entity, those that the reader may see; and where the others are.

    One statement.
    """
    found = session.scalars(
        select(Mail)
        .where(Mail.entity_id == entity.id, outbox.readable())
        .options(joinedload(Mail.user))
        .order_by(Mail.id.desc())
        .limit(MAILS + 1)
    ).all()
    more = f"/correos?{urlencode({'entidad': entity.code})}" if len(found) > MAILS else ""
    return {"newest": found[:MAILS], "all_url": more}


#: Processes that begin from an entity's page: label, end of the address, action, process.
STARTS = (
    ("Iniciar la implementación", "implementacion", "start_onboarding", "onboarding"),
    ("Designar a otro administrador", "nueva-designacion", "start_redesignation", "redesignation"),
    (
        "Registrar un cambio de autoridad",
        "cambio-de-autoridad",
        "start_change_authority",
        "change_authority",
    ),
)


def actions(
    session: Session, here: Standing, user: User | None, registers: Sequence[Register]
) -> list[dict[str, Any]]:
    """What the reader may begin from this page."""
    entity, row = here.entity, here.instance
    ways = [
        (label, f"{entity.url}/iniciar/{kind}", True)
        for label, kind, action, process in STARTS
        if access.may(user, action, entity)
        and not (process == "onboarding" and here.state == "accepted")
        and processes.can_start(session, entity, process)
    ]
    if row is not None and row.ended_at is None:
        if access.may(user, "start_onboarding", entity):
            ways.append(("Emitir un código de activación", f"{entity.url}/codigo", True))
            ways.append(("Carta con un código nuevo", f"{entity.url}/carta", True))
        if access.may(user, "validate_stage", entity):
            ways.append(("Convalidar una etapa", f"{entity.url}/convalidar", False))
    if access.may(user, "see_register", entity):
        first = "" if access.may(user, "record_visits", entity) else "/visitas"
        ways += [
            (
                f"Registro de visitas: {ENVIRONMENTS[register.environment]}",
                f"/registro/{entity.code}/{register.path}{first}",
                False,
            )
            for register in registers
        ]
    if access.may(user, "unmask", entity):
        ways.append(("Ver números de documento", f"{entity.url}/documentos", False))
    return [{"label": label, "url": url, "post": post} for label, url, post in ways]
