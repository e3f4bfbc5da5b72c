"""The form of a change of the register's people, with what it changes.

It reads `NEEDS`, and gives `personnel_change`. Only what changes is typed or pasted. The people,
the units, the sites and the posts that are not named stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, cast

from forms.change_documents import Leaving, PersonnelChange, PlaceChange
from forms.fields import DateField, GroupField, ListField, SelectOneField, TickField, add_error
from forms.fields.dates import in_words
from forms.fields.pasted import some_of
from forms.fields.people import full_name, key_of
from forms.fields.personnel import MOST
from forms.records import RosterRow
from forms.shapes.change_parts import NOT_YET, ChangedRowsField, LeavingPart, RenamePart
from forms.shapes.changed_places import ChangedPlacesForm, listed
from forms.shapes.changed_posts import GROUND, POSTS, ChangedPostsForm
from forms.shapes.days import LONG_AGO
from forms.shapes.decision_makers import fault_of, read_row
from forms.shapes.foreign_rows import doubt
from forms.shapes.personnel_change import (
    ONESELF,
    REASONS,
    Key,
    Row,
    is_empty,
    leaves_no_operator,
    merged_roster,
    nothing,
    on_the_roster,
    operators_of,
    split,
)
from forms.shapes.roster_steps import Changes, compare
from forms.shapes.signing import file_of

__all__ = ["GROUND", "NEEDS", "PEOPLE", "POSTS", "ChangeForm"]

NEEDS = (
    "entity",
    "roster",
    "decision_makers",
    "personnel_since",
    "role_holders",
    "closed_operators",
    "administrators",
    "has_register",
    "actor",
    "elsewhere",
    "places",
)
NO_ONE = "Esta persona no está en la relación de tu entidad."
NO_OPERATOR = (
    "Con estos cambios no queda ningún operador: nadie podría registrar las visitas. Agrega antes "
    "a otro."
)
CLOSED = (
    "No cuenta quien tiene la cuenta desactivada o suspendida, ni quien anotó que deja sus "
    "funciones."
)
STAYS = (
    "Es administrador del registro. Si ya no trabaja aquí, que el alterno o tu coordinador lo diga "
    "en «Personas», con «Ya no trabaja aquí»."
)

PEOPLE = (
    "rows",
    "own_people",
    "leaving",
    "left_on",
    "left_because",
    "renames",
    "places",
    "pasted_places",
)


class ChangeForm(ChangedPostsForm, ChangedPlacesForm):
    """The changes: people, units and sites, posts and their holders."""

    dictated = True
    sets_in_motion = True
    difference = "shapes/change_difference.html"
    #: On a step that comes back, only the posts are offered again: the facts took effect.
    fresh: ClassVar[tuple[str, ...]] = (*PEOPLE, "holders", *GROUND)
    #: The field of the error that nothing changes. It is on the last page, so that each earlier
    #: page can stay blank.
    last_field: ClassVar[str] = "number"

    rows = ChangedRowsField(
        "Quiénes llegan o cambian",
        hint="Solo ellos: los demás siguen igual. A quien ya está en la relación se le reconoce "
        "por su documento. Puedes escribirlos, pegarlos o subir una tabla.",
    )
    own_people = TickField("Revisé la tabla: todas son personas de mi entidad")
    leaving = ListField(
        GroupField(LeavingPart),
        "Quiénes dejan el registro",
        hint="Su cuenta termina en cuanto envías el cambio.",
        most=50,
        add_label="Agregar a otra persona que se va",
    )
    left_on = DateField(
        "Último día de las bajas de la tabla (opcional)",
        hint="Día/mes/año. Solo si en la tabla de quienes llegan o cambian hay alguien de baja.",
    )
    left_because = SelectOneField(
        "Motivo de las bajas de la tabla (opcional)", (("", "Elige"), *REASONS)
    )
    renames = ListField(
        GroupField(RenamePart),
        "Unidades y sedes que cambian de nombre",
        hint="También si una pasa a formar parte de otra.",
        most=20,
        add_label="Agregar otro nombre",
    )

    def prepare(self) -> None:
        """Ask whether the people are the entity's own only where a doubt exists."""
        super().prepare()
        if self.given and not self.doubt:
            del self["own_people"]
        elif self.given:
            self["own_people"].description = self.doubt

    @cached_property
    def doubt(self) -> str:
        """Why the table may be another entity's; "" if nothing suggests it."""
        rows = [key_of(row) for row in self.rows.rows if row["movement"] != "baja"]
        named = {*rows, *map(key_of, self.left())} & self.roster.keys()
        new = list(dict.fromkeys(key for key in rows if key not in self.roster))
        elsewhere = set(map(tuple, self.given.get("elsewhere") or ()))
        return doubt(new, self.roster.keys(), named, elsewhere)

    def idle(self) -> set[str]:
        """Return the fields that the other answers do not ask for."""
        leaves = any(row["movement"] == "baja" for row in self.rows.complete())
        return super().idle() | (set() if leaves else {"left_on", "left_because"})

    # The changes ------------------------------------------------------------------------------

    @cached_property
    def roster(self) -> dict[tuple[str, str], Row]:
        """The people of the roster today, by their documents."""
        return on_the_roster(self.given.get("roster"))

    def left(self) -> list[Leaving]:
        """Return everyone who leaves: those named one by one, and those of the table."""
        day, why = self.left_on.iso, self.left_because.data or ""
        found = [
            Leaving(
                document_type=row["document_type"],
                document_number=row["document_number"],
                last_day=day,
                reason=why,
            )
            for row in self.rows.complete()
            if row["movement"] == "baja"
        ]
        for entry in self.leaving:
            part = entry.form
            found.append(
                Leaving(
                    document_type=part["document_type"].data or "",
                    document_number=part["document_number"].data or "",
                    last_day=part["last_day"].iso,
                    reason=part["reason"].data or "",
                )
            )
        return found

    def come_or_changed(self) -> list[RosterRow]:
        """Return the people who come or who are different from now on."""
        people = self.roster
        new = {key_of(row): dict(row) for row in self.rows.complete() if row["movement"] != "baja"}
        for what, before, after in [*self._names(), *self.moves()]:
            for key, row in people.items():
                now = new.get(key, dict(row))
                if before and now.get(what) == before:
                    new[key] = now | {what: after}
        return [cast("RosterRow", row) for key, row in new.items() if row != people.get(key)]

    def _names(self) -> list[tuple[str, str, str]]:
        """Return the units and sites with another name: kind, name of today, new name."""
        parts = (entry.form for entry in self.renames)
        return [(part["what"].data, part["before"].data, part["after"].data) for part in parts]

    def _changed_places(self) -> list[PlaceChange]:
        """Return the units and sites that change in the record `places`."""
        known, on = listed(self.given.get("places")), self.today.isoformat()
        renamed = [
            PlaceChange(kind=what, name=before, movement="renamed", on=on, reason="", to=after)
            for what, before, after in self._names()
            if (what, before) in known
        ]
        return renamed + self.place_changes()

    def people_today(self) -> Iterable[Row]:
        """Return the people of the roster today."""
        return self.roster.values()

    def people_afterwards(self) -> Iterable[Row]:
        """Return the people of the roster after the change."""
        rows, left = self.come_or_changed(), self.left()
        return on_the_roster(merged_roster(self.given.get("roster"), rows, left)).values()

    def change(self) -> PersonnelChange:
        """Return what a valid form changes."""
        posts, removed, entering, leaving = split(
            self.current_posts, self.changed_posts(), self.removed_posts()
        )
        return nothing(self.today.isoformat()) | {
            "rows": self.come_or_changed(),
            "leaving": self.left(),
            "posts": posts,
            "removed": removed,
            "to_approve": {"posts": entering, "removed": leaving},
            "number": self.number.data or "",
            "file": file_of(self.document),
            "places": self._changed_places(),
        }

    @property
    def changes(self) -> Changes:
        """The differences of the roster, for the page."""
        before = self.given.get("roster") or []
        return compare(before, merged_roster(before, self.come_or_changed(), self.left()))

    @property
    def post_changes(self) -> PersonnelChange | None:
        """The changes of posts, for the page; None while an entry is not complete."""
        if any(fault_of(read_row(row)) for _, row in self.lines()):
            return None
        return self.change()

    # Rules ------------------------------------------------------------------------------------

    def check(self) -> None:
        """Check people and posts as they would be afterwards."""
        if self.doubt and not self.own_people.data:
            self.own_people.description = ""  # the error says it
            add_error(
                self.own_people, f"{self.doubt} Revisa la tabla: si es la de tu entidad, márcalo."
            )
        self._check_table()
        self._check_leaving()
        self._check_renames()
        self.check_places()
        self.check_posts()
        if self.is_valid and is_empty(self.change()):
            add_error(self[self.last_field], "No hay ningún cambio que registrar.")
        if self.is_valid:
            self._check_whole()

    def _check_table(self) -> None:
        """Reject a baja of an unknown person, and one without its day and reason."""
        bajas = [row for row in self.rows.complete() if row["movement"] == "baja"]
        unknown = [full_name(row) for row in bajas if key_of(row) not in self.roster]
        if unknown:
            add_error(self.rows, some_of([f"{name}: no está en la relación." for name in unknown]))
        if not bajas:
            return
        if not self.left_on.data and not self.left_on.errors:
            add_error(self.left_on, "Escribe el último día de las bajas de la tabla.")
        if not self.left_because.data:
            add_error(self.left_because, "Elige por qué dejan el registro.")
        self._check_order(self.left_on, map(key_of, bajas))

    def _check_leaving(self) -> None:
        """Reject people who are not on the roster, leave twice, or answer for the register."""
        seen: set[Key] = {key_of(row) for row in self.rows.rows}
        for entry in self.leaving:
            part = entry.form
            key = part["document_type"].data or "", part["document_number"].data or ""
            number = part["document_number"]
            if number.errors or part["last_day"].errors:
                continue
            if key not in self.roster and key not in self._role_holders():
                add_error(number, NO_ONE)
            elif key in seen:
                add_error(number, "Esta persona está dos veces en el cambio.")
            seen.add(key)
            self._check_order(part["last_day"], [key])
        stays = set(map(tuple, self.given.get("administrators") or ()))
        if tuple(self.given.get("actor") or ()) in map(key_of, self.left()):
            add_error(self.leaving, ONESELF)
        elif not stays.isdisjoint(map(key_of, self.left())):
            add_error(self.leaving, STAYS)

    def _role_holders(self) -> set[Key]:
        """Return the people with an account in the entity, also if the roster lacks them."""
        return {(kind, number) for kind, number in self.given.get("role_holders") or ()}

    def _check_order(self, field: Any, people: Iterable[Key]) -> None:
        """Reject a last day that is still to come, or before the person came."""
        if field.errors or not field.data:
            return
        if field.data > self.today:
            add_error(field, NOT_YET)
            return
        since: Mapping[str, str] = self.given.get("personnel_since") or {}
        if any(since.get(" ".join(key), "") > field.iso for key in people):
            add_error(field, "Último día: no puede ser antes de que entró al registro.")

    def _check_renames(self) -> None:
        known = set(self.known_places())
        for entry in self.renames:
            what, before = entry.form["what"].data, entry.form["before"]
            if before.data and (what, before.data) not in known:
                add_error(before, "Nadie de la relación tiene ese nombre. Escríbelo igual.")

    def _check_whole(self) -> None:
        """Reject a roster without operators who can act, or with too many people."""
        merged = merged_roster(self.given.get("roster"), self.come_or_changed(), self.left())
        before, after = operators_of(self.given.get("roster")), operators_of(merged)
        closed = set(map(tuple, self.given.get("closed_operators") or ()))
        has_register = self.given.get("has_register", True)
        if has_register and leaves_no_operator(before, after, closed):
            sentence = f"{NO_OPERATOR} {CLOSED}" if after else NO_OPERATOR
            add_error(self.leaving if self.leaving.entries else self.rows, sentence)
        count = len(on_the_roster(merged))
        if count > MOST:
            add_error(self.rows, f"La relación tendría {count} personas; el máximo es {MOST}.")

    def unusual(self) -> list[str]:
        """Return what may be a mistake: late or many leavings, people without an e-mail."""
        left, before = self.left(), on_the_roster(self.given.get("roster"))
        day = date.fromisoformat(min((one["last_day"] for one in left), default="9999-12-31"))
        found = []
        if (self.today - day).days > LONG_AGO:
            found.append(f"Una baja es de hace más de un mes: el {in_words(day)}.")
        if len(left) * 2 > len(before):
            found.append(f"Se va más de la mitad de la relación: {len(left)} de {len(before)}.")
        if blank := sum(not row["email"] for row in self.come_or_changed()):
            rows = "1 persona queda" if blank == 1 else f"{blank} personas quedan"
            found.append(f"{rows} sin correo: no se les puede escribir.")
        return found

    def answer(self) -> dict[str, Any]:
        """Return what changes."""
        return {"personnel_change": self.change()}
