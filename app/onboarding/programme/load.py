"""The load of each coordinator in charge: what is under way, in whose hands, late, due soon."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.formatting import plain
from app.base.models import Entity
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.filters import WITHOUT_COORDINATOR, WITHOUT_SGTD, WITHOUT_SIP
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme.cases import Member
from app.onboarding.programme.charts import Bar, Chart, Row

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
    """The entities of a coordinator, counted as COUNTS says. An entity may be in several counts."""

    name: str
    coordinator: str
    counts: Mapping[str, int]

    def url(self, count: str) -> str:
        """Return the URL of the list of the entities of a count."""
        return EntityQuery({"coordinador": self.coordinator, **COUNTS[count][1]}).address()


def loads(session: Session, members: Sequence[Member], names: Mapping[int, str]) -> list[Load]:
    """Return the load of each coordinator, by name; last, entities without one. Two statements."""
    due = {
        count: set(session.scalars(select(Entity.id).where(Entity.active, situation.has_due(when))))
        for count, when in (
            ("late", situation.window(session, "atrasado")),
            ("week", situation.window(session, "semana")),
        )
    }
    of: dict[str, list[Member]] = {}
    for one in members:
        keys = {str(one.sip) if one.sip else WITHOUT_SIP}
        keys |= {str(one.sgtd) if one.sgtd else WITHOUT_SGTD}
        for key in keys:
            of.setdefault(key, []).append(one)
    labels = {**{str(key): name for key, name in names.items()}, **WITHOUT_COORDINATOR}
    found = [Load(labels.get(key, key), key, _counted(all_, due)) for key, all_ in of.items()]
    return sorted(found, key=lambda one: (one.coordinator in WITHOUT_COORDINATOR, plain(one.name)))


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
