"""The number and the date of an oficio are asked where it is downloaded to be signed."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import pytest

from app.base import calendar
from app.base.models import IssuedPaper
from app.cases import papers
from tests.app.cast import open_session
from tests.app.together import together
from tests.app.walk import Walk, sample_pdf
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

OFICIO = "oficio_designacion"
NUMBERED = {"paper_number": "045-2026-MDVE/A", "paper_date": "02/03/2026"}


def to_sign(walk: Walk, *more: tuple[str, str]) -> str:
    """Bring a case to its papers; return the address of the step's papers."""
    walk.begin()
    for step, outcome in (("designate_administrator", ""), ("list_personnel", ""), *more):
        walk.answer(step, outcome)
    step = "correct_designation" if more else "file_designation"
    return f"/tareas/{walk.task(step).id}"


def versions(walk: Walk, kind: str = OFICIO) -> list[tuple[str, date | None, bool]]:
    """Return number, date and whether it is in force, of each version of a paper."""
    with open_session(walk.app) as session:
        in_order = (IssuedPaper.issued_at, IssuedPaper.replaced_by.is_(None))
        rows = session.query(IssuedPaper).filter_by(kind=kind).order_by(*in_order)
        return [(row.number, row.dated_on, row.replaced_by is None) for row in rows]


def test_an_oficio_is_made_anew_with_its_number_once(walk: Walk, clock: Any):
    task, browser = to_sign(walk), walk.browser("preparer")
    assert "Ponerle número y fecha" in browser.get(f"{task}/firmar").text
    clock.forward(hours=1)
    other = versions(walk, "sip_rvl_001")
    for _ in range(2):
        assert browser.post(f"{task}/papel/{OFICIO}", data=NUMBERED).status_code == 303
    day = date(2026, 3, 2)
    assert versions(walk) == [("", None, False), ("045-2026-MDVE/A", day, True)]
    assert versions(walk, "sip_rvl_001") == other
    page = browser.get(f"{task}/firmar").text
    assert "N.º 045-2026-MDVE/A, con fecha 2 de marzo de 2026: cambiar" in page
    assert 'value="045-2026-MDVE/A"' in page


def test_what_cannot_be_a_number_or_a_date_of_an_oficio_is_refused(walk: Walk):
    task, browser = to_sign(walk), walk.browser("preparer")
    refused = {
        "Oficio N.º 45": ("", "Escribe solo el número"),
        "---": ("", "tiene cifras"),
        "9" * 61: ("", "60"),
        "45": ("31/02/2026", "día/mes/año"),
        "46": ("01/01/2024", "no de hace más de un año"),
    }
    for number, (day, sentence) in refused.items():
        data = {"paper_number": number, "paper_date": day}
        answer = browser.post(f"{task}/papel/{OFICIO}", data=data)
        assert answer.status_code == 422
        assert sentence in answer.text, number
    assert len(versions(walk)) == 1


def test_only_papers_of_the_open_step_take_a_number_and_only_from_its_people(walk: Walk):
    task = to_sign(walk)
    assert (
        walk.browser("preparer").post(f"{task}/papel/sip_rvl_001", data=NUMBERED).status_code == 404
    )
    assert walk.browser("sip").post(f"{task}/papel/{OFICIO}", data=NUMBERED).status_code == 404
    walk.answer("file_designation")
    again = walk.browser("preparer").post(f"{task}/papel/{OFICIO}", data=NUMBERED)
    assert again.status_code == 409
    assert len(versions(walk)) == 1


def test_a_corrected_oficio_has_its_own_number_and_the_code_of_its_version(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    def render(_: str, values: dict[str, Any], __: date, code: str = "") -> bytes:
        return sample_pdf() + f"%{code} {values['number']} {values['dated_on']}".encode()

    monkeypatch.setattr(papers, "render", render)
    task = to_sign(walk, ("file_designation", ""), ("record_reception", "observed"))
    browser = walk.browser("preparer")
    assert "Ponerle número y fecha" in browser.get(f"{task}/presentar").text
    assert browser.post(f"{task}/papel/{OFICIO}", data=NUMBERED).status_code == 303
    with open_session(walk.app) as session:
        newest = session.query(IssuedPaper).filter_by(number="045-2026-MDVE/A").one()
        (earlier,) = session.query(IssuedPaper).filter_by(kind=OFICIO, number="")
        assert earlier.replaced_by == newest.code
    made = downloaded(browser, task, OFICIO)
    assert made.endswith(f"%{newest.code} 045-2026-MDVE/A 2026-03-02".encode())


def downloaded(browser: CheckingClient, task: str, kind: str) -> bytes:
    """Return a paper that a correction makes from its draft."""
    issued = browser.post(f"{task}/papel/{kind}/descargar").headers["Location"]
    content: bytes = browser.get(issued, buffered=True).data
    return content


def test_each_paper_of_a_correction_is_issued_with_a_code_when_it_is_downloaded(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    def render(kind: str, values: dict[str, Any], __: date, code: str = "") -> bytes:
        return (
            sample_pdf() + f"%{kind} {code} {(values.get('authority') or {}).get('post')}".encode()
        )

    monkeypatch.setattr(papers, "render", render)
    task = to_sign(walk, ("file_designation", ""), ("record_reception", "observed"))
    browser = walk.browser("preparer")
    first = downloaded(browser, task, "sip_rvl_001")
    assert downloaded(browser, task, "sip_rvl_001") == first
    with open_session(walk.app) as session:
        (code,) = [
            row.code
            for row in session.query(IssuedPaper).filter_by(kind="sip_rvl_001", replaced_by=None)
        ]
        assert first.decode("latin-1").split("%")[-1].split()[1] == code
    browser.post(f"{task}/autoridad", data={"action": "save", "authority-post": "Otro cargo"})
    second = downloaded(browser, task, "sip_rvl_001")
    assert second.endswith(b"Otro cargo")
    assert second != first


def test_the_despacho_numbers_its_letter_and_signs_it_with_that_number(walk: Walk, clock: Any):
    walk.begin_at("training")
    clock.forward(days=70)
    walk.tick()
    walk.answer("call_entity", "no_agreement")
    walk.answer("draft_letter")
    task, browser = f"/tareas/{walk.task('sign_letter').id}", walk.browser("secretary")
    day = calendar.today()
    data = {"paper_number": "D000045-2026-PCM-SIP", "paper_date": f"{day:%d/%m/%Y}"}
    assert browser.post(f"{task}/papel/oficio_reiteracion", data=data).status_code == 303
    page = browser.get(f"{task}/firma").text
    assert page.count('value="D000045-2026-PCM-SIP"') == 2
    assert page.count(f'value="{day:%d/%m/%Y}"') == 2
    found = [("", None, False), ("D000045-2026-PCM-SIP", day, True)]
    assert versions(walk, "oficio_reiteracion") == found
    walk.answer("sign_letter", "signed")
    *_, (number, dated_on, in_force) = versions(walk, "oficio_reiteracion")
    assert (number[:1], dated_on, in_force) == ("D", day, True)


@pytest.mark.postgresql
def test_of_two_numbers_at_once_one_version_is_in_force(walk: Walk):
    task = to_sign(walk)
    browsers = [walk.browser("preparer") for _ in range(2)]
    posts = [
        partial(one.post, f"{task}/papel/{OFICIO}", data={"paper_number": f"04{n}-2026-MDVE/A"})
        for n, one in enumerate(browsers)
    ]
    assert [answer.status_code for answer in together(*posts)] == [303, 303]
    assert sum(in_force for *_, in_force in versions(walk)) == 1
    assert len(versions(walk)) == 3
