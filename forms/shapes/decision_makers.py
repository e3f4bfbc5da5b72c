"""Posts with capacity for public decision (Ley 28024, art. 5) and their holders.

A post is not a person: it has a holder from a day to a day. The holder is its *titular*, or an
acting one (*encargado*) by a resolution. A titular and an acting holder may hold a post on the same
day; two titulares may not. Posts are typed one by one, or pasted as a table when there are many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from forms import StepForm
from forms.drafts import walk
from forms.fields import (
    DateField,
    GroupField,
    ListField,
    NameField,
    Part,
    SelectOneField,
    TextField,
    add_error,
)
from forms.fields.dates import in_words, write_date
from forms.fields.identifiers import DOCUMENT_TYPES, plain
from forms.fields.pasted import TableField, pasted_pairs, some_of, without_headings
from forms.fields.people import check_document, same_document
from forms.shapes.loading import altas
from forms.shapes.post_keys import key_of

DETERMINED = "determined"
GROUNDS = (
    ("minister", "Ministro o ministra"),
    ("viceminister", "Viceministro o viceministra"),
    ("secretary_general", "Secretario o secretaria general"),
    ("director", "Director o directora"),
    ("adviser", "Asesor o asesora"),
    ("governor", "Gobernador o gobernadora regional"),
    ("councillor", "Consejero o consejera regional"),
    ("mayor", "Alcalde o alcaldesa"),
    ("alderman", "Regidor o regidora"),
    ("manager", "Gerente o gerenta"),
    ("head_of_pliego", "Titular de pliego presupuestal"),
    ("position_of_trust", "Cargo de confianza"),
    (DETERMINED, "Otro que la entidad determina con una norma"),
)
#: Grounds of bodies and offices whose members share one post name at the same time.
SHARED = frozenset({"councillor", "alderman", "adviser"})
#: Grounds whose holders are elected: their mandate ends on a date.
ELECTED = frozenset({"governor", "councillor", "mayor", "alderman"})
#: Grounds whose holders often leave with the authority, by resolution and never by a date.
TRUSTED = frozenset({"position_of_trust", "manager", "adviser"})
#: Words of a post that suggest its ground; the first match counts.
HINTS = (
    (r"\bviceministr", "viceminister"),
    (r"\bministr[oa]\b", "minister"),
    (r"\bsecretari[oa] general", "secretary_general"),
    (r"\b(director|directora)\b", "director"),
    (r"\bases(or|ora)\b", "adviser"),
    (r"\bgobernador", "governor"),
    (r"\bconsejer[oa]", "councillor"),
    (r"\bteniente alcalde|\bregidor", "alderman"),
    (r"\balcald", "mayor"),
    (r"\bgeren(te|ta|cia)\b", "manager"),
    (r"\btitular", "head_of_pliego"),
)
TITULAR, ACTING = "titular", "acting"
CAPACITIES = ((TITULAR, "Titular"), (ACTING, "Encargado o encargada"))
#: Greatest number of posts shown one by one; more are shown as a pasted table.
SHOWN = 25
MOST = 1500
COLUMNS = (
    "post",
    "unit",
    "ground",
    "norm",
    "document_type",
    "document_number",
    "given_names",
    "surnames",
    "from_on",
    "to_on",
    # At the end: tables of ten columns stay valid.
    "capacity",
    "resolution",
)
#: The hint of a pasted or uploaded table of posts (Spanish).
TABLE = (
    "Si son muchos, pega aquí la tabla o sube su archivo. "
    "Un cargo por línea, desde una hoja de cálculo o con punto y coma: cargo; unidad; "
    "fundamento; norma; tipo de documento; número; nombres; apellidos; desde; hasta; y, si "
    "lo ocupa un encargado, «Encargado» y la resolución."
)
#: Columns that a post has only if its holder is acting; without them, the holder is titular.
OF_ACTING = ("capacity", "resolution")
FIRST_DAY = date(1990, 1, 1)


def ground_hint(post: str) -> str:
    """Return the ground that the words of a post suggest, "" if none."""
    words = plain(post)
    return next((ground for pattern, ground in HINTS if re.search(pattern, words)), "")


class PostPart(Part):
    """A post with its ground and its holder."""

    post = TextField("Cargo", needed="Escribe el cargo.", limit=150)
    unit = TextField("Unidad orgánica", needed="Escribe la unidad orgánica.", limit=150)
    ground = SelectOneField(
        "Por qué es sujeto con capacidad de decisión",
        (("", "Elige"), *GROUNDS),
        hint="Ley 28024, artículo 5.",
        needed="Elige por qué tiene capacidad de decisión.",
    )
    norm = TextField(
        "Norma que lo determina",
        hint="Número y fecha de la resolución de la entidad.",
        needed="Escribe la norma con la que la entidad lo determina.",
        when=("ground", DETERMINED),
        limit=200,
    )
    capacity = SelectOneField(
        "Lo ocupa como",
        CAPACITIES,
        hint="Encargado: por un tiempo, mientras no hay titular o el titular está ausente.",
        default=TITULAR,
    )
    resolution = TextField(
        "Resolución del encargo",
        hint="Número y fecha.",
        needed="Escribe la resolución del encargo.",
        when=("capacity", ACTING),
        limit=200,
    )
    document_type = SelectOneField(
        "Tipo de documento de quien lo ocupa",
        DOCUMENT_TYPES,
        needed="Elige el tipo de documento.",
        default="DNI",
    )
    document_number = TextField(
        "Número de documento de quien lo ocupa",
        needed="Escribe el número de documento.",
        limit=15,
        render_kw={"autocomplete": "off"},
    )
    given_names = NameField("Nombres de quien lo ocupa", needed="Escribe los nombres.")
    surnames = NameField("Apellidos de quien lo ocupa", needed="Escribe los apellidos.")
    from_on = DateField("Desde", hint="Día/mes/año", needed="Escribe desde cuándo ocupa el cargo.")
    to_on = DateField("Hasta", hint="Déjalo en blanco si sigue en el cargo.")

    def check(self) -> None:
        """Check the number against its kind, and the order of the days."""
        check_document(self["document_type"], self["document_number"])
        start, end = self["from_on"], self["to_on"]
        if start.data and start.data < FIRST_DAY and not start.errors:
            add_error(start, f"Desde: escribe un día desde el {in_words(FIRST_DAY)}.")
        if start.data and end.data and end.data < start.data and not end.errors:
            add_error(end, "Hasta: no puede ser antes que Desde.")

    def record(self) -> dict[str, str]:
        """Return the post as stored in `decision_makers`."""
        days = {name: self[name].iso for name in ("from_on", "to_on")}
        found = {name: self[name].data or "" for name in COLUMNS} | days
        return found if found["capacity"] == ACTING else without_acting(found)


def without_acting(post: Mapping[str, str]) -> dict[str, str]:
    """Return a post of a titular, as records store it."""
    return {name: value for name, value in post.items() if name not in OF_ACTING}


def is_acting(post: Mapping[str, str]) -> bool:
    """Return whether the holder of a post is acting."""
    return post.get("capacity") == ACTING


GROUND_OF = {plain(label): ground for ground, label in GROUNDS}
GROUND_OF |= {
    plain(part): ground for part, ground in (("otro", DETERMINED), ("regidor", "alderman"))
}
CAPACITY_OF = {plain(label): capacity for capacity, label in CAPACITIES}
CAPACITY_OF |= {"": TITULAR, "encargado": ACTING, "encargada": ACTING, "e": ACTING, "(e)": ACTING}


def read_row(row: list[str]) -> PostPart:
    """Return a pasted line as a post, not yet validated; missing cells at the end are blank."""
    values = dict(zip(COLUMNS, [*row, *[""] * len(COLUMNS)], strict=False))
    ground = values["ground"]
    values["ground"] = GROUND_OF.get(plain(ground)) or ground_hint(ground) or ground
    values["capacity"] = CAPACITY_OF.get(plain(values["capacity"]), values["capacity"])
    values["document_type"] = values["document_type"].upper() or "DNI"
    number = values["document_number"]
    if values["document_type"] == "DNI" and number.isascii() and number.isdigit():
        values["document_number"] = number.zfill(8)
    return PostPart(MultiDict(values))


def write_rows(posts: Iterable[Mapping[str, str]]) -> str:
    """Return posts as the lines that `read_row` takes."""
    return pasted_pairs([_cell(name, post.get(name, "")) for name in COLUMNS] for post in posts)


def _cell(name: str, value: str) -> str:
    if name == "ground":
        return dict(GROUNDS).get(value, "")
    if name == "capacity":
        return dict(CAPACITIES).get(value, "")
    return write_date(value) if name.endswith("_on") and value else value


def is_header(row: list[str]) -> bool:
    """Return whether a pasted line is the heading."""
    return plain(row[0]) in ("cargo", "cargos", "puesto")


def posts_of_roster(
    roster: Any, authority: Mapping[str, Any] | None = None
) -> list[dict[str, str]]:
    """Return the decision-makers of a roster as posts.

    Only for the authority is it known since when.
    """
    since = (authority or {}).get("since_on") or ""
    return [
        {name: row.get(name, "") for name in COLUMNS if name not in OF_ACTING}
        | {
            "ground": ground_hint(row["post"]),
            "from_on": since if same_document(row, authority) else "",
        }
        for row in altas(roster)
        if row["profile"] == "decision_maker"
    ]


def prefilled(posts: list[dict[str, str]]) -> dict[str, Any]:
    """Return posts as fields: one by one, or as a table when there are many."""
    return {"pasted": write_rows(posts)} if len(posts) > SHOWN else {"posts": posts}


def holder_label(post: Mapping[str, str]) -> str:
    """Return the text by which a person recognises the holder of a post."""
    return f"{post['given_names']} {post['surnames']} · {post['post']}, {post['unit']}"


def in_office(posts: Iterable[Mapping[str, str]] | None, day: date) -> list[Mapping[str, str]]:
    """Return the posts whose holder is in office on a day."""
    on = day.isoformat()
    return [post for post in posts or () if post["from_on"] <= on and (post["to_on"] or on) >= on]


def held_posts(posts: Iterable[Mapping[str, str]]) -> int:
    """Return the number of posts in office; an acting holder adds no post."""
    return sum(not post.get("to_on") and not is_acting(post) for post in posts)


def overlaps(posts: list[tuple[str, Any, dict[str, str]]]) -> list[tuple[Any, str]]:
    """Return overlaps of holders of one post of one unit: the later entry's field, a sentence.

    Each entry is its position, the field that takes the error, and the post. A titular and an
    acting holder may hold a post at the same time; two of one kind overlap. Members of a council
    and advisers share the name of their post: for them, only the same person twice overlaps.
    """
    found = []
    last: dict[tuple[str, ...], tuple[str, str]] = {}
    for where, field, post in sorted(posts, key=lambda entry: entry[2]["from_on"]):
        acting = is_acting(post)
        key: tuple[str, ...] = (key_of(post), ACTING if acting else TITULAR)
        if post["ground"] in SHARED:
            key += (post["document_type"], post["document_number"])
        until, holder = last.get(key, ("", ""))
        if until >= post["from_on"]:
            found.append((field, f"{where}: {_overlap(acting).format(holder)}"))
        end = post["to_on"] or "9999-12-31"
        last[key] = max((until, holder), (end, f"{post['given_names']} {post['surnames']}"))
    return found


def _overlap(acting: bool) -> str:
    if acting:
        return "en esos días el cargo está encargado también a {}."
    return "en esos días el cargo lo ocupa también {}. Si es un encargo, dilo en «Lo ocupa como»."


class PostsForm(StepForm):
    """A list of posts, typed one by one and pasted."""

    posts = ListField(
        GroupField(PostPart),
        "Cargos con capacidad de decisión pública",
        begins=True,
        most=SHOWN * 2,
        add_label="Agregar otro cargo",
    )
    pasted = TableField(
        "Tabla de los cargos (opcional)",
        hint=TABLE,
        limit=300_000,
    )

    def rows(self) -> list[tuple[int, list[str]]]:
        """Return the pasted lines, without the heading."""
        return without_headings(self.pasted.rows(len(COLUMNS)), is_header)

    def check(self) -> None:
        """Check that all posts are complete, there is at least one, and no two holders overlap."""
        rows = self.rows()
        if len(rows) + len(self.posts) > MOST:
            add_error(self.pasted, f"Pega {MOST} cargos como máximo.")
            return
        parts = [(f"Línea {number}", read_row(row)) for number, row in rows]
        faults = [f"{where}: {fault}" for where, part in parts if (fault := fault_of(part))]
        if faults:
            add_error(self.pasted, some_of(faults))
        if not (rows or self.posts.entries):
            add_error(self.posts, "Agrega al menos un cargo.")
        if self.is_valid:
            self._keep_apart(parts)

    def _keep_apart(self, parts: list[tuple[str, PostPart]]) -> None:
        entries = [
            (f"Cargo {number}", entry.form["from_on"], entry.form.record())
            for number, entry in enumerate(self.posts, 1)
        ]
        entries += [(where, self.pasted, part.record()) for where, part in parts]
        sentences: dict[Any, list[str]] = {}
        for field, sentence in overlaps(entries):
            sentences.setdefault(field, []).append(sentence)
        for field, found in sentences.items():
            add_error(field, some_of(found))

    def written(self) -> list[dict[str, str]]:
        """Return all posts of a valid form."""
        parts = [*(entry.form for entry in self.posts), *(read_row(row) for _, row in self.rows())]
        found = []
        for part in parts:
            part.validate()  # tidies document numbers
            found.append(part.record())
        return found


def fault_of(part: PostPart) -> str:
    """Return the first error of a pasted post, "" if it is valid."""
    if part.validate():
        return ""
    return next(str(field.errors[0]) for field in walk(part) if field.errors)


def invented_posts() -> list[dict[str, str]]:
    """Return two posts with plainly invented holders."""
    mayor = {
        "post": "Alcaldesa",
        "unit": "Alcaldía",
        "ground": "mayor",
        "norm": "",
        "document_type": "DNI",
        "document_number": "00000301",
        "given_names": "Carmen Persona",
        "surnames": "Mamani Muestra",
        "from_on": "2023-01-01",
        "to_on": "",
    }
    buyer = mayor | {
        "post": "Jefe de logística",
        "unit": "Oficina de Administración",
        "ground": DETERMINED,
        "norm": "Resolución de Alcaldía 015-2026",
        "document_number": "00000302",
        "given_names": "Jorge Persona",
        "surnames": "Rojas Ejemplo",
        "from_on": "2025-06-01",
    }
    return [mayor, buyer]
