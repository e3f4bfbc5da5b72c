"""Evidence that a step is done, behind one door.

Each register says where its entity records visits (`Register.source`), and that source answers:
Zaguán's own by what it holds, another by its export. A coordinator's statement is the last resort
for another source: it counts only where it says more than the export, and stays marked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from app.base.definitions import definition_of
from app.base.models import LinkCheck, Register
from app.cases.case import Case
from app.cases.records import acceptance, documents, roster
from app.register.registers import environments, links, sources
from app.register.registers.evidence import FIGURES, demo_figures, personnel_of, published

STATEMENT = "statement"


def reader(environment: str) -> Callable[[Case], dict[str, Any] | None]:
    """Reads whether, since when and where an environment records, and whom it holds."""

    def read(case: Case) -> dict[str, Any] | None:
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


def read_figures(case: Case) -> list[dict[str, Any]]:
    """The figures of the demo test as they are now: who says each, and what is missing of it."""
    found = _figures(case)
    counted = {one["name"]: one["count"] for one in found} | _operators_listed(case)
    definition = definition_of(case.instance.deployment)
    missing = acceptance.missing_of_each(definition, "demo_acceptance", counted, FIGURES)
    return [one | {"missing": missing[one["name"]]} for one in found]


def _figures(case: Case) -> list[dict[str, Any]]:
    register = environments.find(case.session, case.entity, "demo")
    if register is None:
        return [{"name": name, "count": 0, "source": "", "by": ""} for name in FIGURES]
    held = _held(case, register)
    stated = sources.statement_of(case.session, register) or {}
    found = []
    for name in FIGURES:
        count, said = held.get(name, 0), stated.get("figures", {}).get(name, 0)
        one = {"name": name, "count": count, "source": register.source, "by": ""}
        if said > count:
            one |= {"count": said, "source": STATEMENT, "by": stated["by"]}
        found.append(one)
    return found


def _held(case: Case, register: Register) -> Mapping[str, int]:
    """What the register's source shows; an export tells nothing of operators or searches."""
    if register.source == "zaguan":
        return demo_figures(case.session, register)
    return sources.export_of(case.session, register) or {}


def _operators_listed(case: Case) -> dict[str, int]:
    return {"roster_operators": len(roster.operators(case))}


def demo_test(case: Case) -> dict[str, int]:
    """What `demo_acceptance.dmn` asks of a demo test, as whole numbers."""
    return {one["name"]: one["count"] for one in _figures(case)} | _operators_listed(case)


def read_demo(case: Case) -> dict[str, Any] | None:
    """The figures of the demo test as it was handed in (before 0.3, as people typed them)."""
    figures: dict[str, Any] | None = documents.read(case, "demo_evidence")
    return figures


def write_demo(case: Case, said: dict[str, Any]) -> None:
    """Keeps what the source held when the test was handed in, with what people note on it."""
    register = environments.find(case.session, case.entity, "demo")
    found = _figures(case)
    stated = {one["name"]: one["by"] for one in found if one["source"] == STATEMENT}
    kept = {
        "source": register.source if register else "",
        "since_at": register.opened_at.isoformat() if register else "",
        "counted_at": case.at.isoformat(),
        "stated": stated,
    }
    counted = {one["name"]: one["count"] for one in found}
    documents.write(case, "demo_evidence", kept | counted | said)


# Going live -----------------------------------------------------------------------------------


def read_published(case: Case) -> list[dict[str, Any]]:
    """What shows that the entity publishes since it went live, the best first."""
    register = environments.find(case.session, case.entity, "production")
    said = documents.read(case, "production")
    if register is None or not said:
        return []
    since = date.fromisoformat(said["go_live_on"])
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


def read_production(case: Case) -> dict[str, Any] | None:
    """The evidence that the entity publishes."""
    found: dict[str, Any] | None = documents.read(case, "production_evidence")
    return found


def write_production(case: Case, found: dict[str, Any]) -> None:
    """Keeps the evidence that a coordinator confirmed."""
    documents.write(case, "production_evidence", found)


def read_link(case: Case) -> dict[str, Any] | None:
    """What the worker found last where the link is said to stand."""
    found: LinkCheck | None = links.newest(case.session, case.entity)
    said = documents.read(case, "production") or {}
    if found is None or found.address != said.get("link"):
        return None
    return {
        "address": found.address,
        "asked_at": found.asked_at.isoformat(),
        "result": found.result,
        "sentence": links.told(found),
    }


# Training -------------------------------------------------------------------------------------

#: The groups of `training_acceptance.dmn` by their key in the report.
GROUPS = {"technical": "técnico", "administrative": "administrativo"}


def training_groups(case: Case) -> list[dict[str, Any]]:
    """What `training_acceptance.dmn` asks of each group; people on leave are not expected."""
    report = documents.read(case, "training_report") or {}
    people = report.get("people", [])
    groups = []
    for key, name in GROUPS.items():
        there = [one for one in people if one["group"] == key and one["status"] != "leave"]
        attended = sum(1 for one in there if one["status"] == "present")
        groups.append({"group": name, "expected": len(there), "attended": attended})
    return groups
