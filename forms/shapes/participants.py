"""The participants' list that Teams, Zoom or Meet exports, or a sheet with names.

The column sets, as the programs write them:

- Teams: UTF-16 with tabs, in sections. *1. Summary*; *2. Participants* with Name, First Join, Last
  Leave, In-Meeting Duration, Email, Participant ID (UPN), Role; *3. In-Meeting Activities*, which
  repeats the people. Before 2022: Full Name, User Action, Timestamp, or Full Name, Join Time,
  Leave Time, Duration, Email, Role, Participant ID (UPN), without numbers before the sections.
- Zoom: CSV in UTF-8. Name (Original Name), User Email, Join Time, Leave Time, Duration (Minutes) or
  Total Duration (Minutes), Guest, In Waiting Room; lines about the meeting may stand above.
- Meet: CSV or a sheet. First name, Last name, Email, Duration, Time joined, Time exited; or Name in
  the place of the first two.

Each also in Spanish. The file is read in a child process (`forms.fields.tables`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import IO

from forms.fields import tables
from forms.fields.identifiers import plain
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

#: Column → its headings, in the spelling of `plain`.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": (
        "name",
        "full name",
        "name (original name)",
        "nombre",
        "nombre completo",
        "nombre (nombre original)",
        "nombre de usuario",
        "nombres y apellidos",
        "apellidos y nombres",
        "participant",
        "participante",
        "persona",
    ),
    "first": ("first name", "nombres", "primer nombre", "nombre de pila"),
    "last": ("last name", "apellido", "apellidos"),
    "email": (
        "email",
        "e-mail",
        "email address",
        "user email",
        "correo",
        "correo electronico",
        "direccion de correo electronico",
        "e-mail del usuario",
        "correo electronico del usuario",
    ),
    "upn": ("participant id (upn)", "id. de participante (upn)", "id de participante (upn)"),
    "joined": (
        "first join",
        "first join time",
        "join time",
        "time joined",
        "timestamp",
        "primera union",
        "primera entrada",
        "hora de union",
        "hora de entrada",
        "hora para unirse",
        "marca de tiempo",
    ),
    "waiting": ("in waiting room", "en sala de espera", "en la sala de espera"),
    "action": ("user action", "accion del usuario"),
    "more": (
        "last leave",
        "leave time",
        "time exited",
        "duration",
        "in-meeting duration",
        "duration (minutes)",
        "total duration (minutes)",
        "role",
        "guest",
        "ultima salida",
        "hora de salida",
        "hora para salir",
        "duracion",
        "duracion (minutos)",
        "duracion total (minutos)",
        "duracion en la reunion",
        "duracion de la reunion",
        "rol",
        "invitado",
    ),
}
KEY_OF = {heading: key for key, headings in HEADINGS.items() for heading in headings}
YES = ("yes", "si", "true")
#: The beginnings of an action that ends a stay; the row of its beginning stands above.
EXITS = ("left", "salio", "abandono")
#: The beginning of a section of Teams.
SECTION = re.compile(r"\d\. \S")
DAY = re.compile(r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})")

NO_COLUMNS = (
    "No encontramos la columna con los nombres. Sube la lista de participantes que exporta Teams, "
    "Zoom o Meet tal como la descargaste, o nuestra plantilla."
)
EMPTY = "La lista no tiene a nadie."


@dataclass(frozen=True)
class Participant:
    """A person of the list as it calls them: the line, the name, the address ("" if none).

    `rows`: how many rows have this name without an address; 1 with one, which is of one person.
    """

    number: int
    name: str
    email: str
    rows: int = 1


@dataclass(frozen=True)
class Participants:
    """A list: each name and address once, and the days that it names, in every way to read them."""

    people: Sequence[Participant]
    days: frozenset[date] = field(default=frozenset())

    def is_of(self, day: date) -> bool:
        """Return whether a list can be of a day; a program may write the hours of another zone."""
        return not self.days or any(abs((one - day).days) <= 1 for one in self.days)


def read(name: str, stream: IO[bytes]) -> Participants:
    """Return the list of a file. Raises Unreadable. Call it before a transaction begins."""
    content = stream.read(LIMITS.megabytes * tables.MEGABYTE + 1)
    tables.check(content, name, LIMITS)
    return of_content(content)


def of_content(content: bytes) -> Participants:
    """Return the list of a file that was checked (`tables.check`). Raises Unreadable."""
    return of_rows(tables.rows(content, LIMITS))


def of_rows(rows: Iterable[tuple[int, Sequence[Cell]]]) -> Participants:
    """Return the list of the rows of a table. Raises Unreadable."""
    keys: list[str] | None = None
    found: dict[tuple[str, str], Participant] = {}
    days: set[date] = set()
    for number, cells in rows:
        if keys is None:
            keys = _headings(cells)
            continue
        if SECTION.match(as_text(cells[0]) if cells else ""):
            break
        row = _row(keys, cells)
        if plain(as_text(row.get("waiting"))) in YES:
            continue
        is_exit = plain(as_text(row.get("action"))).startswith(EXITS)
        days.update(_days(row.get("joined")))
        if one := _participant(number, row):
            first = found.setdefault(key := (plain(one.name), one.email), one)
            if first is not one and not one.email and not is_exit:
                found[key] = replace(first, rows=first.rows + 1)
    if keys is None:
        raise Unreadable(NO_COLUMNS)
    if not found:
        raise Unreadable(EMPTY)
    return Participants(list(found.values()), frozenset(days))


def _headings(cells: Sequence[Cell]) -> list[str] | None:
    """Return the key of each column of the row of headings; None for another row."""
    known = [KEY_OF.get(_heading(cell), "") for cell in cells]
    if "last" in known and "first" not in known and "name" in known:
        known[known.index("name")] = "first"
    has_name = "name" in known or {"first", "last"} <= set(known)
    written = sum(1 for cell in cells if as_text(cell).strip())
    return known if has_name and (sum(map(bool, known)) > 1 or written == 1) else None


def _heading(cell: Cell) -> str:
    return plain(as_text(cell)).strip(":* ")


def _row(keys: Sequence[str], cells: Sequence[Cell]) -> dict[str, Cell]:
    """Return the cells by column; the first column of a key counts."""
    row: dict[str, Cell] = {}
    for key, cell in zip(keys, cells, strict=False):
        if key:
            row.setdefault(key, cell)
    return row


def _participant(number: int, row: Mapping[str, Cell]) -> Participant | None:
    parts = (row.get("name"), row.get("first"), row.get("last"))
    name = tidy_line(" ".join(filter(None, (_text(part) for part in parts))))
    email = next((one for key in ("email", "upn") if "@" in (one := _text(row.get(key)))), "")
    return Participant(number, name[:LONGEST], email[:LONGEST].lower()) if name or email else None


def _text(cell: Cell) -> str:
    return as_text(cell).replace("\n", " ").replace("\t", " ").strip()


def _days(cell: Cell) -> Iterator[date]:
    """Yield the days that a cell can mean: 3/9/2026 is in March or in September."""
    if isinstance(cell, datetime | date):
        yield cell.date() if isinstance(cell, datetime) else cell
        return
    written = DAY.search(as_text(cell))
    if written is None:
        return
    one, two, three = (int(number) for number in written.groups())
    for year, month, day in ((three, two, one), (three, one, two), (one, two, three)):
        try:
            yield date(year + 2000 if year < 100 else year, month, day)
        except ValueError:
            continue
