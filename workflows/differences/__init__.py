"""What differs between two versions of the process: what, before, now, in Spanish.

Each version is a dictionary of facts (`facts`); what differs between the two dictionaries is the
list: processes as the path goes, then tables. Whatever differs needs a second person, unless it
only names, draws or remarks (`Difference.has_effect`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.definition import Definition
from workflows.differences.facts import Fact, facts_of, layers_of, names_of, orders_of
from workflows.differences.words import Names
from workflows.drawing import ENTRY

NOTHING = "No hay"


@dataclass(frozen=True)
class Difference:
    """A row of the table: what, before, now, in Spanish and without markup."""

    process: str
    """Id of the process; "" for tables that belong to no process."""
    element: str
    """Id of the element on the drawing; "" if it is of none."""
    what: str
    before: str
    now: str
    has_effect: bool
    """Whether it needs a second person: anything but a name, the drawing or a remark."""
    file: str


def differences(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return what differs from the old version to the new one; empty for the same texts only."""
    if old.hash == new.hash:
        return ()
    names = names_of(old, new)
    found = [*_facts(old, new, names), *_orders(old, new, names)]
    found += _other_texts(old, new, found)
    drawn = {**new.processes, **old.processes}
    order = [
        *(one for one in (ENTRY, *new.stages, *old.stages) if one in drawn),
        *sorted(drawn),
        "",
    ]
    return tuple(sorted(found, key=lambda one: order.index(one.process)))


def needs_two(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return the differences for which a second person confirms putting `new` into force."""
    return tuple(one for one in differences(old, new) if one.has_effect)


def lanes(old: Definition, new: Definition) -> list[str]:
    """Return the names of the lanes of the processes in which anything differs, in order.

    A table that belongs to no process concerns all lanes.
    """
    concerned = {one.process for one in differences(old, new)}
    drawn = {
        node.lane
        for version in (old, new)
        for drawing in version.drawings
        for node in drawing.nodes
        if "" in concerned or node.process in concerned
    }
    return sorted(drawn - {""})


def _facts(old: Definition, new: Definition, names: Names) -> Iterator[Difference]:
    was, now = facts_of(old, names), facts_of(new, names)
    for key in dict.fromkeys((*now, *was)):
        before, after = was.get(key), now.get(key)
        one = after or before
        if one and (before is None or after is None or before.value != after.value):
            yield _differs(one, before, after)


def _differs(one: Fact, before: Fact | None, after: Fact | None) -> Difference:
    was, now = (fact.value if fact else NOTHING for fact in (before, after))
    return Difference(one.process, one.element, one.what, was, now, one.has_effect, one.file)


def _orders(old: Definition, new: Definition, names: Names) -> Iterator[Difference]:
    """Yield where what both versions have is asked in another order."""
    was, now = orders_of(old, names), orders_of(new, names)
    for key in (one for one in now if one in was):
        before = [one for one in was[key].parts if one in now[key].parts]
        after = [one for one in now[key].parts if one in was[key].parts]
        if before != after:
            yield Difference(
                now[key].process,
                now[key].element,
                f"Orden de {now[key].what}",
                " · ".join(was[key].parts[one] for one in before),
                " · ".join(now[key].parts[one] for one in after),
                True,
                now[key].file,
            )


def _other_texts(old: Definition, new: Definition, found: list[Difference]) -> Iterator[Difference]:
    """Yield the files that differ in something that is no fact: what runs, a remark, the drawing.

    What follows from a fact that differs is not said again: positions, or the text around it.
    """
    said = {one.file for one in found}
    acting = {one.file for one in found if one.has_effect}
    for file in sorted({*old.texts, *new.texts}):
        before, after = (layers_of(v.texts.get(file, "")) for v in (old, new))
        for layer, one, other in zip(before._fields, before, after, strict=True):
            has_effect = layer == "runs"
            if one != other and file not in (acting if has_effect else said):
                process = min(
                    (key for v in (old, new) for d in v.drawings if d.file == file
                     for key in d.processes),
                    default="",
                )  # fmt: skip
                words = {"runs": "Lo demás que se ejecuta", "texts": "Notas y otros textos"}
                what = f"{words.get(layer, 'Dibujo')}, en el archivo «{file}»"
                texts = [f"huella {value}" if value else NOTHING for value in (one, other)]
                yield Difference(process, "", what, texts[0], texts[1], has_effect, file)
                break
