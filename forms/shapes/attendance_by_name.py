"""Attendance of a few people by name: everybody is listed, and those who were missing are marked.

Above `FEW` people the list would be too long: then exceptions are typed or pasted, as
`forms.shapes.attendance` does for every number of people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.fields import add_error
from forms.fields.attendance import CHOICES, PRESENT, AttendanceField, Mark, id_of
from forms.fields.pasted import some_of
from forms.fields.people import full_name, key_of
from forms.shapes.attendance import GROUPS, AttendanceException, AttendanceForm, prefilled

#: Greatest number of people listed by name.
FEW = 100


class AttendanceByName(AttendanceForm):
    """Attendance by name of at most `FEW` people, by exceptions of more.

    Exceptions that an older draft typed become marks of the list. Only exceptions with an error
    keep their own fields, so that the user sees and corrects them.
    """

    roll = AttendanceField(
        "Quiénes asistieron",
        hint="Están todas las personas de la relación. Marca solo a quienes no asistieron.",
    )

    def prepare(self) -> None:
        """List the people, or leave the list out if there are too many."""
        super().prepare()
        if not self.given:
            return
        people = self.people()
        if not 0 < len(people) <= FEW:
            # The roster has grown since these were marked.
            people = [one for one in people if self.roll.mark_of(one).status != PRESENT]
            if not people:
                del self.roll
            else:
                self._expect(people)
            return
        self._expect(people)
        self._mark_typed()

    def _expect(self, people: list[dict[str, Any]]) -> None:
        self.roll.expected = [
            (title, [person for person in people if person["group"] == group])
            for group, title in GROUPS.items()
        ]

    def _mark_typed(self) -> None:
        """Turn typed exceptions into marks; remove their fields if all of them fit."""
        found, faults = super().excepted()
        complete = {key: one for key, one in found.items() if is_complete(one)}
        marked = {id_of(person): person for person in self.roll.people}
        for key, one in complete.items():
            person_id = "-".join(key)
            if person_id in marked:
                self.roll.data.setdefault(person_id, Mark(one.status, one.reason))
        if not faults and len(complete) == len(found) and not self._contradictions():
            del self.exceptions
            del self.pasted

    def excepted(self) -> tuple[dict[tuple[str, str], AttendanceException], dict[Any, list[str]]]:
        """Return the typed exceptions and their errors; none if the list has all people."""
        return super().excepted() if "exceptions" in self else ({}, {})

    def check(self) -> None:
        """Check the typed exceptions, and that the list does not contradict them."""
        if "exceptions" not in self:
            return
        super().check()
        if "roll" in self and (contradictions := self._contradictions()):
            add_error(self.roll, some_of(contradictions))

    def _contradictions(self) -> list[str]:
        """Return a sentence per person whose mark differs from the typed exception."""
        found, _ = super().excepted()
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
    expected: list[dict[str, Any]], people: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return an earlier attendance as fields: as marks of a list of few people."""
    if not 0 < len(expected) <= FEW:
        return prefilled(people)
    known = {key_of(person) for person in expected}
    return {"roll": [one for one in people if one["status"] != PRESENT and key_of(one) in known]}
