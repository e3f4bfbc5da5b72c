"""What differs between two versions of the process, in Spanish, as the diagrams are read.

`differences` compares by structure: an element is the same if its id is. The list has an order:
processes as the path goes, in each its elements as drawn, then terms, then tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from workflows.definition import Definition
from workflows.differences import elements, flows, tables
from workflows.differences.kinds import KINDS as KINDS
from workflows.differences.kinds import TOUCHES as TOUCHES
from workflows.differences.kinds import Difference as Difference
from workflows.differences.kinds import Kind as Kind
from workflows.differences.kinds import Touch as Touch
from workflows.differences.version import Version
from workflows.drawing import DI, local_name, read_xml

DRAWING = "Solo cambia el dibujo"
REMARKS = "Solo cambian notas, descripciones u otros textos que no se ejecutan"


def differences(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return what differs from the old version to the new one; empty for the same texts.

    Different texts have at least one difference: a change that nothing of the process notices, as
    of positions, is one, too.
    """
    if old.hash == new.hash:
        return ()
    one, other = Version(old), Version(new)
    found = [*_processes(one, other), *_terms_and_tables(one, other)]
    return (*found, *_other_files(old, new, found))


def needs_two(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return the differences for which a second person confirms putting `new` into force.

    They touch a legal term, the lane of a step, or who decides; empty if none does.
    """
    return tuple(one for one in differences(old, new) if one.touches)


def _processes(old: Version, new: Version) -> Iterator[Difference]:
    """Yield the differences of all processes, each with the terms of its steps at its end."""
    terms = [one for one in tables.terms(old, new) if one.process]
    for process in dict.fromkeys((*new.processes, *old.processes)):
        yield from _process(old, new, process)
        yield from (one for one in terms if one.process == process)


def _process(old: Version, new: Version, process: str) -> Iterator[Difference]:
    was = old.definition.processes.get(process)
    now = new.definition.processes.get(process)
    if was is None:
        yield Difference("added", process, "", f"Se agrega el proceso «{now}».")
    elif now is None:
        yield Difference("removed", process, "", f"Se quita el proceso «{was}».")
    elif was != now:
        yield Difference("renamed", process, "", f"El proceso «{was}» pasa a llamarse «{now}».")
    for node in new.nodes.values():
        if node.process != process:
            continue
        if node.id in old.nodes:
            yield from elements.changed(old, new, old.nodes[node.id], node)
        else:
            yield elements.added(new, node)
        yield from flows.of_element(old, new, node.id)
    for node in old.nodes.values():
        if node.process == process and node.id not in new.nodes:
            yield elements.removed(old, node)
    if was is not None and now is not None:
        yield from _passed_by(old, new, process)


def _passed_by(old: Version, new: Version, process: str) -> Iterator[Difference]:
    """Yield the steps that decide and can now be passed by, or no longer can."""
    decides = frozenset[Touch]({"decision"})
    for step in sorted(old.deciding & new.deciding):
        places = {version.nodes[step].process for version in (old, new) if step in version.nodes}
        if places != {process} or step not in old.nodes or step not in new.nodes:
            continue
        name = new.definition.element_name(step)
        was, now = old.past(step), new.past(step)
        for pairs, guarded, how in (
            (now - was, old.behind(step), "sin pasar por"),
            (was - now, new.behind(step), "solo después de"),
        ):
            for place, target in _common(old, new, pairs, guarded):
                sentence = f"Ahora, desde «{place}», se llega a «{target}» {how} «{name}», "
                yield Difference("decision", process, step, f"{sentence}que decide.", decides)


def _common(
    old: Version, new: Version, pairs: set[tuple[str, str]], guarded: set[str]
) -> list[tuple[str, str]]:
    """Return the first of these ways to what a step guards, by names of both versions."""
    place = {key: number for number, key in enumerate(new.nodes) if key in old.nodes}
    named = [
        (place[a], place[b], a, b)
        for a, b in pairs
        if a in place and b in place and b in guarded and new.nodes[a].name and new.nodes[b].name
    ]
    return [(new.nodes[a].name, new.nodes[b].name) for _, _, a, b in sorted(named)[:1]]


def _terms_and_tables(old: Version, new: Version) -> Iterator[Difference]:
    yield from (one for one in tables.terms(old, new) if not one.process)
    yield from tables.others(old, new)


def _other_files(old: Definition, new: Definition, found: list[Difference]) -> Iterator[Difference]:
    """Yield the files that differ although nothing of the process was found to."""
    noticed = {place for one in found for place in (one.process, one.element)}
    tables_noticed = tables.files(Version(old), Version(new))
    for file in sorted({*old.texts, *new.texts}):
        before, after = old.texts.get(file), new.texts.get(file)
        drawn = {
            process
            for definition in (old, new)
            for drawing in definition.drawings
            if drawing.file == file
            for process in drawing.processes
        }
        if before == after or noticed & drawn or file in tables_noticed:
            continue
        is_drawing = before and after and _meaning(before) == _meaning(after)
        process = min(drawn, default="")
        name = new.processes.get(process) or old.processes.get(process)
        place = f" de «{name}»" if name else f" del archivo «{file}»"
        if is_drawing:
            yield Difference("drawing", process, "", f"{DRAWING}{place}.")
        else:
            yield Difference("text", process, "", f"{REMARKS}{place}.")


def _meaning(text: str) -> bytes:
    """Return a document without its positions and without spaces between elements."""
    root = read_xml(text)
    for element in list(root.iter()):
        is_layout = etree.QName(element).namespace == DI or local_name(element).startswith("DMNDI")
        parent = element.getparent()
        if is_layout and parent is not None:
            parent.remove(element)
            continue
        element.tail = None
        if len(element) and not (element.text or "").strip():
            element.text = None
    return bytes(etree.tostring(root, method="c14n"))
