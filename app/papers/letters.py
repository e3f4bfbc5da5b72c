"""Letters that bring activation codes to entities, many in one PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app import words
from app.papers import sheets, typesetting

TITLE = "Códigos de activación"


def activation_letters(
    letters: Sequence[Mapping[str, str]],
    *,
    address: str,
    help_desk: str,
    until_on: date,
    made_on: date,
) -> bytes:
    """The PDF of these letters, a page each.

    A letter has the entity's code, name, place and authority ("" for none), and its secret.
    `address` is where the codes are typed, `until_on` the last day on which they can be. Raises
    what `typesetting.typeset` raises.
    """
    of = words.number(len(letters))
    values = {
        "letters": [
            {**letter, "number": words.number(number), "of": of}
            for number, letter in enumerate(letters, 1)
        ],
        "address": address,
        "help_desk": help_desk,
        "until": words.day(until_on),
    }
    sheet = sheets.sheet("carta_activacion", values, made_on)
    return typesetting.typeset("carta_activacion", {"title": TITLE, **sheet}, made_on)
