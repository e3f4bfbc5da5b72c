"""An oficio that the entity wrote itself: it is presented, marked, never compared or verified."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import Draft, FileUse, Filing, IssuedPaper
from tests.app.cases.papers.test_findings import facts, page, signature
from tests.app.onboarding.tasks.test_findings_on_upload import (
    Reader,
    other_pdf,
    pairs,
    reader_of,
    send,
    shown,
)
from tests.app.walk import Walk, sample_pdf

pytestmark = pytest.mark.nightly

FIELD = "signed_oficio_designacion"
OWN = {
    "own_oficio_designacion": "y",
    "own_number_oficio_designacion": "045-2026-MDE/A",
    "own_date_oficio_designacion": "27/02/2026",
}
DOWNLOADED, ITS_OWN = "el documento que descargaste", "Pide que se firme otra vez"
BROKEN = signature(document="", word="invalid", reasons=["broken"])


@pytest.fixture
def reader(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader in place of the helper; it finds no code, and a broken signature."""
    made = reader_of(walk, monkeypatch)
    made.facts = facts(page(code=""), signatures=(BROKEN,))
    return made


def oficio(content: bytes) -> dict[str, Any]:
    """Return a file for the oficio, as `send` takes it."""
    return {FIELD: (io.BytesIO(content), "oficio.pdf")}


def codes(walk: Walk) -> set[str]:
    """Return the codes of the findings on the oficio of the draft."""
    use = walk.get(FileUse, pairs(walk)[FIELD])
    return {one["code"] for one in use.findings or ()}


def test_an_own_oficio_is_not_compared_and_its_signature_is_judged(walk: Walk, reader: Reader):
    send(walk, "upload", **oficio(other_pdf()))
    assert "no_code" in codes(walk)
    assert DOWNLOADED in shown(walk)
    send(walk, "save", **OWN)
    assert codes(walk) == {"signature", "no_number", "other_ruc"}
    text = shown(walk)
    assert ITS_OWN in text
    assert DOWNLOADED not in text
    assert "Subirlo así" in text, "a signature that is not valid stops"
    send(walk, "save", **OWN | {"own_oficio_designacion": ""})
    assert "no_code" in codes(walk)


def test_a_box_that_the_page_saves_by_itself_counts_at_once(walk: Walk, reader: Reader):
    send(walk, "upload", **oficio(other_pdf()))
    revision = walk.get(Draft, walk.task("file_designation").id).revision
    sent = send(walk, "autosave", revision=str(revision), **OWN)
    assert sent.status_code == 200
    assert "no_code" not in codes(walk)


def test_the_untouched_original_is_no_own_oficio(walk: Walk, reader: Reader):
    reader.facts = facts(page(1, "text"))
    send(walk, "upload", **OWN, **oficio(sample_pdf()))
    assert codes(walk) == {"original"}
    assert "Subirlo así" in shown(walk)


def test_an_own_oficio_is_presented_with_its_number_and_is_no_signed_copy(
    walk: Walk, reader: Reader
):
    reader.facts = facts(page(holds="image", code=""))
    send(walk, "upload", **OWN, **oficio(other_pdf()))
    own = {**OWN, FIELD: pairs(walk)[FIELD]}
    walk.draft("file_designation")
    with walk.writing() as session:
        draft = session.get_one(Draft, walk.task("file_designation").id)
        rest = [list(pair) for pair in draft.pairs if pair[0] not in own]
        draft.pairs = [*rest, *map(list, own.items())]
    task_id = walk.task("file_designation").id
    walk.browser("preparer").post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    filing = walk.one(select(Filing))
    assert filing.own == {
        "oficio_designacion": {"number": "045-2026-MDE/A", "dated_on": "2026-02-27"}
    }
    assert filing.signed["oficio_designacion"] == own[FIELD]
    copied = select(IssuedPaper.kind).where(IssuedPaper.signed_id.is_not(None))
    assert set(walk.all(copied)) == {"sip_rvl_001", "sip_rvl_002"}
    stored = walk.get(FileUse, own[FIELD])
    assert [one["code"] for one in stored.findings or ()] == ["handwritten"]
    walk.answer("record_reception", "received")
    address = f"/tareas/{walk.task('review_designation').id}"
    text = walk.browser("sip").get(address, follow_redirects=True).text
    assert "<strong>Oficio propio de la entidad</strong> N.º 045-2026-MDE/A" in text
    assert text.count("Oficio propio de la entidad") == 1, "the formats are not the entity's own"
