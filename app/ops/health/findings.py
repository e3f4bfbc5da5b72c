"""All that is stuck or not as it should be, in one list, for `zaguan status` and for *Estado*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import current_app
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import protection
from app.base.files import integrity
from app.cases.papers.preflight.facts import TrustState
from app.ops import worker
from app.ops.health import trust
from app.ops.worker import Finding, chaining
from app.register.suppression import listed


def read(session: Session) -> worker.Standing:
    """Return the state of the database, with what the data folder of this machine lacks."""
    standing = worker.read(session)
    checks = {"no_suppressions": listed.is_missing, "chain_fell": chaining.fell}
    here = (Finding(kind) for kind, is_so in checks.items() if is_so(session))
    return replace(standing, stuck=(*standing.stuck, *here))


def everything(
    session: Session,
    standing: worker.Standing,
    writes: Mapping[str, bool],
    signing: TrustState | None,
) -> list[Finding]:
    """Return all findings: those of `read`, and what takes longer to find out."""
    found = [one for one in standing.stuck if one.kind != "files_damaged"]
    found += [Finding(what) for what, can in writes.items() if not can]
    for kind, lines in {
        "files_damaged": integrity.damaged(session),
        "unprotected": protection.standing(session.connection()).faults,
        "deleted_files": [
            f"process {process}: {name}"
            for process, name in db.deleted_files(current_app.config["DATABASE_URL"])
        ],
    }.items():
        found += [Finding(kind, count=len(lines), lines=lines)] if lines else []
    if reason := trust.not_used(signing):
        found.append(Finding("trust_list", reason=reason))
    return found
