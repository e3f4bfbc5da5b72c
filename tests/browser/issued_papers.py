"""Issued papers for the demo site: a scan that can be divided, an annulled constancia, codes."""

from __future__ import annotations

import io

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.models import Draft, IssuedPaper, ProcessInstance, Task, User
from app.cases.case import Case
from app.cases.papers.issued import annulment
from app.cases.papers.preflight.findings import HANDWRITTEN, Finding
from app.people import access


def add(session: Session, by_id: int) -> None:
    """Add a scan in the draft of who presents papers, and annul one of the constancias."""
    _add_scan(session)
    first = _certificates(session)[0]
    case = Case(session, first.entity, session.get_one(ProcessInstance, first.instance_id), by_id)
    annulment.annul(case, first.code, "", "Se emitió con el nombre anterior de la entidad.")


def _add_scan(session: Session) -> None:
    tasks = select(Task).where(Task.step == "file_designation", Task.state == "open")
    task = session.scalars(tasks.order_by(Task.id.desc()).limit(1)).one()
    content = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page()
        pdf.save(content)
    content.seek(0)
    use = files.keep(
        session,
        content,
        media_type="application/pdf",
        owner=files.Owner(task.entity_id, task.instance_id, task.id),
        paper="sip_rvl_001",
        pages=3,
    )
    use.findings = [Finding("handwritten", HANDWRITTEN).plain()]
    pairs = [["signed_sip_rvl_001", use.id]]
    session.merge(Draft(task_id=task.id, pairs=pairs, saved_at=calendar.now()))


def _certificates(session: Session) -> list[IssuedPaper]:
    """Return the constancias in force of cases that have ended."""
    return list(
        session.scalars(
            select(IssuedPaper)
            .join(ProcessInstance, ProcessInstance.id == IssuedPaper.instance_id)
            .where(
                IssuedPaper.kind == "constancia",
                IssuedPaper.void_at.is_(None),
                IssuedPaper.replaced_by.is_(None),
                ProcessInstance.status == "ended",
            )
            .order_by(IssuedPaper.issued_at.desc())
        )
    )


def places(session: Session, user: User) -> list[str]:
    """Return where constancias are verified and, for who may, annulled and signed again."""
    found = []
    for paper in _certificates(session)[:2]:
        found.append(f"/verificar/{paper.code}")
        case = f"/entidades/{paper.entity.code}/procesos/{paper.instance_id}/constancia"
        if access.may_somewhere(user, "annul_certificate"):
            found.append(f"{case}/anular")
        if access.may_somewhere(user, "sign_certificate_again") and paper.signed_id is None:
            found.append(f"{case}/firmada")
    return found
