"""Registers, visits and their published data move from a duplicate to its entity."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from sqlalchemy import select

from app.administration.catalogue import duplicates
from app.base import calendar
from app.base.models import Entity, NoVisitDay, Record, Register
from app.register.registers import environments
from tests.app import cast
from tests.app.administration.twins import TARGET, entry
from tests.app.register.desk.desks import enter, filled
from tests.app.visited import CODE, Visited


@pytest.fixture
def twice(app, clock) -> Visited:
    """Return an entity that records visits, and another entry of it."""
    made = Visited(app)
    made.commit(cast.entity, TARGET)
    return made


def merge(visited: Visited) -> None:
    """Merge the two entries, without a page."""
    with visited.writing() as session:
        both = entry(session, CODE), entry(session, TARGET)
        duplicates.merge(session, *both, visited.people["superuser"])


@pytest.mark.nightly
def test_published_visits_are_the_entitys_and_keep_their_addresses(twice):
    code = twice.row(twice.visit()).code
    merge(twice)
    public = twice.browser()
    assert "Municipalidad Distrital de Ejemplo 2" in public.get(f"/visita/{code}").text
    page = public.get(f"/visitas/{TARGET}").text
    assert code in page
    rows = csv.DictReader(io.StringIO(public.get(f"/visitas/{TARGET}.csv?forma=abierto").text))
    assert [(row["codigo"], row["entidad_codigo"]) for row in rows] == [(code, TARGET)]


def test_mirrors_see_each_visit_whose_entity_changed(twice):
    codes = [twice.row(twice.visit(ago=minutes)).code for minutes in (5, 3)]
    public = twice.browser()
    seen = public.get("/datos/cambios.json").get_json()
    merge(twice)
    later = public.get(seen["siguiente"]).get_json()
    page_text = [(change["codigo"], change["entidad_codigo"]) for change in later["cambios"]]
    assert page_text == [(code, TARGET) for code in codes]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"/visitas/{CODE}?q=ana", f"/visitas/{TARGET}?q=ana"),
        (f"/visitas/{CODE}.csv?forma=abierto", f"/visitas/{TARGET}.csv?forma=abierto"),
        (f"/visitas/{CODE}/2026-03.json", f"/visitas/{TARGET}/2026-03.json"),
        (f"/decisores/{CODE}", f"/decisores/{TARGET}"),
        (f"/decisores/{CODE}.json", f"/decisores/{TARGET}.json"),
        (f"/actos/{CODE}", f"/actos/{TARGET}"),
    ],
)
def test_public_addresses_of_the_duplicate_lead_on(twice, old, new):
    merge(twice)
    answer = twice.browser().get(old)
    assert (answer.status_code, answer.location) == (301, new)
    assert twice.browser().get(new).status_code == 200


def test_a_search_by_the_duplicates_code_finds_the_entity(twice):
    code = twice.row(twice.visit()).code
    merge(twice)
    assert code in twice.browser().get(f"/visitas?entidad={CODE}").text


def test_a_visit_that_was_being_written_down_is_not_lost(twice):
    merge(twice)
    answer = enter(twice, filled())
    assert answer.status_code == 308
    again = twice.browser("operator").post(answer.location, data=filled())
    assert again.status_code == 303
    with twice.reading() as session:
        register = session.scalars(
            select(Register).where(Register.environment == "production")
        ).one()
        assert register.entity_id == entry(session, TARGET).id


def publishes(visited: Visited, code: str, *, used: bool = True) -> None:
    """Open an entry's public register, with a declared day without visits in it, or not."""
    with visited.writing() as session:
        register = environments.open_register(session, entry(session, code), "production", None)
        if used:
            session.add(
                NoVisitDay(register_id=register.id, on=date(2026, 3, 1), declared_at=calendar.now())
            )


@pytest.mark.parametrize(
    ("of_duplicate", "of_target", "said"),
    [
        (True, True, "Las dos publican un registro"),
        (True, False, f"une {TARGET} a {CODE}"),
    ],
)
def test_two_public_registers_are_not_mixed(twice, of_duplicate, of_target, said):
    publishes(twice, CODE, used=of_duplicate)
    publishes(twice, TARGET, used=of_target)
    with pytest.raises(duplicates.CannotMerge, match=said):
        merge(twice)


@pytest.mark.nightly
@pytest.mark.parametrize("used", [True, False])
def test_an_empty_public_register_stays_with_the_duplicate_and_nobody_reads_it(twice, used):
    publishes(twice, CODE, used=False)
    publishes(twice, TARGET, used=used)
    with twice.writing() as session:
        own = environments.find(session, entry(session, TARGET), "production").id
        other = environments.find(session, entry(session, CODE), "production").id
        for code in (CODE, TARGET):
            said = Record(entity_id=entry(session, code).id, name="production_statement")
            said.data, said.at = {"of": code}, calendar.now()
            session.add(said)
        plan = duplicates.plan(session, entry(session, CODE), entry(session, TARGET))
    assert any(
        f"Queda el de {TARGET}; el de {CODE}, en el que no se" in one for one in plan.follows
    )
    assert not any("quienes siguen los datos" in one for one in plan.follows)
    merge(twice)
    with twice.reading() as session:
        assert environments.find(session, entry(session, TARGET), "production").id == own
        assert environments.find(session, entry(session, CODE), "production").id == other
        for code in (CODE, TARGET):
            here = select(Record.data).where(
                Record.entity_id == entry(session, code).id, Record.name == "production_statement"
            )
            assert session.scalars(here).all() == [{"of": code}]
    public = twice.browser()
    assert public.get(f"/visitas/{CODE}").location == f"/visitas/{TARGET}"
    for path in ("/decisores", "/cobertura", "/visitas", "/cobertura.csv", "/decisores.csv"):
        answer = public.get(path)
        assert answer.status_code == 200, path
        assert CODE not in answer.text, path


def test_of_two_demos_the_duplicates_stays_with_it(twice):
    with twice.writing() as session:
        environments.open_register(session, entry(session, TARGET), "demo", None)
        plan = duplicates.plan(session, entry(session, CODE), entry(session, TARGET))
    assert "Las dos tienen un ambiente demo. Queda en uso el de E90002" in plan.follows[2]
    assert "El de E90001 queda guardado con E90001, sin uso" in plan.follows[3]
    merge(twice)
    with twice.reading() as session:
        rows = session.execute(
            select(Entity.code, Register.environment)
            .join(Register, Register.entity_id == Entity.id)
            .order_by(Entity.code, Register.environment)
        ).all()
    assert [tuple(row) for row in rows] == [
        (CODE, "demo"),
        (TARGET, "demo"),
        (TARGET, "production"),
    ]


def test_the_daily_file_of_the_implementation_names_no_duplicate(twice):
    merge(twice)
    text = twice.browser().get("/datos/implementacion.csv").text
    assert TARGET in text
    assert CODE not in text


def test_the_plan_counts_visits(twice):
    twice.visit()
    with twice.reading() as session:
        plan = duplicates.plan(session, entry(session, CODE), entry(session, TARGET))
    assert "1\xa0visita publicada" in plan.hangs
    assert "0\xa0visitas de prueba" in plan.hangs
    assert any("quienes siguen los datos" in sentence for sentence in plan.follows)
