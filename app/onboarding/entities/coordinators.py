"""*Días hábiles por coordinador*: coordinators, measured by the rule that measures entities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple, Self

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting, queries
from app.base.models import Entity, ProcessInstance, User
from app.cases import custody
from app.cases.custody import Revision
from app.onboarding.entity_list.standing import newest_onboardings
from app.people import access

blueprint = Blueprint("clocks", __name__)


class Case(NamedTuple):
    """A case: its holder now, its coordinator per secretariat, its working days per party."""

    holder: str
    coordinators: Mapping[str, int | None]
    parties: Mapping[str, int]


@dataclass(frozen=True)
class Measured:
    """The cases of one coordinator, or of several, with the days a secretariat had them."""

    name: str
    #: The number of cases that the secretariat holds now.
    now: int
    #: The working days that the secretariat held the case, per case.
    days: Sequence[int]

    @classmethod
    def of(cls, name: str, role: str, cases: Sequence[Case]) -> Self:
        """Measure cases for a secretariat (sip, sgtd)."""
        now = sum(custody.on_clock(case.holder) == role for case in cases)
        return cls(name, now, [case.parties[role] for case in cases])

    @property
    def total(self) -> int:
        """The working days of all cases together."""
        return sum(self.days)

    @property
    def median(self) -> str:
        """The median of the working days per case, "" without cases; a half with a point, as in
        Peru."""
        if not self.days:
            return ""
        middle = median(self.days)
        return f"{middle:.1f}" if middle % 1 else formatting.number(int(middle))


@dataclass(frozen=True)
class Office:
    """A secretariat: its name, the row of all cases, and a row per coordinator in charge."""

    name: str
    all: Measured
    rows: Sequence[Measured]


@blueprint.get("/coordinadores/dias")
def coordinators() -> str:
    """Show each secretariat and its coordinators in charge, with their working days."""
    queries.must_know(())
    session = db.session()
    cases = all_cases(session)
    offices = [
        Office(
            access.ROLES[role].lane or "",
            Measured.of("Todas las entidades", role, cases),
            in_charge(session, role, cases),
        )
        for role in ("sip", "sgtd")
    ]
    return render_template("entities/coordinators.html", offices=offices)


ALL_CASES = (
    select(
        ProcessInstance.id,
        ProcessInstance.revision,
        ProcessInstance.holder,
        Entity.department,
        Entity.code,
        Entity.sip_coordinator_id,
        Entity.sgtd_coordinator_id,
    )
    .join(Entity, Entity.id == ProcessInstance.entity_id)
    .where(ProcessInstance.id.in_(newest_onboardings()), ProcessInstance.status != "cancelled")
)


def all_cases(session: Session) -> list[Case]:
    """Return the newest onboarding of each entity, running or ended, except the cancelled ones."""
    rows = session.execute(ALL_CASES).all()
    working = calendar.calendars(session)
    clocks = custody.clocks_of_known(
        session,
        [(Revision(row.id, row.revision), working.at(row.department, row.code)) for row in rows],
        calendar.now(),
    )
    return [
        Case(
            row.holder,
            {"sip": row.sip_coordinator_id, "sgtd": row.sgtd_coordinator_id},
            clocks[row.id].parties,
        )
        for row in rows
    ]


def in_charge(session: Session, role: str, cases: Sequence[Case]) -> list[Measured]:
    """Return a row per coordinator of a secretariat, by name; last the cases without one."""
    by_coordinator: dict[int | None, list[Case]] = defaultdict(list)
    for case in cases:
        by_coordinator[case.coordinators[role]].append(case)
    without = by_coordinator.pop(None, [])
    people = session.scalars(
        select(User).where(User.id.in_(by_coordinator)).order_by(User.surnames, User.id)
    )
    rows = [Measured.of(user.full_name, role, by_coordinator[user.id]) for user in people]
    return rows + ([Measured.of("Sin coordinador a cargo", role, without)] if without else [])
