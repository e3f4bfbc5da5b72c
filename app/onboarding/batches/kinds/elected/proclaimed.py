"""Lists of proclaimed authorities: who begins the next period of an elected body.

A list names people without documents. A row begins the change of authority of its entity, as the
plan of a day does, and its name is the default of the step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Batch, Entity
from app.cases import processes
from app.cases.records import authorities_since, mandate
from app.onboarding.batches.kind import Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds import mandates
from app.onboarding.batches.kinds.elected import authorities
from app.onboarding.batches.kinds.persons import columns_of, person_in
from forms.fields import Part, TextField
from forms.fields.dates import DateField
from forms.fields.identifiers import plain
from forms.records import Proclaimed

#: What a row says of the person.
NAMES = ("given_names", "surnames", "post")


class ListForm(Part):
    """The source of the list, and from when its people are in office."""

    source = TextField(
        "De dónde sale la lista",
        hint="Por ejemplo: acta de proclamación del 15/12/2026",
        needed="Escribe de dónde sale la lista.",
        limit=200,
    )
    from_on = DateField(
        "Primer día del periodo",
        hint="Día/mes/año: el siguiente al último del mandato que termina.",
        needed="Escribe el primer día del periodo.",
    )


def _common(session: Session, form: Part) -> Data:
    eve = form["from_on"].data - timedelta(days=1)
    return {"source": form["source"].data, "ends_on": eve.isoformat()}


def _facts(data: Data) -> list[tuple[str, str]]:
    """Return the last day of the mandates before the period."""
    named = data.get("ends_on")
    return [("Mandato que termina", formatting.day(named))] if named else []


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
        ids = [entity.id for entity in entities]
        return cls(
            mandates.begins_on(batch),
            mandates.Known.of(session, entities, mandates.ends_on(batch)),
            authorities_since(session, ids),
            mandate.proclaimed_of(session, ids),
        )

    def is_reelected(self, entity: Entity, data: Data) -> bool:
        """Return whether the authority in office has the same name as the proclaimed person."""
        known = self.since.get(entity.id)
        return known is not None and plain(_full_name(known[0])) == plain(_full_name(data))


def _full_name(person: Mapping[str, Any]) -> str:
    return f"{person['given_names']} {person['surnames']}"


def _said(batch: Batch, data: Data) -> Proclaimed:
    return {
        "given_names": data["given_names"],
        "surnames": data["surnames"],
        "post": data["post"],
        "from_on": mandates.begins_on(batch).isoformat(),
        "source": batch.data["source"],
    }


def _read(cells: Mapping[str, str]) -> Data:
    """Return the person of a row, judged as in the step. Raises Refused."""
    person = person_in(cells)
    if faults := authorities.faults_of(person, NAMES):
        raise Refused(faults)
    return {name: person[name] for name in NAMES}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which changes begin, and who continues or was re-elected."""
    known = Known.of(session, batch, [entity for entity, _ in rows])
    return [_plan(entity, data, known, _said(batch, data)) for entity, data in rows]


def _plan(entity: Entity, data: Data, known: Known, said: Proclaimed) -> Plan:
    if not entity.active:
        return Plan("refused", authorities.INACTIVE)
    if entity.id not in known.since:
        return Plan("refused", "Todavía no tiene una autoridad registrada: la dirá su designación.")
    authority, since = known.since[entity.id]
    if since >= known.begins and known.is_reelected(entity, data):
        return Plan("same", f"Ya figura en el cargo desde el {formatting.day(since)}.")
    if since >= known.begins:
        message = (
            f"Su autoridad registrada desde el {formatting.day(since)} es {_full_name(authority)}: "
            "revisa cuál de las dos es la proclamada."
        )
        return Plan("refused", message)
    last_day = known.begins - timedelta(days=1)
    ending = known.plan.table.ending(entity, last_day)
    if ending is None:
        message = f"Según la tabla de mandatos, el suyo no termina el {formatting.day(last_day)}."
        return Plan("refused", message)
    if ending.to_on != last_day:
        until = formatting.day(ending.to_on)
        return Plan("refused", f"Su autoridad continúa hasta el {until} ({ending.norm}).")
    return _begun(entity, known, said) or _first(entity, data, known, _full_name(authority))


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
    last_day = mandates.ends_on(batch)
    mandate.proclaim(session, entity, _said(batch, data), actor_id)
    end = known.plan.ends.get(entity.id)
    if entity.id in known.plan.waiting and (end is None or end.instance_id is None):
        mandates.begin_change(session, entity, last_day, actor_id)
    if entity.id in known.plan.changing:
        return f"Se agregó a su cambio de autoridad el nombre de {_full_name(data)}."
    if known.is_reelected(entity, data):
        mandates.end_holders(session, entity, last_day)
        mandate.renew(session, entity, known.begins, actor_id)
        # Others who were elected leave with the mandate: the administrator names the new ones.
        with suppress(processes.AlreadyRunning, processes.NotStartable):
            processes.start(session, entity, "upkeep", actor_id)
        return f"Se registró su periodo nuevo, desde el {formatting.day(known.begins)}."
    return mandates.begin_change(session, entity, last_day, actor_id)


PROCLAIMED = Kind(
    id="proclaimed",
    slug="proclamados",
    name="Lista de proclamados",
    action="plan_mandates",
    fresh=True,
    verb="Vas a usar esta lista para el cambio de autoridad de",
    summary="Las autoridades proclamadas después de una elección, sin sus documentos.",
    columns=tuple(one for one in columns_of(example="Alcaldesa") if one.key in NAMES),
    introduction=(
        "Sube la lista de las autoridades proclamadas, una fila por entidad. No lleva documentos: "
        "los completa la nueva autoridad, cuando ingresa con su código.",
        "Primero la revisamos y te decimos, fila por fila, qué se hará. Cuando confirmes, los "
        "cambios de autoridad empiezan solos el primer día del periodo, o de inmediato si ya pasó.",
    ),
    form=ListForm,
    common=_common,
    read=_read,
    judge=_judge,
    do=_do,
    lock=mandates.lock,
    begins=mandates.begins_on,
    details=authorities.details,
    facts=_facts,
    template="batches/start.html",
)
