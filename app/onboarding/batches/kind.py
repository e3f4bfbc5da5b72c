"""The kind of a batch: one object with texts, columns, and how a row is judged and done.

The rest (files, the dry run, the confirmation, a transaction per row, the pages) is the same for
all kinds. The kinds are in `app.onboarding.batches.kinds`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import Batch, Entity, Task, User
from forms.fields import Part

#: The data of a row, as JSON: of a person, no more than the act needs.
Data = dict[str, Any]
#: A row of a dry run: its entity, and its data.
Row = tuple[Entity, Data]

#: Key in `Data` of the full message of a refused row whose message was cut short.
IN_FULL = "in_full"


class Refused(Exception):
    """A row that cannot be read or done. Its text says why (Spanish, no document number)."""


@dataclass(frozen=True)
class Plan:
    """The plan for a row, and its message (Spanish, no document number)."""

    #: do, same (nothing would change) or refused.
    plan: str
    message: str
    #: The full message, for the report, where `message` had to be cut short.
    full_message: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a file."""

    #: Its name in the cells that `Kind.read` gets.
    key: str
    heading: str
    #: Other headings that are accepted.
    synonyms: tuple[str, ...] = ()
    required: bool = False
    #: For the template: an invented example, and what to write.
    example: str = ""
    help: str = ""


#: The column with the entity of a row. Every file has it.
CODE = Column(
    "code",
    "Código",
    ("codigo de la entidad", "codigo de entidad", "codigo entidad", "entidad codigo"),
    required=True,
    example="E00275",
    help="El código de la entidad en Zaguán, por ejemplo E00275.",
)


@dataclass(frozen=True)
class Line:
    """A row of a file: its number in the file, and its cells by column ("" where empty)."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """The entity of a row of a file. With a fault (Spanish), the row is refused.

    Without either, the row adds an entity, if its kind does (`Kind.absent`).
    """

    entity: Entity | None
    fault: str = ""


@dataclass(frozen=True)
class Entry:
    """The link on the page of batches that leads to a new batch."""

    label: str
    endpoint: str
    params: Mapping[str, Any]

    @property
    def url(self) -> str:
        """Its URL."""
        return url_for(self.endpoint, **self.params)


@dataclass(frozen=True)
class Selection:
    """What a user chose: entities of the list, or tasks of *Mis pendientes*."""

    user: User
    entities: Sequence[Entity] = ()
    #: None: entities were chosen.
    tasks: Sequence[Task] | None = None

    @property
    def distinct(self) -> list[Entity]:
        """The chosen entities, or those of the chosen tasks, each once, in order."""
        entities = self.entities if self.tasks is None else [task.entity for task in self.tasks]
        return list({entity.id: entity for entity in entities}.values())


def one_each(session: Session, selection: Selection) -> list[Row]:
    """Return a row for each entity of a selection."""
    return [(entity, {}) for entity in selection.distinct]


@dataclass(frozen=True)
class Choosing:
    """How a kind begins with a selection, from the bar under a list."""

    #: Its option in the bar, and the title of its page: "Enviar un recordatorio".
    label: str
    #: The paragraphs of its page.
    about: tuple[str, ...] = ()
    #: The fields of its page. Without fields there is no page: the dry run follows at once.
    form: type[Part] = Part
    #: Fills the choices of its form.
    prepare: Callable[[Session, User, Part], None] = lambda session, user, form: None
    #: The values for all rows, from the valid form. Stores files.
    common: Callable[[Session, Part], Data] = lambda session, form: {}
    #: The rows of a selection. An entity may have several.
    rows: Callable[[Session, Selection], list[Row]] = one_each
    #: The lists that offer it: entities, tasks.
    lists: frozenset[str] = frozenset({"entities", "tasks"})


@dataclass(kw_only=True)
class Kind:
    """An act that is done on many entities."""

    #: The value of `Batch.kind`.
    id: str
    #: The name in URLs.
    slug: str
    #: The name on screen.
    name: str
    #: The right to create and confirm a batch: an action of `app.people.access.rules`.
    action: str
    #: Its confirmation asks for a recent code: see `app.people.access.pages`. False: it is plain.
    fresh: bool
    #: The words of a confirmation before the count: "Vas a iniciar".
    verb: str
    #: Its purpose, on the page of batches and on that of a selection.
    summary: str
    #: Plans each row without changing anything. Takes the batch and its rows.
    judge: Callable[[Session, Batch, Sequence[Row]], list[Plan]]
    #: Does a row, in its own transaction, right after it was judged again; returns the message of
    #: what was done. Who acts is `batch.confirmed_by_id`. Raises Refused. None: a page of the kind
    #: does the rows, and neither the confirmation nor the worker.
    do: Callable[[Session, Batch, Entity, Data], str] | None = None
    #: The first day on which the rows of a confirmed batch are done; None: at once.
    begins: Callable[[Batch], date | None] = lambda batch: None
    #: Why these people are not enough to confirm a batch (Spanish); "" if they are. What one person
    #: proposed and another confirmed has the `proposer_id` in its data.
    lacks_people: Callable[[Session, Batch, Collection[User]], str] = lambda *_: ""
    #: Locks what `judge` and `do` rely on, before a row is done, where the act does not lock.
    lock: Callable[[Session, Entity], None] = lambda session, entity: None
    #: The entity that a row without one adds to the catalogue; `do` puts it into the session. None:
    #: a row without an entity is refused.
    absent: Callable[[Data], Entity] | None = None
    #: The lines that a page shows of a row in addition to the entity; no document number.
    details: Callable[[Data], list[str]] = lambda data: []
    #: Keys of a row's data that are removed once it was done, or will not be.
    forgets: frozenset[str] = frozenset()
    #: The most rows of a batch: a dry run is one request.
    most: int = 5000

    #: The link to a new batch, where that is not its name and its upload page.
    entry: Entry | None = None
    #: How it begins with a selection; None: not at all.
    choosing: Choosing | None = None
    #: What is counted, one and many.
    counted: tuple[str, str] = ("entidad", "entidades")

    # Files ----------------------------------------------------------------------------------------

    #: The columns of its file after CODE; empty for a kind that is not read from files.
    columns: tuple[Column, ...] = ()
    #: Finds the entities of the rows of a file that has no CODE. None: by CODE.
    find: Callable[[Session, Sequence[Line]], Sequence[Found]] | None = None
    #: Reads the cells of a row, by column ("" where empty). Raises Refused.
    read: Callable[[Mapping[str, str]], Data] = dict
    #: The other sheets of its file: name → headings in the template.
    sheets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Reads the other sheets: more data of the rows, by code. Raises tables.Unreadable.
    read_sheets: Callable[[bytes], Mapping[str, Data]] = lambda content: {}
    #: The paragraphs of the upload page.
    introduction: tuple[str, ...] = ()
    #: The fields of the upload page in addition to the file.
    form: type[Part] = Part
    #: The values for all rows of a file, from the valid `form`. Stores files.
    common: Callable[[Session, Part], Data] = lambda session, form: {}

    # The page of a batch --------------------------------------------------------------------------

    template: str = "batches/show.html"
    #: What its page shows of the values for all rows: label and text.
    facts: Callable[[Data], list[tuple[str, str]]] = lambda data: []
    #: More values for its template.
    page_values: Callable[[Session, Batch], Mapping[str, Any]] = lambda session, batch: {}

    @property
    def link(self) -> Entry:
        """The link to a new batch."""
        return self.entry or Entry(self.name, "batches.new", {"slug": self.slug})

    @property
    def has_link(self) -> bool:
        """Whether the page of batches leads to it; other kinds begin with a selection only."""
        return self.entry is not None or bool(self.columns)

    @property
    def headings(self) -> tuple[Column, ...]:
        """All columns of its file."""
        return self.columns if self.find is not None else (CODE, *self.columns)

    def waits(self, batch: Batch) -> bool:
        """Return whether the rows of a confirmed batch are done on a later day only."""
        first = self.begins(batch)
        return first is not None and calendar.today() < first

    def question(self, count: int) -> str:
        """Return the sentence to confirm: "Vas a iniciar 312 entidades."."""
        return f"{self.verb} {formatting.plural(count, *self.counted)}."

    def stored(self, data: Data) -> Data:
        """Return the data of a finished row to store, without the names in `forgets`."""
        return {name: value for name, value in data.items() if name not in self.forgets}
