"""What a reader may do in an entity: the act that comes first, and the rare ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.base.models import Entity, Incident, ProcessInstance, Proposal, Register, User
from app.cases import processes
from app.cases.case import Case
from app.cases.papers.issued import annulment
from app.cases.status import PROCESS_NAMES, Facts
from app.onboarding import batches
from app.onboarding.mandates import concerned
from app.onboarding.tasks.task_view import TaskView
from app.people import access
from app.register.facts.values import ENVIRONMENTS
from workflows.drawing import ENTRY


@dataclass(frozen=True)
class Action:
    """An action that the reader may take: a link, or a button that posts."""

    label: str
    url: str
    post: bool = False
    #: What it does, in a sentence.
    what: str = ""
    #: What it is about, for screen readers, where several have the same label.
    about: str = ""


@dataclass(frozen=True)
class Group:
    """Actions of one kind, under a heading."""

    name: str
    actions: Sequence[Action]


@dataclass(frozen=True)
class Start:
    """A process that a reader may begin: its label, the right, the process, what it does."""

    label: str
    needs: str
    process: str
    what: str


#: Processes that begin from an entity's pages, by their kind in the URL.
STARTS: Mapping[str, Start] = {
    "implementacion": Start(
        "Iniciar la implementación",
        "start_onboarding",
        "onboarding",
        "Empieza la primera etapa y emite el código de activación de la entidad.",
    ),
    "nueva-designacion": Start(
        "Designar a otro administrador",
        "start_redesignation",
        "redesignation",
        "Empieza una nueva designación. Mientras dura, los pasos del administrador esperan y sus "
        "plazos no corren.",
    ),
    "cambio-de-autoridad": Start(
        "Registrar un cambio de autoridad",
        "start_change_authority",
        "change_authority",
        "Empieza el registro de una nueva máxima autoridad administrativa.",
    ),
    "cambios-del-personal": Start(
        "Registrar cambios del personal",
        "start_change_personnel",
        "change_personnel",
        "Agrega, corrige o da de baja a personas del registro.",
    ),
}


def start_of(session: Session, entity: Entity, user: User | None, kind: str) -> Action | None:
    """Return the start of a process, if the reader may begin it now."""
    start = STARTS[kind]
    if not access.may(user, start.needs, entity):
        return None
    if not processes.can_start(session, entity, start.process):
        return None
    url = url_for("entities.start", code=entity.code, kind=kind)
    return Action(start.label, url, True, start.what)


def first(
    entity: Entity,
    user: User | None,
    task: TaskView | None,
    registers: Sequence[Register],
    cases: Sequence[Facts],
    requests: Sequence[str],
    proposed: Sequence[Proposal] = (),
    *,
    link_ends: bool,
) -> Action | None:
    """Return what the reader can do now, without a statement: the first of `_ways`.

    `task`: what comes next in the case; `requests`: the addresses where the reader answers requests
    for a return; `proposed`: the proposals that the reader may confirm; `link_ends`: whether a
    redesignation is proposed to the reader.
    """
    if task is not None and task.url:
        return Action(task.heading, task.url)
    ways = chain(
        (
            Action("Responder la propuesta", url_for("proposals.show", number=one.id))
            for one in proposed
        ),
        _ways(entity, user, registers, cases, requests),
    )
    return next(ways, redesignation(entity) if link_ends else None)


def _ways(
    entity: Entity,
    user: User | None,
    registers: Sequence[Register],
    cases: Sequence[Facts],
    requests: Sequence[str],
) -> Iterator[Action]:
    """Yield what a reader can do without a step to answer, the most urgent first."""
    every = [one for facts in cases for one in (facts, *facts.others)]
    if access.may(user, "suspend", entity):
        suspended = (one.row for one in every if one.row.status == "suspended")
        yield from (resume(entity, row) for row in suspended)
    if access.may(user, "retry_incident", entity):
        yield from (retry(entity, incident) for facts in every for incident in facts.incidents)
    yield from (Action("Responder el pedido de devolución", url) for url in requests)
    if entity.id in access.entities_of(user):
        yield from (of_register(entity, user, one) for one in registers)


def resume(entity: Entity, row: ProcessInstance) -> Action:
    """Return the act that resumes a suspended process, which its label names."""
    act = _of_process(entity, row)[0]
    return replace(act, label=f"{act.label}: {act.about}", about="")


def retry(entity: Entity, incident: Incident) -> Action:
    """Return the act that tries again what failed."""
    url = url_for("care.retry", code=entity.code, instance_id=incident.instance_id)
    return Action(f"Reintentar: {incident.name}", url, True)


def redesignation(entity: Entity) -> Action:
    """Return the start of the redesignation that the end of a link proposes."""
    url = url_for("entities.start", code=entity.code, kind="nueva-designacion")
    return Action("Iniciar la nueva designación", url, True)


def of_register(entity: Entity, user: User | None, register: Register) -> Action:
    """Return the way to a register: its desk for those who record visits, or its visits."""
    desk = access.may(user, "record_visits", entity)
    label = f"Registro de visitas: {ENVIRONMENTS[register.environment]}"
    if register.only_imported:
        label = "Visitas importadas"
    endpoint = "desk.show" if desk else "kept.list_visits"
    return Action(label, url_for(endpoint, code=entity.code, env=register.path))


def rare(
    session: Session,
    entity: Entity,
    user: User | None,
    rows: Sequence[ProcessInstance],
    registers: Sequence[Register],
) -> list[Group]:
    """Return the rare actions that the reader may take now, in groups.

    `rows`: all processes of the entity, the newest first.
    """
    groups = [
        Group("Constancia", list(_of_certificate(session, entity, user, rows))),
        Group("Empezar", list(_starts(session, entity, user, rows))),
        Group("Códigos y convalidación", list(_of_onboarding(session, entity, user, rows))),
        Group("Personas", list(_of_people(session, entity, user, registers))),
    ]
    if access.may(user, "suspend", entity):
        groups += [
            Group(PROCESS_NAMES[row.process], _of_process(entity, row))
            for row in rows
            if row.ended_at is None
        ]
    return [one for one in groups if one.actions]


def _starts(
    session: Session, entity: Entity, user: User | None, rows: Sequence[ProcessInstance]
) -> Iterator[Action]:
    onboarding = next((one for one in rows if one.process == ENTRY), None)
    status, end = (onboarding.status, onboarding.end_name) if onboarding else ("", "")
    for kind, start in STARTS.items():
        if start.process == ENTRY and status == "ended" and end != "No corresponde":
            continue
        if found := start_of(session, entity, user, kind):
            yield found


def _of_onboarding(
    session: Session, entity: Entity, user: User | None, rows: Sequence[ProcessInstance]
) -> Iterator[Action]:
    is_open = any(one.process == ENTRY and one.ended_at is None for one in rows)
    may_start = access.may(user, "start_onboarding", entity)
    if may_start and (is_open or batches.open_ends(session, [entity.id])):
        yield _post(
            "Emitir un código de activación",
            "entities.new_code",
            entity,
            "Va por correo a la mesa de partes; si no se conoce su correo, se muestra una vez, "
            "y quien lo ve no decide sobre la entidad. El código anterior deja de valer.",
        )
        yield _post(
            "Carta con un código nuevo",
            "letters.of_entity",
            entity,
            "Prepara una carta en PDF para enviarla en papel. Quien la hace no decide sobre la "
            "entidad. El código anterior deja de valer.",
        )
    if is_open and access.may(user, "validate_stage", entity):
        yield _link(
            "Convalidar una etapa",
            "validation.choose",
            entity,
            "Da por cumplida una etapa que la entidad ya hizo, con su sustento.",
        )


def _of_certificate(
    session: Session, entity: Entity, user: User | None, rows: Sequence[ProcessInstance]
) -> Iterator[Action]:
    row = next((one for one in rows if one.process == ENTRY), None)
    if row is None or not access.may(user, "annul_certificate", entity):
        return
    case = Case(session, entity, row)
    if access.may(user, "sign_certificate_again", entity) and annulment.waits_for_signature(case):
        yield _link(
            "Registrar la constancia firmada",
            "certificates.sign",
            entity,
            "Descárgala, fírmala y súbela.",
            instance_id=row.id,
        )
    if row.status != "cancelled" and annulment.of_case(case):
        yield _link(
            "Anular la constancia",
            "certificates.annul",
            entity,
            "Queda como anulada, con su número, y se emite otra con el siguiente.",
            instance_id=row.id,
        )


def _of_people(
    session: Session, entity: Entity, user: User | None, registers: Sequence[Register]
) -> Iterator[Action]:
    if access.may(user, "leave_function", entity):
        yield _link(
            "Dejo la función",
            "departures.show",
            entity,
            "Di desde qué día dejas la administración del registro, y quién sigue.",
        )
    if registers and access.may(user, "start_change_personnel", entity):
        yield personnel(entity)
    if access.may(user, "see_history", entity) and concerned.ending_soon(session, entity):
        yield _link(
            "Ficha para la transferencia (PDF)",
            "mandate_plan.sheet",
            entity,
            "En qué está el registro, para quienes entregan y reciben la gestión.",
        )
    if access.may(user, "unmask", entity):
        yield _link(
            "Ver números de documento",
            "accounts.unmask_entity",
            entity,
            "Pide para qué los necesitas; queda anotado.",
        )
    if access.may(user, "report_breach", entity):
        yield _link(
            "Informar un incidente de datos personales",
            "breaches.report",
            entity,
            "Si alguien leyó, perdió o difundió datos que no debía: hay 48 horas para comunicarlo.",
        )


def personnel(entity: Entity) -> Action:
    """Return the way to the people of the register."""
    return _link(
        "Personal del registro",
        "leaving.show_people",
        entity,
        "Quiénes están hoy en el registro; si alguien se fue, se registra ahí.",
    )


def _of_process(entity: Entity, row: ProcessInstance) -> list[Action]:
    suspended = row.status == "suspended"
    ways = [("Reanudar", "resume", "Los pasos y los plazos siguen desde donde estaban.")]
    if not suspended:
        ways = [
            ("Suspender", "suspend", "No se responde nada ni corre ningún plazo."),
            ("Devolver a un paso", "send_back", "Vuelve a abrir un paso que ya se respondió."),
        ]
    ways.append(("Anular", "cancel", "Termina el proceso sin efecto; lo hecho se conserva."))
    return [
        Action(
            label,
            url_for(
                f"{'cancelling' if name == 'cancel' else 'care'}.{name}",
                code=entity.code,
                instance_id=row.id,
            ),
            what=what,
            about=PROCESS_NAMES[row.process],
        )
        for label, name, what in ways
    ]


def _link(label: str, endpoint: str, entity: Entity, what: str, **values: Any) -> Action:
    return Action(label, url_for(endpoint, code=entity.code, **values), what=what)


def _post(label: str, endpoint: str, entity: Entity, what: str) -> Action:
    return Action(label, url_for(endpoint, code=entity.code), True, what)
