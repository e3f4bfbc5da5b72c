"""The paper of a message: a PDF, examined before anything is written."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.base import audit_log, files
from app.base.files import Owner, uploads
from app.base.models import Entity, Task, User
from forms.fields.documents import verdict_of

#: The field of the forms, and which official paper its files are.
FIELD, PAPER = "paper", "question_paper"


def examine() -> None:
    """Examine the upload of this request outside of a transaction; 413 for too many."""
    uploads.examine((), (FIELD,))


def fault(field: Any) -> str:
    """Return the fault of the upload; "" without a fault or without an upload."""
    upload = _upload(field)
    return verdict_of(upload).fault if upload is not None else ""


def keep(session: Session, field: Any, entity: Entity, task: Task | None, user: User) -> str | None:
    """Store the upload of a valid form as a paper of the entity; return None without an upload."""
    upload = _upload(field)
    if upload is None:
        return None
    upload.stream.seek(0)
    use = files.keep(
        session,
        upload.stream,
        paper=PAPER,
        media_type="application/pdf",
        owner=Owner(entity.id, task.instance_id if task else None, None, user.id),
        pages=verdict_of(upload).pages,
    )
    audit_log.write(
        session,
        "file.uploaded",
        actor_id=user.id,
        entity_id=entity.id,
        instance_id=use.instance_id,
        name=files.title_of(use),
        file=use.id,
    )
    return use.id


def _upload(field: Any) -> Any:
    upload = uploads.of_request().get(field.name)
    return upload if upload is not None and upload.filename else None
