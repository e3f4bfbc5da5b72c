"""Files of visits as portals write them: every heading is known, or named before the import."""

from __future__ import annotations

import csv
import io
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
from tests.app.register.importing.test_judging import judge, judged
from tests.app.visited import Visited, lima

#: Headings as ministries, regions and municipalities wrote them → content of the column.
OF_PORTALS = {
    "N° DE DOCUMENTO": "document_number",
    "NOMBRE DEL TRABAJOR": "official",
    "N°": headings.UNUSED,
    "Nro. Doc. Identidad": "document_number",
    "TIPO DOC.": "document_type",
    "DOC. DE IDENTIDAD": "document",
    "DNI": "document",
    "APELLIDOS Y NOMBRES": "visitor",
    "Nombres y Apellidos del Visitante": "visitor",
    "NOMBRE DEL VISITANTE:": "visitor",
    "Institución / Empresa": "visitor_entity",
    "ENTIDAD DE PROCEDENCIA": "visitor_entity",
    "Empresa o Institución que representa": "visitor_entity",
    "EMPLEADO PÚBLICO": "official",
    "FUNCIONARIO QUE VISITA": "official",
    "Servidor(a) visitado(a)": "official",
    "Persona a quien visita": "official",
    "OFICINA / CARGO": "unit",
    "Dependencia": "unit",
    "HORA ING.": "entry",
    "Fecha y hora de ingreso": "entry",
    "Hora de Ingeso": "entry",
    "HORA SAL.": "exit",
    "Hora de egreso": "exit",
    "MOTIVO DE LA VISTA": "motive",
    "Asunto": "motive",
    "LUGAR ESPECIFICO DE REUNIÓN": "place",
    "Sede": "site",
    "OBS.": "observation",
    "FECHA_VISITA": "visit_on",
    "Entidad visitad": "entity",
    "Documento del visitado": "",  # of the official, not of the visitor
    "N° de documento del funcionario": "",
    "Dependencia del visitante": "",
    "Nombre del visitante 2": "",
    "Resultado de la visita": "",  # no «estado»
    "Teléfono": "",
    "Hora": "",
}


def test_headings_of_portals_are_known_and_written_as_headings_are_compared():
    for heading, name in OF_PORTALS.items():
        assert headings.names_of([heading]) == (name,)
    for heading, name in headings.NAMES.items():
        assert headings.canonical(heading) == heading
        assert name in headings.LABELS or name == headings.UNUSED


def test_all_our_own_columns_are_known_and_none_comes_twice():
    for shape in (OPEN, OFFICIAL):
        names = headings.names_of([column.name for column in shape])
        assert "" not in names


def test_a_bare_entity_is_that_of_the_columns_before_it():
    for columns, name in [
        ("Fecha,Visitante,Documento,Entidad,Motivo", "visitor_entity"),
        ("Fecha,Nombre del visitante,N° documento,Entidad,Funcionario", "visitor_entity"),
        ("Fecha,Entidad,Visitante,Documento,Funcionario", "entity"),
        ("Fecha,Visitante,Entidad del visitante,Documento,Entidad", "entity"),
    ]:
        heads = columns.split(",")
        assert headings.names_of(heads)[heads.index("Entidad")] == name


def portal(heads: Sequence[str], *cells: str) -> importing.Export:
    target = io.StringIO()
    csv.writer(target).writerows([heads, cells])
    return importing.read_export(target.getvalue().encode(), "portal.csv")


def test_a_table_of_a_portal_is_a_visit_with_nothing_lost():
    export = portal(
        "N°,FECHA,VISITANTE,TIPO DOC.,N° DE DOCUMENTO,ENTIDAD,MOTIVO,NOMBRE DEL TRABAJOR,"
        "OFICINA,CARGO,HORA ING.,HORA SAL.,TELÉFONO".split(","),
        *("1", "05/02/2025", "QUISPE INVENTADA ANA", "DNI", "00000501", "EMPRESA INVENTADA"),
        *("OTROS: entrega de muestras", "ROJAS EJEMPLO JORGE", "LOGÍSTICA", "JEFE"),
        *("23:30", "06/02/2025 00:40", "999"),
    )
    assert export.unknown == ["TELÉFONO"]
    [line] = export.lines()
    visit = judge().judge(line).visit
    assert visit is not None
    assert visit["document_number"] == "00000501"
    assert visit["visitor_entity"] == "EMPRESA INVENTADA"
    assert visit["official_name"] == "ROJAS EJEMPLO JORGE"
    assert visit["official_post"] == "JEFE"
    assert (visit["category"], visit["motive"]) == ("other", "entrega de muestras")
    assert visit["exit_at"] == lima("2025-02-06 00:40")


def test_names_in_three_columns_and_a_day_in_the_entry_are_read():
    export = portal(
        "Apellido Paterno,Apellido Materno,Nombres,DNI,Fecha y hora de ingreso".split(","),
        *("QUISPE", "INVENTADA", "ANA", "00000501", "05/02/2025 09:15"),
    )
    [line] = export.lines()
    visit = judge().judge(line).visit
    assert visit is not None
    assert visit["visitor_name"] == "QUISPE INVENTADA ANA"
    assert (visit["visit_on"], visit["entry_at"]) == (date(2025, 2, 5), lima("2025-02-05 09:15"))


@pytest.mark.nightly
def test_the_page_names_the_columns_that_are_not_known_before_it_imports(visited: Visited):
    content = table([row() | {"Teléfono": "1"}], [*ROW, "Teléfono", "Vehículo"])
    address = checked(visited, content)
    page = visited.browser("administrator").get(address).text
    assert "No se importan: «Teléfono», «Vehículo»." in page
    assert "«Visitante»: <strong>Visitante</strong>" in page
    assert visits(visited) == []
    assert "«Teléfono»" in imported(visited, content, "otra.csv")


# Exits that are of the next day, encodings, and others -----------------------------------------


def test_an_exit_that_carries_the_next_day_is_an_exit():
    for written in ["06/02/2025 00:40", "2025-02-06 00:40:00", "06-02-2025 00:40"]:
        found = judged(Hora_Ingreso="23:30", Hora_Salida=written)
        assert found.visit is not None
        assert (found.visit["exit_at"], found.codes) == (lima("2025-02-06 00:40"), [])


def test_an_exit_before_its_entry_is_none_where_it_says_no_later_day():
    for written in ["00:40", "05/02/2025 00:40", "04/02/2025 00:40"]:
        found = judged(Hora_Ingreso="23:30", Hora_Salida=written)
        assert found.visit is not None
        assert (found.visit["exit_at"], found.codes) == (None, ["exit_early"])


def test_an_exit_of_another_day_is_not_moved_to_the_day_of_the_visit():
    for written, code in [
        ("07/02/2025 10:00", "exit_days_later"),
        ("04/02/2025 10:00", "exit_early"),
    ]:
        found = judged(Hora_Salida=written)
        assert found.visit is not None
        assert (found.visit["exit_at"], found.codes) == (None, [code])


def test_a_text_is_read_in_utf_16_with_and_without_its_mark():
    for encoding in ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "cp1252"]:
        [line] = importing.read_export(
            table([ROW], encoding=encoding, delimiter="\t"), "a.txt"
        ).lines()
        assert line.cells["motive"] == ROW["Motivo"]


@pytest.mark.parametrize(
    ("written", "document"),
    [
        ("OTROS: PTP 001234567", ("OTROS", "001234567")),
        ("OTROS: CARNET UNIVERSITARIO 20231234", ("OTROS", "20231234")),
        ("Otros : AB123456", ("OTROS", "AB123456")),
        ("OTROS: *****567", ("OTROS", "*****567")),
        ("OTROS: CARNET DE PNP 20231234", ("OTROS", "20231234")),
        ("OTROS: Permiso temporal de permanencia N° 00123", ("OTROS", "00123")),
        ("Cédula de identidad 123456-7", ("OTROS", "1234567")),
    ],
)
def test_a_document_that_says_which_other_it_is_keeps_its_number(written, document):
    found = judged(Documento_del_visitante=written).visit
    assert found is not None
    assert (found["document_type"], found["document_number"]) == document


def test_a_motive_after_its_category_is_its_detail():
    for written, motive in [
        ("OTROS: Entrega de documentos", ("other", "Entrega de documentos")),
        ("Otro: trámite", ("other", "trámite")),
        ("REUNIÓN DE TRABAJO: convenio", ("work", "convenio")),
        ("Gestión de intereses : licencia", ("interests", "licencia")),
    ]:
        found = judged(Motivo=written)
        assert found.visit is not None
        assert (found.visit["category"], found.visit["motive"]) == motive
        assert "category_unsaid" not in found.codes


# Our own open data -----------------------------------------------------------------------------


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
    assert "no se reconoc" not in page
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
