"""A finding stops an upload once, before the papers are filed; the reviewer sees it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select

from app.base import files
from app.base.models import Draft, FileUse, IssuedPaper, LogEntry, ReadFile, Task
from app.cases.case import Case
from app.cases.papers import issued
from app.cases.papers.preflight import examining, reading
from tests.app.cases.papers.test_findings import facts, page, signature
from tests.app.onboarding.tasks.test_refused_files import error_at
from tests.app.walk import Walk, sample_pdf
from tests.databases import behind_the_back

pytestmark = pytest.mark.nightly

ADDED = "Se agregó algo al documento antes de firmarlo."
REASON = "Firma por encargo, con la Resolución 12-2026."
FIELD, AS_IS = "signed_sip_rvl_001", "as_is_signed_sip_rvl_001"


def other_pdf(pages: int = 1, text: bytes = b"% another") -> bytes:
    """Return a PDF whose bytes are no issued paper's."""
    content = io.BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        pdf.save(content)
    return content.getvalue() + text


class Reader:
    """Answers what a test says instead of reading a file, and notes which issued ones it reads.

    `begun`: bytes of the issued file that each upload begins with.
    """

    def __init__(self) -> None:
        self.facts: Any = facts(page())
        self.issued: Any = facts(page(1))
        self.read: list[str] = []
        self.begun: list[int] = []

    def __call__(self, path: Any, issued: int = 0) -> Any:
        if path.suffix:
            self.begun.append(issued)
            return self.facts
        self.read.append(path.name)
        return self.issued


def reader_of(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader whose answers a test sets; the case waits to be filed."""
    walk.begin()
    for step in ("designate_administrator", "list_personnel"):
        walk.answer(step)
    made = Reader()
    monkeypatch.setattr(examining, "read", READ)
    monkeypatch.setattr(reading, "read", made)
    return made


READ = examining.read


@pytest.fixture
def reader(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """Return a reader in place of the helper."""
    return reader_of(walk, monkeypatch)


def code_of(walk: Walk, kind: str) -> str:
    """Return the code of a paper in force."""
    return walk.one(select(IssuedPaper.code).filter_by(kind=kind, replaced_by=None))


def send(walk: Walk, action: str = "next", **data: Any) -> Any:
    """Post the page on which papers are signed."""
    task_id = walk.task("file_designation").id
    url = f"/tareas/{task_id}/firmar"
    return walk.browser("preparer").post(url, data={"action": action, **data})


def file(content: bytes) -> dict[str, Any]:
    """Return a file for SIP-RVL-001, as `send` takes it."""
    return {FIELD: (io.BytesIO(content), "firmado.pdf")}


def shown(walk: Walk) -> str:
    """Return the page on which papers are signed."""
    task_id = walk.task("file_designation").id
    text: str = walk.browser("preparer").get(f"/tareas/{task_id}/firmar").text
    return text


def pairs(walk: Walk) -> dict[str, str]:
    """Return the draft."""
    draft = walk.get(Draft, walk.task("file_designation").id)
    return dict(draft.pairs)


def make_letter_anew(walk: Walk) -> None:
    """Give the letter of the designation another number."""
    address = f"/tareas/{walk.task('file_designation').id}/papel/oficio_designacion"
    made = walk.browser("preparer").post(address, data={"paper_number": "045-2026-MDVE/A"})
    assert made.status_code == 303


def test_the_unsigned_original_stops_once_and_can_be_uploaded_with_a_reason(
    walk: Walk, reader: Reader
):
    stopped = send(walk, **file(sample_pdf()))
    assert "/firmar#applies-as_is_signed_sip_rvl_001" in stopped.headers["Location"]
    text = shown(walk)
    assert "Es el documento tal como se emitió, sin firmas." in text
    assert "Sube el que firmaste." in text
    assert text.index("Cambiar el archivo") < text.index("Subirlo así")
    for reason, said in (
        ("", "explica por qué lo subes así"),
        ("Firma la persona con DNI 40000001", "ningún número de documento"),
    ):
        refused = send(walk, **{AS_IS: reason})
        assert refused.status_code == 422
        assert said in error_at(refused.text, AS_IS)
    send(walk, **{AS_IS: REASON})
    assert pairs(walk)[AS_IS] == REASON


def test_what_was_read_is_stored_with_its_findings(walk: Walk, reader: Reader):
    code = code_of(walk, "sip_rvl_001")
    reader.facts = facts(page(1, "image", code))
    send(walk, "upload", **file(other_pdf()))
    use = walk.get(FileUse, pairs(walk)[FIELD])
    assert [one["code"] for one in use.findings] == ["handwritten"]
    assert walk.get(ReadFile, use.sha256).facts["looked"][0]["codes"][0]["code"] == code
    assert "Subirlo así" not in shown(walk)


def test_a_file_is_compared_with_the_issued_one_that_it_begins_with(walk: Walk, reader: Reader):
    code = code_of(walk, "sip_rvl_001")
    with behind_the_back(walk.app) as session:  # tests typeset all papers alike
        session.query(IssuedPaper).filter(IssuedPaper.code != code).update({"sha256": "0" * 64})
    for is_added in (False, True):
        reader.facts = facts(page(1, code=code), signatures=(signature(),), added=is_added)
        send(walk, "upload", **file(sample_pdf() + b"% signed"))
        assert (ADDED in shown(walk)) == is_added
        make_letter_anew(walk)
        assert (ADDED in shown(walk)) == is_added, "when it is judged again"
        send(walk, f"drop:{FIELD}")
    send(walk, "upload", **file(other_pdf()))
    assert reader.begun == [len(sample_pdf()), len(sample_pdf()), 0]


def test_another_text_is_found_by_the_code_of_the_issued_file(walk: Walk, reader: Reader):
    code = code_of(walk, "sip_rvl_001")
    reader.issued = facts(page(1, code=code, text="a"))
    reader.facts = facts(page(1, code=code, text="b"), signatures=(signature(),))
    for _ in range(2):
        send(walk, "upload", **file(other_pdf()))
        assert "El texto de la página 1 no es el del documento que se emitió." in shown(walk)
        send(walk, f"drop:{FIELD}")
    assert len(reader.read) == len(set(reader.read)) == 1, "an issued file is read once"


def test_a_file_that_could_not_be_read_is_compared_with_nothing(walk: Walk, reader: Reader):
    code = code_of(walk, "sip_rvl_001")
    reader.issued = facts() | {"looked": [], "pages": 0, "cut_short": True}
    reader.facts = facts(page(1, code=code, text="b"), signatures=(signature(),))
    send(walk, "upload", **file(other_pdf()))
    text = shown(walk)
    assert "Está guardado con otro programa" in text
    assert "no es el del documento que se emitió" not in text


def test_a_changed_file_needs_its_own_reason(walk: Walk, reader: Reader):
    send(walk, "upload", **file(sample_pdf()))
    send(walk, "save", **{AS_IS: REASON})
    send(walk, f"drop:{FIELD}")
    assert AS_IS not in pairs(walk)
    send(walk, "upload", **file(sample_pdf()))
    assert AS_IS not in pairs(walk)


def test_another_paper_and_another_signer_are_found(walk: Walk, reader: Reader):
    code = code_of(walk, "oficio_designacion")
    reader.facts = facts(page(1, "text", code), signatures=(signature(document="49999999"),))
    send(walk, "upload", **file(other_pdf()))
    text = shown(walk)
    assert "Es otro documento: Oficio de designación." in text
    assert "no es la máxima autoridad que figura en el expediente" in text
    assert "49999999" not in text
    assert '<strong class="finding__word">VÁLIDO</strong>' in text


def test_one_file_for_two_papers_is_found_until_the_other_one_is_dropped(
    walk: Walk, reader: Reader
):
    reader.facts = facts(page(code=""), signatures=(signature(document=""),))
    content, same = other_pdf(), "Es el mismo archivo que subiste como"
    send(walk, "upload", **file(content))
    send(walk, "upload", signed_oficio_designacion=(io.BytesIO(content), "oficio.pdf"))
    assert f"{same} Oficio de designación, firmado." in shown(walk)
    send(walk, "drop:signed_oficio_designacion")
    assert same not in shown(walk)


def test_a_paper_that_is_made_anew_makes_its_signed_copy_an_older_version(
    walk: Walk, reader: Reader
):
    first = code_of(walk, "oficio_designacion")
    reader.facts = facts(page(1, "image", first))
    send(walk, "upload", signed_oficio_designacion=(io.BytesIO(other_pdf()), "oficio.pdf"))
    assert "Es una versión anterior" not in shown(walk)
    make_letter_anew(walk)
    newest = code_of(walk, "oficio_designacion")
    assert newest != first
    assert "Es una versión anterior" in shown(walk)
    with walk.writing() as session:
        use = session.get_one(FileUse, pairs(walk)["signed_oficio_designacion"])
        assert use.issued_code == first
        task = session.get_one(Task, walk.task("file_designation").id)
        case = Case(session, task.entity, task.instance, task=task)
        issued.note_signed(case, {"oficio_designacion": use.id}, {})
        assert session.get_one(IssuedPaper, first).signed_id == use.id
    assert walk.get(IssuedPaper, newest).signed_id is None


def submit_with(walk: Walk, held: Mapping[str, str]) -> None:
    """Present the designation by an example that keeps these values of its draft."""
    task_id = walk.draft("file_designation")
    with walk.writing() as session:
        draft = session.get_one(Draft, task_id)
        others = [pair for pair in draft.pairs if pair[0] not in held]
        draft.pairs = [*others, *map(list, held.items())]
    sent = walk.browser("preparer").post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert sent.status_code == 303


def test_a_reason_is_logged_shown_to_the_reviewer_and_needed_again(walk: Walk, reader: Reader):
    reader.facts = facts(page(code=""))
    send(walk, "upload", **file(other_pdf()))
    send(walk, "save", **{AS_IS: REASON})
    held = {FIELD: pairs(walk)[FIELD], AS_IS: REASON}
    task_id = walk.task("file_designation").id
    submit_with(walk, held)
    assert walk.get(FileUse, held[FIELD]).as_is == REASON
    entry = walk.one(select(LogEntry).filter_by(kind="file.as_is"))
    assert entry.data["reason"] == REASON
    paper = walk.one(select(IssuedPaper).filter_by(kind="sip_rvl_001"))
    assert paper.signed_id == held[FIELD]
    review = walk.browser("sip").get(f"/tareas/{walk.task('record_reception').id}/respuesta").text
    assert "No encontramos el código" in review
    assert REASON in review
    assert "Sube el que firmaste." not in review, "advice is for who uploads"
    walk.answer("record_reception", "not_filed")
    assert walk.task("file_designation").id != task_id
    assert "#applies-as_is_signed_sip_rvl_001" in send(walk).headers["Location"]
    assert REASON not in shown(walk)
    assert pairs(walk)[FIELD] == held[FIELD], "the file stays"
    assert AS_IS not in pairs(walk)


def test_a_busy_reader_leaves_the_examination_of_the_file(walk: Walk, reader: Reader):
    reader.facts = facts() | {"looked": [], "pages": 0, "cut_short": True}
    send(walk, "upload", **file(other_pdf()))
    assert "No alcanzamos a revisarlo: lo mira quien revisa." in shown(walk)
    assert "Subirlo así" not in shown(walk)
    script = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.Root.OpenAction = action
        pdf.save(script)
    send(walk, f"drop:{FIELD}")
    refused = send(walk, "upload", **file(script.getvalue()))
    assert "instrucciones que se ejecutan" in refused.text


def test_a_step_whose_file_is_lost_can_still_be_saved(walk: Walk, reader: Reader):
    send(walk, "upload", **file(other_pdf()))
    with walk.reading() as session:
        use = session.get_one(FileUse, pairs(walk)[FIELD])
        with walk.app.app_context():
            files.path_of(use.sha256).unlink()
    make_letter_anew(walk)


def test_documents_are_read_again_only_if_they_changed(
    walk: Walk, reader: Reader, monkeypatch: pytest.MonkeyPatch
):
    send(walk, "upload", **file(other_pdf()))
    judged: list[str] = []

    def counted(case: Any, use: FileUse, *more: Any) -> bool:
        judged.append(use.id)
        return False

    monkeypatch.setattr(examining, "judge", counted)
    send(walk, "save", **{AS_IS: REASON})
    assert judged == []
    send(walk, "upload", signed_sip_rvl_002=(io.BytesIO(other_pdf()), "relacion.pdf"))
    assert len(judged) >= 2
