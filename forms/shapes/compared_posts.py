"""A list of decision-makers held against the one that the authority judged before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forms.fields.dates import write_date
from forms.fields.identifiers import plain
from forms.fields.people import document_after, masked_document
from forms.fields.people import key_of as holder_key
from forms.shapes.decision_makers import GROUNDS, is_acting
from forms.shapes.post_keys import key_of as post_key

Post = Mapping[str, Any]
#: Columns of a post that may change while post or holder stay, with their words.
COLUMNS = {
    "post": "Cargo",
    "unit": "Unidad",
    "given_names": "Nombres",
    "surnames": "Apellidos",
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
    """Return what changed in a list since it was judged; None if it never was.

    A post is the same while its holder has the same document; or the same names, for a document
    that was corrected.
    """
    if before is None:
        return None
    come, gone = list(posts), list(before)
    pairs: list[tuple[Post, Post]] = []
    for key in (_of_term, _of_holder, _of_names):
        come, gone = _pair(come, gone, key, pairs)
    found = [PostChange("alta", post) for post in come]
    found += [PostChange("baja", post) for post in gone]
    changed = ((new, _cells(old, new)) for old, new in pairs)
    return found + [PostChange("cambio", new, cells) for new, cells in changed if cells]


def _pair(
    come: list[Post],
    gone: list[Post],
    key: Callable[[Post], tuple[Any, ...]],
    pairs: list[tuple[Post, Post]],
) -> tuple[list[Post], list[Post]]:
    """Append the old and the new post with an equal key that no other post has.

    Return the new and the old posts without a counterpart.
    """
    new, old = _by(come, key), _by(gone, key)
    both = {one for one in new.keys() & old.keys() if len(new[one]) == len(old[one]) == 1}
    pairs += [(old[one][0], new[one][0]) for one in new if one in both]
    rest = ([post for post in posts if key(post) not in both] for posts in (come, gone))
    left_new, left_old = rest
    return left_new, left_old


def _by(
    posts: Iterable[Post], key: Callable[[Post], tuple[Any, ...]]
) -> dict[tuple[Any, ...], list[Post]]:
    found: dict[tuple[Any, ...], list[Post]] = {}
    for post in posts:
        found.setdefault(key(post), []).append(post)
    return found


def _of_term(post: Post) -> tuple[Any, ...]:
    return *_of_holder(post), post["from_on"]


def _of_holder(post: Post) -> tuple[Any, ...]:
    return post_key(post), is_acting(post), *holder_key(post)


def _of_names(post: Post) -> tuple[Any, ...]:
    names = plain(post["given_names"]), plain(post["surnames"])
    return post_key(post), is_acting(post), *names


def _cells(old: Post, new: Post) -> tuple[tuple[str, str, str], ...]:
    pairs = ((name, old.get(name, ""), new.get(name, "")) for name in COLUMNS)
    cells = [
        (COLUMNS[name], _words(name, one), _words(name, other))
        for name, one, other in pairs
        if one != other
    ]
    if holder_key(old) != holder_key(new):
        cells.append(("Documento", masked_document(old), document_after(old, new)))
    return tuple(cells)


def _words(name: str, value: str) -> str:
    if name.endswith("_on"):
        return write_date(value) if value else ""
    return dict(GROUNDS).get(value, value) if name == "ground" else value
