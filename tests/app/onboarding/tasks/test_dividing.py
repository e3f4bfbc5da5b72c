"""One file with several papers becomes a file for each."""

from __future__ import annotations

from typing import Any

import pytest

from app.base.files import path_of
from app.base.models import FileUse
from app.cases.papers import page_count
from tests.app.cases.papers.test_findings import facts, page
from tests.app.onboarding.tasks.test_findings_on_upload import (
    FIELD,
    Reader,
    code_of,
    file,
    other_pdf,
    pairs,
    send,
    shown,
)
from tests.app.onboarding.tasks.test_findings_on_upload import reader as reader
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly

OFICIO = "signed_oficio_designacion"


@pytest.fixture
def held(walk: Walk, reader: Reader) -> str:
    """Return the id of a scan of three pages: one of the oficio, two of SIP-RVL-001."""
    codes = [code_of(walk, kind) for kind in ("oficio_designacion", "sip_rvl_001")]
    reader.facts = facts(
        page(1, "image", codes[0]), page(1, "image", codes[1]), page(0, "image", "")
    )
    send(walk, "upload", **file(other_pdf(3)))
    reader.facts = facts(page(1, "image", codes[0]))
    return pairs(walk)[FIELD]


def divide(walk: Walk, file_id: str, role: str = "preparer", **data: str) -> Any:
    """Open the page that divides a file; or post it, with the paper of each page."""
    url = f"/tareas/{walk.task('file_designation').id}/repartir/{file_id}"
    return walk.browser(role).post(url, data=data) if data else walk.browser(role).get(url)


def test_a_page_without_a_code_continues_the_paper_before_it(walk: Walk, held: str):
    assert "varios documentos: Oficio de designación y Formato SIP-RVL-001" in shown(walk)
    text = divide(walk, held).text
    chosen = [
        text.split(f'name="page-{number}"')[1].split("selected")[0].split('value="')[-1]
        for number in (1, 2, 3)
    ]
    assert [one.partition('"')[0] for one in chosen] == [
        "oficio_designacion",
        "sip_rvl_001",
        "sip_rvl_001",
    ]


def test_each_paper_gets_its_pages(walk: Walk, held: str):
    chosen = {"page-1": "oficio_designacion", "page-2": "sip_rvl_001", "page-3": "sip_rvl_001"}
    answer = divide(walk, held, **chosen)
    assert answer.status_code == 303
    draft = pairs(walk)
    assert draft[FIELD] != held
    with walk.reading() as session:
        stored = {name: session.get_one(FileUse, draft[name]) for name in (FIELD, OFICIO)}
        contents = {name: path_of(use.sha256).read_bytes() for name, use in stored.items()}
        pages = {name: page_count(content) for name, content in contents.items()}
        assert pages == {FIELD: 2, OFICIO: 1}
        assert stored[OFICIO].paper == "oficio_designacion"
        assert [one["code"] for one in stored[OFICIO].findings] == ["handwritten"]


def test_a_page_of_nothing_is_left_out_and_some_page_must_be_chosen(walk: Walk, held: str):
    none = divide(walk, held, **{"page-1": "", "page-2": "", "page-3": ""})
    assert none.status_code == 422
    assert "Elige el documento de al menos una página." in none.text
    assert divide(walk, held, **{"page-1": "constancia"}).status_code == 400
    divide(walk, held, **{"page-1": "", "page-2": "sip_rvl_001", "page-3": ""})
    with walk.reading() as session:
        use = session.get_one(FileUse, pairs(walk)[FIELD])
        assert page_count(path_of(use.sha256).read_bytes()) == 1


def test_only_a_file_of_the_draft_is_divided(walk: Walk, held: str):
    assert divide(walk, "nada").status_code == 404
    assert divide(walk, held, role="sip").status_code == 404
    send(walk, f"drop:{FIELD}")
    assert divide(walk, held).status_code == 404


def test_a_file_with_too_many_pages_has_no_link_and_its_page_says_it(walk: Walk, reader: Reader):
    codes = [code_of(walk, kind) for kind in ("oficio_designacion", "sip_rvl_001")]
    for pages, is_offered in ((60, True), (61, False)):
        send(walk, f"drop:{FIELD}")
        reader.facts = facts(*(page(1, "image", codes[number % 2]) for number in range(pages)))
        send(walk, "upload", **file(other_pdf(pages)))
        held = pairs(walk)[FIELD]
        assert (f"repartir/{held}" in shown(walk)) == is_offered
        answer = divide(walk, held)
        assert answer.status_code == 200
        assert ("hasta 60" in answer.text) != is_offered
        assert ('name="page-1"' in answer.text) == is_offered
    assert "El archivo tiene 61 páginas" in divide(walk, held, **{"page-1": "sip_rvl_001"}).text
    assert pairs(walk)[FIELD] == held
