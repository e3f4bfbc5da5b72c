"""The elements of the diagrams that code names: the lists, and the refusals that follow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from flask import Flask

from app.base import db
from app.cases import processes
from app.cases.processes.versions import named
from tests.app.walk import Walk, put_into_force, texts
from tests.tree import ROOT
from workflows.contract import InvalidDiagram
from workflows.definition import Definition

pytestmark = pytest.mark.nightly

#: Demos and drills play today's diagrams, and another test compares the ways in which a step is
#: reached with the diagrams.
APART = ("app/ops/demo/", "app/base/db/migrations/", "app/cases/arrivals.py")
#: A pattern of this many letters names something.
SHORT = 5


def ids_of(definition: Definition) -> frozenset[str]:
    """Return the ids of the elements and processes of a version."""
    return definition.elements | definition.processes.keys()


def source() -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules whose literals are read."""
    for room in ("app", "forms"):
        for path in sorted((ROOT / room).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(APART) and name != "app/cases/processes/versions/named.py":
                yield name, ast.parse(path.read_text("utf-8"))


@cache
def literals() -> dict[str, str]:
    """Return the literals of code and templates, each with a file that has it."""
    found = {
        word: path.relative_to(ROOT).as_posix()
        for room in ("app", "forms")
        for path in sorted((ROOT / room).rglob("*.html"))
        for word in re.findall(r"""["']([a-z_]+)["']""", path.read_text("utf-8"))
    }
    for name, module in source():
        for node in ast.walk(module):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] = name
    return found


@cache
def patterns() -> frozenset[str]:
    """Return the formatted literals of the code, as patterns of ids."""
    found = set()
    for _, module in source():
        for node in ast.walk(module):
            if isinstance(node, ast.JoinedStr):
                parts = [p.value if isinstance(p, ast.Constant) else None for p in node.values]
                if len("".join(str(part or "") for part in parts)) >= SHORT:
                    texts_ = (re.escape(str(p)) if p is not None else "[a-z_]+" for p in parts)
                    found.add("".join(texts_))
    return frozenset(found)


def test_code_names_no_element_that_is_not_in_the_contract():
    ids = ids_of(Definition.parse(texts()))
    listed = named.NAMED.keys() | named.DISPENSABLE.keys()
    assert {key: literals()[key] for key in ids & literals().keys() - listed} == {}


def test_code_formats_no_id_of_an_element_that_is_not_in_the_contract():
    ids = ids_of(Definition.parse(texts()))
    listed = named.NAMED.keys() | named.DISPENSABLE.keys()
    fits = {
        pattern: {key for key in ids if re.fullmatch(pattern, key)} - listed
        for pattern in patterns()
    }
    assert {pattern for pattern, keys in fits.items() if keys} == named.DISPENSABLE_FORMS.keys()


def test_the_list_has_no_element_that_no_code_names():
    arrivals = (ROOT / "app/cases/arrivals.py").read_text("utf-8")
    in_code = {
        key
        for key in named.NAMED.keys() | named.DISPENSABLE.keys()
        if key in literals()
        or f'"{key}"' in arrivals
        or any(re.fullmatch(pattern, key) for pattern in patterns())
    }
    assert in_code == named.NAMED.keys() | named.DISPENSABLE.keys()
    assert not named.NAMED.keys() & named.DISPENSABLE.keys()


def renamed(old: str, new: str) -> dict[str, str]:
    """Return the diagrams and tables with another id."""
    return {file: re.sub(rf"\b{old}\b", new, text) for file, text in texts().items()}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("record_reception", "register_reception", "records the reception of what was presented"),
        ("designation_overdue", "designation_late", "begins the follow-up of the stage"),
        ("thematic_session_arrives", "thematic_session_comes", "waits for the session"),
        ("upkeep_lapsed", "upkeep_silent", "means that nobody answered the cycle"),
        ("open_accounts", "open_the_accounts", "the validation of its stage brings about"),
        ("follow_up", "chase", "is outside the stages: its tasks decide no clock"),
    ],
)
def test_a_version_with_a_renamed_element_is_refused_with_the_reason(
    app: Flask, old: str, new: str, reason: str
):
    refused = pytest.raises(InvalidDiagram, match="the code asks for it")
    with app.app_context(), db.writing(app) as session, refused as refusal:
        processes.deploy(session, renamed(old, new))
    (fault,) = (one for one in refusal.value.faults if one.element == old)
    assert reason in fault.sentence


def test_a_start_refuses_a_live_version_without_what_the_code_names(walk: Walk):
    """As after a release that renames an element in its diagrams and its code alone."""
    walk.commit(put_into_force, renamed("designation_overdue", "designation_late"))
    walk.begin()
    with walk.reading() as session, pytest.raises(InvalidDiagram, match="designation_overdue"):
        processes.check_live(session)
