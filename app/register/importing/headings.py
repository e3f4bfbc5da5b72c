"""The headings of files of visits: what each column holds, however a portal calls it.

Ministries, regional governments and municipalities published visits in tables of their own before
the official platform; their words for the same column differ, and so do their typing errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from forms.fields.identifiers import plain

#: A column that is known and not needed: numbers of rows, and what the register makes itself.
UNUSED = "-"

#: Words that say nothing in a heading, and those that are written in several ways.
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

#: Name of a cell → the headings of its column, in the words of `canonical`, separated by commas.
COLUMNS: Mapping[str, str] = {
    "code": "codigo, codigo visita, enlace, enlace permanente, permalink, direccion permanente",
    "state": "estado, estado visita",
    "recorded_on": "fecha registro, registrado, fecha hora registro, registro",
    "visit_on": "fecha visita, fecha, dia, dia visita, fecha ingreso, fecha atencion, "
    "fecha reunion, fecha cita",
    "entity": "entidad visitada, entidad, institucion visitada",
    "entity_ruc": "ruc entidad, entidad ruc, ruc entidad visitada",
    "visitor": "visitante, nombre visitante, nombres visitante, apellidos nombres visitante, "
    "nombres apellidos visitante, nombre apellidos visitante, nombre completo visitante, "
    "datos visitante, persona visitante, apellidos nombres, nombres apellidos, nombre apellidos, "
    "nombre completo, administrado, ciudadano, nombre ciudadano, nombres apellidos ciudadano, "
    "usuario visitante, visita",
    "visitor_names": "nombres, nombre",
    "visitor_surnames": "apellidos, apellidos visitante",
    "visitor_surname_1": "apellido paterno, apellido paterno visitante, primer apellido, paterno",
    "visitor_surname_2": "apellido materno, apellido materno visitante, segundo apellido, materno",
    "document": "documento visitante, documento, documento identidad, dni, dni visitante, "
    "numero dni, dni ce, dni pasaporte, documento identidad visitante, tipo numero documento, "
    "identificacion",
    "document_type": "tipo documento, tipo documento visitante, documento tipo, "
    "tipo documento identidad, clase documento",
    "document_number": "numero documento, numero documento identidad, documento numero, "
    "numero documento visitante, numero identidad, numero identificacion",
    "visitor_entity": "entidad visitante, institucion visitante, institucion, empresa, "
    "entidad procedencia, procedencia, empresa institucion, institucion empresa, organizacion, "
    "entidad representa, representacion, razon social, representado, institucion representa, "
    "institucion procedencia, entidad empresa, empresa entidad, empresa procedencia, "
    "entidad institucion, institucion entidad, entidad representada, entidad proviene, "
    "empresa institucion representa, empresa representa, "
    "empresa visitante, organizacion visitante, institucion pertenece, entidad pertenece",
    "visitor_kind": "visitante tipo, tipo visitante, tipo entidad, tipo entidad visitante, "
    "tipo persona",
    "visitor_entity_ruc": "representado ruc, ruc visitante, ruc entidad visitante, ruc empresa",
    "official": "funcionario visitado, funcionario, empleado publico, empleado publico visitado, "
    "nombre funcionario, nombres funcionario, servidor visitado, servidor publico, servidor, "
    "trabajador, nombre trabajador, trabajador visitado, persona visitada, visitado, empleado, "
    "empleado visitado, nombre empleado, nombre servidor, funcionario publico, personal visitado, "
    "quien visita, persona visita, nombre persona visitada, autoridad visitada, servidor civil, "
    "servidor publico visitado, funcionario servidor, funcionario servidor publico, "
    "nombre funcionario visitado, nombre empleado publico, nombre servidor publico, anfitrion, "
    "apellidos nombres funcionario, nombres apellidos funcionario, persona quien visita, "
    "nombre trabajador visitado, funcionario empleado publico, apellidos nombres trabajador, "
    "nombre apellidos trabajador, nombre visitado, servidor funcionario, visita quien",
    "unit": "oficina, unidad, area, dependencia, unidad organica, oficina visitada, area visitada, "
    "dependencia visitada, organo, gerencia, funcionario unidad, oficina funcionario, "
    "unidad organizacional, oficina area, area oficina, gerencia oficina, oficina cargo, "
    "area cargo, cargo oficina, unidad oficina, area trabajador, oficina trabajador, "
    "unidad visitada, unidad organica visitada, gerencia area, dependencia oficina, area unidad",
    "post": "cargo, cargo funcionario, puesto, funcionario cargo, cargo trabajador, "
    "cargo servidor, cargo visitado, cargo empleado, cargo empleado publico, "
    "cargo servidor publico",
    "entry": "hora ingreso, ingreso, hora entrada, entrada, hora inicio, fecha hora ingreso, "
    "hora llegada, inicio, hora ingreso visitante, hora ingreso visita, llegada",
    "exit": "hora salida, salida, hora fin, fecha hora salida, hora termino, fin, termino, "
    "hora egreso, egreso, hora salida visitante, hora salida visita, hora retiro",
    "category": "categoria, tipo motivo, tipo visita, categoria motivo, categoria visita, "
    "clasificacion",
    "motive": "motivo, motivo visita, asunto, asunto visita, detalle motivo, objeto visita, "
    "objeto, tema, motivo reunion, detalle visita, asunto motivo, motivo asunto, detalle",
    "place": "lugar especifico, lugar, lugar reunion, lugar visita, ambiente, lugar atencion, "
    "lugar especifico reunion",
    "site": "sede, local, sede visita, sede visitada",
    "observation": "observacion, observaciones",
    UNUSED: "numero, item, entidad codigo, fuente, salida estado, modificado, versiones, "
    "visitante clave, gestion intereses, grupo, norma, numero orden, orden, correlativo, id, "
    "numero registro, numero visita",
}
NAMES: Mapping[str, str] = {
    heading.strip(): name for name, told in COLUMNS.items() for heading in told.split(",")
}
#: A column of the entry that says the day too.
DAY_AND_HOUR = "fecha hora ingreso"
#: What a reader is shown of each name.
LABELS: Mapping[str, str] = {
    "code": "Código de la visita",
    "state": "Estado",
    "recorded_on": "Fecha de Registro",
    "visit_on": "Fecha de Visita",
    "entity": "Entidad visitada",
    "entity_ruc": "RUC de la entidad visitada",
    "visitor": "Visitante",
    "visitor_names": "Nombres del visitante",
    "visitor_surnames": "Apellidos del visitante",
    "visitor_surname_1": "Apellido paterno del visitante",
    "visitor_surname_2": "Apellido materno del visitante",
    "document": "Documento del visitante",
    "document_type": "Tipo de documento",
    "document_number": "Número de documento",
    "visitor_entity": "Entidad del visitante",
    "visitor_kind": "Tipo de visitante",
    "visitor_entity_ruc": "RUC de la entidad del visitante",
    "official": "Funcionario visitado",
    "unit": "Oficina",
    "post": "Cargo",
    "entry": "Hora Ingreso",
    "exit": "Hora Salida",
    "category": "Categoría del motivo",
    "motive": "Motivo",
    "place": "Lugar específico",
    "site": "Sede",
    "observation": "Observación",
}
#: Columns of the visitor: a bare «Entidad» or «RUC» next to them is the visitor's.
OF_VISITOR = frozenset(name for name in LABELS if name.startswith(("visitor", "document")))
#: Similar enough to be a typing error, for headings of this length at least.
ALIKE, LONG_ENOUGH = 0.87, 6

ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
WORD = re.compile(r"[a-z0-9ñ]+")
NUMBER = re.compile(r"\d+")
#: Words of who visits, and of who or what is visited.
SIDES: Mapping[str, re.Pattern[str]] = {
    "visitor": re.compile(r"visitante|ciudadan|administrad"),
    "visited": re.compile(r"visitad|funcionari|trabaja|servidor|emplead"),
}


def canonical(heading: str) -> str:
    """A heading in the words that are compared: `N° DE DOCUMENTO` is `numero documento`."""
    text = plain(ASIDE.sub(" ", heading.replace("°", " ").replace("º", " ").replace("ª", " ")))
    words = (WORDS.get(word, word) for word in WORD.findall(text))
    return " ".join(word for word in words if word not in SMALL)


def names_of(headings: Sequence[str]) -> tuple[str, ...]:
    """What each column holds: a name of COLUMNS, "" for one that is not known or comes again."""
    told = [canonical(heading) for heading in headings]
    found: list[str] = []
    for one in told:
        name = _beside(one, found, told) or NAMES.get(one, "") or _alike(one)
        found.append("" if name in found and name != UNUSED else name)
    return tuple(found)


def _beside(heading: str, before: Sequence[str], all_of_them: Sequence[str]) -> str:
    """What a bare heading means by the columns in front of it; "" where that decides nothing."""
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
    """The name of the headings that this one was to be, where they are all of one column."""
    if len(heading) < LONG_ENOUGH:
        return ""
    close = get_close_matches(heading, NAMES, n=8, cutoff=ALIKE)
    found = {NAMES[one] for one in close if not _differ(heading, one)}
    return found.pop() if len(found) == 1 else ""


def _differ(heading: str, known: str) -> bool:
    """Whether what is different is no typing error: another number, word, or person."""
    sides = {side for side in (_side(heading), _side(known)) if side}
    numbers = [NUMBER.findall(one) for one in (heading, known)]
    return len(sides) > 1 or heading[0] != known[0] or numbers[0] != numbers[1]


def _side(heading: str) -> str:
    """Of whom a heading speaks, if it says so: `visitante` and `visitado` are two people."""
    found = {one for one in SIDES if SIDES[one].search(heading)}
    return found.pop() if len(found) == 1 else ""


def unknown(headings: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """The headings of columns that are not read, as they are written."""
    for heading, name in zip(headings, names, strict=True):
        text = " ".join(heading.split())
        if text and not name:
            yield text
