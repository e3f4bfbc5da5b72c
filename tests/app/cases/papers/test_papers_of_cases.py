"""Papers of cases: stored, logged, previewed before they are issued."""

from __future__ import annotations

from typing import Any

from app.base import files
from app.base.models import LogEntry
from app.cases import papers, records
from app.cases.case import Case
from app.cases.papers import sheets, typesetting
from tests.app.cases.papers.test_papers import MADE_ON, official, pages_of, values

# In a case ---------------------------------------------------------------------------------------


def write(case: Case, *names: str) -> None:
    for name in names:
        records.write(case, name, values()[name])


def test_an_issued_paper_is_stored_and_logged_without_a_document_number(case: Case):
    write(case, "entity", "authority", "administrator")
    use = papers.issue(case, "sip_rvl_001")
    assert (use.kind, use.title) == ("sip_rvl_001", "Formato SIP-RVL-001")
    assert use.name == "sip-rvl-001-E00275.pdf"
    assert (use.file.media_type, use.file.pages) == ("application/pdf", 2)
    assert "01234567" in " ".join(pages_of(files.path_of(use.sha256).read_bytes()))
    case.session.flush()
    entry = case.session.query(LogEntry).filter_by(kind="paper.issued").one()
    assert entry.data == {"paper": "sip_rvl_001", "file": use.id, "sha256": use.sha256}


def test_the_newest_issue_of_a_kind_counts_and_each_has_its_code(case: Case, clock: Any):
    write(case, "entity", "authority", "administrator")
    first = papers.issue(case, "oficio_designacion")
    clock.forward(minutes=5)
    second = papers.issue(case, "oficio_designacion")
    assert first.id != second.id
    assert first.sha256 != second.sha256
    (listed,) = records.read(case, "papers")
    assert listed["file"]["id"] == second.id


def test_a_draft_is_seen_in_its_paper_before_it_is_written(case: Case):
    write(case, "entity", "authority", "administrator")
    drafted = values()["administrator"] | {"holder": official(surnames="Nueva Ficticia")}
    answer = {"administrator": drafted, "entity": {"address": "Av. Otra 9"}, "authority": None}
    found = papers.values_for(case, "sip_rvl_001", answer)
    assert found["purpose"] == "onboarding"
    assert found["entity"]["name"] == "Municipalidad Distrital de Villa Ejemplo"
    assert found["entity"]["address"] == "Av. Otra 9"
    assert found["authority"]["surnames"] == "Mamani Muestra"
    assert "Nueva Ficticia" in " ".join(pages_of(papers.render("sip_rvl_001", found, MADE_ON)))
    assert records.read(case, "administrator")["holder"]["surnames"] == "Quispe Ejemplo"


def test_every_paper_needs_records_that_can_be_read_and_has_a_template():
    for kind, paper in papers.KINDS.items():
        assert set(paper.needs) <= records.READABLE
        assert (typesetting.LAYOUTS / f"{kind}.typ").is_file()
        assert kind in sheets.SHEETS
