"""Foreign files are read in a process with limits; no file can end the web process."""

import io
import json
import subprocess
import sys
import tracemalloc
from pathlib import Path

import openpyxl
import pytest

from forms.fields import documents, isolated
from forms.fields.foreign.bounds import MEGABYTE, ContentLimits, Damaged, TooLarge
from forms.fields.sheets import Unreadable, read_file
from tests.foreign_files import BOMBS, archive, ods, ods_cells, xls, xlsx

ROOT = Path(__file__).parents[2]
MOST = ContentLimits(60 * MEGABYTE, rows=1000, tags=1_000_000)
LINES = [["Tipo de documento", "Número de documento", "Nombres"], ["DNI", "00000101", "Ana"]]
#: Modules that read file formats; only the child imports them.
READERS = "open_document workbook old_workbook delimited pdf archive photographs bundle".split()


@pytest.mark.guard("bombs are read in limited processes")
@pytest.mark.parametrize("name", BOMBS)
def test_no_bomb_is_read_as_a_roster_or_fills_the_memory(name):
    content = BOMBS[name]()
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable) as fault:
            read_file(name, io.BytesIO(content))
        assert tracemalloc.get_traced_memory()[1] < len(content) * 3 + 40 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert str(fault.value).endswith(".")


def test_cells_have_no_characters_that_pages_or_databases_refuse():
    for name, content in [
        ("a.xlsx", lambda: xlsx([LINES[0], ["DNI", "00000101", "A_xD800_n_x0000_a"]])),
        ("a.xls", lambda: xls({(0, 0): "Tipo de documento", (1, 0): "A\0na", (0, 1): "Número"})),
    ]:
        (row,) = read_file(name, io.BytesIO(content()))
        text = "".join(row.values())
        assert "\ufffd" in text
        assert "\0" not in text
        assert text.encode()  # no lone surrogate


@pytest.mark.nightly
def test_a_child_over_its_memory_limit_is_ended():
    text = b"a;b\n" + b"x" * (40 * MEGABYTE)
    with pytest.raises(TooLarge):
        isolated.rows(text, "text", MOST, bounds=isolated.Bounds(memory=80 * MEGABYTE))


@pytest.mark.nightly
def test_a_child_over_its_time_limit_is_ended():
    busy = xlsx([["x"] * 20] * 5, "<row><c><v>1</v></c></row>" * 900_000)
    most = ContentLimits(600 * MEGABYTE, rows=10_000_000, tags=100_000_000)
    with pytest.raises(TooLarge):
        isolated.rows(busy, "archive", most, bounds=isolated.Bounds(seconds=1))


def test_a_child_over_its_output_limit_is_ended():
    text = b"x" * 100 + b";" + b"y" * 100 + b"\n"
    most = ContentLimits(MEGABYTE, rows=100_000, tags=1)
    with pytest.raises((TooLarge, Damaged)):
        isolated.rows(text * 50_000, "text", most, bounds=isolated.Bounds(output=MEGABYTE))


@pytest.mark.nightly
def test_a_child_limits_itself_before_it_reads():
    limits = (
        "import resource, sys; from forms.fields.foreign import child; "
        "child._bound({'memory': 2**30, 'output': 4096, 'seconds': 7}); "
        "print([resource.getrlimit(one)[1] for one in (resource.RLIMIT_AS, "
        "resource.RLIMIT_FSIZE, resource.RLIMIT_CPU, resource.RLIMIT_CORE)])"
    )
    message = subprocess.run(
        [sys.executable, "-c", limits], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(message.stdout) == [2**30, 4096, 7, 0]


def test_a_child_imports_no_form():
    message = subprocess.run(
        [*isolated.COMMAND, json.dumps({"kind": "none", "bounds": {}})],
        input=b"",
        capture_output=True,
        check=False,
    )
    assert message.returncode == 1
    assert b"KeyError: 'memory'" in message.stderr
    code = (
        f"import runpy, sys; sys.argv = ['child', '{{}}']; "
        f"runpy.run_path({str(isolated.CHILD)!r}); print('wtforms' in sys.modules)"
    )
    message = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert message.stdout.strip() == b"False"


@pytest.mark.nightly
def test_only_the_child_imports_readers_of_foreign_formats():
    wrong = [
        f"{path}: {reader}"
        for folder in ("app", "forms")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "foreign" and path.name != "reader.py"  # another such process
        for reader in READERS
        if f"foreign.{reader} import" in (text := path.read_text("utf-8"))
        or f"foreign import {reader}" in text
        if reader != "delimited"  # it splits the cells of a pasted text
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "library",
    "python_calamine pikepdf pypdfium2 PIL pi_heif zipfile openpyxl xml.parsers csv.reader".split(),
)
def test_no_library_of_foreign_formats_is_used_elsewhere(library):
    ours = {  # these read files made here, or texts typed on a page
        "pikepdf": {
            "app/cases/papers/__init__.py",
            "app/cases/papers/letters.py",
        }
        | {"app/ops/demo/documents.py"}
        | {"forms/fields/photographs.py"},  # it writes pages that the child made, and reads none
        "pypdfium2": {
            "app/cases/papers/viewing/page_renderer.py",  # a process with limits
            "app/cases/papers/preflight/originals.py",  # it asks for its version alone
        },
        "PIL": {"app/cases/papers/viewing/page_renderer.py"},
        "zipfile": {
            "app/base/files/__init__.py",
            "app/base/files/packing.py",
            "app/cases/processes/versions/archives.py",  # it writes alone
            "app/onboarding/entities/documents/dossier_file.py",  # it writes alone
        },
        "csv.reader": {"forms/fields/sheets.py", "app/administration/catalogue/imports.py"},
    }
    found = {
        str(path.relative_to(ROOT))
        for folder in ("app", "forms")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "foreign" and library in path.read_text("utf-8")
    }
    assert found == ours.get(library, set())


def corner(kind):
    if kind == "ods":
        empty = '<table:table-row table:number-rows-repeated="1048573"/>'
        last = (
            '<table:table-row><table:table-cell table:number-columns-repeated="16383"/>'
            '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
            "</table:table-row>"
        )
        return ods("".join(map(ods_cells, LINES)) + empty + last)
    book = openpyxl.Workbook()
    for line in LINES:
        book.active.append(line)
    book.active["XFD1048576"] = "x"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_sheet_with_one_cell_in_the_farthest_corner_is_read():
    for kind in ["xlsx", "ods"]:
        [row] = read_file(f"esquina.{kind}", io.BytesIO(corner(kind)))
        assert (row["document_number"], row["given_names"]) == ("00000101", "Ana")


def test_a_workbook_of_excel_97_is_read():
    cells = {(n, m): text for n, line in enumerate(LINES) for m, text in enumerate(line)}
    [row] = read_file("personal.xls", io.BytesIO(xls(cells)))
    assert (row["document_number"], row["given_names"]) == ("00000101", "Ana")


def test_an_open_document_has_days_times_numbers_and_texts():
    rows = (
        "<table:table-row>"
        '<table:table-cell office:value-type="date" office:date-value="2025-02-05"/>'
        '<table:table-cell office:value-type="time" office:time-value="PT09H15M00S"/>'
        '<table:table-cell office:value-type="float" office:value="101"/>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
        '<table:table-cell office:value-type="string"><office:annotation><text:p>nota</text:p>'
        '</office:annotation><text:p>dos<text:s text:c="2"/>\n palabras</text:p>'
        "<text:p>y otra</text:p></table:table-cell></table:table-row>"
    )
    [(number, cells)] = isolated.rows(ods(rows), "archive", MOST)
    assert number == 1
    assert [str(cell) for cell in cells] == [
        *("2025-02-05", "09:15:00", "101", "True", "dos   palabras\ny otra"),
    ]


def test_the_sheet_of_an_open_document_is_chosen_by_its_name():
    first = f'<table:table table:name="Otra">{ods_cells(["no"])}</table:table>'
    content = ods(ods_cells(["sí"]))
    text = content_of(content).replace("<table:table ", f"{first}<table:table ", 1)
    made = archive({"content.xml": text})
    assert [cells for _, cells in isolated.rows(made, "archive", MOST, sheet="Hoja1")] == [["sí"]]
    assert [cells for _, cells in isolated.rows(made, "archive", MOST, sheet="Falta")] == [["no"]]


def content_of(content):
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return made.read("content.xml").decode()


def test_rows_can_be_iterated_twice_at_the_same_time():
    rows = isolated.rows(b"a;b\n1;2\n3;4\n", "text", MOST)
    assert [one for pair in zip(rows, rows, strict=True) for one in pair][::2] == list(rows)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n" + b"[" * 2_000_000, b"%PDF-1.7 cortado"])
def test_a_pdf_that_breaks_its_reader_is_refused_with_a_sentence(content):
    assert documents.examine(io.BytesIO(content)).fault.endswith(".")
