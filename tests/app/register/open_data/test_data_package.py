"""The descriptions of the data, checked against every file by frictionless, as users do."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import frictionless
import pytest
from sqlalchemy import select

from app.base import calendar, db
from app.base.models import InterestAct, NoVisitDay, PostHolder, Register, Visit
from app.cases import progress_file
from app.register.export.package import FEED, LICENCES, RESOURCES
from app.register.interest_acts import acts
from app.register.interest_acts.acts import Act
from app.register.registers import empty_days, environments
from app.register.visits import recording
from tests.app import cast
from tests.app.visited import CODE, Visited, lima
from tests.conftest import Clock

#: Every file that the data package describes.
ALL = (*RESOURCES, progress_file.DAILY.resource)

PACKAGE = "/datos/datapackage.json"
ODD = "=HYPERLINK(\"a;b\"), «ñandú» \\ 'x' 100 % 𝔘"


@pytest.fixture(autouse=True)
def fields_of_csv() -> Iterator[None]:
    """Restore the longest field of a CSV, which frictionless changes for the whole process."""
    longest = csv.field_size_limit()
    yield
    csv.field_size_limit(longest)


@pytest.fixture
def visited(app, clock: Clock) -> Visited:
    """Return a register with all kinds of rows, and texts that are hard to write."""
    made = Visited(app)
    with made.writing() as session:
        register = made.register(session)
        register.interest_acts_at = calendar.now() - timedelta(days=9)
        session.add(
            NoVisitDay(
                register_id=register.id,
                on=calendar.today() - timedelta(days=2),
                declared_at=calendar.now(),
            )
        )
    made.visit(ago=90, stayed=20, observation="late", name=ODD, motive=ODD, place="a\nb")
    made.visit("demo", ago=1)
    made.visit(kind="private", entity="Ñusta S.A.C.", entity_ruc="10000005015", official="Gárate")
    made.visit(document_type="PASAPORTE", document_number="X1", category="interests")
    annulled = made.visit(ago=3)
    unknown = made.visit(ago=4)
    with made.writing() as session:
        recording.annul(session, db.locked(session, Visit, annulled), reason="x", actor_id=None)
        recording.leave_unknown(session, db.locked(session, Visit, unknown), actor_id=None)
    add_an_act(made)
    return made


def add_an_act(visited: Visited) -> None:
    with visited.writing() as session:
        register = visited.register(session)
        holder = PostHolder(
            register_id=register.id,
            post="Alcaldesa",
            unit="Alcaldía",
            post_key="alcaldesa--alcaldia",
            search_text="",
            ground="mayor",
            norm="",
            document_type="DNI",
            document_number="00000401",
            given_names="Carmen",
            surnames="Mamani Muestra",
            from_on=calendar.today() - timedelta(days=400),
            to_on=None,
        )
        session.add(holder)
        session.flush()
        said = Act(
            decision_maker_id=holder.id,
            held_on=calendar.today(),
            held_at=None,
            actor_name=ODD,
            document_type="DNI",
            document_number="00000577",
            interest_of="third",
            third_name="Tercera Inventada",
            third_ruc="10000005775",
            decision_sought="Una licencia",
            matter=ODD,
            documents="",
            place="Sede central",
            declared=False,
        )
        acts.record(session, register, said, submission="one", actor_id=None)


def downloaded(visited: Visited, folder: Path) -> str:
    """Download the data package and its files, as a user does; return its path."""
    package: dict[str, Any] = json.loads(get(visited, PACKAGE))
    for resource in package["resources"]:
        address = resource["path"].removeprefix("http://localhost")
        assert address.startswith("/"), "an absolute address"
        name = f"{resource['name']}.{resource['format']}"
        (folder / name).write_bytes(get(visited, address))
        resource["path"] = name
    path = folder / "datapackage.json"
    path.write_text(json.dumps(package), "utf-8")
    return str(path)


def get(visited: Visited, address: str) -> bytes:
    with visited.browser().get(address) as answer:
        assert answer.status_code == 200, address
        found: bytes = answer.data
    return found


def faults(report: frictionless.Report) -> list[str]:
    return [" ".join(map(str, fault)) for fault in report.flatten(["title", "fieldName", "note"])]


@pytest.mark.nightly
def test_frictionless_passes_on_the_whole_package(visited: Visited, tmp_path: Path):
    report = frictionless.validate(downloaded(visited, tmp_path))
    assert faults(report) == []
    assert report.valid
    rows = {task.name: task.stats["rows"] for task in report.tasks}
    assert rows == {
        "visitas": 4,
        "visitas-oficial": 4,
        "actos": 1,
        "decisores": 1,
        "cobertura": 1,
        "dias-sin-visitas": 1,
        "implementacion": 1,
    }


@pytest.mark.nightly
def test_frictionless_would_have_found_a_fault(visited: Visited, tmp_path: Path):
    package, file = downloaded(visited, tmp_path), tmp_path / "visitas.csv"
    for old, new in (("vigente", "otra"), ("2026-03-02", "ayer")):
        whole = file.read_text("utf-8")
        file.write_text(whole.replace(old, new, 1), "utf-8")
        assert not frictionless.validate(package).valid
        file.write_text(whole, "utf-8")


@pytest.mark.nightly
@pytest.mark.parametrize(
    "address",
    [
        "/visitas.{}?forma=abierto",
        "/visitas.{}?forma=oficial",
        "/visitas.{}?forma=abierto&estado=anuladas",
        "/visitas.{}?forma=abierto&q=nadie",
        "/visitas.{}?forma=oficial&q=nadie",
        f"/visitas/{CODE}.{{}}?forma=abierto&intereses=1",
        f"/visitas/{CODE}/2026-03.{{}}?forma=oficial",
        "/actos.{}",
        "/decisores.{}",
        f"/decisores/{CODE}.{{}}",
        "/cobertura.{}",
        "/dias-sin-visitas.{}",
    ],
)
@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_frictionless_passes_on_every_file(
    visited: Visited, tmp_path: Path, address: str, ending: str
):
    place = tmp_path / f"file.{ending}"
    place.write_bytes(get(visited, address.format(ending)))
    names = {"actos", "decisores", "cobertura", "dias-sin-visitas"}
    name = next((name for name in names if f"/{name}" in address), "visitas")
    name = "visitas-oficial" if "oficial" in address else name
    schema = json.loads(get(visited, f"/datos/esquema/{name}.json"))
    resource = frictionless.Resource(
        path=place.name,
        basepath=str(tmp_path),
        schema=frictionless.Schema.from_descriptor(schema),
    )
    assert faults(resource.validate()) == []


@pytest.mark.nightly
def test_a_package_of_a_register_without_visits_is_valid(app, clock: Clock, tmp_path: Path):
    assert faults(frictionless.validate(downloaded(Visited(app), tmp_path))) == []


def test_the_schema_of_visits_is_the_one_of_the_package(visited: Visited):
    package = json.loads(get(visited, PACKAGE))
    schema = json.loads(get(visited, "/datos/esquema.json"))
    assert package["resources"][0]["schema"] == schema
    assert schema["primaryKey"] == ["codigo"]
    frictionless.Schema.from_descriptor(schema)
    assert visited.browser().get("/datos/esquema/nada.json").status_code == 404


def test_the_dictionary_has_every_field_of_every_file(visited: Visited):
    page = get(visited, "/datos/diccionario").decode()
    for resource in ALL:
        for field in resource.columns:
            assert field.name in page
            assert field.meaning.replace("<", "&lt;").replace(">", "&gt;") in page


@pytest.mark.nightly
def test_the_catalogue_leads_to_every_file(visited: Visited):
    catalogue = json.loads(get(visited, "/datos/catalogo.jsonld"))
    assert catalogue["@type"] == "dcat:Catalog"
    assert catalogue["dct:language"]["@id"].endswith("/authority/language/SPA")
    files: dict[str, set[str]] = {}
    for dataset in catalogue["dcat:dataset"]:
        for one in dataset["dcat:distribution"]:
            address = one["dcat:downloadURL"]["@id"].removeprefix("http://localhost")
            assert get(visited, address)
            files.setdefault(dataset["dct:identifier"], set()).add(address)
            if address != FEED:
                assert get(visited, one["dct:conformsTo"]["@id"].removeprefix("http://localhost"))
    assert files["visitas"] == {
        "/visitas.csv?forma=abierto",
        "/visitas.json",
        "/visitas.csv",
        "/visitas.xlsx",
        FEED,
    }
    assert files["actos"] == {"/actos.csv", "/actos.json", "/actos.xlsx"}
    assert {one.path for one in ALL} <= set().union(*files.values())


@pytest.mark.nightly
def test_the_licence_is_the_one_that_the_installation_declares(visited: Visited):
    for name in LICENCES:
        visited.app.config["DATA_LICENCE"] = name
        licence = LICENCES[name]
        assert json.loads(get(visited, PACKAGE))["licenses"][0]["path"] == licence.path
        assert licence.path in get(visited, "/datos/catalogo.jsonld").decode()
        assert licence.title in get(visited, "/datos").decode()


@pytest.mark.nightly
def test_acts_and_decision_makers_have_no_whole_number(visited: Visited):
    for name in ("actos", "decisores", f"actos/{CODE}", f"decisores/{CODE}"):
        for ending in ("csv", "json"):
            text = get(visited, f"/{name}.{ending}").decode()
            for number in ("00000577", "10000005775", "00000401"):
                assert number not in text, name
    [act] = json.loads(get(visited, "/actos.json"))
    assert (act["documento_numero"], act["tercero_ruc"]) == ("*****577", "********775")
    assert (act["estado"], act["declarado"], act["visita_codigo"]) == ("vigente", False, "")


def test_acts_have_their_newest_version_alone(visited: Visited):
    with visited.writing() as session:
        row = session.scalars(select(InterestAct)).one()
        acts.annul(
            session, visited.register(session), row, reason="x", submission="two", actor_id=None
        )
    assert json.loads(get(visited, "/actos.json")) == []
    [act] = json.loads(get(visited, "/actos.json?estado=anulados"))
    assert (act["estado"], act["versiones"]) == ("anulado", 2)


@pytest.mark.nightly
def test_coverage_says_since_when_and_which_days_had_no_visits(visited: Visited):
    [row] = json.loads(get(visited, "/cobertura.json"))
    assert row["abierto_desde"] == row["publica_desde"] == "2025-01-01T00:00:00-05:00"
    assert (row["primera_visita"], row["ultima_visita"]) == ("2026-03-02", "2026-03-02")
    assert (row["dias_sin_visitas"], row["ultimo_dia_sin_visitas"]) == (1, "2026-02-28")
    assert (row["visitas_recientes"], row["sin_visitas_recientes"]) == (4, 1)
    assert (row["reservadas_recientes"], row["no_registradas_recientes"]) == (0, 0)
    assert json.loads(get(visited, "/cobertura.json?q=ejemplo")) == [row]
    assert json.loads(get(visited, "/cobertura.json?q=otra")) == []
    assert "Fuente: Zaguán" in get(visited, "/cobertura").decode()


def test_an_entity_publishes_since_nothing_while_it_has_published_nothing(visited: Visited):
    with visited.writing() as session:
        other = cast.entity(session, "E90002")
        register = environments.open_register(session, other, "production", None)
        register.opened_at = lima("2026-02-01 09:00")
    [row] = json.loads(get(visited, "/cobertura.json?q=E90002"))
    assert (row["abierto_desde"], row["publica_desde"]) == ("2026-02-01T09:00:00-05:00", None)
    with visited.writing() as session:
        register = session.get_one(Register, register.id)
        empty_days.declare(session, register, date(2026, 2, 3), None)
    [row] = json.loads(get(visited, "/cobertura.json?q=E90002"))
    assert row["publica_desde"] == "2026-02-01T09:00:00-05:00"


def test_days_without_visits_are_published_as_they_stand(visited: Visited):
    [row] = json.loads(get(visited, "/dias-sin-visitas.json"))
    assert (row["entidad_codigo"], row["dia"]) == (CODE, "2026-02-28")
    assert row["declarado"] == "2026-03-02T08:00:00-05:00"
    assert json.loads(get(visited, f"/dias-sin-visitas.json?q={CODE}")) == [row]
    assert json.loads(get(visited, "/dias-sin-visitas.json?q=otra")) == []
    page = get(visited, f"/visitas/{CODE}").decode()
    assert "Días declarados sin visitas: 28/02/2026." in page
    assert f'href="/dias-sin-visitas.csv?q={CODE}"' in page
    with visited.writing() as session:
        day = session.scalars(select(NoVisitDay)).one()
        empty_days.withdraw(session, day.id, reason="Hubo una", actor_id=None)
        register = visited.register(session, "demo")
        empty_days.declare(session, register, date(2026, 2, 27), None)
    assert json.loads(get(visited, "/dias-sin-visitas.json")) == []
    assert "Días declarados sin visitas" not in get(visited, f"/visitas/{CODE}").decode()


@pytest.mark.nightly
@pytest.mark.parametrize("path", ["/actos", f"/actos/{CODE}", "/decisores", f"/decisores/{CODE}"])
def test_pages_other_than_visits_link_to_their_files(visited: Visited, path: str):
    page = get(visited, path).decode()
    for ending in ("csv", "json", "xlsx"):
        assert f'href="{path}.{ending}"' in page
        assert get(visited, f"{path}.{ending}")
    if path.startswith("/actos"):
        assert f'href="{path}.csv?q=licencia"' in get(visited, f"{path}?q=licencia").decode()
