"""The measure of a review of a roster of 3,000 rows, held against the one accepted before."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pikepdf
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, files
from app.base.files import Owner
from app.base.models import Filing, Record, Task
from app.cases import records
from app.cases.case import Case
from tests.bench.figures import Figure
from tests.bench.measures_of_changes import person
from tests.bench.measures_of_pages import measured_pages

if TYPE_CHECKING:
    from tests.bench.bench import Bench

ROWS = 3_000
#: Pages of each presented paper.
PAGES = 3
#: Rows that the roster under review adds, removes and changes.
DIFFERENCES = 100


def review_page(bench: Bench) -> Figure:
    """Measure the page of a review and the page of its rows, over HTTP."""
    with bench.session(writes=True) as session:
        reviews = select(Task).where(Task.step == "review_designation", Task.state == "open")
        task = session.scalars(reviews.order_by(Task.id).limit(1)).one()
        compare_rosters(session, task)
        present_papers(session, task)
        session.commit()
        address = f"/tareas/{task.id}"
    paths = [f"{address}/respuesta", f"{address}/relacion", f"{address}/relacion?q=persona"]
    return measured_pages("review_page", bench, paths)


def present_papers(session: Session, task: Task) -> None:
    """Store papers of three pages as the presented ones: copies of a case have no bytes."""
    content = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(PAGES):
            pdf.add_blank_page()
        pdf.save(content)
    filings = select(Filing).where(Filing.instance_id == task.instance_id)
    filing = session.scalars(filings.where(Filing.closed_at.is_(None))).one()
    signed = {}
    for kind in filing.signed:
        content.seek(0)
        owner = Owner(task.entity_id, task.instance_id, task.id, None)
        pdf_type = "application/pdf"
        use = files.keep(
            session, content, paper=kind, media_type=pdf_type, owner=owner, pages=PAGES
        )
        signed[kind] = use.id
    filing.signed = signed


def compare_rosters(session: Session, task: Task) -> None:
    """Write a roster that was accepted, and the one under review."""
    case = Case(session, task.entity, task.instance)
    rows = [person(number, "alta") for number in range(ROWS)]
    records.write(case, "roster", rows)
    session.flush()
    before = calendar.now() - timedelta(days=90)
    for record in session.scalars(
        select(Record).where(Record.entity_id == task.entity_id, Record.name == "roster")
    ):
        record.at = before
    session.add(
        Filing(
            entity_id=task.entity_id,
            instance_id=task.instance_id,
            kind="personnel",
            number="1",
            presented_at=before,
            signed={"sip_rvl_002": ""},
            result="accepted",
            closed_at=before + timedelta(days=1),
        )
    )
    changed = [row | {"post": "Especialista"} for row in rows[:DIFFERENCES]]
    new = [person(ROWS + number, "alta") for number in range(DIFFERENCES)]
    records.write(case, "roster", [*changed, *rows[DIFFERENCES:-DIFFERENCES], *new])
