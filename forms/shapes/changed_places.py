"""The part of a change that concerns units and sites: opened, closed, or with another name.

A unit or a site is known from the people who are in it, and from the record `places`, which also
has those without people and those that were closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date
from functools import cached_property
from typing import Any

from werkzeug.datastructures import MultiDict

from forms import StepForm
from forms.change_documents import PlaceChange
from forms.drafts import walk
from forms.fields import (
    DateField,
    GroupField,
    ListField,
    Part,
    SelectOneField,
    TextField,
    add_error,
)
from forms.fields.identifiers import plain
from forms.fields.pasted import TableField, some_of, without_headings
from forms.records import Place

Row = Mapping[str, Any]
#: A place: its kind and its name.
Key = tuple[str, str]

UNIT, SITE = "unit", "site"
#: Kinds of places, and what happens to one, with their words on pages.
KINDS = ((UNIT, "Unidad u oficina"), (SITE, "Sede"))
MOVEMENTS = (("opened", "Se crea"), ("closed", "Se cierra"))
#: Words that a pasted line may have instead.
WORDS = {
    **dict.fromkeys(("unidad", "oficina", "unidad u oficina", "area", "organo"), UNIT),
    **dict.fromkeys(("sede", "local"), SITE),
    **dict.fromkeys(("se crea", "crea", "crear", "alta", "nueva"), "opened"),
    **dict.fromkeys(("se cierra", "cierra", "cerrar", "baja", "termina"), "closed"),
}
COLUMNS = ("what", "movement", "name", "day", "reason", "to")
#: Places in one change.
MOST = 200
NOT_YET = "Escribe el cambio cuando ocurra: ese día no llega aún."


class PlacePart(Part):
    """A unit or a site that is opened or closed on a day."""

    what = SelectOneField(
        "Qué es", KINDS, needed="Elige si es una unidad o una sede.", default=UNIT
    )
    movement = SelectOneField(
        "Qué ocurre", MOVEMENTS, needed="Elige si se crea o se cierra.", default="opened"
    )
    name = TextField("Nombre", needed="Escribe su nombre.", limit=150)
    day = DateField(
        "Fecha",
        hint="Día/mes/año: el primer día si se crea, el último si se cierra",
        needed="Escribe la fecha.",
    )
    reason = TextField(
        "Motivo o documento",
        hint="Por ejemplo, Ordenanza 012-2026 que aprueba el ROF",
        needed="Escribe el motivo o el documento.",
        limit=200,
    )
    to = TextField(
        "A cuál pasan sus personas",
        hint="Si todavía hay personas en ella",
        when=("movement", "closed"),
        limit=150,
    )

    #: The day on which the form is answered; the form sets it before it validates.
    today: date | None = None

    def check(self) -> None:
        """Check the day, and that people move only from a place that is closed, to another one."""
        day, to = self["day"], self["to"]
        if not day.errors and day.data and self.today and day.data > self.today:
            add_error(day, NOT_YET)
        if to.data and self["movement"].data == "opened":
            add_error(to, "Solo pasan personas de una que se cierra.")
        elif to.data and to.data == self["name"].data:
            add_error(to, "Es la misma: escribe otra.")

    def change(self) -> PlaceChange:
        """Return the change of a valid part."""
        return PlaceChange(
            kind=self["what"].data or "",
            name=self["name"].data or "",
            movement=self["movement"].data or "",
            on=self["day"].iso,
            reason=self["reason"].data or "",
            to=self["to"].data or "",
        )


def read_line(cells: list[str]) -> PlacePart:
    """Return a pasted line as a part, not yet validated; missing cells at the end are blank."""
    values = dict(zip(COLUMNS, [*cells, *[""] * len(COLUMNS)], strict=False))
    for name in ("what", "movement"):
        values[name] = WORDS.get(plain(values[name]), values[name])
    return PlacePart(MultiDict(values))


def is_header(cells: list[str]) -> bool:
    """Return whether a pasted line is the heading."""
    return plain(cells[0]) not in WORDS and "nombre" in map(plain, cells)


def amended(places: Iterable[Row] | None, changes: Iterable[PlaceChange]) -> list[Place]:
    """Return the record `places` after some changes."""
    found: list[dict[str, Any]] = [dict(place) for place in places or ()]
    for one in changes:
        mine = {"kind": one["kind"], "name": one["name"]}
        there = next((p for p in found if p["to_on"] == "" and mine.items() <= p.items()), None)
        if one["movement"] == "opened":
            found.append(mine | {"from_on": one["on"], "to_on": "", "reason": one["reason"]})
            continue
        if there is None:  # known from its people alone
            there = mine | {"from_on": "", "to_on": "", "reason": ""}
            found.append(there)
        if one["movement"] == "renamed":
            there["name"] = one["to"]
        else:
            there |= {"to_on": one["on"], "reason": one["reason"]}
    return [Place(**place) for place in found]  # type: ignore[typeddict-item]


def listed(places: Iterable[Row] | None) -> dict[tuple[str, str], Row]:
    """Return the places of the record that are not closed, by kind and name."""
    return {(one["kind"], one["name"]): one for one in places or () if not one["to_on"]}


class ChangedPlacesForm(StepForm):
    """Units and sites that are opened or closed; it reads `places` and the people of the form."""

    places = ListField(
        GroupField(PlacePart),
        "Unidades y sedes que se crean o se cierran",
        most=20,
        add_label="Agregar otra unidad o sede",
    )
    pasted_places = TableField(
        "Tabla de las unidades y sedes que se crean o se cierran (opcional)",
        hint="Si son muchas, pega aquí la tabla o sube su archivo. "
        "Una por línea, desde una hoja de cálculo o con punto y coma: unidad o sede; se crea "
        "o se cierra; nombre; fecha; motivo; a cuál pasan sus personas.",
        limit=100_000,
    )

    def prepare(self) -> None:
        """Give the parts the day of the answer."""
        super().prepare()
        for entry in self.places:
            entry.form.today = self.given.get("today")

    def _lines(self) -> list[tuple[int, PlacePart]]:
        """Return the pasted lines, without the heading, and at most one more than is allowed."""
        rows = without_headings(self.pasted_places.rows(len(COLUMNS)), is_header)
        found = []
        for number, cells in rows[: MOST + 1]:
            part = read_line(cells)
            part.today = self.given.get("today")
            found.append((number, part))
        return found

    @cached_property
    def _read(self) -> list[tuple[int, PlacePart, PlaceChange]]:
        """The line of each part (0 for one that was typed), the part, and its change.

        Read once: validating a part tidies its texts, and forgets errors that were added.
        """
        parts = [*((0, entry.form) for entry in self.places), *self._lines()]
        for _, part in parts:
            part.validate()
        return [(number, part, part.change()) for number, part in parts]

    def place_changes(self) -> list[PlaceChange]:
        """Return the units and sites that are opened or closed."""
        return [change for _, _, change in self._read]

    def moves(self) -> list[tuple[str, str, str]]:
        """Return the places whose people pass to another one: kind, name, the other's name."""
        return [(one["kind"], one["name"], one["to"]) for one in self.place_changes() if one["to"]]

    def people_today(self) -> Iterable[Row]:
        """Return the people of the roster today."""
        raise NotImplementedError

    def people_afterwards(self) -> Iterable[Row]:
        """Return the people of the roster after the change."""
        raise NotImplementedError

    def check_places(self) -> None:
        """Reject wrong lines, places that are (or are not) there, and places with people."""
        self._check_lines()
        if self.is_valid:
            self._check_changes()

    def _check_lines(self) -> None:
        wrong = []
        for number, part, _ in self._read:
            if number and part.errors:
                first = next(str(field.errors[0]) for field in walk(part) if field.errors)
                wrong.append(f"Línea {number}: {first}")
        if len(self._read) > MOST:
            wrong = [f"Son más de {MOST}: regístralas en dos cambios."]
        if wrong:
            add_error(self.pasted_places, some_of(wrong))

    def _check_changes(self) -> None:
        there = set(self.known_places())
        by_movement: dict[str, set[Key]] = {"opened": set(), "closed": set()}
        for one in self.place_changes():
            by_movement[one["movement"]].add((one["kind"], one["name"]))
        afterwards = (there | by_movement["opened"]) - by_movement["closed"]
        left = Counter(
            (kind, str(row[kind])) for row in self.people_afterwards() for kind, _ in KINDS
        )
        done: set[Key] = set()
        wrong = []
        for number, part, one in self._read:
            name, sentence = self._fault(one, there, afterwards, done, left)
            done.add((one["kind"], one["name"]))
            if sentence and number:
                wrong.append(f"Línea {number}: {sentence}")
            elif sentence:
                add_error(part[name], sentence)
        if wrong:
            add_error(self.pasted_places, some_of(wrong))

    def known_places(self) -> Iterator[Key]:
        """Yield the places of today, by kind and name: those with people, and those listed."""
        for kind, _ in KINDS:
            yield from ((kind, row[kind]) for row in self.people_today() if row[kind])
        yield from listed(self.given.get("places"))

    def _fault(
        self,
        one: PlaceChange,
        there: Set[Key],
        afterwards: Set[Key],
        done: Set[Key],
        left: Mapping[Key, int],
    ) -> tuple[str, str]:
        """Return the field and the sentence of what is wrong; two empty texts if nothing is.

        `left` counts the people of each place after the change.
        """
        kind, key = one["kind"], (one["kind"], one["name"])
        if key in done:
            return "name", "Está dos veces en el cambio."
        if one["movement"] == "opened":
            return ("name", "Ya existe una con ese nombre.") if key in there else ("", "")
        if key not in there:
            return "name", "No hay ninguna con ese nombre. Escríbelo igual."
        if one["on"] < (listed(self.given.get("places")).get(key) or {"from_on": ""})["from_on"]:
            return "day", "No puede ser antes de que se creó."
        if one["to"] and (kind, one["to"]) not in afterwards:
            return "to", "No hay ninguna con ese nombre. Escríbelo igual, o créala en este cambio."
        if people := left.get(key, 0):
            who = "1 persona" if people == 1 else f"{people} personas"
            return "to", f"Todavía hay {who} en ella: escribe a cuál pasan."
        return "", ""
