"""The pages of an entity, as the navigation at the top of each of them shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for

from app.base.models import Entity
from app.people import access


@dataclass(frozen=True)
class Section:
    """A page of an entity, and the pages below it."""

    label: str
    endpoint: str
    #: The right that the page asks for (`app.people.access.pages`).
    action: str
    #: Endpoints of pages that belong to it.
    below: frozenset[str] = frozenset()
    #: Anchors of its parts, from the time when an entity had a single page.
    anchors: tuple[str, ...] = ()


SECTIONS: Sequence[Section] = (
    Section("Resumen", "entities.show", "see_entity"),
    Section(
        "Tareas",
        "entities.show_tasks",
        "see_entity",
        frozenset({"diagrams.show_path", "diagrams.show"}),
        ("tareas", "dias-habiles"),
    ),
    Section("Documentos", "entities.show_documents", "read_file", frozenset({"filings.show"})),
    Section("Personas", "entities.show_people", "see_entity", frozenset({"leaving.show_people"})),
    Section("Registro", "entities.show_register", "see_entity", anchors=("mes",)),
    Section("Consultas", "questions.list_of_entity", "see_questions", anchors=("consultas",)),
    Section("Notas", "notes.show", "read_notes"),
    Section("Correos", "entities.show_mails", "see_outbox", anchors=("correos",)),
    Section("Historial", "entities.show_history", "see_history", anchors=("historial",)),
    Section("Otras acciones", "entities.show_acts", "see_acts"),
)


@dataclass(frozen=True)
class Link:
    """A link of the navigation; `current` is a value of aria-current, "" for another page."""

    label: str
    url: str
    current: str
    #: Anchors to place here, on the summary alone.
    anchors: tuple[str, ...]


def links(entity: Entity) -> list[Link]:
    """Return the pages of an entity that the signed-in user may open."""
    user = access.me()
    return [
        Link(
            one.label,
            url_for(one.endpoint, code=entity.code),
            _current(one),
            one.anchors if request.endpoint == "entities.show" else (),
        )
        for one in SECTIONS
        if access.may(user, one.action, entity)
    ]


def _current(section: Section) -> str:
    if request.endpoint == section.endpoint:
        return "page"
    return "true" if request.endpoint in section.below else ""
