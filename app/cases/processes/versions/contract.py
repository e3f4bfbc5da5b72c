"""What the code offers to the diagrams, and the check of versions against it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

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
TERMS = frozenset({"answer_question", *(name for name, _ in terms.ROWS.values())})


def contract() -> Contract:
    """Return what this code offers to the diagrams."""
    return Contract(
        steps={step.id: step.outcomes for step in steps().values()},
        service_tasks=service_tasks.outcomes(),
        lanes=frozenset(access.LANES),
        days=frozenset(records.DAYS),
        purposes=PURPOSES,
        holders=HOLDERS,
        terms=TERMS,
        retired=frozenset(step.id for step in steps().values() if step.form.retired),
        elements=named.NAMED,
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
    """Return the reasons to refuse a version, and what the code offers and it does not use.

    `live`: a deployment with cases, possibly of an older release.
    """
    found = findings_of(texts, contract(), live=live)
    return Findings((*found.faults, *record_faults()), found.remarks)


def check_live(session: Session) -> None:
    """Check every version that has live instances against this code.

    Raise InvalidDiagram if one needs something that the code no longer has.
    """
    live = session.scalars(
        select(Deployment)
        .join(ProcessInstance)
        .where(ProcessInstance.ended_at.is_(None))
        .distinct()
        .with_only_columns(Deployment.id)
    ).all()
    for deployment_id in live:
        deployment = session.get_one(Deployment, deployment_id)
        faults = check(deployment.texts, live=True).faults
        if faults:
            raise InvalidDiagram(faults)
