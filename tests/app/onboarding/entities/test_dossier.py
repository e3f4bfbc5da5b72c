"""The dossier of a case: one ZIP with all of its papers, and an index."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from app.base import calendar, files
from app.base.files import integrity
from app.base.models import FileUse, Filing, IssuedPaper, ProcessInstance
from app.cases.papers import copies, issued
from app.cases.papers.preflight.findings import Finding
from app.onboarding.entities.documents import dossier
from app.register.facts import sql_texts
from tests.app.walk import Walk


@pytest.fixture
def filed(walk: Walk) -> Walk:
    """Return a case whose designation was presented, with findings on one of its papers."""
    walk.begin_filed()
    with walk.reading() as session:
        first = session.scalars(select(FileUse).where(FileUse.kind == files.UPLOAD)).one()
        owner = files.Owner(first.entity_id, first.instance_id, first.task_id)
        more = [
            files.keep(
                session,
                io.BytesIO(b"%PDF-1.7 " + paper.encode()),
                media_type="application/pdf",
                owner=owner,
                paper=paper,
            )
            for paper in ("oficio_designacion", "sip_rvl_001")
        ]
        first.findings = [
            Finding("signature", "Firma de <b>Persona</b>.", word="VÁLIDO").plain(),
            Finding("resaved", "Está guardado con otro programa.", stops=True).plain(),
        ]
        first.as_is = "Firma el encargado."
        more[0].findings = []
        session.commit()
    return walk


def address_of(walk: Walk) -> str:
    number = walk.one(select(ProcessInstance.id))
    return f"/entidades/E90001/procesos/{number}/expediente.zip"


def opened(walk: Walk, role: str) -> zipfile.ZipFile:
    answer = walk.browser(role).get(address_of(walk))
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.data))


def rows_of(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    text = archive.read("indice.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


class Links(HTMLParser):
    """Collects where the links of a page lead, and its elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found |= {value for name, value in attrs if name in ("href", "src") and value}


@pytest.mark.nightly
def test_a_dossier_has_every_paper_of_its_case_and_an_index_that_leads_to_each(filed: Walk):
    archive = opened(filed, "preparer")
    assert archive.testzip() is None
    names = archive.namelist()
    assert names[:3] == ["indice.html", "indice.css", "indice.csv"]
    uses = filed.all(select(FileUse))
    assert sorted(files_of(archive)) == sorted(use.sha256 for use in uses)
    codes = {issued.in_groups(code) for code in filed.all(select(IssuedPaper.code))}
    rows, page = rows_of(archive), Links(archive.read("indice.html").decode())
    assert [row["Archivo"] for row in rows] == names[3:]
    assert {row["SHA-256"] for row in rows} == {use.sha256 for use in uses}
    assert {row["Código"] for row in rows} - {""} == codes
    assert {row["Dirección de verificación"].rpartition("/")[2] for row in rows} - {""} == codes
    assert set(names[3:]) | {"indice.css", "indice.csv"} <= page.found
    assert "script" not in page.tags
    assert "b" not in page.tags, "what a foreign file says is no markup"
    assert names[3].startswith("001-")


def files_of(archive: zipfile.ZipFile) -> list[str]:
    """Return the hashes of the papers in the ZIP."""
    papers = archive.namelist()[3:]
    return [hashlib.sha256(archive.read(name)).hexdigest() for name in papers]


@pytest.mark.nightly
def test_the_index_says_what_was_found_what_counts_and_what_was_presented(filed: Walk):
    archive = opened(filed, "preparer")
    found = [row["Hallazgos"] for row in rows_of(archive)]
    assert sorted(set(found)) == [
        "",
        dossier.NOT_LOOKED_AT,
        dossier.NOTHING_FOUND,
        "VÁLIDO: Firma de <b>Persona</b>. Está guardado con otro programa. "
        "Se subió así: Firma el encargado.",
    ]
    assert found.count("") == 3, "papers that were made here"
    states = [row["Estado"] for row in rows_of(archive)]
    assert states.count(dossier.IN_FORCE) == 4, "papers that were made here, and the presented one"
    assert states.count(copies.NOT_PRESENTED) == 2, "what no answer presented"
    page = archive.read("indice.html").decode()
    assert "Presentaciones en la mesa de partes" in page
    assert "contiene datos personales" in page


@pytest.mark.nightly
def test_a_paper_that_was_made_again_or_is_void_says_so(filed: Walk):
    with filed.reading() as session:
        case = session.scalars(select(ProcessInstance)).one()
        old, void, *_ = session.scalars(select(IssuedPaper).order_by(IssuedPaper.code)).all()
        old.add_act(calendar.now(), replaced_by=void.code)
        void.add_act(calendar.now(), void_at=calendar.now())
        session.flush()
        entries = dossier.read(session, case.entity, case).entries
        states = {entry.code: entry.state for entry in entries if not entry.findings}
        assert states[issued.in_groups(old.code)] == dossier.REPLACED
        assert states[issued.in_groups(void.code)].startswith(dossier.VOID)


@pytest.mark.nightly
def test_a_signed_copy_says_the_result_of_its_presentation(filed: Walk):
    filed.answer("record_reception", "not_filed")
    with filed.reading() as session:
        case = session.scalars(select(ProcessInstance)).one()
        (held,) = set(session.scalars(select(Filing)).one().signed.values())
        sha256 = session.get_one(FileUse, held).sha256
        (copy,) = [
            e
            for e in dossier.read(session, case.entity, case).entries
            if e.sha256 == sha256 and e.findings
        ]
        assert copy.state == "No consta que se presentara"


@pytest.mark.nightly
def test_a_letter_that_the_entity_wrote_itself_says_so(filed: Walk):
    with filed.reading() as session:
        filing = session.scalars(select(Filing)).one()
        filing.own = {"oficio_designacion": {"number": "45-2026", "dated_on": "2026-11-20"}}
        session.flush()
        case = session.scalars(select(ProcessInstance)).one()
        entries = dossier.read(session, case.entity, case).entries
        (own,) = [one for one in entries if "45-2026" in " ".join(one.findings)]
        assert own.findings[0].endswith("N.º 45-2026, del 20 de noviembre de 2026.")
        assert len(own.findings) == 4


@pytest.mark.nightly
def test_what_is_damaged_or_too_large_is_listed_and_not_sent(
    filed: Walk, monkeypatch: pytest.MonkeyPatch
):
    with filed.reading() as session:
        last = max(session.scalars(select(FileUse)), key=lambda use: (use.created_at, use.id))
        whole = sum(use.file.size for use in session.scalars(select(FileUse)))
        first = min(session.scalars(select(FileUse)), key=lambda use: (use.created_at, use.id))
        path = integrity.path_of(first.sha256)
        path.write_bytes(b"other bytes")
        monkeypatch.setattr(dossier, "MOST_BYTES", whole - last.file.size)
    archive = opened(filed, "preparer")
    absent = [row["Por qué no va en el ZIP"] for row in rows_of(archive)]
    assert absent[0] == dossier.DAMAGED
    assert absent[-1] == dossier.TOO_LARGE
    assert len(archive.namelist()) == 3 + absent.count("") > 3


@pytest.mark.nightly
def test_a_reading_by_the_pcm_is_logged_and_one_by_the_entity_is_not(filed: Walk):
    opened(filed, "preparer")
    assert filed.entries("dossier.read") == []
    assert filed.browser("sip").head(address_of(filed)).status_code == 200
    assert filed.entries("dossier.read") == []
    opened(filed, "sip")
    (entry,) = filed.entries("dossier.read")
    assert entry.data["papers"] == 6


@pytest.mark.nightly
def test_the_documents_page_offers_the_dossier_of_a_case_with_papers(begun: Walk):
    page = "/entidades/E90001/archivos"
    assert "Expediente completo" not in begun.browser("preparer").get(page).text
    assert begun.browser("preparer").get(address_of(begun)).status_code == 404
    begun.answer("designate_administrator")
    begun.answer("list_personnel")
    assert f'href="{address_of(begun)}"' in begun.browser("preparer").get(page).text


def test_no_cell_of_the_table_is_a_formula():
    assert sql_texts.safe_cell("=1+1") == "'=1+1"
    assert sql_texts.safe_cell("＝1+1") == "'＝1+1"
    assert sql_texts.safe_cell(7) == 7
