"""The versions of the process, when each was put into force, and the live cases on each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.definitions import NothingDeployed, in_force
from app.base.models import Deployment, ProcessInstance, PutIntoForce, User, VersionOffer

#: The digits of a hash that addresses have.
SHORT = 12
HASH = re.compile(r"[0-9a-f]{7,64}")

Situation = Literal["in_force", "former", "offered"]
SITUATIONS: Mapping[Situation, str] = {
    "in_force": "En vigor",
    "offered": "Ofrecida",
    "former": "Anterior",
}


@dataclass(frozen=True)
class Put:
    """A moment from which a version is in force; `by` is empty for a command."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True)
class Origin:
    """Where a version came from; `by` is empty for a release and a command."""

    at: datetime
    source: str
    by: str


#: Source of a version (`app.base.models.VersionOffer`) → words.
SOURCES: Mapping[str, str] = {
    "code": "Vino con Zaguán",
    "command": "Llegó por un comando",
    "page": "Se subió en esta página",
}


@dataclass(frozen=True)
class Version:
    """A version as the list shows it."""

    id: int
    hash: str
    #: The moments at which it was put into force, the newest first; none of an offered version.
    puts: Sequence[Put]
    situation: Situation
    #: Where it came from, the first source first.
    origins: Sequence[Origin]
    #: Process → number of live cases.
    cases: Mapping[str, int]

    @property
    def name(self) -> str:
        """Its name on screen."""
        return f"Versión {self.id}"

    @property
    def short(self) -> str:
        """Its hash as addresses have it."""
        return self.hash[:SHORT]

    @cached_property
    def total(self) -> int:
        """The number of live cases of all processes."""
        return sum(self.cases.values())


def versions(session: Session) -> list[Version]:
    """Return all versions: the one in force first, then the offered, then the former ones.

    Of each kind, the newest come first. Empty before the first version.
    """
    try:
        current = in_force(session).id
    except NothingDeployed:
        return []
    puts, cases, origins = _puts(session), _live_cases(session), _origins(session)
    found = [
        Version(
            row.id,
            row.hash,
            puts.get(row.id, ()),
            "in_force" if row.id == current else "former" if row.id in puts else "offered",
            origins.get(row.id, ()),
            cases.get(row.id, {}),
        )
        for row in session.execute(select(Deployment.id, Deployment.hash))
    ]
    order = list(SITUATIONS)
    return sorted(found, key=lambda one: (order.index(one.situation), -_since(one), -one.id))


def _since(version: Version) -> float:
    return version.puts[0].at.timestamp() if version.puts else 0.0


def find(session: Session, text: str) -> Version | None:
    """Return the one version whose hash begins so; None for none or several."""
    if not HASH.fullmatch(text):
        return None
    found = [one for one in versions(session) if one.hash.startswith(text)]
    return found[0] if len(found) == 1 else None


def before(session: Session, version: Version) -> Version | None:
    """Return the version that was in force before one that is; None for the first."""
    others = [one for one in versions(session) if one.puts and one.id != version.id]
    return max(others, key=_since, default=None)


def _puts(session: Session) -> dict[int, list[Put]]:
    """Return the moments at which each version was put into force, the newest first."""
    found: dict[int, list[Put]] = defaultdict(list)
    rows = session.execute(
        select(PutIntoForce, User.given_names, User.surnames)
        .outerjoin(User, User.id == PutIntoForce.by_id)
        .order_by(PutIntoForce.at.desc(), PutIntoForce.id.desc())
    )
    for row, given_names, surnames in rows:
        who = f"{given_names or ''} {surnames or ''}".strip()
        found[row.deployment_id].append(Put(row.at, who, row.reason))
    return found


def _origins(session: Session) -> dict[int, list[Origin]]:
    rows = session.execute(
        select(VersionOffer, User.given_names, User.surnames)
        .outerjoin(User, User.id == VersionOffer.by_id)
        .order_by(VersionOffer.at, VersionOffer.id)
    )
    found: dict[int, list[Origin]] = defaultdict(list)
    for row, given_names, surnames in rows:
        who = f"{given_names or ''} {surnames or ''}".strip()
        found[row.deployment_id].append(Origin(row.at, row.source, who))
    return found


def _live_cases(session: Session) -> dict[int, dict[str, int]]:
    """Return the number of live cases by version and process, in one statement."""
    rows = session.execute(
        select(ProcessInstance.deployment_id, ProcessInstance.process, func.count())
        .where(ProcessInstance.ended_at.is_(None))
        .group_by(ProcessInstance.deployment_id, ProcessInstance.process)
        .order_by(ProcessInstance.process)
    )
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for deployment_id, process, number in rows:
        found[deployment_id][process] = number
    return found
