"""The catalogue: what comes with the code, imports that name every fault, and its pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.administration import catalogue
from app.administration.catalogue import imports
from app.administration.catalogue.imports import Report, import_entities
from app.base import calendar, db
from app.base.models import Entity, LogEntry, NonWorkingDay
from app.base.models.entities import matching
from app.cases.history.lines import describe
from app.people import addresses
from tests.app.cast import account, all_of, entity, entity_of, last_entry, open_session, signed_in
from tests.app.posted import refused

HEADER = "code,name,level,kind"
ROW = "E90001,Municipalidad Distrital de Ejemplo,local,municipalidad_distrital"


def imported(app: Flask, content: str | bytes) -> Report:
    """Run an import and commit; return its report."""
    with app.app_context():
        report = import_entities(db.session(), content)
        db.session().commit()
        return report


def entities(app: Flask) -> int:
    """Return how many there are."""
    with open_session(app) as session:
        return session.scalar(select(func.count()).select_from(Entity)) or 0


@pytest.mark.nightly
def test_the_catalogue_comes_with_the_code_and_leaves_what_was_edited(app):
    with app.app_context():
        first = catalogue.load(db.session())
        again = catalogue.load(db.session())
        db.session().commit()
    assert (first.added, first.faults) == (2125, ())
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2125)
    with open_session(app) as session:
        assert session.scalar(select(func.count()).select_from(NonWorkingDay)) == 19
        assert session.scalars(select(NonWorkingDay.on).order_by(NonWorkingDay.on)).all()[
            -1
        ] == date(2026, 7, 27)
    with app.app_context():
        place = entity_of(db.session(), "E00045")
        place.contact_email = "mesadepartes@example.pe"
        place.name = "Otro nombre"
        catalogue.load(db.session())
        assert (place.name, place.contact_email) == ("Otro nombre", "mesadepartes@example.pe")


@pytest.mark.nightly
@pytest.mark.postgresql
def test_entities_are_found_without_accents_and_in_any_order(app):
    with app.app_context():
        catalogue.load(db.session())
        counted = select(func.count()).select_from(Entity)
        for typed, count in (
            ("municipalidad distrital SANTA ROSA", 14),
            ("áncash independencia", 1),
            ("E00045", 1),
            ("20168999926", 1),
            ("100%", 0),
            ("_", 0),
            ("'; drop table entity", 0),
        ):
            assert db.session().scalar(counted.where(matching(typed))) == count


def test_an_import_adds_and_updates_and_an_empty_cell_leaves_what_was(app):
    first = f"{HEADER},contact_email,phone\n{ROW},mesa@example.pe,01 2197000\n"
    assert imported(app, first) == Report(added=1)
    second = f"{HEADER},contact_email,acronym\n{ROW},,MDE\n"
    assert imported(app, second) == Report(updated=1)
    assert imported(app, second) == Report(unchanged=1)
    (place,) = all_of(app, select(Entity))
    assert (place.contact_email, place.acronym) == ("mesa@example.pe", "MDE")
    assert "mde" in place.search_text
    assert last_entry(app).kind == "catalogue.imported"


def test_an_import_logs_for_each_entity_what_changed_and_the_source_of_its_address(app, clock):
    first = f"{HEADER},contact_email,ruc\n{ROW},vieja@example.pe,\n"
    same = "E90002,Otra entidad,local,municipalidad_distrital"
    imported(app, f"{first}{same},,\n")
    with app.app_context():
        addresses.known_of(db.session(), "nueva@example.pe").dead_at = calendar.now()
        db.session().commit()
    imported(app, f"{HEADER},contact_email,ruc\n{ROW},nueva@example.pe,20131370645\n{same},,\n")
    with open_session(app) as session:
        place = entity_of(session)
        entries = session.scalars(select(LogEntry).where(LogEntry.entity_id.is_not(None))).all()
        assert not addresses.is_dead(session, "nueva@example.pe")
        (line,) = [describe(entry) for entry in entries]
    assert (place.contact_source, place.contact_on) == ("Archivo del catálogo", date(2026, 3, 2))
    assert line.who == "El sistema, por importación (archivo del catálogo)"
    assert set(line.changes) == {
        "correo de la mesa de partes: vieja@example.pe → nueva@example.pe",
        "RUC: (vacío) → 20131370645",
    }


def test_semicolons_a_mark_of_byte_order_and_empty_lines_are_understood(app):
    assert imported(app, f"\ufeff{HEADER}\n\n{ROW}\n\n".replace(",", ";").encode()).added == 1


def test_a_bad_file_is_refused_with_row_and_column_and_changes_nothing(app):
    bad: list[tuple[Any, list[str]]] = [
        ("", ["file: is empty"]),
        (" \n\n", ["file: is empty"]),
        (HEADER, ["file: has a header and no rows"]),
        ("code,name\nE90001,X", ["row 1: missing columns: level, kind"]),
        (f"{HEADER},color\n{ROW},rojo", ["row 1: unknown columns: color"]),
        (f"{HEADER},code\n{ROW},E90002", ["row 1: columns that come twice: code"]),
        (f"{HEADER}\n{ROW}\nE90002,Solo", ["row 3: has 2 cells where the header has 4"]),
        (f"{HEADER}\n{ROW}\n{ROW}", ["row 3, column code: E90001 is already in row 2"]),
        (f"{HEADER}\n{ROW}\n{ROW.lower()}", ["row 3, column code: E90001 is already in row 2"]),
        (f"{HEADER}\n,,x,X Y", ["column code: is empty", "column name: is empty"]),
        (f"{HEADER}\nX1,N,local,otro", ["row 2, column code: X1 is no code such as E00275"]),
        (f"{HEADER}\nE90001,N,galáctico,otro", ["row 2, column level: galáctico is none of"]),
        (f"{HEADER}\nE90001,{'N' * 301},local,otro", ["column name: is longer than 300 letters"]),
        (f"{HEADER}\nE90001,a\u202eb,local,otro", ["column name: holds characters that are no"]),
        (f"{HEADER},ruc\n{ROW},20131370646", ["row 2, column ruc: 20131370646 is no RUC"]),
        (f"{HEADER},ruc\n{ROW},10131370640", ["row 2, column ruc:"]),
        (f"{HEADER},ubigeo\n{ROW},10101", ["a spreadsheet may have dropped its first zero"]),
        (f"{HEADER},ubigeo\n{ROW},999999", ["999999 is no district of the INEI list"]),
        (f"{HEADER},contact_email\n{ROW},mesa", ["column contact_email: mesa is no e-mail"]),
        (f"{HEADER},phone\n{ROW},nada", ["column phone: nada is no telephone number"]),
        (f'{HEADER}\n"E90001', ["is no CSV"]),
        (f"{HEADER}\n{ROW}\0", ["row 2: is no text"]),
        (f"{HEADER}\n{ROW}ñ".encode("latin-1"), ["row 2: is not UTF-8 text"]),
        (b"PK\x03\x04\xff\xfe", ["row 1: is not UTF-8 text"]),
        (b"x" * 10_000_001, ["file: is larger than 10 MB"]),
        (f"{HEADER}\nE90001,{'N' * 200_000},local,otro", ["is no CSV: field larger"]),
        (HEADER + f"\n{ROW}" * 50_001, ["has more than 50000 rows"]),
    ]
    for content, sentences in bad:
        report = imported(app, content)
        found_text = "\n".join(map(str, report.faults))
        for sentence in sentences:
            assert sentence in found_text
        assert report == Report(faults=report.faults)
    assert entities(app) == 0


def test_all_faults_of_a_file_are_reported_at_once(app):
    rows = "\n".join(f"E9000{n},,galáctico,otro" for n in range(5))
    assert len(imported(app, f"{HEADER}\n{rows}").faults) == 10


def test_the_columns_are_those_of_the_entity():
    assert set(imports.COLUMNS) <= {column.name for column in Entity.__table__.columns}


# Pages ----------------------------------------------------------------------------------------


def superuser(app: Flask):
    """Return the superuser's browser."""
    account(app, "40000001", "superuser")
    return signed_in(app, "40000001")


@pytest.mark.postgresql
def test_names_are_in_the_order_of_people_not_of_bytes(app):
    client, names = superuser(app), ["Agencia de Compras", "Ágora Ejemplo", "Agencia Peruana"]
    with app.app_context():
        for number, name in enumerate(names):
            entity(db.session(), f"E9000{number}", name=name)
        db.session().commit()
    for path in ["/catalogo", "/coordinadores"]:
        page = client.get(path).text.split("<tbody")[1]
        assert sorted(names, key=page.index) == [names[0], names[2], names[1]]


def test_the_superuser_searches_and_edits_an_entity(app):
    client = superuser(app)
    with app.app_context():
        entity(db.session())
        entity(db.session(), "E90002", name="Gobierno Regional de Ejemplo", level="regional")
        db.session().commit()
    page = client.get("/catalogo?q=municipalidad&nivel=local").text
    assert "E90001" in page
    assert "E90002" not in page
    assert "Ninguna entidad coincide" in client.get("/catalogo?q=zzz").text
    assert client.get("/catalogo?pagina=2").status_code == 404
    assert 'value="mesadepartes.e90001@example.pe"' in client.get("/catalogo/E90001").text
    answer = client.post("/catalogo/E90001", data=entry(ubigeo="Miraflores, Lima, Lima"))
    assert answer.status_code == 303
    (place,) = all_of(app, select(Entity).where(Entity.code == "E90001"))
    assert (place.ubigeo, place.place) == ("150122", "Miraflores, Lima, Lima")
    assert place.search_text.endswith("miraflores, lima, lima")
    logged = last_entry(app)
    assert logged.kind == "entity.changed"
    assert logged.data["changed"]["name"][1] == "Municipalidad de Prueba"
    assert "Municipalidad de Prueba" in client.get("/entidades/E90001/historial").text
    assert client.get("/catalogo/E99999").status_code == 404


def entry(**values: str) -> dict[str, str]:
    """Return a good answer to the entity's form."""
    return {
        "name": "Municipalidad de Prueba",
        "level": "local",
        "contact_email": "mesa@example.org",
        "active": "y",
    } | values


def test_a_bad_edit_names_its_field_and_changes_nothing(app, subtests):
    client = superuser(app)
    with app.app_context():
        entity(db.session())
        db.session().commit()
    for field, value in (
        ("ruc", "20131370646"),
        ("ruc", "10131370640"),
        ("ubigeo", "999999"),
        ("contact_email", "mesa"),
        ("website", "javascript:alert(1)"),
        ("phone", "nada"),
    ):
        with subtests.test(field, value=value):
            answer = client.post("/catalogo/E90001", data=entry(**{field: value}))
            assert list(refused(answer)) == [field]
    assert all_of(app, select(Entity.name)) == ["Municipalidad Distrital de Ejemplo 1"]
