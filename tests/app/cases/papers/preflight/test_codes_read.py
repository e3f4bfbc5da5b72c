"""Codes of papers: in their text, in scans, and in what other programs make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.cases.papers import issued as issued_papers
from app.cases.papers.preflight.facts import Facts
from app.cases.papers.preflight.foreign.codes import Addresses, in_text
from forms.fields import photographs
from tests.app.cases.papers import altered
from tests.app.cases.papers.altered import CODE, OTHER_CODE, THIRD_CODE
from tests.app.cases.papers.preflight.bench import Reader
from tests.app.cases.papers.preflight.conftest import ADDRESS
from tests.photographs import photographed

Issued = Callable[..., bytes]


def codes(facts: Facts) -> list[list[tuple[str, int, bool]]]:
    """Return the codes of each page: code, page of the paper, in its text."""
    return [
        [(one["code"], one["page"], one["in_text"]) for one in page["codes"]]
        for page in facts["looked"]
    ]


def roster(issued: Issued) -> bytes:
    """Return a paper of three pages."""
    return issued("sip_rvl_002", OTHER_CODE, 60)


@pytest.mark.nightly
def test_each_page_of_an_original_has_code_and_number(read: Reader, issued: Issued):
    facts = read(roster(issued))
    assert (facts["fault"], facts["pages"], facts["cut_short"]) == ("", 3, False)
    assert codes(facts) == [[(OTHER_CODE, number, True)] for number in (1, 2, 3)]
    assert [page["holds"] for page in facts["looked"]] == ["text"] * 3
    assert len({page["text"] for page in facts["looked"]}) == 3


def test_another_program_keeps_the_codes(read: Reader, issued: Issued):
    facts = read(altered.saved_again(issued()))
    assert codes(facts) == [[(CODE, 1, True)]]
    assert facts["producer"] == "Otro programa"


def test_swapped_pages_have_their_numbers(read: Reader, issued: Issued):
    swapped = altered.joined(roster(issued), issued(), pages=[0, 3, 1])
    assert codes(read(swapped)) == [
        [(OTHER_CODE, 1, True)],
        [(CODE, 1, True)],
        [(OTHER_CODE, 2, True)],
    ]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_that_is_shown_turned_has_its_code(read: Reader, issued: Issued, degrees: int):
    (page,) = read(altered.turned(issued(), degrees))["looked"]
    assert [(one["code"], one["page"]) for one in page["codes"]] == [(CODE, 1)]
    assert (page["width"] > page["height"]) == (degrees != 180)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_scan_is_known_by_its_qr(read: Reader, issued: Issued, turned: int):
    facts = read(altered.scanned(issued(), dpi=200, turned=turned))
    assert codes(facts) == [[(CODE, 1, False)]]
    assert [(page["holds"], page["text"]) for page in facts["looked"]] == [("image", "")]


@pytest.mark.parametrize(("turned", "shown"), [(0, 0), (90, 0), (180, 90), (0, 90), (270, 270)])
def test_a_scan_says_how_it_is_turned(read: Reader, issued: Issued, turned: int, shown: int):
    turned_scan = altered.turned(altered.scanned(issued(), dpi=150, turned=-turned), shown)
    (page,) = read(turned_scan)["looked"]
    assert [one["turned"] for one in page["codes"]] == [(turned + shown) % 360]


def test_a_scan_in_strips_says_how_it_is_turned(read: Reader, issued: Issued):
    scan = altered.bound(altered.pictures(issued(), 150), dpi=150, strips=3)
    (page,) = read(altered.turned(scan, 90))["looked"]
    assert [one["turned"] for one in page["codes"]] == [90]


@pytest.mark.parametrize(
    ("matrix", "turned"),
    [
        ("0 -842 595 0 0 842", 90),
        ("-595 0 0 -842 595 842", 180),
        ("0 842 -595 0 595 0", 270),
        ("595 0 0 -842 0 842", None),
    ],
)
def test_a_picture_that_its_page_turns_says_so(read: Reader, matrix: str, turned: int | None):
    sheet = altered.sheet_with(altered.qr(f"{ADDRESS}{CODE}#1"))
    (page,) = read(altered.placed(altered.bound([sheet], dpi=150), matrix))["looked"]
    assert [(one["page"], one["turned"]) for one in page["codes"]] == [(1, turned)]


@pytest.mark.parametrize(
    "more",
    [
        {"dpi": 300, "skewed": 2.0, "blurred": 1.5},
        {"dpi": 150},
        {"dpi": 600, "quality": 30},
        {"dpi": 300, "quality": 15},
    ],
)
def test_a_bad_scan_is_known_too(read: Reader, issued: Issued, more: dict[str, Any]):
    assert codes(read(altered.scanned(issued(), **more))) == [[(CODE, 1, False)]]


@pytest.mark.parametrize("strips", [2, 3, 15])
def test_a_scan_in_strips_is_known(read: Reader, issued: Issued, strips: int):
    facts = read(altered.bound(altered.pictures(issued(), 200), dpi=200, strips=strips))
    assert codes(facts) == [[(CODE, 1, False)]]


def test_a_scan_in_black_and_white_is_known(read: Reader, issued: Issued):
    pages = [page.convert("1") for page in altered.pictures(issued())]
    assert codes(read(altered.bound(pages))) == [[(CODE, 1, False)]]


def test_a_paper_whose_letters_are_drawings_is_known_by_its_qr(read: Reader, issued: Issued):
    facts = read(altered.without_text(issued()))
    assert codes(facts) == [[(CODE, 1, False)]]
    assert [(page["holds"], page["text"]) for page in facts["looked"]] == [("drawing", "")]


def test_a_scan_without_codes_has_none(read: Reader, issued: Issued):
    facts = read(altered.scanned(issued(), dpi=150, without_codes=True))
    assert codes(facts) == [[]]
    assert facts["looked"][0]["holds"] == "image"


def test_three_papers_in_one_scan_are_distinguished(read: Reader, issued: Issued):
    papers = [issued(), roster(issued), issued("sip_rvl_001", THIRD_CODE)]
    facts = read(altered.scanned(altered.joined(*papers), dpi=150))
    found = [(one[0][0], one[0][1]) for one in codes(facts)]
    assert found[:4] == [(CODE, 1), (OTHER_CODE, 1), (OTHER_CODE, 2), (OTHER_CODE, 3)]
    assert {code for code, _ in found[4:]} == {THIRD_CODE}


def test_a_qr_that_leads_elsewhere_is_counted_and_not_followed(read: Reader):
    leads = [f"https://ajeno.example.org/verificar/{CODE}#1", f"{ADDRESS}{CODE}#2"]
    leads += ["http://localhost/visitas/E00275", f"{ADDRESS}{CODE}/otra", f"javascript:{ADDRESS}"]
    page = altered.sheet_with(*(altered.qr(text, 180) for text in leads))
    (found,) = read(altered.bound([page], dpi=150))["looked"]
    assert [(one["code"], one["page"]) for one in found["codes"]] == [(CODE, 2)]
    assert found["foreign_codes"] == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Verifica en localhost/verificar/7K2M-9QXT-04BD-3F5H", [CODE]),
        ("localhost/verificar/7K2M-9QXT-\n04BD-3F5H Página 1", [CODE]),
        ("local\u00adhost/veri ficar/7K2M\u20109QXT\u200b-04BD-3F5H", [CODE]),
        ("LOCALHOST/VERIFICAR/7k2m 9qxt o4bd 3f5h", [CODE]),
        ("localhost/verificar/7K2M-9QXT-04BD-3F5H localhost/verificar/7K2M-9QXT-04BD-3F5H", [CODE]),
        ("ajeno.example.org/verificar/7K2M-9QXT-04BD-3F5H", []),
        ("localhost/verificar/7K2M-9QXT-04BD-3F5U", []),
        ("localhost/verificar/7K2M", []),
        ("", []),
    ],
)
def test_the_printed_address_is_found_however_it_is_broken(text: str, found: list[str]):
    assert in_text(text, Addresses.of([ADDRESS])) == found
    assert all(issued_papers.typed(code) == code for code in found)


def test_a_host_that_ends_like_ours_is_another():
    addresses = Addresses.of(["https://zaguan.example.pe/verificar/"])
    assert in_text("zaguan.example.pe/verificar/7K2M-9QXT-04BD-3F5H", addresses) == [CODE]
    assert in_text("otro-zaguan.example.pe/verificar/7K2M-9QXT-04BD-3F5H", addresses) == []
    assert in_text("zaguan.example.peru.org/verificar/7K2M-9QXT-04BD-3F5H", addresses) == []


@pytest.mark.nightly
def test_a_photographed_paper_is_known_by_its_qr(read: Reader, issued: Issued):
    taken = [photographed(page) for page in altered.pictures(roster(issued))]
    facts = read(photographs.pdf_of(photographs.pages_of(taken)))
    assert codes(facts) == [[(OTHER_CODE, number, False)] for number in (1, 2, 3)]
    assert [page["holds"] for page in facts["looked"]] == ["image"] * 3
