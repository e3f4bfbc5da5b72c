"""The sheet of a session filled by a table of who came: a file, or pasted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.base.models import Entity, Task
from app.onboarding.induction_sessions.attendance import listed, pages, posted, sheet
from app.onboarding.induction_sessions.attendance.listed import Listed
from app.onboarding.induction_sessions.attendance.posted import Marks
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from forms.shapes.participants import Participant
from tests.app import cast
from tests.app.onboarding.attended import Held, hold
from tests.app.onboarding.batches.batched import confirm, rows_of
from tests.app.uploads import with_file
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.foreign_files import BOMBS
from tests.forms import participants_lists as lists
from tests.pages import CheckingClient


@pytest.fixture
def held(walk: Walk, clock: Clock) -> Held:
    """Return a session that has begun, in which two entities have a seat."""
    return hold(walk, clock, 2)


def people(held: Held, code: str) -> list[sheet.Attendee]:
    """Return the people of an entity on the sheet."""
    with held.walk.reading() as session:
        task = session.get_one(Task, held.step(code).id)
        return sheet.people_of(session, [task])[task.id]


def as_said(name: str) -> str:
    """Return "Quispe Ejemplo, Ana" as "Ana Quispe Ejemplo"."""
    surnames, _, given = name.partition(", ")
    return f"{given} {surnames}"


def upload(
    held: Held, client: CheckingClient, content: bytes, name: str = "l.csv", **marks: str
) -> Any:
    """Upload a file to the sheet, with what is marked on it."""
    return client.post(f"{held.url}/lista", **with_file(content, name, into="list", **marks))


def checked(page: str) -> set[str]:
    """Return the ids of the marked inputs of a page."""
    inputs = re.findall(r"<input[^>]*>", page)
    return {
        name for one in inputs if " checked" in one for name in re.findall(' id="([^"]*)"', one)
    }


def name_of(held: Held, code: str) -> str:
    return f"t{held.step(code).id}"


@pytest.mark.nightly
def test_a_list_of_teams_marks_who_attended_and_a_button_the_others(walk: Walk, clock: Clock):
    held = hold(walk, clock, 1)
    client, every = walk.browser("sip"), people(held, "E90001")
    one = name_of(held, "E90001")
    marks = held.marks() | {"held-time": "11:45", f"{one}-note": "Llegó tarde"}
    on_list = [(every[0].name, ""), (as_said(every[2].name), ""), ("Carla Ajena Ramos", "")]
    page = upload(held, client, lists.teams(on_list), **marks).text
    came = f"{one}-administrator-attended"
    assert checked(page) == {came, f"{one}-other-1"}
    for words in (
        "<li>Carla Ajena Ramos</li>",
        "3\xa0filas leídas, 2\xa0personas reconocidas",
        'value="11:45"',
        'value="Llegó tarde"',
        'role="status"',
    ):
        assert words in page
    marks |= {f"{one}-administrator": "attended"}
    for status in ("absent", "attended"):
        page = client.post(f"{held.url}/lista", data=marks | {"rest": status}).text
        assert checked(page) == {came, f"{one}-alternate-{status}"}
    pasted = marks | {"pasted": f"{every[1].number}\n{'x' * 90}"}
    assert checked(client.post(held.url, data=pasted).text) == {came, f"{one}-alternate-attended"}


@pytest.mark.nightly
def test_who_was_recorded_already_is_known_too(walk: Walk, held: Held):
    client, name = walk.browser("sip"), people(held, "E90001")[0].name
    confirm(client, held.freeze(client, E90001="attended", E90002=""), 1)
    page = upload(held, client, lists.zoom([(name, "")])).text
    assert "0\xa0personas reconocidas" in page  # the same invented person in both entities
    assert f"¿Quién es «{name}»?" in page
    assert "Filas que no son de nadie" not in page


@pytest.mark.nightly
def test_the_sheet_waits_for_no_writer_while_it_is_matched(walk: Walk, held: Held):
    client = walk.browser("sip")
    with walk.writing() as session:
        cast.entity(session, "E90077")
        assert upload(held, client, lists.teams([("iPhone", "")])).status_code == 200
        assert client.post(held.url, data=held.marks() | {"held-date": "x"}).status_code == 422
        assert client.post(f"{held.url}/corregir", data={"reason": ""}).status_code == 422


def test_a_chosen_file_is_read_first_and_a_list_of_devices_marks_nobody(walk: Walk, held: Held):
    client = walk.browser("sip")
    content = lists.teams([("iPhone", "")])
    answer = client.post(held.url, **with_file(content, "l.csv", into="list", **held.marks()))
    assert answer.status_code == 200
    assert "No reconocimos a nadie" in answer.text
    assert checked(answer.text) == set()


@pytest.mark.nightly
def test_people_who_do_not_fit_on_the_page_are_counted(
    walk: Walk, held: Held, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pages, "FEW_OTHERS", 0)
    page = walk.browser("sip").get(held.url).text
    others = len(people(held, "E90001")) - 2
    assert page.count(f"{others}\xa0personas más de la relación: márcalas con la lista") == 2
    assert f'href="/tareas/{held.step("E90001").id}"' in page


@pytest.mark.nightly
def test_a_doubtful_name_waits_for_a_person(walk: Walk, held: Held):
    client, first = walk.browser("sip"), people(held, "E90001")
    name = as_said(first[0].name)  # the same invented person in both entities
    page = upload(held, client, lists.meet([(name, "")])).text
    (packed,) = re.findall(r'name="doubt" value="([^"]*)"', page)
    keys = re.findall(r'<option value="(t\d+:\d+)"', page)
    assert keys == [f"{name_of(held, code)}:0" for code in held.instances]
    assert checked(page) == set()
    fields = held.marks() | {"doubt": packed.replace("&#34;", '"')}
    answer = client.post(held.url, data=fields)
    assert answer.status_code == 422
    assert f"Di quién es «{name}»." in answer.text
    assert client.post(held.url, data=fields | {"d1": "t1:99"}).status_code == 422
    page = client.post(f"{held.url}/lista", data=fields | {"rest": "absent"}).text
    assert checked(page) == {f"{name_of(held, code)}-alternate-absent" for code in held.instances}
    for said, marked in ((keys[1], "attended"), (listed.NOBODY, "")):
        place = client.post(held.url, data=fields | {"d1": said}).location
        assert [row.data["administrator"] for row in rows_of(walk, place)] == ["", marked]
    for packed in ("{", "5", '{"a": 1}', "[]"):
        fields = held.marks(E90001="attended", E90002="absent") | {"doubt": packed}
        assert client.post(held.url, data=fields).status_code == 303


@pytest.mark.nightly
def test_a_file_that_is_no_list_is_refused(walk: Walk, held: Held):
    client = walk.browser("sip")
    for content, name, words in [
        (b"a,b\n1,2\n", "l.csv", "columna con los nombres"),
        (b"", "", "Elige el archivo, o pega los nombres."),
        (lists.zoom([("iPhone", f"i{n}@example.pe") for n in range(6000)]), "l.csv", "hasta 5 000"),
        (BOMBS["compartidos.xlsx"](), "l.xlsx", "El archivo"),
    ]:
        answer = upload(held, client, content, name)
        assert answer.status_code == 422
        assert words in answer.text
    answer = client.post(f"{held.url}/lista", data=held.marks() | {"pasted": "x" * 200_001})
    assert answer.status_code == 422
    assert "como máximo" in answer.text


def line(number: int) -> Line:
    """Return an entity whose inputs begin with `t<number>`."""
    entity = Entity(code=f"E9000{number}", name=f"Entidad de prueba {number}", acronym="")
    return Line(entity, Task(id=number, step="record_thematic_induction"))


ANA = Attendee("administrator", "administrator", "Quispe Ejemplo, Ana", "00000001", "")
LUZ = Attendee("alternate", "alternate", "Rojas Ejemplo, Luz", "00000002", "")
TWINS = [
    Attendee("other", f"Soto Ejemplo, Eva, {number}", "Soto Ejemplo, Eva", number, "")
    for number in ("00000003", "00000004")
]
PEOPLE = [(line(1), [ANA, LUZ, *TWINS]), (line(2), [replace(ANA, name="Poma Ejemplo, Inés")])]


def add(found: Listed, *names: str) -> Listed:
    found.add(PEOPLE, [Participant(number, name) for number, name in enumerate(names, 1)])
    return found


def designated(found: Listed) -> list[str]:
    one, two = found.marks["t1"], found.marks["t2"]
    return [one.administrator, one.alternate, two.administrator]


def test_tables_add_to_the_marks_and_a_name_to_confirm_waits_until_the_last():
    found = Listed({"t1": Marks("absent", "", [], "Avisó"), "t2": Marks()})
    add(found, "Ana Quispe Ejemplo", "Eva Soto Ejemplo")
    assert (found.contradicted, found.marks["t1"].note) == (1, "Avisó")
    (doubt,) = found.doubts
    add(found, "Inés Poma Ejemplo")
    assert designated(found) == ["absent", "", "attended"]
    assert found.doubts == [doubt]
    found.mark_rest(PEOPLE, "absent")
    assert designated(found) == ["absent", "absent", "attended"]
    form = MultiDict({"doubt": doubt.packed, "d1": [*doubt.choices][1]})
    found = Listed.of_page(PEOPLE, form)
    found.settle(PEOPLE)
    assert (found.doubts, found.marks["t1"].others) == ([], [TWINS[1].value])


def test_of_names_beyond_those_to_confirm_nobody_is_marked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listed, "MOST_DOUBTS", 1)
    found = add(Listed({"t1": Marks(), "t2": Marks()}), "Eva Soto Ejemplo", "Lus Rojas Ejemplo")
    assert [one.name for one in found.doubts] == ["Eva Soto Ejemplo"]
    assert (found.unconfirmed, designated(found)) == (["Lus Rojas Ejemplo"], ["", "", ""])


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
    once = ("csrf_token", "list", "pasted", "held-date", "held-time", "rest")
    parts = pages.PER_PAGE * 3 + boxes + listed.MOST_DOUBTS * 2 + len(once)
    assert parts <= app.config["MAX_FORM_PARTS"]
