"""Settings of an administrator, exports that are read, and a coordinator's statement."""

from __future__ import annotations

import io

import openpyxl
import pytest
from sqlalchemy import select

from app.base import calendar, files
from app.base.models import FileUse, LogEntry, Record, Register
from app.register.facts.values import Refused
from tests.app.posted import refused, refuses
from tests.app.visited import CODE, Visited
from tests.pages import CheckingClient

PRODUCTION = f"/registro/{CODE}/produccion/ajustes"
DEMO = f"/registro/{CODE}/demo/ajustes"
STATEMENT = f"/registro/{CODE}/demo/constatacion"
OTHER = {"act": "source", "source": "official_platform", "address": "https://visitas.example.org/c"}

HEADERS = (
    "Fecha de Registro",
    "Fecha de Visita",
    "Entidad visitada",
    "Visitante",
    "Documento del visitante",
    "Entidad del visitante",
    "Funcionario visitado",
    "Hora Ingreso",
    "Hora Salida",
    "Motivo",
    "Lugar específico",
    "Observación",
)


@pytest.fixture
def manager(visited: Visited) -> CheckingClient:
    """Return the administrator's browser."""
    return visited.browser("administrator")


def register(visited: Visited, environment: str = "production") -> Register:
    """Return a committed register."""
    with visited.reading() as session:
        found = visited.register(session, environment)
        session.expunge(found)
        return found


def kinds(visited: Visited) -> list[str]:
    """Return the log kinds of the registers, in order."""
    query = select(LogEntry.kind).where(LogEntry.kind.startswith("register."))
    return visited.all(query.order_by(LogEntry.id))[2:]


# The place of recording -----------------------------------------------------------------------


def test_where_the_entity_records_is_set_with_its_public_address(
    visited: Visited, manager: CheckingClient
):
    assert 'value="zaguan" checked' in manager.get(PRODUCTION).text
    assert manager.post(PRODUCTION, data=OTHER).status_code == 303
    found = register(visited)
    assert (found.source, found.source_address) == ("official_platform", OTHER["address"])
    assert register(visited, "demo").source == "zaguan", "each environment has its own"
    page = manager.get(PRODUCTION).text
    assert OTHER["address"] in page
    assert "Todavía no subiste ninguna" in page
    assert kinds(visited) == ["register.source_changed"]
    manager.post(PRODUCTION, data=OTHER)  # changes nothing
    assert kinds(visited) == ["register.source_changed"]
    assert "No cambiaste nada" in manager.get(PRODUCTION).text
    manager.post(PRODUCTION, data=OTHER | {"source": "zaguan"})
    found = register(visited)
    assert (found.source, found.source_address) == ("zaguan", "")


def test_an_impossible_source_or_action_is_refused_and_changes_nothing(
    visited: Visited, manager: CheckingClient, subtests: pytest.Subtests
):
    wrong = [
        ({"address": ""}, "Escribe la dirección pública"),
        ({"address": "javascript:alert(1)"}, "la dirección completa"),
    ]
    refuses(subtests, manager, PRODUCTION, OTHER, wrong)
    assert register(visited).source == "zaguan"
    assert kinds(visited) == []
    assert manager.post(PRODUCTION, data={"act": "delete"}).status_code == 400
    assert manager.post(PRODUCTION, data={"act": "documents"}).status_code == 404
    assert manager.post(PRODUCTION, data={"act": "export"}).status_code == 404


# Real documents in the demo -------------------------------------------------------------------


def test_a_demo_takes_real_documents_only_if_the_administrator_allows_it(
    visited: Visited, manager: CheckingClient
):
    assert "documentos reales" not in manager.get(PRODUCTION).text
    assert "documentos reales" in manager.get(DEMO).text
    with pytest.raises(Refused):
        visited.visit("demo", document_number="45678901")
    manager.post(DEMO, data={"act": "documents", "real_documents": "y"})
    assert register(visited, "demo").real_documents
    visited.visit("demo", document_number="45678901")
    assert "checked" in manager.get(DEMO).text.partition("real_documents")[2][:200]
    manager.post(DEMO, data={"act": "documents"})
    with pytest.raises(Refused):
        visited.visit("demo", document_number="45678902")
    assert kinds(visited) == ["register.real_documents", "register.real_documents"]


# Exports --------------------------------------------------------------------------------------


def workbook(*visits: tuple[str, ...], entity: str = "") -> bytes:
    """Return an export of the official platform: a title, the headings, and the visits."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Registro de visitas en línea"])
    sheet.append(list(HEADERS))
    for day, entry, left, observation in visits:
        sheet.append(
            [
                f"{day} {left or entry}",
                day,
                entity,
                "QUISPE INVENTADA ANA",
                "DNI 00000501",
                "Persona natural - a titulo personal",
                "ROJAS EJEMPLO JORGE - LOGÍSTICA - JEFE",
                entry,
                left,
                "Reunión de trabajo - Coordinación",
                "Oficina 201",
                observation,
            ]
        )
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def upload(manager: CheckingClient, content: bytes, name: str = "Reporte de visitas.xlsx"):
    """Upload an export."""
    data = {"act": "export", "export": (io.BytesIO(content), name)}
    return manager.post(PRODUCTION, data=data, content_type="multipart/form-data")


def name_of(visited: Visited) -> str:
    """Return the entity's name, as in the catalogue."""
    with visited.reading() as session:
        return visited.register(session).entity.name


LATE = "Registro extemporáneo"


@pytest.mark.nightly
def test_an_export_is_stored_read_and_counted(visited: Visited, manager: CheckingClient):
    manager.post(PRODUCTION, data=OTHER)
    content = workbook(
        ("20/02/2026", "09:00", "09:30", ""),
        ("23/02/2026", "10:00", "", ""),
        ("24/02/2026", "10:00", "11:00", LATE),
        entity=name_of(visited),
    )
    assert upload(manager, content).status_code == 303
    (record,) = visited.all(select(Record).where(Record.name == "production_export"))
    (use,) = visited.all(select(FileUse))
    assert {key: record.data[key] for key in ("visits", "late_entries", "first_on", "last_on")} == {
        "visits": 2,
        "late_entries": 1,
        "first_on": "2026-02-20",
        "last_on": "2026-02-24",
    }
    assert record.data["file"] == use.id
    assert (use.kind, use.name) == (files.VISITS, "exportacion.xlsx")
    with visited.app.app_context():
        assert files.path_of(use.sha256).read_bytes() == content
    page = manager.get(PRODUCTION).text
    assert "2\xa0visitas con ingreso y salida" in page or "2 visitas con ingreso y salida" in page
    assert kinds(visited)[-1] == "register.export_read"


@pytest.mark.nightly
def test_visits_from_before_the_register_was_opened_count_for_nothing(
    visited: Visited, manager: CheckingClient
):
    manager.post(PRODUCTION, data=OTHER)
    old = ("20/02/2016", "09:00", "09:30", LATE)
    answer = upload(manager, workbook(old))
    assert answer.status_code == 422
    assert "antes del 1 de enero de 2025" in answer.text
    assert upload(manager, workbook(old, ("20/02/2026", "09:00", "09:30", ""))).status_code == 303
    (record,) = visited.all(select(Record))
    counted = (record.data["visits"], record.data["late_entries"], record.data["earlier"])
    assert counted == (1, 0, 1)
    assert record.data["first_on"] == "2026-02-20"
    assert "desde el 1 de enero de 2025" in manager.get(PRODUCTION).text


@pytest.mark.nightly
def test_a_file_that_is_no_export_is_refused_with_a_sentence(
    visited: Visited, manager: CheckingClient, subtests: pytest.Subtests
):
    manager.post(PRODUCTION, data=OTHER)
    for content, name in (
        (b"", "vacio.xlsx"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "viejo.xlsx"),
        (b"PK\x03\x04 no es un libro", "roto.xlsx"),
        (b"a,b,c\n1,2,3\n", "otra-cosa.csv"),
    ):
        with subtests.test(name):
            assert "export" in refused(upload(manager, content, name))
    without = manager.post(PRODUCTION, data={"act": "export"})
    assert "Elige el archivo" in refused(without)["export"]
    assert visited.all(select(FileUse)) == []


def test_an_export_of_another_entity_is_refused_and_not_stored(
    visited: Visited, manager: CheckingClient
):
    manager.post(PRODUCTION, data=OTHER)
    content = workbook(("20/02/2026", "09:00", "09:30", ""), entity="MUNICIPALIDAD DE OTRO LUGAR")
    answer = upload(manager, content)
    assert answer.status_code == 422
    assert "otra entidad" in answer.text
    assert visited.all(select(FileUse)) == []
    assert visited.all(select(Record)) == []


# A coordinator's statement --------------------------------------------------------------------

SEEN = {
    "saw": "Vi las visitas en su pantalla, por videollamada.",
    "why": "Su demo no guarda quién registró.",
    "operators": "2",
    "searches": "1",
}


@pytest.fixture
def elsewhere(visited: Visited) -> Visited:
    """Return an entity that records in another system."""
    with visited.writing() as session:
        for environment in ("demo", "production"):
            visited.register(session, environment).source = "own_system"
    return visited


def test_there_is_no_statement_about_zaguans_own_register(visited: Visited):
    for env, sentence in [
        ("demo", "cuenta él mismo la prueba"),
        ("produccion", "muestra él mismo lo que la entidad"),
    ]:
        coordinator, address = visited.browser("sgtd"), f"/registro/{CODE}/{env}/constatacion"
        page = coordinator.get(address)
        assert page.status_code == 200
        assert sentence in page.text
        assert "Dejar la constatación" not in page.text
        said = SEEN | {"published": "without_visits", "published_on": "27/02/2026"}
        answer = coordinator.post(address, data=said)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert visited.all(select(Record)) == []


def test_a_coordinator_states_what_was_seen_with_the_reason(elsewhere: Visited):
    coordinator = elsewhere.browser("sgtd")
    assert coordinator.post(STATEMENT, data=SEEN).status_code == 303
    (record,) = elsewhere.all(select(Record))
    (entry,) = elsewhere.all(select(LogEntry).where(LogEntry.kind == "register.stated"))
    assert record.name == "demo_statement"
    assert record.data["figures"] == {"operators": 2, "searches": 1}
    assert record.data["by"]
    assert record.data["why"] == SEEN["why"] == entry.data["why"]
    assert SEEN["saw"] in coordinator.get(STATEMENT).text
    assert (
        f"Constatación de {record.data['by']}" in elsewhere.browser("administrator").get(DEMO).text
    )


@pytest.mark.nightly
def test_an_incomplete_or_impossible_statement_is_refused(
    elsewhere: Visited, subtests: pytest.Subtests
):
    wrong = [
        ({"saw": ""}, "Escribe qué constataste"),
        ({"why": ""}, "Escribe por qué"),
        ({"why": "así"}, "al menos 10"),
        ({"operators": "", "searches": ""}, "al menos una"),
        ({"operators": "-1"}, "de 0 a 5000"),
        ({"operators": "6000"}, "de 0 a 5000"),
        ({"saw": "Vi \u202eotra cosa"}, "no son letras"),
        ({"saw": "x" * 10_000}, "2000 caracteres"),
    ]
    refuses(subtests, elsewhere.browser("sgtd"), STATEMENT, SEEN, wrong)
    assert elsewhere.all(select(Record)) == []


def test_a_statement_about_production_has_what_was_published_and_its_day(
    elsewhere: Visited,
):
    address = STATEMENT.replace("demo", "produccion")
    said = SEEN | {"published": "without_visits", "published_on": "27/02/2026"}
    coordinator = elsewhere.browser("sgtd")
    for day, sentence in (
        ("03/03/2026", "todavía no llega"),
        ("31/12/2024", "empezó el 1 de enero de 2025"),
    ):
        answer = coordinator.post(address, data=said | {"published_on": day})
        assert answer.status_code == 422
        assert sentence in answer.text
    with elsewhere.writing() as session:
        entity_id, data = elsewhere.register(session).entity_id, {"go_live_on": "2026-02-27"}
        session.add(Record(entity_id=entity_id, name="production", data=data, at=calendar.now()))
    before = coordinator.post(address, data=said | {"published_on": "26/02/2026"})
    assert "empezó el 27 de febrero de 2026" in before.text
    assert coordinator.post(address, data=said).status_code == 303
    (record,) = elsewhere.all(select(Record).where(Record.name != "production"))
    assert (record.name, record.data["published_on"]) == ("production_statement", "2026-02-27")
