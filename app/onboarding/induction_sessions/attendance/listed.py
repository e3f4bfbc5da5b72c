"""Marks from a table with who came; it adds to the marks of the page.

What a person marked stays, and a table marks nobody as absent: *Los demás, ausentes* does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from werkzeug.datastructures import MultiDict

from app.onboarding.induction_sessions.attendance import posted
from app.onboarding.induction_sessions.attendance.posted import MOST_OTHERS, ROLES, Marks
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from forms.shapes.participants import Participant
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
    """What is marked by line, and what a table says: names to confirm, and names of nobody."""

    marks: dict[str, Marks] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    #: Names to confirm beyond those that the page asks for.
    unconfirmed: list[str] = field(default_factory=list)
    #: How many rows the table has, and how many people were recognised.
    rows: int = 0
    recognised: int = 0
    #: Recognised people that do not fit on the page.
    left_out: int = 0
    #: People in the table with a mark of the user as absent, which stays.
    contradicted: int = 0

    @classmethod
    def of_page(cls, people: People, form: MultiDict[str, str]) -> Self:
        """Return what is marked on a posted page, with the doubts and their answers."""
        found = cls({line.name: posted.marks_of(line, form) for line, _ in people})
        keys = Keys(people)
        for number, text in enumerate(form.getlist("doubt")[:MOST_DOUBTS], 1):
            name, labels = keys.unpacked(text)
            if labels:
                answer = form.get(f"d{number}", "")
                known = answer if answer in (*labels, NOBODY) else ""
                found.doubts.append(Doubt(number, name, labels, known))
        return found

    @property
    def errors(self) -> dict[str, str]:
        """The names that nobody has confirmed yet, by their input."""
        return {
            f"d{one.number}": f"Di quién es «{one.name}»." for one in self.doubts if not one.answer
        }

    def settle(self, people: People) -> None:
        """Mark those who were confirmed; their doubts are over."""
        keys = Keys(people)
        for one in self.doubts:
            if one.answer in one.choices:
                self.mark(*keys.known[one.answer])
        self.doubts = [one for one in self.doubts if not one.answer]

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

    def mark_rest(self, people: People, status: str) -> None:
        """Mark the designated people without a mark, but for those that a doubt may mean."""
        open_keys = {key for one in self.doubts for key in one.choices}
        for key, (line, person) in Keys(people).known.items():
            marked = getattr(self.marks.get(line.name, Marks()), person.role, "")
            if person.role in ROLES and not marked and key not in open_keys:
                self.mark(line, person, status)

    def add(self, people: People, table: Sequence[Participant], closed: People = ()) -> None:
        """Mark as attended who is in a table.

        `closed`: people of the session who are not on the page; their names are known, too.
        """
        keys, every = Keys(people), Keys([*people, *closed])
        matches = Matcher(every.candidates()).match(table)
        self.rows, self.recognised = len(table), len(matches.sure)
        for key in sorted(matches.sure & keys.known.keys()):
            line, person = keys.known[key]
            if getattr(self.marks.get(line.name), person.role, "") == "absent":
                self.contradicted += 1
            else:
                self.mark(line, person)
        doubtful = {one.name: list(one.choices) for one in self.doubts}
        doubtful |= {_words(one.participant): list(one.keys) for one in matches.doubtful}
        labels = {
            name: keys.labels(key for key in meant if key not in matches.sure)
            for name, meant in doubtful.items()
        }
        names = [name for name, choices in labels.items() if choices]
        self.doubts = [
            Doubt(number, name, labels[name]) for number, name in enumerate(names[:MOST_DOUBTS], 1)
        ]
        self.unconfirmed = names[MOST_DOUBTS:]
        self.unknown = list(dict.fromkeys(map(_words, matches.unknown)))


def _words(one: Participant) -> str:
    return one.name or one.email or one.document


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

    def unpacked(self, text: str) -> tuple[str, dict[str, str]]:
        """Return the name and the choices of a hidden input; no choices for another text."""
        try:
            name, *wanted = map(str, json.loads(text))
        except (TypeError, ValueError):
            return "", {}
        return name, self.labels(wanted)

    def candidates(self) -> list[Candidate]:
        """Return the people to match; the others of long rosters only by their whole name."""
        is_few = len(self.known) <= FEW
        return [
            Candidate(
                key,
                person.name,
                person.email,
                person.number,
                by_likeness=is_few or person.role in ROLES,
            )
            for key, (_, person) in self.known.items()
        ]
