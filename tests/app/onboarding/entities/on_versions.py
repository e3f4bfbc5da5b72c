"""The plain rule of the filter of versions."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import object_session

from app.base.definitions import in_force
from app.base.models import ProcessInstance
from app.onboarding.entity_list.standing import Standing
from tests.app.walk import Walk


def is_on_version(here: Standing, value: str) -> bool:
    """Return whether a live case of the entity runs on a version, possibly of one process."""
    begun, _, process = value.partition(".")
    session = object_session(here.entity)
    assert session is not None
    rows = session.scalars(
        select(ProcessInstance).where(ProcessInstance.entity_id == here.entity.id)
    )
    return any(
        row.ended_at is None
        and row.deployment.hash.startswith(begun)
        and process in ("", row.process)
        for row in rows
    )


def values_of_versions(walk: Walk) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """Return values that match, values that a URL cannot have, and the words of the first one."""
    with walk.reading() as session:
        version = in_force(session).hash[:12]
    return (
        (f"{version}.onboarding", version),
        ("en-vigor", version[:11], f"{version}.Onboarding"),
        f"Versión del proceso: {version} (Implementación)",
    )
