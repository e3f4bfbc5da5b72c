"""The pages of the programme: every number against a plain recount of invented data."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from datetime import date, timedelta

import pytest

from app.base import calendar, formatting
from app.base.models import Entity
from app.cases.custody import PARTIES, PARTY_NAMES
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.programme import figures
from app.onboarding.programme.cases import PLACES
from tests.app.onboarding.recounted import Page, Recount, link, number, ranked, said
from tests.app.walk import Walk
from tests.conftest import Clock

NAMES = dict(zip(PLACES[-3:], ("Terminaron", "No corresponde", "Anuladas"), strict=True))


@pytest.fixture
def plain(programme: Walk) -> Recount:
    """Return the recount."""
    return Recount(programme)


# Every number ---------------------------------------------------------------------------------


def named(plain: Recount) -> dict[str, str]:
    """Return place → its label in tables."""
    stages = {
        stage: f"{n}. {plain.definition.element_name(stage)}" for n, stage in enumerate(STAGES, 1)
    }
    return {"sin-iniciar": "Sin iniciar"} | stages | NAMES


def test_the_installation_has_entities_everywhere(plain: Recount):
    places = [plain.place(entity) for entity in plain.entities]
    assert set(places) == set(PLACES)
    assert all(plain.validated(stage) for stage in STAGES)
    assert any(row.status == "suspended" for row in plain.newest.values())
    assert any(len(plain.past[row.id]) > 8 for row in plain.newest.values())


@pytest.mark.nightly
def test_the_funnel(programme: Walk, plain: Recount):
    page = Page(programme, "/programa")
    places = [plain.place(entity) for entity in plain.entities]
    table, pictured = page.table(0), page.pictured()
    for place, name in named(plain).items():
        count = places.count(place)
        cells = table[name]
        assert number(cells[0]) == count
        assert said(cells[1]) == f"{math.floor(100 * count / len(places) + 0.5)} %"
        entities = formatting.plural(count, "entidad", "entidades")
        title = f"{name}: {entities}".replace("\N{NO-BREAK SPACE}", " ")
        assert (title in pictured) == (place in STAGES), "the others would dwarf the stages"
        if place in STAGES:
            text, address = pictured[title]
            assert (int(text), address) == (count, link(cells[0]))
            validated = plain.validated(place)
            assert number(cells[2]) == validated
            (text,) = (
                text
                for title, (text, _) in pictured.items()
                if title.startswith(f"{plain.definition.element_name(place)}: convalidada en ")
            )
            assert int(text.split()[0]) == validated
    lead = said(page.tree.find_class("programme-sum")[0])
    going = sum(place in STAGES for place in places)
    assert [int(n) for n in re.findall(r"\d+", lead)] == [
        len(places), going, places.count("terminado")
    ]  # fmt: skip


def group_rows(plain: Recount) -> dict[str, dict[str, list[Entity]]]:
    """Return table of groups → row → its entities."""
    rows: dict[str, dict[str, list[Entity]]] = {
        one: defaultdict(list) for one in ("region", "level", "sector", "coordinator")
    }
    for entity in plain.entities:
        rows["region"][entity.department or "De alcance nacional, sin región"].append(entity)
        rows["level"][entity.level.capitalize()].append(entity)
        rows["sector"][entity.sector.capitalize() or "Sin sector"].append(entity)
        for user_id in {entity.sip_coordinator_id, entity.sgtd_coordinator_id}:
            if user_id is not None:
                rows["coordinator"][plain.users[user_id]].append(entity)
        if entity.sip_coordinator_id is None:
            rows["coordinator"]["Sin coordinador de la SIP"].append(entity)
        if entity.sgtd_coordinator_id is None:
            rows["coordinator"]["Sin coordinador de la SGTD"].append(entity)
    return rows


def test_groups(programme: Walk, plain: Recount):
    for path, table, groups in (
        ("regiones", 0, "region"),
        ("grupos", 0, "level"),
        ("grupos", 1, "sector"),
        ("coordinadores", 1, "coordinator"),
    ):
        shown = Page(programme, f"/programa/{path}").table(table)
        expected = group_rows(plain)[groups]
        assert shown.keys() == expected.keys()
        for name, entities in expected.items():
            places = [plain.place(entity) for entity in entities]
            going = sum(place in STAGES for place in places)
            counts = [len(entities), going, *(places.count(place) for place in PLACES)]
            cells = [cell for cell in shown[name] if not said(cell).endswith("%")]
            assert [number(cell) for cell in cells] == counts, name


@pytest.mark.parametrize("shown", ["en-marcha", "terminado", "sin-iniciar"])
def test_the_map(programme: Walk, plain: Recount, shown: str):
    page = Page(programme, f"/programa/regiones?ver={shown}")
    pictured, table = page.pictured(), page.table()
    assert len(pictured) == 25
    for title, (text, address) in pictured.items():
        name = title.partition(":")[0]
        places = [plain.place(entity) for entity in plain.entities if entity.department == name]
        wanted = STAGES if shown == "en-marcha" else (shown,)
        count = sum(place in wanted for place in places)
        share = math.floor(100 * count / len(places) + 0.5) if places else 0
        assert text == f"{name} {count} {share} %"
        assert f" {count} de {len(places)} " in title
        assert bool(address) == bool(count)
        if places:
            assert said(table[name][1]) == f"{share} %"
            assert link(table[name][1]) == address
            column = {"en-marcha": 2, "sin-iniciar": 3, "terminado": -3}[shown]
            assert (number(table[name][column]), link(table[name][column])) == (count, address)


@pytest.mark.nightly
def test_completed_stages_by_week(programme: Walk, plain: Recount):
    page = Page(programme, "/programa")
    done = [(stage, on - timedelta(days=on.weekday())) for _, stage, on, _ in plain.finishes()]
    ends = []
    for entity in plain.entities:
        if plain.place(entity) == "terminado":
            on = calendar.lima_day(plain.newest[entity.id].ended_at or calendar.now())
            ends.append(on - timedelta(days=on.weekday()))
    mondays = [date(2026, 2, 23) - timedelta(days=7 * n) for n in range(26)]
    assert mondays[-1] <= min(monday for _, monday in done)
    table, pictured = page.table(2), page.pictured()
    assert list(table) == [formatting.day(monday) for monday in mondays]
    for monday in mondays:
        of_week = [stage for stage, when in done if when == monday]
        counts = [*(of_week.count(stage) for stage in STAGES), len(of_week), ends.count(monday)]
        assert [number(cell) for cell in table[formatting.day(monday)]] == counts
        drawn = [text for said_, (text, _) in pictured.items() if formatting.day(monday) in said_]
        assert drawn == [str(count) for count in counts[-2:] if count]


@pytest.mark.nightly
def test_numbers_that_would_dwarf_the_stages_are_no_bars(programme: Walk, plain: Recount):
    page = Page(programme, "/programa")
    places = [plain.place(entity) for entity in plain.entities]
    shown = {said(one.find("dt")): one.find("dd") for one in page.tree.find_class("tally")[0]}
    expected = {"Sin iniciar": places.count("sin-iniciar")}
    expected |= {name: places.count(place) for place, name in NAMES.items()}
    expected["En marcha"] = sum(place in STAGES for place in places)
    assert {name: number(one) for name, one in shown.items()} == expected
    bars = page.tree.xpath("//*[@aria-labelledby='embudo-title']//*[contains(@class, ' n-100')]")
    assert bars, "the longest bar is that of a stage"


def month_of(day: date) -> date:
    return day.replace(day=1)


@pytest.mark.nightly
def test_month_against_month_and_the_planned_ends(programme: Walk, plain: Recount):
    page = Page(programme, "/programa/avance")
    planned, table, pictured = page.table(0), page.table(1), page.pictured()
    today = calendar.today()
    firsts = [date(2026 if n < 2 else 2025, 2 - n if n < 2 else 14 - n, 1) for n in range(13)]
    active = [entity for entity in plain.entities if entity.id in plain.newest]
    began = [calendar.lima_day(plain.newest[entity.id].started_at) for entity in active]
    stages = [on for _, _, on, _ in plain.finishes()]
    done = [entity for entity in active if plain.place(entity) == "terminado"]
    ends = [calendar.lima_day(plain.newest[one.id].ended_at or calendar.now()) for one in done]
    plans = []
    for entity in active:
        row = plain.newest[entity.id]
        if plain.place(entity) not in ("anulado", "no-corresponde"):
            left = sum(days for stage, days in DAYS.items() if stage not in row.validated)
            day = calendar.lima_day(row.started_at)
            while left:
                day += timedelta(days=1)
                left -= plain.works(day, entity)
            plans.append(day)
    assert len(table) == 13
    for first, cells in zip(firsts, table.values(), strict=True):
        last = min(month_of(first + timedelta(days=31)) - timedelta(days=1), today)
        of_month = [sum(month_of(on) == first for on in days) for days in (began, stages, ends)]
        so_far = [sum(on <= last for on in days) for days in (ends, plans)]
        assert [number(cell) for cell in cells] == of_month + so_far, first
        name = f"{formatting.MONTHS[first.month - 1]} de {first.year}"
        drawn_ = [text for title, (text, _) in pictured.items() if title.endswith(f"en {name}")]
        assert drawn_ == [str(count) for count in of_month[1:] if count]
    first = today.replace(day=1)
    for name, (cell,) in planned.items():
        first = month_of(first + timedelta(days=31))
        last = month_of(first + timedelta(days=31)) - timedelta(days=1)
        assert name.casefold() == f"{formatting.MONTHS[first.month - 1]} de {first.year}"
        assert number(cell) == sum(on <= last for on in plans)
    assert number(cell) == len(plans)
    lines = page.tree.findall(".//svg[@class='burn']/polyline")
    assert [len(one.get("points").split()) for one in lines] == [13 + len(planned), 13]
    heights = [[int(at.split(",")[1]) for at in one.get("points").split()] for one in lines]
    assert all(line == sorted(line, reverse=True) for line in heights), "both only rise"
    assert heights[1][0] != heights[1][-1], "some ended meanwhile"


#: Stage → the working days after which its diagram starts a follow-up.
DAYS = dict(zip(STAGES, (45, 30, 40, 30, 30, 20, 50), strict=True))


def test_the_load_of_each_coordinator(programme: Walk, plain: Recount):
    page = Page(programme, "/programa/coordinadores")
    table, rows = page.table(), group_rows(plain)["coordinator"]
    assert table.keys() == rows.keys()
    for name, entities in rows.items():
        going = [one for one in entities if plain.place(one) in STAGES]
        hands = [plain.newest[one.id].holder for one in going]
        counts = [number(cell) for cell in table[name]]
        assert counts[:4] == [len(going), *(hands.count(one) for one in ("sip", "sgtd", "both"))]
        cells = table[name]
        assert all("coordinador=" in link(cell) for cell in cells[:6] if number(cell))
    assert any(number(cell) for cells in table.values() for cell in cells[1:4])


def test_days_per_stage_and_hands(programme: Walk, plain: Recount):
    page = Page(programme, "/programa/dias")
    table, pictured = page.table(), page.pictured()
    by_stage = defaultdict(list)
    for _, stage, _, days in plain.finishes():
        by_stage[stage].append(days)
    for place, name in named(plain).items():
        if place in STAGES:
            all_days = by_stage[place]
            totals = [sum(days.values()) for days in all_days]
            columns = [totals, *([days.get(party, 0) for days in all_days] for party in PARTIES)]
            spread = [(ranked(values, 50), ranked(values, 90)) for values in columns]
            cells = table[name]
            assert number(cells[0]) == len(all_days)
            assert [said(cell) for cell in cells[1:]] == [f"{a}P90 {b}" for a, b in spread]
            (drawn,) = (t for s, (t, _) in pictured.items() if s.startswith(name[3:] + ": "))
            assert drawn == f"{spread[0][0]} · P90 {spread[0][1]}"
    heads = [said(head) for head in page.tree.findall(".//thead//th")]
    assert heads[3:] == [PARTY_NAMES[party].heading for party in PARTIES]


@pytest.mark.nightly
def test_the_course_with_numbers_on_its_nodes(programme: Walk, plain: Recount):
    page = Page(programme, "/programa/recorrido")
    table, pictured = page.table(), page.pictured()
    places = [plain.place(entity) for entity in plain.entities]
    for place, name in named(plain).items():
        if place not in STAGES:
            continue
        totals = [sum(days.values()) for _, stage, _, days in plain.finishes() if stage == place]
        median = ranked(totals, 50)
        here, validated = places.count(place), plain.validated(place)
        assert [number(cell) for cell in table[name]] == [here, len(totals), validated, median]
        called = name[3:]
        text, address = drawn(pictured, f"{called}. Ver su diagrama")
        assert ends(text.replace(" ", ""), called.replace(" ", ""))
        assert address == f"/programa/recorrido/{place}"
        text, address = drawn(
            pictured, f"{called}: {formatting.plural(here, 'entidad', 'entidades')}"
        )
        assert text == str(here)
        assert address == (f"/entidades?etapa={place}&estado=en-marcha" if here else "")
        text, address = drawn(pictured, f"{called}: mediana de ")
        assert (text, address) == (f"{median} d", f"/programa/dias/{place}")
        text, address = drawn(pictured, f"{called}: convalidada en ")
        assert ends(text, str(validated))
        assert bool(address) == bool(validated)
    for place, name in (("sin-iniciar", "Sin iniciar"), *NAMES.items()):
        if place == "anulado":
            assert name not in table, "no node of the diagram is for what was cancelled"
        else:
            count = places.count(place)
            text, address = drawn(pictured, f"{name}: ")
            assert ends(text, str(count))
            assert (number(table[name][0]), link(table[name][0])) == (count, address)


def drawn(pictured: dict[str, tuple[str, str]], begin: str) -> tuple[str, str]:
    """Return text and URL of the one node whose title begins so."""
    begin = begin.replace("\N{NO-BREAK SPACE}", " ")
    (found,) = (one for title, one in pictured.items() if title.startswith(begin))
    return found


def ends(text: str, end: str) -> bool:
    """Return whether the text of a node ends so; line breaks (also at the dot) do not matter."""
    return re.sub(r"[ ·]", "", text).endswith(re.sub(r"[ ·]", "", end))


@pytest.mark.nightly
@pytest.mark.parametrize("stage", STAGES)
def test_the_steps_of_a_stage(programme: Walk, plain: Recount, stage: str):
    page = Page(programme, f"/programa/recorrido/{stage}")
    table, pictured = page.table(), page.pictured()
    active = {entity.id: entity for entity in plain.entities}
    paths = {row.id for row in plain.newest.values() if row.entity_id in active}
    steps = [task for task in plain.definition.user_tasks.values() if task.process == stage]
    assert list(table)[: len(steps)] == [task.name for task in steps]
    for step in steps:
        tasks = [t for t in plain.tasks if t.step == step.id and t.instance_id in paths]
        is_open = len({task.entity_id for task in tasks if task.state == "open"})
        days = [
            plain.ended(task.opened_at, task.closed_at, active[task.entity_id])
            for task in tasks if task.state == "completed" and task.closed_at
        ]  # fmt: skip
        ranks = [str(ranked(days, 50)), str(ranked(days, 90))] if days else ["–", "–"]
        cells = [said(cell) for cell in table[step.name]]
        assert cells == [str(is_open), str(len(days)), *ranks]
        text, address = drawn(pictured, f"{step.name}: abierta en ")
        assert text == f"{is_open} abierta{'s' if is_open != 1 else ''}"
        assert address == (f"/entidades?estado=todos&paso={step.id}" if is_open else "")
        if days:
            found = drawn(pictured, f"{step.name}: mediana de ")
            assert found == (f"{ranks[0]} d", f"/programa/pasos/{step.id}")
    waits = [f"{one}_arrives" for one in WAITS.get(stage, ())]
    nodes = {node.id: node for one in plain.definition.drawings for node in one.nodes}
    rows = list(table)[len(steps) :]
    assert [row.partition(":")[0] for row in rows[: len(waits)]] == [nodes[w].name for w in waits]
    finished = sum(one == stage for _, one, _, _ in plain.finishes())
    (done,) = (node.name for node in nodes.values() if node.id == f"{stage}_done")
    assert (number(table[done][0]), link(table[done][0])) == drawn_number(pictured, done)
    assert number(table[done][0]) == finished
    out = ["No corresponde"] if stage == STAGES[0] else []
    assert rows[len(waits) :] == [done, *out]
    for name in rows:
        assert drawn_number(pictured, name) == (number(table[name][0]), link(table[name][0]))


#: Stage → the days it waits for, as in the ids of its events.
WAITS = {
    "induction": ("thematic_session", "technical_session"),
    "training": ("last_training",),
    "production": ("go_live",),
}


def drawn_number(pictured: dict[str, tuple[str, str]], name: str) -> tuple[int, str]:
    """Return the number at an event, and its URL."""
    text, address = drawn(pictured, f"{name}: ")
    return int(text.split()[-1]), address


@pytest.mark.nightly
def test_entities_that_wait_for_a_day_are_counted_at_its_event(walk: Walk):
    walk.begin_at("training")
    page = Page(walk, "/programa/recorrido/training")
    event = "Llega la última capacitación"
    assert drawn_number(page.pictured(), event) == (0, "")
    walk.answer("plan_training")
    page = Page(walk, "/programa/recorrido/training")
    assert drawn_number(page.pictured(), event) == (1, "/entidades?estado=todos&espera=training")
    assert number(page.table()[event][0]) == 1
    shown = walk.browser("sip").get("/entidades?espera=training").text
    assert "E90001" in shown
    assert "Se espera: la última capacitación" in shown
    assert "E90001" not in walk.browser("sip").get("/entidades?espera=production").text
    assert walk.browser("sip").get("/entidades?espera=nada").status_code == 400


# Rules of counting ----------------------------------------------------------------------------


def test_the_nearest_rank_is_one_of_the_values():
    assert [figures.rank(one, p) for one in ({}, {7: 1}) for p in (50, 90)] == [None, None, 7, 7]
    assert [figures.rank({1: 1, 2: 1, 3: 1, 4: 1}, p) for p in (25, 50, 51, 90)] == [1, 2, 3, 4]
    assert figures.rank(dict.fromkeys(range(1, 11), 1), 90) == 9
    assert figures.rank({0: 9, 40: 1}, 90) == 0


def test_an_act_changes_the_figures_at_once(walk: Walk, clock: Clock):
    walk.begin()
    assert number(Page(walk, "/programa/recorrido/designation").table()[
        "Designar al administrador (SIP-RVL-001)"][0]) == 1  # fmt: skip
    clock.forward(days=3)
    walk.answer("designate_administrator")
    table = Page(walk, "/programa/recorrido/designation").table()
    assert [said(cell) for cell in table["Designar al administrador (SIP-RVL-001)"]] == [
        "0", "1", "3", "3"
    ]  # fmt: skip
