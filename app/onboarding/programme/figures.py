"""What the programme's pages show, counted from the rows of `cases`."""

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
from app.onboarding.entity_list.filters import NONE, STAGES, WITHOUT_COORDINATOR
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.programme.cases import TOTAL, Finish, Member, Path, monday_of

#: How many weeks are shown, the running one included.
WEEKS = 26
WEEK = timedelta(days=7)


# Where entities are ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Entities that have something in common: how many are at each of PLACES.

    `query`: the query to the list of entities that finds them.
    """

    name: str
    query: EntityQuery
    places: Mapping[str, int]
    #: How many there are in all.
    total: int

    @classmethod
    def of(cls, name: str, query: EntityQuery, places: Iterable[str]) -> Self:
        """From the place of each of its entities."""
        counted = Counter(places)
        return cls(name, query, counted, counted.total())

    @property
    def under_way(self) -> int:
        """How many began and have not come to any end."""
        return sum(self.places.get(stage, 0) for stage in (*STAGES, ""))

    def count(self, place: str) -> int:
        """How many are at one of PLACES."""
        return self.places.get(place, 0)

    @property
    def url(self) -> str:
        """The list of all of them."""
        return self.query.address()

    def url_of(self, place: str) -> str:
        """The list of those at one of PLACES, or `en-marcha`: under way, in whatever stage."""
        if place in STAGES:
            return self.query.address(etapa=place, estado="en-marcha")
        return self.query.address(estado=place)

    def share(self, place: str) -> int:
        """Those at a place (or `en-marcha`) of all, in percent, rounded half up."""
        count = self.under_way if place == "en-marcha" else self.count(place)
        return (200 * count + self.total) // (2 * self.total) if self.total else 0


def whole(members: Sequence[Member]) -> Group:
    """All entities."""
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
    """By level of government, from the nation down."""
    names = dict(LEVELS)
    groups = _grouped(
        [member for member in members if member.level in names],
        lambda member: member.level,
        lambda level: EntityQuery({"nivel": level}),
        names.__getitem__,
    )
    return sorted(groups, key=lambda group: list(names.values()).index(group.name))


def by_region(members: Sequence[Member]) -> list[Group]:
    """By region, in the order of the alphabet; at last those that the catalogue puts in none."""
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
    """By sector, the largest first."""
    groups = _grouped(
        members,
        lambda member: member.sector,
        lambda sector: EntityQuery({"sector": sector or NONE}),
        lambda sector: sector.capitalize() or "Sin sector",
    )
    return sorted(groups, key=lambda group: (-group.total, plain(group.name)))


def by_coordinator(members: Sequence[Member], names: Mapping[int, str]) -> list[Group]:
    """By coordinator in charge, by name; an entity counts for each of its two.

    At last those whose coordinator of the SIP, or of the SGTD, nobody has named.
    """
    places: dict[str, list[str]] = {}
    for member in members:
        keys = {str(one) for one in (member.sip, member.sgtd) if one}
        keys |= {"nadie-sip"} if member.sip is None else set()
        keys |= {"nadie-sgtd"} if member.sgtd is None else set()
        for key in keys:
            places.setdefault(key, []).append(member.place)
    called = {str(user_id): name for user_id, name in names.items()} | {
        "nadie-sip": "Sin coordinador de la SIP",
        "nadie-sgtd": "Sin coordinador de la SGTD",
    }
    groups = [
        Group.of(called.get(key, key), EntityQuery({"coordinador": key}), found)
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
    """Stage → on how many paths it was validated from outside."""
    counted = Counter(chain.from_iterable(path.validated for path in paths(members)))
    return {stage: counted[stage] for stage in STAGES}


# Done per week --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Week:
    """What was finished in a week (ISO, in Lima), from its Monday on."""

    monday: date
    #: Stage → how many finished it then, and are still beyond it.
    stages: Mapping[str, int]
    #: How many came to the end of the whole path.
    ended: int

    @property
    def total(self) -> int:
        """Stages that were finished, of all entities together."""
        return sum(self.stages.values())

    @property
    def ended_url(self) -> str:
        """The list of those that came to the end."""
        return EntityQuery({"terminada": self.monday.isoformat()}).address()


def paths(members: Iterable[Member]) -> list[Path]:
    """The paths that were begun."""
    return [member.path for member in members if member.path is not None]


def weeks(begun: Sequence[Path], today: date) -> list[Week]:
    """The last WEEKS, the newest first."""
    stages = Counter(chain.from_iterable(path.weeks for path in begun))
    ends = Counter(monday_of(path.done_on) for path in begun if path.done_on)
    return [
        Week(monday, {stage: stages[monday, stage] for stage in STAGES}, ends[monday])
        for monday in (monday_of(today) - n * WEEK for n in range(WEEKS))
    ]


def finishes(members: Iterable[Member]) -> list[tuple[int, Finish]]:
    """Every stage that was finished, with its entity's id."""
    return [
        (member.id, finish)
        for member in members
        if member.path is not None
        for finish in member.path.finishes
    ]


# How long it took -----------------------------------------------------------------------------


def rank(counts: Mapping[int, int], percent: int) -> int | None:
    """The nearest rank: the smallest value that at least so many percent of all do not exceed.

    That of 50 is the median, of 90 the P90. `counts`: value → how often; None without any.
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
    """How many working days something took: of how many, and two ranks of them."""

    count: int
    median: int | None
    p90: int | None

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Self:
        """From value → how often."""
        return cls(sum(counts.values()), rank(counts, 50), rank(counts, 90))


@dataclass(frozen=True)
class Took:
    """The working days of those who finished a stage, in all and by whose hands they were in."""

    stage: str
    total: Spread
    parties: Mapping[str, Spread]


def took(begun: Sequence[Path]) -> list[Took]:
    """For each stage, over all that finished it; a party without a day had it for none."""
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
    """A step of a stage: of how many entities it is open, and what its answers took."""

    id: str
    name: str
    open: int
    spread: Spread

    @property
    def url(self) -> str:
        """The list of the entities of which it is open."""
        return EntityQuery({"paso": self.id}).address()


@dataclass(frozen=True)
class Place:
    """A node beside the steps where entities are: how many, and the list of them."""

    id: str
    name: str
    count: int
    url: str


def steps(
    drawn: Mapping[str, str], open_now: Mapping[str, int], answered: Iterable[tuple[str, int]]
) -> list[Step]:
    """The steps of a stage in the order of `drawn` (id → name).

    `answered`: the step of each answer and its working days; others than those drawn are left out.
    """
    counts: dict[str, Counter[int]] = {step: Counter() for step in drawn}
    for (step, days), count in Counter(answered).items():
        if step in counts:
            counts[step][days] += count
    return [
        Step(step, name, open_now.get(step, 0), Spread.of(counts[step]))
        for step, name in drawn.items()
    ]
