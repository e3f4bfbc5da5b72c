"""The retention of rosters, demos and files that many entities share."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.base import calendar, db, files
from app.base.config.retention import RULES
from app.base.db import chain
from app.base.db.protection.declared import PROTECTED
from app.base.models import (
    Baseline,
    BaselineName,
    Batch,
    InterestAct,
    PersonnelRow,
    PlannedVisit,
    ProcessInstance,
    Register,
    StoredFile,
    Visit,
    VisitSubject,
)
from app.cases.records import documents
from app.onboarding.batches import doing
from app.ops.worker import chaining, nightly
from app.ops.worker.jobs import JOBS
from app.ops.worker.turns import turn
from app.register.baseline import evidence
from app.register.facts.values import Visitor
from app.register.suppression import reviews
from app.register.visits import planned
from app.register.visits.planned import Plan
from forms.fields.tables import MEDIA_TYPES
from tests.app.onboarding.batches.baseline import exported
from tests.app.ops.test_retention import night
from tests.app.register.interest_acts.acting import DEMO, Acting, record
from tests.app.register.suppression import traces
from tests.app.visited import SITE, Visited
from tests.app.walk import Walk
from tests.conftest import Clock

NAME = "Zumaetaficticia Inventada Eva"


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doing, "AT_ONCE", 300.0)


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Acting:
    return Acting(app)


def plan_of(visited: Acting, environment: str) -> int:
    """Plan a visit in an hour; return its id."""
    with visited.writing() as session:
        register = visited.register(session, environment)
        visitor = Visitor(NAME, "DNI", "00000577", "private", f"Empresa de {NAME}", "")
        official = visited.official(session, "Rojas", environment)
        at = calendar.now() + timedelta(hours=1)
        plan = Plan(visitor, official, "work", f"De {NAME}", SITE, "", at)
        return planned.plan(session, register, plan, submission="plan", actor_id=None).id


def demo_of(visited: Acting) -> int:
    """Try a visit with an act and a plan in the demo; return the visit's id."""
    visit_id = visited.visit("demo", name=NAME, motive=f"De {NAME}", place=f"Con {NAME}")
    plan_of(visited, "demo")
    desk = visited.browser("operator")
    record(desk, visited.attached(visit_id, DEMO), actor_name=NAME, matter=f"De {NAME}")
    record(desk, f"{DEMO}/nuevo", actor_name=NAME, matter="Otro", submission="alone")
    return visit_id


def names_in_demo(visited: Visited) -> list[str]:
    """Return the tables that have the name."""
    with visited.reading() as session:
        return [
            table.__tablename__
            for table in (Visit, VisitSubject, PlannedVisit, InterestAct)
            if NAME in repr(session.execute(select(table.__table__)).all())
        ]


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_a_demo_is_emptied_after_the_entity_records_in_production(visited: Acting, clock: Clock):
    visit_id, public = demo_of(visited), visited.visit(name="Quispe Inventada Ana")
    with visited.writing() as session:
        for register in session.scalars(select(Register)):
            register.opened_at = calendar.now()
    assert set(names_in_demo(visited)) == {
        *("visit", "visit_subject", "planned_visit", "interest_act")
    }
    clock.forward(days=RULES["demo_visits"].days - 1)
    assert night(visited)["demo_visits_emptied"] == 0
    clock.forward(days=2)
    assert night(visited)["demo_visits_emptied"] == 2
    assert names_in_demo(visited) == []
    row = visited.row(visit_id)
    assert (row.state, row.audience) == ("suppressed", "demo")
    assert visited.row(public).visitor_name == "Quispe Inventada Ana"  # nothing public is erased
    assert visited.browser("administrator").get("/demo/E90001/visitas").status_code == 200
    assert night(visited)["demo_visits_emptied"] == 0
    engine = visited.engine
    with visited.app.app_context():
        chaining.close(engine, db.never)
    assert list(chain.check_all(engine)) == []


@pytest.mark.postgresql
def test_the_plan_of_a_visitor_who_did_not_come_is_emptied(visited: Acting, clock: Clock):
    plan_id = plan_of(visited, "production")
    clock.forward(days=30)
    assert night(visited)["planned_visits_emptied"] == 0
    clock.forward(days=1)
    assert night(visited)["planned_visits_emptied"] == 1
    assert names_in_demo(visited) == []
    assert visited.get(PlannedVisit, plan_id).state == "expected"
    page = visited.browser("operator").get("/registro/E90001/produccion/agenda?ver=anteriores").text
    assert "Sus datos se borraron, por su plazo" in page
    assert "Confirmar su llegada" not in page
    assert night(visited)["planned_visits_emptied"] == 0


def test_a_demo_of_an_entity_that_is_not_in_production_stays(visited: Acting, clock: Clock):
    demo_of(visited)
    with visited.writing() as session:
        visited.register(session).only_imported = True
    clock.forward(days=2 * RULES["demo_visits"].days)
    assert night(visited)["demo_visits_emptied"] == 0
    assert "visit" in names_in_demo(visited)


def persons(walk: Walk) -> int:
    """Return how many rows all versions of the roster have."""
    return walk.one(select(func.count()).select_from(PersonnelRow)) or 0


def expire(walk: Walk, *, ended: bool = True) -> int:
    """Apply the rule of rosters now; `ended`: no process of the entity runs."""
    with walk.writing() as session:
        if ended:
            session.execute(update(ProcessInstance).values(ended_at=calendar.now()))
        before = calendar.now() - RULES["left_rosters"].age
        return session.connection().execute(documents.left_rosters(before)).rowcount


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_rows_of_who_left_go_from_rosters_that_were_replaced(walk: Walk, clock: Clock):
    walk.begin_at("training")
    there = persons(walk)
    walk.change_roster(lambda rows: [*rows, rows[-1] | {"document_number": "00000577"}])
    clock.forward(days=1)
    walk.change_roster(lambda rows: rows[:-1])  # the last person left
    assert persons(walk) == 3 * there + 1
    clock.forward(days=RULES["left_rosters"].days - 1)
    assert expire(walk) == 0
    clock.forward(days=2)
    assert expire(walk, ended=True) == 1
    assert "00000577" not in walk.all(select(PersonnelRow.document_number))
    assert persons(walk) == 3 * there  # of who is still there, every version stays
    assert expire(walk) == 0


def test_a_running_process_keeps_the_rosters_since_its_beginning(walk: Walk, clock: Clock):
    walk.begin_at("training")
    walk.change_roster(lambda rows: [*rows, rows[-1] | {"document_number": "00000577"}])
    walk.change_roster(lambda rows: rows[:-1])
    clock.forward(days=RULES["left_rosters"].days + 1)
    assert expire(walk, ended=False) == 0


def with_bytes(walk: Walk) -> list[str]:
    with walk.reading() as session:
        rows = select(StoredFile.sha256).where(StoredFile.removed_at.is_(None))
        tables = StoredFile.media_type.in_(MEDIA_TYPES.values())
        return [one for one in session.scalars(rows.where(tables)) if files.path_of(one).is_file()]


@pytest.mark.nightly("servers")
@pytest.mark.postgresql
def test_an_export_of_all_entities_goes_and_its_unassigned_rows_too(walk: Walk, clock: Clock):
    exported.catalogue(walk)
    sip = walk.browser("sip")
    place = exported.read(sip, [exported.visit("SUMUE"), exported.visit("CLUB INVENTADO")])
    exported.bring_in(sip, place)
    assert len(with_bytes(walk)) == 1
    clock.forward(days=29)
    assert night(walk)["visit_files_removed"] == 0
    clock.forward(days=2)
    assert night(walk)["visit_files_removed"] == 1
    assert with_bytes(walk) == []
    clock.forward(days=365)
    assert night(walk)["baseline_rows_removed"] == 1
    with walk.reading() as session:
        lines = select(BaselineName.name, BaselineName.lines)
        assert dict(session.execute(lines).all()) == {"SUMUE": None, "CLUB INVENTADO": b""}
        assert [one.visits for one in evidence.evidence(session).values()] == [1]
        assert session.scalars(select(Baseline.sha256)).one()  # its hash stays
    assert len(exported.visits(walk, "E90012")) == 1
    number = exported.number_of(walk, "CLUB INVENTADO")
    sip.post(f"{place}/nombres/{number}", data={"entidad": "E90011"})
    assert exported.visits(walk, "E90011") == []


@pytest.mark.nightly("servers")
def test_an_export_with_a_suppressed_visit_goes_the_same_night(walk: Walk):
    exported.catalogue(walk)
    sip = walk.browser("sip")
    exported.bring_in(sip, exported.read(sip, [exported.visit("SUMUE")]))
    with walk.writing() as session:
        visit = session.scalars(select(Visit)).one()
        reviews.hide(session, visit, ground="minor", actor_id=None)
        reviews.suppress(session, visit, ["visitor"], actor_id=None)
    assert night(walk)["visit_files_removed"] == 1


@pytest.mark.parametrize(("state", "gone"), [("checked", 1), ("done", 1), ("confirmed", 0)])
def test_the_file_of_a_batch_goes_unless_it_is_being_done(
    visited: Acting, clock: Clock, state: str, gone: int
):
    with visited.writing() as session:
        sha256 = files.store(session, BytesIO(b"a,b\n1,2\n"), MEDIA_TYPES["csv"])
        by_id = visited.people["superuser"]
        values: dict[str, Any] = {"kind": "contacts", "created_at": calendar.now(), "by_id": by_id}
        session.add(Batch(state=state, sha256=sha256, file_name="a.csv", **values))
    clock.forward(days=31)
    assert night(visited)["visit_files_removed"] == gone


def test_a_table_of_a_form_that_was_refused_goes(visited: Acting, clock: Clock):
    visited.commit(files.store, BytesIO(b"a,b\n1,2\n"), MEDIA_TYPES["csv"])
    clock.forward(days=29)
    assert night(visited)["visit_files_removed"] == 0
    clock.forward(days=2)
    assert night(visited)["visit_files_removed"] == 1


@pytest.mark.nightly("servers")
def test_the_night_erases_nothing_public(visited: Acting, clock: Clock):
    visit_id = visited.visit(name="Quispe Inventada Ana", motive="Un motivo")
    code = record(visited.browser("operator"), visited.attached(visit_id))
    others = [one.table for one in PROTECTED if not one.name.startswith("chain_")]

    def stored() -> list[Any]:
        with visited.reading() as session:
            return [session.execute(table.select()).first() for table in (Visit.__table__, *others)]

    before = stored()
    for _ in range(3):
        clock.forward(days=4 * 365)
        turn(visited.app, JOBS[nightly.NAME])
        assert stored() == before
        browser = visited.browser()
        for place in (f"/visita/{visited.row(visit_id).code}", f"/acto/{code}", "/visitas.csv"):
            assert "Ana" in traces.said(browser.get(place)), place
