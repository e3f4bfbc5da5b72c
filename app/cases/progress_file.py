"""The progress file: how far each entity of the catalogue is with its register, once a day.

The nightly job makes it or, before that, the first request for it. Files of earlier days stay as
they were made.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.base import calendar, db
from app.base.db import Stop
from app.base.definitions import definition_of
from app.base.models import DailyFile, Entity, ProcessInstance, Register
from app.cases import custody
from app.cases.custody import PARTIES, PARTY_NAMES, Clocks
from app.cases.status import versions
from app.cases.status.versions import Versions
from app.register.export.daily import DailySource, StoredFile
from app.register.export.package import DAILY as ADDRESS
from app.register.export.package import Resource
from app.register.facts.columns import Field
from app.register.facts.values import SOURCES
from app.register.registers import coverage

NAME = "implementacion"

#: Holder → its name in the file.
HANDS: Mapping[str, str] = {
    party: name.in_file or name.label for party, name in PARTY_NAMES.items()
}
STATES = ("sin iniciar", "en curso", "suspendido", "terminado", "no corresponde", "anulado")

FIELDS: tuple[Field, ...] = (
    Field("fecha", "date", "Día de este archivo", needed=True),
    Field("codigo", "string", "Código de la entidad en el catálogo", needed=True),
    Field("entidad", "string", "Nombre de la entidad", needed=True),
    Field("nivel", "string", "Nivel de gobierno"),
    Field("region", "string", "Departamento"),
    Field("provincia", "string", "Provincia"),
    Field("distrito", "string", "Distrito"),
    Field("ruc", "string", "RUC, si se conoce"),
    Field("estado", "string", "De su implementación", values=STATES, needed=True),
    Field("etapa_numero", "integer", "Etapa en la que está, de 1 a 7"),
    Field("etapa", "string", "Nombre de la etapa"),
    Field("etapa_desde", "date", "Desde qué día está en la etapa"),
    Field("en_manos_de", "string", "Quién tiene que actuar", values=tuple(HANDS.values())),
    Field("en_manos_desde", "date", "Desde qué día lo tiene"),
    *(
        Field(name.column, "integer", f"Días hábiles {name.days}, sin las etapas convalidadas")
        for name in (PARTY_NAMES[party] for party in PARTIES)
    ),
    Field("dias_total", "integer", "Suma de los días hábiles"),
    Field("iniciado", "date", "Día en que empezó su implementación"),
    Field("terminado", "date", "Día en que terminó"),
    Field("convalidada", "boolean", "Si alguna etapa se dio por cumplida", needed=True),
    Field("etapas_convalidadas", "string", "Cuáles, separadas por punto y coma"),
    Field("demo_desde", "date", "Día en que se abrió su ambiente demo"),
    Field(
        "publica_desde",
        "date",
        "Día de su salida en vivo o, si no consta, en que se abrió su registro público; vacío si "
        "todavía no publicó nada",
    ),
    Field("fuente", "string", "Dónde registra sus visitas", values=tuple(SOURCES.values())),
    Field("primera_visita", "date", "Día de su primera visita pública"),
)


class Opened(NamedTuple):
    """A register: since when it is open, its source, and its first published day."""

    entity_id: int
    environment: str
    opened_at: datetime
    went_live: str | None
    source: str
    publishes: bool
    first: date | None


def make(engine: Engine, stop: Stop = db.never) -> int:
    """Make today's file unless it exists; return how many were made."""
    today = calendar.today()
    with db.open_session(engine, writes=False) as session:
        if _row(session, today) is not None:
            return 0
        body = to_csv(session, today)
    with db.open_session(engine) as session:
        values = {
            "name": NAME,
            "on": today,
            "body": gzip.compress(body, mtime=0),
            "made_at": calendar.now(),
        }
        db.insert_missing(session, DailyFile, values)
        session.commit()
    return 1


def stored(session: Session, on: date) -> StoredFile | None:
    """Return the file of a day, as it was made then."""
    row = _row(session, on)
    return StoredFile(on, row.made_at, gzip.decompress(row.body)) if row else None


def days(session: Session, limit: int) -> Sequence[date]:
    """Return the days that have a file, the newest first."""
    query = select(DailyFile.on).where(DailyFile.name == NAME)
    return session.scalars(query.order_by(DailyFile.on.desc()).limit(limit)).all()


def _row(session: Session, on: date) -> DailyFile | None:
    query = select(DailyFile).where(DailyFile.name == NAME, DailyFile.on == on)
    return session.scalars(query).one_or_none()


def to_csv(session: Session, today: date) -> bytes:
    """Return the file as CSV; a constant number of statements for any number of entities."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(field.name for field in FIELDS)
    for values in _rows(session, today):
        lines.writerow(_plain(values.get(field.name, "")) for field in FIELDS)
    return text.getvalue().encode()


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return calendar.lima_day(value) if isinstance(value, datetime) else value


def _rows(session: Session, today: date) -> Iterator[dict[str, Any]]:
    cases = _cases(session)
    clocks = custody.clocks_of(session, list(cases.values()), calendar.now())
    known = versions.of_cases(session, [one for one in cases.values() if _has_former_stage(one)])
    registers = _registers(session)
    for entity in session.scalars(select(Entity).order_by(Entity.code)):
        case = cases.get(entity.id)
        yield {
            **_of_entity(entity, today),
            **(
                _of_case(case, clocks[case.id], known.get(case.id))
                if case
                else {"estado": STATES[0]}
            ),
            **_of_registers(registers, entity),
        }


def _cases(session: Session) -> dict[int, ProcessInstance]:
    """Return the newest onboarding of each entity that has one."""
    newest = (
        select(func.max(ProcessInstance.id))
        .where(ProcessInstance.process == "onboarding")
        .group_by(ProcessInstance.entity_id)
    )
    rows = session.scalars(
        select(ProcessInstance)
        .join(ProcessInstance.entity)
        .where(ProcessInstance.id.in_(newest))
        .options(contains_eager(ProcessInstance.entity), joinedload(ProcessInstance.deployment))
    )
    return {row.entity_id: row for row in rows}


def _registers(session: Session) -> dict[tuple[int, str], Opened]:
    """Return both environments of all entities, with the day of the first public visit."""
    rows = session.execute(
        select(
            Register.entity_id,
            Register.environment,
            Register.opened_at,
            coverage.went_live(),
            Register.source,
            coverage.has_published(),
            coverage.edge(newest=False),
        )
    )
    opened = (Opened(*row) for row in rows)
    return {(register.entity_id, register.environment): register for register in opened}


def _of_entity(entity: Entity, today: date) -> dict[str, Any]:
    return {
        "fecha": today,
        "codigo": entity.code,
        "entidad": entity.name,
        "nivel": entity.level,
        "region": entity.department,
        "provincia": entity.province,
        "distrito": entity.district,
        "ruc": entity.ruc,
        "convalidada": False,
    }


def _has_former_stage(case: ProcessInstance) -> bool:
    """Return whether a stage was validated that only earlier versions of the case draw."""
    return not set(case.validated) <= set(definition_of(case.deployment).stages)


def _of_case(case: ProcessInstance, clocks: Clocks, known: Versions | None) -> dict[str, Any]:
    """Return the columns of a case; `known`: the versions it was on, for stages of earlier ones."""
    definition = definition_of(case.deployment)
    name = known.name if known else definition.element_name
    stage = case.stage
    return {
        "estado": _state(case),
        "etapa_numero": definition.stages.index(stage) + 1 if stage else "",
        "etapa": definition.element_name(stage) if stage else "",
        "etapa_desde": case.stage_since_at if stage else "",
        "en_manos_de": HANDS.get(case.holder, ""),
        "en_manos_desde": case.holder_since_at or "",
        **{PARTY_NAMES[party].column: count for party, count in clocks.parties.items()},
        "dias_total": clocks.total,
        "iniciado": case.started_at,
        "terminado": case.ended_at or "",
        "convalidada": bool(case.validated),
        "etapas_convalidadas": "; ".join(map(name, case.validated)),
    }


def _state(case: ProcessInstance) -> str:
    _, under_way, suspended, ended, out_of_scope, cancelled = STATES
    if case.status == "cancelled":
        return cancelled
    if case.ended_at:
        return out_of_scope if case.end_name == "No corresponde" else ended
    return suspended if case.status == "suspended" else under_way


def _of_registers(registers: Mapping[tuple[int, str], Opened], entity: Entity) -> dict[str, Any]:
    demo = registers.get((entity.id, "demo"))
    public = registers.get((entity.id, "production"))
    values: dict[str, Any] = {"demo_desde": demo.opened_at} if demo else {}
    if public:
        since = coverage.live_since(public.went_live, public.opened_at)
        values |= {
            "publica_desde": since if public.publishes else "",
            "fuente": SOURCES[public.source],
            "primera_visita": public.first or "",
        }
    return values


DAILY = DailySource(
    Resource(
        NAME,
        "Implementación del registro, por entidad",
        "Todas las entidades del catálogo: en qué etapa está cada una, desde cuándo y en manos "
        "de quién. Se arma una vez al día.",
        ADDRESS,
        FIELDS,
        key=("codigo",),
    ),
    days,
    stored,
    make,
)
