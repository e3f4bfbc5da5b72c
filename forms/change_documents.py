"""The shapes of changes of the register's people (see `forms.case_documents`)."""

from __future__ import annotations

from typing import TypedDict

from forms.records import FileRef, Post, RosterRow


class Leaving(TypedDict):
    """A person who left the register; `reason`: see `forms.shapes.personnel_change.REASONS`."""

    document_type: str
    document_number: str
    last_day: str
    reason: str


class PostChanges(TypedDict):
    """Posts and holders that are new or different, and those that leave the list."""

    posts: list[Post]
    removed: list[Post]  # with the last day in `to_on`


class PlaceChange(TypedDict):
    """A unit or a site that is opened, closed or renamed on a day.

    `to` is its new name or, if it is closed, the place to which its people pass ("" if none do).
    """

    kind: str  # unit or site
    name: str
    movement: str  # opened, closed or renamed
    on: str
    reason: str
    to: str


class PersonnelChange(PostChanges):
    """`personnel_change`: only what changes; `rows` are people as they are from now on.

    `to_approve` waits for the authority: posts that the entity determines itself.
    """

    rows: list[RosterRow]
    leaving: list[Leaving]
    to_approve: PostChanges
    number: str
    file: FileRef | None
    on: str
    places: list[PlaceChange]


class RegisterReview(TypedDict):
    """`register_review`: the periodic confirmation."""

    reviewed_on: str
    changed: bool
