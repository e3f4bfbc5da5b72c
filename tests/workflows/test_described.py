"""`docs/process.md` is what the diagrams and tables say, all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.decisions import rows
from workflows.definition import Definition, read_folder
from workflows.described import describe
from workflows.diagram import svg

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def real() -> Definition:
    return Definition.parse(read_folder(ROOT / "bpmn"))


@pytest.fixture(scope="module")
def page(real) -> str:
    return describe(real)


def test_the_page_in_the_documents_is_the_one_that_the_diagrams_make(page):
    committed = (ROOT / "docs" / "process.md").read_text("utf-8")
    assert committed == page, "run `make docs`"


def test_the_picture_in_the_readme_is_the_one_that_the_diagram_makes(real):
    committed = (ROOT / "docs" / "pictures" / "onboarding.svg").read_text("utf-8")
    assert committed == svg(real, "onboarding", {}, key="onboarding") + "\n", "run `make docs`"


def test_everything_that_is_drawn_is_told(real, page):
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


def test_every_row_of_every_table_is_told(real, page):
    for row in rows(real, "deadlines"):
        (told,) = [line for line in page.split("\n") if f"** `{row['step']}` |" in line]
        assert f"| {row['days']} |" in told
        assert told.endswith(f"| {row['kind']} | {row['basis']} |")
    for name in ("reminders", "demo_acceptance", "training_acceptance"):
        section = page.split(f"\n`{name}`.")[1].split("\n## ")[0]
        assert section.count("\n| ") == len(rows(real, name)) + 1


def test_a_changed_drawing_changes_the_page(real, page):
    texts = dict(real.texts)
    text = texts["designation.bpmn"].replace("working_days(45)", "working_days(46)")
    texts["designation.bpmn"] = text
    assert describe(Definition.parse(texts)) != page
