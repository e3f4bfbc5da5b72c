"""Attendance by name: those who were missing are marked, everybody else was present.

Up to `FEW` people are all listed. Among more people, those who were missing are searched by name,
or pasted as a table of their documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from forms.fields import add_error
from forms.fields.attendance import CHOICES, PRESENT, AttendanceField, Mark, id_of
from forms.fields.pasted import some_of
from forms.fields.people import full_name, key_of
from forms.shapes.attendance import GROUPS, LINE, AttendanceException, AttendanceForm

#: Greatest number of people listed by name; more are searched.
FEW = 100


class AttendanceByName(AttendanceForm):
    """Attendance by name: all people are listed if they are at most `FEW`, searched otherwise.

    Exceptions that an older draft typed become marks of the list. Only exceptions with an error
    keep their own fields, so that the user sees and corrects them. A pasted table also stays where
    people are searched.
    """

    roll = AttendanceField(
        "Quiénes asistieron",
        hint="Están todas las personas de la relación. Marca solo a quienes no asistieron.",
    )

    def prepare(self) -> None:
        """List the people, or offer to search them if there are too many."""
        super().prepare()
        if not self.given:
            return
        people = self.people()
        if not people:
            del self.roll
            return
        self.roll.expected = self.grouped(people)
        if len(people) > FEW:
            self.roll.searches = True
            self.roll.label.text = "Todas las personas asistieron, salvo"
            self.roll.description = (
                "Busca por nombre a quienes no asistieron y márcalos. A los demás los damos por "
                "asistentes."
            )
        self._mark_typed()

    def grouped(
        self, people: list[dict[str, Any]]
    ) -> Sequence[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Return the people in groups, each with its name."""
        return [
            (title, [person for person in people if person["group"] == group])
            for group, title in GROUPS.items()
        ]

    def _mark_typed(self) -> None:
        """Turn typed exceptions into marks; remove their fields if all of them fit."""
        found, faults = self.excepted()
        complete = {key: one for key, one in found.items() if is_complete(one)}
        known = {id_of(person) for person in self.roll.people}
        table = {}
        for key, one in complete.items():
            person_id, mark = "-".join(key), Mark(one.status, one.reason)
            if self.roll.searches and one.where.startswith(LINE):
                table[person_id] = mark
            elif person_id in known:
                self.roll.data.setdefault(person_id, mark)
        self.roll.pasted = table
        fits = not faults and len(complete) == len(found) and not self._contradictions()
        if fits or not self.exceptions.entries:
            del self.exceptions
        if fits and not self.roll.searches:
            del self.pasted

    def check(self) -> None:
        """Check the typed exceptions, and that the list does not contradict them."""
        super().check()
        if "roll" in self and (contradictions := self._contradictions()):
            add_error(self.roll, some_of(contradictions))

    def _contradictions(self) -> list[str]:
        """Return a sentence per person whose mark differs from the typed exception."""
        found, _ = self.excepted()
        sentences = []
        for person in self.roll.people:
            typed, mark = found.get(key_of(person)), self.roll.data.get(id_of(person))
            if typed and mark and typed.status and typed.status != mark.status:
                words = CHOICES.get(mark.status, mark.status)
                sentences.append(
                    f"{full_name(person)}: aquí está «{words}» y en {typed.where} "
                    f"«{CHOICES[typed.status]}»; deja una sola."
                )
        return sentences

    def attendance(self) -> list[dict[str, Any]]:
        """Return everybody expected, with `status` (present, absent, leave) and `reason`."""
        everybody = super().attendance()
        if "roll" not in self:
            return everybody
        return [person | self._marked(person) for person in everybody]

    def _marked(self, person: Mapping[str, Any]) -> dict[str, str]:
        """Return the status and reason of a person's mark, {} without a mark."""
        mark = self.roll.data.get(id_of(person))
        if mark is None:
            return {}
        return {"status": mark.status, "reason": "" if mark.status == PRESENT else mark.why}


def is_complete(one: AttendanceException) -> bool:
    """Return whether a typed exception says what happened, and why if it was a leave."""
    return one.status == "absent" or (one.status == "leave" and bool(one.reason))


def prefilled_by_name(
    expected: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return an earlier attendance as marks of those who are still expected."""
    known = {key_of(person) for person in expected}
    return {"roll": [one for one in people if one["status"] != PRESENT and key_of(one) in known]}
