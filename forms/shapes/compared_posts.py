"""A list of decision-makers held against the one that the authority judged before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forms.fields.people import key_of as holder_key
from forms.shapes.decision_makers import GROUNDS, is_acting
from forms.shapes.post_keys import key_of as post_key

Post = Mapping[str, Any]
#: Columns of a post that may change while post and holder stay, with their words.
COLUMNS = {
    "post": "Cargo",
    "unit": "Unidad",
    "ground": "Fundamento",
    "norm": "Norma",
    "from_on": "Desde",
    "to_on": "Hasta",
    "resolution": "Resolución",
}


@dataclass(frozen=True)
class PostChange:
    """A post whose holder, ground or days differ: its change and the differing columns.

    `kind` is a key of `forms.shapes.compared_roster.CHANGES`.
    """

    kind: str
    post: Post
    cells: tuple[tuple[str, str, str], ...] = ()


def changes_of(posts: Iterable[Post], before: Iterable[Post] | None) -> list[PostChange] | None:
    """Return what changed in a list since it was judged; None if it never was."""
    if before is None:
        return None
    old = {_key(post): post for post in before}
    new = {_key(post): post for post in posts}
    found = [PostChange("alta", post) for key, post in new.items() if key not in old]
    found += [PostChange("baja", post) for key, post in old.items() if key not in new]
    for key, post in new.items():
        if key in old and (cells := _cells(old[key], post)):
            found.append(PostChange("cambio", post, cells))
    return found


def _key(post: Post) -> tuple[Any, ...]:
    return post_key(post), is_acting(post), *holder_key(post), post["from_on"]


def _cells(old: Post, new: Post) -> tuple[tuple[str, str, str], ...]:
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in COLUMNS)
    return tuple(
        (COLUMNS[name], _words(name, one), _words(name, other))
        for name, one, other in pairs
        if one != other
    )


def _words(name: str, value: str) -> str:
    return dict(GROUNDS).get(value, value) if name == "ground" else value
