"""The other sheets of a workbook: personnel and posts of the entities, by code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from app.onboarding.batches.kind import CODE, Data
from forms.fields import sheets, tables
from forms.fields.identifiers import plain
from forms.fields.personnel import COLUMNS
from forms.fields.sheets import as_text
from forms.fields.tables import Cell

PERSONNEL, POSTS = "Personal", "Cargos"
LIMITS = tables.Limits(megabytes=10, rows=50_000, advice="Divídelo en partes.")
CODES = frozenset({plain(CODE.heading), *CODE.synonyms})
#: The columns of a post, in the order of its step.
OF_POST = (
    "Cargo",
    "Unidad",
    "Fundamento",
    "Norma",
    "Tipo",
    "Número",
    "Nombres",
    "Apellidos",
    "Desde",
    "Hasta",
)
#: Sheet → its headings in the template.
SHEETS: Mapping[str, tuple[str, ...]] = {
    PERSONNEL: (CODE.heading, *(column.label for column in COLUMNS)),
    POSTS: (CODE.heading, *OF_POST),
}
#: Sheet → a heading that it must have, besides the code, to be recognised.
REQUIRED = {PERSONNEL: "perfil", POSTS: "fundamento"}


def read(content: bytes) -> dict[str, Data]:
    """Return the contents of the other sheets, by code. Empty for a CSV. Raise tables.Unreadable.

    `roster`: rows as in the form SIP-RVL-002. `posts`: a table as text, as it is pasted.
    """
    if not tables.is_workbook(content):
        return {}
    found: dict[str, Data] = defaultdict(dict)
    for code, (heading, lines) in _by_code(content, PERSONNEL).items():
        try:
            found[code]["roster"] = sheets.rows_of([heading, *lines])
        except sheets.Unreadable as fault:
            raise tables.Unreadable(f"Hoja «{PERSONNEL}», entidad {code}: {fault}") from None
    for code, (heading, lines) in _by_code(content, POSTS).items():
        found[code]["posts"] = "\n".join("\t".join(_post(heading, line)) for line in lines)
    return dict(found)


def _by_code(content: bytes, sheet: str) -> dict[str, tuple[list[str], list[list[str]]]]:
    """Return the headings and the rows of a sheet, by code, without the column of the code.

    Empty if the workbook has no such sheet.
    """
    heading: list[str] | None = None
    place = 0
    found: dict[str, tuple[list[str], list[list[str]]]] = {}
    for _, cells in tables.rows(content, LIMITS, sheet):
        texts = [_text(cell) for cell in cells]
        if heading is None:
            words = [_plain(text) for text in texts]
            place = next((n for n, word in enumerate(words) if word in CODES), -1)
            if place < 0 or REQUIRED[sheet] not in words:
                return {}  # there is no sheet of that name, so this is the first sheet
            heading = _without(texts, place)
            continue
        code = texts[place].strip().upper() if place < len(texts) else ""
        if code:
            found.setdefault(code, (heading, []))[1].append(_without(texts, place))
    return found


def _post(heading: Sequence[str], line: Sequence[str]) -> list[str]:
    """Return the cells of a post in the order of OF_POST."""
    cells = dict(zip(map(_plain, heading), line, strict=False))
    return [cells.get(_plain(name), "") for name in OF_POST]


def _plain(heading: str) -> str:
    return plain(heading).strip(".*: ")


def _text(cell: Cell) -> str:
    return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else " ".join(as_text(cell).split())


def _without(texts: Sequence[str], place: int) -> list[str]:
    return [text for number, text in enumerate(texts) if number != place]
