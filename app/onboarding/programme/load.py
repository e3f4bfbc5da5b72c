"""The load of each coordinator in charge: entities under way, in whose hands, late, and tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.formatting import plain
from app.base.models import Entity, ProcessInstance, Task, User
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filters import WITHOUT_COORDINATOR, WITHOUT_SGTD, WITHOUT_SIP
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme.cases import Member
from app.onboarding.programme.charts import Bar, Chart, Row
from app.people.access.rules import COORDINATORS

#: The counts of a load → (heading, filters of the list besides the coordinator).
COUNTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "going": ("En marcha", {"estado": "en-marcha"}),
    "sip": ("En manos de la SIP", {"manos": "sip"}),
    "sgtd": ("En manos de la SGTD", {"manos": "sgtd"}),
    "both": ("En manos de la entidad y la PCM", {"manos": "ambas"}),
    "late": ("Con atraso", {"plazo": "atrasado"}),
    "week": ("Vence en 7 días", {"plazo": "semana"}),
}


@dataclass(frozen=True)
class Load:
    """The entities of a coordinator, counted as COUNTS says. An entity may be in several counts.

    `tasks`, `late_tasks`: open tasks that they have, as the assignee or as the one in charge.
    """

    name: str
    coordinator: str
    counts: Mapping[str, int]
    tasks: int = 0
    late_tasks: int = 0

    def url(self, count: str) -> str:
        """Return the URL of the list of the entities of a count."""
        return EntityQuery({"coordinador": self.coordinator, **COUNTS[count][1]}).address()


def loads(session: Session, members: Sequence[Member], names: Mapping[int, str]) -> list[Load]:
    """Return the load of each coordinator, by name; last, entities without one.

    `names`: of those in charge of an entity; others may have tasks. At most three statements.
    """
    late, week = (
        situation.has_due(situation.window(session, one)) for one in ("atrasado", "semana")
    )
    rows = session.execute(
        select(Entity.id, late.label("late"), week.label("week")).where(
            Entity.active, or_(late, week)
        )
    ).all()
    due = {
        "late": {row.id for row in rows if row.late},
        "week": {row.id for row in rows if row.week},
    }
    of: dict[str, list[Member]] = {}
    for one in members:
        keys = {str(one.sip) if one.sip else WITHOUT_SIP}
        keys |= {str(one.sgtd) if one.sgtd else WITHOUT_SGTD}
        for key in keys:
            of.setdefault(key, []).append(one)
    labels = {**{str(key): name for key, name in names.items()}, **WITHOUT_COORDINATOR}
    tasks = _tasks(session)
    if others := [int(key) for key in tasks if key not in labels]:
        for user in session.scalars(select(User).where(User.id.in_(others))):
            labels[str(user.id)] = user.full_name
    found = [
        Load(labels.get(key, key), key, _counted(of.get(key, ()), due), *tasks.get(key, (0, 0)))
        for key in dict.fromkeys((*of, *tasks))
    ]
    return sorted(found, key=lambda one: (one.coordinator in WITHOUT_COORDINATOR, plain(one.name)))


def _tasks(session: Session) -> dict[str, tuple[int, int]]:
    """Return who has open tasks of coordinators, with their number and how many are late.

    Keys as in the list's filter by coordinator: an account's id, or one without a coordinator.
    """
    in_charge = case(
        (Task.role == "sip", Entity.sip_coordinator_id), else_=Entity.sgtd_coordinator_id
    )
    who, late = func.coalesce(Task.assignee_id, in_charge), Task.due_at < calendar.now()
    rows = session.execute(
        select(who, Task.role, func.count(), func.sum(case((late, 1), else_=0)))
        .join(Entity, Entity.id == Task.entity_id)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(
            Task.state == "open",
            Task.role.in_(sorted(COORDINATORS)),
            Entity.active,
            ProcessInstance.status == "running",
        )
        .group_by(who, Task.role)
    )
    found: dict[str, tuple[int, int]] = {}
    for user, role, count, overdue in rows:
        nobody = WITHOUT_SIP if role == "sip" else WITHOUT_SGTD
        key = str(user) if user else nobody
        so_far = found.get(key, (0, 0))
        found[key] = (so_far[0] + count, so_far[1] + overdue)
    return found


def _counted(members: Sequence[Member], due: Mapping[str, Collection[int]]) -> dict[str, int]:
    going = [one.path for one in members if one.path and not one.path.has_ended]
    counts = {count: sum(one.id in ids for one in members) for count, ids in due.items()}
    counts |= {
        party: sum(one.holder == party for one in going) for party in ("sip", "sgtd", "both")
    }
    return counts | {"going": len(going)}


def chart(found: Sequence[Load]) -> Chart:
    """Draw what each coordinator has under way, and how much of all is late."""
    rows = [
        Row(
            one.name,
            [
                _bar(one, "going", "solid", "en marcha"),
                _bar(one, "late", "striped", "con atraso"),
            ],
        )
        for one in found
    ]
    return Chart(
        "carga",
        "Carga por coordinador",
        "Por coordinador: cuántas entidades a su cargo están en marcha (barra llena) y cuántas "
        "tienen algo con atraso (barra rayada).",
        rows,
    )


def _bar(one: Load, count: str, pattern: str, words: str) -> Bar:
    value = one.counts[count]
    return Bar(value, one.url(count) if value else "", f"{one.name}: {value} {words}", pattern)
