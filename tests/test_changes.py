"""Which parts of the nightly tests a change brings forward."""

from __future__ import annotations

import re

import pytest

from tests import changes, tiers
from tests.tree import ROOT, tracked


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("deploy/nginx.conf", "servers try"),
        ("app/ops/serve.py", "servers try"),
        ("requirements/run.txt", "try"),
        ("app/web/templates/base.html", "crawl"),
        ("forms/plan_training/page.html", "crawl"),
        ("bpmn/training.bpmn", "walkers"),
        ("workflows/instance.py", "walkers"),
        ("app/cases/arrivals.py", "cases"),
        ("app/register/visits/recording.py", "register"),
        ("app/base/calendar.py", ""),
        ("docs/operations.md", ""),
        ("README.md", ""),
    ],
)
def test_a_path_brings_the_parts_of_its_rule(path: str, parts: str):
    assert changes.parts_of([path]) == set(parts.split())


def test_a_path_that_no_rule_names_brings_all():
    assert changes.parts_of(["new_room/module.py"]) == changes.EVERY_PART
    assert changes.parts_of(["docs/a.md", "new_room/module.py"]) == changes.EVERY_PART


def test_a_commit_that_is_not_in_the_clone_brings_all():
    assert changes.parts_of(changes.changed("0" * 40)) == changes.EVERY_PART


def test_each_tracked_path_has_a_rule_and_each_rule_a_path():
    unnamed = [path for path in tracked() if not any(named(rule, path) for rule in changes.RULES)]
    assert unnamed == []
    assert [rule for rule in changes.RULES if not any(named(rule, p) for p in tracked())] == []


def named(rule: tuple[str, str], path: str) -> bool:
    return re.match(rule[0], path) is not None


def test_the_parts_are_those_of_the_tiers_and_the_trial():
    assert {*tiers.PARTS, "try"} == changes.EVERY_PART
    named = {part for _, parts in changes.RULES for part in parts.split()}
    assert named == {*changes.EVERY_PART, r"\1"}
    assert tuple(changes.ROOMS.split("|")) == tiers.ROOMS
    assert all((ROOT / "tests" / "app" / room).is_dir() for room in tiers.ROOMS)
