"""What a kind of batch is: how a row is read, looked at, done and told.

A kind is one object, made known with `known`. Everything else (files, the dry run, the
confirmation, a transaction per row, the pages) is the same for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Batch, Entity
from forms.fields import Part

#: What a row holds, as JSON: no more of a person than the act needs.
Data = dict[str, Any]


#: Where a row that is refused holds all of what is told of it, if `told` is cut short.
IN_FULL = "in_full"


class Refused(Exception):
    """A row that cannot be read or done; its text says why (Spanish, no document number)."""


@dataclass(frozen=True)
class Plan:
    """What a look at a row comes to, and the sentence for it (Spanish, no document number)."""

    #: do, same (it is so already) or refused.
    plan: str
    told: str
    #: All of what is told, for the report, where `told` had to be cut short.
    in_full: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a file: its name in `Kind.read`, its heading, and others that are understood."""

    key: str
    label: str
    also: tuple[str, ...] = ()
    needed: bool = False
    #: What an empty template shows under the heading: an invented example, and what to write.
    example: str = ""
    hint: str = ""


#: The column that names the entity of a row; every file has it.
CODE = Column(
    "code",
    "Código",
    ("codigo de la entidad", "codigo de entidad", "codigo entidad", "entidad codigo"),
    needed=True,
    example="E00275",
    hint="El código de la entidad en Zaguán, por ejemplo E00275.",
)


class Kind(ABC):
    """One act that is done on many entities."""

    #: As `Batch.kind` keeps it, and as its address says it.
    id: ClassVar[str]
    slug: ClassVar[str]
    #: What it is called on screen.
    name: ClassVar[str]
    #: The action of `app.people.access.rules` of whoever makes and confirms one.
    action: ClassVar[str]
    #: What is asked before: "Vas a iniciar"; and of how many: "entidad", "entidades".
    verb: ClassVar[str]
    nouns: ClassVar[tuple[str, str]] = ("entidad", "entidades")
    #: The columns of its file, after the code; empty where it is not read from files.
    columns: ClassVar[tuple[Column, ...]] = ()
    #: Rows that one file of it may have: a dry run is one request.
    most: ClassVar[int] = 5000
    #: The other sheets of its file: their names, and the headings that an empty template has.
    sheets: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: What it is for, in a line of the list of batches.
    summary: ClassVar[str] = ""
    #: What the page of its file says before the form, paragraph by paragraph.
    introduction: ClassVar[tuple[str, ...]] = ()
    #: What the page of its file asks beside the file: for `common`.
    form: ClassVar[type[Part]] = Part
    #: Whether its rows are done by a page of its own, and neither by the confirmation nor by the
    #: worker.
    by_hand: ClassVar[bool] = False
    #: The page of a batch.
    template: ClassVar[str] = "batches/show.html"
    #: What of a row is forgotten as soon as it was done, or will not be.
    forgets: ClassVar[frozenset[str]] = frozenset()

    def read(self, cells: Mapping[str, str]) -> Data:
        """What a row of a file says, from its cells by column ("" where empty). Raises Refused."""
        raise NotImplementedError

    def beside(self, content: bytes) -> Mapping[str, Data]:
        """What else a file says of entities, by code: more of their rows' data.

        Raises forms.fields.tables.Unreadable.
        """
        return {}

    def hold(self, session: Session, entity: Entity) -> None:  # noqa: B027 - most need none
        """Locks what `look` and `do` go by, before a row is done, where the act does not itself."""

    @abstractmethod
    def look(
        self, session: Session, batch: Batch, rows: Sequence[tuple[Entity, Data]]
    ) -> list[Plan]:
        """What will be done with each of these rows, without doing it."""

    def do(self, session: Session, batch: Batch, entity: Entity, data: Data) -> str:
        """Does it, in the transaction of its row; the sentence of what was done.

        It was looked at a moment ago; who acts is `batch.confirmed_by_id`. Raises Refused.
        """
        raise NotImplementedError

    def common(self, session: Session, form: Part) -> Data:
        """What holds for all rows of a file, from the good answers of `form`; files are stored."""
        return {}

    def told(self, data: Data) -> list[str]:
        """What a row says beside the entity, in lines for a page; no document number."""
        return []

    def asks(self, count: int) -> str:
        """What is about to be confirmed: "Vas a iniciar 312 entidades."."""
        return f"{self.verb} {formatting.plural(count, *self.nouns)}."

    def kept(self, data: Data) -> Data:
        """What stays of a row once nothing more is done with it."""
        return {name: value for name, value in data.items() if name not in self.forgets}


_KINDS: dict[str, Kind] = {}


def known(kind: Kind) -> Kind:
    """Makes a kind known, which is returned."""
    _KINDS[kind.id] = kind
    return kind


def kind_of(batch: Batch) -> Kind:
    """The kind of a batch."""
    return _KINDS[batch.kind]


def kinds() -> Sequence[Kind]:
    """All kinds, in the order in which they were made known."""
    return list(_KINDS.values())


def from_files() -> Sequence[Kind]:
    """The kinds that are read from files."""
    return [kind for kind in kinds() if kind.columns]
