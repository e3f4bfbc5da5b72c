"""`demo_visits`, `first_visits`, `days_declared`: what a reviewer sees of a register's visits."""

from __future__ import annotations

from datetime import date

from app.base.models import Register
from app.cases.case import Case
from app.cases.records import documents
from app.register.registers import empty_days, environments, evidence
from forms.register_documents import SeenVisits

#: Visits and days that a page of a review shows; all others are on the register's own pages.
SHOWN = 25


def read_demo(case: Case) -> SeenVisits | None:
    """Return the newest visits of the entity's demo in Zaguán; None if it records elsewhere."""
    register = _register(case, "demo")
    if register is None:
        return None
    return evidence.newest_visits(case.session, register, SHOWN)


def read_first(case: Case) -> SeenVisits | None:
    """Return the first public visits since the entity went live; None if it records elsewhere."""
    register, since = _register(case, "production"), _live_since(case)
    if register is None or since is None:
        return None
    return evidence.first_public_visits(case.session, register, since, SHOWN)


def read_declared(case: Case) -> list[str]:
    """Return the last days that the entity declared without visits since it went live."""
    register, since = _register(case, "production"), _live_since(case)
    if register is None or since is None:
        return []
    days = empty_days.latest(case.session, register, SHOWN)
    return [day.isoformat() for day in days if day >= since]


def _register(case: Case, environment: str) -> Register | None:
    found = environments.find(case.session, case.entity, environment)
    return found if found and found.source == "zaguan" else None


def _live_since(case: Case) -> date | None:
    production = documents.read(case, "production")
    return date.fromisoformat(production["go_live_on"]) if production else None
