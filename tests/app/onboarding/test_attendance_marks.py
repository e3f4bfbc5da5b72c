"""What a file adds to the marks of the sheet: lists of several groups, templates with homonyms."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.base.models import Entity, Task
from app.onboarding.induction_sessions.attendance import listed, pages, posted, template
from app.onboarding.induction_sessions.attendance.listed import Listed
from app.onboarding.induction_sessions.attendance.posted import Marks
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from forms.shapes import participants
from tests.forms import participants_lists as lists

ANA = Attendee("administrator", "administrator", "Quispe Ejemplo, Ana", "DNI *****001", "")
LUZ = Attendee("alternate", "alternate", "Rojas Ejemplo, Luz", "DNI *****002", "")
TWINS = [
    Attendee("other", f"Soto Ejemplo, Eva, {number}", "Soto Ejemplo, Eva", number, "")
    for number in ("DNI *****003", "DNI *****004")
]


def line(number: int) -> Line:
    """Return an entity whose inputs begin with `t<number>`."""
    entity = Entity(code=f"E9000{number}", name=f"Entidad de prueba {number}", acronym="")
    return Line(entity, Task(id=number, step="record_thematic_induction"))


PEOPLE = [(line(1), [ANA, LUZ, *TWINS]), (line(2), [replace(ANA, name="Poma Ejemplo, Inés")])]


def add(names: list[str], found: Listed) -> Listed:
    """Add a list of Teams to a page."""
    people = participants.of_content(lists.teams([(name, "") for name in names]))
    return listed.from_participants(PEOPLE, people, found)


def sent(found: Listed, **answers: str) -> Listed:
    """Return a page after its marks were posted again."""
    pairs = [("by_lists", " ".join(sorted(found.by_lists))), *answers.items()]
    pairs += [("unnamed", str(found.unnamed)), ("left_open", " ".join(sorted(found.left_open)))]
    for name, one in found.marks.items():
        pairs += [(f"{name}-administrator", one.administrator), (f"{name}-note", one.note)]
        pairs += [(f"{name}-alternate", one.alternate)]
        pairs += [(f"{name}-other", value) for value in one.others]
    pairs += [("doubt", doubt.packed) for doubt in found.doubts]
    return Listed.of_page(PEOPLE, MultiDict(pairs))


def designated(found: Listed) -> list[str]:
    one, two = found.marks["t1"], found.marks["t2"]
    return [one.administrator, one.alternate, two.administrator]


@pytest.mark.nightly
def test_the_lists_of_several_groups_add_up():
    found = add(["Ana Quispe Ejemplo"], Listed())
    assert designated(found) == ["attended", "absent", "absent"]
    found = add(["Inés Poma Ejemplo"], sent(found))
    assert designated(found) == ["attended", "absent", "attended"]
    assert found.by_lists == {"t1-alternate"}


@pytest.mark.nightly
def test_participants_without_a_name_leave_the_others_of_their_entity_open():
    found = add(["Ana Quispe Ejemplo"] + ["iPhone"] * 8, Listed())
    assert designated(found) == ["attended", "absent", ""]
    assert (found.names, found.rows, found.recognised, found.unnamed) == (2, 9, 1, 8)
    assert found.unknown == ["8 filas con el nombre «iPhone»"]
    found = add(["Ana Quispe Ejemplo"], sent(found))
    assert (designated(found), found.unnamed) == (["attended", "absent", ""], 8)
    late = add(["iPhone"], sent(add(["Ana Quispe Ejemplo"], Listed())))
    assert designated(late) == ["attended", "absent", ""]
    assert late.by_lists == {"t1-alternate"}
    stranger = add(["Ana Quispe Ejemplo", "Carla Ajena Ramos"], Listed())
    assert designated(stranger) == ["attended", "absent", "absent"]


@pytest.mark.nightly
def test_two_rows_of_one_name_are_two_people_of_that_name():
    people = [PEOPLE[0], (line(2), [ANA])]
    name = "Ana Quispe Ejemplo"
    file = participants.of_content(lists.zoom([(name, ""), (name, ""), ("Luz Rojas Ejemplo", "")]))
    found = listed.from_participants(people, file, Listed())
    assert designated(found) == ["attended", "attended", "attended"]
    assert found.doubts == []
    file = participants.of_content(lists.zoom([(name, ""), ("Luz Rojas Ejemplo", "")]))
    found = listed.from_participants(people, file, Listed())
    (doubt,) = found.doubts
    assert designated(found) == ["", "attended", ""]
    pairs = MultiDict({"doubt": doubt.packed, "d1": "t2:0", "t1-alternate": "attended"})
    found = Listed.of_page(people, pairs)
    assert designated(found) == ["", "attended", "attended"]
    file = participants.of_content(lists.zoom([("Luz Rojas Ejemplo", "")]))
    found = listed.from_participants(people, file, found)
    assert designated(found) == ["", "attended", "attended"]
    assert found.left_open == {"t1-administrator"}


def test_what_a_person_marked_stays():
    before = Listed({"t1": Marks("absent", "attended", [], "Avisó"), "t2": Marks()})
    found = add(["Ana Quispe Ejemplo"], sent(before))
    assert designated(found) == ["absent", "attended", "absent"]
    assert found.contradicted == 1
    assert found.marks["t1"].note == "Avisó"
    found.mark_unmarked(PEOPLE)
    assert designated(found) == ["absent", "attended", "absent"]
    empty = Listed()
    empty.mark_unmarked(PEOPLE)
    assert designated(empty) == ["attended"] * 3


def test_a_name_to_confirm_waits_until_the_last_list():
    found = add(["Ana Quispe Ejemplo", "Eva Soto Ejemplo"], Listed())
    (doubt,) = found.doubts
    found = add(["Inés Poma Ejemplo", "Eva Soto Ejemplo"], sent(found))
    assert found.doubts == [doubt]
    found = sent(found, d1=next(iter(doubt.choices)))
    assert found.doubts == []
    assert found.marks["t1"].others == [TWINS[0].value]


def test_of_names_beyond_those_to_confirm_nobody_is_marked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listed, "MOST_DOUBTS", 1)
    found = add(["Inés Poma Ejemplo", "Eva Soto Ejemplo", "Lus Rojas Ejemplo"], Listed())
    assert [one.name for one in found.doubts] == ["Eva Soto Ejemplo"]
    assert found.unconfirmed == ["Lus Rojas Ejemplo"]
    assert designated(found) == ["absent", "", "attended"]


def fill(*rows: dict[str, str], elsewhere: dict[str, str] | None = None) -> Listed:
    """Return what a filled template says; rows are of the first entity and say that they came."""
    usual = {"Código": "E90001", "Asistió": "sí"}
    file = template.Filled([(number, usual | row) for number, row in enumerate(rows, 2)])
    return template.marks_of(PEOPLE, file, Listed(), elsewhere or {})


def test_the_document_says_which_homonym_of_an_entity_is_meant():
    eva = {"Persona": "Soto Ejemplo, Eva"}
    found = fill(eva, eva | {"Documento": "DNI *****004"}, eva | {"Asistió": ""})
    assert found.faults == [
        "Fila 2: en E90001 hay 2 personas llamadas Soto Ejemplo, Eva: márcala tú."
    ]
    assert found.marks["t1"].others == [TWINS[1].value]
    rows = list(template.rows_of(PEOPLE))
    cells = [dict(zip(template.HEADINGS, row, strict=True)) | {"Asistió": "x"} for row in rows[1:]]
    found = fill(*cells)
    assert found.faults == []
    assert found.recognised == len(cells)


def test_an_entity_that_is_not_on_the_page_says_why():
    later = {"Código": "E90200", "Persona": "X"}
    found = fill(
        later,
        later | {"Código": "E90003"},
        later | {"Código": "E90009"},
        later | {"Asistió": ""},
        elsewhere={"E90200": pages.LATER, "E90003": "no se registra aquí (Asistió)."},
    )
    assert found.faults == [
        f"Fila 2: E90200: {pages.LATER}",
        "Fila 3: E90003: no se registra aquí (Asistió).",
        "Fila 4: E90009: no tiene cupo en esta sesión.",
    ]


def test_a_template_without_everybody_says_how_many_it_lacks(monkeypatch: pytest.MonkeyPatch):
    assert template.left_out(PEOPLE) == 0
    monkeypatch.setattr(template, "MOST", 1)
    assert template.left_out(PEOPLE) == 1
    assert len(list(template.rows_of(PEOPLE))) == 1 + 3 + 1


def test_of_a_long_roster_the_page_says_how_many_it_lacks(monkeypatch: pytest.MonkeyPatch):
    marks = {"t1": Marks(others=[TWINS[1].value])}
    (one, _) = pages._shown(PEOPLE, marks)
    assert (one.others, one.hidden) == (TWINS, 0)
    monkeypatch.setattr(pages, "FEW_OTHERS", 1)
    (one, _) = pages._shown(PEOPLE, marks)
    assert (one.others, one.hidden) == (TWINS[1:], 1)


def test_a_full_page_has_no_more_parts_than_a_post_may_have(app: Flask):
    others = [
        Attendee("other", f"Soto Ejemplo, Eva, {number}", "Soto Ejemplo, Eva", "", "")
        for number in range(pages.FEW_OTHERS)
    ]
    lines = [line(number) for number in range(pages.PER_PAGE)]
    people = [(one, [ANA, LUZ, *others]) for one in lines]
    marks = {one.name: Marks(others=[others[0].value]) for one in lines}
    shown = pages._shown(people, marks)
    boxes = sum(len(one.others) for one in shown)
    assert boxes + sum(one.hidden for one in shown) == pages.PER_PAGE * pages.FEW_OTHERS
    assert boxes <= posted.MOST_OTHERS
    once = ("csrf_token", "by_lists", "unnamed", "left_open", "list", "held-date", "held-time")
    parts = pages.PER_PAGE * 3 + boxes + listed.MOST_DOUBTS * 2 + len((*once, "everybody"))
    assert parts <= app.config["MAX_FORM_PARTS"]
