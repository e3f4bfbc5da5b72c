"""Settings of an entity's registers: where it records, and real documents in its demo."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.base import audit_log
from app.base.models import Register


def change_source(
    session: Session, register: Register, source: str, address: str, actor_id: int
) -> bool:
    """Set where the entity records from now on. Return whether that changed."""
    address = "" if source == "zaguan" else address
    before = (register.source, register.source_address)
    if before == (source, address):
        return False
    register.source, register.source_address = source, address
    audit_log.of_register(
        session,
        "register.source_changed",
        register,
        actor_id,
        before=before[0],
        source=source,
        address=address,
        changed={"source_address": [before[1], address]} if before[1] != address else {},
    )
    session.flush()
    return True


def admit_real_documents(
    session: Session, register: Register, admitted: bool, actor_id: int
) -> bool:
    """Allow or forbid documents of real people in a demo. Return whether that changed."""
    if register.environment != "demo" or register.real_documents == admitted:
        return False
    register.real_documents = admitted
    audit_log.of_register(session, "register.real_documents", register, actor_id, admitted=admitted)
    session.flush()
    return True
