"""Long rosters, assigning tasks, and *Mis pendientes*."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.base import calendar
from app.base.models import Task
from tests.app.walk import Walk

ROW = "DNI\t{n:08}\tPersona\tEjemplo {n}\tGuía\tBodega\tCentral\t\tFuncionario visitado\tAlta"


@pytest.fixture
def case(walk: Walk) -> Walk:
    """Return a case whose roster is being written."""
    walk.begin()
    walk.answer("designate_administrator")
    return walk


@pytest.mark.nightly
def test_every_page_of_a_long_roster_opens(case: Walk) -> None:
    client = case.browser("preparer")
    address = client.get(f"/tareas/{case.task('list_personnel').id}").location
    rows = "\n".join(ROW.format(n=n) for n in range(1, 121))
    answer = client.post(address, data={"roster-paste": rows, "roster-mode": "replace"})
    assert answer.status_code in (303, 422)
    links = set(re.findall(r'href="(\?hoja=\d+)', client.get(address).text))
    assert {"?hoja=2", "?hoja=3"} <= links
    for link in (*links, "?hoja=", "?hoja=-1", "?hoja=99", "?hoja=zz"):
        assert client.get(address + link).status_code == 200, link
    assert "00000120" in client.get(f"{address}?hoja=3").text


def test_an_assigned_task_cannot_be_taken(case: Walk) -> None:
    case.people["another"] = case.person("40000077", "preparer", "E90001")
    address = f"/tareas/{case.task('list_personnel').id}/asignar"
    first, second = case.browser("preparer"), case.browser("another")
    assert first.post(address, data={"para": "mi"}).status_code == 303
    assert second.post(address, data={"para": "mi"}).status_code == 303
    assert case.task("list_personnel").assignee_id == case.people["preparer"]
    assert first.post(address, data={"para": "zzz"}).status_code == 400
    assert first.post(address, data={"para": "todos"}).status_code == 303
    assert case.task("list_personnel").assignee_id is None


# Mis pendientes -------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_list_shows_the_tasks_of_the_user_the_earliest_first(walk: Walk):
    for number in (1, 2):
        walk.begin_at("induction", code=f"E9000{number}")
    with walk.writing() as session:
        late = walk.find(session, "choose_technical_session", walk.id)
        late.due_at = calendar.now() - timedelta(days=7)
    page = walk.browser("administrator").get("/pendientes").text
    assert page.index("técnica") < page.index("temática")
    assert "atraso" in page
    assert "Ejemplo 2" not in page, "another entity's"
    assert "choose_" not in page


@pytest.mark.nightly
def test_a_long_list_is_paged_with_a_constant_number_of_statements(begun: Walk):
    with begun.writing() as session:
        model = begun.find(session, "designate_administrator")
        own = {"id", "engine_id", "role"}
        values = {
            c.name: getattr(model, c.name) for c in Task.__table__.columns if c.name not in own
        }
        session.add_all(Task(**values, role="sip", engine_id=str(n)) for n in range(120))
    client = begun.browser("sip")
    client.get("/pendientes")
    with begun.statements() as sent:
        assert "120" in client.get("/pendientes").text
    assert len(sent) < 16, sent
    assert sum("allowance" in one for one in sent) == 1, "the separation of duties is costly"
    assert client.get("/pendientes?pagina=3").status_code == 200
    assert client.get("/pendientes?pagina=4").status_code == 404


def test_an_assigned_task_names_its_assignee_and_others_may_still_answer(begun: Walk):
    begun.people["second"] = begun.person("40000041", "preparer", "E90001")
    task_id = begun.task("designate_administrator").id
    client, other = begun.browser("preparer"), begun.browser("second")
    client.post(f"/tareas/{task_id}/asignar", data={"para": "mi"})
    assert "Persona Ejemplo 011" in other.get(f"/tareas/{task_id}", follow_redirects=True).text
    client.post(f"/tareas/{task_id}/asignar", data={"para": "todos"})
    assert begun.task("designate_administrator").assignee_id is None
    assert begun.log()[-2:] == ["task.assigned", "task.unassigned"]


def test_a_user_whose_answer_gave_the_role_away_is_redirected(begun: Walk) -> None:
    task_id = begun.answer("designate_administrator")
    client = begun.browser("preparer")
    with begun.writing() as session:
        user = begun.user(session, "preparer")
        for grant in user.grants:
            grant.until_at = calendar.now()
    assert client.get(f"/tareas/{task_id}/listo").status_code == 303
    assert begun.browser("administrator").get(f"/tareas/{task_id}/listo").status_code == 404


def test_a_preselected_value_is_no_answer_on_the_review(begun: Walk):
    task_id = begun.task("designate_administrator").id
    page = begun.browser("preparer").get(f"/tareas/{task_id}/revisar").text
    rows = [row for row in page.split("<dt")[1:] if "Elige el tipo de documento." in row]
    assert rows
    for row in rows:
        assert "Sin responder" in row
        assert "DNI" not in row


@pytest.mark.parametrize("act", ["suspender", "anular", "devolver"])
def test_an_act_on_a_process_names_the_process(begun: Walk, act: str):
    page = begun.browser("sip").get(f"/entidades/E90001/procesos/{begun.id}/{act}").text
    assert ": Implementación</h1>" in page


def test_a_table_replaces_rows_only_if_chosen(case: Walk) -> None:
    client = case.browser("preparer")
    address = client.get(f"/tareas/{case.task('list_personnel').id}").location
    # No operator among the rows: an error of the list, not of the row.
    client.post(address, data={"roster-paste": ROW.format(n=1)})
    chosen = re.findall(r'<input[^>]*name="roster-mode"[^>]*>', client.get(address).text)
    assert ["checked" in one for one in chosen] == [True, False], chosen
