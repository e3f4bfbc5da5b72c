"""The workbook template of the SIP-RVL-002: drop-down lists and examples."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from forms.fields.personnel import COLUMNS, MOST, Column
from forms.fields.sheets import SHEET

if TYPE_CHECKING:
    import xlsxwriter

EXAMPLES = (
    ("DNI", "00000101", "Ana Persona", "Quispe Ejemplo", "Analista de sistemas", "", "",
     "ana.ejemplo@example.pe", "Administrador", "Alta"),
    ("DNI", "00000102", "Luis Persona", "Flores Ficticio", "Recepcionista",
     "Oficina de Administración", "Sede central", "luis.ejemplo@example.pe", "Operador", "Alta"),
    ("CE", "000000103", "Rosa Persona", "Mamani Muestra", "Gerenta municipal", "", "", "",
     "Sujeto con capacidad de decisión", "Alta"),
    ("PASAPORTE", "EJ00104", "Jorge Persona", "Rojas Ejemplo", "Subgerente de obras", "", "", "",
     "Funcionario visitado", "Baja"),
)  # fmt: skip
NOTES = (
    "Escribe una fila por persona en la hoja «Personal».",
    "Si dejas en blanco la unidad o la sede, se usa la que indiques en la página.",
    "Escribe los números de documento como texto, con los ceros del comienzo.",
    "El correo es obligatorio para administradores y operadores.",
    "Se leen los valores; las fórmulas y macros no se ejecutan.",
)


def template_workbook() -> bytes:
    """Return the workbook's bytes (XLSX): sheets for persons, examples and instructions."""
    # Imported here because web processes need not load what is rarely used.
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#E6EEF5", "border": 1, "text_wrap": True}
        )
        text = book.add_format({"num_format": "@"})
        lists = book.add_worksheet(SHEET)
        _head(lists, head, text)
        _offer_lists(lists)
        examples = book.add_worksheet("Ejemplos")
        _head(examples, head, text)
        for number, row in enumerate(EXAMPLES, 1):
            examples.write_row(number, 0, row, text)
        notes = book.add_worksheet("Cómo llenarla")
        notes.set_column(0, 0, 90)
        notes.write_column(0, 0, NOTES)
        book.set_properties({"title": "Relación de personal (SIP-RVL-002)"})
    return target.getvalue()


def _head(sheet: xlsxwriter.worksheet.Worksheet, head: object, text: object) -> None:
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, max(14, min(34, column.limit // 5)), text)
        sheet.write_string(0, place, column.label, head)
        if column.hint:
            sheet.write_comment(0, place, column.hint)
    sheet.freeze_panes(1, 0)


def _offer_lists(sheet: xlsxwriter.worksheet.Worksheet) -> None:
    for place, column in enumerate(COLUMNS):
        if column.choices:
            sheet.data_validation(1, place, MOST, place, _list_of(column))


def _list_of(column: Column) -> dict[str, object]:
    return {
        "validate": "list",
        "source": [label for _, label in column.choices],
        "ignore_blank": True,
        "error_title": column.label,
        "error_message": "Elige un valor de la lista.",
    }
