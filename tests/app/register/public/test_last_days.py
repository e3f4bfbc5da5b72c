"""A mandate that ended is read as ended, also where no job has stored its end."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Mandate, PostHolder, Register
from app.register.news import rosters, topics
from app.register.registers import environments, mandates, roster
from app.register.registers.last_days import last_day
from app.register.visits import officials, personnel
from tests.app import cast
from tests.app.register.interest_acts.acting import MAYOR
from tests.app.visited import CODE, Visited
from tests.conftest import Clock

ENDS = date(2026, 12, 31)
MANAGER = MAYOR | {"post": "Gerenta", "ground": "manager", "surnames": "Rojas Ejemplo"}
OTHER = "E90002"


@pytest.fixture
def visited(app, clock: Clock) -> Visited:
    """Return two entities with a mayor and a manager, after the end of the mandates."""
    visited = Visited(app)
    with visited.writing() as session:
        mandates.load(session)
        cast.entity(session, OTHER, ubigeo="150102")
        for entity in mandates.of_day(session, ENDS):
            register = environments.find(session, entity, "production")
            register = register or environments.open_register(session, entity, "production", None)
            posts = [MAYOR, MANAGER]
            personnel.receive_decision_makers(session, register, posts, calendar.today())
    clock.set(datetime(2027, 1, 4, 15, tzinfo=UTC))
    return visited


def register_of(session) -> Register:
    """Return the register of the first entity."""
    found = environments.find(session, mandates.of_day(session, ENDS)[0], "production")
    assert found is not None
    return found


def test_no_page_shows_an_elected_holder_whose_mandate_ended_as_deciding(visited: Visited):
    public = visited.browser()
    page = public.get(f"/decisores/{CODE}").text
    assert page.index("En el cargo (1)") < page.index("Rojas Ejemplo")
    assert page.index("Anteriores (1)") < page.index("Mamani Muestra")
    assert "31 de diciembre de 2026" in page
    rows = public.get(f"/decisores/{CODE}.csv").text
    assert ",2026-12-31," in rows
    with visited.writing() as session:
        register = register_of(session)
        assert roster.count(session, register, last_day(session)) == {
            "held": 1,
            "coming": 0,
            "left": 1,
        }
        there = roster.in_office(session, register, calendar.today())
        assert [one.post for one in there] == ["Gerenta"]
        assert len(roster.in_office(session, register, ENDS)) == 2, "the last day is in office"
        [listed, _] = roster.publishing(session, "", 0, 9)
        assert (listed.held, listed.left) == (1, 1)
        session.commit()
        [stored] = session.scalars(
            select(PostHolder).where(
                PostHolder.post == "Alcaldesa", PostHolder.register_id == register.id
            )
        )
        session.refresh(stored)
        assert (stored.post, stored.to_on) == ("Alcaldesa", None), "reading writes nothing"


def test_a_post_and_its_news_say_the_day(visited: Visited):
    with visited.reading() as session:
        register = register_of(session)
        mayor = personnel.decision_makers(session, register)[0]
        post = roster.find_post(session, register, mayor.post_key)
        assert post is not None
        assert post.held == []
        assert isinstance(post.rows[0], roster.Gap)
        followed = topics.of_post(register, mayor.post_key, post)
        titles = [item.title for item in rosters.holder_items(session, followed)]
        assert titles == ["Ocupa el cargo", "Dejó el cargo"]


def test_the_desk_takes_no_elected_official_after_the_end(visited: Visited):
    with visited.reading() as session:
        register, today = register_of(session), calendar.today()
        assert officials.matching(session, register, "mamani", today) == []
        assert "31 de diciembre" in officials.nobody(session, register, "mamani", today).sentence
        [mayor] = officials.matching(session, register, "mamani", ENDS)
        assert personnel.official_on(session, register, mayor.id, ENDS) is mayor
        assert personnel.official_on(session, register, mayor.id, today) is None
        posts = {one.post for one in officials.matching(session, register, "rojas", today)}
        assert posts == {"Gerenta", "Jefe"}


def test_where_the_authority_continues_it_decides(visited: Visited):
    with visited.writing() as session:
        row = Mandate(
            level="municipalidad_distrital",
            ubigeo="150102",
            from_on=date(2027, 1, 1),
            to_on=date(2027, 6, 30),
            norm="Resolución de ejemplo",
        )
        session.add(row)
        session.flush()
        held = {one.entity.code: one.held for one in roster.publishing(session, "", 0, 9)}
    assert held == {CODE: 1, OTHER: 2}


def test_a_holder_of_the_next_period_is_in_office(visited: Visited):
    with visited.writing() as session:
        register = register_of(session)
        again = MAYOR | {"from_on": "2027-01-01"}
        personnel.change_decision_makers(session, register, [again])
        assert roster.count(session, register, last_day(session)) == {
            "held": 2,
            "coming": 0,
            "left": 1,
        }
        [mayor] = officials.matching(session, register, "mamani", calendar.today())
        assert personnel.official_on(session, register, mayor.id, calendar.today()) is mayor
