"""The parts of a change of the register's people: who leaves, new names, posts and holders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

from forms.fields import (
    DateField,
    NameField,
    Part,
    SelectOneField,
    TextField,
    TickField,
    add_error,
)
from forms.fields.identifiers import DOCUMENT_TYPES
from forms.fields.people import check_document
from forms.fields.personnel import Problem
from forms.fields.roster import RosterField
from forms.shapes.decision_makers import without_acting
from forms.shapes.personnel_change import REASONS, holder_key

#: The refusal of a last day that is still to come (Spanish).
NOT_YET = "Último día: registra el cambio cuando ocurra; ese día no llega aún."


class ChangedRowsField(RosterField):
    """Rows of people who come or change: any number of them, unlike a whole roster."""

    whole = False

    @property
    def listed(self) -> Iterable[Mapping[str, str]]:
        """The people of the form's roster."""
        found: Mapping[object, Mapping[str, str]] = self._form.roster
        return found.values()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The errors of the rows; the roster as a whole is judged after the change."""
        return tuple(problem for problem in super().problems if problem.row)


class LeavingPart(Part):
    """A person of the roster who leaves the register."""

    document_type = SelectOneField(
        "Tipo de documento", DOCUMENT_TYPES, needed="Elige el tipo de documento.", default="DNI"
    )
    document_number = TextField(
        "Número de documento",
        needed="Escribe el número de documento.",
        limit=15,
        render_kw={"autocomplete": "off"},
    )
    last_day = DateField(
        "Último día", hint="Día/mes/año", needed="Escribe su último día en el registro."
    )
    reason = SelectOneField(
        "Motivo", (("", "Elige"), *REASONS), needed="Elige por qué deja el registro."
    )

    def check(self) -> None:
        """Check the number against its kind."""
        check_document(self["document_type"], self["document_number"])


class RenamePart(Part):
    """A unit or a site that has another name from now on, or that becomes part of another."""

    what = SelectOneField(
        "Qué cambia de nombre",
        (("unit", "Unidad u oficina"), ("site", "Sede")),
        needed="Elige si es una unidad o una sede.",
        default="unit",
    )
    before = TextField("Nombre de hoy", needed="Escribe el nombre de hoy.", limit=150)
    after = TextField("Nombre nuevo", needed="Escribe el nombre nuevo.", limit=150)


class HolderPart(Part):
    """A listed post whose holder changes or leaves, or that leaves the list."""

    place = SelectOneField("Cargo y titular de hoy", needed="Elige el cargo.")
    last_day = DateField(
        "Último día de quien lo ocupaba",
        hint="Día/mes/año. Déjalo en blanco si el cargo estaba vacante.",
    )
    leaves = TickField("El cargo sale de la relación")
    document_type = SelectOneField(
        "Tipo de documento del nuevo titular", DOCUMENT_TYPES, default="DNI"
    )
    document_number = TextField(
        "Número de documento del nuevo titular",
        hint="Deja en blanco los datos del nuevo titular si el cargo queda vacante.",
        limit=15,
        render_kw={"autocomplete": "off"},
    )
    given_names = NameField("Nombres del nuevo titular")
    surnames = NameField("Apellidos del nuevo titular")
    from_on = DateField("Desde", hint="Día/mes/año")

    #: The listed row that the entry is about; the form sets it before it validates.
    held: Mapping[str, str] | None = None
    #: The day on which the form is answered, set likewise.
    today: date | None = None

    @property
    def has_successor(self) -> bool:
        """Whether a new holder is written."""
        names = ("document_number", "given_names", "surnames", "from_on")
        return any(self[name].data for name in names)

    def check(self) -> None:
        """Check that what happens is complete, and that the days are in order."""
        if self.held is None:
            return
        self._check_end(self.held)
        if self.has_successor:
            self._check_successor()

    def _check_end(self, held: Mapping[str, str]) -> None:
        day = self["last_day"]
        if held["to_on"]:
            if not self.has_successor and not self["leaves"].data:
                add_error(self["place"], "Ese cargo ya está vacante.")
        elif day.errors:
            return
        elif not day.data:
            add_error(day, "Escribe su último día en el cargo.")
        elif self.today and day.data > self.today:
            add_error(day, NOT_YET)
        elif day.iso < held["from_on"]:
            add_error(day, "Último día: no puede ser antes de que empezó.")

    def _check_successor(self) -> None:
        if self["leaves"].data:
            sentence = "Un cargo que sale de la relación no tiene nuevo titular."
            add_error(self["leaves"], sentence)
        for name, sentence in (
            ("document_number", "Escribe el número de documento."),
            ("given_names", "Escribe los nombres."),
            ("surnames", "Escribe los apellidos."),
            ("from_on", "Escribe desde cuándo ocupa el cargo."),
        ):
            if not self[name].data and not self[name].errors:
                add_error(self[name], sentence)
        check_document(self["document_type"], self["document_number"])

    def changed(self) -> list[dict[str, str]]:
        """Return the rows of a valid entry that change: who left, who came."""
        held = dict(self.held or {})
        found = [] if held["to_on"] or self["leaves"].data else [held | {"to_on": self._last}]
        if self.has_successor:
            names = ("document_type", "document_number", "given_names", "surnames")
            person = {name: self[name].data or "" for name in names}
            days = {"from_on": self["from_on"].iso, "to_on": ""}
            found.append(without_acting(held) | person | days)
        return found

    def removed(self) -> list[dict[str, str]]:
        """Return the row whose post leaves the list, with its holder's last day."""
        held = dict(self.held or {})
        return [held | {"to_on": held["to_on"] or self._last}] if self["leaves"].data else []

    @property
    def _last(self) -> str:
        return str(self["last_day"].iso)


def place_id(post: Mapping[str, str]) -> str:
    """Return a short id of a listed row, without the number of its holder's document."""
    return hashlib.sha256("\0".join(holder_key(post)).encode()).hexdigest()[:16]
