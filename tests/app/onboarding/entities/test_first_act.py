"""The one button of the summary: never to what would be refused, and what a coordinator can do."""

from __future__ import annotations

from datetime import date

import pytest

from app.base import calendar
from app.base.models import Incident, Task
from app.cases import processes
from app.cases.processes.returns import requests
from app.onboarding.entities import people
from app.onboarding.entities.link_ends import LinkEnd
from app.people import access
from tests.app import cast
from tests.app.walk import CODE, Walk

PAGE = f"/entidades/{CODE}"


def at_review(walk: Walk) -> int:
    """Lead a case to the review of its designation; return the id of the task."""
    walk.begin_filed()
    walk.answer("record_reception")
    return walk.task("review_designation").id


def offered(walk: Walk, role: str = "sip") -> str:
    """Return what the summary offers to do now; "" if that is nothing."""
    shown = " ".join(walk.browser(role).get(PAGE).text.split())
    return shown.partition('<div class="case-now">')[2].partition("</div>")[0]


def suspend(walk: Walk) -> None:
    walk.act(processes.suspend, "Mudanza de la entidad")


def bar(walk: Walk) -> None:
    """Give the coordinator a post in the entity."""
    with walk.writing() as session:
        place = cast.entity_of(session)
        user = walk.user(session, "sip")
        access.grant(session, user, "operator", place, None)


@pytest.mark.nightly
def test_a_suspended_case_is_resumed_first_and_its_tasks_have_no_link(walk: Walk):
    link = f'href="/tareas/{at_review(walk)}"'
    assert link in offered(walk)
    suspend(walk)
    shown = offered(walk)
    assert "Reanudar: Implementación" in shown
    assert f"{PAGE}/procesos/{walk.id}/reanudar" in shown
    for path in (PAGE, f"{PAGE}/tareas", "/pendientes"):
        assert link not in walk.browser("sip").get(path).text
    assert "Reanudar" not in offered(walk, "preparer")


@pytest.mark.nightly
def test_who_is_barred_gets_no_button_that_leads_to_a_refusal(walk: Walk):
    task = at_review(walk)
    bar(walk)
    assert walk.browser("sip").get(f"/tareas/{task}/respuesta").status_code == 409
    for path in (PAGE, f"{PAGE}/tareas"):
        assert f'href="/tareas/{task}"' not in walk.browser("sip").get(path).text


@pytest.mark.nightly
def test_bars_are_read_only_where_the_reader_has_something_to_decide(walk: Walk):
    task_id = at_review(walk)
    with walk.reading() as session:
        tasks = [session.get_one(Task, task_id)]
        sip, preparer = (walk.user(session, one) for one in ("sip", "preparer"))
        with walk.statements() as sent:
            assert access.duties.barred_among(session, tasks, sip) == set()
        assert len(sent) == 1
        _ = preparer.grants
        with walk.statements() as sent:
            assert access.duties.barred_among(session, tasks, preparer) == set()
        assert not sent


@pytest.mark.nightly
def test_a_failed_task_of_the_system_is_tried_again_by_the_one_button(begun: Walk):
    with begun.writing() as session:
        session.add(
            Incident(
                instance_id=begun.id,
                element="open_demo_register",
                name="Abrir el registro demo",
                traceback="",
                happened_at=calendar.now(),
            )
        )
    assert "Reintentar: Abrir el registro demo" in offered(begun)
    assert "Reintentar ahora" not in begun.browser("sip").get(PAGE).text, "the same button twice"
    assert "Reintentar" not in offered(begun, "preparer")


@pytest.mark.nightly
def test_a_request_for_return_is_answered_by_who_must_not_decide(walk: Walk):
    task_id = at_review(walk)
    with walk.writing() as session:
        preparer = walk.user(session, "preparer")
        requests.ask(session, task_id, "list_personnel", "Falta una persona en la lista", preparer)
    assert f"/tareas/{task_id}" in offered(walk)
    bar(walk)
    assert "Responder el pedido de devolución" in offered(walk)


def test_a_proposed_redesignation_is_the_one_button_of_who_has_no_other(
    begun: Walk, monkeypatch: pytest.MonkeyPatch
):
    end = LinkEnd("Rosa Ejemplo", date(2026, 4, 1), "key")
    monkeypatch.setattr(people, "link_end", lambda *_: end)
    assert "Iniciar la nueva designación" in offered(begun)
    assert begun.browser("sip").get(PAGE).text.count("Iniciar la nueva designación") == 1
    assert "Iniciar la nueva designación" not in offered(begun, "preparer")
