"""An entity that is twice in the catalogue becomes one, with everything that belongs to it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.administration.catalogue import duplicates
from app.base import calendar, db
from app.base.models import (
    Base,
    Entity,
    Grant,
    NonWorkingDay,
    Notice,
    PersonnelRow,
    PlannedStart,
    ProcessInstance,
    Record,
    ReminderHold,
    Ticket,
    User,
)
from app.cases import notices, processes
from app.cases.entities import DEPENDENTS, count_dependents, dependents_in_words
from app.onboarding.diagrams import view
from app.onboarding.entity_list import standing
from app.people import access
from app.people.access import absences
from tests.app import cast
from tests.app.administration.twins import TARGET, entry, merge, prepare
from tests.app.walk import CODE, Walk


@pytest.fixture
def twice(walk: Walk) -> Walk:
    """Return a walk with two entries of one entity, and the superuser."""
    return prepare(walk)


def refused(walk: Walk, duplicate: str = CODE, target: str = TARGET) -> str:
    """Return why two entries cannot be merged; nothing is changed."""
    before = walk.row_counts()
    with pytest.raises(duplicates.CannotMerge) as reason:
        merge(walk, duplicate, target)
    assert walk.row_counts() == before
    return str(reason.value)


def hangs(walk: Walk, code: str) -> dict[str, int]:
    """Return the rows that belong to an entry, without empty kinds."""
    with walk.reading() as session:
        counts = count_dependents(session, entry(session, code))
        return {key: number for key, number in counts.items() if number}


def test_every_column_that_names_an_entity_is_moved():
    columns = {
        f"{table.name}.{key.parent.name}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "entity"
    }
    assert columns == set(DEPENDENTS)


@pytest.mark.nightly
def test_all_that_a_duplicate_has_goes_along_and_is_counted(twice):
    twice.begin()
    for step, outcome in (("designate_administrator", ""), ("list_personnel", "")):
        twice.answer(step, outcome)
    before = hangs(twice, CODE)
    assert {"process_instance.entity_id", "task.entity_id", "record.entity_id"} <= set(before)
    merge(twice)
    assert hangs(twice, CODE) == {"log.entity_id": 1}
    after = hangs(twice, TARGET)
    assert after["entity.merged_into_id"] == 1
    for key, number in before.items():
        assert after[key] >= number, key
    twice.assert_consistent()
    duplicate, target = twice.read(entry, CODE), twice.read(entry, TARGET)
    assert (duplicate.active, duplicate.merged_into_id) == (False, target.id)
    assert target.contact_email == duplicate.contact_email
    _, page_text = twice.entries("entity.merged")
    assert page_text.entity_id == target.id
    assert page_text.data["moved"]["task.entity_id"] == before["task.entity_id"]
    assert page_text.data["changed"]["contact_email"] == ["", duplicate.contact_email]


def test_the_process_goes_on_in_the_entity(twice):
    twice.begin()
    merge(twice)
    twice.answer("designate_administrator")
    assert twice.open_steps() == ["list_personnel"]
    assert hangs(twice, CODE) == {"log.entity_id": 1}


def test_nobody_holds_a_role_twice_and_who_is_designated_stays_alone(twice):
    twice.begin(code=TARGET)
    with twice.writing() as session:
        target = entry(session, TARGET)
        preparer = twice.user(session, "preparer")
        access.grant(session, preparer, "preparer", target, None)
        cast.person(session, "40000051", "administrator", target)
    merge(twice)
    with twice.reading() as session:
        open_ones = session.execute(
            select(Grant.role, User.document_number)
            .join(User)
            .where(Grant.entity_id == entry(session, TARGET).id, Grant.until_at.is_(None))
            .order_by(Grant.role)
        ).all()
    assert [tuple(one) for one in open_ones] == [
        ("administrator", "40000051"),
        ("alternate", "40000013"),
        ("preparer", "40000011"),
    ]


def test_an_absence_that_nobody_covers_any_more_ends(twice):
    twice.begin(code=TARGET)
    with twice.writing() as session:
        cast.person(session, "40000051", "administrator", entry(session, TARGET))
        away, substitute = (twice.user(session, one) for one in ("alternate", "administrator"))
        today = calendar.today()
        absences.note(session, away, substitute, today, today + timedelta(days=3), away.id)
    merge(twice)
    assert len(twice.entries("absence.ended")) == 1


def test_the_entitys_own_records_stay_the_newest(twice):
    own = twice.begin_at("production", code=TARGET)
    twice.commit(processes.cancel, twice.begin(), "Es un duplicado.", twice.people["sip"])
    with twice.writing() as session:
        theirs = Record(
            entity_id=entry(session, CODE).id, name="authority", data={"post": "Otra"},
            at=calendar.now(),
        )  # fmt: skip
        only = Record(
            entity_id=theirs.entity_id, name="of_the_duplicate", data={}, at=calendar.now()
        )
        roster = Record(
            entity_id=theirs.entity_id, name="roster", data={"rows": 0}, at=calendar.now()
        )
        session.add_all([theirs, only, roster])
        mine = newest(session, TARGET, "authority")
        rows = personnel(session, newest(session, TARGET, "roster"))
        data = mine.data
    assert rows > 0
    merge(twice)
    with twice.reading() as session:
        assert newest(session, TARGET, "authority").data == data
        assert newest(session, TARGET, "authority").instance_id == own
        assert personnel(session, newest(session, TARGET, "roster")) == rows
        assert newest(session, TARGET, "of_the_duplicate").id == only.id


def newest(session: Session, code: str, name: str) -> Record:
    """Return the version of a record that counts."""
    found = select(Record).where(Record.entity_id == entry(session, code).id, Record.name == name)
    return session.scalars(found.order_by(Record.id.desc()).limit(1)).one()


def personnel(session: Session, record: Record) -> int:
    """Return how many rows a roster has."""
    query = select(func.count()).where(PersonnelRow.record_id == record.id)
    return session.scalar(query) or 0


def test_of_two_onboardings_the_one_that_goes_on_counts(twice):
    own = twice.begin(code=TARGET)
    twice.commit(processes.cancel, twice.begin(), "Es un duplicado.", twice.people["sip"])
    merge(twice)
    with twice.reading() as session:
        [here] = standing.standings(session, [entry(session, TARGET)])
        assert here.instance is not None
        assert (here.instance.id, here.state) == (own, "pending")
        assert view.newest(session, here.entity)["onboarding"].id == own
    page = twice.browser("sip").get(f"/entidades/{TARGET}/tareas").text
    assert "Implementación que no se siguió, de un duplicado" in page


def test_an_onboarding_of_the_duplicate_goes_before_one_that_was_cancelled(twice):
    theirs = twice.begin()
    with twice.writing() as session:
        own = twice.begin(code=TARGET)
        processes.cancel(session, own, "Se empezó mal.", twice.people["sip"])
    merge(twice)
    with twice.reading() as session:
        [here] = standing.standings(session, [entry(session, TARGET)])
        assert here.instance is not None
        assert here.instance.id == theirs
        assert session.get_one(ProcessInstance, own).superseded


def test_a_code_of_the_duplicate_lets_nobody_in_and_the_entity_gets_one(twice):
    with twice.writing() as session:
        duplicate = entry(session, CODE)
        for held in ("preparer", "administrator", "alternate"):
            access.revoke(session, twice.user(session, held), held, duplicate, None)
        processes.start(session, duplicate, "onboarding", None)
        code = access.issue_activation_code(session, duplicate)
    merge(twice)
    answer = twice.app.test_client().post(
        "/activar", data={"entity_code": CODE, "activation_code": code}
    )
    assert answer.status_code == 422
    with twice.reading() as session:
        good = select(Ticket).where(Ticket.void.is_(False), Ticket.kind == "activation")
        assert session.scalars(good).one().entity_id == entry(session, TARGET).id
        assert access.vacancies.stranded(session) == []


def test_plans_days_holds_and_notices_go_along_once(twice):
    with twice.writing() as session:
        duplicate, target = entry(session, CODE), entry(session, TARGET)
        soon, later = (calendar.now() + timedelta(days=days) for days in (10, 20))
        for entity, at in ((target, later), (duplicate, soon)):
            session.add(PlannedStart(entity_id=entity.id, process="upkeep", at=at))
        for entity in (target, duplicate):
            add_day(session, entity, date(2026, 6, 4))
        add_day(session, duplicate, date(2026, 6, 5))
        session.add(
            ReminderHold(scope="entity", value=CODE, reason="Prueba", created_at=calendar.now())
        )
        notices.nobody_left(session, duplicate, "authority")
    merge(twice)
    with twice.reading() as session:
        [plan] = session.scalars(select(PlannedStart)).all()
        assert (plan.at, plan.entity_id) == (soon, entry(session, TARGET).id)
        days = session.execute(select(NonWorkingDay.place, NonWorkingDay.on)).all()
        assert {tuple(day) for day in days} == {
            (TARGET, date(2026, 6, 4)),
            (TARGET, date(2026, 6, 5)),
        }
        assert session.scalars(select(ReminderHold.value)).all() == [TARGET]
        assert session.scalars(select(Notice.done_at)).one() is not None


def add_day(session: Session, entity: Entity, on: date) -> None:
    """Add a day off decreed for one entity."""
    day = NonWorkingDay(on=on, scope="entity", place=entity.code, norm="RA 1-2026")
    processes.change_calendar(session, processes.Change(added=(day,)), None)


def test_terms_that_run_keep_their_dates_when_days_go_along(twice):
    with twice.writing() as session:
        add_day(session, entry(session, CODE), calendar.today() + timedelta(days=1))
    twice.begin()
    due = twice.task("designate_administrator").due_at
    merge(twice)
    assert twice.task("designate_administrator").due_at == due


def test_the_history_of_the_entity_shows_what_happened_in_its_duplicate(twice):
    twice.begin()
    merge(twice)
    page = twice.browser("sip").get(f"/entidades/{TARGET}/historial").text
    assert f"Se inició el proceso: Implementación (en {CODE}, su duplicado)" in page
    assert "se unió a Municipalidad Distrital de Ejemplo 2 (E90002), con todo lo suyo" in page


def test_a_second_merge_takes_the_duplicates_of_a_duplicate_along(twice):
    twice.commit(cast.entity, "E90003")
    merge(twice)
    merge(twice, TARGET, "E90003")
    with twice.reading() as session:
        last = entry(session, "E90003")
        assert {one.code for one in duplicates.duplicates_of(session, last)} == {CODE, TARGET}
    for code in (CODE, TARGET):
        answer = twice.browser("sip").get(f"/entidades/{code}?q=a%20b")
        assert (answer.status_code, answer.location) == (301, "/entidades/E90003?q=a%20b")
    page = twice.browser("sip").get("/entidades/E90003/historial").text
    assert f"(en {CODE}, su duplicado)" in page


def test_what_hangs_is_counted_in_one_statement(app: Flask):
    with app.app_context():
        session = db.session()
        here = cast.entity(session)
        counts = count_dependents(session, here)
        assert set(counts) == set(DEPENDENTS)
        assert dependents_in_words(
            {"task.entity_id": 1, "mail.entity_id": 2, "log.entity_id": 0}
        ) == [
            "1\xa0paso",
            "2\xa0correos",
        ]


def test_coordinators_in_charge_are_taken_over_where_there_were_none(twice):
    with twice.writing() as session:
        entry(session, CODE).sip_coordinator_id = twice.people["sip"]
        plan = duplicates.plan(session, entry(session, CODE), entry(session, TARGET))
        assert any("el coordinador de la SIP" in sentence for sentence in plan.follows)
    merge(twice)
    with twice.reading() as session:
        assert entry(session, TARGET).sip_coordinator_id == twice.people["sip"]
        assert entry(session, CODE).sip_coordinator_id is None
    [page_text] = twice.entries("entity.coordinator_assigned")
    assert page_text.data["person_id"] == twice.people["sip"]


def test_former_names_of_a_duplicate_find_the_entity(twice):
    with twice.writing() as session:
        entry(session, CODE).rename_formerly(["Comisión de Faros"])
    merge(twice)
    target = twice.read(entry, TARGET)
    assert target.former == ["Comisión de Faros"]
    assert "comision de faros" in target.search_text


def test_tasks_that_were_taken_stay_with_who_may_answer_them(twice):
    twice.begin()
    with twice.writing() as session:
        twice.find(session, "designate_administrator").assignee_id = twice.people["preparer"]
    merge(twice)
    assert twice.task("designate_administrator").assignee_id == twice.people["preparer"]


# Obstacles ------------------------------------------------------------------------------------


def test_an_entity_is_not_merged_with_itself(twice):
    assert "consigo misma" in refused(twice, CODE, CODE)


@pytest.mark.nightly
def test_a_duplicate_is_merged_once(twice):
    merge(twice)
    assert "E90001 ya se unió a" in refused(twice)
    assert "Escribe E90002" in refused(twice, "E90002", CODE)


def test_an_entity_outside_the_catalogue_takes_nothing(twice):
    with twice.writing() as session:
        entry(session, TARGET).active = False
    assert "fuera del ámbito" in refused(twice)


def test_two_with_something_under_way_are_refused(twice):
    twice.begin()
    twice.begin(code=TARGET)
    assert "Las dos tienen procesos en curso: E90001, la implementación" in refused(twice)


def ended(walk: Walk, *instances: int) -> None:
    """End onboardings."""
    with walk.writing() as session:
        for number in instances:
            row = session.get_one(ProcessInstance, number)
            row.status, row.ended_at = "ended", calendar.now()
            row.end_name = "Implementación terminada"


@pytest.mark.nightly
@pytest.mark.parametrize(("done", "goes_on"), [(CODE, TARGET), (TARGET, CODE)])
def test_one_that_goes_on_and_one_that_ended_are_refused_and_which_is_said(
    twice: Walk, done: str, goes_on: str
):
    running = {code: twice.begin(code=code) for code in (CODE, TARGET)}
    ended(twice, running[done])
    said = refused(twice)
    assert f"{done} ya terminó su implementación y la de {goes_on} está en curso" in said
    assert f"anule antes la de {goes_on}" in said
    twice.commit(processes.cancel, running[goes_on], "Es la misma.", twice.people["sip"])
    merge(twice)
    with twice.reading() as session:
        [here] = standing.standings(session, [entry(session, TARGET)])
        assert here.instance is not None
        assert here.instance.id == running[done]


def test_of_two_that_came_to_their_end_the_entitys_counts(twice: Walk):
    theirs, own = twice.begin(), twice.begin(code=TARGET)
    ended(twice, theirs, own)
    with twice.reading() as session:
        plan = duplicates.plan(session, entry(session, CODE), entry(session, TARGET))
    assert plan.obstacles == []
    assert any("cuenta la de E90002, y la de E90001 queda" in one for one in plan.follows)
    merge(twice)
    with twice.reading() as session:
        [here] = standing.standings(session, [entry(session, TARGET)])
        assert here.instance is not None
        assert here.instance.id == own
        assert session.get_one(ProcessInstance, theirs).superseded
