"""Papers under their official names, never the file name of the uploader."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

import pytest
from sqlalchemy import select

import forms
from app.base.models import Draft, FileUse, Filing, Mail
from app.cases import papers
from app.cases.papers.copies import copies_of
from app.onboarding.case_admin.validation import ReasonForm
from forms.drafts import walk as fields_of
from forms.papers import MADE, OFFICIAL, title_of
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock

PAGE = "/entidades/E90001"
#: The file name of every upload of these tests.
MINE = "receta de la abuela"
SIGNED = ("oficio_designacion", "sip_rvl_001", "sip_rvl_002")
LAST_STAGE = (
    "enable_interest_acts",
    "define_decision_makers",
    "approve_decision_makers",
    "train_decision_makers",
    "close_onboarding",
)


def bring(walk: Walk, step: str, key: str, field: str, by: str) -> str:
    """Upload a document to a step as its page does; return the file's id."""
    task = walk.task(step)
    data = {field: (io.BytesIO(sample_pdf()), f"{MINE}.pdf"), "action": f"upload:{field}"}
    answer = walk.browser(by).post(f"/tareas/{task.id}/{key}", data=data)
    assert answer.status_code == 303
    return str(dict(walk.get(Draft, task.id).pairs)[field])


def named(walk: Walk, file_id: str) -> str:
    """Return the header by which a download is named."""
    answer = walk.browser("sip").get(f"/archivos/{file_id}", buffered=True)
    return answer.headers["Content-Disposition"]


def documents(html: str) -> list[str]:
    """Return the list of documents on the page of an entity's documents, one item per row."""
    listed = html.split('<li class="papers__one"')[1:]
    rows = (re.sub(r"<[^>]+>", " ", row.partition(">")[2].partition("</li>")[0]) for row in listed)
    return [" ".join(unescape(row).split()) for row in rows]


def test_every_document_of_every_step_is_an_official_paper():
    uploads = {
        (step.id, field.name): field.paper
        for step in forms.steps().values()
        for field in fields_of(step.form(given={}))
        if getattr(field, "kind", "") == "document"
    }
    reason = next(one for one in ReasonForm(given={}) if one.short_name == "validation_document")
    assert {(step, paper) for (step, _), paper in uploads.items()} >= {
        ("sign_certificate", "constancia"),
        ("file_designation", "sip_rvl_001"),
        ("correct_personnel", "carta_presentacion"),
    }
    assert [key for key, paper in uploads.items() if paper not in OFFICIAL] == []
    assert reason.paper in OFFICIAL
    assert {kind: paper.title for kind, paper in papers.KINDS.items()} == {
        kind: OFFICIAL[kind].title for kind in MADE
    }


@pytest.fixture
def filed(walk: Walk) -> Walk:
    """Return a designation whose signed papers were uploaded and filed."""
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    return walk


def sign_all(walk: Walk) -> dict[str, str]:
    """Upload each signed paper; return the ids of the files by field."""
    return {
        field: bring(walk, "file_designation", "firmar", field, "preparer")
        for field in (f"signed_{kind}" for kind in SIGNED)
    }


def present(walk: Walk, step: str, held: dict[str, str]) -> None:
    """Answer a step with files that were uploaded to it, by field."""
    task_id = walk.draft(step)
    with walk.writing() as session:
        draft = session.get_one(Draft, task_id)
        reasons = [[f"as_is_{field}", "Está bien así, se revisó."] for field in held]
        draft.pairs = [*([key, held.get(key, value)] for key, value in draft.pairs), *reasons]
    walk.browser("preparer").post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert walk.task(step).state == "completed"


@pytest.mark.nightly
def test_pages_zip_downloads_and_reviews_say_the_paper_and_never_the_uploaders_name(filed: Walk):
    sign_all(filed)
    task = filed.task("file_designation")
    client = filed.browser("preparer")
    for path in (f"/tareas/{task.id}/firmar", f"/tareas/{task.id}/revisar", PAGE):
        page = client.get(path).text
        assert MINE not in page
        assert page.count("Formato SIP-RVL-001, firmado") >= 1
    history = client.get(f"{PAGE}/historial").text
    assert MINE not in history
    assert "Se subió el documento: Oficio de designación, firmado" in history
    content = client.get(f"/tareas/{task.id}/documentos.zip", buffered=True).data
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [
        "1-oficio-de-designacion-firmado-E90001.pdf",
        "2-sip-rvl-001-firmado-E90001.pdf",
        "3-sip-rvl-002-firmado-E90001.pdf",
    ]
    for use in filed.all(select(FileUse)):
        said = named(filed, use.id)
        assert MINE not in said
        assert ("firmado" in said) == (use.kind == "upload")
    assert MINE not in filed.browser("sip").get(f"{PAGE}/historial").text
    assert [mail for mail in filed.all(select(Mail)) if MINE in mail.body] == []
    filed.answer("file_designation")
    review = filed.task("record_reception")
    page = filed.browser("sip").get(f"/tareas/{review.id}", follow_redirects=True).text
    assert "Formato SIP-RVL-001, firmado" in page
    assert MINE not in page
    assert "muestra.pdf" not in page


@pytest.mark.nightly
def test_versions_are_of_the_same_paper_of_the_same_presentation(filed: Walk, clock: Clock):
    first = bring(filed, "file_designation", "firmar", "signed_sip_rvl_001", "preparer")
    clock.forward(minutes=1)
    second = bring(filed, "file_designation", "firmar", "signed_sip_rvl_001", "preparer")
    page = filed.browser("preparer").get(f"{PAGE}/archivos").text
    (row,) = [row for row in documents(page) if row.startswith("Formato SIP-RVL-001, firmado")]
    assert ">Por presentar<" in page
    assert "1 versión anterior" in row
    assert "sip-rvl-001-firmado-E90001.pdf" in named(filed, first)
    assert "sip-rvl-001-firmado-E90001-version-2.pdf" in named(filed, second)
    filed.answer("file_designation")
    filed.answer("record_reception", "received")
    clock.forward(days=1)
    filed.answer("review_designation", "not_presented")
    filed.answer("designate_administrator")
    filed.answer("list_personnel")
    clock.forward(minutes=1)
    anew = bring(filed, "file_designation", "firmar", "signed_sip_rvl_001", "preparer")
    page = filed.browser("preparer").get(f"{PAGE}/archivos").text
    rows = documents(page)
    signed = [row for row in rows if row.startswith("Formato SIP-RVL-001, firmado")]
    assert len(signed) == 2
    assert "versión anterior" not in signed[0], "the newest first: of the second presentation"
    assert "1 versión anterior" in signed[1]
    assert page.index(">Por presentar<") < page.index(">Designación del administrador: ")
    assert "sip-rvl-001-firmado-E90001-presentacion-2.pdf" in named(filed, anew)


@pytest.mark.nightly
def test_a_correction_is_another_version_of_its_presentation(filed: Walk, clock: Clock):
    present(filed, "file_designation", sign_all(filed))
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "observed")
    clock.forward(minutes=1)
    field = "signed_sip_rvl_001"
    brought = bring(filed, "correct_designation", "presentar", field, "preparer")
    browser = filed.browser("preparer")
    page = browser.get(f"{PAGE}/archivos").text
    assert page.index(">Por presentar<") < page.index(brought) < page.index(">Designación del")
    present(filed, "correct_designation", {field: brought})
    page = browser.get(f"{PAGE}/archivos").text
    assert page.index(">Designación del") < page.index(brought)
    assert ">Por presentar<" not in page
    assert ">No se presentaron<" not in page
    (row,) = [row for row in documents(page) if row.startswith("Formato SIP-RVL-001, firmado")]
    assert "1 versión anterior" in row


@pytest.mark.nightly
def test_what_was_uploaded_and_not_presented_is_of_no_presentation(filed: Walk):
    sign_all(filed)
    task_id = filed.answer("file_designation")
    page = filed.browser("preparer").get(f"{PAGE}/archivos").text
    assert page.index(">Designación del") < page.index(">No se presentaron<")
    rows = documents(page.partition(">No se presentaron<")[2])
    for kind in SIGNED:
        assert any(row.startswith(title_of(kind, is_signed=True)) for row in rows)
    uploads = select(FileUse).where(FileUse.task_id == task_id, FileUse.kind == "upload")
    (use, *_) = [use for use in filed.all(uploads) if use.paper]
    assert "firmado-E90001-sin-presentar.pdf" in named(filed, use.id)


@pytest.mark.nightly
def test_the_same_files_of_two_presentations_are_of_the_newest_one(filed: Walk, clock: Clock):
    filed.answer("file_designation")
    filed.answer("record_reception", "not_filed")
    clock.forward(minutes=1)
    filed.answer("file_designation")
    with filed.writing() as session:
        first, second = session.scalars(select(Filing).order_by(Filing.id))
        second.signed = first.signed
        (held,) = set(first.signed.values())
        (copy,) = copies_of(session, [session.get_one(FileUse, held)])
        assert copy.filing is second
        assert copy.round == 1


@pytest.fixture
def certified(walk: Walk) -> str:
    """Return the id of the signed constancia of an onboarding that ended."""
    walk.begin_at("interest_acts")
    for step in LAST_STAGE:
        walk.answer(step)
    task = walk.task("sign_certificate")
    key = walk.browser("secretary").get(f"/tareas/{task.id}").location.rpartition("/")[2]
    file_id = bring(walk, "sign_certificate", key, "document", "secretary")
    typed = {"decision": "signed", "number": "001-2026", "signed_on": "2/3/2026"}
    values, browser = typed | {"action": "submit"}, walk.browser("secretary")
    for page in (key, "revisar"):
        answer = browser.post(f"/tareas/{task.id}/{page}", data=values)
        assert answer.status_code == 303
    assert walk.row().status == "ended"
    return file_id


@pytest.mark.nightly
def test_the_signed_constancia_is_no_version_of_another_file_of_the_same_name(
    walk: Walk, certified: str
):
    rows = documents(walk.browser("administrator").get(f"{PAGE}/archivos").text)
    assert sum(row.startswith("Constancia de implementación, firmada") for row in rows) == 1
    assert sum(row.startswith("Constancia de implementación, sin firmar") for row in rows) == 1
    assert not [row for row in rows if "versión anterior" in row]


@pytest.mark.nightly
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/historial", "/pendientes"])
def test_the_signed_constancia_is_linked_where_it_is_mentioned(
    walk: Walk, certified: str, path: str
):
    page = walk.browser("administrator").get(path).text
    assert f'href="/archivos/{certified}">Constancia de implementación, firmada</a>' in page
    mails = walk.mails("completed")
    assert mails
    assert all("La constancia firmada está en http" in one.body for one in mails)
    assert all(f"/archivos/{certified}\n" in one.body for one in mails)


@pytest.mark.nightly
def test_who_may_not_read_files_sees_no_link_to_them(walk: Walk, certified: str):
    walk.people["auditor"] = walk.person("40000024", "auditor")
    for path in (PAGE, f"{PAGE}/historial"):
        assert "/archivos/" not in walk.browser("auditor").get(path).text
