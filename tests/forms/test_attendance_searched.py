"""Attendance of many people: they are searched by name, and each page keeps the other marks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms import StepForm, steps
from forms.drafts import AUTOSAVE, Pair, as_formdata, errors_of, merge
from forms.fields.searched import MOST, PER_PAGE, sought
from forms.shapes.attendance_by_name import FEW
from forms.shapes.session_examples import DESIGNATED, LONE
from tests.forms.filled import SAMPLE, fill
from tests.forms.test_attendance_by_name import GOOD, PAGE, STEP, given_of, many, missing, reported

CROWD = 3000
HOLDER: dict[str, Any] = DESIGNATED["holder"]  # type: ignore[assignment]
RECORD = steps()["record_thematic_induction"]


def given_crowd(count: int = CROWD) -> dict[str, Any]:
    """Return a roster in which the last person alone is called Huamán."""
    given = given_of(count)
    given["roster"][-1] |= {"surnames": "Huamán Ejemplo", "given_names": "Zoila"}
    return given


def post(draft: list[Pair], *pairs: Pair, action: str) -> list[Pair]:
    """Return the draft after the page of the attendance was posted."""
    posted = MultiDict([("roll-part", "y"), *pairs, ("action", action)])
    return merge(STEP.form, PAGE, draft, posted, MultiDict(), lambda *_: None)


def form_of(draft: list[Pair], given: dict[str, Any]) -> StepForm:
    pairs = MultiDict([*draft, ("lists", SAMPLE.id)])
    return STEP.form(pairs, given=given, files={SAMPLE.id: SAMPLE})


@pytest.mark.nightly
def test_an_absentee_among_thousands_is_found_by_name_and_marked():
    given, draft = given_crowd(), as_formdata(STEP.form, GOOD)
    assert form_of(draft, given)["roll"].found.items == []
    draft = post(draft, ("roll-search", "zoila huaman"), action="find:roll")
    ((_, (person,)),) = form_of(draft, given)["roll"].found.items
    assert (person.name, person.listed) == ("Huamán Ejemplo, Zoila", "")
    draft = post(
        draft,
        (f"roll-{person.id}", "leave"),
        (f"roll-{person.id}-why", "Salud"),
        ("roll-search", "zoila huaman"),
        action="next",
    )
    form = form_of(draft, given)
    ((_, (again,)),) = form["roll"].found.items
    assert again.listed == "Ya está entre las marcadas"
    assert reported(form) == {f"{CROWD:08d}": ("leave", "Salud")}


def test_each_page_of_people_keeps_the_marks_of_the_others():
    given, draft = given_of(PER_PAGE * 2 + 1), as_formdata(STEP.form, GOOD)
    draft = post(draft, ("roll-search", ""), action="find:roll")
    page = form_of(draft, given)["roll"].found
    assert (page.number, page.count, page.total) == (1, 3, PER_PAGE * 2 + 1)
    marks = [("roll-DNI-00000001", "absent"), ("roll-DNI-00000002", "present")]
    draft = post(draft, *marks, ("roll-search", ""), action="find:roll:2")
    page = form_of(draft, given)["roll"].found
    assert page.number == 2
    assert [people[0].id for _, people in page.items] == [f"DNI-{PER_PAGE + 1:08d}"]
    draft = post(draft, ("roll-DNI-00000077", "absent"), ("roll-search", ""), action="next")
    form = form_of(draft, given)
    assert [one.id for one in form["roll"].marked.items] == ["DNI-00000001", "DNI-00000077"]
    assert [key for key, _ in draft if key.startswith("roll-DNI")] == [
        "roll-DNI-00000001",
        "roll-DNI-00000077",
    ]
    draft = post(draft, ("roll-DNI-00000001", "present"), ("roll-search", ""), action="next")
    assert reported(form_of(draft, given)) == {"00000077": ("absent", "")}


def test_marked_people_have_pages_and_those_with_an_error_come_first():
    given = given_of(FEW + 1)
    marks = [*map(missing, range(1, PER_PAGE + 2)), missing(FEW + 1, "leave")]
    draft = as_formdata(STEP.form, GOOD | {"roll": marks})
    marked = form_of(draft, given)["roll"].marked
    assert (marked.count, marked.total, marked.items[0].id) == (2, PER_PAGE + 2, "DNI-00000101")
    draft = post(draft, action="marked:roll:2")
    form = form_of(draft, given)
    assert (form["roll"].marked.number, len(form["roll"].marked.items)) == (2, 2)
    assert not form.validate()
    assert "motivo de la licencia" in errors_of(form)["roll"]


def test_a_mark_of_a_person_who_left_the_roster_has_no_effect():
    form = fill(STEP, GOOD | {"roll": [missing(2), missing(99999)]}, given_of(FEW + 1))
    assert reported(form) == {"00000002": ("absent", "")}


def test_a_button_searches_and_so_does_enter_after_a_new_name():
    page, draft = ("held", "roll"), [("roll-search", "ana")]

    def answer_to(**posted: str) -> str:
        return sought(page, MultiDict({"roll-part": "y"} | posted), draft)

    assert answer_to(action="find:roll") == "roll-found"
    assert answer_to(action="marked:roll:2") == "roll-marked"
    assert answer_to(action="enter", **{"roll-search": "luis"}) == "roll-found"
    assert answer_to(action="enter", **{"roll-search": "ana"}) == ""
    assert answer_to(action="next", **{"roll-search": "luis"}) == ""
    assert answer_to(action="find:other") == ""


def test_a_page_that_saves_itself_keeps_its_search():
    draft = post(as_formdata(STEP.form, GOOD), ("roll-search", "ana"), action="find:roll")
    saved = post(draft, ("roll-DNI-00000002", "absent"), ("roll-search", "anab"), action=AUTOSAVE)
    assert dict(saved)["roll-search"] == "ana"
    assert dict(saved)["roll-DNI-00000002"] == "absent"


def test_a_draft_does_not_grow_with_what_is_sent_of_a_person():
    long = post(
        [], ("roll-DNI-00000002", "leave"), ("roll-DNI-00000002-why", "x" * 9999), action=""
    )
    assert max(len(value) for _, value in long) == 300


def test_other_people_of_a_large_roster_are_searched_by_name():
    given = given_crowd() | {"administrator": LONE}
    field = fill(RECORD, {}, given)["others"]
    assert (field.choices, field.found.total) == ([], 0)
    page = RECORD.form.screens()[0]

    def posted(draft: list[Pair], *pairs: Pair, action: str) -> list[Pair]:
        data = MultiDict([("others-part", "y"), *pairs, ("action", action)])
        return merge(RECORD.form, page, draft, data, MultiDict(), lambda *_: None)

    draft = posted([], ("others-search", "huaman"), action="find:others")
    ((found, *_),) = RECORD.form(MultiDict(draft), given=given)["others"].choices
    assert found == "Huamán Ejemplo, Zoila, DNI *****000"
    draft = posted(draft, ("others", found), ("others-search", ""), action="find:others")
    form = RECORD.form(MultiDict(draft), given=given)
    assert form["others"].data == [found]
    assert next(value for value, *_ in form["others"].choices) == found
    assert len(form["others"].choices) == 1 + PER_PAGE
    ((role, name),) = [(one["role"], one["surnames"]) for one in form.other_people()]
    assert (role, name) == ("other", "Huamán Ejemplo")


def test_more_boxes_than_a_post_can_hold_are_refused():
    given = given_crowd() | {"administrator": LONE, "today": date(2026, 8, 3)}
    values = list(RECORD.form(given=given).offered_others())
    assert MOST + 2 * PER_PAGE < 1000
    data = MultiDict([("others", value) for value in values])
    draft = merge(RECORD.form, RECORD.form.screens()[0], [], data, MultiDict(), lambda *_: None)
    assert len(draft) == MOST + PER_PAGE
    form = RECORD.form(MultiDict(draft), given=given)
    assert not form.validate()
    assert "500 personas como máximo" in errors_of(form)["others"]


def test_the_sheet_of_an_induction_lists_the_people_of_its_record():
    given = {
        "administrator": LONE,
        "roster": [*many(3), HOLDER | {"profile": "administrator", "movement": "alta"}],
    }
    form = fill(RECORD, {}, given)
    expected, others = form.sheet().groups
    assert [one["surnames"] for one in expected.people] == [HOLDER["surnames"]]
    offered = [one["document_number"] for one in form.offered_others().values()]
    assert sorted(one["document_number"] for one in others.people) == sorted(offered)
