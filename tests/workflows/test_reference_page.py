"""`docs/process.md` contains everything in the diagrams and tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.decisions import rows
from workflows.definition import Definition, read_folder
from workflows.diagram import svg
from workflows.reference_page import describe

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def real() -> Definition:
    return Definition.parse(read_folder(ROOT / "bpmn"))


@pytest.fixture(scope="module")
def page(real) -> str:
    return describe(real)


def test_the_committed_page_matches_the_diagrams(page):
    committed = (ROOT / "docs" / "process.md").read_text("utf-8")
    assert committed == page, "run `make docs`"


def test_the_committed_picture_matches_the_diagram(real):
    committed = (ROOT / "docs" / "pictures" / "onboarding.svg").read_text("utf-8")
    assert committed == svg(real, "onboarding", {}, key="onboarding") + "\n", "run `make docs`"


def test_the_page_shows_everything_drawn(real, page):
    for drawing in real.drawings:
        for node in drawing.nodes:
            if node.kind.endswith("Event") and node.name:
                assert f"*{node.name}*" in page
            elif node.kind in ("userTask", "serviceTask", "callActivity"):
                assert f"{node.name}** `{node.id}`" in page or f"{node.name} `{node.id}`" in page
            elif node.name:
                assert f"*{node.name}*" in page
        for flow in drawing.flows:
            assert not flow.condition or f"if `{flow.condition}`" in page


def test_the_page_shows_every_row_of_every_table(real, page):
    for row in rows(real, "deadlines"):
        (line_of_step,) = [line for line in page.split("\n") if f"** `{row['step']}` |" in line]
        assert f"| {row['days']} |" in line_of_step
        assert line_of_step.endswith(f"| {row['kind']} | {row['basis']} |")
    for name in ("reminders", "demo_acceptance", "training_acceptance"):
        section = page.split(f"\n`{name}`.")[1].split("\n## ")[0]
        assert section.count("\n| ") == len(rows(real, name)) + 1


def test_a_changed_drawing_changes_the_page(real, page):
    texts = dict(real.texts)
    text = texts["designation.bpmn"].replace("working_days(45)", "working_days(46)")
    texts["designation.bpmn"] = text
    assert describe(Definition.parse(texts)) != page
