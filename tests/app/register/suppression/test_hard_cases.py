"""Suppressions twice, of a part, while others work, and of visits that are not over."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.base.models import InterestAct, LogEntry, Suppression, Visit, VisitVersion
from app.register.facts.values import Refused
from app.register.interest_acts.acts import SUPPRESSED
from app.register.suppression import reviews
from app.register.visits import attached_acts, recording
from tests.app.register.interest_acts.acting import ACTS, Acting, corrected, record
from tests.app.register.suppression.test_reviews import HIDE, SHOW, SUPPRESS, of, post
from tests.app.together import PATIENCE, together
from tests.conftest import Clock

NAME = "Zumaetaficticia Inventada Eva"


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Acting:
    return Acting(app)


def suppress(visited: Acting, visit_id: int, *groups: str) -> None:
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, groups, actor_id=None)


@pytest.mark.nightly
def test_a_suppression_that_is_sent_twice_is_one(visited: Acting):
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)
    for decision in (SUPPRESS, SUPPRESS, SHOW, HIDE):
        rest = "/ocultar" if decision is HIDE else "/decidir"
        assert post(visited, visit_id, rest, decision).status_code == 303
    row = visited.row(visit_id)
    assert (row.state, row.versions) == ("suppressed", 3)
    assert len(visited.all(select(Suppression))) == 1


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_who_decide_at_once_decide_once(visited: Acting):
    visit_id = visited.visit(name=NAME)
    post(visited, visit_id, "/ocultar", HIDE)

    def decide(decision: Any) -> int:
        return int(post(visited, visit_id, "/decidir", decision).status_code)

    together(lambda: decide(SUPPRESS), lambda: decide(SHOW))
    row = visited.row(visit_id)
    assert row.versions == 3
    assert (row.visitor_name == "") == (row.state == "suppressed")
    [review] = visited.all(select(Suppression))
    assert review.state == ("suppressed" if row.state == "suppressed" else "shown")


@pytest.mark.nightly
def test_only_the_groups_that_were_chosen_go_from_the_acts_too(visited: Acting):
    visit_id = visited.visit(name=NAME, motive="Un motivo")
    desk = visited.browser("operator")
    code = record(desk, visited.attached(visit_id), actor_name=NAME, third_name=f"Socia de {NAME}")
    assert corrected(desk, code, actor_name=NAME, third_name="Otra").status_code == 303
    suppress(visited, visit_id, "represented")
    acts = visited.all(select(InterestAct).order_by(InterestAct.number))
    assert [(one.third_name, one.third_ruc, one.reason) for one in acts] == [("", "", "")] * 2
    assert [one.actor_name for one in acts] == [NAME, NAME]
    assert [one.matter for one in acts] == ["Ampliación de un almacén"] * 2
    assert (visited.row(visit_id).visitor_name, visited.row(visit_id).motive) == (NAME, "Un motivo")


def test_a_download_that_began_before_goes_on_and_the_next_one_lacks_the_name(visited: Acting):
    visit_id = visited.visit(name=NAME)
    for _ in range(3):
        visited.visit(name="Otra Inventada Ana")
    browser = visited.browser()
    with browser.get("/visitas.csv", buffered=False) as running:
        chunks = running.iter_encoded()
        began = next(chunks)
        suppress(visited, visit_id, "visitor")
        whole = (began + b"".join(chunks)).decode()
    assert whole.count("Otra Inventada Ana") == 3
    with browser.get("/visitas.csv") as answer:
        after = answer.get_data(as_text=True)
    assert NAME not in after
    assert after.count("Otra Inventada Ana") == 3


def test_no_later_act_on_a_suppressed_visit_brings_anything_back(visited: Acting):
    visit_id = visited.visit(name=NAME)
    suppress(visited, visit_id, "visitor")
    said = {"visitor_name": NAME}
    with visited.writing() as session:
        visit = session.get_one(Visit, visit_id)
        assert not recording.annul(session, visit, reason="x", actor_id=None)
        with pytest.raises(Refused):
            recording.correct(session, visit, reason="x", actor_id=None, seen=3, **said)
    assert (visited.row(visit_id).state, visited.row(visit_id).versions) == ("suppressed", 3)
    said = {"purpose": f"Ver si vino {NAME}"}
    answer = visited.browser("sgtd").post(of(visited, visit_id, "/documento"), data=said)
    assert answer.status_code == 303
    assert NAME not in repr(visited.all(select(LogEntry.data)))
    code = visited.row(visit_id).code
    visited.browser("operator").post(f"/registro/E90001/produccion/salidas/{code}")
    row = visited.row(visit_id)
    assert (row.state, row.visitor_name, row.visitor_key) == ("suppressed", "", "")
    versions = visited.all(select(VisitVersion).where(VisitVersion.visit_id == visit_id))
    assert NAME not in repr([one.subject.data for one in versions if one.subject])


@pytest.mark.nightly
def test_a_correction_of_an_act_that_was_open_before_brings_nothing_back(visited: Acting):
    visit_id = visited.visit(name=NAME)
    desk = visited.browser("operator")
    code = record(desk, visited.attached(visit_id), actor_name=NAME, third_name=f"Socia de {NAME}")
    suppress(visited, visit_id, "visitor", "represented")
    answer = corrected(desk, code, third_name=f"Socia de {NAME}", matter="Otro asunto")
    assert (answer.status_code, SUPPRESSED in answer.text) == (422, True)
    [act] = visited.acts()
    assert (act.actor_name, act.third_name) == ("", "")
    assert "/corregir" not in desk.get(f"{ACTS}/{code}").text


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_correction_of_an_act_waits_for_a_suppression_that_goes_on(
    visited: Acting, monkeypatch: pytest.MonkeyPatch
):
    visit_id = visited.visit(name=NAME)
    desk = visited.browser("operator")
    code = record(desk, visited.attached(visit_id), actor_name=NAME, third_name=f"Socia de {NAME}")
    correcting = threading.Event()
    has_ended = threading.Event()
    write = attached_acts.next_version

    def write_late(*given: Any) -> InterestAct:
        correcting.set()
        has_ended.wait(2)
        return write(*given)

    def suppress_meanwhile() -> None:
        assert correcting.wait(PATIENCE)
        suppress(visited, visit_id, "visitor", "represented")
        has_ended.set()

    monkeypatch.setattr(attached_acts, "next_version", write_late)
    said = {"third_name": f"Socia de {NAME}", "matter": "Otro asunto"}
    answer, failed = together(lambda: corrected(desk, code, **said), suppress_meanwhile)
    assert (answer.status_code, failed) == (303, None)
    acts = visited.acts()
    assert [(one.actor_name, one.third_name) for one in acts] == [("", "")] * 2
