"""A process as a picture: everything drawn, named, and marked by icon and word."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from lxml import etree

from app.base.formatting import STATES
from app.onboarding.diagrams.nodes import ANSWERED
from tests.workflows import small
from tests.workflows.real import definition, texts
from workflows.definition import Definition
from workflows.diagram import (
    KINDS,
    STATE_ICONS,
    Figure,
    Mark,
    kind_of,
    marks,
    outlines,
    strips,
    svg,
)
from workflows.diagram.layout import Box, Layout, read_layout
from workflows.diagram.text_lines import BOLDER, LABEL, NAME, width_of, wrap_lines

SVG = "{http://www.w3.org/2000/svg}"
TASKS = ("userTask", "serviceTask", "callActivity")
PROCESSES = sorted(definition().processes)
each_process = pytest.mark.parametrize("process", PROCESSES)


def picture(process: str, given: dict[str, Mark] | None = None, key: str = "a") -> Any:
    """Return the SVG as a tree."""
    return etree.fromstring(svg(definition(), process, given or {}, key=key))


@cache
def layout(process: str) -> Layout:
    (drawing,) = (one for one in definition().drawings if process in one.processes)
    return read_layout(drawing, process)


def drawn(root: Any) -> dict[str, Any]:
    """Return element → what was drawn for it."""
    found = [one for one in root.iter() if one.get("data-element")]
    assert len(found) == len({one.get("data-element") for one in found})
    return {one.get("data-element"): one for one in found}


def marked(mark: Mark) -> Any:
    """Return what was drawn for the review of the designation with a mark."""
    return drawn(picture("designation", {"review_designation": mark}))["review_designation"]


def words_of(element: Any) -> str:
    """Return all text in it, except its title."""
    pieces = (piece for text in element.iter(f"{SVG}text") for piece in text.itertext())
    return " ".join(" ".join(pieces).split())


def title_of(element: Any) -> str:
    return str(element.findtext(f"{SVG}title"))


# Drawn elements -------------------------------------------------------------------------------


@each_process
def test_every_node_and_flow_is_drawn_and_named(process: str):
    here = drawn(picture(process))
    nodes = [n for d in definition().drawings for n in d.nodes if n.process == process]
    (drawing,) = (d for d in definition().drawings if process in d.processes)
    assert {node.id for node in nodes} | {flow.id for flow in drawing.flows} <= here.keys()
    for node in nodes:
        if node.kind != "subProcess":
            assert node.name in title_of(here[node.id])
            assert node.lane in title_of(here[node.id])
            assert here[node.id].get("role") == "img"
        assert spaced(words_of(here[node.id])) == spaced(node.name), node.id
    for flow in drawing.flows:
        name = drawing.root.xpath(f"//*[@id='{flow.id}']/@name")
        assert spaced(words_of(here[flow.id])) == spaced("".join(name)), flow.id
        assert title_of(here[flow.id]).endswith("".join(name))


def spaced(text: str) -> str:
    """Return the text without the spaces at which lines break."""
    return re.sub(r"\s", "", text)


@each_process
def test_pools_and_lanes_carry_their_names(process: str):
    root = picture(process)
    here = drawn(root)
    for shape in layout(process).shapes:
        if shape.kind in ("participant", "lane"):
            assert spaced(words_of(here[shape.id])) == spaced(shape.name)
    assert root.get("aria-labelledby") == root.find(f"{SVG}title").get("id")
    assert title_of(root) == definition().processes[process]
    assert root.find(f"{SVG}desc").get("id") == root.get("aria-describedby")


@each_process
def test_flows_go_through_their_waypoints_and_end_in_a_head(process: str):
    here = drawn(picture(process))
    for line in layout(process).lines:
        path, head, *slash = here[line.id].iter(f"{SVG}path")
        assert tuple(points_of(path.get("d"))) == line.points
        tip = tuple(float(n) for n in re.findall(r"[-\d.]+", head.get("d"))[:2])
        assert tip == line.points[-1]
        assert len(slash) == line.is_default


def points_of(path: str) -> list[tuple[float, float]]:
    """Return the points of a rounded line: its start, the controls of its turns, its end."""
    steps = re.findall(r"([MLQ])([-\d.]+) ([-\d.]+)", path)
    points = [step for n, step in enumerate(steps) if step[0] != "L" or n == len(steps) - 1]
    return [(float(x), float(y)) for _, x, y in points]


def test_defaults_and_non_interrupting_events_look_different():
    here = drawn(picture("designation"))
    assert here["designation_overdue"].find(f"{SVG}circle").get("stroke-dasharray")
    assert not here["correct_designation_lapses"].find(f"{SVG}circle").get("stroke-dasharray")
    assert len(here["designation_done"].findall(f".//{SVG}circle")) == 2, "it terminates"
    defaults = [line.id for line in layout("designation").lines if line.is_default]
    assert set(defaults) == set(re.findall(r' default="(\w+)"', texts()["designation.bpmn"]))
    assert all(
        here[key].find(f"{SVG}path[@class='diagram__default']") is not None for key in defaults
    )


def test_a_note_is_drawn_with_its_text_and_its_line():
    note = (
        '<bpmn:textAnnotation id="note"><bpmn:text>Solo la primera vez</bpmn:text>'
        '</bpmn:textAnnotation><bpmn:association id="to_note" sourceRef="plan" targetRef="note"/>'
    )
    shape = (
        '<bpmndi:BPMNShape id="n_di" bpmnElement="note"><dc:Bounds x="300" y="90" width="120" '
        'height="40"/></bpmndi:BPMNShape><bpmndi:BPMNEdge id="t_di" bpmnElement="to_note">'
        '<di:waypoint x="300" y="100"/><di:waypoint x="260" y="140"/></bpmndi:BPMNEdge>'
    )
    text = texts()["redesignation.bpmn"].replace("</bpmn:process>", f"{note}</bpmn:process>")
    text = text.replace("</bpmndi:BPMNPlane>", f"{shape}</bpmndi:BPMNPlane>")
    version = Definition.parse(texts() | {"redesignation.bpmn": text})
    here = drawn(etree.fromstring(svg(version, "redesignation", {}, key="a")))
    assert words_of(here["note"]) == "Solo la primera vez"
    assert here["to_note"].find(f"{SVG}path").get("stroke-dasharray")


def without_layout(text: str) -> str:
    """Return a diagram as it was before anything was placed."""
    return re.sub("<di:BPMNDiagram>.*</di:BPMNDiagram>", "", text)


def test_a_version_without_layout_gives_an_empty_picture():
    bare = {file: without_layout(text) for file, text in small.TEXTS.items()}
    root = etree.fromstring(svg(Definition.parse(bare), "designation", {}, key="a"))
    assert drawn(root) == {}
    with pytest.raises(KeyError):
        svg(definition(), "nothing", {}, key="a")


# Legibility -----------------------------------------------------------------------------------


@each_process
def test_names_fit_into_their_shapes_also_above_a_mark(process: str):
    longest = Mark("not_yet", "Todavía no corresponde · 120 días")
    for shape in layout(process).shapes:
        if shape.label is None and shape.kind in TASKS:
            lines = wrap_lines(shape.name, NAME, shape.box.width - 10)
            assert all(width_of(line, NAME) <= shape.box.width - 6 for line in lines), shape.name
            _, top = strips.strip(longest, shape.box, ())
            room = top - shape.box.y - 20
            assert len(lines) * NAME * 1.2 <= room + 4, shape.name


@each_process
def test_names_outside_shapes_cover_neither_shapes_nor_each_other(process: str):
    whole = layout(process)
    shapes = {
        s.id: s.box for s in whole.shapes if s.kind not in outlines.FRAMES and "Gate" not in s.kind
    }
    named: list[Any] = [*whole.shapes, *whole.lines]
    labels = {one.id: box for one in named if (box := marks.name_box(one.name, one.label))}
    for key, box in labels.items():
        core = Box(box.x + 3, box.y + 2, box.width - 6, box.height - 4)
        assert [k for k, other in shapes.items() if k != key and core.meets(other)] == [], key
        assert [k for k, other in labels.items() if k != key and core.meets(other)] == [], key


@each_process
def test_words_of_events_find_a_free_place(process: str):
    whole = layout(process)
    shapes = {s.id: s.box for s in whole.shapes if s.kind not in outlines.FRAMES}
    places = marks.places(whole)
    for key in (s.id for s in whole.shapes if s.kind in outlines.EVENTS):
        x, y = places[key]
        words = Box(x - 35, y + 1, 70, LABEL)
        assert words.within(whole.bounds)
        assert [k for k, box in shapes.items() if words.meets(box)] == [], key


# Marks ----------------------------------------------------------------------------------------

#: Marks that a case can put at a task: state, words.
SAID = [
    *((state, f"{word} · 120 días · 12 veces") for state, word in STATES.items()),
    *(("not_presented", f"{word} · 120 días · 12 veces") for word in ANSWERED.values()),
    *STATES.items(),
]
COUNTED = [("1250", "120 d"), ("1250 abiertas", "120 d"), ("0",)]


@each_process
def test_marks_stay_in_their_task_and_off_the_events_on_its_edge(process: str):
    tasks = [one for one in layout(process).shapes if one.kind in TASKS]
    events = {
        one.id: [e.box for e in layout(process).shapes if e.xml.get("attachedToRef") == one.id]
        for one in tasks
    }
    given = [Mark(state, words) for state, words in SAID]
    given += [
        Mark(url="/", figures=tuple(Figure(text, "/x", text) for text in texts))
        for texts in COUNTED
    ]
    for mark in given:
        here = drawn(picture(process, {one.id: mark for one in tasks}))
        for one in tasks:
            for box in written_at(here[one.id]):
                assert box.within(one.box), (one.id, mark)
                assert not any(box.meets(event) for event in events[one.id]), (one.id, mark)


@each_process
def test_names_end_where_marks_begin_also_next_to_events(process: str):
    whole = layout(process)
    for one in (shape for shape in whole.shapes if shape.kind in TASKS):
        events = [e.box for e in whole.shapes if e.xml.get("attachedToRef") == one.id]
        lines = wrap_lines(one.name, NAME, one.box.width - 10)
        for words in ("Pendiente · 12 días · 2 veces", "Convalidado · 120 días"):
            _, top = strips.strip(Mark("pending", words), one.box, events)
            assert len(lines) * NAME * 1.2 <= top - one.box.y - 20 + 4, (one.id, words)


def written_at(node: Any) -> list[Box]:
    """Return the boxes of a mark's words and icon, from the widths of letters."""
    found = []
    for text in node.iter(f"{SVG}text"):
        if text.get("font-weight"):
            for line in text.findall(f"{SVG}tspan") or [text]:
                wide = width_of(line.text, LABEL) * BOLDER
                x, y = float(line.get("x")), float(line.get("y"))
                found.append(Box(x - wide / 2, y - 0.75 * LABEL, wide, LABEL))
    for form in node.iter(f"{SVG}g"):
        place = re.match(r"translate\(([\d.]+) ([\d.]+)\) scale", form.get("transform") or "")
        if place:
            found.append(Box(float(place[1]), float(place[2]), marks.GLYPH, marks.GLYPH))
    assert found
    return found


def test_numbers_at_a_task_have_separate_links_from_its_name():
    two = (Figure("12", "/entidades?etapa=training", "12 entidades"), Figure("8 d", "", "8 días"))
    mark = Mark(url="/programa", title="Ver su diagrama", figures=two)
    node = drawn(picture("onboarding", {"stage_training": mark}))["stage_training"]
    links = {link.get("href"): words_of(link) for link in node.iter(f"{SVG}a")}
    assert links == {
        "/programa": "Capacitación del personal",
        "/entidades?etapa=training": "12",
    }
    assert [title_of(link) for link in node.iter(f"{SVG}a")] == ["Ver su diagrama", "12 entidades"]
    assert all(not list(link.iterancestors(f"{SVG}a")) for link in node.iter(f"{SVG}a"))
    for link in node.iter(f"{SVG}a"):
        assert link.find(f"{SVG}rect").get("class") == "diagram__focus"
    assert words_of(node).endswith("12 · 8 d")


def test_a_state_has_an_icon_and_a_word():
    node = marked(Mark("observed", "Observado", title="La revisión observó la designación"))
    assert "Observado" in words_of(node)
    assert title_of(node) == "La revisión observó la designación"
    ways = [path.get("d") for path in node.iter(f"{SVG}path")]
    assert "M8 2 1.5 14h13zM8 6.5V10M8 11.5v1" in ways
    assert node.tag == f"{SVG}g"


def test_every_state_has_its_own_icon():
    assert STATE_ICONS.keys() == STATES.keys() == marks.TONES.keys() - {""}
    assert len(set(STATE_ICONS.values())) == len(STATE_ICONS)
    with pytest.raises(ValueError, match="no such state"):
        Mark("done", "Hecho")
    with pytest.raises(ValueError, match="by a word"):
        Mark("accepted")


def test_a_node_with_an_address_is_a_link_that_shows_its_focus():
    node = marked(Mark("pending", "Pendiente", "/tareas/7?a=1&b=2", "Revisar: pendiente"))
    assert node.tag == f"{SVG}a"
    assert node.get("href") == "/tareas/7?a=1&b=2"
    assert title_of(node) == "Revisar: pendiente"
    focus = node.find(f"{SVG}rect")
    assert (focus.get("class"), focus.get("visibility")) == ("diagram__focus", "hidden")


@each_process
def test_every_node_accepts_a_mark(process: str):
    nodes = [s for s in layout(process).shapes if s.kind not in outlines.FRAMES]
    given = {shape.id: Mark(label=f"{n} entidades") for n, shape in enumerate(nodes)}
    here = drawn(picture(process, given | {"elsewhere": Mark(label="x")}))
    for n, shape in enumerate(nodes):
        assert f"{n} entidades" in words_of(here[shape.id])
        assert KINDS[kind_of(shape)] in title_of(here[shape.id])
    assert "elsewhere" not in here


def test_two_diagrams_stand_on_one_page_under_a_strict_policy():
    both = [picture("designation", key=key) for key in ("a", "b")]
    ids = [one.get("id") for root in both for one in root.iter() if one.get("id")]
    assert len(ids) == len(set(ids)) == 4
    for root in both:
        names = {name for one in root.iter() for name in one.attrib}
        assert not {name for name in names if name == "style" or name.startswith("on")}
        assert not list(root.iter(f"{SVG}style", f"{SVG}script"))


def test_external_text_is_escaped():
    evil = '"><script>{0}</script>'
    mark = Mark("pending", evil, evil, evil)
    root = picture("designation", {"review_designation": mark}, key=evil)
    node = drawn(root)["review_designation"]
    assert node.get("href") == title_of(node) == evil
    assert spaced(evil) in spaced(words_of(node))
    file = texts()["designation.bpmn"].replace("Revisar la designación", "Revisar &lt;{x}&amp;")
    version = Definition.parse(texts() | {"designation.bpmn": file})
    other = etree.fromstring(svg(version, "designation", {}, key="a"))
    assert words_of(drawn(other)["review_designation"]) == "Revisar <{x}&"
