"""The figures of the programme, counted from the rows of `cases`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import Self

from app.base.formatting import plain
from app.cases.custody import PARTIES
from app.cases.entities import LEVELS
from app.cases.entities.regions import NONE
from app.onboarding.entity_list.filters import (
    STAGES,
    WITHOUT_COORDINATOR,
    WITHOUT_SGTD,
    WITHOUT_SIP,
)
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme.cases import TOTAL, Finish, Member, Path, monday_of

#: The number of weeks shown, with the current one.
WEEKS = 26
WEEK = timedelta(days=7)


# Where entities are ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Entities with something in common, and how many are at each of PLACES.

    `query`: the query to the list of entities that finds them.
    """

    name: str
    query: EntityQuery
    places: Mapping[str, int]
    #: The number of all of them.
    total: int

    @classmethod
    def of(cls, name: str, query: EntityQuery, places: Iterable[str]) -> Self:
        """Count the places of its entities."""
        counted = Counter(places)
        return cls(name, query, counted, counted.total())

    @property
    def under_way(self) -> int:
        """The number that began and have not ended."""
        return sum(self.places.get(stage, 0) for stage in (*STAGES, ""))

    def count(self, place: str) -> int:
        """Return how many are at one of PLACES."""
        return self.places.get(place, 0)

    @property
    def url(self) -> str:
        """The URL of the list of all of them."""
        return self.query.address()

    def url_of(self, place: str) -> str:
        """Return the URL of the list of those at one of PLACES, or `en-marcha` (in any stage)."""
        if place in STAGES:
            return self.query.address(etapa=place, estado="en-marcha")
        return self.query.address(estado=place)

    def share(self, place: str) -> int:
        """Return the share at a place (or `en-marcha`), in percent, rounded half up."""
        count = self.under_way if place == "en-marcha" else self.count(place)
        return (200 * count + self.total) // (2 * self.total) if self.total else 0


def whole(members: Sequence[Member]) -> Group:
    """Return the group of all entities."""
    return Group.of("Todas las entidades", EntityQuery(), (member.place for member in members))


def _grouped(
    members: Sequence[Member],
    key: Callable[[Member], str],
    query: Callable[[str], EntityQuery],
    name: Callable[[str], str],
) -> list[Group]:
    places: dict[str, list[str]] = {}
    for member in members:
        places.setdefault(key(member), []).append(member.place)
    return [Group.of(name(value), query(value), found) for value, found in places.items()]


def by_level(members: Sequence[Member]) -> list[Group]:
    """Group by level of government, from the nation down."""
    names = dict(LEVELS)
    groups = _grouped(
        [member for member in members if member.level in names],
        lambda member: member.level,
        lambda level: EntityQuery({"nivel": level}),
        names.__getitem__,
    )
    return sorted(groups, key=lambda group: list(names.values()).index(group.name))


def by_region(members: Sequence[Member]) -> list[Group]:
    """Group by region, in alphabetical order; last, entities without a region."""
    groups = _grouped(
        members,
        lambda member: member.region,
        lambda region: EntityQuery({"region": region or NONE}),
        lambda region: region or "De alcance nacional, sin región",
    )
    return sorted(
        groups, key=lambda group: (group.query.values["region"] == NONE, plain(group.name))
    )


def by_sector(members: Sequence[Member]) -> list[Group]:
    """Group by sector, the largest first."""
    groups = _grouped(
        members,
        lambda member: member.sector,
        lambda sector: EntityQuery({"sector": sector or NONE}),
        lambda sector: sector.capitalize() or "Sin sector",
    )
    return sorted(groups, key=lambda group: (-group.total, plain(group.name)))


def by_coordinator(members: Sequence[Member], names: Mapping[int, str]) -> list[Group]:
    """Group by coordinator in charge, by name. An entity counts for each of its two.

    Last, entities without a coordinator of the SIP, or of the SGTD.
    """
    places: dict[str, list[str]] = {}
    for member in members:
        keys = {str(one) for one in (member.sip, member.sgtd) if one}
        keys |= {WITHOUT_SIP} if member.sip is None else set()
        keys |= {WITHOUT_SGTD} if member.sgtd is None else set()
        for key in keys:
            places.setdefault(key, []).append(member.place)
    labels = {**{str(user_id): name for user_id, name in names.items()}, **WITHOUT_COORDINATOR}
    groups = [
        Group.of(labels.get(key, key), EntityQuery({"coordinador": key}), found)
        for key, found in places.items()
    ]
    return sorted(
        groups,
        key=lambda group: (
            group.query.values["coordinador"] in WITHOUT_COORDINATOR,
            plain(group.name),
        ),
    )


def validated(members: Sequence[Member]) -> dict[str, int]:
    """Return stage → on how many paths it was validated."""
    counted = Counter(chain.from_iterable(path.validated for path in paths(members)))
    return {stage: counted[stage] for stage in STAGES}


# Done per week --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Week:
    """The work completed in a week (ISO, in Lima), from its Monday on."""

    monday: date
    #: Stage → how many completed it then, and have not gone back to it.
    stages: Mapping[str, int]
    #: How many came to the end of the path.
    ended: int

    @property
    def total(self) -> int:
        """The completed stages of all entities."""
        return sum(self.stages.values())

    @property
    def ended_url(self) -> str:
        """The URL of the list of entities that reached the end."""
        return EntityQuery({"terminada": self.monday.isoformat()}).address()


def paths(members: Iterable[Member]) -> list[Path]:
    """Return the paths of the members that began."""
    return [member.path for member in members if member.path is not None]


def weeks(begun: Sequence[Path], today: date) -> list[Week]:
    """Return the last WEEKS, the newest first."""
    stages = Counter(chain.from_iterable(path.weeks for path in begun))
    ends = Counter(monday_of(path.done_on) for path in begun if path.done_on)
    return [
        Week(monday, {stage: stages[monday, stage] for stage in STAGES}, ends[monday])
        for monday in (monday_of(today) - n * WEEK for n in range(WEEKS))
    ]


def finishes(members: Iterable[Member]) -> list[tuple[int, Finish]]:
    """Return every completed stage, with the id of its entity."""
    return [
        (member.id, finish)
        for member in members
        if member.path is not None
        for finish in member.path.finishes
    ]


# How long it took -----------------------------------------------------------------------------


def rank(counts: Mapping[int, int], percent: int) -> int | None:
    """Return the nearest rank: the smallest value that at least `percent` of all do not exceed.

    50 is the median, 90 the P90. `counts`: value → how often. None without values.
    """
    total = sum(counts.values())
    if not total:
        return None
    place = -(-total * percent // 100)
    for value in sorted(counts):
        place -= counts[value]
        if place <= 0:
            return value
    raise AssertionError("a rank beyond the last value")


@dataclass(frozen=True)
class Spread:
    """A distribution of durations in working days: the count, the median, the P90."""

    count: int
    median: int | None
    p90: int | None

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Self:
        """Compute it from value → how often."""
        return cls(sum(counts.values()), rank(counts, 50), rank(counts, 90))


@dataclass(frozen=True)
class Took:
    """The working days of those that completed a stage, in total and by holder."""

    stage: str
    total: Spread
    parties: Mapping[str, Spread]


def took(begun: Sequence[Path]) -> list[Took]:
    """Return the working days of each stage. A party without a day counts as 0."""
    counts: dict[tuple[str, str], Counter[int]] = {
        (stage, party): Counter() for stage in STAGES for party in (TOTAL, *PARTIES)
    }
    for (stage, party, days), count in Counter(
        chain.from_iterable(path.days for path in begun)
    ).items():
        counts[stage, party][days] += count
    for (stage, _), of_party in counts.items():
        of_party[0] += counts[stage, TOTAL].total() - of_party.total()
    return [
        Took(
            stage,
            Spread.of(counts[stage, TOTAL]),
            {party: Spread.of(counts[stage, party]) for party in PARTIES},
        )
        for stage in STAGES
    ]


@dataclass(frozen=True)
class Step:
    """A step of a stage: how many entities have it open, and how long answers took."""

    id: str
    name: str
    open: int
    spread: Spread

    @property
    def url(self) -> str:
        """The URL of the list of entities that have it open."""
        return EntityQuery({"paso": self.id}).address()


@dataclass(frozen=True)
class Place:
    """A node, other than a step, where entities are: how many, and the URL of their list."""

    id: str
    name: str
    count: int
    url: str


def steps(
    drawn: Mapping[str, str], open_now: Mapping[str, int], answered: Iterable[tuple[str, int]]
) -> list[Step]:
    """Return the steps of a stage in the order of `drawn` (id → name).

    `answered`: the step of each answer and its working days. Steps that are not drawn are skipped.
    """
    counts: dict[str, Counter[int]] = {step: Counter() for step in drawn}
    for (step, days), count in Counter(answered).items():
        if step in counts:
            counts[step][days] += count
    return [
        Step(step, name, open_now.get(step, 0), Spread.of(counts[step]))
        for step, name in drawn.items()
    ]
