"""Whose the working days were: an entity's clocks in words, and the same rule for coordinators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple, Self

from flask import Blueprint, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, formatting, queries
from app.base.definitions import definition_of
from app.base.models import Entity, ProcessInstance, User
from app.cases import custody
from app.cases.custody import PARTIES, PARTY_NAMES, Clocks, Known
from app.onboarding.entity_list.standing import Standing, newest_onboardings
from app.people import access

blueprint = Blueprint("clocks", __name__)


# Of an entity ---------------------------------------------------------------------------------


def table(here: Standing) -> dict[str, Any] | None:
    """The clocks of an entity's onboarding: a sentence, and a row per stage.

    Columns are the parties that had a day; `validated` says whether stages are left out.
    """
    row = here.instance
    if row is None:
        return None
    definition = definition_of(row.deployment)
    days = here.clocks.parties
    parties = [party for party in PARTIES if days[party]]
    stages = [
        {
            "name": definition.element_name(stage) if stage else "Fuera de una etapa",
            "days": [of_stage.get(party, 0) for party in parties],
            "total": sum(of_stage.values()),
        }
        for stage, of_stage in here.clocks.stages.items()
    ]
    return {
        "said": sentence(here.clocks),
        "heads": [PARTY_NAMES[party].heading for party in parties],
        "stages": stages,
        "days": [days[party] for party in parties],
        "total": here.clocks.total,
        "validated": bool(row.validated),
    }


def sentence(clocks: Clocks) -> str:
    """`12 días hábiles en manos de la entidad y 7 en manos de la SIP; suman 19.`"""
    parts = [(days, PARTY_NAMES[party].place) for party, days in clocks.parties.items() if days]
    if not parts:
        return "Todavía no ha terminado ningún día hábil."
    (first, where), *others = parts
    said = [f"{formatting.plural(first, 'día hábil', 'días hábiles')} {where}"]
    said += [f"{formatting.number(days)} {place}" for days, place in others]
    total = f"; suman {formatting.number(clocks.total)}" if others else ""
    return f"{formatting.listed(said)}{total}."


# Of coordinators ------------------------------------------------------------------------------


class Case(NamedTuple):
    """A case by whom it is measured: a coordinator per secretariat, and whose its days were."""

    holder: str
    coordinators: Mapping[str, int | None]
    parties: Mapping[str, int]


@dataclass(frozen=True)
class Measured:
    """Cases in somebody's charge, by the rule that measures entities."""

    name: str
    #: How many of the cases are in the secretariat's hands now.
    now: int
    #: For each of the cases, the working days that it was in the secretariat's hands.
    days: Sequence[int]

    @classmethod
    def of(cls, name: str, role: str, cases: Sequence[Case]) -> Self:
        """Cases as a secretariat (sip, sgtd) had them."""
        now = sum(custody.on_clock(case.holder) == role for case in cases)
        return cls(name, now, [case.parties[role] for case in cases])

    @property
    def total(self) -> int:
        """The working days of all cases together."""
        return sum(self.days)

    @property
    def median(self) -> str:
        """The working days of the case in the middle; a half with a point, as in Peru."""
        if not self.days:
            return ""
        middle = median(self.days)
        return f"{middle:.1f}" if middle % 1 else formatting.number(int(middle))


@blueprint.get("/coordinadores/dias")
def coordinators() -> str:
    """Each secretariat and each of its coordinators in charge, with their working days."""
    queries.must_know(())
    cases = all_cases(db.session())
    offices = [
        {
            "name": access.ROLES[role].lane,
            "all": Measured.of("Todas las entidades", role, cases),
            "rows": in_charge(db.session(), role, cases),
        }
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
    """The newest onboarding of each entity, under way or ended, unless it was cancelled."""
    rows = session.execute(ALL_CASES).all()
    working = calendar.calendars(session)
    clocks = custody.clocks_of_known(
        session,
        [(Known(row.id, row.revision), working.at(row.department, row.code)) for row in rows],
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
    """A row per coordinator of a secretariat, by name; last the cases that nobody has."""
    by_coordinator: dict[int | None, list[Case]] = defaultdict(list)
    for case in cases:
        by_coordinator[case.coordinators[role]].append(case)
    nobody = by_coordinator.pop(None, [])
    people = session.scalars(
        select(User).where(User.id.in_(by_coordinator)).order_by(User.surnames, User.id)
    )
    rows = [Measured.of(user.full_name, role, by_coordinator[user.id]) for user in people]
    return rows + ([Measured.of("Sin coordinador a cargo", role, nobody)] if nobody else [])
