"""Altered copies of the diagrams, put into force or stored for cases that move to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.base import calendar
from app.base.models import Deployment, ProcessInstance
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


def edit(file: str, old: str, new: str) -> Change:
    """Return a change of a text in a file, which has it once."""

    def change(some: dict[str, str]) -> None:
        assert some[file].count(old) == 1, (file, old)
        some[file] = some[file].replace(old, new)

    return change


def version(walk: Walk, *changes: Change, based_on: Mapping[str, str] | None = None) -> int:
    """Store a version that differs from the one that comes with the code; return its id."""
    some = dict(based_on or texts())
    for change in changes:
        change(some)
    with walk.writing() as session:
        row = Deployment(hash=Definition.parse(some).hash, texts=some, deployed_at=calendar.now())
        row.deployed_at = calendar.midnight(calendar.today().replace(year=2020))  # not in force
        session.add(row)
        session.flush()
        return row.id


def put_on(walk: Walk, instance_id: int, deployment_id: int) -> None:
    """Write another version into the row of a case, as if the engine's state were the same."""
    with walk.writing() as session:
        session.get_one(ProcessInstance, instance_id).deployment_id = deployment_id
