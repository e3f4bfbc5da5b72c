"""Differences of two versions by process: as a list, and as marks on the drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup, escape

from workflows.definition import Definition
from workflows.diagram import Mark, svg
from workflows.differences import Difference, Kind, differences

#: Kind → the icon's name (`workflows.diagram.CHANGE_ICONS`) and the words next to it.
WORDS: Mapping[Kind, tuple[str, str]] = {
    "added": ("added", "Agregado"),
    "removed": ("removed", "Quitado"),
    "renamed": ("renamed", "Otro nombre"),
    "lane": ("changed", "Otro carril"),
    "moved": ("changed", "Otro lugar"),
    "changed": ("changed", "Cambia"),
    "timer": ("changed", "Otra fecha"),
    "condition": ("changed", "Otra condición"),
    "flow": ("changed", "Otro camino"),
    "decision": ("changed", "Quién decide"),
    "term": ("changed", "Otro plazo"),
    "table": ("changed", "Tabla"),
    "ladder": ("changed", "Recordatorios"),
    "drawing": ("changed", "Solo el dibujo"),
    "text": ("changed", "Solo textos"),
}
#: Icon → what its mark means on a drawing.
LEGEND: Mapping[str, str] = {
    "added": "Agregado",
    "removed": "Quitado: se ve en el dibujo de antes",
    "renamed": "Tiene otro nombre",
    "changed": "Cambia: las palabras dicen qué",
}


@dataclass(frozen=True)
class Section:
    """The differences of a process; `process` is "" for tables of no process."""

    process: str
    name: str
    differences: Sequence[Difference]
    #: Whether there is a drawing to show them on.
    is_drawn: bool


@lru_cache(maxsize=16)
def compare(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return the differences; compared once per process of the server."""
    return differences(old, new)


def sections(old: Definition, new: Definition) -> list[Section]:
    """Return the differences by process, in their order; tables come last."""
    found: dict[str, list[Difference]] = {}
    for one in compare(old, new):
        found.setdefault(one.process, []).append(one)
    tables = found.pop("", [])
    made = [
        Section(key, name_of(old, new, key), several, any(one.element for one in several))
        for key, several in found.items()
    ]
    return [*made, *([Section("", "Plazos y tablas", tables, False)] if tables else [])]


def name_of(old: Definition, new: Definition, process: str) -> str:
    """Return the name of a process in the new version, or in the old one."""
    return new.processes.get(process) or old.processes[process]


@dataclass(frozen=True)
class Pictures:
    """A process on its drawings; "" where a version has none, or nothing to show on it."""

    new: Markup
    old: Markup
    icons: tuple[str, ...]
    """The icons of the marks, in the order of LEGEND."""


def pictures(old: Definition, new: Definition, process: str) -> Pictures:
    """Draw a process as it will be, with marks; and as it was, if something of it goes.

    Raises KeyError for a process of neither version.
    """
    name_of(old, new, process)
    several = [one for one in compare(old, new) if one.process == process and one.element]
    gone = [one for one in several if one.kind == "removed"]
    stays = [one for one in several if one.kind != "removed"]
    now = was = Markup("")
    if process in new.processes:
        now = _framed(new, process, stays, "despues", "Como queda")
    if process in old.processes and (gone or process not in new.processes):
        was = _framed(old, process, gone, "antes", "Como estaba")
    icons = {icon_of([one]) for one in several}
    return Pictures(now, was, tuple(icon for icon in LEGEND if icon in icons))


def icon_of(several: Sequence[Difference]) -> str:
    """Return the icon for several differences of an element: the strongest one's."""
    found = {WORDS[one.kind][0] for one in several}
    return next(icon for icon in ("added", "removed", "changed", "renamed") if icon in found)


def marks(several: Sequence[Difference]) -> dict[str, Mark]:
    """Return a mark for each element: its icon, its words, and its sentences as the title.

    What follows a new element is not marked again: it is new altogether.
    """
    by_element: dict[str, list[Difference]] = {}
    for one in several:
        by_element.setdefault(one.element, []).append(one)
    made = {}
    for element, found in by_element.items():
        fresh = [one for one in found if one.kind == "added"]
        words = dict.fromkeys(WORDS[one.kind][1] for one in fresh or found)
        title = " ".join(one.sentence for one in found)
        made[element] = Mark(icon_of(fresh or found), " · ".join(words), title=title)
    return made


def _framed(
    definition: Definition, process: str, several: Sequence[Difference], key: str, words: str
) -> Markup:
    """Return a drawing in a frame that scrolls sideways and can be reached by keyboard."""
    title = f"{words}: {definition.processes[process]}"
    picture = svg(definition, process, marks(several), key=f"diagrama-{key}", title=title)
    return Markup('<div class="diagram-frame" role="region" tabindex="0" aria-label="{}">').format(
        escape(title)
    ) + Markup(picture + "</div>")  # noqa: S704 - made by us, all texts escaped
