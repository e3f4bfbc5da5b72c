"""Records: versions that never change, filings, and service tasks that may be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

import forms.records
from app.base import calendar
from app.base.definitions import definition_of
from app.base.models import Filing, LogEntry, PersonnelRow, ProcessInstance, Record, User
from app.cases import records, service_tasks
from app.cases.case import Case
from app.cases.records import evidence, filing
from app.people import access
from forms import steps
from forms.records import FilingAct, Observation
from tests.app.walk import Walk
from tests.statements import statements

CHANGED = select(LogEntry).where(LogEntry.kind == "entity.changed").order_by(LogEntry.id.desc())


@pytest.fixture
def case(walk: Walk) -> Iterator[Case]:
    """Yield a case after its designation, locked by the test."""
    walk.begin_at("training")
    with walk.writing() as session:
        row = walk.instance(session)
        yield Case(session, row.entity, row, walk.people["sip"])


def test_every_record_that_a_step_needs_can_be_read_before_it_exists(begun: Walk):
    with begun.reading() as session:
        row = begun.instance(session)
        case = Case(session, row.entity, row)
        for name in sorted({need for step in steps().values() for need in step.needs}):
            records.read(case, name)


@pytest.mark.nightly
def test_records_that_are_read_together_are_those_that_are_read_alone(case: Case):
    names = sorted({need for step in steps().values() for need in step.needs})
    alone = {name: records.read(case, name) for name in names}
    assert records.read_all(case, names) == alone


def test_documents_take_one_statement(case: Case):
    records.write(case, "call", {"agreed_on": "2026-03-10"})
    names = ("authority", "administrator", "call", "letter")
    with statements(case.session.get_bind().engine) as sent:
        found = records.read_all(case, names)
    assert len(sent) == 1
    assert found["call"] == {"agreed_on": "2026-03-10"}
    assert (found["letter"], list(found)) == (None, list(names))


def test_an_unknown_record_is_refused(case: Case):
    for use in (
        records.read,
        lambda c, n: records.read_all(c, [n]),
        lambda c, n: records.write(c, n, {}),
    ):
        with pytest.raises(KeyError):
            use(case, "nothing")
    with pytest.raises(KeyError):
        records.write(case, "progress", {})


def test_nothing_is_written_for_an_answer_that_says_nothing(case: Case):
    before = case.session.scalars(select(Record)).all()
    records.write(case, "training", None)
    assert case.session.scalars(select(Record)).all() == before


def test_a_document_is_a_new_version_and_the_newest_counts(case: Case):
    records.write(case, "call", {"agreed_on": "2026-03-10"})
    records.write(case, "call", {"agreed_on": "2026-03-12"})
    assert records.read(case, "call") == {"agreed_on": "2026-03-12"}
    versions = case.session.scalars(select(Record).where(Record.name == "call")).all()
    assert [version.data["agreed_on"][-2:] for version in versions] == ["10", "12"]
    assert {version.by_id for version in versions} == {case.actor_id}
    assert records.day_of(case, "call") == calendar.midnight(date(2026, 3, 12))


def test_what_is_the_entitys_outlives_the_process_and_what_is_not_does_not(case: Case, walk: Walk):
    records.write(case, "call", {"agreed_on": "2026-03-10"})
    case.session.commit()
    again = walk.begin("redesignation")
    row = case.session.get_one(ProcessInstance, again)
    other = Case(case.session, row.entity, row)
    assert records.read(other, "authority") == records.read(case, "authority")
    assert records.read(other, "roster") == records.read(case, "roster")
    assert records.read(other, "call") is None


def test_a_roster_keeps_every_row_and_cell_in_order(case: Case):
    first = records.read(case, "roster")
    changed = [dict(row) for row in reversed(first)]
    changed[0]["post"] = "Jefa de «ejemplo», ñ"
    records.write(case, "roster", changed)
    assert records.read(case, "roster") == changed
    rows = case.session.scalars(select(PersonnelRow)).all()
    assert len(rows) == len(first) + len(changed)


def test_what_the_entity_says_of_itself_is_logged_with_the_old_value(case: Case):
    before = case.entity.phone
    records.write(case, "entity", {"phone": "01 6159999", "code": "E00001", "active": False})
    assert case.entity.phone == "01 6159999"
    assert (case.entity.code, case.entity.active) == ("E90001", True)
    case.session.flush()
    entry = case.session.scalars(CHANGED).first()
    assert entry.data["changed"] == {"phone": [before, "01 6159999"]}


# Filings --------------------------------------------------------------------------------------

FILED: FilingAct = {
    "act": "filed",
    "number": "2026-0001",
    "presented_at": "2026-03-02T10:00:00-05:00",
    "signed": {},
}
OBSERVATION: Observation = {
    "number": 1,
    "target_kind": "paper",
    "target": "all",
    "text": "x",
    "answer": "",
    "persists": False,
}


def current(case: Case) -> forms.records.Filing:
    """Return the open filing."""
    found = filing.read(case)
    assert found is not None
    return found


def test_the_count_of_observations_belongs_to_each_filing(case: Case):
    filing.write(case, FILED)
    for _ in range(2):
        filing.write(case, {"act": "observed", "observations": [OBSERVATION]})
    assert current(case)["rounds"] == 2
    filing.write(case, {"act": "not_presented"})
    assert filing.read(case) is None
    filing.write(case, {**FILED, "number": "2026-0002"})
    assert current(case)["rounds"] == 0
    results = case.session.scalars(select(Filing.result).order_by(Filing.id)).all()
    assert list(results) == ["not_presented", ""]


def test_an_act_on_no_filing_is_an_error_and_not_a_new_one(case: Case):
    with pytest.raises(LookupError):
        filing.write(case, {"act": "observed", "observations": []})
    filing.close(case, "accepted")
    assert case.session.scalars(select(Filing)).all() == []


def test_a_filing_that_is_returned_to_is_open_again(case: Case):
    filing.write(case, FILED)
    filing.write(case, {"act": "accepted"})
    filing.reopen(case)
    assert current(case)["number"] == "2026-0001"


# Service tasks --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(service_tasks.OFFERED))
def test_a_service_task_done_twice_leaves_what_it_left_once(case: Case, name: str):
    for document, value in (
        ("letter", {"missing": [], "addressee": "", "text": "De ejemplo"}),
        ("production", {"go_live_on": "2026-03-01"}),
        ("decision_makers", []),
        ("control_notice", {"organ": {"organ": "OCI"}, "number": "1", "sent": "paper"}),
    ):
        records.write(case, document, value)
    definition = definition_of(case.instance.deployment)
    if name == "transfer_tasks":  # it runs after `open_accounts`, for its accounts
        service_tasks.perform("open_accounts", case, definition)
    first = service_tasks.perform(name, case, definition)
    case.session.flush()
    people = snapshot(case)
    again = service_tasks.perform(name, case, definition)
    case.session.flush()
    assert again.outcome == first.outcome
    assert again.outcome in service_tasks.outcomes()[name]
    assert snapshot(case) == people


def snapshot(case: Case) -> list[tuple[str, str]]:
    """Return who has an account, and in which role."""
    users = case.session.scalars(select(User).order_by(User.id)).all()
    return [
        (user.document_number, held.role)
        for user in users
        for held in sorted(user.grants, key=lambda grant: grant.id)
        if held.until_at is None
    ]


def test_operators_of_the_roster_get_accounts_and_those_who_leave_lose_them(case: Case):
    definition = definition_of(case.instance.deployment)
    service_tasks.perform("open_operator_accounts", case, definition)
    operators = records.roster.operators(case)
    assert operators
    (first, *_) = operators
    user = access.find_person(case.session, first["document_type"], first["document_number"])
    assert access.roles_of(user, case.entity) == {"operator"}
    rows = [
        row | {"movement": "baja"} if row["document_number"] == first["document_number"] else row
        for row in records.read(case, "roster")
    ]
    records.write(case, "roster", rows)
    service_tasks.perform("open_production_accounts", case, definition)
    case.session.expire_all()
    assert access.roles_of(user, case.entity) == frozenset()


def test_evidence_that_was_never_typed_counts_as_none(case: Case):
    assert evidence.demo_test(case)["visits"] == 0
    assert {group["expected"] for group in evidence.training_groups(case)} == {0}
