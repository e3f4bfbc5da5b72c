"""Finds a person by the words of a form, where several people may have the same name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forms.fields import ChoiceField, add_error

#: The most that a page offers; with more, it asks for another word.
MOST = 12


class NamesakeField(ChoiceField):
    """The choice among several people; its options are known once the words are read."""

    def pre_validate(self, form: Any) -> None:
        """Do nothing: `meant` validates."""


def meant(typed: Any, choice: Any, found: Sequence[tuple[str, str]], nobody: str) -> str:
    """Return the id of the person that the words of a field match; "" with a fault if not one.

    `found`: id and name of the matches. If there are several, `choice` (radios) offers them when
    the page comes back.
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
