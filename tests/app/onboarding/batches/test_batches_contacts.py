"""The import of contacts: what a file says, what it may change, and what it never undoes."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime, time

import pytest
import xlsxwriter

from app.base.models import Address, Mail
from app.people import addresses, mail
from tests.app import cast
from tests.app.mailroom.postbag import waiting
from tests.app.onboarding.batches.batched import (
    HEADINGS,
    NEW,
    bring,
    confirm,
    entities,
    entity_of,
    refused,
    row,
    rows_of,
    text,
)
from tests.app.together import together
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

OLD = "mesadepartes.e90001@example.pe"
NAMED = row(CODE, "ñandú@example.pe", authority="José Núñez Peña")
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def workbook(*rows, headings=HEADINGS, sheet: str = "Entidades") -> bytes:
    """Return the same as a workbook, with days as Excel stores them."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page = book.add_worksheet(sheet)
        page.write_row(0, 0, headings)
        for number, cells in enumerate(rows, 1):
            for place, cell in enumerate(cells):
                if isinstance(cell, date):
                    page.write_datetime(number, place, datetime.combine(cell, time()), day)
                else:
                    page.write(number, place, cell)
    return target.getvalue()


# Written rows ----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_contact_is_previewed_confirmed_and_logged_with_old_and_new_value(walk: Walk):
    client = walk.browser("sip")
    place = bring(
        client,
        text(row(CODE, "mp@example.pe", phone="01 555 0100", authority="Ana Quispe Ejemplo")),
    )
    page = client.get(place).text
    assert f"Correo: {OLD} → mp@example.pe. Teléfono: 01 555 0100." in page
    assert "Directorio, 1 de marzo de 2026" in page
    assert entity_of(walk, CODE).contact_email == OLD
    page = confirm(client, place, 1)
    assert "Se guardó." in page
    entity = entity_of(walk, CODE)
    assert (entity.contact_email, entity.phone) == ("mp@example.pe", "01 555 0100")
    assert (entity.contact_authority, entity.contact_source) == ("Ana Quispe Ejemplo", "Directorio")
    assert entity.contact_on == date(2026, 3, 1)
    (entry,) = walk.entries("entity.contact_changed")
    assert entry.data["changed"]["contact_email"] == [OLD, "mp@example.pe"]
    history = client.get(f"/entidades/{CODE}/historial").text
    assert f"correo de la mesa de partes: {OLD} → mp@example.pe" in history
    assert "fecha del contacto: (vacío) → 1 de marzo de 2026" in history


@pytest.mark.nightly
def test_an_empty_cell_keeps_the_stored_value(walk: Walk):
    client = walk.browser("sip")
    cells = row(CODE, phone="044 555 0100")
    cells[1] = ""
    confirm(client, bring(client, text(cells)), 1)
    assert entity_of(walk, CODE).contact_email == OLD
    assert entity_of(walk, CODE).phone == "044 555 0100"


@pytest.mark.nightly
@pytest.mark.parametrize(
    "content",
    [
        text(NAMED, delimiter=";"),
        text(NAMED).decode().encode("cp1252"),
        text(NAMED).decode().encode("utf-16"),
        text(
            NAMED, headings=("CODIGO", "CORREO", "TELEFONO", "ALCALDE", "ORIGEN", "FECHA DEL DATO")
        ),
        text(
            NAMED,
            headings=("código_entidad", "E-mail", "Teléfonos", "Autoridad:", "source", "date"),
        ),
    ],
)
def test_files_of_different_programs_and_with_other_headings_are_read(walk: Walk, content: bytes):
    client = walk.browser("sip")
    confirm(client, bring(client, content), 1)
    entity = entity_of(walk, CODE)
    assert [entity.contact_email, entity.contact_authority] == [NAMED[1], NAMED[3]]


@pytest.mark.nightly
def test_a_workbook_is_read_with_its_days_and_numbers(walk: Walk):
    client = walk.browser("sip")
    cells = [CODE, "mp@example.pe", 15550100, "", "Lista", date(2026, 2, 27)]
    confirm(client, bring(client, workbook(cells), "contactos.xlsx"), 1)
    entity = entity_of(walk, CODE)
    assert (entity.phone, entity.contact_on) == ("15550100", date(2026, 2, 27))


def test_the_template_can_be_read_back(walk: Walk):
    client = walk.browser("sip")
    template = client.get(f"{NEW}/plantilla.xlsx")
    assert template.status_code == 200
    page = refused(client, template.data, "contactos.xlsx")
    assert "no tiene ninguna fila debajo de los encabezados" in page


# Refused rows ----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_wrong_rows_do_not_stop_the_others(walk: Walk):
    wanted = entities(walk, 4)
    client = walk.browser("sip")
    bad = [
        row("E99999"),
        row("", "x@example.pe"),
        row(wanted[0], "no es un correo", phone="12"),
        row(wanted[0], "otra@example.pe"),
    ]
    bad[2][4] = ""
    place = bring(client, text(*bad, *(row(code) for code in wanted[1:]), row(wanted[2])))
    page = client.get(place).text
    assert "Vas a guardar el contacto de 3\xa0entidades." in page
    for sentence in (
        "No hay ninguna entidad con el código E99999.",
        "Falta el código.",
        "El correo no está completo. El teléfono no es uno: son de 6 a 15 dígitos. Falta la",
        "Repite la entidad de la fila 4.",
        "Repite la entidad de la fila 7.",
    ):
        assert sentence in page, sentence
    confirm(client, place, 3)
    found = [one.result for one in rows_of(walk, place)]
    assert found == ["refused"] * 4 + ["done"] * 3 + ["refused"]
    assert entity_of(walk, wanted[0]).contact_email == OLD
    assert len(walk.entries("entity.contact_changed")) == 3


def test_a_wrong_row_has_a_reason(walk: Walk):
    client = walk.browser("sip")
    for name, value, sentence in (
        ("on", "03/03/2026", "La fecha todavía no llega."),
        ("on", "ayer", "Escribe la fecha como día/mes/año."),
        ("on", "", "Falta la fecha."),
        ("source", "", "Falta la fuente."),
        ("authority", "Ana Quispe DNI 40000011", "No escribas números de documento"),
        ("authority", "a" * 200, "demasiadas letras"),
    ):
        page = client.get(bring(client, text(row(CODE, **{name: value})))).text
        assert sentence in page
        assert "No hay nada que hacer en este lote." in page
        assert "40000011" not in page


def test_an_older_list_does_not_undo_a_correction(walk: Walk):
    client = walk.browser("sip")
    said = {"email": "bien@example.pe", "source": "Llamada", "on": "02/03/2026"}
    client.post(f"/entidades/{CODE}/contactos/mesa-de-partes", data=said)
    page = client.get(bring(client, text(row(CODE, "mal@example.pe")))).text
    assert "Ya se conoce un contacto más reciente, del 2 de marzo de 2026." in page
    assert entity_of(walk, CODE).contact_email == "bien@example.pe"


@pytest.mark.nightly
def test_a_new_address_removes_the_notices_of_the_dead_one(walk: Walk):
    with walk.writing() as session:
        entity = cast.entity_of(session)
        for _ in range(2):
            letter = mail.Letter("activation", OLD, {"code": "X", "days": 60}, entity=entity)
            sent = mail.post(session, letter)
            assert isinstance(sent, Mail)
            sent.state = "sent"
            session.flush()
            addresses.note_bounce(session, sent, hard=True, text="no such user")
    assert waiting(walk)
    client = walk.browser("sip")
    again = bring(client, text(row(CODE, OLD, phone="01 555 0100")))
    assert "Teléfono: 01 555 0100." in client.get(again).text
    confirm(client, bring(client, text(row(CODE, "mp@example.pe"))), 1)
    assert waiting(walk) == []


def test_an_address_that_bounced_is_refused(walk: Walk):
    with walk.writing() as session:
        addresses.known_of(session, "muerto@example.pe").dead_at = datetime.fromisoformat(
            "2026-02-01T12:00:00+00:00"
        )
    client = walk.browser("sip")
    page = client.get(bring(client, text(row(CODE, "Muerto@example.pe")))).text
    assert "A ese correo no llegan mensajes" in page
    assert walk.get(Address, "muerto@example.pe").dead_at


# Twice, and at once ----------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_repeated_file_is_reported_and_changes_nothing(walk: Walk):
    wanted = entities(walk, 3)
    client = walk.browser("sip")
    content = text(*(row(code) for code in wanted), row("E95000"))
    first = bring(client, content)
    confirm(client, first, 3)
    said = {"email": "bien@example.pe", "source": "Llamada", "on": "02/03/2026"}
    client.post(f"/entidades/{CODE}/contactos/mesa-de-partes", data=said)
    second = bring(client, content, "otro nombre.csv")
    page = client.get(second).text
    assert "Este archivo ya se cargó el 2 de marzo de 2026." in page
    assert f'href="{first}"' in page
    assert page.count("Ya se hizo con este mismo archivo, el 2 de marzo de 2026.") == 3
    assert "No hay nada que hacer en este lote." in page
    assert client.post(f"{second}/confirmar", data={"cuantas": "0"}).status_code == 422
    assert entity_of(walk, CODE).contact_email == "bien@example.pe"


@pytest.mark.nightly
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_with_two_dry_runs_is_confirmed_once(walk: Walk, clock: Clock, which: int):
    wanted, client = entities(walk, 3), walk.browser("sip")
    content = text(*(row(code) for code in wanted))
    places = [bring(client, content) for _ in range(2)]
    done, other = places[which], places[1 - which]
    assert "Vas a guardar el contacto de 3\xa0entidades" in client.get(other).text
    clock.forward(minutes=5)
    confirm(client, done, 3)
    page = client.get(other).text
    assert "El mismo archivo se confirmó después de revisar este lote" in page
    for said in ("Lo que se hizo entonces no se repite", "Vas a guardar", "Se hará", "se harán"):
        assert said not in page
    answer = client.post(f"{other}/confirmar", data={"cuantas": "3"}, follow_redirects=True)
    assert "este ya no se hace" in answer.text
    assert [one.result for one in rows_of(walk, other)] == [""] * 3
    assert "se confirmó después" not in client.get(done).text
    assert client.post(f"{other}/descartar").status_code == 303
    assert "Lo que se hizo entonces no se repite" in client.get(bring(client, content)).text


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_same_file_confirmed_in_two_windows_is_done_once(walk: Walk):
    wanted = entities(walk, 4)
    clients = [walk.browser("sip"), walk.browser("sgtd")]
    content = text(*(row(code) for code in wanted))
    places = [bring(client, content) for client in clients]
    answers = together(
        *(
            lambda c=c, p=p: c.post(f"{p}/confirmar", data={"cuantas": "4"})
            for c, p in zip(clients, places, strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [303, 303], answers
    found = sorted(one.result for place in places for one in rows_of(walk, place))
    assert found == ["done"] * 4 + ["same"] * 4
    assert len(walk.entries("entity.contact_changed")) == 4


# Files that are none ---------------------------------------------------------------------------


def bomb() -> bytes:
    """Return a workbook of some kilobytes that unpacks to gigabytes."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(row(CODE)))) as good,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for part in good.infolist():
            bad.writestr(part.filename, good.read(part))
        bad.writestr("xl/media/x.bin", b"\0" * (70 * 1024 * 1024))
    return target.getvalue()


def test_anything_but_a_table_is_refused_with_a_message(walk: Walk):
    client = walk.browser("sip")
    for name, content, sentence in (
        ("a.csv", b"", "está vacío"),
        ("a.csv", b"  \n\n", "está vacío"),
        ("a.csv", text(), "no tiene ninguna fila"),
        ("a.csv", text(row(CODE), headings=("x", "y")), "No encontramos los encabezados"),
        ("a.csv", text(row(CODE), headings=HEADINGS[:4]), "Falta la columna «Fuente»"),
        ("a.csv", b'Codigo,Correo,Fuente,Fecha\nE90001,"a@b.pe,x,1/3/2026\nE2,b,c,d\n', "comillas"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "No pudimos leer el archivo"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + ENCRYPTED, "está protegido con contraseña"),
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "No pudimos leer el archivo"),
        ("a.csv", b"<html><table></table>", "página web con otro nombre"),
        ("a.pdf", b"%PDF-1.4", "debe ser .xlsx o .csv"),
        ("a.csv", b"E\0\0\0" * 40, "debe ser .xlsx o .csv"),
        ("a.xlsx", bomb(), "demasiado grande al abrirlo"),
        ("a.csv", text(*([row("E1")] * 5001)), "se leen hasta 5 000 filas"),
        ("a.csv", b"x" * (10 * 1024 * 1024 + 1), "pesa más de 10 MB"),
    ):
        assert sentence in refused(client, content, name), sentence
    answer = client.post(NEW, data={})
    assert (answer.status_code, "Elige el archivo." in answer.text) == (422, True)
    assert "Todavía no hay lotes" in client.get("/entidades/lotes").text


# The report ------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_report_has_every_row_and_no_formula(walk: Walk):
    client = walk.browser("sip")
    place = bring(client, text(row(CODE, "mp@example.pe"), row("=1+1"), row("E12345")))
    confirm(client, place, 1)
    answer = client.get(f"{place}/informe.csv")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["Fila", "Código", "Entidad", "Resultado", "Detalle", "Cuándo"]
    assert [line[3] for line in lines[1:]] == ["Hecho", "No se hizo", "No se hizo"]
    assert lines[1][:2] == ["2", CODE]
    assert not any(cell.startswith("=") for line in lines for cell in line)
