"""Attendance by name: who came, by click, by search, or by a table of names or documents.

Up to `FEW` people are all listed. Among more people, those who were missing are searched by name.
A table marks those on it as attended and all others as absent, unless they are on leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import IO, Any

from forms import StepForm
from forms.fields import add_error
from forms.fields.attendance import PRESENT, AttendanceField, Mark, id_of
from forms.fields.pasted import TableField, pasted_pairs, some_of
from forms.fields.people import full_name, key_of
from forms.shapes import participants
from forms.shapes.attendance import GROUPS, lists_of
from forms.shapes.participants import LIMITS, Participant
from forms.shapes.roster_match import Candidate, Matcher, Matches
from forms.shapes.signing import as_is_field

#: Greatest number of people listed by name; more are searched.
FEW = 100
#: People of a roster up to which similar names are sought.
ALIKE = 3000
#: Unknown names that a warning says.
SOME = 10


class ListedField(TableField):
    """The names or documents of those who came, with the file that brings them."""

    #: The sentence about names of nobody.
    note = ""

    @property
    def warning(self) -> str:
        """A sentence about names of nobody, or about the text."""
        return self.note or str(super().warning)

    @staticmethod
    def read_upload(name: str, stream: IO[bytes]) -> str:
        """Return the people of a list as lines. Raises `tables.Unreadable`."""
        found = participants.read(name, stream)
        return pasted_pairs((one.name, one.email, one.document) for one in found)

    @property
    def people(self) -> list[Participant]:
        """Who is in the box, as many as a file has."""
        rows = ((number, cells[0]) for number, cells in self.rows(1))
        return participants.of_lines(list(islice(rows, LIMITS.rows)))

    @property
    def is_too_long(self) -> bool:
        """Whether the box has more lines than are read."""
        return len(self.rows(1)) > LIMITS.rows


class AttendanceByName(StepForm):
    """Attendance by name of the step's `people()`, with the signed lists."""

    listed = ListedField(
        "Lista de quienes asistieron (opcional)",
        hint="Súbela como la exporta Teams, Zoom o Meet, o pega nombres o documentos, uno por "
        "línea. Los demás quedan como ausentes, salvo quienes estaban con licencia. Para marcar "
        "tú, déjala en blanco.",
        limit=300_000,
    )
    roll = AttendanceField(
        "Quiénes asistieron",
        hint="Están todas las personas de la relación. Marca solo a quienes no asistieron.",
    )
    lists = lists_of("attendance_lists")
    as_is_lists = as_is_field("lists")
    matches = Matches()

    def people(self) -> list[dict[str, Any]]:
        """Return everybody who was expected."""
        raise NotImplementedError

    def prepare(self) -> None:
        """List the people, or offer to search them if there are too many; mark by the list."""
        super().prepare()
        if not self.given:
            return
        people = self.people()
        if not people:
            del self.roll, self.listed
            return
        self.roll.expected = self.grouped(people)
        if len(people) > FEW:
            self.roll.searches = True
            self.roll.label.text = "Todas las personas asistieron, salvo"
            self.roll.description = (
                "Busca por nombre a quienes no asistieron y márcalos. A los demás los damos por "
                "asistentes."
            )
        if self.listed.data and not self.listed.is_too_long:
            self.matches = self._match(people)
            self.listed.note = warning_of(self.matches)
            if self.matches.sure:
                self._mark(map(id_of, people))

    def grouped(
        self, people: list[dict[str, Any]]
    ) -> Sequence[tuple[str, Sequence[Mapping[str, Any]]]]:
        """Return the people in groups, each with its name."""
        return [
            (title, [person for person in people if person["group"] == group])
            for group, title in GROUPS.items()
        ]

    def _match(self, people: Sequence[Mapping[str, Any]]) -> Matches:
        """Return who of those expected is on the list."""
        emails = {key_of(one): one.get("email") or "" for one in self.given.get("roster") or ()}
        is_few = len(people) <= ALIKE
        every = [
            Candidate(
                id_of(one),
                full_name(one),
                one.get("email") or emails.get(key_of(one), ""),
                one["document_number"],
                by_likeness=is_few,
            )
            for one in people
        ]
        return Matcher(every).match(self.listed.people)

    def _mark(self, ids: Iterable[str]) -> None:
        """Mark who is on the list and who is not; a doubtful name marks nobody, and leave stays."""
        may_be = {key for doubt in self.matches.doubtful for key in doubt.keys}
        for key in ids:
            mark = self.roll.data.get(key, Mark())
            if key in self.matches.sure and mark.status == "absent":
                self.roll.data[key] = Mark()
            elif mark.status == PRESENT and key not in self.matches.sure | may_be:
                self.roll.data[key] = Mark("absent")

    def check(self) -> None:
        """Check that the list can be read, and that no name of it is doubtful."""
        if "listed" not in self:
            return
        if self.listed.is_too_long:
            add_error(self.listed, f"La lista tiene más de {LIMITS.rows} líneas: divídela.")
        names = {id_of(one): full_name(one) for one in self.people()}
        faults = [
            f"«{one.participant.name or one.participant.email}» puede ser "
            f"{' o '.join(names[key] for key in one.keys)}: escribe su documento, o borra la línea."
            for one in self.matches.doubtful
        ]
        if faults:
            add_error(self.listed, some_of(faults))

    def attendance(self) -> list[dict[str, Any]]:
        """Return everybody expected, with `status` (present, absent, leave) and `reason`."""
        return [person | self._marked(person) for person in self.people()]

    def _marked(self, person: Mapping[str, Any]) -> dict[str, str]:
        mark = self.roll.mark_of(person)
        return {"status": mark.status, "reason": "" if mark.status == PRESENT else mark.why}


def warning_of(matches: Matches) -> str:
    """Return a sentence about the rows of nobody, "" without any."""
    every = ((one.name or one.email or one.document) for one in matches.unknown)
    names = list(dict.fromkeys(every))
    if not matches.sure:
        return "No reconocimos a nadie de la relación en la lista: no cambia ninguna marca."
    if not names:
        return ""
    more = f" y {len(names) - SOME} más" if len(names) > SOME else ""
    return f"No son de nadie de la relación: {', '.join(names[:SOME])}{more}."


def prefilled_by_name(
    expected: Iterable[Mapping[str, Any]], people: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return an earlier attendance as marks of those who are still expected."""
    known = {key_of(person) for person in expected}
    return {"roll": [one for one in people if one["status"] != PRESENT and key_of(one) in known]}
