"""Numbers of papers: the series of the constancias, numbers that were typed, and dates."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.base import calendar, db, files
from app.base.config import BadSetting, load
from app.base.models import IssuedPaper, NumberSeries, YearName
from app.cases import papers, records
from app.cases.case import Case
from app.cases.papers import issued
from app.cases.papers.issued import series
from app.cases.papers.issued.marks import Marks
from tests.app.cases.papers.test_issued import issued_row
from tests.app.cases.papers.test_papers import pages_of
from tests.app.cases.papers.test_papers_of_cases import write
from tests.app.cast import entity
from tests.app.together import together

PATTERN = "{number:04d}-{year}-PCM/SIP"
DAY = date(2026, 3, 2)
CERTIFIED = ("entity", "administrator", "production", "decision_makers")


CLOSING = {
    "decision": "closed",
    "reason": "",
    "on": "2026-03-02",
    "checklist": [],
    "number": "0012-2026-PCM/SIP",
}


def text_of(use: Any) -> str:
    return " ".join(pages_of(files.path_of(use.sha256).read_bytes()))


def add_numbered(session: Session, entity_id: int, number: str) -> None:
    """Add an issued constancia with a number."""
    facts = {"kind": "constancia", "document": "constancia", "sha256": "0" * 64, "size": 1}
    now = calendar.now()
    paper = IssuedPaper(code=issued.new_code(), entity_id=entity_id, issued_at=now, **facts)
    session.add(paper)
    paper.add_act(now, number=number)


@pytest.fixture
def by_series(app: Flask) -> None:
    app.config["CONSTANCIA_SERIES"] = PATTERN


@pytest.mark.postgresql
def test_two_at_once_get_different_numbers_and_one_that_fails_gives_its_back(app: Flask):
    def take() -> str:
        with app.app_context(), db.writing(app) as session:
            return series.next_number(session, PATTERN, DAY)

    def fail() -> None:
        with app.app_context(), db.writing(app) as session:
            series.next_number(session, PATTERN, DAY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert sorted(together(*[take] * 4)) == [f"000{n}-2026-PCM/SIP" for n in (1, 2, 3, 4)]
    with db.writing(app) as session:
        assert series.next_number(session, PATTERN, date(2027, 1, 4)) == "0001-2027-PCM/SIP"


@pytest.mark.postgresql
def test_of_two_that_type_a_number_at_once_one_gets_it(app: Flask):
    with app.app_context(), db.writing(app) as session:
        entity_id = entity(session).id

    def take() -> bool:
        with app.app_context(), db.writing(app) as session:
            try:
                series.take_typed(session, "0012-2026-PCM/SIP")
            except series.NumberTaken:
                return False
            add_numbered(session, entity_id, "0012-2026-PCM/SIP")
            return True

    assert sorted(together(*[take] * 4)) == [False, False, False, True]


def test_a_series_begins_after_the_typed_numbers_of_its_year(case: Case):
    for number in ("0036-2026-PCM/SIP", "0099-2025-PCM/SIP", "77 de 2026", ""):
        add_numbered(case.session, case.entity.id, number)
    case.session.flush()
    assert series.next_number(case.session, PATTERN, DAY) == "0037-2026-PCM/SIP"
    assert case.session.get_one(NumberSeries, ("constancia", 2026)).last == 37


@pytest.mark.usefixtures("by_series")
def test_a_constancia_has_its_number_from_the_act_that_issues_it(case: Case):
    write(case, *CERTIFIED)
    first = papers.issue(case, "constancia")
    again = papers.issue(case, "constancia")
    assert "N.º 0001-2026-PCM/SIP" in text_of(first)
    assert [issued_row(case, use).number for use in (first, again)] == ["0001-2026-PCM/SIP"] * 2
    assert issued_row(case, first).replaced_by == issued_row(case, again).code
    (listed,) = records.read(case, "papers")
    assert (listed["number"], listed["dated_on"]) == ("0001-2026-PCM/SIP", "2026-03-02")


@pytest.mark.usefixtures("by_series")
def test_a_number_of_an_earlier_year_is_void_once_the_constancia_is_issued_again(
    case: Case, clock: Any
):
    write(case, *CERTIFIED)
    first = papers.issue(case, "constancia")
    clock.forward(days=308)
    again = papers.issue(case, "constancia")
    assert issued_row(case, again).number == "0001-2027-PCM/SIP"
    assert issued_row(case, first).void_at is not None
    assert issued_row(case, first).replaced_by is None


def test_a_typed_number_is_printed_and_none_leaves_a_line(case: Case):
    write(case, *CERTIFIED)
    assert issued_row(case, papers.issue(case, "constancia")).number == ""
    records.write(case, "closing", CLOSING)
    use = papers.issue(case, "constancia")
    assert "N.º 0012-2026-PCM/SIP" in text_of(use)
    assert issued_row(case, use).number == "0012-2026-PCM/SIP"


def test_a_constancia_with_a_number_has_the_day_and_the_name_of_its_year(case: Case):
    write(case, *CERTIFIED)
    case.session.add(YearName(year=2026, name="Año de la Muestra", norm="DS 001-2026-PCM"))
    blank = papers.issue(case, "constancia")
    assert issued_row(case, blank).dated_on is None
    assert "Año de la Muestra" not in text_of(blank)
    records.write(case, "closing", CLOSING)
    use = papers.issue(case, "constancia")
    assert issued_row(case, use).dated_on == DAY
    assert "Lima, 2 de marzo de 2026" in text_of(use)
    assert "«Año de la Muestra»" in text_of(use)


def test_a_typed_number_is_taken_while_another_case_has_it(case: Case):
    """That includes a closed case whose constancia waits, and the void versions of the own one."""
    series.take_typed(case.session, "0012-2026-PCM/SIP")
    records.write(case, "closing", CLOSING)
    with pytest.raises(series.NumberTaken):
        series.take_typed(case.session, "0012-2026-PCM/SIP")
    series.take_typed(case.session, "0012-2026-PCM/SIP", case.instance.id)
    write(case, *CERTIFIED)
    paper = issued_row(case, papers.issue(case, "constancia"))
    series.take_typed(case.session, "0012-2026-PCM/SIP", case.instance.id)
    paper.add_act(case.at, void_at=case.at)
    case.session.flush()
    with pytest.raises(series.NumberTaken):
        series.take_typed(case.session, "0012-2026-PCM/SIP", case.instance.id)


def test_a_signature_gives_a_paper_its_date(case: Case):
    write(case, *CERTIFIED)
    use = papers.issue(case, "constancia")
    marks = {"constancia": ("0012-2026-PCM/SIP", DAY)}
    issued.note_signed(case, {"constancia": use.id}, marks)
    row = issued_row(case, use)
    assert (row.number, row.dated_on) == ("0012-2026-PCM/SIP", DAY)


def test_a_dated_letter_has_the_name_of_its_year(case: Case):
    write(case, "entity", "authority", "administrator")
    case.session.add(YearName(year=2026, name="Año de la Muestra", norm="DS 001-2026-PCM"))
    case.session.flush()
    marks = Marks("045-2026-MDVE/A", DAY)
    dated, undated, other = (
        text_of(papers.issue(case, "oficio_designacion", shown=shown))
        for shown in (marks, Marks(), Marks("", date(2025, 12, 30)))
    )
    assert "«Año de la Muestra»" in dated
    assert "Oficio N.º 045-2026-MDVE/A" in dated
    assert "Lima, 2 de marzo de 2026" in dated
    assert "Año de la Muestra" not in undated + other
    assert "30 de diciembre de 2025" in other


def test_the_next_version_keeps_number_and_date_until_one_is_signed(case: Case):
    write(case, "entity", "authority", "administrator")
    papers.issue(case, "oficio_designacion", shown=Marks("045-2026-MDVE/A", DAY))
    second = papers.issue(case, "oficio_designacion")
    assert issued_row(case, second).number == "045-2026-MDVE/A"
    issued.note_signed(case, {"oficio_designacion": second.id}, {})
    third = papers.issue(case, "oficio_designacion")
    assert (issued_row(case, third).number, issued_row(case, third).dated_on) == ("", None)


@pytest.mark.parametrize(
    "pattern",
    [
        "{number}",
        "{year}",
        "{number}-{number}-{year}",
        "{year}-{year}-{number}",
        "x{0}{number}{year}",
    ],
)
def test_a_series_needs_one_number_and_one_year(pattern: str, tmp_path: Any):
    with pytest.raises(BadSetting, match="ZAGUAN_CONSTANCIA_SERIES"):
        load({"ZAGUAN_CONSTANCIA_SERIES": pattern}, {"DATA": tmp_path})
    good = load({"ZAGUAN_CONSTANCIA_SERIES": PATTERN}, {"DATA": tmp_path})
    assert good["CONSTANCIA_SERIES"] == PATTERN
