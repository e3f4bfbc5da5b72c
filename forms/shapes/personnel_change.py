"""The effect of a change of the register's people on the roster and the decision-makers.

A change names only what changes, so that changes made at the same time do not undo each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from forms.change_documents import Leaving, PersonnelChange
from forms.fields.people import key_of
from forms.records import Post
from forms.shapes.decision_makers import DETERMINED, SHARED
from forms.shapes.post_keys import key_of as post_key_of

Row = Mapping[str, Any]
Key = tuple[str, ...]

#: The reason of a person who leaves the entity too, with every role and post in it.
GONE = "link_ended"
#: The refusal to register that one has left oneself (Spanish).
ONESELF = (
    "Eres tú: si dejas tu función, dilo en «Dejo la función», en «Otras acciones» de tu entidad."
)
#: Why a person leaves the register.
REASONS = (
    (GONE, "Terminó su vínculo con la entidad"),
    ("moved", "Pasó a otra unidad o función"),
    ("replaced", "Otra persona tomó su función"),
    ("other", "Otro motivo"),
)


def holder_key(post: Row) -> Key:
    """Return what identifies a holder of a post."""
    return (post["post"], post["unit"], *key_of(post), post["from_on"])


def place_key(post: Row) -> Key:
    """Return what identifies a post: of members of a body, who share its name, with the holder."""
    found: Key = (post_key_of(post),)
    return found + key_of(post) if post["ground"] in SHARED else found


def nothing(on: str) -> PersonnelChange:
    """Return a change that changes nothing."""
    return {
        "rows": [],
        "leaving": [],
        "posts": [],
        "removed": [],
        "to_approve": {"posts": [], "removed": []},
        "number": "",
        "file": None,
        "on": on,
        "places": [],
    }


def is_empty(change: PersonnelChange) -> bool:
    """Return whether a change changes nothing."""
    waiting = change["to_approve"]
    parts: tuple[Sequence[Any], ...] = (
        change["rows"],
        change["leaving"],
        change["posts"],
        change["removed"],
        waiting["posts"],
        waiting["removed"],
        change["places"],
    )
    return not any(parts)


def on_the_roster(roster: Iterable[Row] | None) -> dict[tuple[str, str], Row]:
    """Return the people of a roster who did not leave, by their documents."""
    return {key_of(row): row for row in roster or () if row["movement"] != "baja"}


def leaves_no_operator(before: Set[Key], after: Set[Key], closed: Set[Key]) -> bool:
    """Return whether a change leaves a register without operators who can act.

    `before` and `after` are the operators of the roster, `closed` those who cannot act or are about
    to leave. Where nobody could act before the change either, one who is listed is enough; where
    nobody was listed, the change takes nobody away.
    """
    if not after:
        return bool(before)
    return not after - closed and bool(before - closed)


def operators_of(roster: Iterable[Row] | None) -> set[Key]:
    """Return the operators of a roster who did not leave."""
    there = on_the_roster(roster).items()
    return {key for key, row in there if row["profile"] == "operator"}


def merged_roster(
    roster: Iterable[Row] | None, rows: Iterable[Row], leaving: Iterable[Leaving]
) -> list[dict[str, Any]]:
    """Return a roster after a change: who left is a baja, and earlier bajas are not listed."""
    gone = {key_of(one) for one in leaving}
    new = {key_of(row): dict(row) for row in rows}
    merged = []
    for key, row in on_the_roster(roster).items():
        merged.append(dict(row) | {"movement": "baja"} if key in gone else new.pop(key, dict(row)))
    return merged + list(new.values())


def merged_posts(
    posts: Iterable[Row] | None, changed: Iterable[Row], removed: Iterable[Row]
) -> list[dict[str, Any]]:
    """Return the decision-makers after a change: a post that left the list has no row in it."""
    found = {holder_key(post): dict(post) for post in posts or ()}
    for post in changed:
        found[holder_key(post)] = found.get(holder_key(post), {}) | dict(post)
    gone = {place_key(post) for post in removed}
    return [post for post in found.values() if place_key(post) not in gone]


def split(
    posts: Iterable[Row] | None, changed: Sequence[Post], removed: Sequence[Post]
) -> tuple[list[Post], list[Post], list[Post], list[Post]]:
    """Return the changed and removed posts that are facts, then those that need an approval.

    A post that the entity determines itself enters or leaves the list with an approval. Who holds
    a listed post is a fact.
    """
    listed = {place_key(post) for post in posts or ()}

    def waits(post: Post, *, enters: bool) -> bool:
        return post["ground"] == DETERMINED and not (enters and place_key(post) in listed)

    return (
        [post for post in changed if not waits(post, enters=True)],
        [post for post in removed if not waits(post, enters=False)],
        [post for post in changed if waits(post, enters=True)],
        [post for post in removed if waits(post, enters=False)],
    )


def kinds_of(roster: Iterable[Row] | None, change: PersonnelChange) -> list[str]:
    """Return the kinds of a change, as the table `personnel_change` names them.

    `roster` is the roster before or after the change: people who left are still in it.
    """
    profiles = {key_of(row): row["profile"] for row in roster or ()}
    concerned = {row["profile"] for row in change["rows"]}
    concerned |= {profiles.get(key_of(one), "") for one in change["leaving"]}
    found = []
    if concerned & {"operator", "administrator"}:
        found.append("operators")
    if concerned & {"visited_official", "decision_maker"}:
        found.append("officials")
    if change["posts"] or change["removed"] or any(change["to_approve"].values()):
        found.append("posts")
    return found
