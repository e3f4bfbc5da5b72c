"""The fields of steps; steps import all of them from here.

Every field takes `label` first, then keywords: `hint` (under the label), `needed` (the sentence
that asks for it; without it the field may stay empty), `when=("other_field", value)` (it applies
only then, see `forms.conditions`; several values in a tuple), `rules` (more validators), and what
WTForms' fields take. `kind` names the macro that draws a field; `warning` is a sentence about a
value that is accepted nevertheless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wtforms import FieldList as WTFieldList
from wtforms import FormField, StringField, TextAreaField
from wtforms.validators import StopValidation

from forms.drafts import is_typed, place
from forms.fields import identifiers
from forms.fields.choices import ChecksField as ChecksField
from forms.fields.choices import ChoiceField as ChoiceField
from forms.fields.choices import SelectOneField as SelectOneField
from forms.fields.choices import TickField as TickField
from forms.fields.choices import YesNoField as YesNoField
from forms.fields.dates import DateField as DateField
from forms.fields.dates import MomentField as MomentField
from forms.fields.dates import TimeField as TimeField
from forms.fields.documents import DocumentField as DocumentField
from forms.fields.rules import (
    CheckedForm,
    CompositeField,
    Plain,
    StepField,
    holds,
    named,
    tidy_line,
    tidy_text,
)
from forms.fields.rules import add_error as add_error


class Part(CheckedForm):
    """The form inside a group or an entry of a list."""


class TextField(StepField, StringField):
    """One line of text of at most `limit` characters; `data` is "" while it is empty."""

    kind = "text"
    tidy: Callable[[str], str] = staticmethod(tidy_line)

    #: Whether it may hold several lines.
    lines = False

    def __init__(self, label: str | None = None, *, limit: int = 200, **kwargs: Any) -> None:
        self.limit = limit
        super().__init__(label, **kwargs)

    def _own_rules(self) -> list[Any]:
        return [Plain(self.limit, self.lines), self.no_fault]

    def no_fault(self, form: Any, field: Any) -> None:
        """Raise StopValidation with the sentence that `fault` returns."""
        if sentence := self.fault(self.data or ""):
            raise StopValidation(sentence)

    def fault(self, text: str) -> str:
        """Return what is wrong with the tidied text, "" if nothing."""
        return ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Store the tidied text."""
        self.data = type(self).tidy(str(valuelist[0])) if valuelist else ""


class LongTextField(TextField, TextAreaField):
    """Several lines of text of at most `limit` characters."""

    kind = "textarea"
    widget = TextAreaField.widget
    lines = True
    tidy = staticmethod(tidy_text)

    def __init__(self, label: str | None = None, *, limit: int = 2000, **kwargs: Any) -> None:
        super().__init__(label, limit=limit, **kwargs)


class AnchorField(TextField):
    """The hidden code of what an observation is tied to; its form sets `found` for a valid one."""

    kind = "anchor"
    found: Any = None

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(label, limit=100, **kwargs)

    @property
    def words(self) -> str:
        """The words of the anchor."""
        return self.found.words if self.found else "Ya no está en lo presentado"

    def fault(self, text: str) -> str:
        """Return that the reviewed work does not have the anchor."""
        if not text or self.found:
            return ""
        return "Lo observado ya no está en lo presentado. Quita esta observación y hazla otra vez."


class NameField(TextField):
    """A person's given names or surnames."""

    def __init__(self, label: str | None = None, *, limit: int = 100, **kwargs: Any) -> None:
        super().__init__(label, limit=limit, **kwargs)

    def _own_rules(self) -> list[Any]:
        return [Plain(self.limit), named]


class PaperNumberField(TextField):
    """The number of a paper, which its public page shows."""

    def __init__(self, label: str | None = None, *, limit: int = 60, **kwargs: Any) -> None:
        super().__init__(label, limit=limit, **kwargs)

    def fault(self, text: str) -> str:
        """Return what is wrong with a number; "" for a blank."""
        return identifiers.paper_number_fault(text) if text else ""


class EmailField(TextField):
    """An e-mail address; one outside .gob.pe is accepted with a warning. Nothing is looked up."""

    tidy = staticmethod(lambda text: "".join(text.split()))

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"autocomplete": "email", "type": "email"})
        super().__init__(label, limit=254, **kwargs)

    def fault(self, text: str) -> str:
        """Return what is wrong with the address."""
        return identifiers.email_fault(text)

    @property
    def warning(self) -> str:
        """A sentence if the address is not the State's."""
        return identifiers.email_warning(self.data or "")


class PhoneField(TextField):
    """A telephone number."""

    def __init__(self, label: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"autocomplete": "tel", "type": "tel"})
        super().__init__(label, limit=30, **kwargs)

    def fault(self, text: str) -> str:
        """Return what is wrong with the number."""
        return identifiers.phone_fault(text)


class WebsiteField(TextField):
    """A web address (http or https only)."""

    tidy = staticmethod(identifiers.tidy_website)

    def __init__(self, label: str | None = None, *, limit: int = 300, **kwargs: Any) -> None:
        kwargs.setdefault("render_kw", {"autocomplete": "url", "inputmode": "url"})
        super().__init__(label, limit=limit, **kwargs)

    def fault(self, text: str) -> str:
        """Return what is wrong with the address."""
        return identifiers.website_fault(text)


class RucField(TextField):
    """A RUC with its check digit; of an entity (prefix 20) unless `entity=False`."""

    caution = True
    tidy = staticmethod(identifiers.tidy_ruc)

    def __init__(self, label: str | None = "RUC", *, entity: bool = True, **kwargs: Any) -> None:
        self.entity = entity
        #: The RUCs of other entities, each with their names; set by the form.
        self.taken: Mapping[str, str] = {}
        kwargs.setdefault("render_kw", {"inputmode": "numeric", "autocomplete": "off"})
        super().__init__(label, limit=20, **kwargs)

    def fault(self, text: str) -> str:
        """Return what is wrong with the RUC."""
        return identifiers.ruc_fault(text, self.entity)

    @property
    def warning(self) -> str:
        """A sentence that names the entity that already has the RUC."""
        holder = self.taken.get(self.data or "")
        if not holder:
            return ""
        return (
            f"Este RUC ya es de {holder}; si tu entidad lo comparte, sigue: un coordinador lo "
            "confirma."
        )


class UbigeoField(TextField):
    """A district of the INEI list: its code, or "Distrito, Provincia, Departamento"."""

    tidy = staticmethod(identifiers.tidy_ubigeo)

    def fault(self, text: str) -> str:
        """Return what is wrong with the code."""
        return identifiers.ubigeo_fault(text)

    @property
    def place(self) -> str:
        """The district in words, "" while the code is unknown."""
        return identifiers.place_of(self.data or "")


class CountField(TextField):
    """A whole number from `least` to `most`; `number` is an int or None."""

    def __init__(
        self, label: str | None = None, *, least: int = 0, most: int = 1_000_000, **kwargs: Any
    ) -> None:
        self.least, self.most = least, most
        kwargs.setdefault("render_kw", {"inputmode": "numeric"})
        super().__init__(label, limit=12, **kwargs)

    def fault(self, text: str) -> str:
        """Return what is wrong with the number."""
        good = text.isascii() and text.isdigit() and self.least <= int(text) <= self.most
        if good:
            return ""
        return f"{self.label.text}: escribe un número entero de {self.least} a {self.most}."

    @property
    def number(self) -> int | None:
        """The number, None while it is empty or wrong."""
        text = self.data or ""
        return int(text) if text and not self.fault(text) else None


class GroupField(CompositeField, FormField):
    """Fields that belong together, as a `Part`; the page shows them with a legend and a hint."""

    kind = "group"

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Validate the fields of the group, if it applies."""
        if not holds(self.when, form):
            return True
        return bool(super().validate(form, extra_validators))


class ListField(CompositeField, WTFieldList):
    """A list of groups that grows by a button: `ListField(GroupField(Row), "Sesiones", …)`.

    `needed` asks for at least one entry; `most` is the maximum. A `fixed` list has the entries that
    its form gives it: its reader cannot add or remove any. A list that `begins` (by default, one
    with `needed`) shows an entry to fill in where there is none: its `blank_entry`, which counts as
    an entry only once something is typed into it.
    """

    kind = "list"
    blank_entry: Any = None

    def __init__(
        self,
        entry: Any,
        label: str | None = None,
        *,
        most: int = 50,
        add_label: str = "Agregar otro",
        fixed: bool = False,
        begins: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(entry, label, max_entries=most, **kwargs)
        self.begins = bool(self.needed) if begins is None else begins
        self.add_label = add_label
        self.fixed = fixed

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        """Yield the positions posted; WTForms' own method fails on digits that are no number."""
        for key in formdata:
            if key.startswith(f"{prefix}-"):
                number = place(key[len(prefix) + 1 :].partition("-")[0])
                if number is not None:
                    yield number

    def begin(self) -> None:
        """Append an entry to fill in, if the list begins with one and has none."""
        if self.begins and not self.entries:
            self.append_entry()

    def set_blank_apart(self) -> None:
        """Move the only entry to `blank_entry`, if the list begins with it and it is blank."""
        if self.begins and len(self.entries) == 1 and not is_typed(self.entries[0]):
            self.blank_entry = self.entries.pop()

    @property
    def shown(self) -> list[Any]:
        """The entries that a page shows."""
        return self.entries or list(filter(None, [self.blank_entry]))

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Validate the entries and their number; skip both if the list does not apply."""
        if not holds(self.when, form):
            self.errors = []
            return True
        super().validate(form, extra_validators)
        if self.needed and not self.entries:
            self.errors = [self.needed]
        return not any(self.errors)
