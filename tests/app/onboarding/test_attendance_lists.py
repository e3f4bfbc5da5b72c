"""The sheet of a session filled by a file: a participants' list, or the template."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from app.base.models import Task
from app.onboarding.induction_sessions.attendance import listed, pages, sheet, template
from tests.app import cast
from tests.app.onboarding.attended import Held, hold
from tests.app.onboarding.batches.batched import rows_of
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
def test_a_list_of_teams_marks_who_attended_and_who_did_not(walk: Walk, held: Held):
    client, first = walk.browser("sip"), people(held, "E90001")
    entity = "E90001"
    on_list = [
        (f"{as_said(first[0].name)} ({entity})", ""),
        (f"{as_said(first[2].name)} ({entity})", ""),
        ("Carla Ajena Ramos", ""),
    ]
    answer = upload(held, client, lists.teams(on_list))
    assert answer.status_code == 200
    one, two = name_of(held, "E90001"), name_of(held, "E90002")
    assert checked(answer.text) == {
        f"{one}-administrator-attended",
        f"{one}-alternate-absent",
        f"{one}-other-1",
        f"{two}-administrator-absent",
        f"{two}-alternate-absent",
    }
    assert "<li>Carla Ajena Ramos</li>" in answer.text
    assert "3\xa0nombres leídos, 2\xa0reconocidos" in answer.text
    assert "sin un nombre reconocible (" not in answer.text


@pytest.mark.nightly
def test_devices_without_a_name_leave_entities_without_a_known_person_open(walk: Walk, held: Held):
    client, one = walk.browser("sip"), name_of(held, "E90001")
    on_list = [(f"{as_said(people(held, 'E90001')[0].name)} (E90001)", "")]
    page = upload(held, client, lists.zoom([*on_list, *[("iPhone", "")] * 8])).text
    assert checked(page) == {f"{one}-administrator-attended", f"{one}-alternate-absent"}
    for words in (
        "sin un nombre reconocible (8\xa0filas de la lista)",
        "2\xa0nombres leídos en 9\xa0filas, 1\xa0reconocido",
        '<details class="govuk-details" open>',
        "<li>8 filas con el nombre «iPhone»</li>",
        'name="unnamed" value="8"',
    ):
        assert words in page


@pytest.mark.nightly
def test_the_sheet_waits_for_no_writer_while_it_is_matched(walk: Walk, held: Held):
    client = walk.browser("sip")
    with walk.writing() as session:
        cast.entity(session, "E90077")
        assert upload(held, client, lists.teams([("iPhone", "")])).status_code == 200
        assert client.post(held.url, data=held.marks() | {"held-date": "x"}).status_code == 422
        assert client.post(f"{held.url}/corregir", data={"reason": ""}).status_code == 422


@pytest.mark.nightly
def test_a_list_and_the_button_for_everybody_add_to_the_marks(walk: Walk, held: Held):
    client, first = walk.browser("sip"), people(held, "E90001")
    one, two = name_of(held, "E90001"), name_of(held, "E90002")
    marks = held.marks() | {"held-time": "11:45", f"{two}-alternate": "attended"}
    marks |= {f"{one}-note": "Llegó tarde"}
    on_list = lists.teams([(f"{as_said(first[0].name)} (E90001)", "")])
    page = upload(held, client, on_list, **marks).text
    status = [f"{one}-administrator-attended", f"{one}-alternate-absent"]
    assert checked(page) == {*status, f"{two}-administrator-absent", f"{two}-alternate-attended"}
    assert f'name="by_lists" value="{one}-alternate {two}-administrator"' in page
    assert 'value="11:45"' in page
    assert 'value="Llegó tarde"' in page
    assert 'role="status"' in page
    marks[f"{one}-administrator"] = "absent"
    page = client.post(f"{held.url}/lista", data=marks | {"everybody": "1"}).text
    status = [f"{one}-administrator-absent", f"{one}-alternate-attended"]
    assert checked(page) == {*status, f"{two}-administrator-attended", f"{two}-alternate-attended"}


def test_a_chosen_file_is_read_first_and_a_list_of_devices_marks_nobody(walk: Walk, held: Held):
    client = walk.browser("sip")
    content = lists.teams([("iPhone", "")])
    answer = client.post(held.url, **with_file(content, "l.csv", into="list", **held.marks()))
    assert answer.status_code == 200
    assert "No reconocimos a nadie" in answer.text
    answer = upload(held, client, lists.zoom([("iPhone", "")] * 40))
    assert "No reconocimos a nadie" in answer.text
    assert checked(answer.text) == set()


@pytest.mark.nightly
def test_people_who_do_not_fit_on_the_page_are_counted(
    walk: Walk, held: Held, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(pages, "FEW_OTHERS", 0)
    monkeypatch.setattr(template, "MOST", 1)
    page = walk.browser("sip").get(held.url).text
    others = len(people(held, "E90001")) - 2
    assert page.count(f"{others}\xa0personas más de la relación: márcalas con el archivo") == 2
    assert f'href="/tareas/{held.step("E90001").id}"' in page
    assert "Trae a las primeras 1 personas" in page


@pytest.mark.nightly
def test_a_doubtful_name_waits_for_a_person(walk: Walk, held: Held):
    client, first = walk.browser("sip"), people(held, "E90001")
    name = as_said(first[0].name)  # the same invented person in both entities
    page = upload(held, client, lists.meet([(name, "", "")])).text
    (packed,) = re.findall(r'name="doubt" value="([^"]*)"', page)
    keys = re.findall(r'<option value="(t\d+:\d+)"', page)
    assert keys == [f"{name_of(held, code)}:0" for code in held.instances]
    assert checked(page) == set()
    fields = held.marks() | {"doubt": packed.replace("&#34;", '"')}
    answer = client.post(held.url, data=fields)
    assert answer.status_code == 422
    assert f"Di quién es «{name}»." in answer.text
    assert client.post(held.url, data=fields | {"d1": "t1:99"}).status_code == 422
    place = client.post(held.url, data=fields | {"d1": keys[1]}).location
    first_row, second_row = rows_of(walk, place)
    assert first_row.data["administrator"] == ""  # the list names one person of two of that name
    assert second_row.data["administrator"] == "attended"
    place = client.post(held.url, data=fields | {"d1": listed.NOBODY}).location
    assert [row.data["administrator"] for row in rows_of(walk, place)] == ["absent"] * 2
    place = client.post(
        held.url, data=fields | {"d1": listed.NOBODY, "unnamed": "1", "left_open": "x"}
    ).location
    assert [row.data["administrator"] for row in rows_of(walk, place)] == [""] * 2


@pytest.mark.nightly
def test_what_is_no_doubt_of_this_page_is_ignored(walk: Walk, held: Held):
    fields = held.marks(E90001="attended", E90002="absent")
    for packed in ("{", "5", '{"a": 1}', "[]"):
        answer = walk.browser("sip").post(held.url, data=fields | {"doubt": packed})
        assert answer.status_code == 303


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (lists.teams([("Ana Persona", "")], "7/22/26"), "l.csv", "La lista es de otro día"),
        (b"a,b\n1,2\n", "l.csv", "columna con los nombres"),
        (b"\x89PNG\0\0", "l.png", "No pudimos leer el archivo"),
        (b"", "", "Elige el archivo."),
        (lists.zoom([("iPhone", "")] * 6000), "l.csv", "se leen hasta 5 000 filas"),
        (BOMBS["compartidos.xlsx"](), "l.xlsx", "El archivo"),
        (BOMBS["linea.csv"](), "l.csv", "El archivo"),
    ],
    ids=["another day", "no list", "a picture", "no file", "6,000 rows", "bomb", "endless line"],
)
def test_a_file_that_is_no_list_of_the_session_is_refused(
    walk: Walk, held: Held, content: bytes, name: str, words: str
):
    answer = upload(held, walk.browser("sip"), content, name)
    assert answer.status_code == 422
    assert words in answer.text


def filled(held: Held, client: CheckingClient, *statuses: str) -> list[list[str]]:
    """Return the rows of the CSV template, filled in order."""
    text = client.get(f"{held.url}/plantilla.csv").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    for row, status in zip(rows[1:], statuses, strict=False):
        row[5] = status
    return rows


def as_csv(rows: list[list[str]]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows)
    return target.getvalue().encode()


@pytest.mark.nightly
def test_a_filled_template_marks_the_sheet(walk: Walk, held: Held):
    client = walk.browser("sip")
    rows = filled(held, client, "Sí", "no", "x")
    rows[2][6] = "De vacaciones"
    page = upload(held, client, as_csv(rows)).text
    one = name_of(held, "E90001")
    assert checked(page) == {
        f"{one}-administrator-attended",
        f"{one}-alternate-absent",
        f"{one}-other-1",
    }
    assert 'value="De vacaciones"' in page


@pytest.mark.nightly
def test_faulty_rows_of_a_template_are_named_and_mark_nobody(walk: Walk, held: Held):
    client = walk.browser("sip")
    head, first, second, *_ = filled(held, client, "sí", "quizá")
    stranger = ["E90001", "", "Persona Ajena, Rosa", "", "", "sí", ""]
    elsewhere = ["E99999", "", first[2], "", "", "sí", ""]
    twice = [*first[:5], "no", ""]
    page = upload(held, client, as_csv([head, first, second, stranger, elsewhere, twice])).text
    for words in (
        "Fila 3: en «Asistió» escribe sí o no.",
        "Fila 4: Persona Ajena, Rosa no está entre las personas de E90001.",
        "Fila 5: E99999: no tiene cupo en esta sesión",
        "está dos veces, con respuestas distintas.",
    ):
        assert words in page
    assert checked(page) == {f"{name_of(held, 'E90001')}-administrator-attended"}


@pytest.mark.nightly
def test_the_workbook_template_is_read_back(walk: Walk, held: Held):
    client = walk.browser("sip")
    answer = client.get(f"{held.url}/plantilla.xlsx")
    assert answer.status_code == 200
    page = upload(held, client, answer.data, "asistencia.xlsx").text
    assert checked(page) == set()
    assert "leído" in page
    assert client.get(f"{held.url}/plantilla.ods").status_code == 404
