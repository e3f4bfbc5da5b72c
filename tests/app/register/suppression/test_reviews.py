"""A visit is hidden at once, and its personal data are suppressed or it is shown again."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import LogEntry, Suppression, Visit
from app.register.facts.values import Refused
from app.register.suppression import reviews
from app.register.visits import recording, reserved
from tests.app.register.interest_acts.acting import Acting, record
from tests.app.register.open_data.test_changes import FEED, Mirror
from tests.app.visited import Visited
from tests.conftest import Clock

P = "/registro/E90001/produccion/visitas"
HIDE = {"ground": "minor"}
SHOW = {"decision": "show"}
SUPPRESS = {"decision": "suppress", "fields": ["visitor", "represented", "motive", "place"]}


def of(visited: Visited, visit_id: int, rest: str = "") -> str:
    return f"{P}/{visited.row(visit_id).code}{rest}"


def post(visited: Visited, visit_id: int, rest: str, data: Any, by: str = "administrator") -> Any:
    return visited.browser(by).post(of(visited, visit_id, rest), data=data)


def public_page(visited: Visited, visit_id: int) -> str:
    return visited.browser().get(f"/visita/{visited.row(visit_id).code}").text


def test_a_hidden_visit_says_only_that_it_is_under_review(visited: Visited):
    visit_id = visited.visit(name="Menor Inventada Eva", motive="Asunto muy particular")
    mirror = Mirror(visited)
    mirror.follow()
    assert "Menor Inventada Eva" in public_page(visited, visit_id)
    assert post(visited, visit_id, "/ocultar", HIDE).status_code == 303
    page = public_page(visited, visit_id)
    assert "Esta visita está en revisión" in page
    assert "Es menor de edad" in page
    for said in ("Menor Inventada", "muy particular", "Rojas", "00000501"):
        assert said not in page
    browser = visited.browser()
    assert "Menor Inventada" not in browser.get("/visitas?q=menor").text
    assert "Menor Inventada" not in browser.get("/visitas.csv?q=menor").text
    change = json.loads(browser.get(f"{FEED}?cursor={mirror.cursor}").data)["cambios"][-1]
    assert (change["retirado"], change["motivo"]) == (True, "en revisión")
    assert set(change) == {"codigo", "retirado", "modificado", "motivo"}


@pytest.mark.nightly
def test_only_who_manages_the_register_sees_and_decides(visited: Visited):
    visit_id = visited.visit()
    assert post(visited, visit_id, "/ocultar", HIDE, by="operator").status_code == 404
    post(visited, visit_id, "/ocultar", HIDE)
    for who in ("operator", "sgtd", "auditor"):
        assert visited.browser(who).get(of(visited, visit_id)).status_code == 404
        assert post(visited, visit_id, "/decidir", SHOW, by=who).status_code == 404


def test_the_administrator_has_two_working_days_and_a_late_decision_is_named(
    visited: Visited, clock: Clock
):
    visit_id = visited.visit()
    post(visited, visit_id, "/ocultar", HIDE)
    browser = visited.browser("administrator")
    page = browser.get(P).text
    assert "1\xa0visita oculta espera tu decisión" in page
    assert "hasta el 4 de marzo de 2026" in page
    assert "En revisión" in page
    assert "Reservada" not in page
    assert "venció" not in page
    clock.forward(days=3)
    browser = visited.browser("administrator")  # signed in again
    assert "venció el 4 de marzo de 2026" in browser.get(P).text
    assert "venció el 4 de marzo de 2026" in browser.get(of(visited, visit_id, "/decidir")).text
    assert visited.row(visit_id).state == "standing"  # nothing is decided by the system


@pytest.mark.nightly
def test_a_visit_that_is_shown_again_is_as_it_was(visited: Visited):
    visit_id = visited.visit(name="Quispe Inventada Ana")
    post(visited, visit_id, "/ocultar", HIDE)
    assert post(visited, visit_id, "/decidir", SHOW).status_code == 303
    page = public_page(visited, visit_id)
    assert "Quispe Inventada Ana" in page
    assert "Se ocultó mientras se decide sobre sus datos" in page
    assert "Estuvo reservada" not in page
    assert visited.row(visit_id).audience == "public"
    answer = post(visited, visit_id, "/decidir", SHOW)  # sent twice
    assert answer.status_code == 303
    assert visited.row(visit_id).versions == 3


def test_a_suppressed_visit_leaves_a_tombstone_a_log_without_data_and_stays_known_to_mirrors(
    visited: Visited,
):
    visit_id = visited.visit(name="Menor Inventada Eva")
    mirror = Mirror(visited)
    mirror.follow()
    post(visited, visit_id, "/ocultar", HIDE)
    assert post(visited, visit_id, "/decidir", SUPPRESS).status_code == 303
    page = public_page(visited, visit_id)
    assert "Los datos de esta visita se suprimieron" in page
    assert "Es menor de edad" in page
    assert "Menor Inventada" not in page
    change = json.loads(visited.browser().get(f"{FEED}?cursor={mirror.cursor}").data)["cambios"][-1]
    assert (change["retirado"], change["motivo"]) == (True, "suprimida")
    row = visited.row(visit_id)
    assert (row.state, row.audience, row.visitor_name, row.visitor_key) == (
        *("suppressed", "public"),
        *("", ""),
    )
    inside = visited.browser("administrator").get(of(visited, visit_id))
    assert inside.status_code == 200
    assert "Menor Inventada" not in inside.text
    entries = visited.all(select(LogEntry).where(LogEntry.kind.startswith("register.v")))
    said = {entry.kind: dict(entry.data) for entry in entries}
    assert said["register.visit_hidden"] == {"environment": "production", "ground": "minor"}
    assert said["register.visit_suppressed"] == {
        "environment": "production",
        "visit": visited.row(visit_id).code,
        "ground": "minor",
        "fields": ["visitor", "represented", "motive", "place"],
    }
    (review,) = visited.all(select(Suppression))
    assert (review.state, review.fields) == ("suppressed", SUPPRESS["fields"])
    assert review.decided_by_id == visited.people["administrator"]


@pytest.mark.nightly
def test_a_decision_must_say_what_is_suppressed(visited: Visited):
    visit_id = visited.visit()
    answer = post(visited, visit_id, "/ocultar", {})
    assert answer.status_code == 422
    assert "Elige por qué." in answer.text
    post(visited, visit_id, "/ocultar", HIDE)
    answer = post(visited, visit_id, "/decidir", {"decision": "suppress"})
    assert answer.status_code == 422
    assert "Marca qué se suprime." in answer.text
    assert visited.row(visit_id).state == "standing"


def test_a_correction_that_was_open_changes_nothing(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        seen = visit.versions
        reviews.hide(session, visit, ground="other_person", actor_id=None)
        with pytest.raises(Refused, match="Alguien cambió esta visita"):
            recording.correct(
                *(session, visit),
                reason="x",
                actor_id=None,
                seen=seen,
                motive="Otro motivo",
            )
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
        with pytest.raises(Refused):
            recording.correct(
                *(session, visit),
                reason="x",
                actor_id=None,
                seen=seen,
                visitor_name="Otra",
            )


def test_a_hidden_visit_can_be_neither_reserved_nor_unreserved_nor_hidden_twice(visited: Visited):
    visit_id = visited.visit()
    authorisation = reserved.Authorisation("Jefa", "Norma", visited.row(visit_id).visit_on)
    authorisation = reserved.Authorisation(
        "Jefa", "Norma", authorisation.review_on + timedelta(days=90)
    )
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="unlawful", actor_id=None)
        for act in (
            lambda: reserved.reserve(session, visit, authorisation, actor_id=None),
            lambda: reserved.lift(session, visit, reason="x", actor_id=None),
            lambda: reviews.hide(session, visit, ground="minor", actor_id=None),
        ):
            with pytest.raises(Refused):
                act()
        assert reserved.of_visit(session, visit) is None
        assert reserved.count_by_month(session, visit.register) == []


def test_a_reserved_visit_stays_reserved_after_its_data_are_suppressed(visited: Visited):
    visit_id = visited.visit()
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        until = visit.visit_on + timedelta(days=90)
        authorisation = reserved.Authorisation("Jefa", "Norma", until)
        reserved.reserve(session, visit, authorisation, actor_id=None)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        assert reserved.of_visit(session, visit) is not None
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
        assert visit.audience == "reserved"
    assert visited.browser().get(f"/visita/{visited.row(visit_id).code}").status_code == 404


@pytest.mark.nightly
def test_the_address_of_an_act_leads_to_the_tombstone_of_its_visit(visited: Visited):
    acting = Acting(visited.app)
    visit_id = visited.visit()
    code = record(visited.browser("operator"), acting.attached(visit_id))
    post(visited, visit_id, "/ocultar", HIDE)
    answer = visited.browser().get(f"/acto/{code}")
    assert answer.status_code == 302
    assert answer.location.endswith(f"/visita/{visited.row(visit_id).code}")
