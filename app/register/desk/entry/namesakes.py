"""Whom the words of a form mean, where one name may be that of several people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forms.fields import ChoiceField, add_error

#: As many as a page offers; with more, it asks for another word.
MOST = 12


class NamesakeField(ChoiceField):
    """Which of several people is meant; what may be chosen is known once the words are read."""

    def pre_validate(self, form: Any) -> None:
        """Left to `meant`."""


def meant(typed: Any, choice: Any, found: Sequence[tuple[str, str]], nobody: str) -> str:
    """Whom the words of a field mean, by id; "" with a fault where that is not clear.

    `found`: id and name of those whom the words fit. Where they are several, `choice` (radios)
    offers them on the page that comes back.
    """
    ids = [one for one, _ in found]
    if len(ids) == 1:
        return ids[0]
    if choice.raw_data and choice.raw_data[0] in ids:
        return str(choice.raw_data[0])
    if not ids:
        add_error(typed, nobody)
    elif len(ids) > MOST:
        add_error(typed, f"{typed.label.text}: hay más de {MOST} personas así. Escribe más letras.")
    else:
        choice.choices = found
        add_error(choice, "Hay más de una persona con esas palabras: elige.")
    return ""
