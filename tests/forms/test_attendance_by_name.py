"""Attendance by name: few people are listed and marked."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from app.base import formatting
from forms import StepForm, steps
from forms.drafts import as_formdata, errors_of, merge
from forms.fields.people import full_name, masked_document
from forms.shapes.attendance_by_name import FEW, ListedField
from forms.shapes.loading import invented_roster
from forms.shapes.participants import LIMITS
from forms.shapes.session_examples import DESIGNATED, LONE
from tests.forms import participants_lists as lists
from tests.forms.filled import SAMPLE, fill

STEP = steps()["report_training"]
PAGE = STEP.form.screens()[1]
GOOD = {"held": [{"group": "technical", "on": "20/08/2026"}], "lists": SAMPLE.id}


def many(count: int, first: int = 1) -> list[dict[str, Any]]:
    """Return a roster of that number of operators."""
    row = invented_roster(1, 0)[1]
    return [row | {"document_number": f"{n:08d}"} for n in range(first, first + count)]


def given_of(count: int) -> dict[str, Any]:
    return {"roster": many(count), "today": date(2026, 8, 31)}


def missing(number: int, status: str = "absent", reason: str = "") -> dict[str, Any]:
    return {
        "document_type": "DNI",
        "document_number": f"{number:08d}",
        "status": status,
        "reason": reason,
    }


def reported(form: StepForm) -> dict[str, tuple[str, str]]:
    """Return the people who were missing, by document, of a valid report."""
    assert form.validate(), errors_of(form)
    people = form.answer()["training_report"]["people"]
    return {
        one["document_number"]: (one["status"], one["reason"])
        for one in people
        if one["status"] != "present"
    }


def test_few_people_are_listed_and_present_unless_marked():
    marks = [missing(2), missing(3, "leave", "Maternidad")]
    form = fill(STEP, GOOD | {"roll": marks}, given_of(FEW))
    assert len(form["roll"].people) == FEW
    assert reported(form) == {"00000002": ("absent", ""), "00000003": ("leave", "Maternidad")}


def test_the_page_posts_marks_in_place_of_those_of_the_draft():
    draft = as_formdata(STEP.form, GOOD | {"roll": [missing(2)]})
    posted = MultiDict(
        [
            ("roll-DNI-00000002", "present"),
            ("roll-DNI-00000003", "leave"),
            ("roll-DNI-00000003-why", " Salud "),
            ("action", "save"),
        ]
    )
    merged = merge(STEP.form, PAGE, draft, posted, MultiDict(), lambda *_: None)
    assert [value for key, value in merged if key == "held-0-on"] == ["20/08/2026"]
    form = STEP.form(
        MultiDict([*merged, ("lists", SAMPLE.id)]), given=given_of(9), files={SAMPLE.id: SAMPLE}
    )
    assert reported(form) == {"00000003": ("leave", "Salud")}


def test_marks_stay_with_their_person_when_the_roster_changes():
    draft = as_formdata(STEP.form, GOOD | {"roll": [missing(5)]})
    given = given_of(9) | {"roster": many(5, first=3)}
    form = STEP.form(MultiDict(draft), given=given, files={SAMPLE.id: SAMPLE})
    assert reported(form) == {"00000005": ("absent", "")}


def test_a_returned_report_comes_back_marked():
    given = given_of(9)
    first = fill(STEP, GOOD | {"roll": [missing(2), missing(3, "leave", "Salud")]}, given)
    assert first.validate(), errors_of(first)
    given |= first.answer() | {"roster": many(8)[1:]}
    started = as_formdata(STEP.form, {**STEP.form.prefill(given), "lists": SAMPLE.id})
    again = STEP.form(MultiDict(started), given=given, files={SAMPLE.id: SAMPLE})
    assert reported(again) == {"00000002": ("absent", ""), "00000003": ("leave", "Salud")}


def test_a_mark_that_cannot_be_is_refused():
    for mark, fault in [
        (missing(2, "leave"), "motivo de la licencia"),
        (missing(2, "absent", "x" * 201), "200 caracteres"),
        (missing(2, "leave", "a\u202eb"), "no son letras"),
        (missing(77), "no hay nadie con el documento DNI 00000077"),
    ]:
        form = fill(STEP, GOOD | {"roll": [mark]}, given_of(9))
        assert not form.validate()
        assert fault in errors_of(form)["roll"]


def test_a_report_with_nobody_present_is_accepted_with_a_warning():
    people = [missing(number) for number in range(1, 4)]
    assert STEP.form(given=given_of(3)).cautions() == []
    form = fill(STEP, GOOD | {"roll": people}, given_of(3))
    assert len(reported(form)) == 3
    assert "se programa otra vez" in form.cautions()[0]
    assert not fill(STEP, GOOD | {"roll": people[:2]}, given_of(3)).cautions()


# A table of who came --------------------------------------------------------------------------

PEOPLE = invented_roster()
IDS = [one["document_number"] for one in PEOPLE]


def with_list(text: str, **values: Any) -> Any:
    """Return the report of five people with a table of who came."""
    return fill(STEP, GOOD | {"listed": text} | values, given_of(0) | {"roster": PEOPLE})


def named(person: dict[str, Any]) -> str:
    return f"{person['given_names']} {person['surnames']}"


def absent(form: Any) -> set[str]:
    return {one["document_number"] for one in form.attendance() if one["status"] == "absent"}


def test_who_is_not_in_the_table_is_absent_and_leave_stays():
    on_leave = PEOPLE[1] | {"status": "leave", "reason": "Maternidad"}
    was_absent = PEOPLE[2] | {"status": "absent", "reason": ""}
    for one in (named(PEOPLE[0]), "persona201@example.pe", "DNI 00000201", "201"):
        form = with_list(f"{one}\n{IDS[2]}\niPhone", roll=[on_leave, was_absent])
        form.validate()
        assert not form.listed.errors
        assert absent(form) == set(IDS[3:])
        assert form.listed.warning == "No son de nadie de la relación: iPhone."
    for text in ["", "iPhone\nInvitado"]:
        form = with_list(text)
        assert absent(form) == set()
        assert bool(form.listed.warning) is bool(text)


def test_a_doubtful_row_marks_nobody_and_is_settled_by_a_document():
    form = with_list(f"{named(PEOPLE[0])}\totra@casa.example.pe\n{IDS[1]}")
    assert not form.validate()
    assert f"puede ser {full_name(PEOPLE[0])}: escribe su documento" in errors_of(form)["listed"]
    assert absent(form) == set(IDS[2:])


def test_a_file_of_a_meeting_fills_the_box_and_too_many_lines_are_refused():
    content = lists.teams([("Ana Quispe", "ana@muni.example.pe"), ("iPhone", "")])
    text = ListedField.read_upload("lista.csv", io.BytesIO(content))
    assert text == "Ana Quispe\tana@muni.example.pe\t\niPhone\t\t"
    form = with_list("\n".join(f"Invitado {n}" for n in range(LIMITS.rows + 1)))
    assert not form.validate()
    assert "más de" in form.listed.errors[0]


# Inductions -----------------------------------------------------------------------------------


def test_an_induction_lists_the_roster_without_the_designated_and_whole_numbers():
    step = steps()["record_technical_induction"]
    roster = [*many(3), DESIGNATED["holder"] | {"profile": "administrator", "movement": "alta"}]
    form = fill(step, {}, {"administrator": DESIGNATED, "roster": roster})
    offered = [value for value, *_ in form["others"].choices]
    assert len(offered) == 3
    assert all("*****" in one for one in offered)
    assert form["administrator"].description == "DNI *****101"


def test_other_people_at_an_induction_do_not_decide_it():
    step = steps()["record_thematic_induction"]
    given = {"administrator": LONE, "roster": many(2), "today": date(2026, 8, 3)}
    other = next(iter(step.form(given=given).offered_others()))
    values = {"administrator": "absent", "held": "2026-07-31T15:00:00+00:00", "others": [other]}
    form = fill(step, values, given)
    assert form.validate(), errors_of(form)
    assert form.outcome() == "absent"
    assert "No asistió el administrador ni el alterno" in form.reason()
    people = form.answer()["thematic_attendance"]["people"]
    assert [(one["role"], one["attended"]) for one in people] == [
        ("administrator", False),
        ("other", True),
    ]


def test_forms_mask_documents_as_the_application_does():
    for number in ["01234567", "123", "", "AB1234"]:
        person = {"document_type": "CE", "document_number": number}
        assert masked_document(person) == (formatting.masked("CE", number) if number else "")
