"""A table that can be pasted or uploaded: the rows of its file go into the box."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
import xlsxwriter
from werkzeug.datastructures import FileStorage, MultiDict

import forms
from forms.drafts import AUTOSAVE, errors_of, merge
from forms.fields.pasted import LIMITS
from forms.fields.tables import MEGABYTE
from forms.fields.uploads import Examined, examined
from forms.shapes.change_examples import BUYER, GIVEN
from forms.shapes.decision_makers import write_rows
from tests.foreign_files import BOMBS, xls

Form = forms.steps()["record_personnel_change"].form
PAGE = Form.pages[0]
FIELD = "pasted_places"
HEADING = ["Qué es", "Qué ocurre", "Nombre", "Fecha", "Motivo", "A cuál pasan"]
NORTH = ["sede", "se crea", "Sede Norte", "08/02/2027", "Ordenanza 12", ""]
TYPED = "sede;se crea;Sede Este;08/02/2027;Ordenanza 12"


def sheet() -> bytes:
    """Return a workbook whose table begins in the second column, with a day as a date."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(1, 1, HEADING)
        page.write_row(2, 1, NORTH[:3])
        page.write_datetime(2, 4, date(2027, 2, 8), day)
        page.write_string(2, 5, "Ordenanza\n12")
    return target.getvalue()


def old_sheet() -> bytes:
    """Return the same table as a workbook of Excel 97-2003."""
    lines = (HEADING, NORTH)
    return xls({(r, c): text for r, line in enumerate(lines) for c, text in enumerate(line)})


def text_sheet() -> bytes:
    """Return the same table as a text."""
    return "\n".join(map(";".join, (HEADING, NORTH))).encode()


def upload(content: bytes, name: str) -> MultiDict[str, FileStorage]:
    """Return the files of a post."""
    return MultiDict({f"{FIELD}-file": FileStorage(io.BytesIO(content), name)})


def posted(
    content: bytes, name: str, typed: str = "", faults: dict[str, str] | None = None, **more: str
) -> str:
    """Return the text of the box after a post with a file."""
    found = merge(
        Form,
        PAGE,
        [],
        MultiDict({FIELD: typed, "action": f"upload:{FIELD}"} | more),
        upload(content, name),
        lambda *_: None,
        faults,
    )
    return dict(found).get(FIELD, "")


@pytest.mark.parametrize(
    ("name", "make"), [("a.xlsx", sheet), ("a.xls", old_sheet), ("a.csv", text_sheet)]
)
def test_the_rows_of_a_file_go_into_the_box_below_the_others(name: str, make: Callable[[], bytes]):
    text = posted(make(), name, TYPED)
    form = Form(MultiDict({FIELD: text}), given=GIVEN)
    form.validate()
    found = [(one["name"], one["on"], one["reason"]) for one in form.place_changes()]
    assert found == [
        ("Sede Este", "2027-02-08", "Ordenanza 12"),
        ("Sede Norte", "2027-02-08", "Ordenanza 12"),
    ], "the heading between them is no row"
    assert FIELD not in form.errors


@pytest.mark.parametrize("name", ["esquina.xls", "risas.xlsx", "linea.csv", "cortado.xls"])
def test_a_file_that_breaks_its_reader_is_refused_and_the_box_stays(name: str):
    faults: dict[str, str] = {}
    assert posted(BOMBS[name](), name, TYPED, faults) == TYPED
    assert faults[FIELD].endswith(".")


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.csv", "vacío"),
        (b";;\n;;\n", "a.csv", "ninguna fila"),
        (b"x" * (LIMITS.megabytes * MEGABYTE + 1), "a.csv", f"{LIMITS.megabytes} MB"),
        (b"a;b\n" * (LIMITS.rows + 100), "a.csv", "demasiado grande"),
        (b"%PDF-1.7", "a.pdf", ".xlsx o .csv"),
    ],
)
def test_a_file_without_a_table_is_refused(content: bytes, name: str, words: str):
    faults: dict[str, str] = {}
    assert posted(content, name, TYPED, faults) == TYPED
    assert words in faults[FIELD]


def test_a_page_that_saves_itself_takes_no_file():
    assert posted(sheet(), "a.xlsx", TYPED, action=AUTOSAVE) == TYPED


def test_the_file_is_read_before_the_transaction_that_takes_it():
    (found,) = examined(Form(), upload(text_sheet(), "a.csv"), PAGE.fields).values()
    assert isinstance(found, Examined)
    assert str(found.rows).endswith("\t".join(NORTH))


def test_an_acting_holder_of_a_file_has_the_resolution_and_needs_the_copy():
    acting = BUYER | {"document_number": "00000306", "from_on": "2027-02-12"}
    acting |= {"to_on": "2027-02-20", "capacity": "acting", "resolution": "Resolución 003-2027"}
    lines = [line.split("\t") for line in write_rows([acting]).splitlines()]
    content = "\n".join(map(";".join, lines)).encode()
    text = Form().pasted.read_upload("cargos.csv", io.BytesIO(content))
    form = Form(MultiDict({"pasted": text, "number": "Resolución 003-2027"}), given=GIVEN)
    assert not form.validate()
    assert list(errors_of(form)) == ["document"]
    (post,) = form.changed_posts()
    assert (post["capacity"], post["resolution"]) == ("acting", "Resolución 003-2027")
