"""An entity that stands twice in the catalogue: whether its entries can become one, and the act.

What was the duplicate's is the entity's afterwards, and the duplicate's entry only says where it
went. There is no way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

#: What an entry lacks is taken from its duplicate: facts that only make sense together are.
FILLED = (
    ("acronym",),
    ("ruc",),
    ("sector",),
    ("ubigeo", "department", "province", "district"),
    ("address",),
    ("website", "website_kind"),
    ("phone",),
    ("contact_email",),
    ("contact_authority", "contact_source", "contact_on"),
    ("sip_coordinator_id",),
    ("sgtd_coordinator_id",),
)
#: Entries that could be the same entity are offered by name or RUC: so many.
OFFERED = 10


class CannotMerge(Exception):
    """The two entries cannot become one; `sentences` (Spanish) say what is in the way."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True)
class Plan:
    """What a merge would do: what hangs on the duplicate, in words, and what becomes of it.

    With `obstacles` it cannot be.
    """

    duplicate: Entity
    kept: Entity
    hangs: Sequence[str]
    follows: Sequence[str]
    obstacles: Sequence[str]


def alike(session: Session, entity: Entity) -> Sequence[Entity]:
    """Entries that may be the same entity: with its RUC, or the words of its name in its region."""
    same = and_(matching(entity.name), Entity.department == entity.department)
    if entity.ruc:
        same = or_(same, Entity.ruc == entity.ruc)
    return session.scalars(
        select(Entity)
        .where(same, Entity.id != entity.id, Entity.active)
        .order_by(Entity.name, Entity.code)
        .limit(OFFERED)
    ).all()


def plan(session: Session, duplicate: Entity, kept: Entity) -> Plan:
    """What would become of a duplicate; nothing is written."""
    obstacles = _obstacles(session, duplicate, kept)
    return Plan(
        duplicate,
        kept,
        [*_visits(session, duplicate), *dependents_in_words(count_dependents(session, duplicate))],
        [] if obstacles else _follows(session, duplicate, kept),
        obstacles,
    )


def merge(session: Session, duplicate: Entity, kept: Entity, actor_id: int) -> None:
    """Makes two entries one, in this transaction. Raises CannotMerge, with nothing done."""
    moves.begin(Merge(session, duplicate, kept, kept, actor_id))
    _lock(session, duplicate, kept)
    if obstacles := _obstacles(session, duplicate, kept):
        raise CannotMerge(obstacles)
    act = Merge(session, duplicate, kept, _leader(session, duplicate, kept), actor_id)
    of_duplicate = (Grant.entity_id == duplicate.id, Grant.until_at.is_(None))
    people = session.scalars(select(Grant.user_id).where(*of_duplicate).distinct()).all()
    moved = dependents.move_all(act)
    changed = _fill(duplicate, kept)
    duplicate.active, duplicate.merged_into_id = False, kept.id
    duplicate.sip_coordinator_id = duplicate.sgtd_coordinator_id = None
    rucs.left(session, duplicate, actor_id)
    if "ruc" in changed:
        rucs.changed(session, kept, "", actor_id)
    _note(act, moved, changed)
    session.flush()
    session.expire_all()
    for user in session.scalars(select(User).where(User.id.in_(people)).order_by(User.id)).all():
        absences.end_uncovered(session, user, actor_id)
    moves.someone_is_let_in(act)


def _note(act: Merge, moved: dict[str, int], changed: dict[str, list[object]]) -> None:
    """Logs it on both, and who is in charge now."""
    for role in ("sip", "sgtd"):
        if news := changed.pop(f"{role}_coordinator_id", None):
            audit_log.write(
                act.session,
                "entity.coordinator_assigned",
                actor_id=act.actor_id,
                entity_id=act.kept.id,
                role=role,
                old_person_id=None,
                old_person="",
                person_id=news[1],
                person=act.session.get_one(User, news[1]).full_name,
            )
    for entity in (act.duplicate, act.kept):
        audit_log.write(
            act.session,
            "entity.merged",
            actor_id=act.actor_id,
            entity_id=entity.id,
            duplicate=f"{act.duplicate.name} ({act.duplicate.code})",
            kept=f"{act.kept.name} ({act.kept.code})",
            moved={key: number for key, number in moved.items() if number},
            changed=changed if entity is act.kept else {},
        )


def _lock(session: Session, duplicate: Entity, kept: Entity) -> None:
    """Processes first, as every act does, then both entries; read anew."""
    ids = (duplicate.id, kept.id)
    running = select(ProcessInstance.id).where(
        ProcessInstance.entity_id.in_(ids), ProcessInstance.ended_at.is_(None)
    )
    session.execute(running.order_by(ProcessInstance.id).with_for_update()).all()
    entries = select(Entity).where(Entity.id.in_(ids)).order_by(Entity.id)
    # Without the key, so that rows which name an entity need not wait for this.
    locked = entries.with_for_update(key_share=True).execution_options(populate_existing=True)
    session.scalars(locked).all()


# What is in the way ---------------------------------------------------------------------------


def _obstacles(session: Session, duplicate: Entity, kept: Entity) -> list[str]:
    if fault := _fault_of_entries(session, duplicate, kept):
        return [fault]
    found = []
    theirs, own = (_under_way(session, one) for one in (duplicate, kept))
    if theirs and own:
        found.append(
            f"Las dos tienen procesos en curso: {duplicate.code}, {formatting.listed(theirs)}; "
            f"{kept.code}, {formatting.listed(own)}. Que la coordinación anule antes los de una: "
            "queda lo de la otra, también su ambiente demo."
        )
    elif (goes_on := _one_under_way(session, duplicate, kept)) is not None:
        done = kept if goes_on is duplicate else duplicate
        found.append(
            f"{done.code} ya terminó su implementación y la de {goes_on.code} está en curso, y "
            f"queda una sola. Que la coordinación anule antes la de {goes_on.code}."
        )
    if fault := _fault_of_registers(session, duplicate, kept):
        found.append(fault)
    return found


def _fault_of_registers(session: Session, duplicate: Entity, kept: Entity) -> str:
    """Why two public registers cannot become one; "" where one of them is empty, and stays."""
    own, other = (environments.find(session, one, "production") for one in (kept, duplicate))
    if own is None or other is None or not environments.is_used(session, other):
        return ""
    if not environments.is_used(session, own):
        return (
            f"Las dos tienen un registro público, y solo el de {duplicate.code} se usa. Hazlo al "
            f"revés: une {kept.code} a {duplicate.code}."
        )
    return (
        "Las dos publican un registro de visitas, y dos registros públicos no se mezclan: cada "
        "visita tiene el suyo. Para que una deje de usarse, desactívala en el catálogo; lo que "
        "publicó se sigue viendo."
    )


def _fault_of_entries(session: Session, duplicate: Entity, kept: Entity) -> str:
    if duplicate.id == kept.id:
        return "Es la misma entidad: no se une consigo misma. Escribe el código de la otra."
    if duplicate.merged_into_id is not None:
        there = session.get_one(Entity, duplicate.merged_into_id)
        return f"{duplicate.code} ya se unió a {there.name} ({there.code})."
    if kept.merged_into_id is not None:
        there = session.get_one(Entity, kept.merged_into_id)
        return f"{kept.code} es un duplicado: ya se unió a {there.name}. Escribe {there.code}."
    if not kept.active:
        return f"{kept.code} está fuera del ámbito del registro. Actívala antes en el catálogo."
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
    "upkeep": "la actualización periódica",
}


def _counting(session: Session, entity: Entity) -> bool:
    """Whether an entity's implementation goes on, or came to its end."""
    query = select(ProcessInstance.id).where(
        ProcessInstance.entity_id == entity.id,
        ProcessInstance.process == "onboarding",
        ~ProcessInstance.superseded,
        ProcessInstance.status != "cancelled",
        ProcessInstance.end_name != "No corresponde",
    )
    return session.scalars(query.limit(1)).first() is not None


def _one_under_way(session: Session, duplicate: Entity, kept: Entity) -> Entity | None:
    """Whose implementation goes on where the other's came to its end, and both count."""
    if not (_counting(session, duplicate) and _counting(session, kept)):
        return None
    query = select(ProcessInstance.entity_id).where(
        ProcessInstance.entity_id.in_((duplicate.id, kept.id)),
        ProcessInstance.process == "onboarding",
        ProcessInstance.ended_at.is_(None),
    )
    running = session.scalars(query).first()
    return next((one for one in (duplicate, kept) if one.id == running), None)


def _leader(session: Session, duplicate: Entity, kept: Entity) -> Entity:
    if _counting(session, duplicate) and not _counting(session, kept):
        return duplicate
    return kept


# What follows ---------------------------------------------------------------------------------


def _visits(session: Session, entity: Entity) -> list[str]:
    told = []
    for environment, one, many in (
        ("production", "visita publicada", "visitas publicadas"),
        ("demo", "visita de prueba", "visitas de prueba"),
    ):
        register = environments.find(session, entity, environment)
        if register is not None:
            query = select(func.count()).where(Visit.register_id == register.id)
            number = session.scalar(query) or 0
            told.append(formatting.plural(number, one, many))
    return told


def _follows(session: Session, duplicate: Entity, kept: Entity) -> list[str]:
    leads = _leader(session, duplicate, kept)
    act = Merge(session, duplicate, kept, leads, 0)
    told = [
        f"Todo pasa a {kept.name}. Las direcciones de {duplicate.code} llevan a las de {kept.code}."
    ]
    if _counting(session, duplicate) and _counting(session, kept):
        told.append(
            f"Las dos terminaron su implementación: cuenta la de {kept.code}, y la de "
            f"{duplicate.code} queda en el historial."
        )
    if moves.publics_of(act):
        told.append(
            f"Las dos tienen un registro público. Queda el de {kept.code}; el de {duplicate.code}, "
            "en el que no se escribió nada, queda guardado y deja de verse."
        )
    elif environments.find(session, duplicate, "production"):
        told.append("Sus visitas publicadas cambian de entidad, y quienes siguen los datos lo ven.")
    told += _who_leaves(act)
    told += _which_demo(act)
    told.append(f"Los códigos de activación de {duplicate.code} dejan de valer.")
    if names := _fill(duplicate, kept, write=False):
        lacked = formatting.listed([LACKED[name] for name in names])
        told.append(f"{kept.code} toma lo que le falta: {lacked}.")
    return told


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
    """What a demo holds: "3 visitas de prueba y 6 personas"."""
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


#: What an entry can lack, within a sentence.
LACKED = {
    "acronym": "la sigla",
    "ruc": "el RUC",
    "sector": "el sector",
    "ubigeo": "el ubigeo",
    "department": "la región",
    "province": "la provincia",
    "district": "el distrito",
    "address": "la dirección",
    "website": "la página web",
    "website_kind": "el lugar de publicación",
    "phone": "el teléfono",
    "contact_email": "el correo de la mesa de partes",
    "contact_authority": "la autoridad",
    "contact_source": "la fuente del contacto",
    "contact_on": "la fecha del contacto",
    "sip_coordinator_id": "el coordinador de la SIP",
    "sgtd_coordinator_id": "el coordinador de la SGTD",
    "has_register": "que tiene un registro propio",
}


def _who_leaves(act: Merge) -> list[str]:
    told = []
    for role in DESIGNATED:
        if access.holders(act.session, role, act.leads):
            told += [
                f"{user.full_name} deja de ser {access.ROLES[role].name} de {act.yields.code}: "
                f"{act.leads.code} ya tiene quien lo es."
                for user in moves.holding(act, role, act.yields)
            ]
    return told


def _fill(duplicate: Entity, kept: Entity, *, write: bool = True) -> dict[str, list[object]]:
    """Takes over what the entry lacks; what changed (or would), with its old and new value."""
    changed: dict[str, list[object]] = {}
    for names in FILLED:
        if any(getattr(kept, name) for name in names):
            continue
        for name in names:
            if new := getattr(duplicate, name):
                changed[name] = [getattr(kept, name), new]
    if duplicate.has_register and not kept.has_register:
        changed["has_register"] = [False, True]
    if write:
        for name, (_, new) in changed.items():
            setattr(kept, name, new)
        kept.index()
    return {
        name: [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
        for name, values in changed.items()
    }


def merged_into(session: Session, entity: Entity) -> Entity | None:
    """Where a duplicate went; None for what is none."""
    return session.get(Entity, entity.merged_into_id) if entity.merged_into_id else None


def duplicates_of(session: Session, entity: Entity) -> Sequence[Entity]:
    """The duplicates that went into an entity."""
    query = select(Entity).where(Entity.merged_into_id == entity.id)
    return session.scalars(query.order_by(Entity.code)).all()
