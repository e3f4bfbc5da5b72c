"""What a filter of the list of entities is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from forms.fields.rules import has_control

#: The longest value of a filter (characters).
LONGEST = 200

Condition = ColumnElement[bool]
#: URL value → label.
Options = Mapping[str, str]


class OnPath(NamedTuple):
    """A condition on Here, the onboarding that counts. Others are conditions on Entity."""

    condition: Condition


@dataclass(frozen=True)
class Filter:
    """A filter of the list of entities."""

    #: The URL parameter.
    name: str
    #: The label on the page and in the sentence of active filters.
    label: str
    #: The message for a value that is not allowed.
    refused: str
    #: The condition for a value.
    condition: Callable[[Session, str], Condition | OnPath]
    #: The values with their labels: fixed, or read from the database.
    options: Options | Callable[[Session], Options] = field(default_factory=dict)
    #: Whether a URL may have this value, as far as this can be seen without the database. None:
    #: only a fixed option; without fixed options, any text without control characters.
    accepts: Callable[[str], bool] | None = None
    #: The label of a value that is not an option.
    wording: Callable[[str], str] = str
    #: Where the page shows it: as text, as a select, as a select under "more", or nowhere.
    control: Literal["text", "select", "more", "hidden"] = "hidden"
    #: The label of the option that does not filter.
    any_label: str = ""
    #: The value of a URL without the parameter, and the value that means any instead.
    default: str = ""
    any_value: str = ""
    #: Whether a value, unless it is one of WITHOUT_STAGE, means onboardings under way only.
    under_way: bool = False
    #: The message for a value that is too long, where it differs from `refused`.
    too_long: str = ""

    @property
    def on_page(self) -> bool:
        """Whether the page has a field for it."""
        return self.control != "hidden"

    def fault(self, value: str) -> str:
        """Return the message for a value that a URL cannot have; "" for any other."""
        if len(value) > LONGEST:
            return self.too_long or self.refused
        if value and value == self.any_value:
            accepted = True
        elif self.accepts is not None:
            accepted = self.accepts(value)
        elif isinstance(self.options, Mapping) and self.options:
            accepted = value in self.options
        else:
            accepted = not has_control(value)
        return "" if accepted else self.refused

    def word(self, value: str, options: Options) -> str:
        """Return the label of a value."""
        return options[value] if value in options else self.wording(value)
