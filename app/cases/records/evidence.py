"""Evidence that a step is done, through one interface.

Each register names where its entity records visits (`Register.source`), and that source provides
the evidence: Zaguán its own data, another source its export. A coordinator's statement is the last
resort for another source: it counts only where it exceeds the export, and stays marked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypedDict

from app.base.definitions import definition_of
from app.base.models import Register
from app.cases.case import Case
from app.cases.records import acceptance, documents, roster
from app.register import quality
from app.register.registers import empty_days, environments, sources
from app.register.registers.evidence import (
    FIGURES,
    demo_figures,
    first_public_visits,
    newest_visits,
    personnel_of,
    published,
)
from forms import case_documents, register_documents

STATEMENT = "statement"


class Attendance(TypedDict):
    """The input of `training_acceptance.dmn` for a group."""

    group: str
    expected: int
    attended: int


def reader(environment: str) -> Callable[[Case], case_documents.Register | None]:
    """Return a reader: whether, since when and where an environment records, and its people."""

    def read(case: Case) -> case_documents.Register | None:
        register = environments.find(case.session, case.entity, environment)
        if register is None:
            return None
        people, sites = personnel_of(case.session, register)
        return {
            "opened_at": register.opened_at.isoformat(),
            "source": register.source,
            "address": register.source_address,
            "people": people,
            "sites": sites,
        }

    return read


# The demo test --------------------------------------------------------------------------------


def read_figures(case: Case) -> list[case_documents.Figure]:
    """Return the current figures of the demo test, each with its source and what is missing."""
    found = _figures(case)
    counted = {one["name"]: one["count"] for one in found} | _operators_listed(case)
    definition = definition_of(case.instance.deployment)
    missing = acceptance.missing_of_each(definition, "demo_acceptance", counted, FIGURES)
    return [{**one, "missing": missing[one["name"]]} for one in found]


def _figures(case: Case) -> list[case_documents.Figure]:
    register = environments.find(case.session, case.entity, "demo")
    recorded_in = register.source if register else ""
    held = _held(case, register) if register else {}
    stated = (sources.statement_of(case.session, register) if register else None) or {}
    found = []
    for name in FIGURES:
        count, figure = held.get(name, 0), stated.get("figures", {}).get(name, 0)
        source, by = (STATEMENT, stated["by"]) if figure > count else (recorded_in, "")
        one = case_documents.Figure(
            name=name, count=max(count, figure), source=source, by=by, missing=[]
        )
        found.append(one)
    return found


def _held(case: Case, register: Register) -> Mapping[str, int]:
    """Return the figures of the register's source; exports have no operators or searches."""
    if register.source == "zaguan":
        return demo_figures(case.session, register)
    return sources.export_of(case.session, register) or {}


def _operators_listed(case: Case) -> dict[str, int]:
    return {"roster_operators": len(roster.operators(case))}


def demo_test(case: Case) -> dict[str, int]:
    """Return the input of `demo_acceptance.dmn` for a demo test, as whole numbers."""
    return {one["name"]: one["count"] for one in _figures(case)} | _operators_listed(case)


def read_judged(case: Case) -> case_documents.DemoJudged | None:
    """Return what the table of the case's version says of the submitted test; None before one."""
    evidence = documents.read(case, "demo_evidence")
    if not evidence:
        return None
    operators = _operators_listed(case)
    figures = {name: int(evidence.get(name, 0)) for name in FIGURES} | operators
    definition = definition_of(case.instance.deployment)
    return {
        "sentences": acceptance.judged(definition, "demo_acceptance", figures),
        "missing": acceptance.missing_of_each(definition, "demo_acceptance", figures, FIGURES),
        "operators": operators["roster_operators"],
    }


def write_demo(case: Case, notes: dict[str, Any]) -> None:
    """Store the figures of the source at submission, with the notes of the user."""
    register = environments.find(case.session, case.entity, "demo")
    found = _figures(case)
    stated = {one["name"]: one["by"] for one in found if one["source"] == STATEMENT}
    facts = {
        "source": register.source if register else "",
        "since_at": register.opened_at.isoformat() if register else "",
        "counted_at": case.at.isoformat(),
        "stated": stated,
    }
    counted = {one["name"]: one["count"] for one in found}
    documents.write(case, "demo_evidence", facts | counted | notes)


# Going live -----------------------------------------------------------------------------------


def read_published(case: Case) -> list[dict[str, Any]]:
    """Return the evidence that the entity publishes since it went live, the best first."""
    register = environments.find(case.session, case.entity, "production")
    production = documents.read(case, "production")
    if register is None or not production:
        return []
    since = date.fromisoformat(production["go_live_on"])
    shown = _shown(case, register, since)
    stated = sources.statement_of(case.session, register)
    if stated and stated["published_on"] >= since.isoformat():
        shown.append(stated | {"id": STATEMENT, "source": STATEMENT, "address": ""})
    return shown


def _shown(case: Case, register: Register, since: date) -> list[dict[str, Any]]:
    source = {"source": register.source, "address": register.source_address}
    if register.source == "zaguan":
        return [
            source | {"id": one.kind, "published": one.kind, "published_on": one.on.isoformat()}
            for one in published(case.session, register, since)
        ]
    export = sources.export_of(case.session, register) or {}
    days = [export[name] for name in ("first_on", "last_on") if export.get(name)]
    live = [day for day in days if day >= since.isoformat()]
    return [
        source | {"id": "export", "published": "first_visit", "published_on": day}
        for day in live[:1]
    ]


# A register that falls silent ------------------------------------------------------------------


def read_month(case: Case) -> register_documents.RegisterFigures | None:
    """Return the figures of the last month of the entity's register that was judged."""
    month = quality.last_judged(case.session, case.entity.id)
    if month is None:
        return None
    return {
        "month": month.month.isoformat(),
        "working_days": month.working_days,
        "silent_days": month.silent_days,
        "visits": month.visits,
        "late": month.late,
        "without_exit": month.without_exit,
        "other_motive": month.other_motive,
        "findings": month.findings,
    }


# Training -------------------------------------------------------------------------------------

#: The groups of `training_acceptance.dmn` by their key in the report.
GROUPS = {"technical": "técnico", "administrative": "administrativo"}


def training_groups(case: Case) -> list[Attendance]:
    """Return the input of `training_acceptance.dmn` per group, without people on leave."""
    report = documents.read(case, "training_report") or {}
    people = report.get("people", [])
    groups: list[Attendance] = []
    for key, name in GROUPS.items():
        there = [one for one in people if one["group"] == key and one["status"] != "leave"]
        attended = sum(1 for one in there if one["status"] == "present")
        groups.append({"group": name, "expected": len(there), "attended": attended})
    return groups


# Visits that a reviewer sees ----------------------------------------------------------------

#: Visits and days that a page of a review shows; all others are on the register's own pages.
SHOWN = 15


def read_demo_visits(case: Case) -> register_documents.SeenVisits | None:
    """Return the newest visits of the entity's demo in Zaguán; None if it records elsewhere."""
    register = _own_register(case, "demo")
    if register is None:
        return None
    return newest_visits(case.session, register, SHOWN)


def read_first_visits(case: Case) -> register_documents.SeenVisits | None:
    """Return the first public visits since the entity went live; None if it records elsewhere."""
    register, since = _own_register(case, "production"), _live_since(case)
    if register is None or since is None:
        return None
    return first_public_visits(case.session, register, since, SHOWN)


def read_declared(case: Case) -> list[str]:
    """Return the last days that the entity declared without visits since it went live."""
    register, since = _own_register(case, "production"), _live_since(case)
    if register is None or since is None:
        return []
    days = empty_days.latest(case.session, register, SHOWN)
    return [day.isoformat() for day in days if day >= since]


def _own_register(case: Case, environment: str) -> Register | None:
    found = environments.find(case.session, case.entity, environment)
    return found if found and found.source == "zaguan" else None


def _live_since(case: Case) -> date | None:
    production = documents.read(case, "production")
    return date.fromisoformat(production["go_live_on"]) if production else None
