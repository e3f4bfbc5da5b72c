"""RUCs of many entities from a file: checked against their digit, the catalogue and the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, formatting
from app.base.db.membership import among
from app.base.models import Batch, Entity, LogEntry
from app.cases.entities import rucs
from app.onboarding.batches.kind import Column, Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.elected.authorities import SourceForm, common_source
from app.onboarding.batches.kinds.locks import lock_entity
from app.people import access
from forms.fields import identifiers

COLUMNS = (
    Column(
        "ruc",
        "RUC",
        ("numero de ruc", "n ruc", "nro ruc", "ruc de la entidad"),
        required=True,
        example="20131370301",
        help="Los 11 dígitos, que empiezan con 20.",
    ),
)


@dataclass(frozen=True)
class Known:
    """Who has which RUC, in the catalogue and in the file, and the RUCs that cases presented."""

    holders: Mapping[str, Mapping[int, str]]
    in_file: Mapping[str, Mapping[int, str]]
    presented: Mapping[int, str]

    @classmethod
    def of(cls, session: Session, rows: Sequence[Row]) -> Self:
        """Read it in two statements."""
        in_file: dict[str, dict[int, str]] = {}
        for entity, data in rows:
            in_file.setdefault(data["ruc"], {})[entity.id] = rucs.named(entity)
        return cls(rucs.holders(session, in_file), in_file, _presented(session, rows))


def _presented(session: Session, rows: Sequence[Row]) -> Mapping[int, str]:
    """Return the RUC that an entity last presented in a case, by entity."""
    entries = session.execute(
        select(LogEntry.entity_id, LogEntry.data)
        .where(
            among(LogEntry.entity_id, [entity.id for entity, _ in rows]),
            LogEntry.kind == "entity.changed",
            LogEntry.instance_id.is_not(None),
        )
        .order_by(LogEntry.id)
    )
    changes = ((number, data.get("changed", {})) for number, data in entries)
    return {number: changed["ruc"][1] for number, changed in changes if "ruc" in changed}


def _read(cells: Mapping[str, str]) -> Data:
    """Return the RUC of a row. Raises Refused."""
    ruc = "".join(cells["ruc"].split())
    if not ruc:
        raise Refused("Falta el RUC.")
    if fault := identifiers.ruc_fault(ruc):
        raise Refused(fault)
    return {"ruc": ruc}


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    """Plan the rows: what each RUC replaces, and which other entities have it."""
    known = Known.of(session, rows)
    return [_plan(entity, data["ruc"], known) for entity, data in rows]


def _plan(entity: Entity, ruc: str, known: Known) -> Plan:
    old = access.masked_ruc(entity.ruc)
    if entity.ruc == ruc:
        return Plan("same", "Ya tiene ese RUC.")
    if not entity.active:
        return Plan("refused", "La entidad está desactivada en el catálogo.")
    if entity.ruc and known.presented.get(entity.id) == entity.ruc:
        return Plan("refused", f"En su caso presentó otro, {old}: corrígelo ahí si no es el suyo.")
    said = f"Reemplaza a {old}." if entity.ruc else "Se guarda el RUC, que faltaba."
    held = {**known.in_file[ruc], **known.holders.get(ruc, {})}
    others = [name for number, name in held.items() if number != entity.id]
    if others:
        said += (
            f" También es de {formatting.listed(others)}: un coordinador confirma si lo comparten."
        )
    return Plan("do", said)


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    """Store the RUC of a row; one that others have waits for a coordinator."""
    old, entity.ruc = entity.ruc, data["ruc"]
    entity.index()
    audit_log.write(
        session,
        "entity.changed",
        actor_id=batch.confirmed_by_id,
        entity_id=entity.id,
        changed={"ruc": [old, entity.ruc]},
        imported_from=batch.data["source"],
        batch=batch.id,
    )
    others = rucs.changed(session, entity, old, batch.confirmed_by_id)
    if not others:
        return "Se guardó."
    names = formatting.listed([rucs.named(other) for other in others])
    return f"Se guardó. También es de {names}: un coordinador confirma si lo comparten."


RUCS = Kind(
    id="rucs",
    slug="rucs",
    name="Importación de RUC",
    action="manage_catalogue",
    fresh=True,
    verb="Vas a guardar el RUC de",
    summary="El RUC de cada entidad, revisado contra el catálogo y los casos, desde un archivo.",
    columns=COLUMNS,
    introduction=(
        "Sube la lista de RUC de las entidades. Revisamos su dígito de control, si otra entidad "
        "lo tiene y si la entidad presentó otro en su caso. Nada cambia hasta que confirmes.",
        "Un RUC que la entidad presentó en su caso no se reemplaza: la fila lo dice. Uno que ya "
        "tiene otra entidad espera a que un coordinador confirme que lo comparten.",
    ),
    form=SourceForm,
    common=common_source,
    read=_read,
    lock=lock_entity,
    judge=_judge,
    do=_do,
    details=lambda data: [data["ruc"]] if "ruc" in data else [],
)
