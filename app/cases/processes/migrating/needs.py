"""What a step or a wait needs that lies behind it, if a case continues there by decision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy.orm import Session

from app.base.models import ProcessInstance
from app.cases import records
from app.cases.case import Case
from app.cases.processes.migrating.terms import timer_texts
from app.cases.records import set_days
from forms import steps
from workflows.definition import Definition
from workflows.paths import later_stops

DAY = re.compile(r'day_of\(\s*"([a-z_]+)"\s*\)')
NO_DAY = "Falta el día que se espera en: {name}"
NO_RECORD = "Falta lo que necesita el paso: {name}"


def lacking(session: Session, row: ProcessInstance, element: str, new: Definition) -> str:
    """Return why a case cannot continue at an element of a version (Spanish); "" if it can."""
    name = new.element_name(element)
    day = DAY.search(timer_texts(new).get(element, ""))
    if day is not None:
        known = set_days.read(session, [(row.id, day[1])])
        return "" if known else NO_DAY.format(name=name)
    case = Case(session, row.entity, row)
    found = (records.read(case, one) for one in sorted(_given_before(new).get(element, ())))
    return NO_RECORD.format(name=name) if any(value is None for value in found) else ""


@lru_cache(maxsize=64)
def _given_before(new: Definition) -> Mapping[str, frozenset[str]]:
    """Return step → the records that it needs and that a step before it in its process gives.

    A record that only later steps give, or the step itself, need not exist: it is read after a
    return.
    """
    known = steps()
    given: dict[str, frozenset[str]] = {}
    for process in new.processes:
        later = later_stops(new, process)
        for step in later.keys() & known.keys():
            before = (one for one, after in later.items() if step in after and one in known)
            names = frozenset().union(*(frozenset(known[one].gives) for one in before))
            given[step] = names & frozenset(known[step].needs) - frozenset(known[step].gives)
    return given
