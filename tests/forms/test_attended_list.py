"""The report of a training filled by the participants' list of a videoconference."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

import forms
from forms.drafts import as_formdata, errors_of
from forms.fields.attendance import id_of
from forms.fields.people import full_name
from forms.report_training import GIVEN, GOOD
from forms.shapes.attendance import attendees
from forms.shapes.attended_list import MOST_LINES, UNNAMED, ListedField
from forms.shapes.participants import LONGEST, Unreadable
from forms.shapes.roster_match import Matcher
from tests.foreign_files import BOMBS
from tests.forms import participants_lists as lists

ROSTER: Any = GIVEN["roster"]
PEOPLE = attendees(ROSTER)


def form_of(text: str, **values: Any) -> Any:
    step = forms.steps()["report_training"]
    pairs = as_formdata(step.form, GOOD | {"listed": text} | values)
    return step.form(MultiDict(pairs), given=GIVEN, files={})


def as_said(person: Any) -> str:
    return f"{person['given_names']} {person['surnames']}"


def absent(form: Any) -> set[str]:
    return {id_of(one) for one in PEOPLE if form.roll.mark_of(one).status == "absent"}


def test_the_file_of_a_meeting_fills_the_lines_of_the_box():
    content = lists.teams([("Ana Quispe", "ana@muni.example.pe"), ("iPhone", "")])
    text = ListedField.read_upload("lista.csv", io.BytesIO(content))
    assert text == "Ana Quispe\tana@muni.example.pe\niPhone\t"


def test_who_is_not_on_the_list_is_absent_and_leave_stays():
    on_leave = {**PEOPLE[1], "status": "leave", "reason": "Maternidad"}
    form = form_of(f"{as_said(PEOPLE[0])}\niPhone", roll=[on_leave])
    form.validate()
    assert not form.listed.errors, errors_of(form)
    assert absent(form) == {id_of(one) for one in PEOPLE[2:]}
    assert form.listed.warning == f"No son de nadie de la relación: iPhone. {UNNAMED}"
    statuses = [one["status"] for one in form.attendance()]
    assert statuses == ["present", "leave", *["absent"] * (len(PEOPLE) - 2)]
    form = form_of(f"{as_said(PEOPLE[0])}\nCarla Ajena Ramos")
    form.validate()
    assert form.listed.warning == "No son de nadie de la relación: Carla Ajena Ramos."


def test_a_name_that_is_added_to_the_list_attended():
    marked = [{**one, "status": "absent", "reason": ""} for one in PEOPLE[1:]]
    form = form_of(f"{as_said(PEOPLE[0])}\n{as_said(PEOPLE[1])}", roll=marked)
    assert absent(form) == {id_of(one) for one in PEOPLE[2:]}


def test_a_list_of_nobody_changes_no_mark():
    for text in ["", "iPhone\niPhone\nInvitado"]:
        form = form_of(text)
        assert absent(form) == set()
        assert bool(form.listed.warning) is bool(text)


def test_a_doubtful_name_is_confirmed_by_a_person():
    words = as_said(PEOPLE[0]).split()
    form = form_of(f"{words[0]} {words[-1]}\n{as_said(PEOPLE[1])}")
    assert not form.validate()
    assert f"puede ser {full_name(PEOPLE[0])}" in errors_of(form)["listed"]
    assert id_of(PEOPLE[0]) not in absent(form)


def test_a_box_of_too_many_lines_and_endless_names_is_bounded():
    form = form_of("\n".join([*["iPhone"] * MOST_LINES, as_said(PEOPLE[0])]))
    assert not form.validate()
    assert "más de" in form.listed.errors[0]
    form = form_of(f"{as_said(PEOPLE[0])}\n{'Quispe ' * 1000}")
    assert max(len(one.name) for one in form.listed.people) == LONGEST


def test_the_list_is_matched_once(monkeypatch: pytest.MonkeyPatch):
    times: list[int] = []
    match = Matcher.match
    monkeypatch.setattr(Matcher, "match", lambda *args: times.append(1) or match(*args))
    form_of(as_said(PEOPLE[0])).validate()
    assert len(times) == 1


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"a,b\n1,2\n", "l.csv", "columna con los nombres"),
        (lists.zoom([("iPhone", "")] * 6000), "l.csv", "se leen hasta 5"),
        (BOMBS["compartidos.xlsx"](), "l.xlsx", "El archivo"),
    ],
    ids=["no list", "6,000 rows", "bomb"],
)
def test_a_file_that_is_no_list_is_refused_in_a_training(content: bytes, name: str, words: str):
    with pytest.raises(Unreadable) as refused:
        ListedField.read_upload(name, io.BytesIO(content))
    assert words in str(refused.value)


def test_strangers_formulas_and_who_is_there_twice_change_nothing_else():
    twice = [(as_said(PEOPLE[0]), "")] * 2
    strangers = [("Zoila Forastera Distante", ""), ("=1+1", ""), ("iPhone", "")]
    text = ListedField.read_upload("l.csv", io.BytesIO(lists.teams([*twice, *strangers])))
    form = form_of(text)
    form.validate()
    assert not form.listed.errors, errors_of(form)
    assert absent(form) == {id_of(one) for one in PEOPLE[1:]}
    assert form.listed.warning.startswith(
        "No son de nadie de la relación: Zoila Forastera Distante, "
    )
    assert "iPhone" in form.listed.warning


def test_a_list_of_5000_lines_is_matched():
    form = form_of("\n".join([as_said(PEOPLE[0]), *(f"Invitado {n}" for n in range(4999))]))
    form.validate()
    assert not form.listed.errors, errors_of(form)
    assert "y 4989 más" in form.listed.warning
