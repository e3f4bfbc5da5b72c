"""Attendance by name: those who were missing are marked, everybody else was present.

Up to `FEW` people are all listed. Among more people, those who were missing are searched by name,
or pasted as a table of their documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from forms import StepForm
from forms.fields import add_error
from forms.fields.attendance import CHOICES, PRESENT, AttendanceField, Mark, id_of
from forms.fields.pasted import PastedField, some_of
from forms.fields.people import full_name, key_of
from forms.shapes.attendance import GROUPS, AttendanceException, Matcher, lists_of, read_row
from forms.shapes.signing import as_is_field

#: Greatest number of people listed by name; more are searched.
FEW = 100


class AttendanceByName(StepForm):
    """Attendance by name of the step's `people()`, with the signed lists.

    All people are listed if they are at most `FEW`. Otherwise they are searched, or pasted.
    """

    #: The beginning of a sentence about an unknown document.
    nobody: ClassVar[str] = "en la relación no hay"

    roll = AttendanceField(
        "Quiénes asistieron",
        hint="Están todas las personas de la relación. Marca solo a quienes no asistieron.",
    )
    pasted = PastedField(
        "Si son muchos, pega aquí la lista",
        hint=(
            "Una persona por línea: número de documento; ausente o licencia; motivo. "
            "Por ejemplo: 01234567; licencia; maternidad"
        ),
        limit=300_000,
    )
    lists = lists_of("attendance_lists")
    as_is_lists = as_is_field("lists")

    def people(self) -> list[dict[str, Any]]:
        """Return everybody who was expected."""
        raise NotImplementedError

    def prepare(self) -> None:
        """List the people, or offer to search them if there are too many."""
        super().prepare()
        if not self.given:
            return
        people = self.people()
        if not people:
            del self.roll
        else:
            self.roll.expected = self.grouped(people)
        if len(people) <= FEW:
            del self.pasted
        else:
            self.roll.searches = True
            self.roll.label.text = "Todas las personas asistieron, salvo"
            self.roll.description = (
                "Busca por nombre a quienes no asistieron y márcalos. A los demás los damos por "
                "asistentes."
            )
            self.roll.pasted = {
                "-".join(key): Mark(one.status, one.reason) for key, one in self._table[0].items()
            }

    def grouped(
        self, people: list[dict[str, Any]]
    ) -> Sequence[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Return the people in groups, each with its name."""
        return [
            (title, [person for person in people if person["group"] == group])
            for group, title in GROUPS.items()
        ]

    def check(self) -> None:
        """Check that each pasted line is about an expected person, once, and fits the marks."""
        if "pasted" not in self or self.pasted.errors:
            return
        if faults := self._table[1]:
            add_error(self.pasted, some_of(faults))
        if contradictions := self._contradictions():
            add_error(self.roll, some_of(contradictions))

    @cached_property
    def _table(self) -> tuple[dict[tuple[str, str], AttendanceException], list[str]]:
        """The pasted lines by person, and what is wrong with others."""
        matcher = Matcher(self.people())
        found: dict[tuple[str, str], AttendanceException] = {}
        faults = []
        for number, row in self.pasted.rows(3):
            one, fault = read_row(number, row)
            if one is None:
                faults += [fault] if fault else []
                continue
            key, fault = matcher.find(one.document, self.nobody)
            if key and key in found:
                fault = f"ese documento está también en: {found[key].where}."
            if fault:
                faults.append(f"{one.where}: {fault}")
            elif key:
                found[key] = one
        return found, faults

    def _contradictions(self) -> list[str]:
        """Return a sentence per person whose mark differs from the pasted line."""
        found = self._table[0]
        sentences = []
        for person in self.roll.people:
            line, mark = found.get(key_of(person)), self.roll.data.get(id_of(person))
            if line and mark and line.status != mark.status:
                words = CHOICES.get(mark.status, mark.status)
                sentences.append(
                    f"{full_name(person)}: aquí está «{words}» y en {line.where} "
                    f"«{CHOICES[line.status]}»; deja una sola."
                )
        return sentences

    def attendance(self) -> list[dict[str, Any]]:
        """Return everybody expected, with `status` (present, absent, leave) and `reason`."""
        return [person | self._marked(person) for person in self.people()]

    def _marked(self, person: Mapping[str, Any]) -> dict[str, str]:
        mark = self.roll.mark_of(person)
        return {"status": mark.status, "reason": "" if mark.status == PRESENT else mark.why}


def prefilled_by_name(
    expected: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return an earlier attendance as marks of those who are still expected."""
    known = {key_of(person) for person in expected}
    return {"roll": [one for one in people if one["status"] != PRESENT and key_of(one) in known]}
