"""Compare our pictures with those of bpmn.io: nothing is missing or displaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bpmn.pictures import DIAGRAMS
from tests.workflows.real import definition
from workflows.diagram import svg

#: The drawing of bpmn.io: each element's box or waypoints, its text, and the text's position.
THEIRS = """
async xml => {
    const viewer = new BpmnJS({container: "#canvas"});
    await viewer.importXML(xml);
    const registry = viewer.get("elementRegistry"), found = {};
    for (const element of registry.getAll()) {
        const id = element.labelTarget ? element.labelTarget.id : element.id;
        const drawn = registry.getGraphics(element).querySelector(".djs-visual");
        if (!drawn || element.type === "bpmn:Collaboration") continue;
        const one = found[id] ||= {words: ""};
        one.words += [...drawn.querySelectorAll("tspan")].map(line => line.textContent).join("");
        const box = [element.x, element.y, element.width, element.height];
        if (element.labelTarget) one.label = box;
        else if (element.waypoints) one.points = element.waypoints.map(at => [at.x, at.y]);
        else one.box = box;
    }
    return found;
}
"""
#: The same for our pictures, as laid out by the browser.
OURS = """
svg => {
    const place = document.createElement("div");
    document.body.append(place);
    place.innerHTML = svg;
    const found = {};
    for (const drawn of place.querySelectorAll("[data-element]")) {
        const words = [...drawn.querySelectorAll("text")];
        const one = found[drawn.dataset.element] = {
            words: words.map(text => text.textContent).join(""),
        };
        const box = shape => { const b = shape.getBBox(); return [b.x, b.y, b.width, b.height]; };
        if (words.length) one.label = box(words[0]);
        const line = drawn.querySelector(".diagram__line");
        if (line) one.path = line.getAttribute("d");
        else one.box = box(drawn.querySelector("rect, circle, path"));
    }
    return found;
}
"""
each_diagram = pytest.mark.parametrize("file", DIAGRAMS, ids=lambda file: file.stem)


@pytest.mark.nightly("walkers")
@each_diagram
def test_our_picture_matches_that_of_bpmn_io(viewer: Any, file: Path):
    theirs = viewer.evaluate(THEIRS, file.read_text("utf-8"))
    ours = viewer.evaluate(OURS, svg(definition(), file.stem, {}, key="a"))
    assert len(theirs) > 5
    assert ours.keys() == theirs.keys()
    assert list(differences(theirs, ours)) == []


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    for key, their in theirs.items():
        our = ours[key]
        if spaced(our["words"]) != spaced(their["words"]):
            yield f"{key} says {our['words']!r}, not {their['words']!r}"
        if "points" in their:
            if far(points_of(our["path"]), [n for point in their["points"] for n in point]):
                yield f"{key} runs along {our['path']}, not {their['points']}"
        elif far(our["box"], their["box"]):
            yield f"{key} stands at {our['box']}, not {their['box']}"
        if "label" in their and not meet(our["label"], their["label"]):
            yield f"{key} has its words at {our['label']}, not {their['label']}"


def spaced(text: str) -> str:
    """Return the text without the spaces at which either program breaks lines."""
    return "".join(text.split())


def far(ours: list[float], theirs: list[float]) -> bool:
    """Return whether a coordinate differs by more than a pixel."""
    same = len(ours) == len(theirs)
    return not same or any(abs(a - b) > 1 for a, b in zip(ours, theirs, strict=True))


def points_of(path: str) -> list[float]:
    """Return the coordinates of a line's points; a rounded turn counts as its control point."""
    found: list[float] = []
    steps = path.replace("M", "\nM").replace("L", "\nL").replace("Q", "\nQ").split("\n")[1:]
    for place, step in enumerate(steps):
        if step[0] != "L" or place == len(steps) - 1:
            found += [float(number) for number in step[1:].split()[:2]]
    return found


def meet(ours: list[float], theirs: list[float]) -> bool:
    """Return whether two texts match: the centre of ours lies in theirs, or nearly."""
    x, y, width, height = ours
    left, top, wide, high = theirs
    return abs(x + width / 2 - left - wide / 2) < 12 and top - 4 < y + height / 2 < top + high + 4
