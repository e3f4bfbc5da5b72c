"""The parts of the page of an entity, as its template takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.base import calendar, formatting
from app.base.models import Departure, Entity, Grant, Mail, ProcessInstance, Register, User
from app.cases import processes
from app.cases.entities import sector_name
from app.cases.questions import listing
from app.cases.status import PROCESS_NAMES
from app.mailroom.outbox import mails as outbox
from app.onboarding import batches
from app.onboarding.entities import link_ends
from app.onboarding.entity_list.standing import Standing
from app.onboarding.mandates import concerned
from app.people import access
from app.register.facts.values import ENVIRONMENTS


@dataclass(frozen=True)
class EntityFacts:
    """An entity as its reader may see it."""

    code: str
    name: str
    acronym: str
    place: str
    level: str
    sector: str
    url: str
    ruc: str
    #: How it is reached, and the source of that: label and value.
    contact: Sequence[tuple[str, str]]
    #: Where the contacts are corrected; "" for readers who may not.
    contacts_url: str


def facts(entity: Entity, reader: User | None) -> EntityFacts:
    """Return the facts of an entity for a reader."""
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
    corrects = access.may(reader, "confirm_address")
    return EntityFacts(
        code=entity.code,
        name=entity.name,
        acronym=entity.acronym,
        place=entity.place,
        level=entity.level,
        sector=sector_name(entity.sector),
        url=entity.url,
        ruc=access.masked_ruc(entity.ruc),
        contact=[(label, value) for label, value in contact if value],
        contacts_url=url_for("contacts.show", code=entity.code) if corrects else "",
    )


def public_address(entity: Entity, registers: Sequence[Register]) -> str:
    """Return where everyone consults the entity's visits, for its site; "" before production."""
    register = next((one for one in registers if one.environment == "production"), None)
    if register is None:
        return ""
    if register.source != "zaguan":
        return register.source_address
    path: str = url_for("consult.list_of_entity", code=entity.code)
    return f"{current_app.config['PUBLIC_URL']}{path}"


@dataclass(frozen=True)
class Action:
    """An action that the reader may take: a link, or a button that posts."""

    label: str
    url: str
    post: bool = False


@dataclass(frozen=True)
class ProcessRow:
    """A process of the entity, with the acts that are possible while it runs."""

    name: str
    started_on: date
    #: The end that was reached; "" while it runs.
    end: str
    status: str
    actions: Sequence[Action]


def others(
    entity: Entity, instances: Sequence[ProcessInstance], user: User | None
) -> list[ProcessRow]:
    """Return all processes of the entity."""
    may_act = access.may(user, "suspend", entity)
    return [
        ProcessRow(
            name=PROCESS_NAMES[instance.process]
            + (" que no se siguió, de un duplicado" if instance.superseded else ""),
            started_on=calendar.lima_day(instance.started_at),
            end=instance.end_name if instance.ended_at else "",
            status=instance.status,
            actions=_process_actions(entity, instance)
            if may_act and instance.ended_at is None
            else (),
        )
        for instance in instances
    ]


def _process_actions(entity: Entity, instance: ProcessInstance) -> list[Action]:
    endpoints = [("Suspender", "suspend"), ("Devolver a un paso", "send_back")]
    if instance.status == "suspended":
        endpoints = [("Reanudar", "resume")]
    return [
        Action(label, url_for(f"care.{name}", code=entity.code, instance_id=instance.id))
        for label, name in [*endpoints, ("Anular", "cancel")]
    ]


@dataclass(frozen=True)
class PersonRow:
    """A person with a role; addresses only, never a number of a document."""

    role: str
    name: str
    contact: str
    #: The name of the substitute while the person is absent.
    substitute: str
    #: Where absences are noted; "" where the reader notes none.
    absences_url: str = ""
    #: Where it is registered that the person left; "" where the reader may not.
    leaves_url: str = ""
    #: Whether the account is suspended for lack of use.
    suspended: bool = False


#: Roles that end with «Ya no trabaja aquí». The authority and the administrator are replaced.
LEAVING = frozenset({"operator", "alternate", "preparer"})


def grants(session: Session, entity: Entity) -> Sequence[Grant]:
    """Return the roles that active and suspended people hold in the entity, with all roles of each
    person."""
    return session.scalars(
        select(Grant)
        .join(User)
        .where(
            Grant.entity_id == entity.id,
            Grant.until_at.is_(None),
            or_(User.active, User.suspended_at.is_not(None)),
        )
        .options(joinedload(Grant.user).selectinload(User.grants))
        .order_by(Grant.role, User.surnames, User.id)
        .limit(100)
    ).all()


def people(
    session: Session, entity: Entity, held: Sequence[Grant], reader: User | None
) -> list[PersonRow]:
    """Return the people with a role in the entity, and the coordinators in charge of it."""
    away = access.absences.away(session, calendar.today())
    notes_absences = access.may(reader, "note_absence", entity)

    def row(role: str, user: User, absences_url: str = "", leaves_url: str = "") -> PersonRow:
        substitute = away[user.id].full_name if user.id in away else ""
        return PersonRow(
            role,
            user.full_name,
            user.email,
            substitute,
            absences_url,
            leaves_url,
            suspended=user.suspended_at is not None,
        )

    changes = access.may(reader, "start_change_personnel", entity)
    rows = [
        row(
            access.ROLES[one.role].name,
            one.user,
            _absences_url(one) if notes_absences else "",
            _leaves_url(entity, one, reader) if changes else "",
        )
        for one in held
    ]
    coordinators = (("sip", entity.sip_coordinator), ("sgtd", entity.sgtd_coordinator))
    return rows + [
        row(f"{access.ROLES[role].name} a cargo", user) for role, user in coordinators if user
    ]


def alone(held: Sequence[Grant]) -> str:
    """Return the name of the only person who answers the administrator's steps; "" otherwise.

    A suspended person counts: they can open their account again.
    """
    answering = {
        one.user_id: one.user for one in held if one.role in access.ANSWERS["administrator"]
    }
    return next(iter(answering.values())).full_name if len(answering) == 1 else ""


def _absences_url(grant: Grant) -> str:
    """Return where a coordinator notes absences; "" for people who answer for more than one
    entity or belong to the PCM."""
    of_pcm = access.roles_of(grant.user) & access.PCM_ROLES
    away = grant.user.active and grant.role in access.ANSWERING
    if grant.entity is None or not away or of_pcm:
        return ""
    code, person = grant.entity.code, grant.user_id
    return url_for("accounts.absences_in_entity", code=code, person_id=person)


def leaving(session: Session, entity: Entity) -> Sequence[Departure]:
    """Return the administrators who announced that they leave, by day."""
    return session.scalars(
        select(Departure)
        .where(
            Departure.entity_id == entity.id,
            Departure.withdrawn_at.is_(None),
            Departure.done_at.is_(None),
        )
        .options(joinedload(Departure.user), joinedload(Departure.heir))
        .order_by(Departure.from_on, Departure.id)
    ).all()


def link_end(
    session: Session, entity: Entity, offered: Sequence[Action]
) -> link_ends.LinkEnd | None:
    """Return the end of the administrator's link, if the reader can begin a redesignation now."""
    label = STARTS["nueva-designacion"][0]
    if not any(one.label == label for one in offered):
        return None
    return link_ends.near(session, entity)


def _leaves_url(entity: Entity, grant: Grant, reader: User | None) -> str:
    """Return where it is registered that a person left; "" for oneself, and who is replaced."""
    if grant.role not in LEAVING or (reader is not None and grant.user_id == reader.id):
        return ""
    path: str = url_for("leaving.account", code=entity.code, person_id=grant.user_id)
    return path


#: The number of mails, and of questions, on the page.
MAILS, QUESTIONS = 10, 5


@dataclass(frozen=True)
class Questions:
    """The questions of an entity as its page shows them; an address is "" for who may not."""

    rows: Sequence[listing.Row]
    all_url: str
    ask_url: str
    notes_url: str


def questions(session: Session, entity: Entity, reader: User | None) -> Questions | None:
    """Return the entity's questions, waiting ones first; None for readers without the right."""
    if not access.may(reader, "see_questions", entity):
        return None
    asks = access.may(reader, "ask_question", entity)
    notes = access.may(reader, "read_notes")
    return Questions(
        rows=listing.of_entity(session, entity, QUESTIONS),
        all_url=url_for("questions.list_of_entity", code=entity.code),
        ask_url=url_for("questions.ask", code=entity.code) if asks else "",
        notes_url=url_for("notes.show", code=entity.code) if notes else "",
    )


@dataclass(frozen=True)
class Mails:
    """The newest mails about an entity; `all_url` leads to the others, "" if there are none."""

    newest: Sequence[Mail]
    all_url: str


def mails(session: Session, entity: Entity) -> Mails:
    """Return the newest mails about the entity that the reader may see, in one statement."""
    found = session.scalars(
        select(Mail)
        .where(Mail.entity_id == entity.id, outbox.readable())
        .options(joinedload(Mail.user).lazyload(User.grants))
        .order_by(Mail.id.desc())
        .limit(MAILS + 1)
    ).all()
    more = len(found) > MAILS
    return Mails(found[:MAILS], url_for("outbox.list_mails", entidad=entity.code) if more else "")


#: Processes that begin from an entity's page: kind in the URL → label, action, process.
STARTS: Mapping[str, tuple[str, str, str]] = {
    "implementacion": ("Iniciar la implementación", "start_onboarding", "onboarding"),
    "nueva-designacion": ("Designar a otro administrador", "start_redesignation", "redesignation"),
    "cambio-de-autoridad": (
        "Registrar un cambio de autoridad",
        "start_change_authority",
        "change_authority",
    ),
    "cambios-del-personal": (
        "Registrar cambios del personal",
        "start_change_personnel",
        "change_personnel",
    ),
}


def actions(
    session: Session, here: Standing, user: User | None, registers: Sequence[Register]
) -> list[Action]:
    """Return the actions that the reader may begin from the page of the entity."""
    entity, row = here.entity, here.instance

    def action(label: str, endpoint: str, *, post: bool = False, **values: Any) -> Action:
        path: str = url_for(endpoint, code=entity.code, **values)
        return Action(label, path, post)

    found = [
        action(label, "entities.start", post=True, kind=kind)
        for kind, (label, needed, process) in STARTS.items()
        if access.may(user, needed, entity)
        and not (process == "onboarding" and here.state == "accepted")
        and processes.can_start(session, entity, process)
    ]
    is_open = row is not None and row.ended_at is None
    if access.may(user, "start_onboarding", entity) and (
        is_open or batches.open_ends(session, [entity.id])
    ):
        found.append(action("Emitir un código de activación", "entities.new_code", post=True))
        found.append(action("Carta con un código nuevo", "letters.of_entity", post=True))
    if is_open and access.may(user, "validate_stage", entity):
        found.append(action("Convalidar una etapa", "validation.choose"))
    if access.may(user, "see_register", entity):
        page = "desk.show" if access.may(user, "record_visits", entity) else "kept.list_visits"
        found += [
            action(
                f"Registro de visitas: {ENVIRONMENTS[register.environment]}",
                page,
                env=register.path,
            )
            for register in registers
        ]
    if access.may(user, "leave_function", entity):
        found.append(action("Dejo la función", "departures.show"))
    if registers and access.may(user, "start_change_personnel", entity):
        found.append(action("Personal del registro", "leaving.show_people"))
    if access.may(user, "see_history", entity) and concerned.ending_soon(session, entity):
        found.append(action("Ficha para la transferencia (PDF)", "mandate_plan.sheet"))
    if access.may(user, "unmask", entity):
        found.append(action("Ver números de documento", "accounts.unmask_entity"))
    return found
