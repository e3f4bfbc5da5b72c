"""The columns of files: known headings are proposed, the user names the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from app.base import calendar
from app.base.models import Visit
from app.register import importing
from app.register.facts.columns import labelled
from app.register.facts.shapes import OFFICIAL, OPEN, select_of
from app.register.importing import applying, headings
from app.register.registers import environments
from tests.app import cast
from tests.app.register.importing.past_files import ROW, row, table
from tests.app.register.importing.past_imports import checked, imported, visits
from tests.app.register.importing.test_judging import judge
from tests.app.visited import Visited, lima


def test_the_columns_of_the_official_platform_and_our_own_are_known():
    official = headings.proposed([column.name.upper() for column in OFFICIAL])
    assert sorted(official.values()) == list(range(12))
    names = [column.name for column in OPEN]
    known = headings.proposed(names).values()
    unread = {name for place, name in enumerate(names) if place not in known}
    assert unread == set(
        "entidad_codigo fuente fuente_corte salida_estado modificado versiones visitante_clave "
        "gestion_intereses grupo norma".split()
    )


OTHERS = (
    b"N,PATERNO,MATERNO,NOMBRES,TIPO,NUMERO,MOMENTO,SALE,TRABAJADOR,AREA,PUESTO,TELEFONO\n"
    b"1,QUISPE,INVENTADA,ANA,DNI,00000501,05/02/2025 23:30,06/02/2025 00:40,ROJAS,OBRAS,JEFE,999\n"
)
CHOSEN = dict(
    zip(
        "visitor_surnames visitor_surname_2 visitor document_type document_number entry exit "
        "official unit post".split(),
        range(1, 11),
        strict=True,
    )
) | {"visit_on": 6}


def test_columns_of_another_system_are_read_as_the_user_chose():
    with pytest.raises(importing.Unreadable, match="«Fecha de Visita»"):
        importing.read_export(OTHERS, "portal.csv")
    export = importing.read_export(OTHERS, "portal.csv", CHOSEN)
    assert export.unknown == ["N", "TELEFONO"]
    [line] = export.lines()
    visit = judge().judge(line).visit
    assert visit is not None
    assert (visit["visitor_name"], visit["visit_on"]) == ("QUISPE INVENTADA ANA", date(2025, 2, 5))
    assert (visit["entry_at"], visit["exit_at"]) == (
        lima("2025-02-05 23:30"),
        lima("2025-02-06 00:40"),
    )
    assert (visit["document_type"], visit["document_number"]) == ("DNI", "00000501")
    assert [visit[f"official_{one}"] for one in ("name", "unit", "post")] == [
        *("ROJAS", "OBRAS", "JEFE")
    ]


@pytest.mark.nightly
def test_the_user_chooses_columns_and_may_change_them_until_the_import(visited: Visited):
    content = table([row() | {"Asunto": "Otros - Entrega"}], [*ROW, "Asunto"])
    address = checked(visited, content, official="", motive="12")
    browser = visited.browser("administrator")
    page = browser.get(address).text
    assert "No se importan: «Funcionario visitado», «Motivo»." in page
    assert "«Asunto»: <strong>Motivo</strong>" in page
    assert visits(visited) == []
    assert 'value="12" selected' in browser.get(f"{address}/columnas").text
    browser.post(f"{address}/confirmar")
    [visit] = visits(visited)
    assert (visit.motive, visit.official_name) == ("Entrega", "")
    assert browser.get(f"{address}/columnas").location == address


def recorded(visited: Visited) -> None:
    """Record visits of every kind, one of them corrected since."""
    visited.visit(ago=90, stayed=30, observation="late", motive="=HYPERLINK('http://example.pe')")
    visited.visit(official="Gárate", kind="public", entity="Ministerio de Ejemplo - Lima")
    visited.visit(document_type="CE", document_number="000000502", category="interests")
    visited.visit(place="", kind="private", entity="Empresa Inventada S.A.C.")
    visited.correct(visits(visited)[0].id, visitor_name="QUISPE OTRA")


def opened(visited: Visited, without: Sequence[str] = (), **changed: str) -> bytes:
    """Return the register's *abierto* file, without some columns and with some cells changed."""
    with visited.reading() as session:
        here = visited.register(session)
        names = [label.name for label in labelled(OPEN, full=False)]
        query = select_of(OPEN, full=False).where(Visit.register_id == here.id)
        rows = [dict(zip(names, found, strict=True)) | changed for found in session.execute(query)]
    return table(rows, [name for name in names if name not in without])


@pytest.mark.nightly
@pytest.mark.parametrize(
    "without",
    [
        (),
        ("codigo",),
        ("codigo", "documento_tipo"),
        ("codigo", "representado_ruc", "sede"),
    ],
)
def test_our_own_open_file_is_the_same_visits(visited: Visited, without):
    recorded(visited)
    page = imported(visited, opened(visited, without))
    assert "Importamos 0\N{NO-BREAK SPACE}visitas." in page
    assert len(visits(visited)) == 4


@pytest.mark.nightly
def test_a_visit_of_ours_is_known_by_its_code_and_by_its_address(visited: Visited):
    recorded(visited)
    code = visits(visited)[0].code
    for written in (code, code.lower(), f"https://visitas.example.pe/visita/{code}"):
        content = opened(visited, codigo=written, visitante="NOMBRE DE OTRA")
        address = checked(visited, content)
        assert "Ya están en el registro" in visited.browser("administrator").get(address).text
        with visited.reading() as session:
            report = applying.check(
                session,
                visited.register(session),
                importing.read_export(content, "a.csv"),
                source="imported",
                at=calendar.now(),
            )
        assert report.outcomes["there"] == 4


@pytest.mark.nightly
def test_the_open_file_in_another_register_says_the_same(visited: Visited):
    recorded(visited)
    content = opened(visited)
    with visited.writing() as session:
        here = visited.register(session)
        twin = cast.entity(session, "E90007", name=here.entity.name, ruc=here.entity.ruc)
        there = environments.open_register(session, twin, "production", None)
        export = importing.read_export(content, "visitas.csv")
        report = applying.bring_in(
            session, there, export, source="imported", at=calendar.now(), by_id=None
        )
        assert report.visits == 4
        shown = select_of(OFFICIAL, full=False)
        both = [
            sorted(map(tuple, session.execute(shown.where(Visit.register_id == one.id))))
            for one in (here, there)
        ]
    assert both[0] == both[1]


@pytest.mark.nightly
def test_an_annulled_visit_is_not_imported_again(visited: Visited):
    recorded(visited)
    content = opened(visited, ("codigo",), estado="anulada", visitante="NUEVA INVENTADA")
    page = visited.browser("administrator").get(checked(visited, content)).text
    assert "El archivo dice que está anulada." in page
    assert "No hay nada que importar" in page
