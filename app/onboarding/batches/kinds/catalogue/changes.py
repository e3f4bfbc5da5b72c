"""Entities that a norm creates, renames, merges or ends: from a file, in bulk.

An absorbed entity existed, so its cases, visits and history stay its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.db.membership import among
from app.base.models import Batch, Entity, ProcessInstance
from app.cases.entities import ending, rucs
from app.onboarding.batches import checking
from app.onboarding.batches.kind import Data, Found, Kind, Line, Plan, Refused, Row
from app.onboarding.batches.kinds.catalogue import acts, columns
from forms.fields.identifiers import plain

#: What identifies an entity for a reader: its name and its place, compared without accents.
Who = tuple[str, str]


def _who(entity: Entity) -> Who:
    return plain(entity.name), plain(entity.place)


@dataclass
class Known:
    """The catalogue as far as the rows of a file need it, read in a constant number of statements.

    `coming`: how many rows of the file create each code; `created`: the codes that rows
    judged before will create; `names`: the code of the entity with a name and place.
    """

    by_code: Mapping[str, Entity]
    holders: Mapping[str, Mapping[int, str]]
    running: Mapping[int, int]
    coming: Counter[str]
    names: dict[Who, str]
    created: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, session: Session, rows: Sequence[Row]) -> Self:
        """Read what the rows need."""
        new = [entity for entity, _ in rows if acts.is_new(entity)]
        coming = Counter(one.code for one in new if one.code)
        codes = {data["successor"] for _, data in rows if "successor" in data} | set(coming)
        old = [entity.id for entity, _ in rows if not acts.is_new(entity)]
        running = (
            select(ProcessInstance.entity_id, func.count())
            .where(among(ProcessInstance.entity_id, old), ProcessInstance.ended_at.is_(None))
            .group_by(ProcessInstance.entity_id)
        )
        wanted = {one.ruc for one in new if one.ruc}
        named = session.scalars(select(Entity).where(Entity.code.in_(sorted(codes))))
        return cls(
            by_code={one.code: one for one in named},
            holders=rucs.holders(session, wanted) if wanted else {},
            running=dict(session.execute(running).all()),
            coming=coming,
            names=_names(session, new) if new else {},
        )


def _names(session: Session, new: Sequence[Entity]) -> dict[Who, str]:
    """Return the entities in force: name and place → code; for a single new one, its namesakes."""
    query = (
        select(Entity.name, Entity.district, Entity.province, Entity.department, Entity.code)
        .where(Entity.active)
        .order_by(Entity.id.desc())
    )
    if len(new) == 1:
        query = query.where(
            Entity.search_text.contains(formatting.plain(new[0].name), autoescape=True)
        )
    rows = session.execute(query)
    return {
        (plain(name), plain(", ".join(filter(None, place)))): code for name, *place, code in rows
    }


def _find(session: Session, lines: Sequence[Line]) -> Sequence[Found]:
    """Return the entity of each row; none for a row that creates one under a new code."""
    found = checking.by_code(session, lines)

    def one(line: Line, known: Found) -> Found:
        creates = columns.ACTIONS.get(plain(line.cells["action"]).strip(". ")) == "create"
        if known.entity is not None or not creates:
            return known
        return Found(None)

    return [one(line, known) for line, known in zip(lines, found, strict=True)]


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: what happens to each entity, and why to some nothing."""
    known = Known.of(session, rows)
    return [PLANS[data["action"]](entity, data, known) for entity, data in rows]


def _creation(entity: Entity, data: Data, known: Known) -> Plan:
    if not acts.is_new(entity):
        if plain(entity.name) == plain(data["name"]):
            return Plan("same", "Ya está en el catálogo.")
        return Plan("refused", f"El código {entity.code} ya es de {entity.name}.")
    if holder := known.by_code.get(entity.code):
        return Plan("refused", f"El código {entity.code} ya es de {holder.name}.")
    if known.coming[entity.code] > 1:
        return Plan("refused", "Otra fila de este archivo tiene ese código.")
    if code := known.names.get(_who(entity)):
        return Plan("refused", f"Ya hay una entidad con ese nombre y lugar: {code}.")
    known.names[_who(entity)] = entity.code or "otra fila de este archivo"
    known.created.add(entity.code)
    under = f"con el código {entity.code}" if entity.code else "con el código siguiente"
    said = f"Se crea {under}."
    if others := known.holders.get(entity.ruc, {}):
        names = formatting.listed(list(others.values()))
        said += f" Su RUC ya es de {names}: un coordinador confirma si lo comparten."
    return Plan("do", said)


def _renaming(entity: Entity, data: Data, known: Known) -> Plan:
    if fault := ending.fault_of(entity):
        return Plan("refused", fault)
    if entity.name == data["name"] and data["acronym"] in ("", entity.acronym):
        return Plan("same", "Ya se llama así.")
    return Plan("do", f"«{entity.name}» se llamará «{data['name']}».")


def _extinction(entity: Entity, data: Data, known: Known) -> Plan:
    if entity.extinct_on is not None:
        return Plan("same", f"Ya consta que se extinguió el {formatting.day(entity.extinct_on)}.")
    if sentence := ending.refusal(entity):
        return Plan("refused", sentence)
    return Plan("do", f"Se extingue. {_ends(entity, known)}")


def _fusion(entity: Entity, data: Data, known: Known) -> Plan:
    plan = _extinction(entity, data, known)
    if plan.plan != "do":
        return plan
    code, successor = data["successor"], known.by_code.get(data["successor"])
    if successor is None and code in known.created:
        return Plan("do", f"La absorbe {code}, que se crea en este archivo. {_ends(entity, known)}")
    if successor is None and code in known.coming:
        return Plan("refused", f"La fila que crea {code} no se puede hacer, o viene después.")
    if successor is None:
        return Plan("refused", f"No hay ninguna entidad con el código {code[:20]}.")
    if sentence := ending.refusal(entity, successor):
        return Plan("refused", sentence)
    return Plan("do", f"La absorbe {successor.name} ({code}). {_ends(entity, known)}")


def _ends(entity: Entity, known: Known) -> str:
    """Describe what ends with an entity, and what stays."""
    count = known.running.get(entity.id, 0)
    if not count:
        return "Su historial y lo que publicó quedan para consulta."
    ended = formatting.plural(count, "proceso en curso", "procesos en curso")
    return f"Se anula {ended}; su historial y lo que publicó quedan para consulta."


PLANS = {
    "create": _creation,
    "rename": _renaming,
    "extinguish": _extinction,
    "fuse": _fusion,
}


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Do a change, in the transaction of its row."""
    if data["action"] == "create":
        return acts.create(session, batch, entity, data)
    if data["action"] == "rename":
        return acts.rename(session, batch, entity, data)
    if data["action"] == "extinguish":
        return acts.extinguish(session, batch, entity, data)
    successor = session.scalar(
        select(Entity)
        .where(Entity.code == data["successor"])
        .with_for_update(of=Entity, key_share=True)
        .execution_options(populate_existing=True)
    )
    if successor is None or ending.fault_of(successor):
        raise Refused(f"{data['successor']} no existe o ya no está en el catálogo.")
    return acts.extinguish(session, batch, entity, data, successor)


ENTITY_CHANGES = Kind(
    id="entity_changes",
    slug="cambios-del-catalogo",
    name="Creación, fusión y extinción de entidades",
    action="manage_catalogue",
    fresh=True,
    verb="Vas a guardar los cambios por norma de",
    summary="Entidades que una norma crea, renombra, fusiona o extingue, desde un archivo.",
    find=_find,
    absent=acts.absent,
    columns=columns.COLUMNS,
    introduction=(
        "Sube los cambios que dispusieron las normas, una fila por entidad. Primero los revisamos "
        "y te decimos, fila por fila, qué pasará. Nada cambia hasta que confirmes.",
        "Una entidad extinguida o absorbida no inicia nada más ni recibe recordatorios: sus "
        "procesos en curso se anulan. Su historial y lo que publicó quedan para consulta, y su "
        "página dice desde cuándo y por qué norma.",
    ),
    read=columns.read,
    lock=acts.lock,
    judge=_judge,
    do=_do,
    details=columns.details,
)
