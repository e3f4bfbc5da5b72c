"""The roster under review: its rows, what changed since the last accepted one, and who sees it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Filing
from app.cases import records
from app.cases.case import Case
from app.people import access
from forms.shapes.change_examples import OPERATORS
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

FIRST, SECOND = OPERATORS[:2]
NEW = FIRST | {"document_number": "00000999", "given_names": "Nora", "surnames": "Nueva Ejemplo"}


def case_of(session, walk: Walk) -> Case:
    row = walk.instance(session)
    return Case(session, row.entity, row, walk.people["sip"])


@pytest.fixture
def reviewed(walk: Walk, clock: Clock) -> Walk:
    """Return a case whose second SIP-RVL-002 is under review, after a first that was accepted."""
    walk.begin_at("resubmission")
    with walk.writing() as session:
        case = case_of(session, walk)
        records.write(case, "roster", [FIRST, SECOND])
        session.add(
            Filing(
                entity_id=case.entity.id,
                instance_id=case.instance.id,
                kind="designation",
                number="1",
                presented_at=calendar.now(),
                signed={"sip_rvl_002": "x"},
                result="accepted",
                closed_at=calendar.now() + timedelta(minutes=1),
            )
        )
    clock.forward(hours=1)
    for step in ("update_personnel", "file_personnel", "record_personnel_reception"):
        walk.answer(step)
    with walk.writing() as session:
        records.write(case_of(session, walk), "roster", [FIRST | {"post": "Jefa"}, NEW])
    return walk


def address(walk: Walk) -> str:
    return f"/tareas/{walk.task('review_personnel').id}"


def rows(page: str) -> list[str]:
    """Return the words of change in the rows of the table, "" for none."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        row.partition('row-change">')[2] or row.partition("row-change--")[2].partition('"')[0]
        for row in body.split("<tr")[1:]
    ]


def changed_cells(page: str) -> list[tuple[str, str]]:
    """Return the old and the new words of changed cells, as a screen reader says them."""
    found = re.findall(r"<del>(.+?)</del> <ins>(.+?)</ins>", page)
    return [(re.sub(r"<[^>]+>", "", old), re.sub(r"<[^>]+>", "", new)) for old, new in found]


@pytest.mark.postgresql
def test_the_review_and_its_pages_say_what_changed_since_the_accepted_roster(reviewed: Walk):
    page = reviewed.browser("sgtd").get(f"{address(reviewed)}/respuesta").text
    assert "1 nueva</a>" in page
    assert "1 ya no está</a>" in page
    assert "1 cambió</a>" in page
    assert rows(page) == ["alta", "baja", "cambio"]
    assert changed_cells(page) == [("antes Recepcionista", "ahora Jefa")]
    page = reviewed.browser("sgtd").get(f"{address(reviewed)}/relacion").text
    assert rows(page) == ["cambio", "alta", "baja"]
    assert changed_cells(page) == [("antes Recepcionista", "ahora Jefa")]
    assert NEW["document_number"] not in page
    assert f'href="/entidades/{CODE}/documentos"' in page


@pytest.mark.nightly
def test_a_roster_in_another_order_is_said_to_have_no_changes(reviewed: Walk):
    with reviewed.writing() as session:
        records.write(case_of(session, reviewed), "roster", [SECOND, FIRST])
    sgtd = reviewed.browser("sgtd")
    for path in ("respuesta", "relacion"):
        page = sgtd.get(f"{address(reviewed)}/{path}").text
        assert "solo cambió el orden de las filas" in page
        assert "Qué cambió" not in page


@pytest.mark.nightly
def test_of_a_thousand_differences_the_review_shows_some_and_the_others_are_pages(reviewed: Walk):
    many = [NEW | {"document_number": f"{number:08}"} for number in range(2000, 3000)]
    with reviewed.writing() as session:
        records.write(case_of(session, reviewed), "roster", [FIRST, *many])
    sgtd = reviewed.browser("sgtd")
    page = sgtd.get(f"{address(reviewed)}/respuesta").text
    assert re.search(r">1\W?000 nuevas</a>", page)
    assert rows(page) == ["alta"] * 12 + ["baja"]
    assert "(aquí están 13 de 1" in page
    last = sgtd.get(f"{address(reviewed)}/relacion?cambio=alta&pagina=10").text
    assert rows(last) == ["alta"] * 100


@pytest.mark.nightly
def test_only_the_page_reads_the_roster_that_was_accepted(reviewed: Walk):
    browser, url = reviewed.browser("sgtd"), f"{address(reviewed)}/respuesta"
    read = []
    for data in (None, {"text": "", "action": "save"}):
        with reviewed.statements() as sent:
            browser.post(url, data=data) if data else browser.get(url)
        read.append(sum("FROM personnel_row" in one for one in sent))
    assert read == [2, 1]


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cambio=alta", ["alta"]),
        ("cambio=baja&perfil=operator", ["baja"]),
        ("q=nora", ["alta"]),
        ("perfil=decision_maker", []),
    ],
)
def test_rows_are_filtered_by_the_address(reviewed: Walk, query: str, found: list[str]):
    assert rows(reviewed.browser("sgtd").get(f"{address(reviewed)}/relacion?{query}").text) == found


@pytest.mark.nightly
def test_a_person_who_is_gone_is_observed_from_the_row(reviewed: Walk):
    sgtd, url = reviewed.browser("sgtd"), f"{address(reviewed)}/respuesta"
    page = sgtd.get(f"{address(reviewed)}/relacion?cambio=baja").text
    (code,) = re.findall(r"\?observar=(gone\.[0-9a-f]+)", page)
    begun = sgtd.get(f"{address(reviewed)}?observar={code}", follow_redirects=True).text
    words = f"Ya no está: {SECOND['given_names']} {SECOND['surnames']}"
    assert words in begun
    assert SECOND["document_number"] not in begun
    sgtd.post(url, data={"action": f"observe:{code}"})
    said = {"observations-0-anchor": code, "observations-0-text": "¿Por qué?"}
    sgtd.post(url, data=said | {"result": "observed", "action": "next"})
    sgtd.post(f"{address(reviewed)}/revisar", data={"action": "submit"})
    (observed,) = (one for one in filings(reviewed) if one["anchor"] == code)
    assert (observed["target"], observed["text"]) == (words, "¿Por qué?")


def filings(walk: Walk) -> list[Any]:
    """Return the observations of all filings."""
    return [one for filing in walk.all(select(Filing)) for one in filing.observations]


@pytest.mark.nightly
def test_a_closed_review_shows_no_rows(reviewed: Walk):
    page, sgtd = f"{address(reviewed)}/relacion", reviewed.browser("sgtd")
    assert NEW["surnames"] in sgtd.get(page).text
    reviewed.answer("review_personnel", "accepted")
    closed = sgtd.get(page)
    assert closed.status_code == 409
    assert NEW["surnames"] not in closed.text


@pytest.mark.nightly
def test_who_must_not_decide_sees_no_rows(reviewed: Walk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(access.duties, "bars", lambda *_: [next(iter(access.duties.WHY))])
    barred = reviewed.browser("sgtd").get(f"{address(reviewed)}/relacion")
    assert barred.status_code == 409
    assert NEW["surnames"] not in barred.text


@pytest.mark.nightly
@pytest.mark.parametrize("query", ["cambio=x", "perfil=x", "pagina=9"])
def test_an_address_that_there_is_not_is_404(reviewed: Walk, query: str):
    assert reviewed.browser("sgtd").get(f"{address(reviewed)}/relacion?{query}").status_code == 404


@pytest.mark.nightly
def test_a_reception_reads_the_designation_and_the_roster_and_observes_only_papers(filed: Walk):
    sip, task = filed.browser("sip"), filed.task("record_reception").id
    page = sip.get(f"/tareas/{task}/respuesta").text
    assert "Vínculo con la entidad" in page
    assert "Máxima autoridad" in page
    assert rows(page)
    every = sip.get(f"/tareas/{task}/relacion").text
    assert "DNI *****" in every
    assert "observar=" not in every
    codes = {found.partition(".")[0] for found in re.findall(r'value="observe:([^"]+)"', page)}
    assert codes == {"paper", "page"}
    assert sip.get(f"/tareas/{task}/relacion?frente=observada").status_code == 404


@pytest.mark.nightly
def test_the_reception_of_a_roster_says_what_changed(walk: Walk):
    walk.begin_at("resubmission")
    for step in ("update_personnel", "file_personnel"):
        walk.answer(step)
    page = (
        walk.browser("sgtd")
        .get(f"/tareas/{walk.task('record_personnel_reception').id}/respuesta")
        .text
    )
    assert 'id="la-relacion"' in page
    assert rows(page)
    assert "observe:row." not in page


@pytest.mark.nightly
def test_a_first_roster_is_compared_with_nothing(filed: Walk):
    filed.answer("record_reception")
    task = filed.task("review_designation").id
    page = filed.browser("sip").get(f"/tareas/{task}/relacion").text
    assert "Es la primera relación" in page
    assert "Qué cambió" not in page
