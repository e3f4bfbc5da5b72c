"""The table of a rehearsal: its cases by verdict, each line with a count that leads to them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Migration, MigrationCase, MigrationGroup
from app.cases.processes.migrating.rehearsals import words
from app.cases.processes.migrating.rehearsals.verdicts import DATED, KINDS
from workflows.migration import STAY


@dataclass(frozen=True)
class Line:
    """Cases with the same change, question or reason. `key` is its value in a URL."""

    key: str
    text: str
    count: int


@dataclass(frozen=True)
class Option:
    """A possible answer, and for how many cases it exists."""

    id: str
    text: str
    count: int


@dataclass(frozen=True)
class Question:
    """Where the cases continue that stand at an element that the version lacks: `id` is its own.

    `count`: how many have no answer yet; `chosen`, `answer`: what was decided.
    """

    id: str
    text: str
    count: int
    options: Sequence[Option]
    chosen: str
    answer: str


@dataclass(frozen=True)
class Section:
    """The cases with one kind of verdict."""

    kind: str
    label: str
    meaning: str
    count: int
    lines: Sequence[Line]


@dataclass(frozen=True)
class Table:
    """A rehearsal as a table. `dates`: how many dates of cases would move."""

    total: int
    judged: int
    sections: Sequence[Section]
    questions: Sequence[Question]
    dates: int


def table(session: Session, migration: Migration) -> Table:
    """Return the table of a rehearsal as far as its cases are judged."""
    groups = _groups(session, migration.id)
    counted = select(MigrationCase.kind, MigrationCase.group_number, func.count()).where(
        MigrationCase.migration_id == migration.id
    )
    sizes: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    for kind, number, size in session.execute(
        counted.group_by(MigrationCase.kind, MigrationCase.group_number)
    ):
        kinds[kind] += size
        if number is not None:
            sizes[number] += size
    waiting = kinds.pop("", 0)
    sections = [
        Section(
            kind,
            words.VERDICTS[kind].label,
            words.MEANINGS[kind],
            kinds[kind],
            _lines([one for one in groups if one.kind == kind], sizes),
        )
        for kind in KINDS
        if kinds[kind]
    ]
    judged = sum(kinds.values())
    moves = sum(sizes[one.number] * _dates(one.facts) for one in groups)
    questions = _questions(groups, sizes, migration.places)
    return Table(judged + waiting, judged, sections, questions, moves)


def _groups(session: Session, migration_id: int) -> Sequence[MigrationGroup]:
    return session.scalars(
        select(MigrationGroup)
        .where(MigrationGroup.migration_id == migration_id)
        .order_by(MigrationGroup.number)
    ).all()


def _dates(facts: Mapping[str, Any]) -> int:
    return sum(one["kind"] in DATED for one in facts["changes"])


def _lines(groups: Sequence[MigrationGroup], sizes: Mapping[int, int]) -> list[Line]:
    """Return the lines of some groups, the largest first."""
    counts: Counter[tuple[str, str]] = Counter()
    for group in groups:
        for line in said(group):
            counts[line] += sizes.get(group.number, 0)
    lines = [Line(key, text, count) for (key, text), count in counts.items() if count]
    return sorted(lines, key=lambda line: (-line.count, line.text))


def said(group: MigrationGroup) -> list[tuple[str, str]]:
    """Return the lines in which the cases of a group are counted: key and text of each."""
    facts = group.facts
    if group.kind == "passes":
        return []
    if group.kind == "changes":
        lines = [(_short("change", one), words.change(one)) for one in facts["changes"]]
    elif facts["gone"]:
        names = facts["names"]
        lines = [(_short("gone", one), words.question(one, names)) for one in facts["gone"]]
    else:
        reason = facts["reason"]
        lines = [(_short(group.kind, reason), _sentence(reason) or words.NO_REASON)]
    return list(dict.fromkeys(lines))


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _short(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def groups_of(session: Session, migration_id: int, key: str) -> list[int]:
    """Return the numbers of the groups that a line counts."""
    groups = _groups(session, migration_id)
    return [one.number for one in groups if key in {line[0] for line in said(one)}]


def texts_of(session: Session, migration_id: int, numbers: Collection[int]) -> dict[int, str]:
    """Return for each group in one line what it says of its cases."""
    groups = [one for one in _groups(session, migration_id) if one.number in numbers]
    return {one.number: "; ".join(text for _, text in said(one)) for one in groups}


def _questions(
    groups: Sequence[MigrationGroup], sizes: Mapping[int, int], places: Mapping[str, str]
) -> list[Question]:
    """Return each element that is gone and has or had cases, those without an answer first."""
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    options: dict[str, Counter[str]] = defaultdict(Counter)
    for group in groups:
        names |= group.facts["names"]
        for element, offered in group.facts["gone"].items():
            counts[element] += sizes.get(group.number, 0)
            for option in offered:
                options[element][option] += sizes.get(group.number, 0)
    found = [
        Question(
            id=element,
            text=words.question(element, names),
            count=count,
            options=[
                Option(one, words.option(one, names), options[element][one])
                for one in sorted(options[element])
            ],
            chosen=places.get(element, ""),
            answer=words.answer(places.get(element, ""), names),
        )
        for element, count in counts.items()
    ]
    current = [one for one in found if one.count or one.chosen]
    return sorted(current, key=lambda one: (bool(one.chosen), -one.count, one.text))


def in_lines(made: Table) -> Iterator[str]:
    """Yield the table as lines of text, for a terminal."""
    yield f"{formatting.plural(made.judged, 'caso ensayado', 'casos ensayados')}."
    for section in made.sections:
        yield f"{section.label}: {formatting.number(section.count)}"
        yield from (f"  {formatting.number(one.count):>6}  {one.text}" for one in section.lines)
    for question in made.questions:
        yield f"{question.text} ({formatting.number(question.count)}) [{question.id}]"
        for option in question.options:
            mark = "*" if option.id == question.chosen else " "
            yield f"  {mark} {option.text} [{option.id}]"
        yield f"  {'*' if question.chosen == STAY else ' '} {words.STAYS} [{STAY}]"
    if made.dates:
        yield f"{formatting.plural(made.dates, 'fecha se mueve', 'fechas se mueven')}."
