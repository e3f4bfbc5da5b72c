"""The roles: their names on screen, their scope, and their lane in the diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A role; `scope` says whether it holds in one entity or in the PCM (everywhere)."""

    id: str
    name: str
    scope: str  # entity, pcm
    #: The name of its lane in the diagrams, which is the lane's key; None outside the lanes.
    lane: str | None = None


ROLES: Mapping[str, Role] = {
    role.id: role
    for role in (
        Role(
            "authority",
            "Máxima autoridad administrativa",
            "entity",
            "Máxima autoridad administrativa",
        ),
        Role("preparer", "Responsable de la designación", "entity"),
        Role("administrator", "Administrador del RVL", "entity", "Administrador del RVL"),
        Role("alternate", "Administrador alterno del RVL", "entity"),
        Role("operator", "Operador del registro", "entity"),
        Role("sip", "Coordinador de la SIP", "pcm", "Secretaría de Integridad Pública"),
        Role(
            "sgtd",
            "Coordinador de la SGTD",
            "pcm",
            "Secretaría de Gobierno y Transformación Digital",
        ),
        Role("secretary", "Despacho de la Secretaría", "pcm", "Despacho de la Secretaría"),
        Role("auditor", "Auditor", "pcm"),
        Role("superuser", "Gestor de la plataforma", "pcm"),
    )
}

#: Lane of the diagrams → role whose tasks they are.
LANES: Mapping[str, str] = {role.lane: role.id for role in ROLES.values() if role.lane}

ENTITY_ROLES = frozenset(role.id for role in ROLES.values() if role.scope == "entity")
PCM_ROLES = frozenset(ROLES) - ENTITY_ROLES

#: Role of a task's lane → roles that may answer it. The preparer prepares for the authority;
#: the alternate stands in for the administrator.
ANSWERS: Mapping[str, frozenset[str]] = {
    "authority": frozenset({"authority", "preparer"}),
    "administrator": frozenset({"administrator", "alternate"}),
    "sip": frozenset({"sip"}),
    "sgtd": frozenset({"sgtd"}),
    "secretary": frozenset({"secretary"}),
}
#: The lane in which another role does the work: the preparer, for the authority that signs.
PREPARED = "authority"


def lane_title(lane: str, holders: frozenset[str] | None = None) -> str:
    """Return the Spanish name of the people who do the steps of a lane.

    `holders`: the roles that are held in the entity; None without an entity.
    """
    role = ROLES[lane]
    if lane != PREPARED:
        return role.lane or role.name
    here = ANSWERS[lane] & holders if holders is not None else ANSWERS[lane]
    if here == {lane}:
        return role.lane or role.name
    preparer = ROLES["preparer"].name
    return f"{preparer} o máxima autoridad" if lane in here else preparer


#: The roles that answer any lane.
ANSWERING: frozenset[str] = frozenset().union(*ANSWERS.values())

#: Stages that the SGTD reviews; the others, and side processes, are the SIP's.
REVIEWED_BY_SGTD = frozenset({"demo_test", "resubmission", "production"})


def reviewing_role(stage: str) -> str:
    """Return the role that reviews the entity's steps of a stage: sip or sgtd."""
    return "sgtd" if stage in REVIEWED_BY_SGTD else "sip"
