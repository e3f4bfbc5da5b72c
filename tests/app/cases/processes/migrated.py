"""Altered copies of the diagrams, put into force or stored for cases that move to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from app.base.models import Deployment, ProcessInstance
from app.cases.processes import migrating
from tests.app.walk import Walk, texts
from workflows.definition import Definition

Change = Callable[[dict[str, str]], None]


def days(step: str, number: int) -> Change:
    """Return a change of the working days of a step in `deadlines.dmn`."""

    def change(some: dict[str, str]) -> None:
        rule = re.compile(
            rf'(id="deadlines_{step}_days">\s*<text>)[0-9]+(</text>)',
        )
        some["deadlines.dmn"], found = rule.subn(rf"\g<1>{number}\g<2>", some["deadlines.dmn"])
        assert found == 1

    return change


def in_lane(file: str, element: str, lane: str) -> Change:
    """Return a change that draws an element in another lane, by the lane's id."""

    def change(some: dict[str, str]) -> None:
        drawn = f"        <bpmn:flowNodeRef>{element}</bpmn:flowNodeRef>\n"
        assert some[file].count(drawn) == 1
        begins = re.compile(rf'(<bpmn:lane id="{lane}" name="[^"]*">\n)')
        some[file], found = begins.subn(rf"\g<1>{drawn}", some[file].replace(drawn, ""))
        assert found == 1

    return change


def another_id(file: str, old: str, new: str) -> Change:
    """Return a change of the id of an element."""

    def change(some: dict[str, str]) -> None:
        some[file], found = re.subn(rf"(?<!\w){old}(?!\w)", new, some[file])
        assert found > 1

    return change


def edit(file: str, old: str, new: str) -> Change:
    """Return a change of a text in a file, which has it once."""

    def change(some: dict[str, str]) -> None:
        assert some[file].count(old) == 1, (file, old)
        some[file] = some[file].replace(old, new)

    return change


def drawn(file: str, *alterations: Callable[[Any], None]) -> Change:
    """Return a change of a diagram by alterations of its elements."""

    def change(some: dict[str, str]) -> None:
        root = etree.fromstring(some[file].encode())
        for alteration in alterations:
            alteration(root)
        some[file] = etree.tostring(root, encoding="unicode")

    return change


def version(walk: Walk, *changes: Change, based_on: Mapping[str, str] | None = None) -> int:
    """Store a version that differs from the one that comes with the code; return its id."""
    some = dict(based_on or texts())
    for change in changes:
        change(some)
    with walk.writing() as session:
        row = Deployment(hash=Definition.parse(some).hash, texts=some)
        session.add(row)
        session.flush()
        return row.id


def move(
    walk: Walk,
    deployment_id: int,
    instance: int = 0,
    *,
    places: Mapping[str, str] | None = None,
    number: int = 1,
) -> migrating.CaseVerdict:
    """Move a case to a version by the migration of a number. Raise NotMoved."""
    with walk.writing() as session:
        new = session.get_one(Deployment, deployment_id)
        return migrating.move_case(
            session, instance or walk.id, new, places or {}, walk.people["sip"], number
        )


def judged(
    walk: Walk, deployment_id: int, instance: int = 0, places: Mapping[str, str] | None = None
) -> migrating.CaseVerdict:
    """Judge a case for a version, and check that judging writes nothing."""
    before = walk.row_counts()
    with walk.writing() as session:
        row = session.get_one(ProcessInstance, instance or walk.id)
        new = session.get_one(Deployment, deployment_id)
        (verdict,) = migrating.judge_cases(session, [row], new, places or {})
        assert not session.new
        assert not session.dirty
    assert walk.row_counts() == before
    return verdict


def take_back(walk: Walk, instance: int = 0) -> None:
    """Return a case to its former version. Raise NotReturnable."""
    walk.commit(migrating.take_back, instance or walk.id, walk.people["sip"])


def put_on(walk: Walk, instance_id: int, deployment_id: int) -> None:
    """Write another version into the row of a case, as if the engine's state were the same."""
    walk.change(ProcessInstance, instance_id, deployment_id=deployment_id)


def to_correction(walk: Walk) -> None:
    """Bring a case to the correction of its presentation, whose term is legal."""
    walk.begin()
    walk.designate()
    walk.answer("record_reception", "received")
    walk.answer("review_designation", "observed")
