"""Diagrams are drawn legibly."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from tests.bpmn.pictures import DIAGRAMS, TASKS, Box, Picture, box_of, read

pytestmark = pytest.mark.parametrize("file", DIAGRAMS, ids=lambda file: file.stem)


def test_everything_is_drawn(file: Path):
    picture = read(file)
    drawn = {*picture.shapes, *picture.frames, *picture.lines}
    assert {key for key in picture.kinds if key not in drawn} == {
        key for key, kind in picture.kinds.items() if kind in {"process", "laneSet"}
    }


def test_each_kind_of_shape_has_one_size(file: Path):
    picture = read(file)
    sizes: dict[str, set[tuple[float, float]]] = {}
    for key, box in picture.shapes.items():
        kind = picture.kinds[key]
        group = "task" if kind in TASKS else "gateway" if "Gateway" in kind else "event"
        sizes.setdefault(group, set()).add((box.width, box.height))
    assert sizes == {key: {SIZES[key]} for key in sizes}


SIZES = {"task": (156, 100), "gateway": (50, 50), "event": (36, 36)}


def test_no_two_shapes_come_close(file: Path):
    picture = read(file)
    close = [
        (one, other)
        for one, other in combinations(picture.shapes, 2)
        if picture.hosts.get(one) != other
        and picture.hosts.get(other) != one
        and picture.shapes[one].near(picture.shapes[other], 8)
    ]
    assert close == []


def test_everything_is_inside_its_container(file: Path):
    picture = read(file)
    (pool,) = picture.of_kind("participant").values()
    outside = []
    for key, box in picture.shapes.items():
        if picture.hosts.get(key):
            continue
        holder = picture.frames.get(picture.holders[key])
        lane = picture.frames.get(picture.lanes.get(key, ""), pool)
        if not box.within(holder or lane, 8):
            outside.append(key)
    for key, box in picture.of_kind("subProcess").items():
        if not box.within(picture.frames[picture.lanes[key]], 8):
            outside.append(key)
    assert outside == []


def test_nothing_else_lies_on_a_sub_process(file: Path):
    picture = read(file)
    for sub_process, frame in picture.of_kind("subProcess").items():
        shapes = {k for k, box in picture.shapes.items() if box.near(frame, 8)}
        lines = {
            flow
            for flow in picture.lines
            if any(box_of(segment).near(frame, 6) for segment in picture.segments(flow))
        }
        assert {key for key in shapes | lines if picture.holders[key] != sub_process} == set()


def test_flows_run_at_right_angles(file: Path):
    picture = read(file)
    slanted = [
        flow
        for flow in picture.lines
        for (x1, y1), (x2, y2) in picture.segments(flow)
        if x1 != x2 and y1 != y2
    ]
    assert slanted == []


def test_no_flow_passes_through_a_shape(file: Path):
    picture = read(file)
    through = [
        (flow, key)
        for flow in picture.lines
        for key, box in picture.shapes.items()
        for segment in picture.segments(flow)
        if box_of(segment).near(_avoided(picture, flow, key, box))
    ]
    assert through == []


def _avoided(picture: Picture, flow: str, key: str, box: Box) -> Box:
    """Return the box that a flow avoids: its own ends up to their edge, others with a margin."""
    source, target = picture.ends[flow]
    if key in (source, target):
        return box.shrunk(1)
    if key == picture.hosts.get(source):
        return box.shrunk(19)
    return box.shrunk(-6)


def test_no_two_flows_lie_on_each_other(file: Path):
    picture = read(file)
    together = [
        (one, other)
        for one, other in combinations(picture.lines, 2)
        for first in picture.segments(one)
        for second in picture.segments(other)
        if _parallel(box_of(first), box_of(second)) and box_of(first).near(box_of(second), 9)
    ]
    assert together == []


def _parallel(one: Box, other: Box) -> bool:
    return (one.width == 0) == (other.width == 0)


def test_no_label_covers_anything(file: Path):
    picture = read(file)
    covered = [
        (label, key)
        for label, text in picture.labels.items()
        for key, box in (*picture.labels.items(), *picture.shapes.items())
        if key != label and text.near(box, 1) and not _clears_gateway(picture, key, box, text)
    ]
    crossed = [
        (label, flow)
        for label, text in picture.labels.items()
        for flow in picture.lines
        for segment in picture.segments(flow)
        if text.near(box_of(segment), 2)
    ]
    assert (covered, crossed) == ([], [])


def _clears_gateway(picture: Picture, key: str, box: Box, text: Box) -> bool:
    """Return whether a text at the corner of a gateway's box does not touch its diamond."""
    if "Gateway" not in picture.kinds[key] or picture.shapes.get(key) is not box:
        return False
    x, y = box.x + box.width / 2, box.y + box.height / 2
    across = max(text.x - x, 0, x - text.right)
    down = max(text.y - y, 0, y - text.bottom)
    return across + down >= 28


def test_no_label_crosses_the_edge_of_a_lane(file: Path):
    picture = read(file)
    (pool,) = picture.of_kind("participant").values()
    lanes = list(picture.of_kind("lane").values()) or [pool]
    loose = {k for k, text in picture.labels.items() if not any(text.within(b) for b in lanes)}
    assert loose == set()
