"""A letter as plain text, to be copied into another program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.cases.papers.wording.letters import TERMS, Letter, Table

#: What the entity's own system adds.
NUMBER, DATE = "[número]", "[fecha]"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


def text_of(sheet: Mapping[str, Any]) -> str:
    """Return the whole text of a letter (`sheets.written`), its paragraphs between blank lines."""
    words: Letter = sheet["words"]
    parts = [
        sheet["year_name"],
        _lines([sheet["entity"]["name"], _place_line(sheet["entity"])]),
        f"{sheet['entity']['city'] or '[lugar]'}, {sheet['date'] or DATE}",
        f"{words['name']} N.º {sheet['number'] or NUMBER}",
        _lines([*words["to"], TERMS["present"]]),
        f"{TERMS['subject']}: {words['subject']}",
        f"{TERMS['reference']}: {words['reference']}",
        TERMS["greeting"],
        *words["before"],
        _table(words["table"]),
        *words["after"],
        words["last"],
        _lines(f"{number}. {one}" for number, one in enumerate(words["enclosed"], 1)),
        TERMS["farewell"],
        _signature(sheet),
        f"{TERMS['delegation']} {NUMBER}",
    ]
    return "\n\n".join(filter(None, parts)).replace(NO_BREAK_SPACE, " ") + "\n"


def _place_line(entity: Mapping[str, str]) -> str:
    """Return where the entity is, and its RUC."""
    return " · ".join(filter(None, (entity["place"], entity["ruc"] and f"RUC {entity['ruc']}")))


def _signature(sheet: Mapping[str, Any]) -> str:
    """Return the lines below a signature, without those that are not known."""
    person = sheet["authority"]
    return _lines([person["name"], person["post"], person["document"], sheet["words"]["role"]])


def _table(table: Table) -> str:
    """Return a line for each row: its first cell, then the others with their headings."""
    rows = table["body"] + ([table["total"]] if table["total"] else [])
    return _lines(f"- {first}. {_cells(table['head'], cells)}" for first, *cells in rows)


def _cells(head: Sequence[str], cells: Sequence[str]) -> str:
    """Return the cells of a row behind its first one, each with its heading."""
    return "; ".join(f"{label}: {cell}" for label, cell in zip(head[1:], cells, strict=True))


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(filter(None, lines))
