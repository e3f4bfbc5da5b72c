"""The working days of an onboarding by the party that had the case, in words and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.base import formatting
from app.base.models import ProcessInstance
from app.cases.custody import PARTIES, PARTY_NAMES, Clocks
from app.cases.status.versions import Versions


@dataclass(frozen=True)
class StageDays:
    """The working days of a stage: one number per heading of the table, and their total."""

    name: str
    days: Sequence[int]
    total: int


@dataclass(frozen=True)
class ClockTable:
    """The working days of an onboarding. The columns are the parties that had a day."""

    sentence: str
    headings: Sequence[str]
    stages: Sequence[StageDays]
    #: The days of all stages, per heading, and their total.
    days: Sequence[int]
    total: int
    #: Whether stages were validated: their days do not count.
    validated: bool


def table(row: ProcessInstance, counted: Clocks, known: Versions) -> ClockTable:
    """Return the working days of an onboarding as a table; `known`: the versions it was on."""
    days = counted.parties
    parties = [party for party in PARTIES if days[party]]
    return ClockTable(
        sentence=sentence(counted),
        headings=[PARTY_NAMES[party].heading for party in parties],
        stages=[
            StageDays(
                known.name(stage) if stage else "Fuera de una etapa",
                [of_stage.get(party, 0) for party in parties],
                sum(of_stage.values()),
            )
            for stage, of_stage in counted.stages.items()
        ],
        days=[days[party] for party in parties],
        total=counted.total,
        validated=bool(row.validated),
    )


def sentence(clocks: Clocks) -> str:
    """Return `12 días hábiles en manos de la entidad y 7 en manos de la SIP; suman 19.`"""
    parts = [(days, PARTY_NAMES[party].place) for party, days in clocks.parties.items() if days]
    if not parts:
        return "Todavía no ha terminado ningún día hábil."
    (first, where), *others = parts
    texts = [f"{formatting.plural(first, 'día hábil', 'días hábiles')} {where}"]
    texts += [f"{formatting.number(days)} {place}" for days, place in others]
    total = f"; suman {formatting.number(clocks.total)}" if others else ""
    return f"{formatting.listed(texts)}{total}."
