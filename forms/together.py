"""Bring two versions of a draft together: the stored one, and what an older page sent.

Nothing of either is lost: entries of growing lists stand one after the other, and a blank value
never replaces another one. Where both have a value, the fields are named for the user to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

from forms.drafts import Pair, is_of, is_typed

if TYPE_CHECKING:
    from forms import StepForm

Values = dict[str, list[str]]


@dataclass(frozen=True)
class Together:
    """Both versions: the pairs, and the full names of the fields that differ.

    The differing fields have what was sent. `adds`: whether anything is not in the stored version.
    """

    pairs: list[Pair]
    differing: tuple[str, ...]
    adds: bool


def of(form_class: type[StepForm], stored: list[Pair], sent: list[Pair]) -> Together:
    """Return the stored and the sent pairs of a draft together."""
    old, new = (form_class(MultiDict(one), settles=False) for one in (stored, sent))
    lists = list(dict.fromkeys(field.name for form in (old, new) for field in _growing(form)))
    before, after = _values(stored, lists), _values(sent, lists)
    came = {key for key, values in after.items() if any(map(str.strip, values))}
    differing = [key for key in before if key in came and before[key] != after[key]]
    unequal = tuple(key for key in differing if any(map(str.strip, before[key])))
    chosen = before | {key: after[key] for key in after if key in came}
    pairs = [(key, value) for key, values in chosen.items() for value in values]
    adds = bool(came - before.keys() or differing)
    for name in lists:
        entries, grows = _entries(name, (old, stored), (new, sent))
        pairs, adds = pairs + entries, adds or grows
    return Together(pairs, unequal, adds)


def _growing(fields: Iterable[Any]) -> Iterator[Any]:
    """Yield the lists whose entries are added and removed, without lists inside their entries."""
    for field in fields:
        if hasattr(field, "form"):
            yield from _growing(field.form)
        elif hasattr(field, "entries") and not getattr(field, "fixed", False):
            yield field


def _values(pairs: Iterable[Pair], lists: list[str]) -> Values:
    found: Values = {}
    for key, value in pairs:
        if not any(is_of(name, key) for name in lists):
            found.setdefault(key, []).append(value)
    return found


def _entries(
    name: str, stored: tuple[StepForm, list[Pair]], sent: tuple[StepForm, list[Pair]]
) -> tuple[list[Pair], bool]:
    """Return the pairs of a list's entries, and whether any of them is not in the stored draft."""
    before, after = _typed(name, *stored), _typed(name, *sent)
    known = list(map(_said, before))
    more = [entry for entry in after if _said(entry) not in known]
    if not more:
        return [pair for pair in stored[1] if is_of(name, pair[0])], False
    return [
        (f"{name}-{number}{rest}", value)
        for number, entry in enumerate([*before, *more])
        for rest, value in entry
    ], True


def _typed(name: str, form: StepForm, pairs: list[Pair]) -> list[list[Pair]]:
    """Return the entries of a list in which something was typed; keys without their prefix."""
    listed: Any = next((field for field in _growing(form) if field.name == name), None)
    names = [entry.name for entry in listed.entries if is_typed(entry)] if listed else []
    return [
        [(key.removeprefix(one), value) for key, value in pairs if is_of(one, key)] for one in names
    ]


def _said(entry: list[Pair]) -> set[Pair]:
    return {pair for pair in entry if pair[1].strip()}
