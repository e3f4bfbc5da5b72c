"""The headings of files of visits: what each column holds, however a portal names it.

Ministries, regional governments and municipalities published visits in tables of different forms
before the official platform; their words for the same column differ, and so do their typing errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from app.register.facts.declared import IMPORTED
from forms.fields.identifiers import plain

#: A column that is known and not needed: row numbers, and values that the register computes.
UNUSED = "-"

#: Words without meaning in a heading, and words that are written in several ways.
SMALL = frozenset("de del la el los las y e o u a en con que se al".split())
WORDS: Mapping[str, str] = {
    **dict.fromkeys(("n", "no", "nro", "num", "nr", "nº", "n°"), "numero"),
    **dict.fromkeys(("doc", "docum"), "documento"),
    **dict.fromkeys(("ing",), "ingreso"),
    **dict.fromkeys(("sal",), "salida"),
    **dict.fromkeys(("hr", "hrs", "h"), "hora"),
    **dict.fromkeys(("func", "funcion"), "funcionario"),
    **dict.fromkeys(("obs",), "observacion"),
    **dict.fromkeys(("inst",), "institucion"),
    **dict.fromkeys(("ap", "apell"), "apellidos"),
    **dict.fromkeys(("nom", "nomb"), "nombres"),
}

#: Columns that hold no fact alone: cell → (label for the importing user, headings).
OTHER_COLUMNS: Mapping[str, tuple[str, str]] = {
    "code": (
        "Código de la visita",
        "codigo, codigo visita, enlace, enlace permanente, permalink, direccion permanente",
    ),
    "state": (
        "Estado",
        "estado, estado visita",
    ),
    "recorded_on": (
        "Fecha de Registro",
        "fecha registro, registrado, fecha hora registro, registro",
    ),
    "entity": (
        "Entidad visitada",
        "entidad visitada, entidad, institucion visitada",
    ),
    "entity_ruc": (
        "RUC de la entidad visitada",
        "ruc entidad, entidad ruc, ruc entidad visitada",
    ),
    "visitor_names": (
        "Nombres del visitante",
        "nombres, nombre",
    ),
    "visitor_surnames": (
        "Apellidos del visitante",
        "apellidos, apellidos visitante",
    ),
    "visitor_surname_1": (
        "Apellido paterno del visitante",
        "apellido paterno, apellido paterno visitante, primer apellido, paterno",
    ),
    "visitor_surname_2": (
        "Apellido materno del visitante",
        "apellido materno, apellido materno visitante, segundo apellido, materno",
    ),
    "document": (
        "Documento del visitante",
        "documento visitante, documento, documento identidad, dni, dni visitante, numero "
        "dni, dni ce, dni pasaporte, documento identidad visitante, tipo numero documento, "
        "identificacion",
    ),
}
#: Headings of columns that are known and not read.
UNUSED_HEADINGS = (
    "numero, item, entidad codigo, fuente, fuente corte, salida estado, modificado, versiones, "
    "visitante clave, gestion intereses, grupo, norma, numero orden, orden, correlativo, id, "
    "numero registro, numero visita"
)
#: Cell → its headings in the words of `canonical`, separated by commas.
COLUMNS: Mapping[str, str] = {
    **{cell: headings for cell, (_, headings) in OTHER_COLUMNS.items()},
    **{column.cell: column.headings for column in IMPORTED},
    UNUSED: UNUSED_HEADINGS,
}
NAMES: Mapping[str, str] = {
    heading.strip(): cell for cell, headings in COLUMNS.items() for heading in headings.split(",")
}
#: Cell → its label for the user who imports.
LABELS: Mapping[str, str] = {
    **{cell: label for cell, (label, _) in OTHER_COLUMNS.items()},
    **{column.cell: column.label for column in IMPORTED},
}
#: An entry column that also holds the day.
DAY_AND_HOUR = "fecha hora ingreso"
#: Columns of the visitor: a bare «Entidad» or «RUC» next to them is the visitor's.
OF_VISITOR = frozenset(name for name in LABELS if name.startswith(("visitor", "document")))
#: Similarity of a typing error, and the shortest heading that may have one.
ALIKE, LONG_ENOUGH = 0.87, 6

ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
WORD = re.compile(r"[a-z0-9ñ]+")
NUMBER = re.compile(r"\d+")
#: Words for the visitor, and for the visited official or entity.
SIDES: Mapping[str, re.Pattern[str]] = {
    "visitor": re.compile(r"visitante|ciudadan|administrad"),
    "visited": re.compile(r"visitad|funcionari|trabaja|servidor|emplead"),
}


def canonical(heading: str) -> str:
    """Return a heading in normal form: `N° DE DOCUMENTO` is `numero documento`."""
    text = plain(ASIDE.sub(" ", heading.replace("°", " ").replace("º", " ").replace("ª", " ")))
    words = (WORDS.get(word, word) for word in WORD.findall(text))
    return " ".join(word for word in words if word not in SMALL)


def names_of(headings: Sequence[str]) -> tuple[str, ...]:
    """Return what each column holds: a name of COLUMNS, "" for an unknown or repeated one."""
    canonicals = [canonical(heading) for heading in headings]
    found: list[str] = []
    for one in canonicals:
        name = _by_neighbours(one, found, canonicals) or NAMES.get(one, "") or _alike(one)
        found.append("" if name in found and name != UNUSED else name)
    return tuple(found)


def _by_neighbours(heading: str, before: Sequence[str], all_of_them: Sequence[str]) -> str:
    """Return the meaning of a bare heading by the columns before it; "" for none."""
    last = next((name for name in reversed(before) if name and name != UNUSED), "")
    if heading == "entidad" and last in OF_VISITOR:
        others = {NAMES.get(one, "") for one in all_of_them}
        return "" if "visitor_entity" in others else "visitor_entity"
    if heading == "ruc":
        return "visitor_entity_ruc" if last in OF_VISITOR else "entity_ruc"
    if heading == "numero" and last == "document_type":
        return "document_number"
    return ""


def _alike(heading: str) -> str:
    """Return the column of similar headings, where they are all of one column."""
    if len(heading) < LONG_ENOUGH:
        return ""
    close = get_close_matches(heading, NAMES, n=8, cutoff=ALIKE)
    found = {NAMES[one] for one in close if not _differ(heading, one)}
    return found.pop() if len(found) == 1 else ""


def _differ(heading: str, known: str) -> bool:
    """Return whether the difference is no typing error: another number, word, or person."""
    sides = {side for side in (_side(heading), _side(known)) if side}
    numbers = [NUMBER.findall(one) for one in (heading, known)]
    return len(sides) > 1 or heading[0] != known[0] or numbers[0] != numbers[1]


def _side(heading: str) -> str:
    """Return the person of a heading: `visitante` and `visitado` are two; "" for none."""
    found = {one for one in SIDES if SIDES[one].search(heading)}
    return found.pop() if len(found) == 1 else ""


def unknown(headings: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Yield the headings of columns that are not read, as they are written."""
    for heading, name in zip(headings, names, strict=True):
        text = " ".join(heading.split())
        if text and not name:
            yield text
