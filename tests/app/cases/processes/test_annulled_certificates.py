"""A constancia that is annulled: it keeps its number, another is issued, and both say so."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.base import calendar
from app.base.models import (
    Draft,
    FileUse,
    IssuedPaper,
    LogEntry,
    NumberSeries,
    PaperAct,
    ReadFile,
)
from app.cases import processes
from app.cases.papers.preflight import examining
from tests.app.cases.papers.test_findings import facts
from tests.app.walk import CODE, Walk, sample_pdf
from tests.databases import behind_the_back

pytestmark = pytest.mark.nightly

OTHER = "7K2M9QXT04BD3F5H"
ENTITY = f"/entidades/{CODE}"
PATTERN = "{number:04d}-{year}-PCM/SIP"
WHY = {"reason": "El cargo del administrador estaba mal escrito."}
SIGNED = {"signed_on": "02/03/2026"}


def to_sign(walk: Walk, pattern: str = PATTERN, up_to: str = "") -> None:
    """Bring a case to the signature of its constancia, or to an earlier step."""
    walk.app.config["CONSTANCIA_SERIES"] = pattern
    walk.begin_at("interest_acts")
    walk.open_production()
    for step, outcome in (
        ("enable_interest_acts", ""),
        ("define_decision_makers", ""),
        ("approve_decision_makers", "approved"),
        ("train_decision_makers", ""),
        ("close_onboarding", "closed"),
    ):
        if step == up_to:
            return
        walk.answer(step, outcome)


def papers(walk: Walk) -> list[tuple[str, bool, bool]]:
    """Return number, whether it is void and whether it is signed, of each constancia."""
    with walk.reading() as session:
        rows = session.query(IssuedPaper).filter_by(kind="constancia")
        return sorted((one.number, bool(one.void_at), bool(one.signed_id)) for one in rows)


def seen(walk: Walk) -> dict[str, str]:
    """Return what the page posts that annuls the constancia in force."""
    with walk.reading() as session:
        paper = session.query(IssuedPaper).filter_by(kind="constancia", void_at=None).first()
        return WHY | {"about": paper.code if paper else ""}


def address(walk: Walk, what: str) -> str:
    return f"{ENTITY}/procesos/{walk.id}/constancia/{what}"


def annul(walk: Walk, by: str = "secretary", **given: str) -> Any:
    """Annul the constancia in force; return the answer of the page."""
    return walk.browser(by).post(address(walk, "anular"), data=seen(walk) | given)


def answers(walk: Walk) -> list[str]:
    """Return the three answers at the top of the page of the entity."""
    page = walk.browser("administrator").get(ENTITY).text
    return re.findall(r'"answers__main">([^<]*)<', page)


def test_the_step_asks_no_number_and_signs_the_one_that_was_given(walk: Walk):
    to_sign(walk)
    browser = walk.browser("secretary")
    page = browser.get(f"/tareas/{walk.task('sign_certificate').id}/respuesta").text
    assert "0001-2026-PCM/SIP" in page
    assert "Escribe el número" not in page
    walk.answer("sign_certificate")
    assert papers(walk) == [("0001-2026-PCM/SIP", False, True)]
    (mail, *_) = walk.mails("completed")
    assert "0001-2026-PCM/SIP" in mail.body


def test_an_unsigned_one_is_annulled_once_and_the_step_signs_the_next(walk: Walk):
    to_sign(walk)
    browser = walk.browser("secretary")
    assert "Anular la constancia N.º 0001-2026-PCM/SIP" in browser.get(address(walk, "anular")).text
    assert annul(walk, reason="mal").status_code == 422
    posted = seen(walk)
    assert posted["about"] in browser.get(address(walk, "anular")).text
    assert annul(walk).status_code == 303
    again = annul(walk, **posted)
    assert (again.status_code, "ya no está vigente" in again.text) == (422, True)
    assert papers(walk) == [("0001-2026-PCM/SIP", True, False), ("0002-2026-PCM/SIP", False, False)]
    assert browser.get(address(walk, "firmada")).status_code == 404
    void = walk.one(select(IssuedPaper).filter_by(number="0001-2026-PCM/SIP"))
    page = walk.app.test_client().get(f"/verificar/{void.code}").text
    assert "Anulada" in page
    walk.answer("sign_certificate")
    assert papers(walk)[1] == ("0002-2026-PCM/SIP", False, True)
    history = browser.get(f"{ENTITY}/historial").text
    assert "Se anuló la constancia N.º 0001-2026-PCM/SIP" in history
    assert history.count(WHY["reason"]) == 1


def test_a_signed_one_is_annulled_after_the_end_and_the_next_is_signed_outside_of_a_step(
    walk: Walk,
):
    to_sign(walk)
    walk.answer("sign_certificate")
    browser = walk.browser("secretary")
    assert "De nadie: terminó" in answers(walk)
    assert annul(walk).status_code == 303
    assert "El Despacho de la Secretaría" in answers(walk)
    assert "El Despacho firma la constancia" in answers(walk)[2]
    assert "Registrar la constancia firmada" in browser.get(f"{ENTITY}/acciones").text
    refused = (
        ({"document": None}, "Sube la constancia firmada"),
        ({"signed_on": "03/03/2026"}, "no llega"),
        ({"document": (io.BytesIO(b"hola"), "constancia.pdf")}, "no es un PDF"),
    )
    for other, sentence in refused:
        data = SIGNED | {"document": signed()} | other
        given = {name: value for name, value in data.items() if value is not None}
        answer = browser.post(address(walk, "firmada"), data=given)
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
    answer = browser.post(address(walk, "firmada"), data=SIGNED | {"document": signed()})
    assert answer.status_code == 303
    assert papers(walk) == [("0001-2026-PCM/SIP", True, True), ("0002-2026-PCM/SIP", False, True)]
    assert browser.get(address(walk, "firmada")).status_code == 404
    assert answers(walk)[1:] == ["De nadie: terminó", "Nada por ahora"]


def test_a_constancia_whose_last_stage_was_validated_waits_for_the_despacho(walk: Walk):
    to_sign(walk)
    walk.validate(walk.row().stage)
    assert answers(walk)[1] == "El Despacho de la Secretaría"
    page = walk.browser("secretary").get("/pendientes").text
    assert "Firmar la constancia" in page
    assert "la última etapa se convalidó" in page
    assert "Firmar la constancia" in walk.browser("secretary").get("/hoy").text
    place = f"/entidades/{CODE}/procesos/{walk.id}/constancia/firmada"
    assert walk.browser("secretary").get(place).status_code == 200


def test_the_entity_and_the_despacho_are_informed_of_a_void_constancia(walk: Walk):
    to_sign(walk)
    browser = walk.browser("secretary")
    waits, page = "Firmar la constancia", "/pendientes"
    annul(walk)
    assert walk.mails("certificate_annulled") == [], "its step is still open, and nobody signed it"
    assert waits not in browser.get(page).text
    walk.answer("sign_certificate")
    annul(walk, "sip")
    people = {mail.to for mail in walk.mails("completed")}
    annulled = walk.mails("certificate_annulled")
    assert {mail.to for mail in annulled} == people != set()
    assert "0002-2026-PCM/SIP" in annulled[0].subject
    inbox = browser.get(page).text
    assert waits in inbox
    assert "Constancia N.º 0003-2026-PCM/SIP: la anterior se anuló" in inbox
    assert address(walk, "firmada") in inbox
    for other in ("sip", "sgtd", "administrator"):
        assert waits not in walk.browser(other).get(page).text
    sent = browser.post(address(walk, "firmada"), data=SIGNED | {"document": signed()})
    assert sent.status_code == 303
    assert waits not in browser.get(page).text
    (mail, *_) = walk.mails("certificate_signed")
    assert "0003-2026-PCM/SIP" in mail.subject
    paper = walk.one(select(IssuedPaper).filter_by(number="0003-2026-PCM/SIP"))
    assert f"/archivos/{paper.signed_id}" in mail.body


def to_sign_again(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Bring a case to a second constancia that waits for its signature; uploads are read."""
    to_sign(walk)
    walk.answer("sign_certificate")
    annul(walk)
    monkeypatch.setattr(examining, "read", lambda content: facts())
    return walk.browser("secretary")


def test_a_finding_stops_the_signed_copy_once_and_the_reason_is_stored(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    browser = to_sign_again(walk, monkeypatch)
    page, original = address(walk, "firmada"), SIGNED | {"document": signed(b"")}
    for text in (browser.post(page, data=original).text, browser.get(page).text):
        assert "Es el documento tal como se emitió, sin firmas." in text
        assert text.index("Cambiar el archivo") < text.index("Subirlo así")
    assert browser.post(page, data=SIGNED | {"as_is_document": ""}).status_code == 422
    assert ("0002-2026-PCM/SIP", False, False) in papers(walk)
    reason = "La firma está en una hoja aparte."
    assert browser.post(page, data=SIGNED | {"as_is_document": reason}).status_code == 303
    paper = walk.one(select(IssuedPaper).filter_by(number="0002-2026-PCM/SIP"))
    use = walk.get(FileUse, paper.signed_id)
    assert "original" in {one["code"] for one in use.findings}
    assert use.as_is == reason
    assert walk.get(ReadFile, use.sha256).facts["pages"] == 2
    assert walk.one(select(LogEntry).filter_by(kind="file.as_is")).data["reason"] == reason


def test_a_signed_copy_that_was_changed_is_void(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    browser, page = to_sign_again(walk, monkeypatch), address(walk, "firmada")
    browser.post(page, data={"action": "upload:document", "document": signed(b"")})
    dropped = browser.post(page, data={"action": "drop:document"})
    assert dropped.status_code == 200
    assert "Subirlo así" not in dropped.text
    assert "sin firmas" not in browser.get(page).text
    with walk.reading() as session:
        uploads = session.query(FileUse).filter_by(paper="constancia", task_id=None, kind="upload")
        assert [bool(one.void_at) for one in uploads] == [True]


def signed(more: bytes = b"%firma\n") -> tuple[Any, str]:
    return io.BytesIO(sample_pdf() + more), "constancia.pdf"


def test_typed_numbers_are_not_given_twice(walk: Walk):
    to_sign(walk, "")
    walk.answer("sign_certificate")
    ((number, *_),) = papers(walk)
    assert number
    for same in (number, number.lower(), number.replace("/", " / ")):
        taken = annul(walk, "sip", number=same)
        assert taken.status_code == 422
        assert "ya es de otra constancia" in taken.text
    assert "Escribe solo el número" in annul(walk, "sip", number=f"N.º {number}").text
    assert annul(walk, "sip", number="0990-2026-PCM/SIP").status_code == 303
    assert ("0990-2026-PCM/SIP", False, False) in papers(walk)
    with walk.reading() as session:
        assert session.query(NumberSeries).count() == 0


@pytest.mark.parametrize("step", ["close_onboarding", "sign_certificate"])
def test_a_step_refuses_the_number_of_another_constancia(walk: Walk, step: str):
    to_sign(walk, "", up_to=step)
    number = "0042-2026-PCM/SIP"
    with walk.writing() as session:  # its signer types the number
        for paper in session.query(IssuedPaper).filter_by(kind="constancia"):
            paper.add_act(calendar.now(), number="")
    task_id = walk.draft(step, {"close_onboarding": "closed"}.get(step, "signed"))
    browser = walk.browser("sip" if step == "close_onboarding" else "secretary")
    with walk.writing() as session:
        draft = session.query(Draft).filter_by(task_id=task_id).one()
        left = [pair for pair in draft.pairs if pair[0] != "number"]
        draft.pairs = [*left, ["number", number]]
        facts = {"kind": "constancia", "document": "constancia", "sha256": "0" * 64, "size": 1}
        other = IssuedPaper(code=OTHER, entity_id=1, issued_at=calendar.now(), **facts)
        session.add(other)
        other.add_act(calendar.now(), number=number)
    answer = browser.post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert (answer.status_code, "ya es de otra constancia" in answer.text) == (409, True)
    assert walk.task(step).id == task_id
    with behind_the_back(walk.app) as session:
        session.execute(delete(PaperAct).where(PaperAct.code == OTHER))
    answer = browser.post(f"/tareas/{task_id}/revisar", data={"action": "submit"})
    assert answer.status_code == 303


@pytest.mark.postgresql
def test_a_cancelled_case_leaves_its_unsigned_constancia_void(walk: Walk):
    to_sign(walk)
    walk.act(processes.cancel, "Se inició por error.")
    assert papers(walk) == [("0001-2026-PCM/SIP", True, False)]
    assert annul(walk, "sip").status_code == 404
