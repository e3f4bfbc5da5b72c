"""Documents are real PDFs that this very task holds."""

import io
from datetime import date

import pikepdf
import pytest
from werkzeug.datastructures import FileStorage, MultiDict

import forms
from forms import FileInfo, Page, StepForm
from forms.drafts import Unusable, merge
from forms.fields import DocumentField, TextField
from forms.fields.documents import LIMIT, Verdict, examine

TODAY = {"today": date(2026, 11, 24)}


def pdf(pages=1, **how):
    """Return a PDF's bytes."""
    target = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        made.save(target, **how)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "vacío"),
        (b"PK\x03\x04 word", "no es un PDF"),
        (b"%PDF-1.7\nnothing", "dañado"),
        (pdf(0), "no tiene páginas"),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "protegido"),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="")), "protegido"),
        (pdf() + b"\0" * LIMIT, "más de 10 MB"),
    ],
)
def test_only_real_pdfs_are_accepted(content, sentence):
    assert sentence in examine(io.BytesIO(content)).fault


def test_a_real_pdf_is_accepted_and_rewound():
    stream = io.BytesIO(pdf(3))
    assert examine(stream) == Verdict("", 3)
    assert stream.read(5) == b"%PDF-"


def test_a_document_that_findings_stop_can_stay_with_a_reason():
    for step in forms.steps().values():
        pages = [page.fields for page in step.form.screens()]
        fields = [field for field in step.form(given={}) if not field.name.startswith("as_is_")]
        for document in (field for field in fields if field.type == "DocumentField"):
            (page,) = (fields for fields in pages if document.name in fields)
            following = page[page.index(document.name) + 1 :]
            assert f"as_is_{document.name}" in following, step.id


class Signed(StepForm):
    paper = DocumentField("Oficio", needed="Sube el oficio.")
    note = TextField("Nota")


PAGE = Page("a", "A", ("paper", "note"))


def upload(content, name="oficio.pdf"):
    return MultiDict({"paper": FileStorage(io.BytesIO(content), name)})


def keep(storage, paper=""):
    return FileInfo("new", storage.filename, 1, "application/pdf", 1)


def test_an_upload_is_stored_later_posts_keep_it_and_it_can_be_dropped():
    draft = merge(Signed, PAGE, [], MultiDict({"note": "x"}), upload(pdf()), keep)
    assert draft == [("paper", "new"), ("note", "x")]
    posted = MultiDict({"paper": "stolen", "note": "y"})
    assert merge(Signed, PAGE, draft, posted, MultiDict(), keep) == [
        ("paper", "new"),
        ("note", "y"),
    ]
    posted = MultiDict({"action": "drop:paper"})
    assert merge(Signed, PAGE, [("paper", "new")], posted, MultiDict(), keep) == []


def test_a_refused_file_changes_nothing_and_has_a_reason():
    with pytest.raises(Unusable, match="no es un PDF") as fault:
        merge(Signed, PAGE, [("paper", "old")], MultiDict(), upload(b"hola"), keep)
    assert fault.value.field_name == "paper"


def test_only_documents_of_this_task_are_accepted():
    held = FileInfo("f1", "a.pdf", 6 * 1024 * 1024, "application/pdf", 1)
    form = Signed(MultiDict({"paper": "f1"}), given=TODAY, files={"f1": held})
    assert form.validate()
    assert "5 MB" in form.paper.warning
    form = Signed(MultiDict({"paper": "f2"}), given=TODAY, files={"f1": held})
    assert not form.validate()
    assert form.paper.warning == ""
