"""The number and the date of a letter, asked for before it is made or downloaded."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.cases.papers.issued.marks import Marks
from forms.fields import DateField, PaperNumberField, Part, add_error

#: An oficio is dated at most this long ago, and this far ahead.
OLDEST, NEWEST = timedelta(days=366), timedelta(days=31)


class NumberForm(Part):
    """The number and the date, both optional: what is left blank is a line on the paper."""

    paper_number = PaperNumberField(
        "Número (opcional)",
        hint="Solo el número, con su año y sus siglas. En blanco queda una línea para ponerlo "
        "después.",
    )
    paper_date = DateField(
        "Fecha (opcional)",
        hint="Día/mes/año. El nombre oficial del año, si está registrado, es el de esta fecha.",
    )

    @classmethod
    def of(cls, marks: Marks, posted: Any, today: date) -> NumberForm:
        """Return the form with what was posted or, before that, with a paper's marks."""
        known = {"paper_number": marks.number, "paper_date": marks.dated_on}
        form = cls(posted) if posted is not None else cls(data=known)
        form.today = today
        return form

    today: date

    def check(self) -> None:
        """Refuse a date that an oficio to be signed now cannot have."""
        day = self["paper_date"].data
        if day and not self.today - OLDEST <= day <= self.today + NEWEST:
            add_error(
                self["paper_date"],
                "Fecha: escribe la del oficio que vas a firmar, no de hace más de un año ni de "
                "dentro de más de un mes.",
            )

    @property
    def marks(self) -> Marks:
        """What a valid form says."""
        return Marks(self["paper_number"].data or "", self["paper_date"].data)
