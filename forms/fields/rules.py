"""Validators that every step uses, and how typed text is tidied before it is judged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from wtforms.validators import StopValidation, ValidationError

# Left behind by word processors and PDF readers; nobody sees them, so nobody could mend them.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
IN_NAMES = dict.fromkeys(map(ord, "'’`´.- "))
REFUSED = frozenset({"Cc", "Cf", "Co", "Cs"})


def tidy_line(value: str) -> str:
    """One line of text: composed letters, no invisible marks, single spaces."""
    text = unicodedata.normalize("NFC", value).translate(INVISIBLE)
    return " ".join(text.split()) if not has_control(text.replace("\n", " ")) else text.strip()


def tidy_text(value: str) -> str:
    """Several lines: as `tidy_line` in each, and at most one empty line in a row."""
    text = unicodedata.normalize("NFC", value).translate(INVISIBLE)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def has_control(text: str) -> bool:
    """Whether text holds characters that are no text (control, direction, private use)."""
    if text.isprintable():
        return False
    return any(unicodedata.category(letter) in REFUSED for letter in text if letter not in "\t\r")


def blank(field: Any) -> bool:
    """Whether nothing was answered in a field (a box that is not ticked, a text of spaces)."""
    values: Iterable[Any] = field.raw_data or ()
    return not any(str(value).strip() for value in values)


class Asked:
    """Says whether a field must be answered, and stops the other rules when it is blank.

    `needed` is the sentence that asks for it ("" makes the field optional). `when` limits that to
    answers where the field named first, in the same form, has the value named second (or one of
    them, in a tuple).
    """

    def __init__(self, needed: str = "", when: tuple[str, Any] | None = None) -> None:
        self.needed = needed
        self.when = when
        self.field_flags = {"required": True} if needed and when is None else {}

    def __call__(self, form: Any, field: Any) -> None:
        if not blank(field):
            return
        field.errors = []
        raise StopValidation(self.needed if self.needed and self.applies(form) else "")

    def applies(self, form: Any) -> bool:
        """Whether the condition of `when` holds in this form."""
        if self.when is None:
            return True
        name, wanted = self.when
        if name not in form:
            return False
        value = form[name].data
        wanted = wanted if isinstance(wanted, tuple) else (wanted,)
        return any(one in wanted for one in value) if isinstance(value, list) else value in wanted


class Plain:
    """Refuses characters that are no text, and more letters than fit."""

    def __init__(self, limit: int, lines: bool = False) -> None:
        self.limit = limit
        self.lines = lines
        self.field_flags = {"maxlength": limit}

    def __call__(self, form: Any, field: Any) -> None:
        text = field.data or ""
        if has_control(text.replace("\n", "") if self.lines else text):
            raise StopValidation(
                f"{field.label.text}: borra los caracteres que no son letras ni signos."
            )
        if len(text) > self.limit:
            label = field.label.text.removesuffix(" (opcional)")
            raise StopValidation(
                f"{label}: escribe {self.limit} caracteres como máximo (hay {len(text)})."
            )


def is_name(text: str) -> bool:
    """Whether text can be a person's name: letters of any script, apostrophes, hyphens, dots."""
    letters = text.translate(IN_NAMES)
    if letters.isalpha():
        return True
    return bool(letters) and all(unicodedata.category(letter)[0] in "LM" for letter in letters)


def named(form: Any, field: Any) -> None:
    """The rule of names: only letters, spaces, apostrophes, hyphens and dots."""
    text = field.data or ""
    if not is_name(text):
        raise ValidationError(
            f"{field.label.text}: escribe solo letras, espacios, apóstrofos o guiones."
        )


def holds_a_number(text: str) -> bool:
    """Whether a text that is kept seems to hold a document number: seven digits in a row."""
    return re.search(r"[0-9]{7}", text) is not None


NO_NUMBERS = "No escribas aquí ningún número de documento: esto queda en el historial."


def add_error(field: Any, sentence: str) -> None:
    """Marks a field as wrong after its own rules ran; of a group, its first part."""
    if hasattr(field, "form"):
        add_error(next(iter(field.form)), sentence)
        return
    field.errors = [*field.errors, sentence]
