"""Tasks and their files, for the table of who may open which address."""

from __future__ import annotations

import io

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.models import (
    Draft,
    FileUse,
    Filing,
    InductionSession,
    IssuedPaper,
    Material,
    Meeting,
    Notice,
    Seat,
    Task,
    WaitingSeat,
)
from app.people import notices


def a_task(session: Session, like: Task, role: str, step: str, stage: str = "") -> Task:
    """Return an open task of another lane in the same case."""
    task = Task(
        instance_id=like.instance_id,
        entity_id=like.entity_id,
        engine_id=f"of the test, {step}, {stage}",
        step=step,
        name=step,
        role=role,
        process=like.process,
        stage=stage or like.stage,
        opened_at=like.opened_at,
    )
    session.add(task)
    session.flush()
    return task


def a_file(session: Session, task: Task) -> FileUse:
    """Return a document that was uploaded to a task, in its draft."""
    stored = files.keep(
        session,
        io.BytesIO(b"%PDF-1.7 of the test"),
        name="oficio.pdf",
        media_type="application/pdf",
        owner=files.Owner(task.entity_id, task.instance_id, task.id),
    )
    session.add(Draft(task_id=task.id, pairs=[["support", stored.id]], saved_at=calendar.now()))
    session.flush()
    return stored


def a_review(session: Session, like: Task) -> str:
    """Return the id of a review of a SIP-RVL-002 that was made."""
    task = a_task(session, like, "sip", "review_personnel")
    files.keep(
        session,
        io.BytesIO(b"%PDF-1.7 of a roster"),
        name="relacion.pdf",
        media_type="application/pdf",
        owner=files.Owner(task.entity_id, task.instance_id),
        kind="sip_rvl_002",
    )
    session.flush()
    return str(task.id)


def a_file_to_divide(session: Session, first: Task) -> dict[str, str]:
    """Return a task that presents papers, and a file of two pages in its draft."""
    task = a_task(session, first, "authority", "file_designation", "designation")
    owner = files.Owner(task.entity_id, task.instance_id, task.id)
    for kind in ("oficio_designacion", "sip_rvl_001"):
        content = io.BytesIO(f"%PDF-1.7 {kind}".encode())
        files.keep(
            session, content, name="x.pdf", media_type="application/pdf", owner=owner, kind=kind
        )
    use = files.keep(
        session,
        io.BytesIO(b"%PDF-1.7 two pages"),
        media_type="application/pdf",
        owner=owner,
        paper="sip_rvl_001",
        pages=2,
    )
    use.file.checked_at = calendar.now()  # reading it notes nothing more
    pairs = [["signed_sip_rvl_001", use.id]]
    session.add(Draft(task_id=task.id, pairs=pairs, saved_at=calendar.now()))
    return {"divided_task": str(task.id), "divided_file": use.id}


def a_signature(session: Session, like: Task) -> str:
    """Return the id of a step in which a letter is signed, which was made."""
    task = a_task(session, like, "secretary", "sign_letter", "signed")
    letter = files.keep(
        session,
        io.BytesIO(b"%PDF-1.7 of a letter"),
        name="oficio.pdf",
        media_type="application/pdf",
        owner=files.Owner(task.entity_id, task.instance_id),
        kind="oficio_reiteracion",
    )
    session.flush()
    a_paper(session, letter, "7K2M9QXT04BD3F5J")
    return str(task.id)


def a_paper(session: Session, use: FileUse, code: str = "7K2M9QXT04BD3F5H") -> str:
    """Return the code of a file as an issued paper."""
    session.add(
        IssuedPaper(
            code=code,
            kind="constancia",
            document="constancia/interest_acts",
            entity_id=use.entity_id,
            instance_id=use.instance_id,
            file_id=use.id,
            sha256=use.sha256,
            size=use.file.size,
            issued_at=use.created_at,
        )
    )
    return code


def a_filing(session: Session) -> dict[str, str]:
    """Return a step that presents the designation, one in which the PCM has it, a request, and a
    letter to sign."""
    first = session.scalars(select(Task).order_by(Task.id).limit(1)).one()
    presents = a_task(session, first, "authority", "file_designation")
    presented = a_task(session, first, "authority", "file_designation", "presented")
    presented.state = "completed"
    files.keep(
        session,
        io.BytesIO(b"%PDF-1.7 of an oficio"),
        name="oficio.pdf",
        media_type="application/pdf",
        owner=files.Owner(first.entity_id, first.instance_id),
        kind="oficio_designacion",
    )
    filing = Filing(
        entity_id=first.entity_id,
        instance_id=first.instance_id,
        kind="designation",
        number="1",
        presented_at=first.opened_at,
    )
    session.add(filing)
    held = a_task(session, first, "sip", "review_designation", "held")
    a_task(session, first, "administrator", "choose_thematic_session", "held")
    notices.put(
        session, "return_asked", "of the test", entity=first.entity, task=held, name="Presentar",
        element="file_designation", person="Persona", person_id=0, reason="Para una prueba",
    )  # fmt: skip
    request = session.scalars(select(Notice.id).where(Notice.kind == "return_asked")).one()
    return {
        "filing_task": str(presents.id),
        "signing_task": a_signature(session, first),
        "filing": str(filing.id),
        "held_task": str(held.id),
        "return_asked": str(request),
    }


def a_seat(session: Session) -> dict[str, str]:
    """Return sessions (one with a seat of the entity, one begun, one cancelled) and a meeting."""
    first = session.scalars(select(Task).order_by(Task.id).limit(1)).one()
    at = calendar.now().replace(year=calendar.now().year + 1)
    facts = {"topic": "thematic", "changed_at": calendar.now(), "minutes": 60, "seats": 5}
    facts |= {"place": "Ejemplo"}
    row = InductionSession(**facts, at=at, taken=1)
    begun = InductionSession(**facts, at=calendar.now())
    cancelled = InductionSession(**facts, at=at, cancelled=True)
    meeting = Meeting(
        uid="1@example.org",
        instance_id=first.instance_id,
        entity_id=first.entity_id,
        key="thematic",
        changed_at=calendar.now(),
        at=at,
        minutes=60,
        summary="Inducción temática",
    )
    session.add_all((row, meeting, begun, cancelled))
    session.flush()
    session.add(Seat(session_id=row.id, instance_id=first.instance_id, taken_at=calendar.now()))
    waits = WaitingSeat(session_id=begun.id, instance_id=first.instance_id, since_at=calendar.now())
    slides = Material(
        stage="induction",
        title="Enlace",
        version=1,
        norm="Norma",
        since_on=calendar.today(),
        link="https://ejemplo.example.org",
        created_at=calendar.now(),
    )
    session.add_all((waits, slides))
    session.flush()
    return {
        "seated": str(row.id),
        "meeting": str(meeting.id),
        "begun": str(begun.id),
        "cancelled": str(cancelled.id),
        "waiting": str(waits.instance_id),
        "material": str(slides.id),
    }
