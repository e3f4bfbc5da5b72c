"""The participants' list of a videoconference in a step: its names decide who attended.

The box has a name and an address per line. Those of the roster who are on it attended; all others
are marked as absent, unless they are marked as on leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import IO, Any

from forms import StepForm
from forms.fields import add_error
from forms.fields.attendance import PRESENT, AttendanceField, Mark, id_of
from forms.fields.pasted import TableField, pasted_pairs, some_of
from forms.fields.people import full_name, key_of
from forms.shapes import participants
from forms.shapes.participants import Participant
from forms.shapes.roster_match import Candidate, Matcher, Matches

#: People of a roster up to which similar names are sought.
FEW = 3000
#: Lines of the box: as many as a file has. A name is cut as in a file, too.
MOST_LINES = participants.LIMITS.rows
#: Unknown names that a warning says.
SOME = 10
#: What follows if one of them may be anyone of the roster ("iPhone").
UNNAMED = (
    "Alguno entró sin un nombre reconocible: revisa a quienes la lista marca como ausentes, y "
    "agrega con su nombre completo a quien sí asistió."
)


class ListedField(TableField):
    """The names of a list, with the file that brings them; `participants.read` reads it."""

    #: The sentence about names of nobody.
    note = ""

    @property
    def warning(self) -> str:
        """A sentence about names of nobody, or about the text."""
        return self.note or str(super().warning)

    @staticmethod
    def read_upload(name: str, stream: IO[bytes]) -> str:
        """Return the people of a list as lines. Raises `tables.Unreadable`."""
        found = participants.read(name, stream).people
        return pasted_pairs((one.name, one.email) for one in found)

    @property
    def people(self) -> list[Participant]:
        """The lines of the box, at most MOST_LINES."""
        cut = participants.LONGEST
        rows = ((number, [*cells, ""]) for number, cells in islice(self.rows(2), MOST_LINES))
        return [
            Participant(number, one[:cut], two[:cut].lower()) for number, (one, two, *_) in rows
        ]

    @property
    def is_too_long(self) -> bool:
        """Whether the box has more lines than are read."""
        return sum(1 for _ in islice(self.rows(2), MOST_LINES + 1)) > MOST_LINES


class AttendanceOfList(StepForm):
    """A step with a roll (`AttendanceByName`) that a participants' list can fill."""

    roll: AttendanceField
    #: The text of the box that was matched last, and its matches.
    _matched: tuple[str | None, Matches] = (None, Matches())
    listed = ListedField(
        "Lista de participantes de la videoconferencia (opcional)",
        hint="Súbela tal como la exporta Teams, Zoom o Meet. Asistieron quienes están en ella; si "
        "falta alguien, agrega su nombre completo en una línea. Si hubo varias sesiones, junta las "
        "listas de todas. Para marcar tú, déjala en blanco.",
        limit=300_000,
    )

    def match(self, people: Iterable[Mapping[str, Any]]) -> Matches:
        """Return who of the roster is on the list; it is found once for a text."""
        text, matches = self._matched
        if text != self.listed.data:
            matches = self._match(people)
            self._matched = self.listed.data, matches
        return matches

    def _match(self, people: Iterable[Mapping[str, Any]]) -> Matches:
        roster = self.given.get("roster") or ()
        emails = {key_of(row): row.get("email") or "" for row in roster}
        every = list(people)
        is_few = len(every) <= FEW
        candidates = [
            Candidate(id_of(one), full_name(one), emails.get(key_of(one), ""), by_likeness=is_few)
            for one in every
        ]
        return Matcher(candidates).match(self.listed.people)

    def mark_listed(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Mark who is on the list and who is not; a doubtful name marks nobody, and leave stays."""
        every = list(people)
        if not self.listed.data or not every:
            return
        matches = self.match(every)
        self.listed.note = warning_of(matches)
        may_be = {key for doubt in matches.doubtful for key in doubt.keys}
        if not matches.sure:
            return
        for key in map(id_of, every):
            mark = self.roll.data.get(key, Mark())
            if key in matches.sure and mark.status == "absent":
                self.roll.data[key] = Mark()
            elif mark.status == PRESENT and key not in matches.sure and key not in may_be:
                self.roll.data[key] = Mark("absent")

    def check_listed(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Check that no name of the list is doubtful."""
        every = {id_of(one): full_name(one) for one in people}
        if self.listed.is_too_long:
            add_error(self.listed, f"La lista tiene más de {MOST_LINES} líneas: divídela.")
            return
        doubts = self.match(people).doubtful if self.listed.data else ()
        if doubts:
            faults = [
                f"«{one.participant.name}» puede ser {' o '.join(every[key] for key in one.keys)}: "
                "escribe su nombre completo, o borra la línea."
                for one in doubts
            ]
            add_error(self.listed, some_of(faults))


def warning_of(matches: Matches) -> str:
    """Return a sentence about the names of nobody, "" without any."""
    names = list(dict.fromkeys(one.name or one.email for one in matches.unknown))
    if not matches.sure:
        return "No reconocimos a nadie de la relación en la lista: no cambia ninguna marca."
    if not names:
        return ""
    more = f" y {len(names) - SOME} más" if len(names) > SOME else ""
    warning = f"No son de nadie de la relación: {', '.join(names[:SOME])}{more}."
    return f"{warning} {UNNAMED}" if matches.unnamed else warning
