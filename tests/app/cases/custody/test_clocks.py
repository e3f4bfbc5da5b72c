"""Working days by party: how they are counted, and how pages show them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import NonWorkingDay
from app.cases import custody, processes
from app.cases.custody import PARTIES, Clocks, Interval
from app.onboarding.entities import clocks
from tests.app import cast
from tests.app.cases.custody.histories import WHY
from tests.app.walk import Walk
from tests.conftest import Clock

MONDAY = datetime(2026, 3, 2, 13, tzinfo=UTC)
STAGES = ("designation", "induction", "training")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
midnights = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(calendar.midnight)
calendars = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=60).map(Calendar)
stages = st.frozensets(st.sampled_from(STAGES), max_size=2)


@st.composite
def histories(draw: st.DrawFn) -> list[Interval]:
    """Return consecutive intervals; many begin at midnight in Lima."""
    times = sorted(draw(st.sets(moments | midnights, min_size=2, max_size=25)))
    parties = st.sampled_from((*PARTIES, "secretary"))
    return [
        Interval(draw(st.sampled_from(STAGES)), draw(parties), since, until)
        for since, until in pairwise(times)
    ]


@pytest.mark.nightly
@settings(max_examples=60)
@given(histories(), calendars, stages)
def test_each_working_day_is_whose_it_is_at_its_end(
    history: list[Interval], working: Calendar, validated: frozenset[str]
):
    clocks = custody.clocks(history, working, validated)
    expected: Counter[tuple[str, str]] = Counter()
    day = calendar.lima_day(history[0].since_at)
    while (end := calendar.end_of(day)) <= history[-1].until_at:
        (one,) = (
            (i for i in history if i.since_at < end <= i.until_at)
            if (history[0].since_at < end)
            else (None,)
        )
        if one and working.works(day) and one.stage not in validated:
            expected[one.stage, custody.on_clock(one.party)] += 1
        day += timedelta(days=1)
    found = {(s, p): n for s, of_stage in clocks.stages.items() for p, n in of_stage.items()}
    assert found == expected


@pytest.mark.nightly
@settings(max_examples=60)
@given(histories(), calendars, stages)
def test_the_parts_sum_to_the_total(
    history: list[Interval], working: Calendar, validated: frozenset[str]
):
    clocks = custody.clocks(history, working, validated)
    whole = working.ended_between(history[0].since_at, history[-1].until_at)
    apart = custody.clocks([one for one in history if one.stage in validated], working).total
    assert clocks.total == sum(clocks.parties.values()) == whole - apart
    assert clocks.total == sum(sum(of.values()) for of in clocks.stages.values())
    assert tuple(clocks.parties) == PARTIES
    assert not clocks.stages.keys() & validated


@pytest.mark.nightly
@settings(max_examples=60)
@given(histories(), calendars, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_day_off_that_is_decreed_takes_itself_and_nothing_else(
    history: list[Interval], working: Calendar, day: date
):
    before = custody.clocks(history, working)
    after = custody.clocks(history, Calendar(working.decreed | {day}))
    counted = history[0].since_at < calendar.end_of(day) <= history[-1].until_at
    assert before.total - after.total == (counted and working.works(day))
    lost = [party for party in PARTIES if before.parties[party] != after.parties[party]]
    assert len(lost) == before.total - after.total


@pytest.mark.nightly
@settings(max_examples=60)
@given(histories(), calendars, st.data())
def test_looking_in_between_changes_nothing(
    history: list[Interval], working: Calendar, data: st.DataObject
):
    place = data.draw(st.integers(0, len(history) - 1))
    one = history[place]
    middle = data.draw(st.datetimes(
        one.since_at.replace(tzinfo=None), one.until_at.replace(tzinfo=None),
        timezones=st.just(UTC),
    ))  # fmt: skip
    halves = [one._replace(until_at=middle), one._replace(since_at=middle)]
    split = [*history[:place], *halves, *history[place + 1 :]]
    assert custody.clocks(split, working) == custody.clocks(history, working)


notes = st.lists(
    st.tuples(
        st.integers(0, 12).map(lambda hours: MONDAY + timedelta(hours=hours)),
        st.sampled_from(STAGES[:2]),
        st.sampled_from(("entity", "sip", "")),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(notes)
def test_of_several_notes_at_one_moment_the_last_is_true(noted: list[tuple[datetime, str, str]]):
    course = custody.timeline(noted)
    assert all(earlier.at < later.at for earlier, later in pairwise(course))
    assert all(earlier[1:] != later[1:] for earlier, later in pairwise(course))
    assert course[-1][1:] == noted[-1][1:]
    in_order = sorted(noted, key=lambda note: note[0])  # stable for equal moments
    if in_order == noted:
        for moment, *_ in noted:
            last = [note for note in noted if note[0] <= moment][-1]
            assert [one for one in course if one.at <= moment][-1][1:] == last[1:]


def test_how_long_a_party_has_had_it_spans_stages_and_ends_with_another_or_a_validation():
    days = [MONDAY + timedelta(days=n) for n in range(6)]

    def held(*intervals: tuple[str, str], validated: tuple[str, ...] = ()) -> int:
        times = zip(intervals, days, days[1:], strict=False)
        return custody.clocks([Interval(*i, a, b) for i, a, b in times], Calendar(), validated).held

    assert held(("designation", "entity")) == 1
    assert held(("designation", "sip"), ("designation", "entity"), ("induction", "entity")) == 2
    assert held(("designation", "sip"), ("designation", "secretary")) == 1
    own = (("designation", "entity"), ("induction", "entity"), ("training", "entity"))
    assert held(*own, validated=("induction",)) == 1
    assert held() == 0


# As text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({}, "Todavía no ha terminado ningún día hábil."),
        ({"entity": 1}, "1 día hábil en manos de la entidad."),
        (
            {"sip": 7, "entity": 12},
            "12 días hábiles en manos de la entidad y 7 en manos de la SIP; suman 19.",
        ),
        (
            {"date": 3, "mesa_de_partes": 1, "suspended": 2, "both": 4, "sgtd": 5},
            "5 días hábiles en manos de la SGTD, 4 en manos de la entidad y la PCM a la vez, "
            "3 en espera de una fecha, 1 en la mesa de partes y 2 con el proceso suspendido; "
            "suman 15.",
        ),
    ],
)
def test_the_clocks_are_a_sentence(days: dict[str, int], said: str):
    assert clocks.sentence(Clocks({"designation": days})).replace("\N{NO-BREAK SPACE}", " ") == said


def text_of(walk: Walk, role: str, path: str) -> str:
    """Return a page as text with plain spaces."""
    page = walk.browser(role).get(path)
    assert page.status_code == 200
    return page.text.replace("\N{NO-BREAK SPACE}", " ")


def rows_of(page: str) -> list[list[str]]:
    """Return the cells of the tables of a page, row by row."""
    rows = [row.partition("</tr>")[0] for row in page.split("<tr")[1:]]
    return [[cell.partition("<")[0].strip() for cell in row.split('">')[1:]] for row in rows]


@pytest.fixture
def received(walk: Walk, clock: Clock) -> Walk:
    """Return a case: three days with the entity, two at the mesa de partes, four with the SIP."""
    walk.begin()
    for step in ("designate_administrator", "list_personnel", "file_designation"):
        clock.forward(days=1)
        walk.answer(step)
    clock.forward(days=4)  # over a weekend
    walk.answer("record_reception", "received")
    clock.forward(days=4)
    return walk


@pytest.mark.nightly
@pytest.mark.parametrize("role", ["sip", "preparer"])
def test_an_entity_and_its_coordinator_see_the_same_clocks(received: Walk, role: str):
    page = text_of(received, role, "/entidades/E90001/tareas")
    assert (
        "3 días hábiles en manos de la entidad, 4 en manos de la SIP y 2 en la mesa de partes; "
        "suman 9." in page
    )
    assert "Desde hace 4 días hábiles" in text_of(received, role, "/entidades/E90001")
    assert ["Todas las etapas", "3", "4", "2", "9"] in [row[-5:] for row in rows_of(page)]
    assert "convalidadas no cuentan" not in page
    listed = text_of(received, "secretary", "/entidades")
    assert "hace 4 días hábiles" in listed
    assert 'data-label="Días hábiles en total">9</td>' in listed


def test_a_case_that_began_today_has_no_days_yet(begun: Walk):
    page = text_of(begun, "sip", "/entidades/E90001/tareas")
    assert "Desde hace menos de un día hábil" in text_of(begun, "sip", "/entidades/E90001")
    assert "Todavía no ha terminado ningún día hábil" in page
    assert "hace menos de un día hábil" in text_of(begun, "sip", "/entidades")


@pytest.mark.nightly
def test_the_days_of_a_validated_stage_are_nobodys(walk: Walk, clock: Clock):
    walk.begin_at("training")
    clock.forward(days=3)
    page = text_of(walk, "sip", "/entidades/E90001/tareas")
    assert "3 días hábiles en manos de la entidad." in page
    assert "Las etapas convalidadas no cuentan." in page
    walk.validate("training", WHY)
    page = text_of(walk, "sip", "/entidades/E90001/tareas")
    assert "Todavía no ha terminado ningún día hábil" in page
    assert "hace menos de un día hábil" in text_of(walk, "sip", "/entidades")
    clock.forward(days=1)
    assert "1 día hábil en manos de la entidad." in text_of(walk, "sip", "/entidades/E90001/tareas")


@pytest.mark.nightly
def test_a_changed_calendar_changes_the_clocks_and_they_still_sum(received: Walk):
    with received.writing() as session:
        for day, scope, place in (
            *((day, "national", "") for day in (4, 10, 8)),
            (11, "entity", "E90001"),
            (12, "region", "Puno"),
        ):
            on = date(2026, 3, day)
            session.add(NonWorkingDay(on=on, scope=scope, place=place, norm="RA 1"))
    page = text_of(received, "sip", "/entidades/E90001/tareas")
    assert (
        "2 días hábiles en manos de la entidad, 2 en manos de la SIP y 2 en la mesa de partes; "
        "suman 6." in page
    )


@pytest.mark.nightly
def test_an_ended_case_is_in_nobodys_hands_and_keeps_its_days(received: Walk, clock: Clock):
    received.act(processes.cancel, WHY)
    clock.forward(days=30)
    page = text_of(received, "sip", "/entidades/E90001/tareas")
    assert "suman 9." in page
    assert "Desde hace" not in text_of(received, "sip", "/entidades/E90001")
    assert "hace " not in text_of(received, "sip", "/entidades")


# Coordinators ---------------------------------------------------------------------------------


@pytest.fixture
def charged(received: Walk) -> Walk:
    """Return four entities: two with a SIP coordinator, one without, and one that was cancelled."""
    received.begin(code="E90002")
    received.begin(code="E90003")
    cancelled = received.begin(code="E90004")
    with received.writing() as session:
        for code in ("E90001", "E90002"):
            cast.entity_of(session, code).sip_coordinator_id = received.people["sip"]
        processes.cancel(session, cancelled, WHY, received.people["sip"])
    return received


@pytest.mark.nightly
def test_a_coordinator_is_measured_by_the_rule_of_entities_and_days_go_with_cases(
    charged: Walk,
):
    page = text_of(charged, "secretary", "/coordinadores/dias")
    rows = [row[-5:] for row in rows_of(page)]
    assert ["Persona Ejemplo 021", "2", "1", "4", "2"] in rows
    assert ["Sin coordinador a cargo", "1", "0", "0", "0"] in rows
    assert rows.count(["Todas las entidades", "3", "1", "4", "0"]) == 1
    assert rows.count(["Todas las entidades", "3", "0", "0", "0"]) == 1, "of the SGTD"
    successor = charged.person("40000024", "sip")
    with charged.writing() as session:
        cast.entity_of(session).sip_coordinator_id = successor
    page = text_of(charged, "secretary", "/coordinadores/dias")
    rows = [row[-5:] for row in rows_of(page)]
    assert ["Persona Ejemplo 024", "1", "1", "4", "4"] in rows
    assert ["Persona Ejemplo 021", "1", "0", "0", "0"] in rows
    assert "Los días van con el caso: quien está a cargo hoy lleva también los de antes." in page


def test_the_page_is_empty_before_anything_began(walk: Walk):
    assert "–" in text_of(walk, "sip", "/coordinadores/dias")


@pytest.mark.nightly
def test_days_of_many_cost_as_many_statements_as_of_few(charged: Walk):
    client = charged.browser("sip")
    client.get("/coordinadores/dias")
    charged.begin(code="E90009")
    with charged.statements() as few:
        client.get("/coordinadores/dias")
    for number in range(10, 16):
        charged.begin(code=f"E900{number}")
    with charged.statements() as many:
        client.get("/coordinadores/dias")
    assert len(many) == len(few)
