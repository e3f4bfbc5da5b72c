"""The attendance of a session after it was reported: who attended, who was on leave and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from forms.fields.people import full_name
from forms.shapes.attendance import GROUPS
from forms.shapes.days import moment_words, words_of

Person = Mapping[str, Any]
ROLE_WORDS = {
    "administrator": "Administrador",
    "alternate": "Alterno",
    "other": "De la relación de personal",
}


@dataclass(frozen=True)
class ResultRow:
    """A person: the status (a key of `attended.STATUS_WORDS`), its reason, and a role or posts; ""
    for none."""

    person: Person
    status: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class ResultGroup:
    """The people of a group by name, and the days of its sessions in words."""

    title: str
    held: str
    rows: Sequence[ResultRow]

    def count(self, status: str) -> int:
        """Return how many people have a status."""
        return Counter(row.status for row in self.rows)[status]


@dataclass(frozen=True)
class AttendanceResults:
    """What is printed of a session or a training; `topic` and `note` are "" without one."""

    session: str
    groups: Sequence[ResultGroup]
    topic: str = ""
    note: str = ""


@runtime_checkable
class HasResults(Protocol):
    """A step whose attendance can be printed once it was reported."""

    def attendance_results(self) -> AttendanceResults | None:
        """Return the reported attendance; None before there is a report."""


def training_results(report: Mapping[str, Any] | None) -> AttendanceResults | None:
    """Return the attendance of a training (`training_report`), by group."""
    if not report:
        return None
    people = _by_name(report["people"])
    groups = [
        ResultGroup(
            title,
            _days(one["on"] for one in report["sessions"] if one["group"] == group),
            [ResultRow(one, one["status"], one["reason"]) for one in there],
        )
        for group, title in GROUPS.items()
        if (there := [one for one in people if one["group"] == group])
    ]
    return AttendanceResults("Capacitación del personal", groups)


def decision_results(training: Mapping[str, Any] | None) -> AttendanceResults | None:
    """Return the attendance of the decision-makers (`decision_training`), by session."""
    if not training:
        return None
    people = _by_name(training["people"])
    groups = [
        ResultGroup(
            f"Sesión del {words_of(day)}",
            words_of(day),
            [
                ResultRow(one, one["status"], one["reason"], ", ".join(one["posts"]))
                for one in people
                if one["held_on"] == day
            ],
        )
        for day in sorted({one["held_on"] for one in people})
    ]
    title = "Capacitación de los sujetos con capacidad de decisión pública"
    return AttendanceResults(title, groups, topic=training["topic"])


def induction_results(
    session: str, attendance: Mapping[str, Any] | None
) -> AttendanceResults | None:
    """Return the attendance of an induction (`thematic_attendance`, `technical_attendance`)."""
    if not attendance:
        return None
    rows = [
        ResultRow(
            one,
            "present" if one["attended"] else "absent",
            note=ROLE_WORDS.get(one["role"], ""),
        )
        for one in attendance["people"]
    ]
    held = moment_words(attendance["at"])
    group = ResultGroup("Administrador, alterno y otras personas", held, rows)
    return AttendanceResults(session, [group], note=attendance["note"])


def _by_name(people: Iterable[Person]) -> list[Person]:
    return sorted(people, key=full_name)


def _days(days: Iterable[str]) -> str:
    return "; ".join(words_of(day) for day in sorted(set(days)))
