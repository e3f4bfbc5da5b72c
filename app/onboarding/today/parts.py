"""The parts of a section of *Hoy*, and its reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base.models import Entity, User
from app.onboarding.entity_list.query import EntityQuery
from app.people import access


@dataclass(frozen=True)
class Line:
    """A line of a section: a link, the text under it, and the working days until it is due."""

    text: str
    url: str
    under: str
    due_in: int | None = None


@dataclass(frozen=True)
class Section:
    """A section: its title with a count, some lines, and the link (`url`, `way`) to the list.

    `late`: how many of the count are late, in words; `work`: True stands at the top.
    """

    id: str
    title: str
    lines: Sequence[Line]
    url: str
    way: str
    late: str = ""
    work: bool = False


@dataclass(frozen=True)
class Reader:
    """The reader, and whether they are in charge of entities: who is in charge of none sees all."""

    session: Session
    user: User
    in_charge: bool

    @classmethod
    def of(cls, session: Session, user: User) -> Self:
        """Look up whether the reader is in charge of any entity."""
        mine = or_(Entity.sip_coordinator_id == user.id, Entity.sgtd_coordinator_id == user.id)
        found = session.scalar(select(Entity.id).where(Entity.active, mine).limit(1))
        return cls(session, user, found is not None)

    def may(self, action: str) -> bool:
        """Return whether the reader may do this in the PCM."""
        return access.may(self.user, action)

    def query(self, due: str) -> EntityQuery:
        """Return the query for due tasks, of the entities in the user's charge if there are any."""
        return EntityQuery(
            {"plazo": due, "coordinador": str(self.user.id) if self.in_charge else ""}
        )
