"""All that is stuck or not as it should be, in one list, for `zaguan status` and for *Estado*."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app
from sqlalchemy.orm import Session

from app.base import db
from app.base.db import protection
from app.base.files import integrity
from app.cases.papers.preflight.facts import TrustState
from app.ops.health import trust
from app.ops.worker import Finding, Standing, chaining
from app.register.suppression import listed


def everything(
    session: Session,
    standing: Standing,
    writes: Mapping[str, bool],
    signing: TrustState | None,
) -> list[Finding]:
    """Return the findings in the database, and what this machine lacks or cannot do."""
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
    checks = {"no_suppressions": listed.is_missing, "chain_fell": chaining.fell}
    found += [Finding(kind) for kind, is_so in checks.items() if is_so(session)]
    if reason := trust.not_used(signing):
        found.append(Finding("trust_list", reason=reason))
    return found
