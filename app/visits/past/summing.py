"""What an export of another source shows of an entity: the evidence of a step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.models import Entity
from app.visits.past.reading import Export


@dataclass(frozen=True)
class Summary:
    """Counts of an export, for one entity. Rows of others count in `of_others` alone."""

    #: Visits of the entity that the import would take.
    visits: int = 0
    #: Those with entry and exit.
    complete: int = 0
    #: Those whose observation says that they were recorded late.
    late_observed: int = 0
    #: Those that were recorded on a later day, whether they say so or not.
    late: int = 0
    #: Rows of the entity that are no visit (without a visitor, a day …).
    refused: int = 0
    #: Rows that say they are of another entity.
    of_others: int = 0
    first_on: date | None = None
    last_on: date | None = None

    @property
    def rows(self) -> int:
        """All rows of the file."""
        return self.visits + self.refused + self.of_others


def summary(export: Export, entity: Entity) -> Summary:
    """Counts what an export shows of an entity; reads the file once, row by row."""
    raise NotImplementedError(export, entity)
