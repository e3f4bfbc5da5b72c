"""Verdicts about cases as a rehearsal keeps them: without dates and without people.

Cases with the same verdict share a group, so a rehearsal of thousands is a few hundred groups.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypedDict

from workflows.migration import LEAVE

#: Kinds of verdicts, in the order of the table: the first two can be moved.
KINDS = ("passes", "changes", "undecided", "stays", "not_yet", "cannot")
MOVING = ("passes", "changes")
#: Kinds that another choice may change, and the changes that a choice brings about.
CHOSEN = ("undecided", "stays", "cannot")
BY_CHOICE = frozenset({"continues", "left"})
#: Changes whose former and new values are moments: they differ from case to case.
DATED = frozenset({"timer", "term"})
#: Changes of which only the element is kept: conditions are no text for people.
BY_NAME = DATED | {"condition"}
#: Why a case cannot move whose state or version cannot be read at all.
UNREADABLE = "Lo guardado de este proceso no se puede leer"


class Named(Protocol):
    """A change of a case, as `workflows.migration.Change` has it."""

    @property
    def kind(self) -> str: ...
    @property
    def element(self) -> str: ...
    @property
    def process(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


class Gone(Protocol):
    """What a case stands at and the version lacks, as `app.cases.processes.migrating.Gone`."""

    @property
    def element(self) -> str: ...
    @property
    def options(self) -> tuple[str, ...]: ...


class Verdict(Protocol):
    """What the migration of one case would be. `reason`: in Spanish."""

    @property
    def kind(self) -> str: ...
    @property
    def changes(self) -> Sequence[Named]: ...
    @property
    def gone(self) -> Sequence[Gone]: ...
    @property
    def reason(self) -> str: ...


class ChangeFacts(TypedDict):
    """A change as a group keeps it; `before` and `after` are "" for moments and conditions."""

    kind: str
    element: str
    process: str
    name: str
    before: str
    after: str


class Facts(TypedDict):
    """What the cases of a group have in common.

    `gone`: an element that the version lacks → the options of `app.cases.processes.migrating.Gone`.
    `names`: id of an element → its name as drawn.
    """

    changes: list[ChangeFacts]
    gone: dict[str, list[str]]
    reason: str
    names: dict[str, str]


class Unreadable:
    """The verdict about a case that cannot be read."""

    kind = "cannot"
    changes: Sequence[Named] = ()
    gone: Sequence[Gone] = ()
    reason = UNREADABLE


def facts_of(verdict: Verdict, name_of: Callable[[str], str]) -> Facts:
    """Return what a group keeps of a verdict. `name_of`: the name of an element by its id."""
    changes = {json.dumps(one): one for one in map(_change, verdict.changes)}
    gone = {one.element: list(one.options) for one in verdict.gone}
    named = {*gone, *(option for options in gone.values() for option in options)} - {LEAVE}
    return Facts(
        changes=[changes[key] for key in sorted(changes)],
        gone=gone,
        reason=verdict.reason,
        names={element: name_of(element) for element in sorted(named)},
    )


def _change(change: Named) -> ChangeFacts:
    by_name = change.kind in BY_NAME
    return ChangeFacts(
        kind=change.kind,
        element=change.element,
        process=change.process,
        name=change.name,
        before="" if by_name else change.before,
        after="" if by_name else change.after,
    )


def key_of(kind: str, facts: Mapping[str, Any]) -> str:
    """Return the key of a group: cases with the same verdict have the same one."""
    text = json.dumps([kind, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def by_choice(kind: str, facts: Mapping[str, Any]) -> bool:
    """Return whether another choice may change this verdict."""
    return kind in CHOSEN or any(one["kind"] in BY_CHOICE for one in facts["changes"])
