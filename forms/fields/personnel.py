"""The rows of the format SIP-RVL-002: its columns, and the errors of a row.

Rows are mappings of text by column key (`forms.records.RosterRow`). They are tidied once, on input
(`tidy_row`), and validated whenever they are shown: 5,000 rows take a fraction of a second, so no
earlier result is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forms.fields.identifiers import (
    DOCUMENT_TYPES,
    document_fault,
    email_fault,
    plain,
    tidy_document,
)
from forms.fields.rules import has_control, is_name, tidy_line

Row = dict[str, str]
Choices = tuple[tuple[str, str], ...]

#: Greatest number of rows of a presentation.
MOST = 5000

PROFILES: Choices = (
    ("administrator", "Administrador"),
    ("operator", "Operador"),
    ("decision_maker", "Sujeto con capacidad de decisión"),
    ("visited_official", "Funcionario visitado"),
)
MOVEMENTS: Choices = (("alta", "Alta"), ("baja", "Baja"))
#: Profiles that get an account, and so need an e-mail address.
WITH_ACCOUNT = ("administrator", "operator")


@dataclass(frozen=True)
class Column:
    """A column: `also` are other headings for it, `choices` the allowed values."""

    key: str
    label: str
    limit: int
    hint: str = ""
    needed: bool = True
    choices: Choices = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """An error in a cell; `row` counts from 1 and is 0 when it concerns the whole."""

    row: int
    column: str
    sentence: str
    key: str = ""

    def __str__(self) -> str:
        if not self.row:
            return self.sentence
        return f"Fila {self.row}, {self.column}: {self.sentence}"


COLUMNS = (
    Column(
        "document_type",
        "Tipo de documento",
        20,
        hint="DNI, carné de extranjería o pasaporte",
        choices=DOCUMENT_TYPES,
        also=("tipo", "tipo doc", "tipo de doc", "tipo documento"),
    ),
    Column(
        "document_number",
        "Número de documento",
        15,
        also=(
            "numero",
            "documento",
            "dni",
            "doc",
            "nro documento",
            "n documento",
            "nro de documento",
            "n de documento",
            "num documento",
            "numero documento",
            "documento de identidad",
        ),
    ),
    Column("given_names", "Nombres", 100, also=("nombre", "prenombres")),
    Column(
        "surnames",
        "Apellidos",
        100,
        also=("apellido", "apellidos y nombres", "nombres y apellidos", "apellidos nombres"),
    ),
    Column("post", "Cargo", 150, also=("puesto", "cargo o puesto", "funcion")),
    Column(
        "unit",
        "Unidad u oficina",
        150,
        hint="Si la dejas en blanco se usa la unidad indicada para toda la relación",
        also=("unidad", "oficina", "area", "dependencia", "unidad organica", "organo"),
    ),
    Column(
        "site",
        "Sede",
        150,
        hint="Si la dejas en blanco se usa la sede indicada para toda la relación",
        also=("local", "sede o local", "lugar"),
    ),
    Column(
        "email",
        "Correo electrónico",
        254,
        hint="Obligatorio para administradores y operadores: ahí llega su cuenta",
        needed=False,
        also=("correo", "email", "e-mail", "mail", "correo institucional"),
    ),
    Column("profile", "Perfil", 40, choices=PROFILES, also=("rol", "perfil de usuario")),
    Column(
        "movement",
        "Alta o baja",
        10,
        hint="En blanco es alta",
        needed=False,
        choices=MOVEMENTS,
        also=("movimiento", "alta baja", "alta/baja", "situacion"),
    ),
)
KEYS = tuple(column.key for column in COLUMNS)
BY_KEY = {column.key: column for column in COLUMNS}

# Words that people write in the columns with choices, without accents and in lower case.
WORDS: Mapping[str, Mapping[str, str]] = {
    "document_type": {
        "dni": "DNI",
        "d.n.i.": "DNI",
        "dni/le": "DNI",
        "documento nacional de identidad": "DNI",
        "ce": "CE",
        "c.e.": "CE",
        "carnet": "CE",
        "carne": "CE",
        "carne de extranjeria": "CE",
        "carnet de extranjeria": "CE",
        "pas": "PASAPORTE",
        "pasaporte": "PASAPORTE",
    },
    "profile": {
        "administrador": "administrator",
        "administradora": "administrator",
        "administrador del rvl": "administrator",
        "administrador alterno": "administrator",
        "alterno": "administrator",
        "operador": "operator",
        "operadora": "operator",
        "recepcionista": "operator",
        "sujeto con capacidad de decision": "decision_maker",
        "sujeto con capacidad de decision publica": "decision_maker",
        "capacidad de decision": "decision_maker",
        "decisor": "decision_maker",
        "funcionario visitado": "visited_official",
        "funcionaria visitada": "visited_official",
        "funcionario": "visited_official",
        "visitado": "visited_official",
    },
    "movement": {"": "alta", "alta": "alta", "a": "alta", "baja": "baja", "b": "baja"},
}
PREFIXED = re.compile(r"(dni(?:/le)?|ce|pasaporte)[ :.]+(\S.*)", re.IGNORECASE)


def tidy_row(cells: Mapping[str, str]) -> Row:
    """Return a row with every column, with its words replaced by values where known.

    What cannot be read stays as written, so that its cell can show the problem.
    """
    row = {key: tidy_line(cells.get(key) or "") for key in KEYS}
    _split_document(row)
    for key, words in WORDS.items():
        row[key] = words.get(plain(row[key]), row[key])
    _split_names(row)
    row["document_number"] = tidy_document(row["document_type"], row["document_number"])
    if row["document_type"] == "DNI" and re.fullmatch(r"[0-9]{5,7}", row["document_number"]):
        row["document_number"] = row["document_number"].zfill(8)
    row["email"] = "".join(row["email"].split())
    return row


def _split_document(row: Row) -> None:
    """Set the kind of document from "DNI 12345678", or from eight digits alone."""
    if row["document_type"]:
        return
    found = PREFIXED.fullmatch(row["document_number"])
    if found:
        row["document_type"], row["document_number"] = found[1], found[2]
    elif re.fullmatch(r"[0-9]{7,8}", row["document_number"]):
        row["document_type"] = "DNI"


def _split_names(row: Row) -> None:
    """Split "QUISPE EJEMPLO, ANA", which came in one column."""
    if not row["given_names"] and row["surnames"].count(",") == 1:
        surnames, names = row["surnames"].split(",")
        row["surnames"], row["given_names"] = surnames.strip(), names.strip()


def with_defaults(rows: Iterable[Row], defaults: Mapping[str, str]) -> list[Row]:
    """Return the rows with the default unit and site in blank cells."""
    filled = {key: value for key, value in defaults.items() if value}
    return [
        {**row, **{key: value for key, value in filled.items() if not row[key]}} for row in rows
    ]


def problems_of(rows: Sequence[Row], defaults: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return every error, first those about the whole, then row by row."""
    found: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, 1):
        found += _row_problems(number, row, defaults)
        key = (row["document_type"], row["document_number"])
        if not key[1]:
            continue
        if key in seen:
            found.append(
                _problem(number, "document_number", f"esta persona ya está en la fila {seen[key]}.")
            )
        else:
            seen[key] = number
    return (*_whole(rows), *found)


def _problem(number: int, key: str, sentence: str) -> Problem:
    return Problem(number, BY_KEY[key].label, sentence, key)


def _whole(rows: Sequence[Row]) -> list[Problem]:
    found = []
    if not rows:
        return [Problem(0, "", "Agrega al menos a una persona a la relación.")]
    if len(rows) > MOST:
        found.append(Problem(0, "", f"La relación tiene {len(rows)} filas; el máximo es {MOST}."))
    if not any(row["profile"] == "operator" and row["movement"] == "alta" for row in rows):
        found.append(
            Problem(
                0,
                "",
                "Falta al menos un operador de alta: sin operadores nadie podría registrar las "
                "visitas.",
            )
        )
    return found


def _row_problems(number: int, row: Row, defaults: Mapping[str, str]) -> list[Problem]:
    found = []
    for column in COLUMNS:
        value = row[column.key]
        if not value:
            if column.needed and not defaults.get(column.key):
                found.append(_problem(number, column.key, "está en blanco."))
            continue
        fault = _cell_fault(column, value)
        if fault:
            found.append(_problem(number, column.key, fault))
    if row["document_number"] and row["document_type"] in WORDS["document_type"].values():
        fault = document_fault(row["document_type"], row["document_number"])
        if fault:
            found.append(_problem(number, "document_number", fault))
    if not row["email"] and row["movement"] == "alta" and row["profile"] in WITH_ACCOUNT:
        found.append(_problem(number, "email", "está en blanco; ahí recibirá su cuenta."))
    return found


def _cell_fault(column: Column, value: str) -> str:
    if len(value) > column.limit:
        return f"tiene {len(value)} caracteres; el máximo es {column.limit}."
    if has_control(value):
        return "borra los caracteres que no son letras ni signos."
    if column.choices:
        return "" if value in dict(column.choices) else _choices_fault(column)
    if column.key in ("given_names", "surnames"):
        return "" if is_name(value) else "escribe solo letras, apóstrofos o guiones."
    return email_fault(value) if column.key == "email" else ""


def _choices_fault(column: Column) -> str:
    labels = [label for _, label in column.choices]
    return f"elige {', '.join(labels[:-1])} o {labels[-1]}."
