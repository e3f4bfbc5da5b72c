"""The table of mandates: who sees it, who corrects it, and which mandate an entity has."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Entity, LogEntry, Mandate, PostHolder
from app.register.facts.values import Refused
from app.register.registers import mandates
from app.register.registers.mandates import Mandates, Said
from tests.app.posted import refuses
from tests.app.walk import Walk
from tests.pages import CheckingClient

ENDS, NEW_YEAR, SUMMER = date(2026, 12, 31), date(2027, 1, 1), date(2027, 6, 30)
DISTRICT = Entity(code="E1", kind="municipalidad_distrital", ubigeo="150102", department="Lima")
OTHER = Entity(code="E2", kind="municipalidad_distrital", ubigeo="150103", department="Lima")
REGION = Entity(code="E3", kind="gobierno_regional", ubigeo="", department="Cusco")
MINISTRY = Entity(code="E4", kind="ministerio", ubigeo="150101", department="Lima")
USUAL = [Mandate(**mandates._values(one)) for one in mandates.packaged()]
GOOD = {
    "level": "municipalidad_distrital",
    "ubigeo": "150102",
    "from_on": "01/01/2027",
    "to_on": "30/06/2027",
    "norm": "Resolución de ejemplo",
    "source": "",
}


def longer(level: str = "municipalidad_distrital", ubigeo: str = "150102") -> Mandate:
    """Return the row of a place where the authority continues for half a year."""
    return Mandate(level=level, ubigeo=ubigeo, from_on=NEW_YEAR, to_on=SUMMER, norm="Ley 26864")


def holder(ground: str = "mayor", to_on: date | None = None) -> PostHolder:
    """Return the holder of a post since 2023."""
    return PostHolder(ground=ground, from_on=date(2023, 1, 1), to_on=to_on)


@pytest.fixture
def keeper(walk: Walk) -> CheckingClient:
    """Return the browser of the superuser, over the packaged table."""
    assert walk.commit(mandates.load) == 6
    return walk.browser_of(walk.person("40000031", "superuser"))


# The model ------------------------------------------------------------------------------------


def test_regions_and_municipalities_have_mandates_and_a_ministry_has_none():
    table = Mandates(USUAL)
    for entity in (DISTRICT, REGION):
        assert table.running(entity, ENDS).to_on == ENDS
        assert table.running(entity, NEW_YEAR).to_on == date(2030, 12, 31)
    assert table.running(MINISTRY, ENDS) is None
    assert table.running(DISTRICT, date(2022, 12, 31)) is None
    assert table.days() == [ENDS, date(2030, 12, 31)]


def test_where_an_authority_continues_its_mandate_ends_later_there_alone():
    for entity, row in [(DISTRICT, longer()), (REGION, longer("gobierno_regional", "080000"))]:
        table = Mandates([*USUAL, row])
        for day in (ENDS, NEW_YEAR, SUMMER):
            found = table.running(entity, day)
            assert (found.to_on, found.norm, found.continues) == (SUMMER, "Ley 26864", True)
        assert table.running(entity, date(2027, 7, 1)).to_on == date(2030, 12, 31)
        assert table.running(OTHER, ENDS).to_on == ENDS
        assert table.ending(entity, ENDS).continues
        assert table.ending(entity, SUMMER).to_on == SUMMER
        assert table.ending(OTHER, SUMMER) is None


def test_an_elected_post_knows_its_end_and_a_post_of_confidence_has_none():
    table = Mandates(USUAL)
    assert table.end_of(holder(), DISTRICT, ENDS) == ENDS
    assert table.end_of(holder("alderman"), DISTRICT, date(2025, 1, 1)) == ENDS
    assert table.end_of(holder("position_of_trust"), DISTRICT, ENDS) is None
    assert table.end_of(holder(to_on=date(2025, 1, 1)), DISTRICT, ENDS) is None
    assert table.end_of(holder(), MINISTRY, ENDS) is None


# The table ------------------------------------------------------------------------------------


def test_what_the_superuser_removed_or_corrected_is_not_loaded_again(walk: Walk):
    actor = walk.person("40000032", "superuser")
    with walk.writing() as session:
        mandates.load(session)
        rows = list(session.scalars(select(Mandate).order_by(Mandate.id)))
        said = Said.of(rows[0])
        moved = Said(said.level, "", date(2023, 1, 2), said.to_on, said.norm)
        mandates.write(session, rows[0], moved, actor)
        mandates.remove(session, rows[1], actor)
        assert mandates.load(session) == 0
        assert len(session.scalars(select(Mandate)).all()) == 5


def test_an_impossible_row_is_refused(walk: Walk):
    actor = walk.person("40000033", "superuser")
    for said, field in [
        (Said("municipalidad_distrital", "150102", SUMMER, NEW_YEAR, "x"), "to_on"),
        (Said("municipalidad_distrital", "999999", NEW_YEAR, SUMMER, "x"), "ubigeo"),
        (Said("gobierno_regional", "080101", NEW_YEAR, SUMMER, "x"), "ubigeo"),
        (Said("municipalidad_distrital", "", NEW_YEAR, SUMMER, "x"), "from_on"),
    ]:
        with walk.writing() as session:
            mandates.load(session)
            with pytest.raises(Refused) as refused:
                mandates.write(session, None, said, actor)
        assert refused.value.field == field


# The pages ------------------------------------------------------------------------------------


def test_everyone_of_the_pcm_sees_the_table_and_only_the_superuser_changes_it(
    walk: Walk, keeper: CheckingClient
):
    page = keeper.get("/mandatos").text
    for text in ("Municipalidades distritales", "31/12/2026", "Agregar un mandato"):
        assert text in page
    seen = walk.browser("secretary").get("/mandatos").text
    assert "31/12/2026" in seen
    assert "Corregir" not in seen


def test_a_place_is_added_corrected_and_removed_and_each_change_is_logged(
    walk: Walk, keeper: CheckingClient
):
    assert keeper.post("/mandatos/nuevo", data=GOOD).status_code == 303
    assert "30/06/2027" in keeper.get("/mandatos").text
    (row_id,) = walk.all(select(Mandate.id).where(Mandate.ubigeo != ""))
    address = f"/mandatos/{row_id}/corregir"
    assert 'value="30/06/2027"' in keeper.get(address).text
    assert keeper.post(address, data=GOOD | {"to_on": "31/07/2027"}).status_code == 303
    assert keeper.post(f"/mandatos/{row_id}/quitar").status_code == 303
    assert keeper.post(f"/mandatos/{row_id}/quitar").status_code == 404
    kinds = select(LogEntry.kind).where(LogEntry.kind.like("mandate.%")).order_by(LogEntry.id)
    assert walk.all(kinds) == ["mandate.added", "mandate.corrected", "mandate.removed"]
    changes = keeper.get("/registro-de-cambios").text
    assert "Se quitó un mandato: Municipalidad distrital 150102" in changes


def test_what_cannot_be_is_refused_with_a_sentence(
    keeper: CheckingClient, subtests: pytest.Subtests
):
    wrong = [
        ({"to_on": "31/12/2026"}, "Termina antes de empezar"),
        ({"ubigeo": "999999"}, "Ese ubigeo no es de un lugar"),
        ({"ubigeo": ""}, "se cruzan con otra fila"),
    ]
    refuses(subtests, keeper, "/mandatos/nuevo", GOOD, wrong)
