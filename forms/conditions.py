"""Conditions: which fields of a step apply to the answers given so far.

A field names its condition once, as `when=("decision", "returned")` (see `forms.fields`). `settle`
follows it, and everything else reads the result: pages show a field only while it applies, no rule
is checked where it does not, and neither the records nor the papers ever see its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from forms.drafts import is_of, walk, was_shown
from forms.fields.rules import STOPPED, holds


def settle(form: Any) -> None:
    """Set `applies` on the fields of a form, and empty those that do not apply.

    A field stands after the field that decides on it, so a field that does not apply decides on
    nothing. Its `as_typed` keeps what was typed, for the page.
    """
    for field in list(form):
        field.applies = holds(getattr(field, "when", None), form)
        if field.applies:
            _settle_inside(field)
            continue
        field.as_typed = _copy(field)
        _settle_inside(field.as_typed)
        field.process(None)
        field.raw_data = []


def _copy(field: Any) -> Any:
    """Return a copy of a field; `copy.copy` would return one that belongs to no form."""
    made = object.__new__(type(field))
    made.__dict__.update(field.__dict__)
    return made


def _settle_inside(field: Any) -> None:
    entries = getattr(field, "shown", getattr(field, "entries", ()))
    for part in (field, *entries):
        if hasattr(part, "form"):
            settle(part.form)


def applies(field: Any) -> bool:
    """Return whether a field applies; outside a step, every field does."""
    return bool(getattr(field, "applies", True))


def without_idle(form: Any, values: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs whose key is not of a field that does not apply."""
    idle = [field.name for field in walk(form) if not applies(field)]
    return [pair for pair in values if not any(is_of(name, pair[0]) for name in idle)]


def unseen(fields: Iterable[Any], posted: Any) -> list[Any]:
    """Return the fields that apply to a posted page but were not on it."""
    found = []
    for field in filter(applies, fields):
        if not was_shown(field, posted):
            found.append(field)
        else:
            found += unseen(getattr(field, "form", getattr(field, "entries", ())), posted)
    return found


def part_id(field: Any) -> str:
    """Return the id of the part of a page that begins with a conditional field."""
    return f"applies-{field.name}"


@dataclass(frozen=True)
class Section:
    """Consecutive fields of a page with the same condition.

    `decider` is the full name of the input that decides, "" if none of the page does; `values` are
    its values, separated by spaces.
    """

    fields: tuple[Any, ...]
    decider: str = ""
    values: str = ""
    applies: bool = True

    @property
    def is_conditional(self) -> bool:
        """Whether the fields have a condition."""
        return _condition(self.fields[0]) is not None

    @property
    def id(self) -> str:
        """The id of the part of the page."""
        return part_id(self.fields[0])

    @property
    def names(self) -> list[str]:
        """The full names of the fields."""
        return [field.name for field in self.fields]


def sections(fields: Iterable[Any]) -> Iterator[Section]:
    """Yield fields as a page shows them: those that do not apply as they were typed."""
    group: list[Any] = []
    for field in fields:
        if group and not _belongs(group[0], field):
            yield _section(group)
            group = []
        group.append(field)
    if group:
        yield _section(group)


def _condition(field: Any) -> Any:
    """Return the condition of a settled field; None outside a step."""
    return getattr(field, "when", None) if hasattr(field, "applies") else None


def _belongs(first: Any, field: Any) -> bool:
    return bool(_condition(first) == _condition(field))


def _section(fields: list[Any]) -> Section:
    first, condition = fields[0], _condition(fields[0])
    if condition is None:
        return Section(tuple(fields))
    name, wanted = condition
    if wanted == STOPPED:  # no input of the page decides on it
        return Section(tuple(fields), applies=applies(first))
    values = wanted if isinstance(wanted, tuple) else (wanted,)
    return Section(
        fields=tuple(field if applies(field) else field.as_typed for field in fields),
        decider=first.name.removesuffix(first.short_name) + name,
        values=" ".join("y" if value is True else str(value) for value in values),
        applies=applies(first),
    )
