"""Mails to an entity when its presentation is received or accepted, and when its register is live.

Each links to its subject: the page of the presentation, with its expediente (CUT), or the
register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import select

from app.base.models import Filing, Task, User
from app.base.urls import external_url
from app.cases.processes.act import Act
from app.cases.records.filing import KIND_OF_STAGE
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


def announce(act: Act, task: Task, outcome: str) -> None:
    """Post the mails that an answer causes besides reminders. `act` was saved."""
    if write := ANNOUNCED.get((task.step, outcome)):
        write(act, task)


def filing_of(act: Act, kind: str) -> Filing | None:
    """Return the newest presentation of a kind in the case."""
    query = select(Filing).where(Filing.instance_id == act.row.id, Filing.kind == kind)
    return act.session.scalars(query.order_by(Filing.id.desc()).limit(1)).first()


def everyone(act: Act) -> list[User]:
    """Return who prepares and answers for the entity, each once."""
    people = {
        user.id: user
        for role in ("authority", "preparer", "administrator", "alternate")
        for user in access.holders(act.session, role, act.row.entity)
    }
    return list(people.values())


def post(act: Act, kind: str, people: Iterable[User], values: dict[str, Any]) -> None:
    """Post a mail of a kind about the case to each of these people."""
    for user in people:
        letter = Letter(kind, user.email, values, user=user, entity=act.row.entity)
        mail.post(act.session, letter)


def _about_filing(kind: str) -> Callable[[Act, Task], None]:
    """Return what posts a mail of a kind to those who presented."""

    def post_about(act: Act, task: Task) -> None:
        filing = filing_of(act, KIND_OF_STAGE.get(task.stage, "designation"))
        if filing is None:
            return
        values = {
            "filing": filing,
            "what": PRESENTED[filing.kind],
            "reviewer": access.lane_title(access.reviewing_role(task.stage)),
        }
        people = access.recipients(act.session, PRESENTS[filing.kind], act.row.entity)
        post(act, kind, people, values)

    return post_about


def _live(act: Act, task: Task) -> None:
    """Post that the register is in production, with its address."""
    entity = act.row.entity
    register = environments.find(act.session, entity, "production")
    here = external_url("consult.list_of_entity", code=entity.code)
    elsewhere = register.source_address if register and register.source != "zaguan" else ""
    values = {"address": elsewhere or here, "filing": filing_of(act, "personnel")}
    post(act, "live", everyone(act), values)


ANNOUNCED: Mapping[tuple[str, str], Callable[[Act, Task], None]] = {
    ("record_reception", "received"): _about_filing("received"),
    ("record_personnel_reception", "received"): _about_filing("received"),
    ("review_designation", "accepted"): _about_filing("accepted"),
    ("review_personnel", "accepted"): _about_filing("accepted"),
    ("confirm_production", "confirmed"): _live,
}
