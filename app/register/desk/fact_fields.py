"""The form fields of facts that need only their declaration."""

from __future__ import annotations

from typing import Any

from app.register.facts.declared import BY_NAME
from app.register.facts.fact import Fact, Input
from forms.fields import SelectOneField, TextField


def entry_field(name: str) -> Any:
    """Return the field of a fact in the form of an entry."""
    fact = BY_NAME[name]
    return _field(fact, fact.entered, (("", "Elige uno"),), render_kw={"autocomplete": "off"})


def correction_field(name: str) -> Any:
    """Return the field of a fact in the form of a correction."""
    fact = BY_NAME[name]
    return _field(fact, fact.corrected, ())


def _field(
    fact: Fact, declared: Input | None, blank: tuple[tuple[str, str], ...], **kwargs: Any
) -> Any:
    if declared is None:
        raise ValueError(fact.name)
    if fact.words:
        choices = (*blank, *fact.words.items())
        return SelectOneField(declared.label, choices, needed=declared.needed)
    return TextField(declared.label, needed=declared.needed, limit=fact.limit, **kwargs)
