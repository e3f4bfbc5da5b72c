"""The month of a register: its figures, the decision about them, and its consequences."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.base import calendar
from app.base.models import (
    LogEntry,
    Mail,
    Notice,
    ProcessInstance,
    Register,
    RegisterMonth,
    Task,
    User,
    Visit,
)
from app.cases import processes
from app.cases.history import lines
from app.ops.worker import quality as night
from app.register import quality
from app.register.registers import empty_days, settings
from tests.app import cast
from tests.app.visited import Visited
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql
OCTOBER = date(2026, 10, 1)
#: Working days of October 2026: the 8th is a holiday.
DAYS = 21


def at_night(clock: Clock, day: str) -> None:
    """Set the clock to the hour of the night's work."""
    clock.set(datetime.fromisoformat(f"{day}T02:10-05:00"))


@pytest.fixture
def visited(app: Flask, clock: Clock) -> Visited:
    """Return a register at the end of October, judged on 6 November."""
    at_night(clock, "2026-11-06")
    return Visited(app)


def record(visited: Visited, count: int, observation: str = "late", **changed: Any) -> None:
    """Store visits on 5 October, an hour each; `changed`: as in `Visited.visit`."""
    at = datetime.fromisoformat("2026-10-05T10:00-05:00")
    ago = int((calendar.now() - at).total_seconds()) // 60
    made = [
        visited.visit(**{"ago": ago, "stayed": 60, "observation": "late", **changed})
        for _ in range(count)
    ]
    visited.execute(update(Visit).where(Visit.id.in_(made)).values(observation=observation))


def declare(visited: Visited, *, leave: int) -> None:
    """Declare every working day of October but some, and but the 5th."""
    with visited.writing() as session:
        register = visited.register(session)
        works = calendar.calendar_of(session, register.entity).works
        days = [OCTOBER + timedelta(days=n) for n in range(31)]
        open_days = [day for day in days if works(day) and day.day != 5]
        for day in open_days[leave:]:
            empty_days.declare(session, register, day, None)


def night_of(visited: Visited) -> int:
    """Run the two parts of the night; return how many mails and follow-ups it led to."""
    with visited.app.app_context():
        night.count(visited.engine)
        return night.judge(visited.engine)


def judge(visited: Visited) -> RegisterMonth:
    """Run the two parts of the night; return the month."""
    night_of(visited)
    months: list[RegisterMonth] = visited.all(select(RegisterMonth))
    assert len(months) == 1
    return months[0]


def follow_ups(visited: Visited) -> list[ProcessInstance]:
    query = select(ProcessInstance).where(ProcessInstance.process == "register_follow_up")
    return visited.all(query)


def test_a_silent_month_starts_one_follow_up_which_the_next_one_finds_open(
    visited: Visited, clock: Clock
):
    month = judge(visited)
    assert (month.month, month.working_days, month.silent_days) == (OCTOBER, DAYS, DAYS)
    assert month.act == "follow_up"
    assert month.findings == [
        f"En {DAYS} días hábiles del mes no hay visitas ni declaración de que no las hubo."
    ]
    judge(visited)
    assert len(follow_ups(visited)) == 1
    assert visited.all(select(Task.step)) == ["explain_register"]
    assert visited.all(select(Mail.kind)) == []
    at_night(clock, "2026-12-06")
    assert night_of(visited) == 1
    assert len(follow_ups(visited)) == 1


def test_some_silent_days_are_mailed_to_the_administrator_and_logged(visited: Visited):
    record(visited, 1, observation="")
    declare(visited, leave=6)
    month = judge(visited)
    assert (month.silent_days, month.act) == (6, "mail")
    with visited.reading() as session:
        mail = session.scalars(select(Mail)).one()
        assert mail.user_id == visited.people["administrator"]
        assert mail.subject == "Las cifras de octubre de 2026 de tu registro de visitas"
        assert "En 6 días hábiles" in mail.body
        entry = session.scalars(select(LogEntry).where(LogEntry.kind == "register.month_mailed"))
        assert entry.one().data["month"] == "2026-10-01"
    judge(visited)
    assert len(visited.all(select(Mail))) == 1, "once"


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("alternate", "Se escribió al administrador"),
        ("preparer", "Se escribió a quien prepara la designación"),
        ("operator", "Ningún correo llega a la entidad"),
    ],
)
def test_without_an_administrator_the_mail_goes_to_who_can_act(
    visited: Visited, role: str, said: str
):
    with visited.writing() as session:
        entity = visited.register(session).entity
        session.execute(update(User).values(email=""))
        number = cast.person(session, "40000077", role, entity).id
    record(visited, 1, observation="")
    declare(visited, leave=6)
    assert judge(visited).act == "mail"
    with visited.reading() as session:
        readers = session.scalars(select(Mail.user_id)).all()
        kinds = session.scalars(select(Notice.kind)).all()
        entry = session.scalars(select(LogEntry).where(LogEntry.kind == "register.month_mailed"))
        assert lines.describe(entry.one()).text.startswith(said)
    reached = role != "operator"
    assert readers == ([number] if reached else [])
    assert kinds == ([] if reached else ["month_unread"])


@pytest.mark.nightly("servers")
@pytest.mark.parametrize(
    ("changed", "act"),
    [
        ({"observation": ""}, "nothing"),
        ({"observation": "late"}, "follow_up"),
        ({"observation": "", "stayed": None}, "follow_up"),
        ({"observation": "", "category": "other"}, "mail"),
    ],
)
def test_shares_are_judged_from_twenty_visits_and_others_only_ever_mails(
    visited: Visited, changed: dict[str, Any], act: str
):
    declare(visited, leave=0)
    record(visited, 19, **changed)
    with visited.app.app_context(), visited.reading() as session:
        definition = processes.definition_of(processes.in_force(session))
    with visited.app.app_context():
        night.count(visited.engine)
    (month,) = visited.all(select(RegisterMonth))
    assert (month.visits, month.silent_days) == (19, 0)
    assert night.verdict(definition, month) == ("nothing", [])
    record(visited, 1, **changed)
    assert judge(visited).act == act


def test_days_may_be_declared_until_the_fifth(visited: Visited, clock: Clock):
    at_night(clock, "2026-11-05")
    assert judge(visited).act == ""
    declare(visited, leave=0)
    record(visited, 1, observation="")
    at_night(clock, "2026-11-06")
    month = judge(visited)
    assert (month.silent_days, month.act) == (0, "nothing")


@pytest.mark.nightly("servers")
def test_months_whose_nights_failed_are_judged_later(visited: Visited, clock: Clock):
    at_night(clock, "2026-11-05")
    assert judge(visited).act == ""
    declare(visited, leave=0)
    record(visited, 1, observation="")
    at_night(clock, "2027-01-05")
    assert night_of(visited) == 1, "December waits for the sixth"
    at_night(clock, "2027-01-06")
    assert night_of(visited) == 1
    rows = visited.all(select(RegisterMonth).order_by(RegisterMonth.month))
    assert [(row.month.month, row.act) for row in rows] == [
        (10, "nothing"),
        (11, "follow_up"),
        (12, "follow_up"),
    ]
    assert len(follow_ups(visited)) == 1


def test_a_follow_up_that_cannot_start_is_not_stored_as_one(visited: Visited):
    with visited.app.app_context():
        night.count(visited.engine)
    with visited.writing() as session:
        visited.register(session).entity.active = False
    with visited.app.app_context():
        assert night.judge(visited.engine) == 0
    assert visited.all(select(RegisterMonth.act)) == ["nothing"]
    assert follow_ups(visited) == []


def test_what_was_decided_stays_when_the_figures_are_counted_again(visited: Visited):
    assert judge(visited).act == "follow_up"
    declare(visited, leave=0)
    month = judge(visited)
    assert (month.silent_days, month.act) == (1, "follow_up"), "only the 5th is left"


@pytest.mark.parametrize("where", ["official_platform", "closed", "later"])
def test_other_sources_closed_entities_and_later_registers_are_not_judged(
    visited: Visited, where: str
):
    with visited.writing() as session:
        register = visited.register(session)
        if where == "official_platform":
            register.source, register.source_address = where, "https://visitas.example.org"
        elif where == "closed":
            register.entity.active = False
        else:
            register.opened_at = calendar.midnight(date(2026, 11, 2))
    assert visited.read(quality.figures_of, OCTOBER) == {}


def move(visited: Visited, clock: Clock, at: str, source: str) -> None:
    """Change where the register records, at a moment in Lima."""
    clock.set(datetime.fromisoformat(f"{at}-05:00"))
    with visited.writing() as session:
        register, actor = visited.register(session), visited.people["administrator"]
        address = "https://visitas.example.org"
        assert settings.change_source(session, register, source, address, actor)


def in_own_system(visited: Visited) -> None:
    with visited.writing() as session:
        register = visited.register(session)
        register.source, register.source_address = "own_system", "https://visitas.example.org"


def test_the_days_before_a_register_moved_to_zaguan_are_not_silent(visited: Visited, clock: Clock):
    in_own_system(visited)
    move(visited, clock, "2026-10-28T10:10", "zaguan")
    at_night(clock, "2026-11-06")
    month = judge(visited)
    assert (month.working_days, month.silent_days, month.act) == (2, 2, "nothing")


def test_a_month_before_a_register_moved_to_zaguan_is_not_judged(visited: Visited, clock: Clock):
    in_own_system(visited)
    move(visited, clock, "2026-11-03T10:10", "zaguan")
    at_night(clock, "2026-11-06")
    assert night_of(visited) == 0
    assert visited.all(select(RegisterMonth)) == []


def test_a_register_that_was_away_is_judged_for_its_days_in_zaguan(visited: Visited, clock: Clock):
    move(visited, clock, "2026-10-05T10:10", "own_system")
    move(visited, clock, "2026-10-28T10:10", "zaguan")
    move(visited, clock, "2026-11-03T10:10", "official_platform")
    move(visited, clock, "2026-11-04T10:10", "zaguan")
    at_night(clock, "2026-11-06")
    assert judge(visited).working_days == 4, "1, 2, 29 and 30 October"


def test_a_register_that_left_zaguan_is_neither_judged_nor_shown(visited: Visited, clock: Clock):
    at_night(clock, "2026-11-02")
    assert night_of(visited) == 0
    assert f"{DAYS} de {DAYS}" in visited.browser().get("/visitas/E90001").text
    move(visited, clock, "2026-11-02T10:10", "own_system")
    assert "octubre de 2026" not in visited.browser().get("/visitas/E90001").text
    at_night(clock, "2026-11-06")
    assert night_of(visited) == 0
    assert visited.all(select(RegisterMonth.act)) == ["nothing"]
    assert follow_ups(visited) == []


def test_reserved_and_imported_visits_break_the_silence_and_count_in_no_share(visited: Visited):
    record(visited, 2)
    with visited.writing() as session:
        reserved, imported = session.scalars(select(Visit).order_by(Visit.id))
        reserved.audience, imported.source = "reserved", "imported"
    with visited.reading() as session:
        register = session.scalars(
            select(Register).where(Register.environment == "production")
        ).one()
        figures = quality.figures_of(session, OCTOBER)[register.id]
        assert (figures.visits, figures.late, figures.silent_days) == (0, 0, DAYS - 1)


def test_pages_show_the_figures_with_their_definitions_and_rank_nobody(visited: Visited):
    judge(visited)
    public = visited.browser().get("/visitas/E90001").text
    assert "Días hábiles sin visitas ni declaración" in public
    assert f"{DAYS} de {DAYS}" in public
    assert "ninguna visita y tampoco se declaró" in public
    inside = visited.browser("superuser")
    assert "El registro en octubre de 2026" in inside.get("/entidades/E90001/registro").text
    programme = inside.get("/programa/registros").text
    assert "Seguimiento" in programme
    assert f">{DAYS} de {DAYS}<" in programme
    assert "ninguna visita y tampoco se declaró" in programme
    assert 'href="/entidades/E90001/registro"' in programme
    assert visited.browser("administrator").get("/programa/registros").status_code == 404


def test_a_second_person_is_recommended_where_one_alone_can_act(visited: Visited):
    page = visited.browser("superuser").get("/entidades/E90001/personas").text
    assert "recomendamos designarlo, aunque no es obligatorio" in page
    with visited.writing() as session:
        cast.person(session, "40000077", "alternate", visited.register(session).entity)
    page = visited.browser("superuser").get("/entidades/E90001/personas").text
    assert "recomendamos designarlo" not in page
