"""The Despacho signs many papers: a ZIP down, a ZIP up, and one answer for each."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import FileUse, IssuedPaper, Record, Task
from app.cases.papers.preflight.reading import NOT_READ
from app.onboarding.review.signing import recognising, waiting
from app.onboarding.review.signing.recognising import Arrived
from tests.app.cases.papers.added import overlaid
from tests.app.cases.papers.altered import signed
from tests.app.cases.papers.test_printed_records import LAST_STAGE
from tests.app.onboarding.review.despacho import Despacho, blank_of, registered, zipped
from tests.app.uploads import with_file
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly


def test_the_chosen_papers_come_as_one_zip_with_an_index(despacho: Despacho):
    first, second, _ = despacho.issued
    address = f"/firmas/originales.zip?t={first}&t={second}&t=999999"
    sent = despacho.download(address)
    assert sent == despacho.download(address), "the same papers give the same bytes"
    with zipfile.ZipFile(io.BytesIO(sent)) as archive:
        head, *lines = csv.reader(io.StringIO(archive.read("indice.csv").decode("utf-8-sig")))
        assert head[0] == "Código del documento"
        by_name = {name: archive.read(name) for name in archive.namelist() if name != "indice.csv"}
    assert sorted(by_name.values()) == sorted([despacho.issued[first], despacho.issued[second]])
    assert [line[4] for line in lines] == list(by_name)
    assert all(name.endswith("_oficio-de-reiteracion.pdf") for name in by_name)
    assert len(despacho.walk.entries("file.read")) == 4
    nothing = despacho.browser.get("/firmas/originales.zip?t=999999", follow_redirects=True)
    assert "Elige al menos un documento." in nothing.text


def test_each_chosen_oficio_gets_its_number_and_date_before_it_is_packed(despacho: Despacho):
    first, second, _ = despacho.issued

    def number(**typed: str) -> Any:
        data = {"t": [first, second]} | {
            name.replace("__", "-"): text for name, text in typed.items()
        }
        return despacho.browser.post("/firmas/originales", data=data)

    same = {f"paper_number__{task}": "D000200-2026-PCM-SIP" for task in (first, second)}
    assert number(**same).text.count("Este número está en dos de los oficios elegidos.") == 4
    wrong = number(**{f"paper_number__{first}": "Oficio 1", f"paper_date__{first}": "30/02/2026"})
    assert wrong.status_code == 422
    assert wrong.text.count("Ejemplo 1: Escribe solo el número") == 1, "its entity in the summary"
    assert 'value="30/02/2026" maxlength="10" autocomplete="off"' in wrong.text
    assert despacho.count(IssuedPaper, kind="oficio_reiteracion") == 3
    typed = {f"paper_number__{first}": "D000201-2026-PCM-SIP", f"paper_date__{first}": "02/03/2026"}
    sent = number(**typed, **{f"paper_number__{second}": "", f"paper_date__{second}": ""})
    made = despacho.walk.one(select(IssuedPaper).filter(IssuedPaper.number != ""))
    assert (made.number, made.dated_on) == ("D000201-2026-PCM-SIP", date(2026, 3, 2))
    old = despacho.walk.get(IssuedPaper, despacho.codes[first])
    assert old.replaced_by == made.code
    new = blank_of(made.code)
    with zipfile.ZipFile(io.BytesIO(despacho.download(sent.location))) as archive:
        papers_ = [archive.read(name) for name in archive.namelist() if name.endswith(".pdf")]
    assert sorted(papers_) == sorted([new, despacho.issued[second]])
    page = despacho.take({"a.pdf": signed(new), "b.pdf": signed(despacho.issued[second])})
    assert page.text.count("Listo para registrar") == 2
    assert f'name="number-{first}" value="D000201-2026-PCM-SIP"' in page.text
    number(**{f"paper_number__{first}": "D000999-2026-PCM-SIP"})
    assert despacho.count(IssuedPaper, number="D000999-2026-PCM-SIP") == 0, "it is signed already"


def test_signed_papers_come_back_under_any_name_and_are_registered(despacho: Despacho):
    first, second, third = despacho.issued
    files = {
        "firmados/a.pdf": signed(despacho.issued[first]),
        "b.PDF": signed(despacho.issued[second]),
        "indice.csv": b"whatever",
    }
    page = despacho.take(files)
    assert page.status_code == 200
    assert page.text.count("Listo para registrar") == 2
    assert "INDETERMINADO" in page.text
    again = despacho.take(files)
    assert again.text.count("Ya lo habías subido.") == 2
    assert despacho.count(FileUse, kind="upload", paper="oficio_reiteracion") == 2
    done = despacho.register(first, second)
    assert done.text.count("Firma registrada.") == 2
    assert despacho.count(Task, step="sign_letter", state="open") == 1
    with despacho.walk.reading() as session:
        letters = session.query(Record).filter_by(name="letter")
        numbers = [row.data["number"] for row in letters if row.data["number"]]
        assert numbers == [registered(task)["number"] for task in (first, second)]
        assert session.query(IssuedPaper).filter(IssuedPaper.signed_id.is_not(None)).count() == 2
    late = despacho.register(first, third)
    assert "Ya no espera tu firma." in late.text
    assert "Todavía no se subió su documento firmado." in late.text
    assert despacho.count(Task, step="sign_letter", state="open") == 1


def test_a_wrong_number_or_date_leaves_the_others_registered(despacho: Despacho):
    first, second, _ = despacho.issued
    despacho.take({str(task): signed(despacho.issued[task]) for task in (first, second)})
    fields = {f"number-{first}": "1", f"signed_on-{first}": "01/01/2027"}
    fields |= {f"number-{second}": "2", f"signed_on-{second}": "04/05/2026"}
    page = despacho.browser.post("/firmas/registrar", data={"t": [first, second]} | fields)
    assert page.status_code == 422
    assert "no llega" in page.text
    assert page.text.count("Firma registrada.") == 1
    assert f'name="signed_on-{first}" value="01/01/2027"' in page.text, "what was typed stays"
    assert "Elige al menos un" in despacho.browser.post(
        "/firmas/registrar", data={}, follow_redirects=True
    ).text  # fmt: skip


def test_what_is_unusual_is_seen_before_it_is_registered(despacho: Despacho):
    first, second, _ = despacho.issued
    despacho.take({str(task): signed(despacho.issued[task]) for task in (first, second)})
    both = despacho.register(first, second, number="D000123-2026-PCM-SIP")
    assert both.text.count("Este número está en dos de los documentos elegidos.") == 2
    despacho.register(first, number="D000123-2026-PCM-SIP")
    assert despacho.count(Task, step="sign_letter", state="open") == 2
    sunday = {"number": "D000123-2026-PCM-SIP", "signed_on": "03/05/2026"}
    shown = despacho.register(second, **sunday)
    for note in (
        "El número D000123-2026-PCM-SIP ya es de un oficio de",
        "La firma es de antes de que se emitiera el documento, el 4 de mayo",
        "La firma es de un día no hábil",
        "Mira lo que se advierte de este documento",
    ):
        assert shown.text.count(note) == 1, note
    other = despacho.register(second, seen=shown.text, **(sunday | {"signed_on": "02/05/2026"}))
    assert "Mira lo que se advierte" in other.text, "another day has other notes"
    assert despacho.count(Task, step="sign_letter", state="open") == 2
    done = despacho.register(second, seen=shown.text, **sunday)
    assert done.text.count("Firma registrada.") == 1
    assert despacho.count(Task, step="sign_letter", state="open") == 1


def test_a_number_other_than_the_printed_one_is_noted(despacho: Despacho):
    (first, *_), typed = despacho.issued, "D000201-2026-PCM-SIP"
    despacho.browser.post("/firmas/originales", data={"t": first, f"paper_number-{first}": typed})
    with despacho.walk.reading() as session:
        (code,) = session.query(IssuedPaper.code).filter_by(number=typed).one()
    assert "escribiste" not in despacho.take({"a.pdf": signed(blank_of(code))}).text
    page = despacho.register(first)
    assert f"El oficio dice N.º {typed}, y escribiste {registered(first)['number']}." in page.text
    assert "Firma registrada." in despacho.register(first, seen=page.text).text


def test_each_file_that_is_not_taken_says_why(despacho: Despacho):
    first, second, third = despacho.issued
    broken = signed(despacho.issued[third])
    page = despacho.take(
        {
            "original.pdf": despacho.issued[first],
            "sin-firma.pdf": overlaid(despacho.issued[first]),
            "uno.pdf": signed(despacho.issued[second]),
            "otro.pdf": signed(despacho.issued[second], field="Firma2"),
            "cambiado.pdf": overlaid(broken),
            "ajeno.pdf": blank_of("another"),
            "texto.pdf": b"hola",
            "../fuera.pdf": signed(despacho.issued[first]),
        }
    )
    assert page.status_code == 422
    for text in (
        "Es el documento sin firmar.",
        "No trae ninguna firma digital.",
        "no es válida",
        "No es ningún documento que espere tu firma.",
        "No es un PDF.",
        "lleva fuera de la carpeta",
    ):
        assert page.text.count(text) == 1, text
    assert page.text.count("El ZIP trae dos archivos distintos de este.") == 2
    assert despacho.count(FileUse, kind="upload", paper="oficio_reiteracion") == 0


def test_a_signature_of_another_person_is_finished_in_its_step(despacho: Despacho):
    first = next(iter(despacho.issued))
    page = despacho.take({"a.pdf": signed(despacho.issued[first], "delegate")})
    assert "no es alguien del Despacho" in page.text
    assert "Se termina en su paso." in page.text
    assert "explica por qué lo subes así" in despacho.register(first).text
    assert despacho.count(Task, step="sign_letter", state="open") == 3


def test_a_signature_in_its_step_asks_for_a_recent_code(despacho: Despacho, monkeypatch: Any):
    first = next(iter(despacho.issued))
    despacho.take({"a.pdf": signed(despacho.issued[first])})
    monkeypatch.setattr("app.people.accounts.factor.waiting.is_demanded", lambda *_: True)
    data = {"decision": "signed", **registered(first), "action": "next"}
    despacho.browser.post(f"/tareas/{first}/firma", data=data)
    review, send = f"/tareas/{first}/revisar", {"action": "submit"}
    answer = despacho.browser.post(review, data=send)
    assert answer.location.startswith("/segundo-factor")
    monkeypatch.undo()
    assert despacho.count(Task, step="sign_letter", state="open") == 3
    despacho.browser.post(review, data=send)
    assert despacho.count(Task, step="sign_letter", state="open") == 2


def test_one_paper_twice_in_a_zip_counts_once(despacho: Despacho):
    first = next(iter(despacho.issued))
    content = signed(despacho.issued[first])
    page = despacho.take({"a.pdf": content, "b.pdf": content})
    assert page.text.count("Listo para registrar") == 1
    assert "Está repetido en el ZIP" in page.text
    assert page.text.count("/hoja-de-sustento") == 3, "of what is signed, and of the others"


def test_what_is_no_zip_of_papers_is_refused_as_a_whole(walk: Walk):
    browser = walk.browser("secretary")
    for content, name, text in (
        (b"", "", "Elige el ZIP"),
        (b"no zip at all", "firmados.zip", "no es un ZIP"),
        (zipped({f"{n}.pdf": b"" for n in range(202)}), "firmados.zip", "trae demasiado"),
    ):
        page = browser.post("/firmas", **with_file(content, name, into="firmados"))
        assert page.status_code == 422
        assert text in page.text


def test_a_copy_or_an_older_version_is_known_by_its_code(despacho: Despacho, tmp_path: Any):
    first, second, third = despacho.issued
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7")

    def said(*codes: str) -> str:
        codes_: Any = [{"code": code, "page": 1, "in_text": True} for code in codes]
        page: Any = {"holds": "text", "codes": codes_}
        facts = {**NOT_READ, "pages": 1, "looked": [page], "cut_short": False}
        arrived = Arrived("a.pdf", path, "0", 8, "", facts)  # type: ignore[arg-type]
        with despacho.walk.reading() as session:
            user = despacho.walk.user(session, "secretary")
            papers_ = waiting.of_user(session, user)
            (one,) = recognising.recognise(session, [arrived], papers_)
            assert one.waiting is None
            return one.text

    codes, now = despacho.codes, calendar.now()
    with despacho.walk.writing() as session:
        session.get_one(IssuedPaper, codes[second]).add_act(now, replaced_by=codes[first])
        copy = session.query(FileUse).first()
        session.get_one(IssuedPaper, codes[third]).add_act(now, signed_id=copy.id)
    assert "guardado con otro programa" in said(codes[first])
    assert "no es la versión vigente" in said(codes[second])
    assert "ya está registrada" in said(codes[third])
    assert "varios documentos" in said(codes[first], codes[second])


def test_a_constancia_has_its_number_already(desk: Walk):
    desk.app.config["CONSTANCIA_SERIES"] = "{number:04d}-{year}-PCM/SIP"
    desk.begin_at("interest_acts")
    for step in LAST_STAGE:
        desk.answer(step)
    desk.answer("close_onboarding", "closed")
    task = desk.task("sign_certificate").id
    row = desk.one(select(IssuedPaper).filter_by(kind="constancia"))
    despacho = Despacho(desk, {}, {}, desk.browser("secretary"))
    page = despacho.take({"a.pdf": signed(blank_of(row.code))})
    assert row.number
    assert "Ya tiene" in page.text
    assert "Firma registrada." in despacho.register(task, signed_on="02/03/2026").text
    assert desk.row().end == "onboarding_done"
