"""Marks from a file: the participants' list of a meeting, or the filled template.

A file adds to the marks of the page. What a person marked stays; only what lists alone said of who
is absent changes with the next list, so the lists of several groups add up.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from werkzeug.datastructures import MultiDict

from app.base import formatting
from app.onboarding.induction_sessions.attendance import posted
from app.onboarding.induction_sessions.attendance.posted import MOST_OTHERS, ROLES, Marks
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from forms.shapes.participants import LIMITS, Participant, Participants
from forms.shapes.roster_match import Candidate, Matcher

#: The people of a sheet, by line.
People = Sequence[tuple[Line, Sequence[Attendee]]]
#: Names to confirm that a page asks for, and unknown ones that it lists.
MOST_DOUBTS, MOST_UNKNOWN = 60, 100
#: People of all rosters up to which similar names are offered.
FEW = 3000
#: The answer that a name is of nobody on the sheet.
NOBODY = "nobody"


@dataclass(frozen=True)
class Doubt:
    """A name to confirm: the people that it may mean, as key → label, and the answer so far."""

    number: int
    name: str
    choices: Mapping[str, str]
    answer: str = ""

    @property
    def packed(self) -> str:
        """The hidden input by which the page remembers it."""
        return json.dumps([self.name, *self.choices])


@dataclass
class Listed:
    """What a file says: marks by line, names to confirm, names of nobody, rows with a fault."""

    marks: dict[str, Marks] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    #: Names to confirm beyond those that the page asks for.
    unconfirmed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    #: How many names the file has, in how many rows, and how many were recognised.
    names: int = 0
    rows: int = 0
    recognised: int = 0
    #: Rows of all lists so far without a name of a person ("iPhone").
    unnamed: int = 0
    #: Recognised people that do not fit on the page.
    left_out: int = 0
    #: The inputs of who is marked as absent only because no list names them.
    by_lists: set[str] = field(default_factory=set)
    #: People on the list with a mark of the user as absent, which stays.
    contradicted: int = 0
    #: The inputs of people who may be meant by a name that is of another person: lists mark them
    #: neither way.
    left_open: set[str] = field(default_factory=set)

    @classmethod
    def of_page(cls, people: People, form: MultiDict[str, str]) -> Self:
        """Return what is marked on a posted page, with the names that nobody has confirmed yet."""
        marks = {line.name: posted.marks_of(line, form) for line, _ in people}
        confirmed = Confirmed.of(people, form.getlist("doubt"), form)
        found = cls(marks, [one for one in confirmed.doubts if not one.answer])
        for line, person in confirmed.marked:
            found.mark(line, person)
        absent = {
            f"{name}-{role}"
            for name, one in marks.items()
            for role in ROLES
            if getattr(one, role) == "absent"
        }
        found.by_lists = absent & set(form.get("by_lists", "").split())
        found.left_open = left_open_of(people, form) | confirmed.passed_over
        found.unnamed = unnamed_of(form)
        return found

    def mark(self, line: Line, person: Attendee, status: str = "attended") -> None:
        """Mark a person; of the others only who attended is noted."""
        marks = self.marks.setdefault(line.name, Marks())
        if person.role in ROLES:
            setattr(marks, person.role, status)
        elif status == "attended" and person.value not in marks.others:
            if sum(len(one.others) for one in self.marks.values()) < MOST_OTHERS:
                marks.others.append(person.value)
            else:
                self.left_out += 1

    def mark_unmarked(self, people: People) -> None:
        """Mark as attended the designated people without a mark."""
        for line, every in people:
            one = self.marks.setdefault(line.name, Marks())
            for person in every:
                if person.role in ROLES and not getattr(one, person.role):
                    setattr(one, person.role, "attended")

    def mark_listed(self, line: Line, person: Attendee) -> None:
        """Mark a person who is on a list as attended, unless a person marked them as absent."""
        name, one = f"{line.name}-{person.role}", self.marks.get(line.name, Marks())
        is_absent = person.role in ROLES and getattr(one, person.role) == "absent"
        if is_absent and name not in self.by_lists:
            self.contradicted += 1
            return
        self.by_lists.discard(name)
        self.mark(line, person)


def unnamed_of(form: MultiDict[str, str]) -> int:
    """Return how many rows without a name of a person the lists of a posted page had."""
    return min(max(form.get("unnamed", 0, type=int), 0), LIMITS.rows)


def left_open_of(people: People, form: MultiDict[str, str]) -> set[str]:
    """Return the inputs of a posted page that lists mark neither way."""
    known = {f"{line.name}-{role}" for line, _ in people for role in ROLES}
    return known & set(form.get("left_open", "").split())


class Keys:
    """The people of a sheet by the key that the inputs of doubtful names have."""

    def __init__(self, people: People) -> None:
        self.known = {
            f"{line.name}:{place}": (line, person)
            for line, every in people
            for place, person in enumerate(every)
        }

    def labels(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the labels of keys: name and entity. Unknown keys are left out."""
        return {
            key: f"{self.known[key][1].name} ({self.known[key][0].entity.name})"
            for key in keys
            if key in self.known
        }

    def candidates(self) -> list[Candidate]:
        """Return the people to match; the others of long rosters only by their whole name."""
        is_few = len(self.known) <= FEW
        return [
            Candidate(
                key,
                person.name,
                person.email,
                line.name,
                by_likeness=is_few or person.role in ROLES,
            )
            for key, (line, person) in self.known.items()
        ]


def from_participants(people: People, participants: Participants, found: Listed) -> Listed:
    """Add the marks of a list to a page: who is on it attended, those without a mark did not.

    Nobody is marked absent if the list names nobody of the sheet, nor while a name to confirm may
    be theirs. If a participant has no name of a person, the designated people of an entity are
    marked absent only where one of them attended.
    """
    keys, found.names = Keys(people), len(participants.people)
    groups = {
        line.name: (line.entity.name, line.entity.acronym, line.entity.code) for line, _ in people
    }
    matches = Matcher(keys.candidates(), groups).match(participants.people)
    found.recognised = len(matches.sure)
    for key in matches.sure:
        found.mark_listed(*keys.known[key])
    doubtful: dict[str, Sequence[str]] = {
        one.name: [key for key in one.choices if key not in matches.sure] for one in found.doubts
    }
    doubtful |= {one.participant.name: one.keys for one in matches.doubtful}
    names = [name for name, meant in doubtful.items() if meant]
    found.doubts = [
        Doubt(number, name, keys.labels(doubtful[name]))
        for number, name in enumerate(names[:MOST_DOUBTS], 1)
    ]
    found.unconfirmed = names[MOST_DOUBTS:]
    found.rows = sum(one.rows for one in participants.people)
    unnamed = {one.number for one in matches.unnamed}
    ordered = sorted(matches.unknown, key=lambda one: one.number not in unnamed)
    found.unknown = [_row_words(one) for one in ordered]
    if matches.unnamed:
        found.unnamed += sum(one.rows for one in matches.unnamed)
        _unmark_absent(found)
    if matches.sure:
        _mark_absent(found, keys, {key for meant in doubtful.values() for key in meant})
    return found


def _row_words(one: Participant) -> str:
    """Return an unknown name, with how many rows have it."""
    name = one.name or one.email
    return name if one.rows == 1 else f"{formatting.number(one.rows)} filas con el nombre «{name}»"


def _unmark_absent(found: Listed) -> None:
    """Take back what lists alone said of who is absent, where nobody designated attended."""
    for name in sorted(found.by_lists):
        line, _, role = name.rpartition("-")
        if not found.marks[line].has_attended:
            setattr(found.marks[line], role, "")
            found.by_lists.discard(name)


def _mark_absent(found: Listed, keys: Keys, open_keys: Container[str]) -> None:
    """Mark as absent the designated people who are not on a list.

    `open_keys`: the people that a name to confirm may mean.
    """
    for key, (line, person) in keys.known.items():
        marks, name = found.marks.setdefault(line.name, Marks()), f"{line.name}-{person.role}"
        if person.role not in ROLES or key in open_keys or name in found.left_open:
            continue
        if not getattr(marks, person.role) and (marks.has_attended or not found.unnamed):
            setattr(marks, person.role, "absent")
            found.by_lists.add(name)


@dataclass(frozen=True)
class Confirmed:
    """The answers of a posted page about doubtful names."""

    doubts: Sequence[Doubt]
    marked: Sequence[tuple[Line, Attendee]]
    #: The people that a name of nobody could have meant.
    missed: Sequence[tuple[Line, Attendee]]
    #: The inputs of those that a name could have meant that is of another person.
    passed_over: set[str]

    @classmethod
    def of(cls, people: People, packed: Sequence[str], answers: Mapping[str, str]) -> Self:
        """Read hidden inputs (`Doubt.packed`) and the answers, `d<number>` → key or NOBODY."""
        keys, doubts = Keys(people), []
        marked: list[tuple[Line, Attendee]] = []
        missed: list[tuple[Line, Attendee]] = []
        passed_over: set[str] = set()
        for number, text in enumerate(packed[:MOST_DOUBTS], 1):
            try:
                name, *wanted = map(str, json.loads(text))
            except (TypeError, ValueError):
                continue
            labels, answer = keys.labels(wanted), answers.get(f"d{number}", "")
            if not labels:
                continue
            meant = [keys.known[key] for key in labels if key != answer]
            if answer in labels:
                marked.append(keys.known[answer])
                passed_over |= {f"{line.name}-{person.role}" for line, person in meant}
            elif answer == NOBODY:
                missed += meant
            else:
                answer = ""
            doubts.append(Doubt(number, name, labels, answer))
        return cls(doubts, marked, missed, passed_over)

    def mark(self, found: Listed) -> None:
        """Mark those who were confirmed; those that names of nobody could mean are absent.

        A person that a name could have meant that is of another one is marked neither way.
        """
        for line, person in self.marked:
            found.mark(line, person)
        for line, person in self.missed:
            one = found.marks.setdefault(line.name, Marks())
            is_open = f"{line.name}-{person.role}" in found.left_open | self.passed_over
            if person.role not in ROLES or is_open or getattr(one, person.role):
                continue
            if one.has_attended or not found.unnamed:
                setattr(one, person.role, "absent")

    @property
    def errors(self) -> dict[str, str]:
        """The names that nobody has confirmed yet, by their input."""
        return {
            f"d{one.number}": f"Di quién es «{one.name}»." for one in self.doubts if not one.answer
        }
