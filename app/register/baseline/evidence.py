"""What the exports show of each entity: evidence that it publishes on the official platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.db.membership import among
from app.base.models import Baseline, BaselineName


@dataclass(frozen=True)
class Evidence:
    """The visits of an entity in the newest export from which its visits were imported."""

    entity_id: int
    visits: int
    first_on: date | None
    last_on: date | None
    cut_off_on: date

    @property
    def sentence(self) -> str:
        """The evidence in words, for the page and for the reason of a validation."""
        visits = formatting.plural(self.visits, "visita", "visitas")
        first, last = formatting.short_day(self.first_on), formatting.short_day(self.last_on)
        cut_off = formatting.short_day(self.cut_off_on)
        return f"Plataforma oficial: {visits}, del {first} al {last}, corte al {cut_off}"


def evidence(session: Session, ids: Sequence[int] | None = None) -> dict[int, Evidence]:
    """Return the evidence about each entity (or about these), by its id."""
    query = (
        select(
            BaselineName.entity_id,
            Baseline.cut_off_on,
            func.sum(BaselineName.visits),
            func.min(BaselineName.first_on),
            func.max(BaselineName.last_on),
        )
        .join(Baseline, Baseline.id == BaselineName.baseline_id)
        .where(BaselineName.entity_id.is_not(None), BaselineName.lines.is_(None))
        .group_by(BaselineName.entity_id, Baseline.id, Baseline.cut_off_on)
        .having(func.sum(BaselineName.visits) > 0)
        .order_by(Baseline.cut_off_on, Baseline.id)
    )
    if ids is not None:
        query = query.where(among(BaselineName.entity_id, ids))
    return {
        entity_id: Evidence(entity_id, int(visits), first_on, last_on, cut_off_on)
        for entity_id, cut_off_on, visits, first_on, last_on in session.execute(query)
        if entity_id is not None
    }
