"""Files: stored once, served to those who may read them, and accepted only as real documents."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.base import db, files
from app.base.files import Owner, safe_name
from app.base.models import Draft, Entity, FileUse, ProcessInstance, StoredFile
from forms.fields import documents
from tests.app import cast
from tests.app.together import together
from tests.app.walk import Walk, sample_pdf

#: A document of the screenful `firmar` of the step that files the designation.
FIELD = "signed_oficio_designacion"


def pdf_of(size: int) -> bytes:
    """Return a PDF of a number of bytes."""
    return sample_pdf() + b"%" + b"x" * (size - len(sample_pdf()) - 1)


def encrypted_pdf() -> bytes:
    """Return a PDF that requires a password."""
    content = io.BytesIO()
    with pikepdf.open(io.BytesIO(sample_pdf())) as pdf:
        pdf.save(content, encryption=pikepdf.Encryption(owner="a", user="b"))
    return content.getvalue()


@pytest.fixture
def filing(walk: Walk) -> Walk:
    """Return a case whose papers are to be signed and uploaded."""
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    return walk


def upload(walk: Walk, content: bytes, name: str = "firmado.pdf", by: str = "preparer"):
    """Send a file to the step that files the designation."""
    task_id = walk.task("file_designation").id
    data = {FIELD: (io.BytesIO(content), name), "action": f"upload:{FIELD}"}
    return walk.browser(by).post(f"/tareas/{task_id}/firmar", data=data)


def uses(walk: Walk, kind: str = files.UPLOAD) -> list[FileUse]:
    """Return who uploaded which file."""
    return walk.all(select(FileUse).where(FileUse.kind == kind))


# Storing --------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_same_content_is_stored_once_for_all_uploaders(walk: Walk):
    content = b"the same bytes" * 1000

    def keep(name: str) -> Callable[[], str]:
        def job() -> str:
            with walk.writing() as session:
                place = session.scalars(select(Entity)).first()
                assert place is not None
                return files.keep(
                    session,
                    io.BytesIO(content),
                    name=name,
                    media_type="application/pdf",
                    owner=Owner(place.id),
                ).id

        return job

    ids = together(*(keep(f"{number}.pdf") for number in range(4)))
    assert len(set(ids)) == 4, ids
    digest = hashlib.sha256(content).hexdigest()
    stored = walk.all(select(StoredFile))
    assert [(one.sha256, one.size) for one in stored] == [(digest, len(content))]
    folder: Path = walk.app.config["DATA"] / "files"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [digest]


def test_a_stream_that_breaks_leaves_no_row_and_no_piece(app: Flask):
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(1000)

    with app.app_context():
        place = cast.entity(db.session())
        with pytest.raises(ConnectionResetError):
            files.keep(
                db.session(),
                Breaking(b"x" * 5000),
                name="x.pdf",
                media_type="application/pdf",
                owner=Owner(place.id),
            )
        assert db.session().scalars(select(StoredFile)).all() == []
        assert [p for p in (app.config["DATA"] / "files").rglob("*") if p.is_file()] == []


def test_names_of_files_are_made_safe():
    for given, stored_name in [
        ("oficio.pdf", "oficio.pdf"),
        ("Oficio N.º 12 — Muñoz.pdf", "Oficio N.º 12 — Muñoz.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Documentos\\oficio.pdf", "oficio.pdf"),
        ('a"b<c>|:*?.pdf', "abc.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("factura\u202efdp.exe", "facturafdp.exe"),
        ("x" * 500 + ".pdf", "x" * 110 + ".pdf"),
        ("oficio." + "y" * 50, "oficio." + "y" * 8),
        ("", "documento.pdf"),
        (None, "documento.pdf"),
        ("..", "documento.pdf"),
        ("...", "documento.pdf"),
        (".pdf", "pdf.pdf"),
        ("/", "documento.pdf"),
    ]:
        assert safe_name(given) == stored_name


# Accepted files -------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_document_is_stored_with_who_and_when_and_can_be_dropped(filing: Walk):
    assert upload(filing, sample_pdf()).status_code == 303
    (use,) = uses(filing)
    assert (use.paper, use.by_id) == ("oficio_designacion", filing.people["preparer"])
    assert use.file.pages == 1
    assert filing.log()[-1] == "file.uploaded"
    client = filing.browser("preparer")
    address = f"/tareas/{use.task_id}/firmar"
    assert f"/archivos/{use.id}" in client.get(address).text
    client.post(address, data={"action": f"drop:{FIELD}"})
    assert f"/archivos/{use.id}" not in client.get(address).text


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vacío"),
        (b"PK\x03\x04 a word document", "no es un PDF"),
        (b"<html>%PDF", "no es un PDF"),
        (b"%PDF-1.7 and nothing else", "dañado"),
        (b"GIF89a", "no es un PDF ni una fotografía"),
        (b"\x89PNG\r\n\x1a\n", "dañada"),
        (encrypted_pdf(), "contraseña"),
    ],
)
def test_what_is_no_document_or_has_a_password_is_refused_and_leaves_nothing(
    filing: Walk, content: bytes, said: str
):
    before = filing.log()
    answer = upload(filing, content)
    assert answer.status_code == 422
    assert said in answer.text
    assert uses(filing) == []
    assert filing.log() == before


@pytest.mark.nightly
def test_a_document_of_ten_megabytes_is_taken_with_a_warning_and_a_larger_one_is_not(
    filing: Walk, monkeypatch: pytest.MonkeyPatch
):
    assert (documents.LIMIT, documents.HEAVY) == (10 * 2**20, 5 * 2**20)
    monkeypatch.setattr(documents, "LIMIT", 10_000)
    monkeypatch.setattr(documents, "HEAVY", 5_000)
    too_large = upload(filing, pdf_of(10_001))
    assert too_large.status_code == 422
    assert "10 MB" in too_large.text
    assert uses(filing) == []
    client = filing.browser("preparer")
    for size, warned in ((5_000, False), (10_000, True)):
        assert upload(filing, pdf_of(size)).status_code == 303
        page = client.get(f"/tareas/{uses(filing)[-1].task_id}/firmar").text
        assert ("más de 5 MB" in page) == warned


@pytest.mark.nightly
def test_a_lying_name_or_type_does_not_matter(filing: Walk):
    assert upload(filing, sample_pdf(), "virus.exe").status_code == 303
    (use,) = uses(filing)
    answer = read(filing, "preparer", use.id)
    assert answer.mimetype == "application/pdf"
    assert (
        answer.headers["Content-Disposition"]
        == "attachment; filename=oficio-de-designacion-firmado-E90001.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.nightly
def test_the_id_of_a_file_of_another_case_is_no_document_of_this_one(filing: Walk):
    upload(filing, sample_pdf())
    (use,) = uses(filing)
    filing.people["other"] = filing.person("40000041", "preparer", "E90002")
    other = filing.begin(code="E90002")
    filing.answer("designate_administrator", instance=other, by="other")
    filing.answer("list_personnel", instance=other, by="other")
    task_id = filing.task("file_designation", other).id
    client = filing.browser("other")
    for data in ({FIELD: use.id}, {FIELD: use.id, f"{FIELD}-id": use.id}):
        client.post(f"/tareas/{task_id}/firmar", data=data | {"action": "save"})
        assert use.id not in client.get(f"/tareas/{task_id}/firmar").text
        draft = filing.draft_of(task_id)
        assert draft is not None
        assert use.id not in str(draft.pairs)
    with filing.writing() as session:  # even if the draft contained it
        session.get_one(Draft, task_id).pairs = [[FIELD, use.id]]
    assert client.post(f"/tareas/{task_id}/firmar", data={"action": "next"}).status_code == 422


# Serving --------------------------------------------------------------------------------------


def read(walk: Walk, role: str, file_id: str) -> TestResponse:
    """Request a file."""
    return walk.browser(role).get(f"/archivos/{file_id}", buffered=True)


@pytest.mark.nightly
def test_the_newest_copy_is_not_sent_again_after_a_check(filing: Walk):
    upload(filing, sample_pdf())
    (use,) = uses(filing)
    client = filing.browser("sip")
    first = client.get(f"/archivos/{use.id}", buffered=True)
    known = {"If-None-Match": first.headers["ETag"]}
    again = client.get(f"/archivos/{use.id}", headers=known, buffered=True)
    assert again.status_code == 304
    assert "public" not in first.headers["Cache-Control"]


def test_what_is_stored_is_served_as_what_it_is(filing: Walk):
    """Check this also for a file that an earlier release stored with another type."""
    for content, media_type, name in [
        (sample_pdf(), "application/pdf", "documento-E90001.pdf"),
        (b"MZ" + sample_pdf(), "application/octet-stream", "documento-E90001.bin"),
        (b"PK\x03\x04" + sample_pdf(), "application/octet-stream", "documento-E90001.bin"),
        (b"<html><script>", "application/octet-stream", "documento-E90001.bin"),
    ]:
        with filing.writing() as session:
            owner = Owner(session.get_one(ProcessInstance, filing.id).entity_id, filing.id)
            use = files.keep(
                session,
                io.BytesIO(content),
                name="x.pdf",
                media_type="application/pdf",
                owner=owner,
            )
            use.name = "oficio.exe"
            file_id = use.id
        answer = read(filing, "sip", file_id)
        assert answer.mimetype == media_type
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_name_ends_as_what_the_file_is():
    for given, served in [
        ("oficio.exe", "oficio.pdf"),
        ("oficio.PDF", "oficio.PDF"),
        ("oficio.pdf.scr", "oficio.pdf.pdf"),
        ("Resolución N.° 12", "Resolución N.° 12.pdf"),
        ("informe 2.0", "informe 2.0.pdf"),
        ("oficio", "oficio.pdf"),
    ]:
        assert files.fitting_name(given, "pdf") == served


def test_nothing_else_is_reached_by_way_of_files(filing: Walk):
    client = filing.browser("sip")
    for path in [
        "..",
        "../secret-key",
        "..%2fsecret-key",
        "%2e%2e%2fzaguan.db",
        "a/b",
        "'or'1'='1",
    ]:
        assert client.get(f"/archivos/{path}").status_code == 404
