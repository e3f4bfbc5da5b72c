"""The materials of a stage: slides and links, in versions, each under a norm and since a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, files
from app.base.models import Material
from app.base.urls import external_url

#: The media type of a file: slides are published as PDF.
PDF = "application/pdf"


def publish(
    session: Session,
    *,
    stage: str,
    title: str,
    norm: str,
    since_on: date,
    link: str,
    content: bytes,
    by_id: int,
) -> Material:
    """Store a version of a material: a file, or a link where `content` is empty. Flush.

    A material with the same stage and title gets its next version; the earlier ones stay. The same
    version, sent again, is the newest one.
    """
    db.in_turn(session, f"material {stage}")
    newest = session.scalars(
        select(Material).filter_by(stage=stage, title=title).order_by(Material.id.desc()).limit(1)
    ).first()
    row = Material(
        stage=stage,
        title=title,
        version=newest.version + 1 if newest else 1,
        norm=norm,
        since_on=since_on,
        link="" if content else link,
        sha256=files.store(session, BytesIO(content), PDF) if content else None,
        created_at=calendar.now(),
        by_id=by_id,
    )
    facts = ("norm", "since_on", "link", "sha256", "withdrawn_at")
    if newest and all(getattr(newest, fact) == getattr(row, fact) for fact in facts):
        return newest
    session.add(row)
    session.flush()
    audit_log.write(
        session, "material.published", actor_id=by_id, name=title, stage=stage, version=row.version
    )
    return row


def current(session: Session, stage: str) -> Sequence[Material]:
    """Return the materials of a stage that hold today: of each, the newest version that began.

    If that was withdrawn, the material is not shown; an earlier version does not come back.
    """
    newest = (
        select(func.max(Material.id))
        .where(
            Material.stage == stage,
            Material.since_on <= calendar.today(),
        )
        .group_by(Material.title)
    )
    return session.scalars(
        select(Material)
        .where(Material.id.in_(newest), Material.withdrawn_at.is_(None))
        .order_by(Material.title)
    ).all()


def links(session: Session, stage: str) -> list[tuple[str, str]]:
    """Return the title and full address of the materials of a stage that hold today, for mails."""
    return [
        (one.title, one.link or external_url("materials.file", material_id=one.id))
        for one in current(session, stage)
    ]


def every(session: Session) -> Sequence[Material]:
    """Return all versions of all materials, by stage and title, the newest version first."""
    return session.scalars(
        select(Material).order_by(Material.stage, Material.title, Material.version.desc())
    ).all()


def withdraw(session: Session, row: Material, by_id: int) -> bool:
    """Show a version no longer on steps; it stays readable. False if it was withdrawn before."""
    session.refresh(row, with_for_update={"of": Material})
    if row.withdrawn_at is not None:
        return False
    row.withdrawn_at = calendar.now()
    audit_log.write(
        session,
        "material.withdrawn",
        actor_id=by_id,
        name=row.title,
        stage=row.stage,
        version=row.version,
    )
    session.flush()
    return True
