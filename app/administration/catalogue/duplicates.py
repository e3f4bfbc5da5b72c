"""Merging an entity that is in the catalogue twice: the plan, its obstacles, and the act.

A merge moves all that belongs to the duplicate to the target; the duplicate's entry only names the
target. A merge cannot be undone.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.administration.catalogue import dependents, moves
from app.administration.catalogue.moves import DESIGNATED, Merge
from app.base import audit_log, formatting
from app.base.models import Entity, Grant, Official, ProcessInstance, Register, User, Visit
from app.base.models.entities import matching
from app.cases.entities import count_dependents, dependents_in_words, rucs
from app.people import access
from app.people.access import absences
from app.register.registers import environments

#: Fields that the target takes from its duplicate if it lacks them; related facts move together.
#: Each has its name within a sentence.
FILLED: Sequence[Mapping[str, str]] = (
    {"acronym": "la sigla"},
    {"ruc": "el RUC"},
    {"sector": "el sector"},
    {
        "ubigeo": "el ubigeo",
        "department": "la región",
        "province": "la provincia",
        "district": "el distrito",
    },
    {"address": "la dirección"},
    {"website": "la página web", "website_kind": "el lugar de publicación"},
    {"phone": "el teléfono"},
    {"contact_email": "el correo de la mesa de partes"},
    {
        "contact_authority": "la autoridad",
        "contact_source": "la fuente del contacto",
        "contact_on": "la fecha del contacto",
    },
    {"sip_coordinator_id": "el coordinador de la SIP"},
    {"sgtd_coordinator_id": "el coordinador de la SGTD"},
)
LACKED = ChainMap({"has_register": "que tiene un registro propio"}, *map(dict, FILLED))
#: Entries offered as possibly the same entity, by name or RUC, at most.
OFFERED = 10


class CannotMerge(Exception):
    """The two entries cannot be merged; `sentences` (Spanish) name the obstacles."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class Plan:
    """The effects of a merge: the belongings of the duplicate, in words, and the consequences.

    With `obstacles`, the merge is refused.
    """

    duplicate: Entity
    target: Entity
    hangs: Sequence[str]
    follows: Sequence[str]
    obstacles: Sequence[str]


def alike(session: Session, entity: Entity) -> Sequence[Entity]:
    """Return entries that may be the same entity: same RUC, or the words of its name and region."""
    same = and_(matching(entity.name), Entity.department == entity.department)
    if entity.ruc:
        same = or_(same, Entity.ruc == entity.ruc)
    return session.scalars(
        select(Entity)
        .where(same, Entity.id != entity.id, Entity.active)
        .order_by(Entity.name, Entity.code)
        .limit(OFFERED)
    ).all()


def plan(session: Session, duplicate: Entity, target: Entity) -> Plan:
    """Return the effects of a merge, without writing."""
    obstacles = _obstacles(session, duplicate, target)
    return Plan(
        duplicate,
        target,
        [*_visits(session, duplicate), *dependents_in_words(count_dependents(session, duplicate))],
        [] if obstacles else _follows(session, duplicate, target),
        obstacles,
    )


def merge(session: Session, duplicate: Entity, target: Entity, actor_id: int) -> None:
    """Merge two entries in this transaction. Raise CannotMerge before any change."""
    moves.begin(Merge(session, duplicate, target, target, actor_id))
    _lock(session, duplicate, target)
    if obstacles := _obstacles(session, duplicate, target):
        raise CannotMerge(obstacles)
    act = Merge(session, duplicate, target, _leader(session, duplicate, target), actor_id)
    of_duplicate = (Grant.entity_id == duplicate.id, Grant.until_at.is_(None))
    people = session.scalars(select(Grant.user_id).where(*of_duplicate).distinct()).all()
    moved = dependents.move_all(act)
    changed = _fill(duplicate, target)
    duplicate.sip_coordinator_id = duplicate.sgtd_coordinator_id = None
    rucs.left(session, duplicate, actor_id)
    if "ruc" in changed:
        rucs.changed(session, target, "", actor_id)
    _note(act, moved, changed)
    session.flush()
    session.expire_all()
    for user in session.scalars(select(User).where(User.id.in_(people)).order_by(User.id)).all():
        absences.end_uncovered(session, user, actor_id)
    moves.someone_is_let_in(act)


def _note(act: Merge, moved: dict[str, int], changed: dict[str, list[object]]) -> None:
    """Log the merge on both, and the coordinators now in charge."""
    for role in ("sip", "sgtd"):
        if news := changed.pop(f"{role}_coordinator_id", None):
            audit_log.write(
                act.session,
                "entity.coordinator_assigned",
                actor_id=act.actor_id,
                entity_id=act.target.id,
                role=role,
                old_person_id=None,
                old_person="",
                person_id=news[1],
                person=act.session.get_one(User, news[1]).full_name,
            )
    names: dict[str, Any] = {
        "duplicate": f"{act.duplicate.name} ({act.duplicate.code})",
        "kept": f"{act.target.name} ({act.target.code})",
    }
    for entity in (act.duplicate, act.target):
        audit_log.write(
            act.session,
            "entity.merged",
            actor_id=act.actor_id,
            entity_id=entity.id,
            **names,
            moved={key: number for key, number in moved.items() if number},
            changed=changed if entity is act.target else {},
        )


def _lock(session: Session, duplicate: Entity, target: Entity) -> None:
    """Lock processes first, as every act does, then both entries; read them again."""
    ids = (duplicate.id, target.id)
    running = select(ProcessInstance.id).where(
        ProcessInstance.entity_id.in_(ids), ProcessInstance.ended_at.is_(None)
    )
    session.execute(running.order_by(ProcessInstance.id).with_for_update()).all()
    entries = select(Entity).where(Entity.id.in_(ids)).order_by(Entity.id)
    # Without the key, so that rows which name an entity need not wait for this.
    locked = entries.with_for_update(key_share=True).execution_options(populate_existing=True)
    session.scalars(locked).all()


# Obstacles ------------------------------------------------------------------------------------


def _obstacles(session: Session, duplicate: Entity, target: Entity) -> list[str]:
    if fault := _fault_of_entries(session, duplicate, target):
        return [fault]
    found = []
    theirs, own = (_under_way(session, one) for one in (duplicate, target))
    if theirs and own:
        found.append(
            f"Las dos tienen procesos en curso: {duplicate.code}, {formatting.listed(theirs)}; "
            f"{target.code}, {formatting.listed(own)}. Que la coordinación anule antes los de una: "
            "queda lo de la otra, también su ambiente demo."
        )
    elif (goes_on := _one_under_way(session, duplicate, target)) is not None:
        done = target if goes_on is duplicate else duplicate
        found.append(
            f"{done.code} ya terminó su implementación y la de {goes_on.code} está en curso, y "
            f"queda una sola. Que la coordinación anule antes la de {goes_on.code}."
        )
    if fault := _fault_of_registers(session, duplicate, target):
        found.append(fault)
    return found


def _fault_of_registers(session: Session, duplicate: Entity, target: Entity) -> str:
    """Return why two public registers cannot become one; "" if the duplicate's is unused."""
    own, other = (environments.public(session, one) for one in (target, duplicate))
    if own is None or other is None or not environments.is_used(session, other):
        return ""
    if not environments.is_used(session, own):
        return (
            f"Las dos tienen un registro público, y solo el de {duplicate.code} se usa. Hazlo al "
            f"revés: une {target.code} a {duplicate.code}."
        )
    return (
        "Las dos publican un registro de visitas, y dos registros públicos no se mezclan: cada "
        "visita tiene el suyo. Para que una deje de usarse, desactívala en el catálogo; lo que "
        "publicó se sigue viendo."
    )


def _fault_of_entries(session: Session, duplicate: Entity, target: Entity) -> str:
    if duplicate.id == target.id:
        return "Es la misma entidad: no se une consigo misma. Escribe el código de la otra."
    if duplicate.merged_into_id is not None:
        there = session.get_one(Entity, duplicate.merged_into_id)
        return f"{duplicate.code} ya se unió a {there.name} ({there.code})."
    if target.merged_into_id is not None:
        there = session.get_one(Entity, target.merged_into_id)
        return f"{target.code} es un duplicado: ya se unió a {there.name}. Escribe {there.code}."
    if not target.active:
        return f"{target.code} está fuera del ámbito del registro. Actívala antes en el catálogo."
    return ""


def _under_way(session: Session, entity: Entity) -> list[str]:
    query = select(ProcessInstance.process).where(
        ProcessInstance.entity_id == entity.id, ProcessInstance.ended_at.is_(None)
    )
    return [PROCESSES[name] for name in session.scalars(query.order_by(ProcessInstance.id))]


#: Processes within a sentence.
PROCESSES = {
    "onboarding": "la implementación",
    "redesignation": "la nueva designación del administrador",
    "change_authority": "el cambio de autoridad",
    "change_personnel": "los cambios del personal",
    "upkeep": "la actualización periódica",
    "register_follow_up": "el seguimiento del registro",
}


def _counting(session: Session, entity: Entity) -> bool:
    """Return whether an entity has an implementation that counts: under way or completed."""
    query = select(ProcessInstance.id).where(
        ProcessInstance.entity_id == entity.id,
        ProcessInstance.process == "onboarding",
        ~ProcessInstance.superseded,
        ProcessInstance.status != "cancelled",
        ProcessInstance.end_name != "No corresponde",
    )
    return session.scalars(query.limit(1)).first() is not None


def _one_under_way(session: Session, duplicate: Entity, target: Entity) -> Entity | None:
    """Return the entity whose implementation is under way where the other's is completed."""
    if not (_counting(session, duplicate) and _counting(session, target)):
        return None
    query = select(ProcessInstance.entity_id).where(
        ProcessInstance.entity_id.in_((duplicate.id, target.id)),
        ProcessInstance.process == "onboarding",
        ProcessInstance.ended_at.is_(None),
    )
    running = session.scalars(query).first()
    return next((one for one in (duplicate, target) if one.id == running), None)


def _leader(session: Session, duplicate: Entity, target: Entity) -> Entity:
    if _counting(session, duplicate) and not _counting(session, target):
        return duplicate
    return target


# Consequences ---------------------------------------------------------------------------------


def _visits(session: Session, entity: Entity) -> list[str]:
    sentences = []
    for register, one, many in (
        (environments.public(session, entity), "visita publicada", "visitas publicadas"),
        (environments.find(session, entity, "demo"), "visita de prueba", "visitas de prueba"),
    ):
        if register is not None:
            query = select(func.count()).where(Visit.register_id == register.id)
            number = session.scalar(query) or 0
            sentences.append(formatting.plural(number, one, many))
    return sentences


def _follows(session: Session, duplicate: Entity, target: Entity) -> list[str]:
    leads = _leader(session, duplicate, target)
    act = Merge(session, duplicate, target, leads, 0)
    sentences = [
        f"Todo pasa a {target.name}. Las direcciones de {duplicate.code} llevan a las de "
        f"{target.code}."
    ]
    if _counting(session, duplicate) and _counting(session, target):
        sentences.append(
            f"Las dos terminaron su implementación: cuenta la de {target.code}, y la de "
            f"{duplicate.code} queda en el historial."
        )
    if moves.publics_of(act):
        sentences.append(
            f"Las dos tienen un registro público. Queda el de {target.code}; el de "
            f"{duplicate.code}, en el que no se escribió nada, queda guardado y deja de verse."
        )
    elif environments.public(session, duplicate):
        sentences.append(
            "Sus visitas publicadas cambian de entidad, y quienes siguen los datos lo ven."
        )
    sentences += _who_leaves(act)
    sentences += _which_demo(act)
    sentences.append(f"Los códigos de activación de {duplicate.code} dejan de valer.")
    if names := _fill(duplicate, target, write=False):
        lacked = formatting.listed([LACKED[name] for name in names])
        sentences.append(f"{target.code} toma lo que le falta: {lacked}.")
    return sentences


def _which_demo(act: Merge) -> list[str]:
    demos = moves.demos_of(act)
    if demos is None:
        return []
    stands, other = (_demo(act.session, one) for one in demos)
    why = ", que lleva la implementación" if _counting(act.session, act.leads) else ""
    return [
        f"Las dos tienen un ambiente demo. Queda en uso el de {act.leads.code}{why}: {stands}.",
        f"El de {act.yields.code} queda guardado con {act.duplicate.code}, sin uso: {other}.",
    ]


def _demo(session: Session, register: Register) -> str:
    """Return the contents of a demo: "3 visitas de prueba y 6 personas"."""
    visits, people = (
        session.scalar(select(func.count()).where(column == register.id)) or 0
        for column in (Visit.register_id, Official.register_id)
    )
    return formatting.listed(
        [
            formatting.plural(visits, "visita de prueba", "visitas de prueba"),
            formatting.plural(people, "persona en su relación", "personas en su relación"),
        ]
    )


def _who_leaves(act: Merge) -> list[str]:
    sentences = []
    for role in DESIGNATED:
        if access.holders(act.session, role, act.leads):
            sentences += [
                f"{user.full_name} deja de ser {access.ROLES[role].name} de {act.yields.code}: "
                f"{act.leads.code} ya tiene quien lo es."
                for user in moves.holding(act, role, act.yields)
            ]
    return sentences


def _fill(duplicate: Entity, target: Entity, *, write: bool = True) -> dict[str, list[object]]:
    """Fill the fields that the target lacks; return each change with its old and new value."""
    changed: dict[str, list[object]] = {}
    for names in FILLED:
        if not any(getattr(target, name) for name in names):
            changed |= {
                name: [getattr(target, name), new]
                for name in names
                if (new := getattr(duplicate, name))
            }
    if duplicate.has_register and not target.has_register:
        changed["has_register"] = [False, True]
    if write:
        for name, (_, new) in changed.items():
            setattr(target, name, new)
        target.rename_formerly([*target.former, *duplicate.former])
    return {name: [formatting.iso(value) for value in values] for name, values in changed.items()}


def merged_into(session: Session, entity: Entity) -> Entity | None:
    """Return the entity that a duplicate was merged into; None for other entries."""
    return session.get(Entity, entity.merged_into_id) if entity.merged_into_id else None


def duplicates_of(session: Session, entity: Entity) -> Sequence[Entity]:
    """Return the duplicates that were merged into an entity."""
    query = select(Entity).where(Entity.merged_into_id == entity.id)
    return session.scalars(query.order_by(Entity.code)).all()
