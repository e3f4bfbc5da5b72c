"""What the code offers to the diagrams, and the check of versions against it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.definitions import NothingDeployed, in_force
from app.base.models import Deployment, ProcessInstance
from app.cases import records, service_tasks
from app.cases.processes.versions import named
from app.people import access
from app.register.suppression import terms
from forms import steps
from workflows.contract import Contract, Fault, Findings, InvalidDiagram
from workflows.definition import findings_of

PURPOSES = frozenset(
    {
        "onboarding",
        "redesignation",
        "change_authority",
        "change_personnel",
        "upkeep",
        "register_follow_up",
    }
)
HOLDERS = frozenset(
    {"entity", "sip", "sgtd", "both", "secretary", "date", "mesa_de_partes", "suspended"}
)
#: What has a row of days in `deadlines.dmn` without being a step.
TERMS = frozenset({"answer_question", *terms.ROWS.values()})


def contract() -> Contract:
    """Return what this code offers to the diagrams."""
    known = steps().values()
    gives = {step.id: frozenset(step.gives) for step in known}
    by_steps = frozenset().union(*gives.values()) - records.CATALOGUED
    return Contract(
        steps={step.id: step.outcomes for step in known},
        service_tasks=service_tasks.outcomes(),
        lanes=frozenset(access.LANES),
        days=frozenset(records.DAYS),
        purposes=PURPOSES,
        holders=HOLDERS,
        terms=TERMS,
        elements=named.NAMED,
        needs={step.id: by_steps.intersection(step.needs) for step in known},
        gives=gives,
    )


def record_faults() -> list[Fault]:
    """Return the names in NEEDS and GIVES that no record module answers, or that no step needs."""
    faults = []
    needed = {name for step in steps().values() for name in (*step.needs, *step.shows)}
    for step in steps().values():
        for name in (*step.needs, *step.shows):
            if name not in records.READABLE:
                faults.append(Fault("", step.id, f"needs {name}, which is no record"))
        for name in step.gives:
            if name not in records.WRITABLE:
                faults.append(Fault("", step.id, f"gives {name}, which no record takes"))
            elif (name in needed) == (name in records.ARCHIVED):
                sentence = "some step needs" if name in needed else "no step needs"
                faults.append(Fault("", step.id, f"gives {name}, which {sentence}; see ARCHIVED"))
    return faults


def check(texts: Mapping[str, str], *, live: bool = False) -> Findings:
    """Return the reasons to refuse a version, and remarks on what it does not use or lacks.

    `live`: a deployment with cases, possibly older than this code.
    """
    found = findings_of(texts, contract(), live=live)
    return Findings((*found.faults, *record_faults()), found.remarks)


def check_live(session: Session) -> None:
    """Check every version that has live instances, and the one in force, against this code.

    Raise InvalidDiagram if one needs something that the code no longer has, or lacks an element
    that the code names. Each fault says how many cases it concerns.
    """
    count = func.count(ProcessInstance.id)
    live = session.execute(
        select(ProcessInstance.deployment_id, count)
        .where(ProcessInstance.ended_at.is_(None))
        .group_by(ProcessInstance.deployment_id)
        .order_by(ProcessInstance.deployment_id)
    )
    cases: dict[int, int] = {row[0]: row[1] for row in live}
    with suppress(NothingDeployed):
        cases.setdefault(in_force(session).id, 0)
    for deployment_id, number in cases.items():
        deployment = session.get_one(Deployment, deployment_id)
        faults = check(deployment.texts, live=True).faults
        if faults:
            bound = "no live case, and is in force"
            if number:
                bound = "1 live case" if number == 1 else f"{number} live cases"
            why = f"Version {deployment.hash[:12]} has {bound}."
            raise InvalidDiagram(replace(one, sentence=f"{one.sentence} {why}") for one in faults)
