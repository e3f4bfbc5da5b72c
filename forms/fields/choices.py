"""Fields with choices: radios, drop-down lists, boxes, Sí or No."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import StopValidation

from forms.fields.rules import StepField

#: Value and label of each choice, and optionally {"hint": …}.
Choices = Sequence[tuple[Any, ...]]


def _as_choices(choices: Choices) -> list[SelectChoice]:
    return [one if isinstance(one, SelectChoice) else SelectChoice(*one) for one in choices]


class _Chosen(StepField):
    """The common part of fields with choices."""

    data: Any
    label: Any

    def __init__(self, label: str | None = None, choices: Choices = (), **kwargs: Any) -> None:
        super().__init__(label, choices=_as_choices(choices), **kwargs)

    @property
    def choices(self) -> Any:
        """The choices; set as tuples of value, label and, optionally, {"hint": …}."""
        return SelectField.choices.fget(self)

    @choices.setter
    def choices(self, choices: Choices) -> None:
        SelectField.choices.fset(self, _as_choices(choices))

    @property
    def label_of_data(self) -> str:
        """The label of the chosen option, "" while there is none."""
        labels = {value: label for value, label, *_ in self.choices}
        return str(labels.get(self.data, ""))

    def pre_validate(self, form: Any) -> None:
        """Reject a value that was not offered."""
        if self.data and self.data not in {value for value, *_ in self.choices}:
            raise StopValidation(f"{self.label.text}: elige una de las opciones.")


class ChoiceField(_Chosen, RadioField):
    """One of a few choices, as radios; `data` is the value or None."""

    kind = "radios"


class SelectOneField(_Chosen, SelectField):
    """One of many choices, as a drop-down list; `data` is the value or ""."""

    kind = "select"


class ChecksField(_Chosen, SelectMultipleField):
    """Several choices, as boxes; `data` is the list of values."""

    kind = "checkboxes"

    def pre_validate(self, form: Any) -> None:
        """Reject a value that was not offered."""
        if set(self.data or ()) - {value for value, *_ in self.choices}:
            raise StopValidation(f"{self.label.text}: marca solo opciones de la lista.")


class YesNoField(ChoiceField):
    """A question answered by Sí or No: `data` is "yes", "no" or None, `yes` a bool."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, (("yes", "Sí"), ("no", "No")), **kwargs)

    def as_pairs(self, value: Any) -> list[tuple[str, str]]:
        """Return the pairs; True and False are accepted as well as the values themselves."""
        if value is None or value == "":
            return []
        if isinstance(value, bool):
            value = "yes" if value else "no"
        return [(self.name, str(value))]

    @property
    def yes(self) -> bool:
        """Whether the answer is Sí."""
        return bool(self.data == "yes")


class TickField(StepField, BooleanField):
    """A box: `data` is a bool; `needed` makes it one that must be ticked."""

    kind = "checkbox"
