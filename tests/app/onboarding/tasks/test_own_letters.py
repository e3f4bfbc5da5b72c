"""An oficio that the entity wrote itself: it is presented, marked, and never verified."""

from __future__ import annotations

from sqlalchemy import select

from app.base.models import FileUse, Filing, IssuedPaper
from app.cases import processes
from app.people import access
from tests.app.walk import Walk

OWN = [
    ["own_oficio_designacion", "y"],
    ["own_number_oficio_designacion", "045-2026-MDE/A"],
    ["own_date_oficio_designacion", "27/02/2026"],
]


def test_an_own_oficio_is_presented_with_its_number_and_is_no_signed_copy(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    with walk.writing() as session:
        task = walk.find(session, "file_designation")
        user = access.recipients(session, task.role, task.entity)[0]
        task_page = walk.fill(session, task, user, "")
        signed = session.scalars(select(FileUse).where(FileUse.kind == "upload")).one()
        compared = {"code": "no_code", "text": "No encontramos el código.", "stops": False}
        read = {"code": "handwritten", "text": "Firma manuscrita.", "stops": False}
        signed.findings = [{"advice": "", "word": "", **one} for one in (read, compared)]
        assert task_page.draft is not None
        task_page.draft.pairs = [*task_page.draft.pairs, *OWN]
        task_page.replace_draft(task_page.draft)
        assert task_page.form.validate(), task_page.form.errors
        processes.complete(session, task.id, task_page.step, task_page.form, user.id)
    with walk.reading() as session:
        filing = session.scalars(select(Filing)).one()
        assert filing.own == {
            "oficio_designacion": {"number": "045-2026-MDE/A", "dated_on": "2026-02-27"}
        }
        copied = select(IssuedPaper.kind).where(IssuedPaper.signed_id.is_not(None))
        assert set(session.scalars(copied)) == {"sip_rvl_001", "sip_rvl_002"}
        stored = session.get_one(FileUse, filing.signed["oficio_designacion"])
        assert [one["code"] for one in stored.findings or ()] == ["handwritten"]
    walk.answer("record_reception", "received")
    address = f"/tareas/{walk.task('review_designation').id}"
    page = walk.browser("sip").get(address, follow_redirects=True).text
    assert "<strong>Oficio propio de la entidad</strong> N.º 045-2026-MDE/A" in page
    assert page.count("Oficio propio de la entidad") == 1, "the formats are not the entity's own"
