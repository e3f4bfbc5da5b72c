"""Photographs of a signed paper, sent with its page: without scripts."""

from __future__ import annotations

import io

import pikepdf
import pytest
from sqlalchemy import select

from app.base import files, request_limits
from app.base.models import FileUse
from tests.app.walk import Walk, sample_pdf
from tests.photographs import jpeg, with_place

FIELD = "signed_oficio_designacion"


@pytest.fixture
def filing(walk: Walk) -> Walk:
    """Return a case whose papers are to be signed and uploaded."""
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    return walk


def send(walk: Walk, *sent: tuple[bytes, str], field: str = FIELD):
    """Send files of one document."""
    data = {
        field: [(io.BytesIO(content), name) for content, name in sent],
        "action": f"upload:{field}",
    }
    task_id = walk.task("file_designation").id
    return walk.browser("preparer").post(f"/tareas/{task_id}/firmar", data=data)


@pytest.mark.nightly
def test_photographs_are_stored_as_one_pdf_without_the_place_where_they_were_taken(filing: Walk):
    assert send(filing, (with_place(6), "IMG_2.jpg"), (jpeg(), "IMG_1.jpg")).status_code == 303
    with filing.reading() as session:
        (use,) = session.scalars(select(FileUse).where(FileUse.kind == files.UPLOAD))
        assert (use.paper, use.file.pages) == ("oficio_designacion", 2)
        assert use.file.media_type == "application/pdf"
        content = files.path_of(use.sha256).read_bytes()
    assert b"TELEFONO" not in content
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert len(pdf.pages) == 2


@pytest.mark.nightly
def test_photographs_with_a_pdf_are_refused_and_leave_nothing(filing: Walk):
    answer = send(filing, (sample_pdf(), "a.pdf"), (jpeg(), "b.jpg"))
    assert answer.status_code == 422
    assert "no las dos cosas" in answer.text
    assert filing.all(select(FileUse).where(FileUse.kind == files.UPLOAD)) == []


@pytest.mark.nightly
def test_the_page_says_what_is_taken_and_takes_several(filing: Walk):
    task_id = filing.task("file_designation").id
    page = filing.browser("preparer").get(f"/tareas/{task_id}/firmar").text
    together = request_limits.PHOTOGRAPHS_BYTES // 2**20 - 1  # the rest is the form around them
    assert f"(JPEG, PNG o HEIC) de hasta 20 páginas y hasta {together} MB en total" in page
    assert 'multiple="multiple"' in page
    assert "image/heic" in page


def test_a_page_of_a_step_takes_thirty_megabytes_of_photographs(filing: Walk):
    limits = request_limits.limits_of(filing.app).uploads
    for endpoint in ("tasks.show", "validation.show", "certificates.sign"):
        assert limits[endpoint] == 31 * 2**20
