"""Masked document numbers: `DNI *****678`.

An entity's own people see the numbers of their entity; coordinators and auditors unmask with a
purpose, which is logged. A RUC that begins with 10 holds a DNI, and is masked like one.
"""

from __future__ import annotations

from app.base.formatting import masked
from app.base.models import Entity, User
from app.people.access.rules import may


def masked_ruc(ruc: str) -> str:
    """Return the RUC; masked where it is a person's (prefix 10)."""
    return masked("", ruc).strip() if ruc.startswith("10") else ruc


def document_for(
    viewer: User | None, document_type: str, number: str, entity: Entity | int | None = None
) -> str:
    """Return a document as this person may see it, on a page about this entity."""
    own = viewer is not None and (viewer.document_type, viewer.document_number) == (
        document_type,
        number,
    )
    if own or (entity is not None and may(viewer, "see_documents", entity)):
        return f"{document_type} {number}"
    return masked(document_type, number)
