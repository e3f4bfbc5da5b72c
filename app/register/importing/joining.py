"""Facts that a file splits into several columns, joined into one cell as in other files."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.register.facts.keys import ALPHABET, CODE_LENGTH
from app.register.facts.values import VISITOR_KINDS
from app.register.importing import parts
from forms.fields.identifiers import plain, ruc_fault
from forms.fields.sheets import as_text
from forms.fields.tables import Cell

CODE = re.compile(rf"(?:.*/)?([{ALPHABET}]{{{CODE_LENGTH}}})/?")
KINDS = frozenset(map(plain, VISITOR_KINDS.values()))
NUMBER = re.compile(r"[\d*]")


def joined(cells: Mapping[str, Cell]) -> Mapping[str, Cell]:
    """Return the cells by the names of the 12 official columns, however the file splits them."""
    found = {name: parts.in_lima(cell) for name, cell in cells.items()}
    if "visitor_surnames" in found:
        names = ("visitor_surnames", "visitor_surname_2", "visitor")
        _put(found, "visitor", " ".join(filter(None, (_text(cells, name) for name in names))))
    if "document_number" in found:
        _put(found, "document", _document(cells))
    if "visitor_kind" in found:
        kind, name = _text(cells, "visitor_kind"), _text(cells, "visitor_entity")
        if plain(kind) in KINDS:
            _put(found, "visitor_entity", f"{kind} - {name}" if name else kind)
    if "category" in found:
        category, detail = _text(cells, "category"), _text(cells, "motive")
        _put(found, "motive", " - ".join(filter(None, (category, detail))))
    if "site" in found:
        site, place = _text(cells, "site"), _text(cells, "place")
        _put(found, "place", " - ".join(filter(None, (site, place))))
    return found


def code_of(cells: Mapping[str, Cell]) -> str:
    """Return the code of a visit of this installation, also from its address; "" for none."""
    found = CODE.fullmatch(_text(cells, "code").upper())
    return found[1] if found else ""


def ruc_of(cells: Mapping[str, Cell]) -> str:
    """Return the RUC of the represented entity, where it has a separate column."""
    text = _text(cells, "visitor_entity_ruc")
    return "" if ruc_fault(text, entity=False) else text


def _put(found: dict[str, Cell], name: str, text: str) -> None:
    if text:
        found[name] = text


def _text(cells: Mapping[str, Cell], name: str) -> str:
    text = as_text(cells.get(name)).strip()
    return "" if parts.is_blank(text) else text


def _document(cells: Mapping[str, Cell]) -> str:
    """Return type and number; a number that is in both columns, or only in the other one, once."""
    number = _text(cells, "document_number")
    kind = _text(cells, "document_type") or _text(cells, "document")
    if not number:
        return kind
    if kind and not NUMBER.search(kind):
        # Of «OTROS: permiso temporal» the first word is the type, the rest says which.
        return f"{kind.partition(':')[0].strip()} {number}"
    return number
