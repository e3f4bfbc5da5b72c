"""The progress file: one of each day, made once, by the first job or request."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.base import calendar, db
from app.base.models import DailyFile, ProcessInstance, Record, Register
from app.cases import progress_file
from app.ops.worker import nightly
from tests.app import cast
from tests.app.visited import CODE, Visited
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.statements import statements


def rows(app: Any, address: str = "/datos/implementacion.csv") -> dict[str, dict[str, str]]:
    with app.test_client().get(address) as answer:
        assert answer.status_code == 200
        return {row["codigo"]: row for row in csv.DictReader(io.StringIO(answer.text))}


def test_every_entity_of_the_catalogue_is_in_it_once(visited: Visited):
    with visited.writing() as session:
        for number in range(2, 6):
            cast.entity(session, f"E9000{number}")
    found = rows(visited.app)
    assert list(found) == ["E90001", "E90002", "E90003", "E90004", "E90005"]
    assert found["E90002"]["estado"] == "sin iniciar"
    assert found["E90002"]["publica_desde"] == ""
    assert list(found["E90001"]) == [field.name for field in progress_file.FIELDS]


def test_it_says_when_a_register_opened_and_its_first_public_visit(visited: Visited):
    visited.visit("demo", ago=60, stayed=1, observation="late")
    visited.visit(ago=60 * 24 * 3, observation="late")
    visited.visit()
    said = rows(visited.app)[CODE]
    assert said["publica_desde"] == "2025-01-01"
    assert said["primera_visita"] == "2026-02-27"
    assert said["fuente"] == "Zaguán"


def test_a_register_that_published_nothing_publishes_since_no_day(visited: Visited):
    """Check a register whose entity may go live on a future day."""
    with visited.writing() as session:
        register = visited.register(session)
        data = {"go_live_on": "2026-03-06", "link": "https://example.pe"}
        session.add(
            Record(entity_id=register.entity_id, name="production", data=data, at=calendar.now())
        )
    said = rows(visited.app)[CODE]
    assert (said["publica_desde"], said["primera_visita"]) == ("", "")


def test_it_says_the_stage_and_in_whose_hands_since_when(begun: Walk, clock: Clock):
    clock.forward(days=3)
    case = begun.one(select(ProcessInstance))
    [said] = rows(begun.app).values()
    assert (said["estado"], said["etapa_numero"]) == ("en curso", "1")
    assert said["etapa"]
    assert said["en_manos_de"] == progress_file.HANDS[case.holder]
    assert said["en_manos_desde"] == "2026-03-02"
    days = {name: int(value) for name, value in said.items() if name.startswith("dias_")}
    total = days.pop("dias_total")
    assert total == sum(days.values()) == 3
    assert said["convalidada"] == "false"


def test_a_validated_stage_is_said(begun: Walk):
    with begun.writing() as session:
        case = session.scalars(select(ProcessInstance)).one()
        case.validated = {case.stage: {"reason": "De la prueba"}}
    [said] = rows(begun.app).values()
    assert said["convalidada"] == "true"
    assert said["etapas_convalidadas"] == said["etapa"]


def test_a_days_file_is_made_once_and_stays(visited: Visited, clock: Clock):
    engine = visited.engine
    assert progress_file.make(engine) == 1
    assert progress_file.make(engine) == 0
    visited.commit(cast.entity, "E90002")
    assert list(rows(visited.app)) == ["E90001"]
    clock.forward(days=1)
    assert list(rows(visited.app)) == ["E90001", "E90002"]
    assert list(rows(visited.app, "/datos/implementacion/2026-03-02.csv")) == ["E90001"]
    assert list(rows(visited.app, "/datos/implementacion/2026-03-03.csv")) == ["E90001", "E90002"]


@pytest.mark.nightly
def test_the_work_of_the_night_makes_it(visited: Visited):
    counts = nightly.run(visited.app, db.never)
    assert counts is not None
    assert counts["implementation_told"] == 1
    [day] = visited.read(progress_file.days, 5)
    assert day == calendar.today()


@pytest.mark.parametrize("day", ["2026-03-01", "2026-3-1", "ayer", "2026-02-30", "0000-00-00"])
def test_a_day_without_a_file_is_not_there(visited: Visited, day: str):
    assert visited.app.test_client().get(f"/datos/implementacion/{day}.csv").status_code == 404


def test_two_who_ask_first_get_the_same_file(visited: Visited, monkeypatch: pytest.MonkeyPatch):
    engine = visited.engine
    first = rows(visited.app)
    visited.commit(cast.entity, "E90002")
    with monkeypatch.context() as patch:
        patch.setattr(progress_file, "_row", lambda *_: None)  # it does not exist at the first look
        progress_file.make(engine)
    assert rows(visited.app) == first
    assert visited.one(select(func.count()).select_from(DailyFile)) == 1


def test_it_costs_the_same_statements_however_many_entities(visited: Visited):
    engine = visited.engine

    def cost() -> int:
        with db.open_session(engine, writes=False) as session, statements(engine) as sent:
            progress_file.to_csv(session, calendar.today())
        return len(sent)

    few = cost()
    with visited.writing() as session:
        for number in range(2, 40):
            place = cast.entity(session, f"E9{number:04}")
            session.add(
                Register(
                    entity_id=place.id,
                    environment="production",
                    opened_at=calendar.now() - timedelta(days=1),
                )
            )
    assert cost() == few


def test_a_days_file_may_be_cached_and_is_not_sent_twice(visited: Visited):
    client = visited.app.test_client()
    first = client.get("/datos/implementacion.csv")
    assert first.headers["Cache-Control"] == "public, max-age=300"
    day = f"/datos/implementacion/{calendar.today()}.csv"
    for name, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        for address in ("/datos/implementacion.csv", day):
            again = client.get(address, headers={name: value})
            assert (again.status_code, again.data) == (304, b"")
    other = client.get("/datos/implementacion.csv", headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.data) == (200, first.data)
