"""Who came to a session: a table, uploaded or pasted, with a column of names or of documents.

The participants' lists of Teams, Zoom and Meet are such tables: their columns of names and of
addresses count, in English and in Spanish, and where a section of Teams ends, the table ends. A
file is read in a child process (`forms.fields.tables`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from forms.fields import tables
from forms.fields.identifiers import plain, tidy_document
from forms.fields.pasted import cells
from forms.fields.rules import tidy_line
from forms.fields.sheets import as_text
from forms.fields.tables import Cell

Unreadable = tables.Unreadable

LIMITS = tables.Limits(
    megabytes=5,
    rows=5000,
    advice="Sube solo la lista de esta sesión.",
    unpacked=40 * tables.MEGABYTE,
    tags=2_000_000,
    old_excel=True,
)
#: Characters of a name and of an address that are read.
LONGEST = 200

#: Column → its headings, in the spelling of `plain`, separated by bars.
HEADINGS: Mapping[str, str] = {
    "name": "name|full name|name (original name)|nombre|nombre completo|nombre (nombre original)|"
    "nombres y apellidos|apellidos y nombres|participante|persona",
    "first": "first name|nombres",
    "last": "last name|apellido|apellidos",
    "email": "email|user email|correo|correo electronico|e-mail del usuario",
    "document": "documento|numero de documento|nro. de documento|dni",
}
KEY_OF = {one: key for key, headings in HEADINGS.items() for one in headings.split("|")}
#: The beginning of a section of Teams.
SECTION = re.compile(r"\d\. \S")

NO_COLUMNS = (
    "No encontramos la columna con los nombres o los documentos. Sube la lista de participantes "
    "que exporta Teams, Zoom o Meet, o una tabla con una columna «Nombre» o «Documento»."
)
EMPTY = "La lista no tiene a nadie."


@dataclass(frozen=True)
class Participant:
    """A row of the list: its number, and the name, address and document there; "" without one."""

    number: int
    name: str
    email: str = ""
    document: str = ""


def read(name: str, stream: IO[bytes]) -> list[Participant]:
    """Return who is on the list of a file, each once. Raises Unreadable.

    Call it before a transaction begins.
    """
    content = stream.read(LIMITS.megabytes * tables.MEGABYTE + 1)
    tables.check(content, name, LIMITS)
    return of_rows(tables.rows(content, LIMITS))


def of_rows(rows: Iterable[tuple[int, Sequence[Cell]]]) -> list[Participant]:
    """Return who is in the rows of a table with headings, each once. Raises Unreadable."""
    keys: list[str] | None = None
    found: list[Participant] = []
    for number, row in rows:
        texts = [_text(cell) for cell in row]
        if keys is None:
            keys = _headings(texts)
        elif texts and SECTION.match(texts[0]):
            break
        else:
            values: dict[str, str] = {}
            for key, text in zip(keys, texts, strict=False):
                values.setdefault(key, text)
            name = " ".join(values.get(part, "") for part in ("name", "first", "last"))
            found += _participant(number, name, values.get("email", ""), values.get("document", ""))
    if keys is None:
        raise Unreadable(NO_COLUMNS)
    if not found:
        raise Unreadable(EMPTY)
    return _once(found)


def of_lines(lines: Sequence[tuple[int, str]]) -> list[Participant]:
    """Return who is in pasted lines, each once: a name, an address, a document, in any order."""
    found: list[Participant] = []
    for number, line in lines:
        texts = [one for one in cells(line, 4) if one]
        if _headings(texts):
            continue
        email = next((one for one in texts if "@" in one), "")
        document = next((one for one in texts if re.fullmatch(r"(?=.*\d)[\w .-]+", one)), "")
        name = next((one for one in texts if one not in (email, document)), "")
        found += _participant(number, name, email, document)
    return _once(found)


def _once(found: Iterable[Participant]) -> list[Participant]:
    return list({(plain(one.name), one.email, one.document): one for one in found}.values())


def _headings(texts: Sequence[str]) -> list[str] | None:
    """Return the key of each column of the row of headings; None for another row."""
    known = [KEY_OF.get(plain(text).strip(":* "), "") for text in texts]
    if "last" in known and "first" not in known and "name" in known:
        known[known.index("name")] = "first"
    return known if {"name", "last", "document"} & set(known) else None


def _participant(number: int, name: str, email: str, document: str) -> list[Participant]:
    one = Participant(
        number,
        tidy_line(name)[:LONGEST],
        email[:LONGEST].lower() if "@" in email else "",
        number_of(document),
    )
    return [one] if one.name or one.email or one.document else []


def number_of(document: str) -> str:
    """Return the number of a document as written, with or without its kind; "" for another text.

    A DNI gets back the zeros that a spreadsheet takes from it.
    """
    found = re.fullmatch(r"(?:(DNI|CE|PASAPORTE)\W*)?(\w[\w .-]*)", document.strip().upper())
    if not found or not any(map(str.isdigit, found[2])):
        return ""
    number = tidy_document(found[1] or "", found[2])[:LONGEST]
    return number.zfill(8) if number.isdigit() and found[1] in (None, "DNI") else number


def _text(cell: Cell) -> str:
    return as_text(cell).replace("\n", " ").replace("\t", " ").strip()
