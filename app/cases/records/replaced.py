"""The changes that an answer makes to an earlier one, for the log: old and new values.

For persons, the log has names and posts, never their numbers; for lists, the number of rows and how
many were added, removed and corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any

from app.base import formatting
from forms.shapes.roster_steps import compare as compared

Changes = dict[str, list[Any]]
Row = Mapping[str, Any]

#: The plain values of a person that are compared. The log gets the last digits of a telephone, and
#: of a document only the fact that it changed.
OF_PERSON = ("post", "unit", "email", "since_on", "link_until_on")
DOCUMENT = ("document_type", "document_number")


def designated(old: Row, new: Row) -> Changes:
    """Compare the administrator and the alternate."""
    found = person("holder", old.get("holder") or {}, new.get("holder") or {})
    return found | person("alternate", old.get("alternate") or {}, new.get("alternate") or {})


def person(role: str, old: Row, new: Row) -> Changes:
    """Compare a person; {} is no person."""
    found: Changes = {}
    if (before := _name(old)) != (now := _name(new)):
        found[role] = [before, now]
    elif any(old.get(name) != new.get(name) for name in DOCUMENT):
        found[f"{role}_document"] = ["uno", "otro"]
    if old and new:
        changed = values(*OF_PERSON, "phone")(old, new)
        if "phone" in changed:
            changed["phone"] = [formatting.masked_phone(number) for number in changed["phone"]]
        found |= {f"{role}_{name}": both for name, both in changed.items()}
    return found


def _name(person: Row) -> str:
    return f"{person.get('given_names', '')} {person.get('surnames', '')}".strip()


def values(*keys: str) -> Callable[[Row, Row], Changes]:
    """Return a comparison of these plain values of a record."""

    def compare(old: Row, new: Row) -> Changes:
        both = {key: [old.get(key) or "", new.get(key) or ""] for key in keys}
        return {key: two for key, two in both.items() if two[0] != two[1]}

    return compare


def rows(name: str, *key: str) -> Callable[[Sequence[Row], Sequence[Row]], Changes]:
    """Return a comparison of a list, whose rows are identified by these columns."""

    def compare(old: Sequence[Row], new: Sequence[Row]) -> Changes:
        before, now = _by_key(old, key), _by_key(new, key)
        added, removed = len(now.keys() - before.keys()), len(before.keys() - now.keys())
        corrected = sum(before[one] != now[one] for one in before.keys() & now.keys())
        if not (added or removed or corrected or len(old) != len(new)):
            return {}
        counts = {"added": added, "removed": removed, "corrected": corrected}
        return {name: [{"rows": len(old)}, {"rows": len(new)} | counts]}

    return compare


def roster(old: Sequence[Row], new: Sequence[Row]) -> Changes:
    """Compare two rosters by person, as reviews do."""
    found = compared(old, new)
    if not found and len(old) == len(new):
        return {}
    counts = found.counts()
    counts["corrected"] = counts.pop("changed")
    return {"roster": [{"rows": len(old)}, {"rows": len(new)} | counts]}


def _by_key(found: Sequence[Row], key: Sequence[str]) -> dict[Hashable, dict[str, Any]]:
    return {tuple(row.get(name) for name in key): dict(row) for row in found}


#: Record → the comparison for the log when an answer replaces it.
COMPARED: Mapping[str, Callable[[Any, Any], Changes]] = {
    "authority": partial(person, "authority"),
    "administrator": designated,
    "roster": roster,
    "decision_makers": rows("decision_makers", "post", "unit", *DOCUMENT),
    "production": values("go_live_on", "link"),
}


def changes(name: str, old: Any, new: Any) -> Changes:
    """Return the changes by a record's new value; none if it had no value before."""
    if not old or name not in COMPARED:
        return {}
    return COMPARED[name](old, new)
