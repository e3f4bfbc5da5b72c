"""Rows of past visits: the meaning of each cell, remarks, and refusals."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from app.register import importing
from app.register.importing import parts
from app.register.importing.judging import Judge, Judged, Own
from app.register.importing.sentences import REFUSALS, REMARKS
from tests.app.register.importing.past_files import NAME, row, table
from tests.app.visited import lima

NOW = lima("2026-03-02 08:00")


def judged(**changed) -> Judged:
    """Judge a row of the official export with some cells changed."""
    [line] = importing.read_export(table([row(**changed)]), "a.csv").lines()
    found = judge().judge(line)
    assert judge().day_of_visit(line) == (found.visit["visit_on"] if found.visit else None)
    return found


def judge(**own) -> Judge:
    names = Own(**({"name": NAME, "acronym": "MDE", "ruc": "20131370301"} | own))
    return Judge(names, NOW, frozenset({"midis"}))


def test_a_valid_row_is_a_visit_without_remarks():
    found = judged()
    assert found.codes == []
    assert found.visit == {
        "visit_on": date(2025, 2, 5),
        "entry_at": lima("2025-02-05 09:15"),
        "exit_at": lima("2025-02-05 10:05"),
        "exit_state": "left",
        "visitor_name": "QUISPE INVENTADA ANA",
        "document_type": "DNI",
        "document_number": "00000501",
        "visitor_kind": "private",
        "visitor_entity": "EMPRESA INVENTADA S.A.C.",
        "visitor_entity_ruc": "",
        "official_name": "ROJAS EJEMPLO JORGE",
        "official_unit": "LOGÍSTICA",
        "official_post": "JEFE",
        "category": "work",
        "motive": "Coordinación de un convenio",
        "interest": False,
        "site": "",
        "place": "Oficina 201",
        "observation": "",
        "group_code": "",
        "recorded_at": lima("2025-02-05 00:00"),
    }


def test_a_day_is_read_in_every_usual_format_and_an_impossible_one_is_not_guessed():
    usual: list[Any] = [
        *("05/02/2025", "5/2/2025", "05-02-2025", "05.02.2025", "2025-02-05", "2025/02/05"),
        *("05/02/25", "05/02/2025 00:00:00", "2025-02-05T09:15:00", "45693", date(2025, 2, 5)),
        *(lima("2025-02-05 09:15"), 45693, 45693.4),
    ]
    for written in usual:
        assert parts.day_of(written) == date(2025, 2, 5)
    impossible: list[Any] = ["", "ayer", "31/02/2025", "02/31/2025", "7", True, 7, "5/2"]
    for written in impossible:
        assert parts.day_of(written) is None


def test_an_hour_is_read_however_it_is_written_and_an_impossible_one_is_not_guessed():
    usual: list[Any] = [
        *("14:05", "14:05:00", "14.05", "14h05", "14:05 hrs", "14:05 horas", "2:05 p. m."),
        *("02:05 PM", "2:05 p.m.", "02:05\N{NO-BREAK SPACE}p.\N{NO-BREAK SPACE}m.", "14:05 p.m."),
        *("14:05:00.000", "05/02/2025 14:05", time(14, 5), lima("2025-02-05 14:05"), 845 / 1440),
    ]
    for written in usual:
        assert parts.hour_of(written) == time(14, 5)
    assert parts.hour_of("12:05 a. m.") == time(0, 5)
    assert parts.hour_of("12:05 p. m.") == time(12, 5)
    assert parts.hour_of("08:48:31") == time(8, 48, 31)
    impossible: list[Any] = ["", "25:00", "14:75", "tarde", "1405", 14, 1.5, True]
    for written in impossible:
        assert parts.hour_of(written) is None


def test_a_document_is_read_for_what_it_is():
    for written, document, said in [
        ("DNI 12345678", ("DNI", "12345678"), ""),
        ("DNI:12345678", ("DNI", "12345678"), ""),
        ("D.N.I. N° 12345678", ("DNI", "12345678"), ""),
        ("dni 12345678-9", ("DNI", "12345678"), ""),
        ("DNI/LE 12345678", ("DNI", "12345678"), ""),
        ("LE 12345678", ("DNI", "12345678"), ""),
        ("DNI 1234567", ("DNI", "01234567"), "document_padded"),
        ("1234567", ("DNI", "01234567"), "document_padded"),
        ("12345678", ("DNI", "12345678"), "document_untyped"),
        ("DNI 123456789", ("OTROS", "123456789"), "document_other"),
        ("DNI 4321", ("DNI", "00004321"), "document_padded"),
        ("4321", ("DNI", "00004321"), "document_padded"),
        ("7", ("DNI", "00000007"), "document_padded"),
        ("OTROS 4321", ("OTROS", "4321"), ""),
        ("CE 001234567", ("CE", "001234567"), ""),
        ("CARNET 001234567", ("CE", "001234567"), ""),
        ("CARNÉ DE EXTRANJERÍA 001234567", ("CE", "001234567"), ""),
        ("CARNET 778", ("OTROS", "778"), "document_other"),
        ("PASAPORTE AB12345", ("PASAPORTE", "AB12345"), ""),
        ("OTROS 998-A", ("OTROS", "998A"), ""),
        ("CEDULA 1712345678", ("OTROS", "1712345678"), ""),
        ("AB1234", ("OTROS", "AB1234"), "document_untyped"),
        ("DNI *****678", ("DNI", "*****678"), "document_masked"),
        ("", ("", ""), "no_document"),
        ("DNI", ("", ""), "no_document"),
        ("DNI 00000000", ("", ""), "no_document"),
        ("NO PORTABA", ("", ""), "no_document"),
        ("OTROS " + "9" * 40, ("", ""), "document_long"),
        ("OTROS: PTP 001234567", ("OTROS", "001234567"), ""),
        ("OTROS: CARNET UNIVERSITARIO 20231234", ("OTROS", "20231234"), ""),
        ("Otros : AB123456", ("OTROS", "AB123456"), ""),
        ("OTROS: *****567", ("OTROS", "*****567"), "document_masked"),
        ("OTROS: CARNET DE PNP 20231234", ("OTROS", "20231234"), ""),
        ("OTROS: Permiso temporal de permanencia N° 00123", ("OTROS", "00123"), ""),
        ("Cédula de identidad 123456-7", ("OTROS", "1234567"), ""),
    ]:
        assert parts.document_of(written) == (document, said)


def test_an_official_is_unpacked_with_the_post_from_the_right():
    for written, official_parts in [
        ("ROJAS JORGE - LOGÍSTICA - JEFE", ("ROJAS JORGE", "LOGÍSTICA", "JEFE")),
        (
            "ROJAS JORGE - OBRAS - ESTUDIOS - JEFE",
            ("ROJAS JORGE", "OBRAS - ESTUDIOS", "JEFE"),
        ),
        ("ROJAS JORGE -  - JEFE", ("ROJAS JORGE", "", "JEFE")),
        ("ROJAS JORGE - LOGÍSTICA - ", ("ROJAS JORGE", "LOGÍSTICA", "")),
        ("ROJAS JORGE - LOGÍSTICA", ("ROJAS JORGE", "LOGÍSTICA", "")),
        ("ROJAS-PÉREZ JORGE", ("ROJAS-PÉREZ JORGE", "", "")),
    ]:
        assert parts.official_of(written) == official_parts


def test_the_represented_entity_is_read():
    for written, found, said in [
        ("Entidad pública - MIDIS", ("public", "MIDIS"), ""),
        ("ENTIDAD PUBLICA - MIDIS - CUSCO", ("public", "MIDIS - CUSCO"), ""),
        ("Entidad privada - BETA S.A.", ("private", "BETA S.A."), ""),
        ("Persona natural - a titulo personal", ("self", ""), ""),
        ("PARTICULAR", ("self", ""), ""),
        ("MIDIS", ("public", "MIDIS"), "kind_found"),
        ("BETA S.A.", ("private", "BETA S.A."), "kind_unsaid"),
        ("---", ("self", ""), "own_unsaid"),
    ]:
        assert parts.represented(written, frozenset({"midis"})) == (found, said)


def test_a_motive_may_name_its_category():
    for written, found, said in [
        ("Gestión de intereses - Una obra", ("interests", "Una obra"), ""),
        ("PROVISION DE SERVICIOS - Limpieza - piso 2", ("services", "Limpieza - piso 2"), ""),
        ("REUNION DE TRABAJO", ("work", ""), ""),
        ("REUNION CON EL ALCALDE", ("work", "REUNION CON EL ALCALDE"), ""),
        ("GESTION ADMINISTRATIVA", ("other", "GESTION ADMINISTRATIVA"), "category_unsaid"),
        ("PROVEEDOR DE BIENES", ("services", "PROVEEDOR DE BIENES"), ""),
        ("Otros - Lectura", ("other", "Lectura"), ""),
        ("OTROS: Entrega de documentos", ("other", "Entrega de documentos"), ""),
        ("Otro: trámite", ("other", "trámite"), ""),
        ("REUNIÓN DE TRABAJO: convenio", ("work", "convenio"), ""),
        ("Gestión de intereses : licencia", ("interests", "licencia"), ""),
        ("", ("other", ""), "no_motive"),
    ]:
        assert parts.motive_of(written) == (found, said)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Hora_Salida": ""}, "no_exit"),
        ({"Hora_Salida": "tarde"}, "exit_unread"),
        ({"Hora_Salida": "08:00"}, "exit_early"),
        ({"Fecha_de_Visita": "02/03/2026", "Hora_Ingreso": "07:00"}, "exit_ahead"),
        ({"Hora_Ingreso": "-"}, "no_entry"),
        ({"Hora_Ingreso": "99:99"}, "entry_unread"),
        ({"Funcionario_visitado": ""}, "no_official"),
        ({"Observación": "Llegó con lluvia"}, "observation_unknown"),
        ({"Fecha_de_Registro": "01/01/2025"}, "recorded_unread"),
        ({"Fecha_de_Registro": "01/01/2027"}, "recorded_unread"),
        ({"Visitante": "QUISPE \u202eINVENTADA\x07 ANA"}, "marks"),
        ({"Motivo": "Otros - " + "x" * 400}, "cut_motive"),
        ({"Lugar_específico": "x" * 400}, "cut_place"),
    ],
)
def test_a_small_fault_is_imported_with_a_remark(changed, code):
    found = judged(**changed)
    assert found.visit is not None
    assert code in found.codes
    assert set(found.codes) <= set(REMARKS)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"Visitante": ""}, "no_visitor"),
        ({"Visitante": "--"}, "no_visitor"),
        ({"Visitante": "12345"}, "no_visitor"),
        ({"Fecha_de_Visita": ""}, "no_day"),
        ({"Fecha_de_Visita": "31/02/2025"}, "day_unread"),
        ({"Fecha_de_Visita": "03/03/2026"}, "day_ahead"),
        ({"Fecha_de_Visita": "31/12/2004"}, "day_early"),
        ({"Fecha_de_Visita": "02/03/2026", "Hora_Ingreso": "09:00"}, "entry_ahead"),
        ({"Entidad_visitada": "MINISTERIO DE SALUD"}, "other_entity"),
        ({"Motivo": "x" * 10_000}, "too_long"),
        ({"Visitante": "QUISPE " * 40}, "name_long"),
        ({"Funcionario_visitado": "ROJAS " * 40}, "name_long"),
    ],
)
def test_a_row_that_is_no_visit_is_refused_with_a_reason(changed, code):
    found = judged(**changed)
    assert (found.visit, found.codes) == (None, [code])
    assert code in REFUSALS


def test_an_exit_is_of_its_own_day_and_never_invented():
    for entry, written, exit_at, codes in [
        ("23:30", "06/02/2025 00:40", lima("2025-02-06 00:40"), []),
        ("23:30", "2025-02-06 00:40:00", lima("2025-02-06 00:40"), []),
        ("23:30", "00:40", None, ["exit_early"]),
        ("23:30", "05/02/2025 00:40", None, ["exit_early"]),
        ("23:30", "04/02/2025 00:40", None, ["exit_early"]),
        ("09:15", "07/02/2025 10:00", None, ["exit_days_later"]),
        ("09:15", "", None, ["no_exit"]),
        ("09:15", "x", None, ["exit_unread"]),
    ]:
        found = judged(Hora_Ingreso=entry, Hora_Salida=written)
        assert found.visit is not None
        assert (found.visit["exit_at"], found.codes) == (exit_at, codes)
        assert found.visit["exit_state"] == ("left" if exit_at else "unknown")


def test_control_characters_are_removed_and_formulas_stay_text():
    visit = judged(
        Visitante="QUISPE \u202eINVENTADA\x07 ANA", Motivo='\'=HYPERLINK("http://example.pe")'
    ).visit
    assert visit is not None
    assert visit["visitor_name"] == "QUISPE INVENTADA ANA"
    assert visit["motive"] == '=HYPERLINK("http://example.pe")'


def test_a_row_names_its_entity_by_ruc_or_name():
    for ruc, name, is_own in [
        ("20131370301", "Como sea", True),
        ("20131367938", NAME, False),
        ("", NAME.upper(), True),
        ("", "MUNICIPALIDAD DISTRITAL EJEMPLO 1", True),
        ("", f"MDE - {NAME}", True),
        ("", "MDE", True),
        ("", "Municipalidad Distrital de Ejemplo 2", False),
        ("", "", True),
    ]:
        assert Own(NAME, "MDE", "20131370301").is_meant(ruc, name) is is_own
