"""Entities from a CSV: every fault has its row and column, and a faulty file changes nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Entity
from app.cases.entities import rucs
from app.people import addresses
from forms.fields import identifiers

REQUIRED = ("code", "name", "level", "kind")
OPTIONAL = (
    "acronym",
    "sector",
    "ubigeo",
    "department",
    "province",
    "district",
    "ruc",
    "origin",
    "contact_email",
    "phone",
)
COLUMNS = REQUIRED + OPTIONAL
LEVELS = ("nacional", "regional", "local")
MOST_BYTES = 10_000_000
MOST_ROWS = 50_000
LONGEST_CELL = 300  # letters
#: Where the history says that a value comes from.
IMPORTED_FROM = "archivo del catálogo"


@dataclass(frozen=True)
class Fault:
    """A fault and its place: the line of the file (0: the whole file) and the column."""

    row: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = f"row {self.row}" if self.row else "file"
        return f"{place}{f', column {self.column}' if self.column else ''}: {self.sentence}"


@dataclass(frozen=True)
class Report:
    """The result of an import; an import with faults changes nothing."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: tuple[Fault, ...] = ()
    #: Entities whose RUC others have too, each with their codes: coordinators confirm them.
    shared_rucs: tuple[tuple[str, Sequence[str]], ...] = ()


class Unreadable(Exception):
    """The file cannot be read as a table; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


Row = dict[str, str]


@dataclass(frozen=True)
class Judged:
    """The rows of a file by their lines, and everything that is wrong with them."""

    rows: Mapping[int, Row]
    faults: tuple[Fault, ...] = ()


def judge(content: str | bytes) -> Judged:
    """Read a CSV with the columns `COLUMNS`, in any order; before a transaction begins."""
    try:
        rows = dict(read(content))
    except Unreadable as fault:
        return Judged({}, (fault.fault,))
    return Judged(rows, tuple(faults_of(rows)))


def import_entities(session: Session, content: str | bytes, *, update: bool = True) -> Report:
    """Check a file and import it, as `bring_in` does."""
    return bring_in(session, judge(content), update=update)


def bring_in(session: Session, judged: Judged, *, update: bool = True) -> Report:
    """Add the entities of a file; a file with faults adds none.

    An entity whose code exists takes the values of the file's cells (an empty cell leaves the old
    value). Without `update` it stays unchanged. Flush only; the caller commits.
    """
    if judged.faults:
        return Report(faults=judged.faults)
    rows = judged.rows
    known = {entity.code: entity for entity in session.scalars(select(Entity))}
    added, updated = [], 0
    with_ruc: list[tuple[Entity, str]] = []
    for row in rows.values():
        entity = known.get(row["code"])
        old = entity.ruc if entity else ""
        if entity is None:
            added.append(entity := new_entity(row))
        elif update:
            updated += bring_up_to_date(session, entity, row)
        if entity.ruc != old:
            with_ruc.append((entity, old))
    session.add_all(added)
    session.flush()
    shared = rucs.imported(session, with_ruc)
    if added or updated:
        audit_log.write(
            session, "catalogue.imported", actor_id=None, added=len(added), updated=updated
        )
    return Report(
        len(added), updated, len(rows) - len(added) - updated, shared_rucs=tuple(shared.items())
    )


def new_entity(row: Row) -> Entity:
    """Return the entity of a row."""
    entity = Entity(**{column: row.get(column, "") for column in COLUMNS})
    entity.index()
    return entity


def bring_up_to_date(session: Session, entity: Entity, row: Row) -> bool:
    """Write the changed values and log old and new ones. Return whether anything changed."""
    changed = {
        column: [getattr(entity, column), value]
        for column, value in row.items()
        if value and getattr(entity, column) != value
    }
    if not changed:
        return False
    for column, (_, new) in changed.items():
        setattr(entity, column, new)
    entity.index()
    if "contact_email" in changed:
        entity.contact_source, entity.contact_on = IMPORTED_FROM.capitalize(), calendar.today()
        session.flush()
        old, new = changed["contact_email"]
        addresses.replaced(session, old, new, None)
    audit_log.write(
        session,
        "entity.changed",
        actor_id=None,
        entity_id=entity.id,
        changed=changed,
        imported_from=IMPORTED_FROM,
    )
    return True


def read(content: str | bytes) -> Iterator[tuple[int, Row]]:
    """Yield the rows by the line that they end on. Raises Unreadable."""
    text = decoded(content)
    if not text.strip():
        raise Unreadable(Fault(0, "", "is empty"))
    first_line = text.lstrip().partition("\n")[0]
    delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = header(next(reader))
        count = 0
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            count += 1
            if count > MOST_ROWS:
                raise Unreadable(Fault(reader.line_num, "", f"has more than {MOST_ROWS} rows"))
            if len(cells) != len(columns):
                sentence = f"has {len(cells)} cells where the header has {len(columns)}"
                raise Unreadable(Fault(reader.line_num, "", sentence))
            values = (" ".join(cell.split()) for cell in cells)
            yield reader.line_num, dict(zip(columns, values, strict=True))
    except csv.Error as fault:
        raise Unreadable(Fault(reader.line_num, "", f"is no CSV: {fault}")) from None
    if not count:
        raise Unreadable(Fault(0, "", "has a header and no rows"))


def decoded(content: str | bytes) -> str:
    """Return the text of the file. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(Fault(0, "", f"is larger than {MOST_BYTES // 1_000_000} MB"))
    if isinstance(content, str):
        text = content.removeprefix("\ufeff")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            line = content.count(b"\n", 0, fault.start) + 1
            raise Unreadable(
                Fault(line, "", "is not UTF-8 text; save the file as CSV UTF-8")
            ) from None
    if "\0" in text:
        raise Unreadable(Fault(text.count("\n", 0, text.index("\0")) + 1, "", "is no text"))
    return text


def header(cells: list[str]) -> list[str]:
    """Return the columns' names. Raises Unreadable where one lacks, is unknown, or comes twice."""
    columns = [cell.strip().lower() for cell in cells]
    missing = [column for column in REQUIRED if column not in columns]
    unknown = [column for column in columns if column not in COLUMNS]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    for names, sentence in (
        (missing, "missing columns"),
        (unknown, "unknown columns"),
        (twice, "columns that come twice"),
    ):
        if names:
            takes = f"; it takes {', '.join(COLUMNS)}" if names is unknown else ""
            raise Unreadable(Fault(1, "", f"{sentence}: {', '.join(names)}{takes}"))
    return columns


def faults_of(rows: Mapping[int, Row]) -> Iterator[Fault]:
    """Yield all faults of the cells."""
    seen: dict[str, int] = {}
    for number, row in rows.items():
        code = row["code"] = row["code"].upper()
        if code and code in seen:
            yield Fault(number, "code", f"{code} is already in row {seen[code]}")
        seen.setdefault(code, number)
        for column, value in row.items():
            sentence = fault_of(column, value)
            if sentence:
                yield Fault(number, column, sentence)


def fault_of(column: str, value: str) -> str:
    """Return the fault of one cell, "" if it has none."""
    if not value:
        return "is empty" if column in REQUIRED else ""
    if len(value) > LONGEST_CELL:
        return f"is longer than {LONGEST_CELL} letters"
    if not value.isprintable():
        return "holds characters that are no text"
    rule = RULES.get(column)
    return "" if rule is None else rule(value)


def ruc_fault(value: str) -> str:
    """Return the rule of the RUC of an entity."""
    if not identifiers.ruc_fault(value):
        return ""
    return f"{value} is no RUC of an entity: 11 digits that begin with 20, the last one checks"


def ubigeo_fault(value: str) -> str:
    """Return the rule of district codes."""
    if value in identifiers.places():
        return ""
    lost = " (a spreadsheet may have dropped its first zero)" if len(value) == 5 else ""
    return f"{value} is no district of the INEI list{lost}"


RULES: Mapping[str, Callable[[str], str]] = {
    "code": lambda value: (
        "" if re.fullmatch(r"[A-Z][0-9]{5}", value) else f"{value} is no code such as E00275"
    ),
    "level": lambda value: "" if value in LEVELS else f"{value} is none of {', '.join(LEVELS)}",
    "kind": lambda value: (
        "" if re.fullmatch(r"[a-z_]{1,40}", value) else f"{value} is no kind such as ministerio"
    ),
    "ubigeo": ubigeo_fault,
    "ruc": ruc_fault,
    "contact_email": lambda value: (
        f"{value} is no e-mail address" if identifiers.email_fault(value) else ""
    ),
    "phone": lambda value: (
        f"{value} is no telephone number" if identifiers.phone_fault(value) else ""
    ),
}
