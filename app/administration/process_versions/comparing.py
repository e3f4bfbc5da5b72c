"""Differences of two versions: as one table, and as marks on the two drawings of a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from workflows.definition import Definition
from workflows.diagram import Mark, svg
from workflows.differences import Difference, differences

#: Mark on a drawing (`workflows.diagram.CHANGE_ICONS`) → its word.
LEGEND: Mapping[str, str] = {"added": "Agregado", "removed": "Quitado", "changed": "Cambia"}


@lru_cache(maxsize=16)
def compare(old: Definition, new: Definition) -> tuple[Difference, ...]:
    """Return the differences; compared once per process of the server."""
    return differences(old, new)


def processes(old: Definition, new: Definition) -> dict[str, str]:
    """Return the names of the processes in which something differs, and "" for the tables."""
    named = {**old.processes, **new.processes, "": "Plazos y tablas"}
    return {one.process: named[one.process] for one in compare(old, new)}


def pictures(old: Definition, new: Definition, process: str) -> dict[str, Markup]:
    """Draw a process as it was and as it will be, with marks at what differs: title → drawing.

    A version without the process has no drawing of it.
    """
    titles: dict[str, list[str]] = {}
    for one in compare(old, new):
        if one.process == process and one.element:
            titles.setdefault(one.element, []).append(f"{one.what}: {one.before} → {one.now}.")
    made = {}
    for title, version, other, icon in (
        ("Como estaba", old, new, "removed"),
        ("Como queda", new, old, "added"),
    ):
        if process in version.processes:
            marks = {}
            for element in titles.keys() & version.elements:
                mark = "changed" if element in other.elements else icon
                marks[element] = Mark(mark, LEGEND[mark], title=" ".join(titles[element]))
            made[title] = _framed(version, process, marks, icon, title)
    return made


def _framed(
    version: Definition, process: str, marks: dict[str, Mark], key: str, words: str
) -> Markup:
    """Return a drawing in a frame that scrolls sideways and can be reached by keyboard."""
    title = f"{words}: {version.processes[process]}"
    picture = svg(version, process, marks, key=f"diagrama-{key}", title=title)
    return Markup('<div class="diagram-frame" role="region" tabindex="0" aria-label="{}">').format(
        escape(title)
    ) + Markup(picture + "</div>")  # noqa: S704 - made by us, all texts escaped
