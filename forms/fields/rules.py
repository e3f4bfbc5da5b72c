"""Validators that every step uses, and functions that tidy typed text before validation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from wtforms import Form
from wtforms.validators import StopValidation, ValidationError

from forms.drafts import is_faulty

# Characters left by word processors and PDF readers; they are invisible, so nobody could correct
# them.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
IN_NAMES = dict.fromkeys(map(ord, "'’`´.- "))
REFUSED = frozenset({"Cc", "Cf", "Co", "Cs"})

When = tuple[str, Any] | None
#: The value for which fields apply while a finding stops the document of another field.
STOPPED = "stopped"
#: Prefix of the field that says why a document stays although findings stop it.
AS_IS = "as_is_"


def tidy_line(value: str) -> str:
    """Return one line of text: composed characters, no invisible ones, single spaces."""
    text = unicodedata.normalize("NFC", value).translate(INVISIBLE)
    return " ".join(text.split()) if not has_control(text.replace("\n", " ")) else text.strip()


def tidy_text(value: str) -> str:
    """Return several lines: each as in `tidy_line`, with at most one empty line in a row."""
    text = unicodedata.normalize("NFC", value).translate(INVISIBLE)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    lines = [re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def has_control(text: str) -> bool:
    """Return whether text holds characters that are not text (control, direction, private use)."""
    if text.isprintable():
        return False
    return any(unicodedata.category(letter) in REFUSED for letter in text if letter not in "\t\r")


def blank(field: Any) -> bool:
    """Return whether a field was left blank (an unticked box, a text of spaces)."""
    values: Iterable[Any] = field.raw_data or ()
    return not any(str(value).strip() for value in values)


def holds(when: When, form: Any) -> bool:
    """Return whether a condition holds in the form of its field; no condition always holds."""
    if when is None:
        return True
    name, wanted = when
    if name not in form:
        return False
    field = form[name]
    value = getattr(field, "condition", field.data)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(one in wanted for one in value) if isinstance(value, list) else value in wanted


class Required:
    """Validator: whether a field must be answered; stops the other rules when it is blank.

    `needed` is the sentence that asks for it ("" makes the field optional). A field that does not
    apply (see `forms.conditions`) is never asked for.
    """

    def __init__(self, needed: str = "", when: When = None) -> None:
        self.needed = needed
        self.field_flags = {"required": True} if needed and when is None else {}

    def __call__(self, form: Any, field: Any) -> None:
        if not blank(field):
            return
        field.errors = []
        raise StopValidation(self.needed if holds(getattr(field, "when", None), form) else "")


class StepField:
    """The keywords of every field (see `forms.fields`); a mixin before a field of WTForms."""

    def __init__(
        self,
        label: str | None = None,
        *,
        hint: str = "",
        needed: str = "",
        when: When = None,
        rules: tuple[Any, ...] = (),
        **kwargs: Any,
    ) -> None:
        self.when = when
        chain = [Required(needed, when), *self._own_rules(), *rules]
        super().__init__(label, chain, description=hint, **kwargs)  # type: ignore[call-arg]

    def _own_rules(self) -> list[Any]:
        return []

    @property
    def warning(self) -> str:
        """A sentence about a value that is accepted nevertheless."""
        return ""


class CompositeField:
    """The keywords of a field of several parts, which `needed` asks for as a whole."""

    warning = ""

    def __init__(
        self,
        parts: Any,
        label: str | None = None,
        *,
        hint: str = "",
        needed: str = "",
        when: When = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(parts, label, description=hint, **kwargs)  # type: ignore[call-arg]
        self.needed, self.when = needed, when


class Plain:
    """Validator: rejects characters that are not text, and text over the limit."""

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
    """Return whether text can be a person's name.

    Names have letters of any script, apostrophes, hyphens and dots.
    """
    letters = text.translate(IN_NAMES)
    if letters.isalpha():
        return True
    return bool(letters) and all(unicodedata.category(letter)[0] in "LM" for letter in letters)


def named(form: Any, field: Any) -> None:
    """Validate a name: only letters, spaces, apostrophes, hyphens and dots."""
    text = field.data or ""
    if not is_name(text):
        raise ValidationError(
            f"{field.label.text}: escribe solo letras, espacios, apóstrofos o guiones."
        )


def has_document_number(text: str) -> bool:
    """Return whether a stored text seems to hold the number of a person's document.

    These are seven digits in a row, unless they go on the number of a paper: `2026-0012345`.
    """
    return re.search(r"(?<![0-9])(?<![0-9][-/])[0-9]{7}", text) is not None


NO_NUMBERS = "No escribas aquí ningún número de documento: esto queda en el historial."


def without_document_number(form: Any, field: Any) -> None:
    """Validate a text that stays in the history: it has no number of a person's document."""
    if has_document_number(field.data or ""):
        raise StopValidation(NO_NUMBERS)


class CheckedForm(Form):
    """A form with rules across its fields."""

    class Meta:
        locales = ("es",)

    def check(self) -> None:
        """Mark errors that the fields' own rules, which ran before, do not see (`add_error`)."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate every field, then the rules across them."""
        super().validate(extra_validators)
        self.check()
        return not is_faulty(self)


def add_error(field: Any, sentence: str) -> None:
    """Mark a field as wrong after its own rules ran; of a group, its first part."""
    if hasattr(field, "form"):
        add_error(next(iter(field.form)), sentence)
        return
    field.errors = [*field.errors, sentence]
