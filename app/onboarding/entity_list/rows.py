"""The rows of the list of entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.base import calendar
from app.cases import custody
from app.cases.entities import LEVELS, sector_name
from app.onboarding.entity_list import standing
from app.onboarding.entity_list.standing import Standing, Window


@dataclass(frozen=True)
class EntityRow:
    """An entity in the list; `state` is an id of `app.base.formatting.STATES`."""

    code: str
    name: str
    url: str
    place: str
    #: The former name that matches the typed words; "" if the present one does.
    former: str
    #: The stage, or the end that was reached; "" before the start.
    stage_name: str
    state: str
    #: The holder of the case, in words.
    holder: str
    #: Working days in those hands, and in all; None where there are none.
    held: int | None
    total_days: int | None
    #: The next task on the path; "" if there is none.
    task_name: str
    level: str
    region: str
    sector: str
    #: The names of the coordinators in charge; "" without one.
    sip: str
    sgtd: str
    due_in: int | None
    due_on: date | None
    due_kind: str = ""


LEVEL_NAMES: Mapping[str, str] = dict(LEVELS)


def row(
    session: Session, here: Standing, window: Window, names: Mapping[str, str], typed: str = ""
) -> EntityRow:
    """Return the row of an entity, with what is due first within a window.

    `names`: those of coordinators, by id as text. `typed`: the words of the filter.
    """
    entity, due = here.entity, here.first_due(window)
    first = due or here.next_task
    due_in, due_on = standing.due(session, due, calendar.now()) if due else (None, None)
    return EntityRow(
        code=entity.code,
        name=entity.name,
        url=entity.url,
        place=entity.place or sector_name(entity.sector),
        former=entity.former_name(typed),
        stage_name=here.stage_name or here.end_name,
        state=here.state,
        holder=custody.label_of(here.holder),
        held=here.days_held,
        total_days=here.days_in_all,
        task_name=standing.name_of(first) if first else "",
        level=LEVEL_NAMES.get(entity.level, entity.level),
        region=entity.department,
        sector=sector_name(entity.sector),
        sip=names.get(str(entity.sip_coordinator_id), ""),
        sgtd=names.get(str(entity.sgtd_coordinator_id), ""),
        due_in=due_in,
        due_on=due_on,
    )
