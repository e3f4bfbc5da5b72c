"""Letters that an entity writes itself, in place of those that the application made.

An entity that has a document system numbers and signs its oficios there. Such a letter has its own
words, number and date, so it is not compared with the issued one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forms import StepForm
from forms.fields import DateField, PaperNumberField, TickField, add_error
from forms.fields.dates import in_words
from forms.records import OwnLetter
from forms.shapes.observations import TITLES

#: Presented papers that an entity may write itself.
LETTERS = ("oficio_designacion", "carta_presentacion")
TITLE = "Oficio propio de la entidad"
#: An own letter is dated at most this long ago.
OLDEST = timedelta(days=366)


def own_names(kind: str) -> tuple[str, ...]:
    """Return the names of the fields about an own letter; none for a paper that is no letter."""
    return (f"own_{kind}", f"own_number_{kind}", f"own_date_{kind}") if kind in LETTERS else ()


def own_fields(kind: str) -> tuple[Any, Any, Any]:
    """Return these fields, in the order of `own_names`."""
    when = (f"own_{kind}", True)
    return (
        TickField(
            TITLE,
            hint="Márcalo si lo hiciste en tu propio sistema documental. No se compara con el que "
            "hizo Zaguán.",
        ),
        PaperNumberField(
            "Número del oficio propio",
            needed="Escribe el número del oficio propio.",
            when=when,
        ),
        DateField(
            "Fecha del oficio propio", needed="Escribe la fecha del oficio propio.", when=when
        ),
    )


def is_own(form: Any, kind: str) -> bool:
    """Return whether the entity says that a paper is its own."""
    name = f"own_{kind}"
    return name in form and bool(form[name].data)


def check_own(form: Any) -> None:
    """Reject the date of an own letter that is in the future, or of more than a year ago."""
    for kind in LETTERS:
        if not is_own(form, kind):
            continue
        field = form[f"own_date_{kind}"]
        day = field.data
        if day and not form.today - OLDEST <= day <= form.today:
            oldest, today = in_words(form.today - OLDEST), in_words(form.today)
            add_error(field, f"{field.label.text}: escribe un día entre el {oldest} y el {today}.")


class OwnLetters(StepForm):
    """A step that presents letters, which the entity may have written itself."""

    @property
    def presents(self) -> tuple[str, ...]:
        """The kinds of the papers that the application made for this presentation."""
        return ()

    @property
    def letters(self) -> list[tuple[str, str]]:
        """The letters that the entity may write itself: kind and title."""
        return [(kind, TITLES[kind]) for kind in self.presents if kind in LETTERS]

    def own(self) -> dict[str, dict[str, OwnLetter]]:
        """Return `own` of the act: the own letters of a valid answer; {} without any."""
        found: dict[str, OwnLetter] = {
            kind: {
                "number": self[f"own_number_{kind}"].data,
                "dated_on": self[f"own_date_{kind}"].iso,
            }
            for kind in super().signed_papers()
            if is_own(self, kind)
        }
        return {"own": found} if found else {}

    def signed_papers(self) -> dict[str, str]:
        """Return the signed copies of issued papers: an own letter is none."""
        signed = super().signed_papers()
        return {kind: file_id for kind, file_id in signed.items() if not is_own(self, kind)}
