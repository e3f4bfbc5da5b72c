"""The rows of a filled register: visits with their versions, one after another, from a number.

Every value is text (None for nothing), as both databases load it in bulk. Two years of working days
end on `LAST`. Visits from before an entity's start with Zaguán are imported ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from app.base import calendar
from app.register.facts import keys
from tests.bench import invented

FIRST, LAST = date(2024, 11, 4), date(2026, 10, 30)
#: Number of listed visits after which one of these follows, in turn.
LISTED = 200
SPECIAL = ("demo", "annulled", "demo", "annulled", "reserved")
#: Average number of visits of a visitor.
TIMES = 4
NORM = "Directiva 003-2026-PCM/SIP"

#: Columns in the order of the rows.
VISIT = (
    "id code register_id audience state rank visit_on entry_at exit_at exit_state recorded_at"
    " changed_at changed_in versions source visitor_name document_type document_number visitor_key"
    " visitor_kind visitor_entity visitor_entity_ruc official_id official_name official_unit"
    " official_post category motive site place observation interest norm_version group_code"
    " recorded_by_id submission search_text"
).split()
VERSION = "id visit_id number act at by_id reason facts".split()
SUBJECT = "version_id data".split()
RESERVATION = "visit_id authorised_by norm review_on at by_id".split()
TABLES = {
    "visit": VISIT,
    "visit_version": VERSION,
    "visit_subject": SUBJECT,
    "reservation": RESERVATION,
}

Row = Sequence[str | None]
#: Table → its new rows.
Rows = dict[str, list[Row]]
dumps = partial(json.dumps, ensure_ascii=False)


class Official(NamedTuple):
    """A visited official."""

    id: int
    name: str
    plain_name: str
    unit: str
    post: str
    site: str


@dataclass(frozen=True)
class Place:
    """One entity: its registers, its officials, and the date of its start with Zaguán."""

    number: int
    production: int
    demo: int
    officials: Sequence[Official]
    demo_officials: Sequence[Official]
    since_on: date


class Moment(NamedTuple):
    """A minute of a day in Lima, as columns and as documents store it."""

    column: str
    iso: str


def moment(day: str, minute: int) -> Moment:
    """Return a minute of a Lima day before 19:00, which is on the same day in UTC."""
    hour = f"{minute // 60 + 5:02}:{minute % 60:02}"
    return Moment(f"{day} {hour}:00.000000", f"{day}T{hour}:00+00:00")


MINUTES = invented.drawing(
    range(8 * 60, 17 * 60),
    [(0.5, 1.2, 1.5, 1.4, 0.9, 0.4, 0.8, 1.1, 0.8)[minute // 60] for minute in range(9 * 60)],
)
SOURCES = ("official_platform", "official_platform", "imported", "own_system")
#: Public before it was reserved.
OPENLY = ("reserved", "public")
PAIRS = tuple(one + other for one in keys.ALPHABET for other in keys.ALPHABET)


def code(number: int) -> str:
    """Return a code of ten characters for a number: unique, and in no order."""
    left = number * 0x2545F4914F6CD % (1 << 50)
    return "".join(PAIRS[left >> shift & 1023] for shift in (40, 30, 20, 10, 0))


def special(number: int) -> str:
    """Return the kind of an additional row; "" for a listed visit."""
    turn, place = divmod(number, LISTED + 1)
    return SPECIAL[turn % len(SPECIAL)] if place == LISTED // 2 else ""


def working_days() -> list[date]:
    """Return the days on which desks are open."""
    working = calendar.Calendar()
    days = (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    return [day for day in days if working.works(day)]


@dataclass
class Filler:
    """Makes the rows of `count` listed visits, in the order of their ranks."""

    places: Sequence[Place]
    #: The number of listed visits.
    count: int
    #: The transaction that the rows name as theirs.
    changed_in: int
    version_id: int = 0

    def __post_init__(self) -> None:
        self.total = self.count + self.count // LISTED
        self.people = max(1, self.total // TIMES)
        weights = invented.zipf(len(self.places), 0.8, 10)
        self.of_places = invented.drawing(self.places, weights)
        self.days = working_days()

    def rows(self) -> Iterator[Rows]:
        """Yield the rows of each day, by table."""
        made = 0
        for place, day in enumerate(self.days, 1):
            until = place * self.total // len(self.days)
            drawn = [(n, invented.numbers(b"visit", n)) for n in range(made, until)]
            drawn.sort(key=lambda one: MINUTES[one[1][0]])
            rows: Rows = {table: [] for table in TABLES}
            first_rank = keys.first_rank(calendar.midnight(day))
            for visit_id, (number, numbers) in enumerate(drawn, made + 1):
                self.add(rows, Draft(self, visit_id, number, day, numbers), first_rank)
            made = until
            yield rows

    def add(self, rows: Rows, draft: Draft, first_rank: int) -> None:
        """Add one visit with all rows that belong to it."""
        rows["visit"].append(draft.visit(first_rank))
        subject = dumps(draft.subject())
        for number, version in enumerate(draft.versions(), 1):
            self.version_id += 1
            version_id = str(self.version_id)
            rows["visit_version"].append((version_id, draft.id, str(number), *version))
            rows["visit_subject"].append((version_id, subject))
        if draft.special == "reserved":
            review_on = (LAST + timedelta(days=365)).isoformat()
            authorised = ("Funcionaria Inventada, jefa", "Ley 29542", review_on)
            rows["reservation"].append((draft.id, *authorised, draft.recorded.column, None))


class Draft:
    """One visit before it is written as rows."""

    def __init__(
        self, filler: Filler, visit_id: int, number: int, day: date, drawn: Sequence[int]
    ) -> None:
        self.filler, self.number, self.drawn = filler, number, drawn
        self.id, self.place = str(visit_id), filler.of_places[drawn[1]]
        self.special = special(number)
        self.minute, self.day = MINUTES[drawn[0]], day.isoformat()
        self.imported = day < self.place.since_on and self.special != "demo"
        self.entry = moment(self.day, self.minute)
        self.recorded = self._recorded()
        self.exit_state = self._exit_state(day)
        self.exit: Moment | None = None
        if self.exit_state == "left":
            stay = 4 + drawn[9] * drawn[10] // 30_000_000
            self.exit = moment(self.day, min(self.minute + stay, 19 * 60 - 1))
        self.official = self._official()
        self.person = invented.person(self._person())
        document = (self.person.document_type, self.person.document_number)
        self.visitor_key = keys.visitor_key(*document)
        self.motive, self.plain_motive = invented.OF_MOTIVES[drawn[3]]
        self.category = self._category(drawn[4] % 100)
        self.where = invented.PLACES[drawn[11] % len(invented.PLACES)].format(
            100 + drawn[12] % 500, 1 + drawn[12] % 9
        )
        late = not self.imported and drawn[13] % 1_000 < 15
        self.observation = "late" if late else ""

    @property
    def audience(self) -> str:
        """Return who can see the visit."""
        return self.special if self.special in ("demo", "reserved") else "public"

    @property
    def state(self) -> str:
        """Return the state: annulled for one of those kinds."""
        return "annulled" if self.special == "annulled" else "standing"

    def _recorded(self) -> Moment:
        """Return the moment of recording: at once; for an imported visit, its entity's start with
        Zaguán.
        """
        if self.imported:
            return moment(self.place.since_on.isoformat(), 12 * 60)
        return moment(self.day, self.minute + self.drawn[12] % 2)

    def _exit_state(self, day: date) -> str:
        """Return the exit state: a third has no exit; only on the last day are visitors still
        inside.
        """
        if self.drawn[5] % 3:
            return "left"
        return "inside" if day == LAST else "unknown"

    def _official(self) -> Official:
        """Return the visited official: some are visited more than others."""
        demo = self.special == "demo"
        among = self.place.demo_officials if demo else self.place.officials
        return among[self.drawn[2] * self.drawn[2] // invented.TABLE * len(among) >> 16]

    def _person(self) -> int:
        """Return the visitor: each visitor comes once; the other visits are of the entity's
        regulars and random visitors.
        """
        people, drawn = self.filler.people, self.drawn
        if self.number % TIMES == 0:
            return self.number // TIMES * 7_919 % people
        chance = drawn[6] << 16 | drawn[7]
        if drawn[8] % 5 < 2:
            return (self.place.number * 9_973 + chance % (people // 500 + 20)) % people
        return chance % people

    @staticmethod
    def _category(share: int) -> str:
        """Return the category: two in a hundred visits are acts of interest."""
        if share < 2:
            return "interests"
        return "work" if share < 60 else "services" if share < 72 else "other"

    @property
    def source(self) -> str:
        """Return the source: Zaguán, or the platform of the import."""
        return SOURCES[self.place.number % len(SOURCES)] if self.imported else "zaguan"

    def visit(self, first_rank: int) -> Row:
        """Return the row of the visit."""
        changed = self.exit if self.exit and not self.imported else self.recorded
        register = self.place.demo if self.special == "demo" else self.place.production
        rank = first_rank + (self.minute << keys.ID_BITS) | int(self.id)
        return (
            self.id,
            code(int(self.id)),
            str(register),
            self.audience,
            self.state,
            str(rank),
            self.day,
            self.entry.column,
            self.exit.column if self.exit else None,
            self.exit_state,
            self.recorded.column,
            changed.column,
            str(self.filler.changed_in),
            str(len(self.acts())),
            self.source,
            *self._who_and_why(),
            NORM,
            "",
            None,
            f"{self.number * 0x9E3779B97F4A7C15 % (1 << 64):016x}.1",
            self._searched(),
        )

    def _who_and_why(self) -> Row:
        person, official = self.person, self.official
        return (
            person.name,
            person.document_type,
            person.document_number,
            self.visitor_key,
            person.kind,
            person.entity,
            person.ruc,
            str(official.id),
            official.name,
            official.unit,
            official.post,
            self.category,
            self.motive,
            official.site,
            self.where,
            self.observation,
            "1" if self.category == "interests" else "0",
        )

    def _searched(self) -> str:
        person, official = self.person.plain_name, self.official.plain_name
        parts = (person, official, self.person.plain_entity, self.plain_motive)
        return " ".join(part for part in parts if part)

    def subject(self) -> dict[str, str]:
        """Return the personal data of its versions."""
        return {
            "visitor_name": self.person.name,
            "document_type": self.person.document_type,
            "document_number": self.person.document_number,
            "visitor_key": self.visitor_key,
            "visitor_entity": self.person.entity,
            "visitor_entity_ruc": self.person.ruc,
            "motive": self.motive,
            "place": self.where,
        }

    def acts(self) -> list[str]:
        """Return its acts, in order."""
        if self.imported:
            found = ["import"]
        else:
            ends = {"left": ["exit"], "unknown": ["exit_unknown"], "inside": []}
            found = ["entry", *ends[self.exit_state]]
        ends_as = {"annulled": ["annulment"], "reserved": ["reservation"]}
        return found + ends_as.get(self.special, [])

    def versions(self) -> Iterator[Row]:
        """Yield its versions: act, time, user, reason, and the facts at that time."""
        facts = self._facts()
        acts = self.acts()
        for act in acts:
            at = self.exit if act == "exit" and self.exit else self.recorded
            said = dict(facts)
            if act == "entry":
                said |= {"exit_at": None, "exit_state": "inside"}
            if act != acts[-1]:
                said |= {"state": "standing", "audience": self.audience.replace(*OPENLY)}
            reason = "Se registró por error" if act == "annulment" else ""
            yield (act, at.column, None, reason, dumps(said))

    def _facts(self) -> dict[str, str | int | bool | None]:
        return {
            "state": self.state,
            "audience": self.audience,
            "visit_on": self.day,
            "entry_at": self.entry.iso,
            "exit_at": self.exit.iso if self.exit else None,
            "exit_state": self.exit_state,
            "visitor_kind": self.person.kind,
            "official_id": self.official.id,
            "official_name": self.official.name,
            "official_unit": self.official.unit,
            "official_post": self.official.post,
            "category": self.category,
            "site": self.official.site,
            "observation": self.observation,
            "interest": self.category == "interests",
            "norm_version": NORM,
            "group_code": "",
            "source": self.source,
            "cut_off_on": None,
        }
