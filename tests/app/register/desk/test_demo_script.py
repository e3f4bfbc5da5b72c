"""The script of the demo test: ten invented visits that tick themselves off."""

from __future__ import annotations

import re

import pytest

from app.base import calendar, db
from app.base.models import PostHolder, Visit
from app.ops.demo import visits as demo_visits
from app.register.facts.values import CATEGORIES, VISITOR_KINDS, is_invented
from app.register.visits import demo_script, recording
from forms.fields.identifiers import document_fault, ruc_fault
from tests.app.visited import CODE, Visited

ADDRESS = f"/registro/{CODE}/demo/cartilla"


def progress(visited: Visited) -> demo_script.Progress:
    """Return the progress of the script."""
    with visited.reading() as session:
        return demo_script.progress(session, visited.register(session, "demo"))


def missing(visited: Visited) -> dict[int, list[str]]:
    """Return what each unfinished line still needs."""
    return {one.line.number: list(one.missing) for one in progress(visited).ticks if not one.done}


def try_it(visited: Visited, most: int = demo_visits.WHOLE) -> None:
    """Record the visits as the operator, and as the administrator where the script needs another
    user."""
    with visited.writing() as session:
        register = visited.register(session, "demo")
        people = [visited.people["operator"], visited.people["administrator"]]
        demo_visits.record_script(session, register, people, most)


def test_nobody_has_the_documents_of_the_script_and_each_is_well_formed():
    assert [line.number for line in demo_script.LINES] == list(range(1, 11))
    numbers = [line.visitor.document_number for line in demo_script.LINES]
    assert len(set(numbers)) == 10
    for line in demo_script.LINES:
        visitor = line.visitor
        assert is_invented(visitor.document_type, visitor.document_number)
        assert document_fault(visitor.document_type, visitor.document_number) == ""
        assert visitor.kind in VISITOR_KINDS
        assert bool(visitor.entity) == (visitor.kind != "self")
        assert visitor.entity_ruc == "" or ruc_fault(visitor.entity_ruc) == ""
        assert line.category in CATEGORIES
    assert sorted(line.task for line in demo_script.LINES if line.task) == [
        "correct",
        "late",
        "second",
    ]


def test_everyone_who_sees_the_demo_sees_the_script_before_any_line_is_done(visited: Visited):
    assert missing(visited) == {number: ["Falta registrarla"] for number in range(1, 11)}
    found = progress(visited)
    assert (found.done, found.lines) == (0, 12), "with one operator nobody else has to record"
    page = visited.browser("operator").get(ADDRESS)
    assert "0 de 12" in page.text
    for line in demo_script.LINES:
        assert f"{line.surnames}, {line.given_names}" in page.text
        assert line.visitor.document_number in page.text
    assert "Ambiente demo." in page.text
    for name in ("operator", "preparer", "sgtd", "auditor"):
        assert visited.browser(name).get(ADDRESS).status_code == 200, name
    assert visited.browser("superuser").get(ADDRESS).status_code == 404
    visited.visit("production", document_number=demo_script.LINES[0].visitor.document_number)
    assert 1 in missing(visited)
    page = visited.browser("operator").get(ADDRESS.replace("demo", "produccion"))
    assert page.status_code == 404


def test_a_line_is_done_after_the_exit_and_its_extra_task(visited: Visited):
    line = demo_script.LINES[3]
    with visited.writing() as session:
        register = visited.register(session, "demo")
        by = visited.people["operator"]
        visit = demo_visits._enter(session, register, line, by)
        visit_id = visit.id
    assert missing(visited)[4] == ["Falta su salida", "Falta corregirla"]
    with visited.writing() as session:
        visit = db.locked(session, Visit, visit_id)
        recording.leave(session, visit, actor_id=by)
    assert missing(visited)[4] == ["Falta corregirla"]
    with visited.writing() as session:
        demo_visits._correct(session, db.locked(session, Visit, visit_id), line, by)
    assert 4 not in missing(visited)
    with visited.writing() as session:
        recording.annul(
            session, db.locked(session, Visit, visit_id), reason="Era otra", actor_id=by
        )
    assert missing(visited)[4] == ["Falta registrarla"]


@pytest.mark.nightly
def test_after_the_whole_script_every_line_is_done(visited: Visited):
    try_it(visited, demo_visits.BEGUN)
    assert sorted(missing(visited)) == list(range(4, 11))
    try_it(visited)
    found = progress(visited)
    assert missing(visited) == {}
    assert found.done == found.lines
    page = visited.browser("operator").get(ADDRESS).text
    assert f"{found.lines} de {found.lines}" in page
    assert len(re.findall("tick--done", page)) == found.lines


def test_with_two_operators_two_have_to_record(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session, "demo")
        session.add(
            PostHolder(
                register_id=register.id,
                document_type="DNI",
                document_number="40000015",
                given_names="Persona",
                surnames="Ejemplo 015",
                post="Recepcionista",
                post_key="recepcionista--recepcion",
                unit="Recepción",
                site="Sede central",
                profile="operator",
                from_on=calendar.today(),
                search_text="",
            )
        )
    assert progress(visited).extra_tasks[0] == ("Que registren visitas dos operadores", False)
    visited.visit("demo", by="operator")
    visited.visit("demo", by="operator2", document_number="00000777")
    assert progress(visited).extra_tasks[0][1]
