"""What is marked on the sheet: the inputs of the page, and the rows of the batch.

The inputs of an entity begin with `t<number of its task>`: `-administrator` and `-alternate`
(attended or absent), `-other` (once for each other person who attended) and `-note`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FileField

from app.onboarding.batches.kinds.attendance.recording import Answer
from app.onboarding.induction_sessions.attendance.sheet import Line
from forms.fields import MomentField, Part
from forms.fields.pasted import PastedField
from forms.fields.rules import tidy_line

ROLES = ("administrator", "alternate")
STATUSES = ("attended", "absent")
#: Characters of a note that are taken: enough for the step's form to say that it is too long.
LONGEST_NOTE = 1100
#: Other people of one entity, and of all, who are taken: a post has at most 1,000 parts.
MOST_OTHERS = 400


class SheetForm(Part):
    """What holds for all entities of the sheet."""

    held = MomentField(
        "¿Cuándo empezó la sesión?",
        hint="Hora de Lima.",
        needed="Escribe la fecha y la hora de la sesión.",
    )


class ListForm(Part):
    """The table of who came: a file, or pasted lines."""

    list = FileField(
        "Lista de quienes asistieron (opcional)",
        description="La que exportan Teams, Zoom o Meet, o una tabla con una columna de nombres "
        "o de documentos: Excel (.xlsx) o CSV, hasta 5 MB. Si hubo varias salas, sube la lista de "
        "cada una. Lo que ya marcaste se conserva.",
    )
    pasted = PastedField(
        "O pega los nombres o los documentos (opcional)", hint="Uno por línea.", limit=200_000
    )


@dataclass
class Marks:
    """What is marked for an entity; "" where nothing is."""

    administrator: str = ""
    alternate: str = ""
    others: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def has_attended(self) -> bool:
        """Whether its administrator or its alternate is marked as attended."""
        return "attended" in (self.administrator, self.alternate)

    @property
    def place(self) -> int:
        """Its group in the order of the batch: absent (0), without a mark, attended."""
        return 2 if self.has_attended else int("absent" not in (self.administrator, self.alternate))


def marks_of(line: Line, posted: MultiDict[str, str]) -> Marks:
    """Return the posted marks of an entity."""
    statuses = {role: posted.get(f"{line.name}-{role}", "") for role in ROLES}
    note = posted.get(f"{line.name}-note", "").replace("\n", " ")
    return Marks(
        **{role: one if one in STATUSES else "" for role, one in statuses.items()},
        others=posted.getlist(f"{line.name}-other")[:MOST_OTHERS],
        note=tidy_line(note)[:LONGEST_NOTE],
    )


def rows_of(lines: Sequence[Line], marks: Mapping[str, Marks]) -> list[tuple[Any, Answer]]:
    """Return the rows of the batch: one per entity whose attendance can be recorded.

    Those whose designated people are all absent come first, then those without a mark.
    """
    found: list[tuple[int, Any, Answer]] = []
    for line in lines:
        if line.task is None or not line.is_open:
            continue
        one = marks.get(line.name, Marks())
        answer = Answer(
            task=line.task.id,
            administrator=one.administrator,
            alternate=one.alternate,
            others=one.others,
            note=one.note,
        )
        found.append((one.place, line.entity, answer))
    found.sort(key=lambda row: row[0])
    return [(entity, answer) for _, entity, answer in found]
