"""The versions of the process that a case was on: what an earlier one drew keeps its name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db.membership import among
from app.base.definitions import definition_of
from app.base.models import Deployment, LogEntry, ProcessInstance
from app.cases.custody.replay import MOVES
from workflows.definition import Definition


@dataclass(frozen=True)
class Versions:
    """The versions that a case was on, the newest first; never empty."""

    definitions: Sequence[Definition]

    def name(self, element: str) -> str:
        """Return the name of a stage, step, event or process in the newest version that draws it.

        The id itself if none does.
        """
        names = (one.element_name(element) for one in self.definitions)
        return next((name for name in names if name != element), element)

    @property
    def stages(self) -> Sequence[str]:
        """The stages of today's version in their order, then those of earlier ones."""
        return list(dict.fromkeys(stage for one in self.definitions for stage in one.stages))

    def elements_of(self, process: str) -> Collection[str]:
        """Return what any version draws in a process."""
        return {
            element
            for one in self.definitions
            for element in one.elements
            if one.process_of(element) == process
        }


def of_cases(session: Session, rows: Iterable[ProcessInstance]) -> Mapping[int, Versions]:
    """Return the versions of cases, by the case's id: one statement, and one for earlier versions.

    The rows' deployments are loaded. A version whose row is gone is left out.
    """
    known = {row.id: row for row in rows}
    moves = session.execute(
        select(LogEntry.instance_id, LogEntry.data)
        .where(among(LogEntry.instance_id, known), LogEntry.kind.in_(MOVES))
        .order_by(LogEntry.id.desc())
    )
    passed: dict[int, list[int]] = {key: [row.deployment_id] for key, row in known.items()}
    for instance_id, data in moves:
        passed[instance_id or 0] += [data["to"], data["from"]]
    deployments = {row.deployment_id: row.deployment for row in known.values()}
    missing = {one for several in passed.values() for one in several} - set(deployments)
    if missing:
        found = session.scalars(select(Deployment).where(among(Deployment.id, missing)))
        deployments |= {one.id: one for one in found}
    return {
        key: Versions(
            [definition_of(deployments[one]) for one in dict.fromkeys(ids) if one in deployments]
        )
        for key, ids in passed.items()
    }


def of_case(session: Session, row: ProcessInstance) -> Versions:
    """Return the versions that a case was on."""
    return of_cases(session, [row])[row.id]
