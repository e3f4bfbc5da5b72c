"""The shape of the communication to an organ of control (see `forms.case_documents`)."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from forms.records import FileRef


class ControlOrgan(TypedDict):
    """The organ of control of an entity, as `control_organ.dmn` names it."""

    addressee: str
    organ: str
    address: str  # of mail, or ""
    confirmed: bool
    basis: str


class NumberedLetter(TypedDict):
    """A letter that was signed in the stage."""

    number: str
    signed_on: str


class ControlNotice(TypedDict):
    """`control_notice`: the last notice, then the communication, then its signature.

    The last notice alone has `warned_on`, `until_on` and `mails`.
    """

    warned_on: str
    until_on: str
    mails: int  # addresses of the entity that the last notice went to
    arrived: NotRequired[int]  # of those, when the communication was drafted
    organ: ControlOrgan
    stage_name: str
    missing: list[str]
    letters: list[NumberedLetter]
    drafted_on: str
    number: str  # "" until it is signed
    returned: NotRequired[str]  # why the Despacho did not sign it
    signed_on: NotRequired[str]
    file: NotRequired[FileRef | None]
    sent: NotRequired[str]  # mail, paper
    address: NotRequired[str]  # of mail, or where the paper goes
    receipt: NotRequired[str]  # the number under which the organ received it, or ""


class LastNotice(TypedDict):
    """`last_notice` (read only): the day, its mails, and how many of them arrived until now."""

    warned_on: str
    mails: int
    arrived: int
