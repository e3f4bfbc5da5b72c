"""Rosters are read from the files that people have; every error names its row and column."""

import io
import time
import zipfile

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from werkzeug.datastructures import FileStorage, MultiDict

from forms import Page, StepForm
from forms.drafts import Unusable, as_formdata, errors_of, merge
from forms.fields import TextField
from forms.fields.personnel import COLUMNS, problems_of, tidy_row
from forms.fields.roster import RosterField
from forms.fields.roster_template import template_workbook
from forms.fields.sheets import UNPACKED, Unreadable, read_file, read_text
from forms.shapes.roster_steps import compare


class Form(StepForm):
    unit = TextField("Unidad")
    roster = RosterField("Relación", defaults={"unit": "unit"})


PAGE = Page("a", "A", ("unit", "roster"))
HEAD = "Tipo de documento;Número de documento;Nombres;Apellidos;Cargo;Unidad;Sede;Correo;Perfil"
ANA = "DNI;00000101;Ana;Quispe Ejemplo;Recepcionista;Administración;Central;a@example.pe;Operador"
LUIS = "DNI;00000102;Luis;Díaz Ejemplo;Jefe;Administración;Central;;Funcionario visitado"


def row(line=ANA):
    return read_text(f"{HEAD}\n{line}")[0]


def post(*pairs, draft=(), **files):
    uploads = MultiDict({f"roster-{key}": value for key, value in files.items()})
    return merge(Form, PAGE, draft, MultiDict(pairs), uploads, lambda *_: None)


def form_of(draft):
    return Form(MultiDict(draft))


def rows_of(draft):
    return form_of(draft).roster.rows


def stored(content, name):
    return FileStorage(io.BytesIO(content), name)


def workbook(lines, sheet="Hoja1"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(line)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def ods(lines):
    document = OpenDocumentSpreadsheet()
    table = Table(name="Hoja1")
    for line in lines:
        made = TableRow()
        for value in line:
            number = isinstance(value, int)
            cell = (
                TableCell(valuetype="float", value=value)
                if number
                else TableCell(valuetype="string")
            )
            cell.addElement(P(text=str(value)))
            made.addElement(cell)
        table.addElement(made)
    document.spreadsheet.addElement(table)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_a_pasted_table_is_read_with_or_without_its_heading():
    for separator in ["\t", ";", ","]:
        table = f"{HEAD}\n{ANA}\n{LUIS}".replace(";", separator)
        whole = read_text(table)
        assert [one["given_names"] for one in whole] == ["Ana", "Luis"]
        assert read_text(table.split("\n", 1)[1]) == whole


def test_a_heading_is_recognised_in_any_order_without_accents_or_case_under_a_title():
    rows = read_text("PERFIL;numero;Área;NOMBRES*;Apellidos:\noperador;00000101;Caja;Ana;Ñique")
    assert rows[0] | {"document_type": "DNI"} == rows[0]
    assert (rows[0]["profile"], rows[0]["unit"], rows[0]["surnames"]) == (
        "operator",
        "Caja",
        "Ñique",
    )
    assert len(read_text(f"RELACIÓN DE PERSONAL\n\n{HEAD}\n{ANA}")) == 1
    line = "DNI\t00000101\tAna\tEjemplo\tJefa\tÁrea\tSede\t\tFuncionario visitado\tAlta"
    assert [row["document_number"] for row in read_text(line)] == ["00000101"]
    with pytest.raises(Unreadable, match="Número de documento"):
        read_text("Nombres;Apellidos;Cargo\nAna;Quispe;Jefa")


def test_words_become_values_and_tidying_twice_changes_nothing():
    line = "dni;Apellidos y nombres;Perfil;Situación\nCE 00ab12345;Ñaupari Ejemplo, Ana;Decisor;B"
    found = read_text(line)[0]
    assert found["document_type"] == "CE"
    assert found["document_number"] == "00AB12345"
    assert (found["surnames"], found["given_names"]) == ("Ñaupari Ejemplo", "Ana")
    assert (found["profile"], found["movement"]) == ("decision_maker", "baja")
    assert tidy_row(row()) == row()


def test_a_spreadsheet_s_numbers_become_text_with_their_zeros():
    head = [column.label for column in COLUMNS]
    line = ["DNI", 123456, "Ana", "Ñ", "Jefa", 101, "Central", "a@example.pe", "Operador", "Alta"]
    for make in [workbook, ods]:
        content = make([head, line])
        found = read_file("personal.xlsx", io.BytesIO(content))[0]
        assert found["document_number"] == "00123456"
        assert found["unit"] == "101"


def test_the_sheet_named_personal_is_read():
    book = openpyxl.load_workbook(io.BytesIO(template_workbook()))
    book.move_sheet("Personal", offset=2)
    book["Personal"].append(["DNI", "00000101", "Ana", "Ñ", "Jefa", "", "", "", "Operador", ""])
    target = io.BytesIO()
    book.save(target)
    rows = read_file("x.xlsx", io.BytesIO(target.getvalue()))
    assert [one["given_names"] for one in rows] == ["Ana"]


def test_the_template_has_drop_down_lists_and_valid_examples():
    book = openpyxl.load_workbook(io.BytesIO(template_workbook()))
    assert [cell.value for cell in book["Personal"][1]] == [column.label for column in COLUMNS]
    assert len(book["Personal"].data_validations.dataValidation) == 3
    lines = [[cell.value for cell in line] for line in book["Ejemplos"].iter_rows()]
    rows = read_file("x.xlsx", io.BytesIO(workbook(lines)))
    assert problems_of(rows, {"unit": "Oficina", "site": "Central"}) == ()


def test_formulas_are_read_as_values_and_text_is_never_a_formula():
    rows = read_text(f"{HEAD}\n{ANA.replace('Recepcionista', '=1+1')}")
    assert rows[0]["post"] == "=1+1"


def test_a_csv_is_read_in_the_encodings_that_excel_writes():
    for encoding in ["utf-8", "utf-8-sig", "cp1252", "utf-16"]:
        content = f"{HEAD}\r\n{LUIS}\r\n".encode(encoding)
        assert read_file("personal.csv", io.BytesIO(content))[0]["surnames"] == "Díaz Ejemplo"


def bomb(declared=None):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (UNPACKED + 1))
    content = target.getvalue()
    if declared is None:
        return content
    real = (UNPACKED + 1).to_bytes(4, "little")
    return content.replace(real, declared.to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vacio.xlsx", b""),
        ("grande.csv", b"a;b\n" * 3_000_000),
        ("texto.docx", b"Hola"),
        ("foto.xlsx", b"\x89PNG"),
        ("roto.xlsx", b"PK\x03\x04 roto"),
        ("cerrado.xlsx", b"\xd0\xcf\x11\xe0" + b"\0" * 600),
        ("raro.csv", b"\x81\x8d\x8f"),
        ("nulo.csv", b"a\0b"),
        ("solo-titulos.csv", HEAD.encode()),
        ("bomba.xlsx", bomb()),
        ("bomba-que-miente.xlsx", bomb(declared=100)),
        ("comillas.csv", b'"' + b"a" * 200_000),
    ],
)
def test_an_unreadable_table_has_an_error(name, content):
    with pytest.raises(Unreadable) as fault:
        read_file(name, io.BytesIO(content))
    assert str(fault.value).endswith(".")


def test_too_many_rows_are_refused():
    with pytest.raises(Unreadable, match="5000"):
        read_text("\n".join([HEAD, *[ANA] * 5001]))


def test_a_cell_in_the_farthest_corner_allocates_no_memory():
    # A reader that allocates memory for every cell up to the last would need half a terabyte here.
    book = openpyxl.Workbook()
    for line in (HEAD, ANA):
        book.active.append(line.split(";"))
    book.active["XFD1048576"] = "x"
    target = io.BytesIO()
    book.save(target)
    [row] = read_file("esquina.xlsx", io.BytesIO(target.getvalue()))
    assert row["document_number"] == "00000101"


def test_all_problems_have_a_row_and_a_column():
    rows = [
        row() | {"document_number": "123", "email": "x@"},
        row(LUIS) | {"profile": "jefe", "surnames": "R2D2", "post": "x" * 151, "unit": ""},
    ]
    assert [(one.row, one.key) for one in problems_of(rows, {})] == [
        (1, "email"),
        (1, "document_number"),
        (2, "surnames"),
        (2, "post"),
        (2, "unit"),
        (2, "profile"),
    ]


def test_a_repeated_person_is_reported_with_the_first_row():
    problem = problems_of([row(), row(LUIS), row()], {})[0]
    assert str(problem) == "Fila 3, Número de documento: esta persona ya está en la fila 1."


def test_a_roster_needs_an_operator_that_is_no_baja_and_has_an_address():
    leaving = row() | {"movement": "baja"}
    assert "operador" in str(problems_of([leaving, row(LUIS)], {})[0])
    assert problems_of([row(), row(LUIS)], {}) == ()
    assert problems_of([row() | {"email": ""}], {})[0].key == "email"


def test_blank_cells_take_the_unit_for_all():
    draft = [("unit", "Gerencia"), *as_formdata(Form, {"roster": [row() | {"unit": ""}]})]
    form = form_of(draft)
    assert form.validate()
    assert form.roster.complete()[0]["unit"] == "Gerencia"
    assert form.roster.rows[0]["unit"] == ""
    assert not form_of(draft[1:]).validate()


@pytest.mark.nightly
def test_five_thousand_rows_are_read_and_validated_in_well_under_a_second():
    lines = [ANA.replace("00000101", f"{number:08d}") for number in range(1, 5001)]
    started = time.process_time()
    form = form_of(post(("roster-paste", "\n".join([HEAD, *lines]))))
    assert form.validate()
    form.roster.page_of(100)
    assert time.process_time() - started < 1
    assert len(form.roster.rows) == 5000


def test_persons_are_typed_one_at_a_time_corrected_and_removed():
    typed = [(f"roster-{key}", value) for key, value in row().items()]
    draft = post(*typed, ("action", "roster:roster:add"))
    assert rows_of(draft) == [row()]
    draft = post(("action", "roster:roster:edit:1"), draft=draft)
    assert form_of(draft).roster.typed == row()
    changed = [(key, "Jefa" if key == "roster-post" else value) for key, value in typed]
    draft = post(*changed, ("action", "roster:roster:add"), draft=draft)
    assert [one["post"] for one in rows_of(draft)] == ["Jefa"]
    assert form_of(draft).roster.editing is None
    assert post(("action", "roster:roster:remove:1"), draft=draft) == []


def test_typed_values_are_stored_whatever_the_button():
    typed = [(f"roster-{key}", value) for key, value in row().items()]
    assert rows_of(post(*typed, ("action", "next"))) == [row()]
    assert rows_of(post(("roster-profile", "operator"), ("action", "next"))) == []


def test_a_correction_can_be_cancelled_and_an_action_on_no_row_changes_nothing():
    draft = as_formdata(Form, {"roster": [row()]})
    editing = post(("action", "roster:roster:edit:1"), draft=draft)
    assert post(("action", "roster:roster:cancel"), draft=editing) == draft
    for action in ["remove:9", "remove:0", "remove:x", "edit:9", "nothing", "remove", ""]:
        assert post(("action", f"roster:roster:{action}"), draft=draft) == draft


@pytest.mark.nightly
def test_a_file_replaces_the_rows_unless_the_mode_is_append():
    draft = as_formdata(Form, {"roster": [row()]})
    content = f"{HEAD}\n{LUIS}".encode()
    other = post(("action", "roster:roster:upload"), draft=draft, file=stored(content, "a.csv"))
    assert [one["given_names"] for one in rows_of(other)] == ["Luis"]
    both = post(("roster-mode", "append"), draft=draft, file=stored(content, "a.csv"))
    assert [one["given_names"] for one in rows_of(both)] == ["Ana", "Luis"]
    again = post(("roster-mode", "append"), draft=both, file=stored(content, "a.csv"))
    assert rows_of(again) == rows_of(both)


def test_a_file_that_cannot_be_read_changes_nothing():
    with pytest.raises(Unusable) as fault:
        post(draft=[], file=stored(b"x", "a.pdf"))
    assert fault.value.field_name == "roster"


def test_rows_come_in_pages_of_fifty_with_their_problems():
    rows = [row() | {"document_number": f"{number:08d}"} for number in range(1, 121)]
    rows[60]["profile"] = "jefe"
    field = form_of(as_formdata(Form, {"roster": rows})).roster
    page = field.page_of(2)
    assert (page.number, page.count, len(page.lines)) == (2, 3, 50)
    assert page.lines[10].number == 61
    assert page.lines[10].problems[0].column == "Perfil"
    assert page.lines[0].cells[8] == "Operador"
    assert field.page_of(99).number == 3
    assert field.page_of(-1).number == 1


def test_expected_persons_who_are_missing_give_a_warning():
    field = form_of(as_formdata(Form, {"roster": [row()]})).roster
    field.expected = [row(LUIS)]
    assert "Luis Díaz Ejemplo" in field.warning
    field.expected = [row()]
    assert field.warning == ""


def test_a_broken_draft_is_an_empty_roster():
    for text in ("{", "[1]", '[["a"]]', "null", '{"a":1}'):
        form = form_of([("roster", text)])
        assert not form.validate()
        assert "al menos" in errors_of(form)["roster"]


def test_changes_between_two_rosters_are_listed_by_person():
    ana, luis = row(), row(LUIS)
    eva = ana | {"document_number": "00000103", "given_names": "Eva"}
    now = [ana | {"post": "Jefa"}, luis | {"movement": "baja"}, eva]
    changes = compare([ana, luis], now)
    assert changes.counts() == {"added": 1, "removed": 1, "changed": 1}
    assert changes.added == (eva,)
    assert changes.changed[0].cells == (("Cargo", "Recepcionista", "Jefa"),)
    assert not compare(now, now)
    assert compare([ana, luis], [ana]).removed == (luis,)
    assert not compare([], [luis | {"movement": "baja"}])
    assert compare(now, [*now[:1], luis, eva]).added == (luis,)


def test_the_sentence_about_missing_persons_counts_them():
    for missing, sentence in [
        (
            ("Ana",),
            "No está en la relación: Ana Soto. Agrega su fila si también usará el registro.",
        ),
        (
            ("Ana", "Eva"),
            "No están en la relación: Ana Soto, Eva Soto. "
            "Agrega sus filas si también usarán el registro.",
        ),
    ]:
        form = Form(MultiDict(as_formdata(Form, {"roster": [row()]})))
        form.roster.expected = [
            {
                "document_type": "DNI",
                "document_number": f"0000020{n}",
                "given_names": name,
                "surnames": "Soto",
            }
            for n, name in enumerate(missing)
        ]
        assert form.roster.warning == sentence
