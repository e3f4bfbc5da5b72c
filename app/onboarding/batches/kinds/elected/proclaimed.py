"""Lists of proclaimed authorities: who begins the next period of an elected body.

A list names people without documents. A row begins the change of authority of its entity, as the
plan of a day does, and its name is the default of the step. An entity that a list lacks is shown,
and nothing begins for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Batch, BatchRow, Entity
from app.cases import processes
from app.cases.records import authorities_since, mandate
from app.onboarding.batches.kind import Data, Kind, Plan, Row
from app.onboarding.batches.kinds import mandates
from app.onboarding.batches.kinds.elected.proclaimed_rows import (
    COLUMNS,
    find,
    full_name,
    key_of,
    passes_over,
    period_of,
    read,
)
from app.register.registers.mandates import Mandates, Term, of_day
from forms.fields import Part, TextField
from forms.records import Proclaimed

INACTIVE = "La entidad está desactivada en el catálogo."


class SourceForm(Part):
    """The source of the list."""

    source = TextField(
        "De dónde sale la lista",
        hint="Por ejemplo: datos abiertos del JNE, autoridades electas, corte del 15/12/2026",
        needed="Escribe de dónde sale la lista.",
        limit=200,
    )


def begins_on(batch: Batch) -> date | None:
    """Return the first day of the period of a list; None if no row could be read."""
    named = batch.data.get("begins_on")
    return date.fromisoformat(named) if named else None


def _eve(day: date) -> date:
    return day - timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """The data of many entities that rows need, read in a constant number of statements."""

    begins: date
    plan: mandates.Known
    since: Mapping[int, tuple[Mapping[str, Any], date]]
    proclaimed: Mapping[int, Proclaimed]

    @classmethod
    def of(cls, session: Session, batch: Batch, entities: Sequence[Entity]) -> Known:
        """Read it."""
        ids, begins = [entity.id for entity in entities], begins_on(batch) or date.max
        return cls(
            begins,
            mandates.Known.of(session, entities, _eve(begins)),
            authorities_since(session, ids),
            mandate.proclaimed_of(session, ids),
        )

    @property
    def table(self) -> Mandates:
        """The table of mandates."""
        return self.plan.table

    def is_reelected(self, entity: Entity, data: Data) -> bool:
        """Return whether the authority in office has the same name as the proclaimed person."""
        known = self.since.get(entity.id)
        return known is not None and key_of(known[0]) == key_of(data)


def _said(batch: Batch, data: Data) -> Proclaimed:
    return {
        "given_names": data["given_names"],
        "surnames": data["surnames"],
        "post": data["post"],
        "from_on": data["from_on"],
        "to_on": data["to_on"],
        "source": batch.data["source"],
    }


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which changes begin, and who continues or was re-elected."""
    known = Known.of(session, batch, [entity for entity, _ in rows])
    return [_plan(entity, data, known, _said(batch, data)) for entity, data in rows]


def _plan(entity: Entity, data: Data, known: Known, said: Proclaimed) -> Plan:
    from_on = date.fromisoformat(data["from_on"])
    if not entity.active:
        return Plan("refused", INACTIVE)
    if from_on != known.begins:
        message = (
            f"Su periodo empieza el {formatting.day(from_on)}, y el de la lista el "
            f"{formatting.day(known.begins)}: va en otro archivo."
        )
        return Plan("refused", message)
    if entity.id not in known.since:
        return Plan("refused", "Todavía no tiene una autoridad registrada: la dirá su designación.")
    authority, since = known.since[entity.id]
    if since >= from_on and known.is_reelected(entity, data):
        return Plan("same", f"Ya figura en el cargo desde el {formatting.day(since)}.")
    if since >= from_on:
        message = (
            f"Su autoridad registrada desde el {formatting.day(since)} es {full_name(authority)}: "
            "revisa cuál de las dos es la proclamada."
        )
        return Plan("refused", message)
    if fault := _fault_of_period(entity, data, known.table):
        return Plan("refused", fault)
    return _begun(entity, known, said) or _first(entity, data, known, full_name(authority))


def _fault_of_period(entity: Entity, data: Data, table: Mandates) -> str:
    """Return why the period of a row does not follow a mandate that ends; "" if it does."""
    from_on, to_on = date.fromisoformat(data["from_on"]), date.fromisoformat(data["to_on"])
    last_day = _eve(from_on)
    ending, running = table.ending(entity, last_day), table.running(entity, from_on)
    if ending is None:
        return (
            f"Según la tabla de mandatos, el de esa entidad no termina el "
            f"{formatting.day(last_day)}, un día antes de este periodo."
        )
    if ending.to_on != last_day:
        return f"Su autoridad continúa hasta el {formatting.day(ending.to_on)} ({ending.norm})."
    if running is not None and running.to_on != to_on:
        return (
            f"El periodo de la lista termina el {formatting.day(to_on)}; según la tabla de "
            f"mandatos, el {formatting.day(running.to_on)}."
        )
    return ""


def _begun(entity: Entity, known: Known, said: Proclaimed) -> Plan | None:
    """Return the plan for an entity whose change has begun; None if it has not."""
    end = known.plan.ends.get(entity.id)
    if entity.id in known.plan.changing:
        if known.proclaimed.get(entity.id) == said:
            return Plan("same", "Su cambio de autoridad ya comenzó, con este nombre.")
        return Plan("do", "Su cambio de autoridad ya comenzó: se le agrega el nombre.")
    if end is not None and end.instance_id is not None:
        return Plan("same", "Su cambio por este fin de mandato ya comenzó y terminó.")
    return None


def _first(entity: Entity, data: Data, known: Known, before: str) -> Plan:
    if known.is_reelected(entity, data):
        return Plan("do", "Fue reelegida: se registra su periodo nuevo, sin un cambio.")
    begins = formatting.day(known.begins)
    how = mandates.delivery(entity, known.plan.dead)
    return Plan("do", f"Reemplaza a {before}. Su cambio empieza el {begins}. {how}")


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Store who was proclaimed; then start the change, unless it has begun or none is needed."""
    known, actor_id = Known.of(session, batch, [entity]), batch.confirmed_by_id
    mandate.proclaim(session, entity, _said(batch, data), actor_id)
    end = known.plan.ends.get(entity.id)
    if entity.id in known.plan.waiting and (end is None or end.instance_id is None):
        mandates.begin_change(session, entity, _eve(known.begins), actor_id)
    if entity.id in known.plan.changing:
        return f"Se agregó a su cambio de autoridad el nombre de {full_name(data)}."
    if known.is_reelected(entity, data):
        mandates.end_holders(session, entity, _eve(known.begins))
        mandate.renew(session, entity, known.begins, actor_id)
        # Others who were elected leave with the mandate: the administrator names the new ones.
        with suppress(processes.AlreadyRunning, processes.NotStartable):
            processes.start(session, entity, "upkeep", actor_id)
        return f"Se registró su periodo nuevo, desde el {formatting.day(known.begins)}."
    return mandates.begin_change(session, entity, _eve(known.begins), actor_id)


def _lacking(session: Session, batch: Batch) -> Sequence[Entity]:
    """Return the entities whose mandate ends before the period of a list that lacks them."""
    begins = begins_on(batch)
    if begins is None:
        return ()
    last_day, table = _eve(begins), Mandates.read(session)
    named = set(session.scalars(select(BatchRow.entity_id).where(BatchRow.batch_id == batch.id)))
    return [
        one
        for one in of_day(session, last_day)
        if one.active and one.id not in named and _ends(table.ending(one, last_day), last_day)
    ]


def _ends(term: Term | None, day: date) -> bool:
    return term is not None and term.to_on == day


def _page_values(session: Session, batch: Batch) -> dict[str, Any]:
    """Return the entities that the list lacks, and the last day of the mandates before it."""
    begins = begins_on(batch)
    days = Mandates.read(session).days()
    return {
        "lacking": _lacking(session, batch),
        "last_day": _eve(begins) if begins and _eve(begins) in days else None,
    }


def _details(data: Data) -> list[str]:
    """Return who it is, and the period."""
    if "given_names" not in data:
        return []
    period = f"del {formatting.day(data['from_on'])} al {formatting.day(data['to_on'])}"
    return [f"{full_name(data)} ({data['post']}), {period}"]


PROCLAIMED = Kind(
    id="proclaimed",
    slug="proclamados",
    name="Lista de proclamados",
    action="plan_mandates",
    verb="Vas a usar esta lista para el cambio de autoridad de",
    summary="Las autoridades proclamadas después de una elección, con el archivo del JNE.",
    columns=COLUMNS,
    find=find,
    passes_over=passes_over,
    most_in_file=20_000,
    introduction=(
        "Sube la lista de autoridades proclamadas, como la publica el JNE en sus datos abiertos: "
        "nombres, cargo, ubigeo del RENIEC, desde y hasta. No trae documentos: los completa la "
        "nueva autoridad, cuando ingresa con su código.",
        "Primero la revisamos y te decimos, fila por fila, qué se hará. Cuando confirmes, los "
        "cambios de autoridad empiezan solos el primer día del periodo, o de inmediato si ya pasó. "
        "Con una entidad que no está en la lista no empieza nada: solo la verás nombrada.",
    ),
    form=SourceForm,
    common=lambda session, form: {"source": form["source"].data},
    common_of_rows=period_of,
    lacking=_lacking,
    read=read,
    judge=_judge,
    do=_do,
    lock=mandates.lock,
    begins=begins_on,
    details=_details,
    template="batches/proclaimed.html",
    page_values=_page_values,
)
