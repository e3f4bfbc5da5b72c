"""The pages of the calendar: a year at a glance, days added and removed, and refusals."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from app.administration import catalogue
from app.administration.non_working_days import year as shown
from app.administration.non_working_days.forms import fault_of
from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import NonWorkingDay
from tests.app.cases.processes.recalculated import NORM, add, due, elsewhere
from tests.app.posted import refuses
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

FORM = {"on": "10/03/2026", "scope": "national", "region": "", "entity": "", "norm": NORM}
CONFIRMED = FORM | {"action": "confirm"}


@pytest.fixture
def keeper(walk: Walk) -> CheckingClient:
    """Return the browser of a user who manages the calendar."""
    return keeping(walk)


def keeping(walk: Walk) -> CheckingClient:
    """Return the browser of a superuser who signed in now."""
    return walk.browser_of(walk.person("40000031", "superuser"))


def rows(walk: Walk) -> list[tuple[date, str, str, str]]:
    """Return the rows of the table."""
    found = walk.all(select(NonWorkingDay).order_by(NonWorkingDay.on, NonWorkingDay.id))
    return [(row.on, row.scope, row.place, row.norm) for row in found]


def number(walk: Walk) -> int:
    """Return the id of the newest row of the table."""
    return walk.one(select(NonWorkingDay.id).order_by(NonWorkingDay.id.desc()).limit(1))


# A year ---------------------------------------------------------------------------------------


def test_a_year_shows_its_holidays_and_the_days_that_norms_declare(walk: Walk):
    add(walk, 10)
    add(walk, 12, "region", "Cusco")
    add(walk, 13, "entity", "E90001")
    page = walk.browser("secretary").get("/calendario").text
    assert "Calendario de 2026" in page
    for name in ("Viernes Santo", "jueves 12 de marzo", "Región Cusco", "(E90001)", NORM):
        assert name in page
    assert "247\xa0días hábiles" in page  # 248 of the nation's calendar, and one decreed
    assert "/calendario/nuevo" not in page
    assert "quitar" not in page


def test_a_year_that_the_calendar_does_not_know_is_this_one(walk: Walk):
    client = walk.browser("sip")
    for requested, year in [
        *((text, int(text)) for text in ("2027", "2015", "2060")),
        *((text, 2026) for text in ("2014", "2061", "", "nada", "-2027", "20.7", "²⁰²⁷")),
        ("0" * 5000 + "2027", 2026),
    ]:
        page = client.get("/calendario", query_string={"anio": requested}).text
        assert f"Calendario de {year}" in page
        links = set(re.findall(r"anio=(\d+)", page))
        assert {int(link) for link in links} <= set(calendar.YEARS)


def test_every_day_off_is_marked_on_its_month(walk: Walk):
    add(walk, 10)
    add(walk, 12, "region", "Cusco")
    days = walk.read(shown.days_off, 2026)
    months = shown.months(days, 2026)
    cells = {
        date(2026, month, cell.number): cell.kind
        for month, (_, weeks) in enumerate(months, start=1)
        for week in weeks
        for cell in week
        if cell.number
    }
    assert len(cells) == 365
    assert (cells[date(2026, 3, 10)], cells[date(2026, 3, 12)]) == ("national", "place")
    off = {on for on, kind in cells.items() if kind in ("holiday", "national", "weekend")}
    nation = Calendar(frozenset({date(2026, 3, 10)}))
    assert off == {on for on in cells if not nation.works(on)}
    assert shown.working_days(days, 2026) == len(cells) - len(off)


# Adding ---------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_before_a_day_is_added_its_keeper_reads_what_it_moves(walk: Walk, keeper: CheckingClient):
    for code in ("E90001", "E90002"):
        walk.begin(code=code)
    page = keeper.post("/calendario/nuevo", data=FORM)
    assert page.status_code == 200
    assert "Se moverán 2\xa0plazos abiertos de 2\xa0entidades" in page.text
    assert "La fecha ya pasó" not in page.text
    assert rows(walk) == []
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    answer = keeper.post("/calendario/nuevo", data=hidden | {"action": "confirm"})
    assert answer.status_code == 303
    assert rows(walk) == [(date(2026, 3, 10), "national", "", NORM)]
    assert due(walk) == date(2026, 3, 17)
    found_text = keeper.get(answer.location).text
    assert "Cambiaron de fecha 2\xa0plazos abiertos de 2\xa0entidades." in found_text
    assert "Se agregó al calendario el martes 10 de marzo de 2026, para todo el país" in found_text


@pytest.mark.nightly
def test_a_day_is_of_the_place_that_was_chosen(walk: Walk, keeper: CheckingClient):
    elsewhere(walk)
    for place, row, where in [
        ({"scope": "region", "region": "Cusco"}, ("region", "Cusco"), "Región Cusco"),
        ({"scope": "entity", "entity": " e90002 "}, ("entity", "E90002"), "(E90002)"),
        ({"scope": "national", "region": "Cusco", "entity": "E90002"}, ("national", ""), "Todo el"),
    ]:
        assert where in keeper.post("/calendario/nuevo", data=FORM | place).text
        assert keeper.post("/calendario/nuevo", data=CONFIRMED | place).status_code == 303
        assert rows(walk)[-1][1:3] == row


def test_a_past_day_is_taken_with_a_word_on_what_that_means(walk: Walk, clock: Clock):
    walk.begin()
    clock.set(calendar.midnight(date(2026, 3, 12)))
    keeper = keeping(walk)
    page = keeper.post("/calendario/nuevo", data=FORM).text
    assert "Se moverá 1\xa0plazo abierto de 1\xa0entidad" in page
    assert "La fecha ya pasó. Los plazos que siguen abiertos se cuentan otra vez, sin ese" in page
    assert "los que ya se cerraron quedan como están" in page
    keeper.post("/calendario/nuevo", data=CONFIRMED)
    assert due(walk) == date(2026, 3, 17)


def test_a_day_of_a_place_that_is_off_everywhere_is_accepted_with_a_warning(
    walk: Walk, keeper: CheckingClient
):
    elsewhere(walk)
    add(walk, 10)
    page = keeper.post("/calendario/nuevo", data=FORM | {"scope": "region", "region": "Cusco"})
    assert "Ese día ya es no laborable en todo el país" in page.text
    assert "Ningún plazo abierto cambia de fecha." in page.text


def test_its_keeper_can_go_back_and_finds_what_was_typed(walk: Walk, keeper: CheckingClient):
    page = keeper.post("/calendario/nuevo", data=FORM | {"action": "back"})
    assert page.status_code == 200
    assert NORM in page.text
    assert "10/03/2026" in page.text
    assert rows(walk) == []


REFUSED = [
    ({"on": "07/03/2026"}, "El 7 de marzo de 2026 es sábado: ese día no se trabaja."),
    ({"on": "08/03/2026"}, "El 8 de marzo de 2026 es domingo: ese día no se trabaja."),
    ({"on": "28/07/2026"}, "El 28 de julio de 2026 ya es feriado nacional"),
    ({"on": "01/11/2026"}, "El 1 de noviembre de 2026 ya es feriado nacional"),
    ({"on": "31/12/2014"}, "Escribe una fecha de 2015 a 2060"),
    ({"on": "03/01/2061"}, "Escribe una fecha de 2015 a 2060"),
    ({"scope": "region"}, "Elige la región."),
    ({"scope": "entity"}, "Escribe el código de la entidad."),
    ({"scope": "entity", "entity": "E99999"}, "No hay ninguna entidad de código E99999."),
]


@pytest.mark.nightly
def test_an_impossible_decreed_day_is_refused(
    walk: Walk, keeper: CheckingClient, subtests: pytest.Subtests
):
    for action in ["", "confirm"]:
        refuses(subtests, keeper, "/calendario/nuevo", FORM | {"action": action}, REFUSED)
        assert rows(walk) == []


@pytest.mark.nightly
def test_a_day_is_off_once_in_one_scope_and_place(walk: Walk, keeper: CheckingClient):
    elsewhere(walk)
    places = [{}, {"scope": "region", "region": "Cusco"}, {"scope": "region", "region": "Lima"}]
    places += [{"scope": "entity", "entity": code} for code in ("E90001", "E90002")]
    for place in places:
        assert keeper.post("/calendario/nuevo", data=CONFIRMED | place).status_code == 303
    for place in places:
        for action in ("", "confirm"):
            data = FORM | place | {"norm": "Otra norma", "action": action}
            answer = keeper.post("/calendario/nuevo", data=data)
            assert answer.status_code == 422
            assert f"Ese día ya está en el calendario, para ese lugar ({NORM})." in answer.text
    assert len(rows(walk)) == len(places)


def test_no_day_that_comes_with_the_code_would_be_refused():
    days = list(catalogue.decreed())
    assert [fault_of(day.on) for day in days if fault_of(day.on)] == []
    assert len({(day.on, day.scope, day.place) for day in days}) == len(days)
    assert all(day.norm for day in days)


# Taking out -----------------------------------------------------------------------------------


def test_before_a_day_is_taken_out_its_keeper_reads_what_that_moves(
    walk: Walk, keeper: CheckingClient
):
    walk.begin()
    add(walk, 10)
    address = f"/calendario/{number(walk)}/quitar"
    assert address in keeper.get("/calendario").text
    page = keeper.get(address).text
    assert "Se moverá 1\xa0plazo abierto de 1\xa0entidad" in page
    assert "vencerá antes" in page
    assert rows(walk)
    answer = keeper.post(address)
    assert answer.status_code == 303
    assert rows(walk) == []
    assert due(walk) == date(2026, 3, 16)
    found_text = keeper.get(answer.location).text
    assert "vuelve a ser día hábil (todo el país). Cambió de fecha 1\xa0plazo" in found_text
    assert keeper.get(address).status_code == 404
    assert keeper.get("/calendario/99999999999999999999/quitar").status_code == 404
    answer = keeper.post(address)
    assert "alguien lo quitó antes" in keeper.get(answer.location).text


def test_a_past_day_is_taken_out_with_a_word_on_what_that_means(walk: Walk, clock: Clock):
    add(walk, 10)
    clock.set(calendar.midnight(date(2026, 3, 12)))
    page = keeping(walk).get(f"/calendario/{number(walk)}/quitar").text
    assert "La fecha ya pasó. Los plazos que siguen abiertos se cuentan otra vez, con ese" in page
    assert "no vencerá antes del final del día hábil en curso" in page


# Simultaneous changes -------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_second_who_adds_the_same_day_is_warned_that_it_is_there(walk: Walk):
    walk.begin()
    both = [walk.browser_of(walk.person(f"4000003{n}", "superuser")) for n in (1, 2)]
    came = together(*(lambda b=b: b.post("/calendario/nuevo", data=CONFIRMED) for b in both))
    assert sorted(answer.status_code for answer in came) == [303, 422]
    assert len(rows(walk)) == 1
    assert due(walk) == date(2026, 3, 17)
    assert len(walk.entries("task.moved")) == len(walk.entries("calendar.day_added")) == 1


@pytest.mark.postgresql
def test_the_second_who_removes_the_same_day_is_warned_that_it_is_gone(walk: Walk):
    walk.begin()
    add(walk, 10)
    both = [walk.browser_of(walk.person(f"4000003{n}", "superuser")) for n in (1, 2)]
    address = f"/calendario/{number(walk)}/quitar"
    came = together(*(lambda b=b: b.post(address) for b in both))
    assert [answer.status_code for answer in came] == [303, 303]
    pages = [b.get("/calendario").text for b in both]
    assert sum("alguien lo quitó antes" in page for page in pages) == 1
    assert due(walk) == date(2026, 3, 16)
    assert len(walk.entries("calendar.day_removed")) == 1


# With the code --------------------------------------------------------------------------------


@pytest.mark.nightly
def test_days_that_come_with_the_code_move_what_is_open(walk: Walk, clock: Clock):
    clock.set(calendar.midnight(date(2026, 7, 15)))
    walk.begin()
    before = due(walk)
    walk.commit(catalogue.load)
    decreed_day = frozenset({date(2026, 7, 27)})
    assert before == Calendar().add(date(2026, 7, 15), 10)
    assert due(walk) == Calendar(decreed_day).add(date(2026, 7, 15), 10)
    (entry,) = walk.entries("task.moved")
    assert (entry.actor_id, entry.data["reason"]) == (None, "DS 075-2026-PCM")
    assert len(walk.entries("calendar.day_added")) == len(list(catalogue.decreed()))


@pytest.mark.nightly
def test_a_day_that_was_taken_out_does_not_come_back_with_the_code(
    walk: Walk, keeper: CheckingClient
):
    with walk.writing() as session:
        catalogue.load(session)
        day = session.scalars(select(NonWorkingDay.id).where(NonWorkingDay.on == HOLIDAY)).one()
    keeper.post(f"/calendario/{day}/quitar")
    walk.commit(catalogue.load)
    assert HOLIDAY not in {row[0] for row in rows(walk)}
    assert len(rows(walk)) == len(list(catalogue.decreed())) - 1


HOLIDAY = date(2026, 7, 27)
