"""Mails to an entity when its presentation is received or accepted, and when its register is live.

Each links to its subject: the page of the presentation, with its expediente (CUT), or the
register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.base.models import Task, User
from app.cases.case import Case
from app.cases.records.filing import kind_of
from app.cases.records.filing import newest as newest_filing
from app.people import access, mail
from app.people.mail import Letter
from app.register.registers import environments

#: The subject of a presentation in a sentence, by its kind.
PRESENTED = {
    "designation": "la designación del administrador",
    "personnel": "la relación de personal para producción",
}
#: The lane whose people present, by the kind of the presentation.
PRESENTS = {"designation": "authority", "personnel": "administrator"}


def announce(case: Case, task: Task, outcome: str) -> None:
    """Post the mails that an answer causes besides reminders. Call it after the act was saved."""
    if write := ANNOUNCED.get((task.step, outcome)):
        write(case, task)


def everyone(case: Case) -> list[User]:
    """Return who prepares and answers for the entity, each once."""
    people = {
        user.id: user
        for role in ("authority", "preparer", "administrator", "alternate")
        for user in access.holders(case.session, role, case.entity)
    }
    return list(people.values())


def post(case: Case, kind: str, people: Iterable[User], values: dict[str, Any]) -> None:
    """Post a mail of a kind about the case to each of these people."""
    for user in people:
        letter = Letter(kind, user.email, values, user=user, entity=case.entity)
        mail.post(case.session, letter)


def _about_filing(kind: str) -> Callable[[Case, Task], None]:
    """Return what posts a mail of a kind to those who presented."""

    def post_about(case: Case, task: Task) -> None:
        filing = newest_filing(case, kind_of(task.stage))
        if filing is None:
            return
        values = {
            "filing": filing,
            "what": PRESENTED[filing.kind],
            "reviewer": access.lane_title(access.reviewing_role(task.stage)),
        }
        people = access.recipients(case.session, PRESENTS[filing.kind], case.entity)
        post(case, kind, people, values)

    return post_about


def _live(case: Case, task: Task) -> None:
    """Post that the register is in production, with its address."""
    register = environments.find(case.session, case.entity, "production")
    values = {
        "address": environments.public_address(case.entity, register),
        "filing": newest_filing(case, "personnel"),
    }
    post(case, "live", everyone(case), values)


ANNOUNCED: Mapping[tuple[str, str], Callable[[Case, Task], None]] = {
    ("record_reception", "received"): _about_filing("received"),
    ("record_personnel_reception", "received"): _about_filing("received"),
    ("review_designation", "accepted"): _about_filing("accepted"),
    ("review_personnel", "accepted"): _about_filing("accepted"),
    ("confirm_production", "confirmed"): _live,
}
