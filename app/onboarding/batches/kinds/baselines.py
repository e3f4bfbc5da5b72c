"""The import of an export of the official platform: the visits of each entity in it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Baseline, Batch, Entity
from app.onboarding.batches.kind import Data, Entry, Kind, Plan, Row
from app.register.baseline import bringing

NOTHING = "Sus visitas ya se importaron, o se decidió que su nombre es de otra entidad."
NO_VISITS = "No le queda ninguna fila que se entienda como una visita."


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: which entities have visits in the export that wait."""
    ids = [entity.id for entity, _ in rows]
    waiting = bringing.waiting(session, batch.data["baseline"], ids) if ids else ()
    found = {one.entity_id: one for one in waiting}

    def plan(entity: Entity) -> Plan:
        one = found.get(entity.id)
        if one is None:
            return Plan("same", NOTHING)
        if not one.visits:
            return Plan("refused", NO_VISITS)
        visits = formatting.plural(one.visits, "visita", "visitas")
        days = f"del {formatting.day(one.first_on)} al {formatting.day(one.last_on)}"
        return Plan("do", f"Se importan {visits}, {days}.")

    return [plan(entity) for entity, _ in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Import the visits of an entity, in the transaction of the row."""
    baseline = session.get_one(Baseline, batch.data["baseline"])
    brought = bringing.bring_in(session, baseline, entity, batch.confirmed_by_id)
    sentences = [
        formatting.plural(brought.visits, "visita importada", "visitas importadas"),
        formatting.plural(brought.there, "ya estaba", "ya estaban") if brought.there else "",
        formatting.plural(brought.refused, "fila no es una visita", "filas no son visitas")
        if brought.refused
        else "",
    ]
    return f"{'; '.join(filter(None, sentences))}."


BASELINE = Kind(
    id="baseline",
    slug="linea-base",
    name="Visitas de la plataforma oficial",
    action="import_baseline",
    fresh=False,
    verb="Vas a importar las visitas de",
    summary="Las entidades que ya publican allí, y sus visitas, del Excel de todas las entidades.",
    entry=Entry("Línea base de la plataforma oficial", "baselines.list_all", {}),
    lock=bringing.lock,
    judge=_judge,
    do=_do,
)
