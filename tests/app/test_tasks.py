"""Pages of steps that their own fixtures do not reach: long rosters, whose task it is."""

from __future__ import annotations

import re

import pytest

from tests.app.walk import Walk

ROW = "DNI\t{n:08}\tPersona\tEjemplo {n}\tGuía\tÁrea\tCentral\t\tFuncionario visitado\tAlta"


@pytest.fixture
def case(walk: Walk) -> Walk:
    """A case whose roster is being written."""
    walk.begin()
    walk.answer("designate_administrator")
    return walk


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


def test_a_task_that_somebody_has_is_not_taken_from_them(case: Walk) -> None:
    case.people["another"] = case.person("40000077", "preparer", "E90001")
    address = f"/tareas/{case.task('list_personnel').id}/asignar"
    first, second = case.browser("preparer"), case.browser("another")
    assert first.post(address, data={"para": "mi"}).status_code == 303
    assert second.post(address, data={"para": "mi"}).status_code == 303
    assert case.task("list_personnel").assignee_id == case.people["preparer"]
    assert first.post(address, data={"para": "zzz"}).status_code == 400
    assert first.post(address, data={"para": "todos"}).status_code == 303
    assert case.task("list_personnel").assignee_id is None
