"""The filters of the list of entities: one object per filter, with all that belongs to it.

To add a filter, add an object to FILTERS, and its plain rule to the tests. The page, its files,
batches of all that match, and every link to the list read the filter from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Text, and_, case, cast, false, or_, select, true
from sqlalchemy.orm import Session

import forms
from app.base import calendar, formatting
from app.base.definitions import definition_of, in_force
from app.base.formatting import plain
from app.base.models import Deployment, Entity, Grant, ProcessInstance, Task, User
from app.base.models.entities import matching
from app.cases.custody import PARTY_NAMES
from app.cases.entities import LEVELS, sector_name
from app.cases.entities.regions import NONE, in_region, regions
from app.cases.processes.case_admin import LEFT_BY
from app.cases.status import AWAITED, PROCESS_NAMES
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filter import LONGEST, Condition, Filter, OnPath, Options
from app.onboarding.entity_list.situation import Here
from app.register.registers import publishing
from workflows import paths

STAGES = tuple(LEFT_BY)
#: URL value → state (an id of `app.base.formatting.STATES`).
STATES: Mapping[str, str] = {
    "pendiente": "pending",
    "en-curso": "draft",
    "observado": "observed",
    "no-presentado": "not_presented",
    "en-revision": "in_review",
    "presentado": "filed",
    "en-espera-de-fecha": "awaiting_date",
    "suspendido": "suspended",
    "terminado": "accepted",
    "no-corresponde": "out_of_scope",
    "anulado": "cancelled",
}
#: URL value → label: the states, and the two groups of them.
STATE_NAMES: Mapping[str, str] = {
    "sin-iniciar": "Sin iniciar",
    "en-marcha": "En marcha",
    **{word: formatting.STATES[state] for word, state in STATES.items()},
    "extinguida": "Ya no existe",
}
#: URL values of `estado`: onboardings under way, which a URL without it means, and every state.
UNDER_WAY, ALL = "en-marcha", "todos"
#: URL value of `estado` for entities that a norm ended; no other query finds them.
EXTINCT = "extinguida"
#: States outside every stage; the filter of stages takes them too.
WITHOUT_STAGE = ("sin-iniciar", "terminado", "no-corresponde", "anulado", EXTINCT)
#: URL value → holder.
HOLDERS: Mapping[str, str] = {name.url_value: party for party, name in PARTY_NAMES.items()}
#: URL value of `situation.window` → label.
DUE: Mapping[str, str] = {
    "atrasado": "Con atraso",
    "desde-ayer": "Con atraso desde ayer",
    "hoy": "Vence hoy",
    "semana": "Vence en 7 días",
}
WITHOUT_SIP, WITHOUT_SGTD = "nadie-sip", "nadie-sgtd"
#: URL value of entities without a coordinator → label.
WITHOUT_COORDINATOR: Mapping[str, str] = {
    "nadie": "Falta alguno",
    WITHOUT_SIP: "Sin coordinador de la SIP",
    WITHOUT_SGTD: "Sin coordinador de la SGTD",
}
MONTH = re.compile(r"([0-9]{4})-(?:0[1-9]|1[0-2])", re.ASCII)
#: The beginning of a version's hash, and a process.
VERSION = re.compile(r"([0-9a-f]{12})(?:\.([a-z_]+))?", re.ASCII)
USER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def options_of(session: Session) -> Mapping[str, Options]:
    """Return the options of every filter, by name, as the catalogue and the people are now."""
    readers = {one.options for one in FILTERS if not isinstance(one.options, Mapping)}
    found = {reader: reader(session) for reader in readers}
    return {
        one.name: one.options if isinstance(one.options, Mapping) else found[one.options]
        for one in FILTERS
    }


# Options that are read --------------------------------------------------------------------------


def stage_names(session: Session) -> Options:
    """Return the stages as the diagrams in force name them."""
    definition = definition_of(in_force(session))
    return {stage: definition.element_name(stage) for stage in definition.stages}


def coordinators(session: Session) -> Options:
    """Return who is in charge of an entity, or could be: id → name, by surnames."""
    role = select(Grant.user_id).where(
        Grant.role.in_(("sip", "sgtd")), Grant.until_at.is_(None), Grant.entity_id.is_(None)
    )
    rows = session.execute(
        select(User.id, User.given_names, User.surnames)
        .where(
            or_(
                User.id.in_(role),
                User.id.in_(select(Entity.sip_coordinator_id).distinct()),
                User.id.in_(select(Entity.sgtd_coordinator_id).distinct()),
            )
        )
        .order_by(User.surnames, User.given_names, User.id)
    )
    return {str(row.id): f"{row.given_names} {row.surnames}".strip() for row in rows}


def _sectors(session: Session) -> Options:
    found = sorted(filter(None, session.scalars(select(Entity.sector).distinct())), key=plain)
    return {name: sector_name(name) for name in found} | {NONE: "Sin sector"}


# Conditions -------------------------------------------------------------------------------------


def _in_state(_: Session, value: str) -> Condition | OnPath:
    if value == EXTINCT:
        return situation.is_extinct()
    if value == "sin-iniciar":
        return Entity.id.not_in(situation.begun())
    if value == "en-marcha":
        return OnPath(Here.ended_at.is_(None))
    # PostgreSQL expects the plain condition to hold for one row in two hundred, and then compares
    # each entity with each row found. Written as a case it expects half of them, and hashes.
    return OnPath(case((situation.state() == STATES[value], true()), else_=false()))


def _in_charge(_: Session, value: str) -> Condition:
    sip, sgtd = Entity.sip_coordinator_id, Entity.sgtd_coordinator_id
    nobody = {
        "nadie": or_(sip.is_(None), sgtd.is_(None)),
        WITHOUT_SIP: sip.is_(None),
        WITHOUT_SGTD: sgtd.is_(None),
    }
    if value in nobody:
        return nobody[value]
    return or_(sip == int(value), sgtd == int(value))


def _step_open(_: Session, step: str) -> OnPath:
    task = select(Task.id).where(situation.of_path(), Task.step == step)
    return OnPath(task.correlate(Here).exists())


def _waits_for(session: Session, day: str) -> OnPath:
    """Condition: the path waits for a day, as the diagrams in force are drawn."""
    definition = definition_of(in_force(session))
    waits = [
        situation.waits_for(one, stage)
        for stage in definition.stages
        for one in paths.set_days(definition, stage, "onboarding")
        if one.day == day
    ]
    return OnPath(or_(*waits))


def _on_version(_: Session, value: str) -> Condition:
    """Condition: a live case of the entity runs on a version of the process."""
    begun, *processes = value.split(".")
    live = select(ProcessInstance.entity_id).join(Deployment)
    live = live.where(Deployment.hash.startswith(begun), ProcessInstance.ended_at.is_(None))
    return Entity.id.in_(live.where(*(ProcessInstance.process == one for one in processes)))


def _version_name(value: str) -> str:
    begun, _, process = value.partition(".")
    return f"{begun} ({PROCESS_NAMES.get(process, process)})" if process else begun


def _ended_in(_: Session, when: str) -> OnPath:
    """Condition: the path ended, with nothing left to do, in a week or a month (Lima)."""
    since, until = _span(when)
    return OnPath(
        and_(situation.state() == "accepted", Here.ended_at >= since, Here.ended_at < until)
    )


def _began_in(_: Session, month: str) -> OnPath:
    """Condition: the path began in a month (Lima)."""
    since, until = _span(month)
    return OnPath(and_(Here.started_at >= since, Here.started_at < until))


def _span(when: str) -> tuple[datetime, datetime]:
    """Return the moments between which a week (its Monday) or a month (2026-03) lies."""
    if _is_month(when):
        first = date.fromisoformat(f"{when}-01")
        return calendar.midnight(first), calendar.midnight((first + timedelta(31)).replace(day=1))
    first = date.fromisoformat(when)
    return calendar.midnight(first), calendar.midnight(first + timedelta(days=7))


def _is_month(text: str) -> bool:
    found = MONTH.fullmatch(text)
    return found is not None and int(found[1]) in calendar.YEARS


def _span_name(when: str) -> str:
    if _is_month(when):
        year, month = when.split("-")
        return f"{formatting.MONTHS[int(month) - 1]} de {year}"
    return f"semana del {formatting.day(when)}"


def _is_monday(text: str) -> bool:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return False
    return on.weekday() == 0 and on.year in calendar.YEARS


# The filters ------------------------------------------------------------------------------------

#: Every filter, in the order of the sentence of active filters.
FILTERS: tuple[Filter, ...] = (
    Filter(
        name="q",
        label="Texto",
        refused="Escribe otra vez lo que buscas: tiene caracteres que no son texto.",
        too_long=f"Busca con {LONGEST} letras o menos.",
        condition=lambda _, text: matching(text),
        wording=lambda text: f"«{text}»",
        control="text",
    ),
    Filter(
        name="etapa",
        label="Etapa",
        refused="Elige una etapa de la lista.",
        condition=lambda _, stage: OnPath(Here.stage == stage),
        options=stage_names,
        accepts=lambda value: value in (*STAGES, *WITHOUT_STAGE),
        control="select",
        any_label="Todas",
        under_way=True,
    ),
    Filter(
        name="estado",
        label="Estado",
        refused="Elige un estado de la lista.",
        condition=_in_state,
        options=STATE_NAMES,
        control="select",
        any_label="Todos",
        default=UNDER_WAY,
        any_value=ALL,
        under_way=True,
    ),
    Filter(
        name="manos",
        label="En manos de",
        refused="Elige de la lista en manos de quién está.",
        condition=lambda _, value: OnPath(Here.holder == HOLDERS[value]),
        options={name.url_value: name.label for name in PARTY_NAMES.values()},
        control="select",
        any_label="Cualquiera",
        under_way=True,
    ),
    Filter(
        name="plazo",
        label="Plazo",
        refused="Elige un plazo de la lista.",
        condition=lambda session, when: situation.has_due(situation.window(session, when)),
        options=DUE,
        control="more",
        any_label="Cualquiera",
        under_way=True,
    ),
    Filter(
        name="coordinador",
        label="A cargo de",
        refused="Elige un coordinador de la lista.",
        condition=_in_charge,
        options=lambda session: {**coordinators(session), **WITHOUT_COORDINATOR},
        accepts=lambda value: value in WITHOUT_COORDINATOR or bool(USER.fullmatch(value)),
        control="more",
        any_label="Cualquiera",
    ),
    Filter(
        name="nivel",
        label="Nivel",
        refused="Elige un nivel de la lista.",
        condition=lambda _, level: Entity.level == level,
        options=dict(LEVELS),
        control="more",
        any_label="Todos",
    ),
    Filter(
        name="region",
        label="Región",
        refused="Elige una región de la lista.",
        condition=lambda _, region: in_region(region),
        options=regions,
        control="more",
        any_label="Todas",
    ),
    Filter(
        name="sector",
        label="Sector",
        refused="Elige un sector de la lista.",
        condition=lambda _, sector: Entity.sector == ("" if sector == NONE else sector),
        options=_sectors,
        control="more",
        any_label="Todos",
    ),
    Filter(
        name="publica",
        label="Publica en",
        refused="Elige de la lista dónde publica.",
        condition=lambda _, value: publishing.publishes_at(value),
        options={value: place.label for value, place in publishing.PLACES.items()},
        control="more",
        any_label="Cualquier lugar",
    ),
    Filter(
        name="paso",
        label="Paso abierto",
        refused="Ningún paso se llama así.",
        condition=_step_open,
        options={name: step.form.heading or name for name, step in forms.steps().items()},
        under_way=True,
    ),
    Filter(
        name="espera",
        label="Se espera",
        refused="Nada de lo que se espera se llama así.",
        condition=_waits_for,
        options=AWAITED,
        under_way=True,
    ),
    Filter(
        name="convalidada",
        label="Etapa convalidada",
        refused="Ninguna etapa se llama así.",
        condition=lambda _, stage: OnPath(cast(Here.validated, Text).contains(f'"{stage}":')),
        options=stage_names,
        accepts=lambda value: value in STAGES,
    ),
    Filter(
        name="version",
        label="Versión del proceso",
        refused="Ninguna versión se llama así.",
        condition=_on_version,
        accepts=lambda value: bool(VERSION.fullmatch(value)),
        wording=_version_name,
    ),
    Filter(
        name="terminada",
        label="Terminada en",
        refused="Una semana se dice por su lunes, como 2026-03-02; un mes, como 2026-03.",
        condition=_ended_in,
        accepts=lambda value: _is_month(value) or _is_monday(value),
        wording=_span_name,
    ),
    Filter(
        name="iniciada",
        label="Iniciada en",
        refused="Un mes se dice como 2026-03.",
        condition=_began_in,
        accepts=_is_month,
        wording=_span_name,
    ),
)
