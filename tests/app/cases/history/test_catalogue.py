"""The catalogue of events declares exactly the kinds of log entries that the code writes."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator

import pytest

from app.base import audit_log
from app.cases.history import (
    case_events,
    entity_events,
    people_events,
    question_events,
    register_events,
)
from app.cases.history.catalogue import EVENTS, kinds_of
from app.cases.history.event import GROUPS
from tests.tree import ROOT

APP = ROOT / "app"
#: The functions through which the code writes to the log: those of the log, and those of a case or
#: of one module that pass a kind on.
WRITERS = {
    *(name for name, one in vars(audit_log).items() if inspect.isfunction(one)),
    *("log", "note", "_log", "_note", "_closed"),
}
KIND = re.compile(r"[a-z]+\.[a-z_]*[a-z]")


def written() -> Iterator[re.Pattern[str]]:
    """Yield the kinds that the code writes, as patterns: a part of a kind may be computed."""
    for path in APP.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "log" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            arguments: list[ast.expr] = []
            if isinstance(node, ast.Call) and name_of(node.func) in WRITERS:
                arguments = node.args
            elif isinstance(node, ast.Assign) and list(map(name_of, node.targets)) == ["kind"]:
                arguments = [node.value]
            for part in (part for argument in arguments for part in ast.walk(argument)):
                if (kind := kind_of(part)) is not None:
                    yield kind


def name_of(function: ast.expr) -> str:
    """Return the name of a called function, without its module or object."""
    return getattr(function, "attr", "") or getattr(function, "id", "")


def kind_of(node: ast.AST) -> re.Pattern[str] | None:
    """Return the kinds that a text in the code can mean; None if it is no kind."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.compile(re.escape(node.value)) if KIND.fullmatch(node.value) else None
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "*" for p in node.values]
        text = "".join(str(part) for part in parts)
        if re.fullmatch(r"[a-z]+\.[a-z_*]+", text):
            return re.compile(re.escape(text).replace(r"\*", "[a-z_]+"))
    return None


@pytest.fixture(scope="module")
def kinds() -> list[re.Pattern[str]]:
    found = list(written())
    assert len(found) > 80
    return found


@pytest.mark.nightly
def test_every_kind_that_the_code_writes_is_declared(kinds: list[re.Pattern[str]]):
    assert {kind.pattern for kind in kinds if not any(map(kind.fullmatch, EVENTS))} == set()


def test_every_declared_kind_is_written(kinds: list[re.Pattern[str]]):
    assert {name for name in EVENTS if not any(kind.fullmatch(name) for kind in kinds)} == set()


def test_each_kind_is_declared_once_and_in_a_group():
    areas = (case_events, people_events, entity_events, register_events, question_events)
    assert len(EVENTS) == sum(len(area.EVENTS) for area in areas)
    assert {event.group for event in EVENTS.values()} == set(GROUPS)
    assert sorted(kind for group in GROUPS for kind in kinds_of(group)) == sorted(EVENTS)
    assert EVENTS["person.deactivated"].group == EVENTS["person.sign_in_ended"].group == "personas"
