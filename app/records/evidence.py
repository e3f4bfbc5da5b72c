"""Evidence that a step is done, behind one door.

Until the register answers, the figures are those that the people of the process typed; the
register will answer the same questions here, and no step will notice.
"""

from __future__ import annotations

from typing import Any

from app.case import Case
from app.records import documents, roster
from app.visits import environments


def read_demo_register(case: Case) -> dict[str, Any] | None:
    """Whether and since when the entity's demo environment is open, and for how many people."""
    register = environments.find(case.session, case.entity, "demo")
    return {"opened_at": register.opened_at.isoformat()} if register else None


def read_demo(case: Case) -> dict[str, Any] | None:
    """The figures of the demo test."""
    figures: dict[str, Any] | None = documents.read(case, "demo_evidence")
    return figures


def write_demo(case: Case, figures: dict[str, Any]) -> None:
    """Keeps the figures of a demo test, marked with their source."""
    documents.write(case, "demo_evidence", {"source": "typed", **figures})


def read_production(case: Case) -> dict[str, Any] | None:
    """The evidence that the entity publishes."""
    found: dict[str, Any] | None = documents.read(case, "production_evidence")
    return found


def write_production(case: Case, found: dict[str, Any]) -> None:
    """Keeps the evidence that a coordinator saw."""
    documents.write(case, "production_evidence", found)


def demo_test(case: Case) -> dict[str, int]:
    """What `demo_acceptance.dmn` asks of a demo test, as whole numbers."""
    figures = read_demo(case) or {}
    names = ("visits", "operators", "corrections", "late_entries", "searches", "downloads")
    counted = {name: int(figures.get(name, 0)) for name in names}
    return counted | {"roster_operators": len(roster.operators(case))}


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
