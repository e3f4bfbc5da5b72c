"""Interest acts that are attached to a visit follow its changes."""

from __future__ import annotations

import pytest

from tests.app.register.interest_acts.acting import ACTS, Acting, record

WHY = {"reason": "Se registró dos veces"}


def address(visited: Acting, visit_id: int, rest: str = "") -> str:
    return f"/registro/E90001/produccion/visitas/{visited.row(visit_id).code}{rest}"


@pytest.mark.nightly
def test_annulling_a_visit_annuls_its_acts_in_the_same_act(visited: Acting):
    visit_id = visited.visit(official="Mamani")
    desk = visited.browser("operator")
    assert "acto de gestión" not in desk.get(address(visited, visit_id, "/anular")).text
    first = record(desk, visited.attached(visit_id), submission="one")
    other = record(desk, visited.attached(visit_id), submission="other")
    assert desk.post(f"{ACTS}/{other}/anular", data=WHY | {"submission": "x"}).status_code == 303
    alone = record(desk, submission="alone")
    page = desk.get(address(visited, visit_id, "/anular")).text
    assert "También se anula el acto de gestión de intereses" in page
    assert desk.post(address(visited, visit_id, "/anular"), data=WHY).status_code == 303
    newest = {act.code: act for act in visited.acts() if act.newest}
    assert (newest[first].act, newest[first].reason) == ("annulment", WHY["reason"])
    assert newest[first].by_id == visited.people["operator"]
    assert newest[other].number == 2
    assert newest[alone].act == "record"
    assert first not in visited.browser().get("/actos").text
    assert WHY["reason"] in visited.browser().get(f"/acto/{first}").text


def test_correcting_the_visitor_corrects_the_attached_acts(visited: Acting):
    visit_id = visited.visit(official="Mamani")
    desk = visited.browser("operator")
    code = record(desk, visited.attached(visit_id))
    person = {"visitor_name": "Rojas Muestra Sol", "document_number": "00000555"}
    for values in ({"motive": "Una licencia"}, person):
        visited.correct(visit_id, "Era otra", **values)
    first, second = visited.acts()  # a change of the motive alone adds no version
    assert (first.newest, first.actor_name) == (False, "Quispe Inventada Ana")
    assert (second.number, second.act, second.reason) == (2, "correction", "Era otra")
    assert (second.actor_name, second.document_number) == tuple(person.values())
    assert second.visitor_key == visited.row(visit_id).visitor_key
    public = visited.browser()
    assert code in public.get("/actos?q=rojas+sol").text
    assert code not in public.get("/actos?q=quispe").text


def test_an_annulled_act_stays_as_it_was_annulled(visited: Acting):
    visit_id = visited.visit(official="Mamani")
    desk = visited.browser("operator")
    code = record(desk, visited.attached(visit_id))
    assert desk.post(f"{ACTS}/{code}/anular", data=WHY | {"submission": "x"}).status_code == 303
    visited.correct(visit_id, visitor_name="Rojas Muestra Sol")
    assert [act.act for act in visited.acts()] == ["record", "annulment"]
