"""When a file is refused, the rest of the post is stored, and the field gives the reason."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

import pytest
from werkzeug.datastructures import MultiDict

from app.base.models import Draft
from forms import Page, Step, StepForm, steps
from forms.drafts import walk as fields_of
from tests.app.every_step import EveryStep
from tests.app.onboarding.batches.batched import rows_of
from tests.app.onboarding.batches.brought_state import roster, state, workbook
from tests.app.walk import Walk, sample_pdf
from tests.forms.filled import fill, values_of

BAD = (b"PK\x03\x04 a word document", "carta.docx")
GOOD = (sample_pdf(), "firmado.pdf")
SHEET = "Tipo de documento\tNúmero\nDNI\t40000077\n"


def documents_on(form: StepForm, page: Page) -> list[str]:
    """Return the full names of the documents of a page."""
    fields = fields_of(form[name] for name in page.fields if name in form)
    return [field.name for field in fields if getattr(field, "kind", "") == "document"]


def first_form(step: Step) -> StepForm:
    """Return the form of a step's first example."""
    return fill(step, values_of(step, step.accepts[0]), step.accepts[0].given)


#: Every page with its number of documents.
FOUND = [
    (step, page, len(documents_on(first_form(step), page)))
    for step in steps().values()
    for page in step.form.screens()
]
TAKING = [pytest.param(step, page, id=f"{step.id}-{page.key}") for step, page, n in FOUND if n]
SEVERAL = [pytest.param(step, page, id=f"{step.id}-{page.key}") for step, page, n in FOUND if n > 1]


@pytest.fixture
def every_step(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> EveryStep:
    return EveryStep(walk, monkeypatch)


def send(every: EveryStep, step: Step, page: Page, uploads: dict[str, tuple[bytes, str]], **data):
    """Post files to an empty draft of a step; return the response."""
    address = every.open(step, step.accepts[0], filled=False)
    files = {name: (io.BytesIO(content), called) for name, (content, called) in uploads.items()}
    data = {"action": "next"} | deciding(step, uploads) | data | files
    return every.walk.browser("sip").post(f"{address}/{page.key}", data=data)


def deciding(step: Step, names: Iterable[str]) -> dict[str, str]:
    """Return the answers with which documents apply."""
    form = step.form()
    conditions = [form[name].when for name in names if name in form]
    return dict(filter(None, conditions))


def draft_of(every: EveryStep, step: Step) -> MultiDict[str, str]:
    """Return the draft of a step."""
    return MultiDict(every.walk.get(Draft, every.tasks[step.id]).pairs)


def error_at(html: str, name: str) -> str:
    """Return the error message at a field."""
    found = re.search(rf'id="{name}-error"[^>]*>(.*?)</p>', html, re.DOTALL)
    return found[1] if found else ""


def test_there_are_pages_with_several_documents():
    assert len(SEVERAL) >= 2
    assert len(TAKING) > len(SEVERAL)


@pytest.mark.nightly
@pytest.mark.parametrize(("step", "page"), SEVERAL)
def test_the_good_files_of_a_submit_are_stored(every_step: EveryStep, step: Step, page: Page):
    names = documents_on(first_form(step), page)
    for bad in names:
        uploads = dict.fromkeys(names, GOOD) | {bad: BAD}
        answer = send(every_step, step, page, uploads)
        assert answer.status_code == 422
        assert "no es un PDF" in error_at(answer.text, bad)
        draft = draft_of(every_step, step)
        assert all(draft.get(name) for name in names if name != bad)
        assert not draft.get(bad)
        for name in names:
            assert ("drop:" + name in answer.text) == (name != bad)
    assert not every_step.ended


@pytest.mark.nightly
@pytest.mark.parametrize(("step", "page"), TAKING)
def test_the_field_of_each_refused_file_says_why(every_step: EveryStep, step: Step, page: Page):
    names = documents_on(first_form(step), page)
    for action in ("next", "submit", "save", "enter"):
        uploads = dict.fromkeys(names, BAD) | {names[0]: (b"", "vacio.pdf")}
        answer = send(every_step, step, page, uploads, action=action)
        assert answer.status_code == 422
        assert "vacío" in error_at(answer.text, names[0])
        for name in names[1:]:
            assert "no es un PDF" in error_at(answer.text, name)
        for name in names:
            assert answer.text.count(f'href="#{name}"') == 1, "the summary names it once"
    assert not every_step.ended


@pytest.mark.nightly
@pytest.mark.parametrize(("step", "page"), TAKING)
def test_a_refused_file_leaves_what_was_typed_and_stored(
    every_step: EveryStep, step: Step, page: Page
):
    names = documents_on(first_form(step), page)
    send(every_step, step, page, dict.fromkeys(names, GOOD))
    before = draft_of(every_step, step)
    texts = [
        field.name
        for field in fields_of(
            first_form(step)[name] for name in page.fields if name in first_form(step)
        )
        if getattr(field, "kind", "") in ("text", "textarea") and "-" not in field.name
    ]
    files = {names[0]: (io.BytesIO(BAD[0]), BAD[1])}
    address = f"/tareas/{every_step.tasks[step.id]}/{page.key}"
    said = {"action": "next"} | dict.fromkeys(texts, "Lo que se escribió") | deciding(step, names)
    assert every_step.walk.browser("sip").post(address, data=said | files).status_code == 422
    after = draft_of(every_step, step)
    assert [after.get(name) for name in names] == [before.get(name) for name in names]
    assert all(after.get(name) == "Lo que se escribió" for name in texts)


def test_an_unreadable_table_costs_no_typed_row(begun: Walk):
    begun.answer("designate_administrator")
    task = begun.task("list_personnel")
    client = begun.browser("preparer")
    here = client.get(f"/tareas/{task.id}").location
    data = {
        "roster-document_number": "40000078",
        "roster-given_names": "Rosa",
        "roster-paste": SHEET,
        "roster-mode": "append",
        "roster-file": (io.BytesIO(b"\x00\x01nothing"), "relacion.xlsx"),
        "action": "next",
    }
    answer = client.post(here, data=data)
    assert answer.status_code == 422
    assert "40000077" in answer.text
    assert "40000078" in answer.text
    draft = begun.draft_of(task.id)
    assert draft is not None
    rows = dict(draft.pairs)["roster"]
    assert "40000077" in rows
    assert "40000078" in rows


def test_the_box_to_paste_into_is_empty_until_text_is_refused(begun: Walk):
    begun.answer("designate_administrator")
    client = begun.browser("preparer")
    here = client.get(f"/tareas/{begun.task('list_personnel').id}").location
    box = r'<textarea[^>]*name="roster-paste"[^>]*>\s*</textarea>'
    assert re.search(box, client.get(here).text), "it is empty"
    pasted = "una línea\nque no es\nuna tabla"
    answer = client.post(here, data={"roster-paste": pasted, "action": "roster:roster:paste"})
    assert answer.status_code == 422
    assert "que no es\n" in answer.text.replace("\r", "")


def test_a_validation_keeps_its_reason_when_the_document_is_refused(begun: Walk):
    client = begun.browser("sip")
    here = "/entidades/E90001/convalidar/training/motivo"
    said = {"validation_reason": "Se capacitó antes.", "action": "next"}
    answer = client.post(here, data=said | {"validation_document": (io.BytesIO(b"x"), "x.pdf")})
    assert answer.status_code == 422
    assert "no es un PDF" in error_at(answer.text, "validation_document")
    assert "Se capacitó antes." in client.get(here).text


# Forms of many entities, which have no draft -----------------------------------------------------


NEW = "/entidades/lotes/nuevo/convalidacion"


def notes_in(page: str) -> list[str]:
    """Return the notes of stored files that a page carries."""
    return re.findall(r'name="held" value="([^"]+)"', page)


@pytest.mark.nightly
def test_a_batch_stores_the_good_one_of_two_files_and_shows_every_fault(walk: Walk):
    client = walk.browser("sip")
    data = {
        "reason": "",
        "file": (io.BytesIO(b"\x00nothing"), "estado.xlsx"),
        "document": (io.BytesIO(sample_pdf()), "sustento.pdf"),
    }
    page = client.post(NEW, data=data)
    assert page.status_code == 422
    assert error_at(page.text, "file")
    assert "Escribe el motivo" in error_at(page.text, "reason")
    assert not error_at(page.text, "document")
    assert "Ya tenemos «sustento.pdf»." in page.text
    (note,) = notes_in(page.text)

    good = {"held": note, "reason": "Se capacitó antes."}
    sheet = workbook(state(stage="1"), personnel=roster())
    answer = client.post(NEW, data=good | {"file": (io.BytesIO(sheet), "estado.xlsx")})
    assert answer.status_code == 303, answer.text
    assert rows_of(walk, answer.location)


@pytest.mark.nightly
def test_a_batch_stores_its_table_when_the_document_is_refused(walk: Walk):
    client = walk.browser("sip")
    sheet = workbook(state(stage="1"), personnel=roster())
    said = {"reason": "Se capacitó antes.", "file": (io.BytesIO(sheet), "estado.xlsx")}
    page = client.post(NEW, data=said | {"document": (io.BytesIO(BAD[0]), BAD[1])})
    assert page.status_code == 422
    assert "no es un PDF" in error_at(page.text, "document")
    good = {"reason": "Se capacitó antes.", "held": notes_in(page.text)}
    answer = client.post(NEW, data=good | {"document": (io.BytesIO(sample_pdf()), "s.pdf")})
    assert answer.status_code == 303, answer.text


@pytest.mark.nightly
def test_a_note_of_a_file_is_void_for_another_person_or_when_changed(walk: Walk):
    walk.people["another"] = walk.person("40000031", "sip")
    data = {"document": (io.BytesIO(sample_pdf()), "sustento.pdf")}
    (note,) = notes_in(walk.browser("sip").post(NEW, data=data).text)
    for role, tried in (("another", note), ("sip", note[:-2] + "aa"), ("sip", "x")):
        page = walk.browser(role).post(NEW, data={"held": tried}).text
        assert error_at(page, "document")
    assert not error_at(walk.browser("sip").post(NEW, data={"held": note}).text, "document")


@pytest.mark.nightly
def test_validating_many_stores_the_document_when_the_reason_is_missing(begun: Walk):
    client = begun.browser("sip")
    address = "/entidades/lotes/elegidas/convalidacion"
    said = {"codigo": "E90001", "enviado": "1", "stage": "designation", "reason": ""}
    upload = {"document": (io.BytesIO(sample_pdf()), "sustento.pdf")}
    page = client.post(address, data=said | upload)
    assert page.status_code == 422
    again = said | {"reason": "Se capacitó antes.", "held": notes_in(page.text)}
    assert client.post(address, data=again).status_code == 303
