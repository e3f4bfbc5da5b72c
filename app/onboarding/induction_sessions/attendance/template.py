"""The template of the sheet as a file: a row per person, to be filled and uploaded."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.onboarding.induction_sessions.attendance.listed import Listed, People
from app.onboarding.induction_sessions.attendance.posted import LONGEST_NOTE, ROLES, Marks
from app.onboarding.induction_sessions.attendance.sheet import Attendee, Line
from app.register.facts.sql_texts import safe_cell
from forms.fields import tables
from forms.fields.identifiers import plain
from forms.fields.rules import tidy_line
from forms.fields.sheets import as_text
from forms.fields.tables import Cell
from forms.shapes.participants import LIMITS
from forms.shapes.roster_match import words_of

HEADINGS = ("Código", "Entidad", "Persona", "Función", "Documento", "Asistió", "Motivo")
FUNCTIONS = {"administrator": "Administrador", "alternate": "Alterno", "other": "De la relación"}
KEYS = {plain(heading): heading for heading in HEADINGS}
ATTENDED = frozenset({"si", "s", "x", "1", "asistio", "presente"})
ABSENT = frozenset({"no", "n", "0", "no asistio", "falto", "ausente"})
#: The columns that tell apart people of one entity and name, and what a person has there.
SAYS_WHO: Mapping[str, Callable[[Attendee], str]] = {
    "Documento": lambda person: person.document,
    "Función": lambda person: FUNCTIONS[person.role],
}
#: People of the rosters in a template; more are only in the participants' list.
MOST = 2000
#: Faulty rows that a page names.
MOST_FAULTS = 30


@dataclass(frozen=True)
class Filled:
    """A filled template: the number of each row, and its cells by heading."""

    rows: Sequence[tuple[int, dict[str, str]]]


def rows_of(people: People) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the template, with the headings first."""
    yield HEADINGS
    left = MOST
    for line, every in people:
        for person in every:
            if person.role not in ROLES:
                left -= 1
                if left < 0:
                    continue
            who = (person.name, FUNCTIONS[person.role], person.document)
            row = (line.entity.code, line.entity.name, *who, "", "")
            yield tuple(map(safe_cell, row))


def left_out(people: People) -> int:
    """Return how many people of the rosters do not fit into the template."""
    others = sum(1 for _, every in people for one in every if one.role not in ROLES)
    return max(0, others - MOST)


def as_csv(people: People) -> bytes:
    """Return the template as CSV."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows(rows_of(people))
    return target.getvalue().encode("utf-8-sig")


def as_workbook(people: People) -> bytes:
    """Return the template as a workbook (XLSX)."""
    # Imported here: it is rarely needed, and web processes save the memory.
    import xlsxwriter

    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#E6EEF5", "border": 1})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("Asistencia")
        sheet.freeze_panes(1, 0)
        for place, width in enumerate((10, 50, 40, 18, 18, 10, 40)):
            sheet.set_column(place, place, width, text)
        for number, row in enumerate(rows_of(people)):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell, text if number else head)
        sheet.data_validation(1, 5, 5000, 5, {"validate": "list", "source": ["Sí", "No"]})
    return target.getvalue()


def read(content: bytes) -> Filled | None:
    """Return a filled template; None for another file.

    Raises tables.Unreadable. Call it before a transaction begins.
    """
    headings: list[str] | None = None
    found: list[tuple[int, dict[str, str]]] = []
    for number, cells in tables.rows(content, LIMITS):
        if headings is None:
            headings = [KEYS.get(plain(as_text(cell)), "") for cell in cells]
            if not {"Código", "Persona", "Asistió"} <= set(headings):
                return None
            continue
        row = {name: _text(cell) for name, cell in zip(headings, cells, strict=False) if name}
        if any(row.values()):
            found.append((number, row))
    return Filled(found)


def _text(cell: Cell) -> str:
    text = tidy_line(as_text(cell).replace("\n", " ").replace("\t", " "))
    return text[1:] if text[:1] == "'" else text


def marks_of(people: People, file: Filled, found: Listed, elsewhere: Mapping[str, str]) -> Listed:
    """Add what a filled template says to a page; a row with a fault marks nobody.

    `elsewhere`: why an entity of the session is not on the page, by its code.
    """
    found.names = len(file.rows)
    by_code = {line.entity.code: (line, every) for line, every in people}
    seen: dict[tuple[str, str], str] = {}
    faults: list[str] = []
    for number, row in file.rows:
        status = _status(row.get("Asistió", ""))
        if status == "" and not row.get("Motivo"):
            continue  # nothing was written in it
        line, person, fault = _person(by_code, row, elsewhere)
        if status is None:
            fault = fault or "en «Asistió» escribe sí o no."
        if line and person and not fault:
            key = (line.name, person.value)
            if status and seen.setdefault(key, status) != status:
                fault = f"{person.name} está dos veces, con respuestas distintas."
        if fault:
            faults.append(f"Fila {number}: {fault}")
        elif line and person:
            if status:
                found.mark(line, person, status)
                found.recognised += 1
            _note(found, line, row.get("Motivo", ""))
    found.faults = faults[:MOST_FAULTS]
    if len(faults) > MOST_FAULTS:
        found.faults.append(f"Y {len(faults) - MOST_FAULTS} filas más con problemas.")
    return found


def _person(
    by_code: Mapping[str, tuple[Line, Sequence[Attendee]]],
    row: Mapping[str, str],
    elsewhere: Mapping[str, str],
) -> tuple[Line | None, Attendee | None, str]:
    """Return the line and the person of a row, or why there is none."""
    code = row.get("Código", "").upper()
    if code not in by_code:
        why = elsewhere.get(code, "no tiene cupo en esta sesión.")
        return None, None, f"{code[:20] or 'sin código'}: {why}"
    line, every = by_code[code]
    words = words_of(row.get("Persona", ""))
    same = [one for one in every if words_of(one.name) == words]
    for name, of in SAYS_WHO.items():
        if len(same) > 1 and (said := plain(row.get(name, ""))):
            same = [one for one in same if plain(of(one)) == said]
    name = row.get("Persona", "")[:60]
    if not same:
        return line, None, f"{name} no está entre las personas de {code}."
    if len(same) > 1:
        return line, None, f"en {code} hay {len(same)} personas llamadas {name}: márcala tú."
    return line, same[0], ""


def _status(text: str) -> str | None:
    """Return the status of a cell; "" for an empty one, None for one that says neither."""
    word = plain(text).strip(".")
    if word in ATTENDED:
        return "attended"
    if word in ABSENT:
        return "absent"
    return None if word else ""


def _note(found: Listed, line: Line, text: str) -> None:
    marks = found.marks.setdefault(line.name, Marks())
    if text and text not in marks.note:
        marks.note = f"{marks.note} {text}".strip()[:LONGEST_NOTE]
