"""What is asked of the list of entities, against a plain count of what stands in the tables."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Entity
from app.onboarding.entity_list.choices import Choices
from app.onboarding.entity_list.filters import Asked
from app.onboarding.entity_list.standing import Standing, standings
from tests.app.onboarding.entities import listed
from tests.app.walk import Walk


@pytest.fixture
def many(walk: Walk) -> Walk:
    """Two hundred invented entities."""
    listed.fill(walk)
    return walk


def standing_everywhere(session: Session) -> list[Standing]:
    return standings(session, session.scalars(select(Entity).where(Entity.active)).all())


def codes(session: Session, args: dict[str, str]) -> set[str]:
    asked = Asked.of(args)
    assert not asked.faults, args
    return set(session.scalars(select(Entity.code).where(asked.condition(session))))


def test_every_filter_finds_what_a_plain_look_at_each_entity_finds(many: Walk):
    with many.reading() as session:
        here = standing_everywhere(session)
        for name, value in listed.filters(many):
            expected = {one.entity.code for one in here if listed.PLAIN[name](one, value)}
            assert codes(session, {name: value}) == expected != set(), (name, value)
        for name, value in (("convalidada", "training"), ("paso", "call_entity")):
            assert codes(session, {name: value}) == set(), name
        assert codes(session, {}) == {one.entity.code for one in here}


def test_filters_narrow_each_other(many: Walk):
    asked = {"region": "Lima", "estado": "en-marcha", "q": "entidad"}
    with many.reading() as session:
        expected = {
            one.entity.code
            for one in standing_everywhere(session)
            if all(listed.PLAIN[name](one, value) for name, value in asked.items())
        }
        assert codes(session, asked) == expected != set()


@pytest.mark.parametrize(
    ("args", "params"),
    [
        ({}, {}),
        ({"q": "  ", "pagina": "3", "orden": "nombre"}, {}),
        ({"etapa": "terminado"}, {"estado": "terminado"}),
        ({"etapa": "terminado", "estado": "terminado"}, {"estado": "terminado"}),
        (
            {"etapa": "training", "estado": "observado"},
            {"etapa": "training", "estado": "observado"},
        ),
        ({"q": "Ñaña & cía", "manos": "sip"}, {"q": "Ñaña & cía", "manos": "sip"}),
    ],
)
def test_what_is_asked_is_said_again_by_its_address(args: dict[str, str], params: dict[str, str]):
    asked = Asked.of(args)
    assert asked.params == params
    assert Asked.of(asked.params) == asked


def test_an_address_changes_one_thing_and_keeps_the_others():
    asked = Asked.of({"q": "a b", "etapa": "training"})
    assert asked.address() == "/entidades?q=a+b&etapa=training"
    assert asked.address(etapa="", region="Áncash") == "/entidades?q=a+b&region=%C3%81ncash"
    assert asked.address("/entidades.csv", q="", etapa="") == "/entidades.csv"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "x" * 10_000),
        ("q", "a\x00b"),
        ("etapa", "nada"),
        ("etapa", "designation "[:-2]),
        ("estado", "pending"),
        ("manos", "entity"),
        ("plazo", "mañana"),
        ("coordinador", "0"),
        ("coordinador", "-1"),
        ("coordinador", "²"),
        ("coordinador", "9" * 40),
        ("nivel", "Local"),
        ("region", "x\x07"),
        ("sector", "y" * 300),
        ("paso", "nada"),
        ("convalidada", "nada"),
        ("terminada", "2026-03-03"),
        ("terminada", "ayer"),
        ("terminada", "0001-01-01"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field_and_asks_nothing(name: str, value: str):
    asked = Asked.of({name: value, "nivel": "local"} if name != "nivel" else {name: value})
    assert list(asked.faults) == [name]
    assert asked.faults[name].endswith(".")
    assert name not in asked.params


def test_a_stage_and_a_state_without_one_cannot_be_asked_together():
    asked = Asked.of({"etapa": "anulado", "estado": "pendiente"})
    assert list(asked.faults) == ["etapa"]
    assert asked.params == {"estado": "pendiente"}


def test_a_question_is_told_in_words(many: Walk):
    asked = Asked.of(
        {
            "q": "ñusta",
            "etapa": "training",
            "region": "Lima",
            "sector": "ninguna",
            "coordinador": str(many.people["sip"]),
            "paso": "review_designation",
            "terminada": "2026-02-16",
        }
    )
    with many.reading() as session:
        choices = Choices.read(session)
    assert choices.words(asked) == (
        "Texto: «ñusta» · Etapa: Capacitación del personal · A cargo de: Persona Ejemplo 021 · "
        "Región: Lima · Sector: Sin sector · Paso abierto: Revisa la designación · "
        "Terminada en la semana del: 16 de febrero de 2026"
    )
    assert choices.words(Asked()) == ""
    assert not choices.held_against(asked).faults


@pytest.mark.parametrize(
    ("name", "value"), [("region", "Atlántida"), ("sector", "PESCA"), ("coordinador", "999999")]
)
def test_what_nobody_can_choose_is_a_fault(many: Walk, name: str, value: str):
    with many.reading() as session:
        asked = Choices.read(session).held_against(Asked.of({name: value, "nivel": "local"}))
    assert list(asked.faults) == [name]
    assert asked.params == {"nivel": "local"}


@pytest.mark.parametrize(
    ("args", "under_way"),
    [
        ({}, False),
        ({"q": "x", "region": "Lima", "estado": "sin-iniciar"}, False),
        ({"estado": "anulado"}, False),
        ({"estado": "en-marcha"}, True),
        ({"estado": "observado"}, True),
        ({"etapa": "training"}, True),
        ({"manos": "sip"}, True),
        ({"plazo": "hoy"}, True),
    ],
)
def test_nobody_is_offered_to_start_what_is_under_way(args: dict[str, str], under_way: bool):
    assert Asked.of(args).under_way is under_way
