"""The filters of the list of entities, against a plain count of the tables."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import formatting
from app.base.models import Entity
from app.onboarding.entity_list.filter import LONGEST, Filter
from app.onboarding.entity_list.filters import FILTERS, options_of
from app.onboarding.entity_list.query import EntityQuery
from app.onboarding.entity_list.standing import Standing, standings
from tests.app.onboarding.entities import listed
from tests.app.walk import Walk


@pytest.fixture
def many(walk: Walk) -> Walk:
    """Return two hundred invented entities."""
    listed.fill(walk)
    return walk


def standing_everywhere(session: Session) -> list[Standing]:
    return standings(session, session.scalars(select(Entity).where(Entity.active)).all())


def codes(session: Session, args: dict[str, str]) -> set[str]:
    query = EntityQuery.of({"estado": "todos"} | args)
    assert not query.faults, args
    return set(session.scalars(select(Entity.code).where(query.condition(session))))


@pytest.mark.nightly
def test_every_filter_matches_what_its_rule_matches(many: Walk):
    assert set(listed.rules(many)) == {one.name for one in FILTERS}
    with many.reading() as session:
        here = standing_everywhere(session)
        for name, rule in listed.rules(many).items():
            for value in rule.values:
                expected = {one.entity.code for one in here if rule.matches(one, value)}
                assert codes(session, {name: value}) == expected != set(), (name, value)
                assert len(expected) < len(here) or value == "ÑUSTA", (name, value)


@pytest.mark.nightly
def test_every_filter_is_on_the_page_with_its_label_options_and_words(many: Walk):
    client = many.browser("sip")
    for one in FILTERS:
        rule = listed.rules(many)[one.name]
        value = rule.values[0]
        page = client.get("/entidades", query_string={"estado": "todos", one.name: value}).text
        assert f"</strong> · {rule.words}<" in page, one.name
        assert rule.words.startswith(f"{one.label}: ")
        if not one.on_page:
            assert f'<input type="hidden" name="{one.name}" value="{value}">' in page
            continue
        assert f'name="{one.name}"' in page
        assert (one.control == "text") == (not one.any_label)
        if one.any_label:
            assert f'<label class="field-label" for="{one.name}">{one.label}</label>' in page
            assert offered(page, one.name) == options_on_page(many, one)
            assert f'<option value="{value}" selected>' in page


def offered(page: str, name: str) -> dict[str, str]:
    """Return the options of a select: value → label."""
    options = page.partition(f'name="{name}">')[2].partition("</select>")[0]
    return dict(re.findall(r'<option value="([^"]*)"(?: selected)?>([^<]+)</option>', options))


def options_on_page(walk: Walk, one: Filter) -> dict[str, str]:
    """Return the options that a select should have."""
    with walk.reading() as session:
        return {one.any_value: one.any_label, **options_of(session)[one.name]}


def test_every_filter_refuses_values_with_a_message_and_does_not_filter(many: Walk):
    for one in FILTERS:
        other = {"nivel": "local"} if one.name != "nivel" else {"q": "x"}
        assert one.refused.endswith(".")
        for value in (*listed.rules(many)[one.name].refused, "x" * (LONGEST + 1)):
            query = EntityQuery.of({"estado": "todos", one.name: value} | other)
            message = one.too_long if one.too_long and len(value) > LONGEST else one.refused
            assert query.faults == {one.name: message}, value
            assert query.params == {"estado": "todos"} | other


def test_a_filter_without_matches_finds_nothing(many: Walk):
    with many.reading() as session:
        for name, value in (("convalidada", "training"), ("paso", "call_entity")):
            assert codes(session, {name: value}) == set(), name
        assert codes(session, {}) == {one.entity.code for one in standing_everywhere(session)}


def test_filters_narrow_each_other(many: Walk):
    params = {"region": "Lima", "estado": "en-marcha", "q": "entidad"}
    rules = listed.rules(many)
    with many.reading() as session:
        expected = {
            one.entity.code
            for one in standing_everywhere(session)
            if all(rules[name].matches(one, value) for name, value in params.items())
        }
        assert codes(session, params) == expected != set()


def test_a_query_is_read_from_its_own_url():
    under_way, finished = {"estado": "en-marcha"}, {"estado": "terminado"}
    of_stage = {"etapa": "training", "estado": "observado"}
    searched = {"q": "Ñaña & cía", "manos": "sip"}
    for args, params in (
        ({}, under_way),
        ({"estado": ""}, under_way),
        ({"estado": "todos"}, {"estado": "todos"}),
        ({"q": "  ", "pagina": "3", "orden": "nombre"}, under_way),
        ({"etapa": "terminado", "estado": "todos"}, finished),
        ({"etapa": "terminado"}, finished),
        ({"etapa": "terminado"} | finished, finished),
        (of_stage, of_stage),
        (searched, searched | under_way),
    ):
        query = EntityQuery.of(args)
        assert query.params == params
        assert EntityQuery.of(query.params) == query


def test_an_address_changes_one_thing_and_keeps_the_others(app: Flask):
    query = EntityQuery.of({"q": "a b", "etapa": "training"})
    with app.test_request_context():
        assert query.address() == "/entidades?q=a+b&etapa=training&estado=en-marcha"
        changed = query.address(etapa="", estado="", region="Áncash")
        assert changed == "/entidades?q=a+b&estado=todos&region=%C3%81ncash"
        assert EntityQuery().address() == "/entidades?estado=todos", "a link to all says so"
    assert query.address("/a.csv", q="", etapa="", orden="x") == "/a.csv?estado=en-marcha&orden=x"


@pytest.mark.nightly
def test_a_url_without_a_state_means_what_is_under_way(many: Walk):
    client = many.browser("sip")
    with many.reading() as session:
        here = standing_everywhere(session)
    going = sum(one.instance is not None and one.instance.ended_at is None for one in here)
    for query, count in (("", going), ("?estado=", going), ("?estado=todos", len(here))):
        page = client.get(f"/entidades{query}").text
        assert f"<strong>{formatting.plural(count, 'entidad', 'entidades')}</strong>" in page
    assert '<a class="govuk-link" href="/entidades?estado=todos">Todas</a>' in (
        client.get("/entidades").text
    )


def test_a_stage_and_a_state_outside_every_stage_exclude_each_other():
    query = EntityQuery.of({"etapa": "anulado", "estado": "pendiente"})
    assert list(query.faults) == ["etapa"]
    assert query.params == {"estado": "pendiente"}


def test_a_query_is_described_in_words(many: Walk):
    query = EntityQuery.of(
        {
            "q": "ñusta",
            "etapa": "training",
            "region": "Lima",
            "sector": "ninguna",
            "coordinador": str(many.people["sip"]),
            "paso": "review_designation",
            "terminada": "2026-02-16",
            "estado": "todos",
        }
    )
    options = many.read(options_of)
    assert query.words(options) == (
        "Texto: «ñusta» · Etapa: Capacitación del personal · A cargo de: Persona Ejemplo 021 · "
        "Región: Lima · Sector: Sin sector · Paso abierto: Revisa la designación · "
        "Terminada en: semana del 16 de febrero de 2026"
    )
    assert EntityQuery().words(options) == ""
    assert not query.checked(options).faults


def test_a_value_that_is_not_an_option_is_a_fault(many: Walk):
    options = many.read(options_of)
    for name, value in (("region", "Atlántida"), ("sector", "PESCA"), ("coordinador", "999999")):
        query = EntityQuery.of({name: value, "nivel": "local"}).checked(options)
        assert list(query.faults) == [name]
        assert query.params == {"estado": "en-marcha", "nivel": "local"}


def test_entities_under_way_cannot_be_started():
    for args, under_way in (
        ({}, True),
        ({"estado": "todos"}, False),
        ({"q": "x", "region": "Lima", "estado": "sin-iniciar"}, False),
        ({"estado": "anulado"}, False),
        ({"estado": "en-marcha"}, True),
        ({"estado": "observado"}, True),
        ({"etapa": "training"}, True),
        ({"manos": "sip"}, True),
        ({"plazo": "hoy"}, True),
    ):
        assert EntityQuery.of(args).under_way is under_way, args
