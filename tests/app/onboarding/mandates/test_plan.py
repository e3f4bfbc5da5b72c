"""The plan of a day on which mandates end: who is concerned, once, from that day on."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import (
    Batch,
    BatchRow,
    Entity,
    Notice,
    ProcessInstance,
    Record,
)
from app.cases import processes, records
from app.cases.case import Case
from app.cases.reminders.people import People
from app.onboarding import batches
from app.onboarding.batches import doing
from app.onboarding.mandates import work
from tests.app import cast
from tests.app.onboarding.mandates.ended import (
    ENDS,
    LAST_DAY,
    MONDAY,
    NEW_YEAR,
    OTHER,
    Ended,
    continuing,
    day,
)
from tests.app.onboarding.mandates.test_day import NEWCOMER, REVIEW, STEP, activate
from tests.app.walk import CODE

PLAN = "/mandatos/plan"


def rows_of(ended: Ended, number: int) -> dict[str, tuple[str, str, str]]:
    """Return plan, result and message of each row of a plan, by the code of its entity."""
    with ended.reading() as session:
        rows = session.scalars(select(BatchRow).where(BatchRow.batch_id == number))
        return {row.entity.code: (row.plan, row.result, row.message) for row in rows}


@pytest.mark.nightly
def test_a_confirmed_plan_begins_each_change_once_on_the_day_after_and_not_before(ended: Ended):
    number = ended.freeze()
    again = ended.freeze()
    ended.confirm(number)
    ended.confirm(again)
    with ended.app.app_context():
        for moment in (LAST_DAY, NEW_YEAR, NEW_YEAR):
            ended.clock.set(moment)
            ended.work()
            assert set(ended.changes()) == (set() if moment == LAST_DAY else {CODE, OTHER})
    results = {result for _, result, _ in rows_of(ended, number).values()}
    assert results == {"done"}
    assert {row[1:] for row in rows_of(ended, again).values()} == {
        ("same", "Su cambio por este fin de mandato ya comenzó.")
    }
    for ticket in ended.tickets():
        assert day(ticket.valid_from_at) == day(MONDAY)
    assert len(ended.tickets()) == 2


@pytest.mark.nightly
def test_who_lawfully_continues_and_who_has_no_authority_is_left_out_with_the_reason(
    ended: Ended,
):
    with ended.writing() as session:
        other = ended.entities(session, [OTHER])[0]
        other.ubigeo = "150102"
        session.add(continuing(other.kind, "150102"))
        third = Entity(code="E90009", name="Otra", kind=other.kind, department="Lima")
        third.index()
        session.add(third)
    rows = rows_of(ended, ended.freeze(CODE, OTHER, "E90009"))
    assert rows[CODE][0] == "do"
    assert rows[OTHER][0] == "refused"
    assert "continúa hasta el 30 de junio de 2027 (Resolución de ejemplo)" in rows[OTHER][2]
    assert rows["E90009"][0] == "refused"
    assert "Todavía no tiene una autoridad registrada" in rows["E90009"][2]


@pytest.mark.nightly
def test_a_change_that_is_open_already_is_adopted_and_none_begins_besides(ended: Ended):
    ended.clock.set(LAST_DAY - timedelta(days=3))
    change = ended.begin("change_authority", CODE)
    number = ended.freeze()
    assert rows_of(ended, number)[CODE][2].startswith("Ya tiene abierto un cambio de autoridad:")
    ended.confirm(number)
    ended.clock.set(NEW_YEAR)
    with ended.app.app_context():
        ended.work()
        ended.work()
    assert ended.changes()[CODE] == change
    assert "El que ya estaba abierto sigue con la credencial." in rows_of(ended, number)[CODE][2]
    with ended.reading() as session:
        task = ended.find(session, STEP, change)
        assert (task.counted_on, task.term_days) == (day(NEW_YEAR), 5)
        case = Case(session, task.entity, task.instance, None, task)
        assert records.read(case, "mandate_end")["ends_on"] == ENDS.isoformat()
        people = People(session, [task.entity])
        found = people.recipients(task, ("lane",), day(MONDAY))
    assert [one.address for one in found] == [f"mesadepartes.{CODE.lower()}@example.pe"]
    ended.clock.set(MONDAY)
    assert activate(ended, ended.code_of()).status_code == 303
    ended.answer(STEP, "declared", instance=change, by="preparer")
    assert ended.open_steps(change) == [REVIEW], "a coordinator looks first"
    ended.answer(REVIEW, "accepted", instance=change)
    assert ended.has_role(NEWCOMER, "preparer")
    assert not ended.has_role("40000011", "preparer"), "who was there before"


@pytest.mark.nightly
def test_a_change_in_which_nothing_waits_for_an_answer_is_not_adopted(ended: Ended):
    change = ended.begin("change_authority", CODE)
    with ended.writing() as session:
        ended.find(session, STEP, change).state = "completed"
    rows = rows_of(ended, ended.freeze())
    assert rows[CODE] == ("same", "", "Ya tiene abierto un cambio de autoridad.")
    assert rows[OTHER][0] == "do"


@pytest.mark.nightly
def test_a_change_that_no_plan_began_is_noticed_by_the_coordinator_once(ended: Ended):
    instance = ended.begin("change_authority", CODE)
    ended.confirm(ended.freeze(OTHER))
    ended.clock.set(NEW_YEAR)
    with ended.app.app_context():
        ended.work()
    assert ended.row(instance).ended_at is None
    ended.act(processes.cancel, "Se equivocaron de entidad.", on=instance)
    with ended.app.app_context():
        assert work.is_due(ended.engine)
        for _ in range(2):
            ended.work()
        assert not work.is_due(ended.engine)
    unplanned = select(Entity.code).join(Notice).where(Notice.kind == "change_unplanned")
    assert ended.one(unplanned) == CODE
    page = ended.browser("sip").get("/pendientes").text
    assert "Su mandato terminó el 31 de diciembre de 2026" in page
    assert f'href="{PLAN}?dia=2026-12-31"' in page


@pytest.mark.nightly
def test_a_coordinator_sees_filters_confirms_and_stops_the_plan(ended: Ended):
    client = ended.browser("sip")
    page = client.get(PLAN).text
    assert "31 de diciembre de 2026" in page
    assert "Preparar el plan de 2\xa0entidades" in page
    assert "Ninguna entidad" in client.get(f"{PLAN}?tipo=gobierno_regional").text
    assert client.get(f"{PLAN}?tipo=ministerio").status_code == 400
    place = client.post(f"{PLAN}?region=Lima").location
    page = client.get(place).text
    assert "Vas a preparar el cambio de autoridad de 2\xa0entidades." in page
    client.post(f"{place}/confirmar", data={"cuantas": "2"})
    page = client.get(place).text
    assert "El lote empieza solo el 1 de enero de 2027" in page
    assert "confirmado el" in client.get(PLAN).text
    client.post(f"{place}/detener")
    assert "se detuvo antes de su turno" in client.get(place).text
    ended.clock.set(NEW_YEAR)
    with ended.app.app_context():
        ended.work()
    assert ended.changes() == {}
    assert ended.all(select(Batch.state)) == ["done"]
    assert client.post(f"{place}/detener").status_code == 303


def test_a_plan_of_no_entity_is_not_made(ended: Ended):
    client = ended.browser("sip")
    assert client.post(f"{PLAN}?tipo=gobierno_regional").location.startswith(PLAN)
    assert ended.all(select(Batch)) == []
    assert ENDS.isoformat() in client.get(PLAN).text


@pytest.mark.nightly
def test_a_cancelled_change_counts_as_not_begun(ended: Ended):
    ended.begin_year()
    first = ended.changes()[CODE]
    ended.act(processes.cancel, "Se inició por error.", on=first)
    ended.confirm(ended.freeze())
    with ended.app.app_context():
        ended.work()
    with ended.reading() as session:
        rows = session.execute(
            select(Entity.code, ProcessInstance.status)
            .join(Entity, Entity.id == ProcessInstance.entity_id)
            .where(ProcessInstance.process == "change_authority")
            .order_by(ProcessInstance.id)
        )
        found = [tuple(row) for row in rows]
    assert found == [
        (CODE, "cancelled"),
        (OTHER, "running"),
        (CODE, "running"),
    ]


# Entities that no plan begins --------------------------------------------------------------------


def unplanned(ended: Ended, moment: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Let the worker do what is due at a moment; return code and data of each such notice."""
    ended.clock.set(moment)
    with ended.app.app_context():
        ended.work()
    with ended.reading() as session:
        rows = session.scalars(select(Notice).where(Notice.kind == "change_unplanned"))
        return [(row.entity.code, dict(row.data)) for row in rows]


def authority_of(ended: Ended, code: str, data: dict[str, Any] | None) -> dict[str, Any] | None:
    """Remove the authority of an entity (None), or write one; return the one of before."""
    with ended.writing() as session:
        entity = cast.entity_of(session, code)
        rows = session.scalars(
            select(Record).where(Record.name == "authority", Record.entity_id == entity.id)
        ).all()
        before = dict(rows[-1].data) if rows else None
        if data is None:
            for row in rows:
                session.delete(row)
        else:
            at = calendar.now()
            session.add(Record(entity_id=entity.id, name="authority", data=data, at=at))
        return before


@pytest.mark.nightly
def test_a_row_refused_by_the_plan_is_noticed_once_ten_working_days_after_the_end(ended: Ended):
    authority = authority_of(ended, OTHER, None)
    number = ended.freeze()
    assert rows_of(ended, number)[OTHER][0] == "refused"
    ended.confirm(number)
    authority_of(ended, OTHER, authority)
    assert unplanned(ended, LAST_DAY) == []
    assert unplanned(ended, MONDAY + timedelta(days=10)) == []
    said = {"ends_on": ENDS.isoformat(), "planned_by_none": True}
    assert unplanned(ended, MONDAY + timedelta(days=14)) == [(OTHER, said)]
    page = ended.browser("sip").get("/pendientes").text
    assert "y ningún plan inició su cambio de autoridad" in page
    with ended.writing() as session:
        session.scalars(select(Notice)).one().done_at = calendar.now()
    assert unplanned(ended, MONDAY + timedelta(days=30)) == [(OTHER, said)], "once for an end"


@pytest.mark.nightly
def test_an_entity_with_a_waiting_row_or_a_change_since_the_end_is_not_noticed(ended: Ended):
    late = MONDAY + timedelta(days=14)
    assert unplanned(ended, LAST_DAY) == []
    ended.clock.set(MONDAY)
    change = ended.begin("change_authority", OTHER)
    with ended.writing() as session:
        processes.cancel(session, change, "Se inició por error.", ended.people["sip"])
        by = ended.people["sip"]
        entities = ended.entities(session, [CODE])
        data = {"ends_on": ENDS.isoformat()}
        waiting = batches.from_list(session, batches.MANDATES, entities, by, data)
        assert doing.confirm(session, waiting.id, 1, by)
    ended.clock.set(late)
    with ended.app.app_context():  # the plan's row is not done yet
        assert work.run(ended.app, lambda: False)["overlooked"] == 0


@pytest.mark.nightly
def test_the_coordinators_first_page_says_what_no_confirmed_plan_names(ended: Ended):
    def says() -> str:
        page = ended.browser("sip").get("/hoy").text.replace("\N{NO-BREAK SPACE}", " ")
        found = re.search(r"(\d+) mandatos? terminan? el 31 de diciembre de 2026", page)
        return found[1] if found else ""

    number = ended.freeze(CODE)
    assert says() == "2"
    authority = authority_of(ended, OTHER, None)
    assert says() == "1", "no plan would begin a change without an authority"
    authority_of(ended, OTHER, authority)
    ended.confirm(number)
    assert says() == "1"
    ended.confirm(ended.freeze(OTHER))
    assert says() == ""
    ended.clock.set(LAST_DAY - timedelta(days=90))
    with ended.writing() as session:
        for batch in session.scalars(select(Batch)):
            batch.state = "discarded"
    assert says() == "", "the end is not near"
