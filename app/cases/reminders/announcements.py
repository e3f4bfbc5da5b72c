"""Mails to an entity: a presentation received or accepted, a live register, a void constancia.

Each links to its subject: the page of the presentation, with its expediente (CUT), the register,
or the constancia.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.base.models import IssuedPaper, Task, User
from app.base.urls import external_url
from app.cases import notices
from app.cases.case import Case
from app.cases.records.filing import kind_of
from app.cases.records.filing import newest as newest_filing
from app.people import access, mail
from app.people.mail import Letter
from app.register.registers import environments

#: The kind of the notice for the Despacho.
TO_SIGN = "certificate_to_sign"
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


def certificate_annulled(case: Case, void: IssuedPaper, number: str) -> None:
    """Inform the people of the entity of a signed constancia that is void, and the Despacho.

    `number`: that of the constancia that replaces it; "" for a blank line. While the case runs, the
    entity has no signed one, and the step of the Despacho stays open.
    """
    if void.signed_id is not None:
        post(case, "certificate_annulled", everyone(case), {"number": void.number})
    if case.instance.status == "ended":
        certificate_to_sign(case, number, "la anterior se anuló")


def certificate_to_sign(case: Case, number: str, why: str) -> None:
    """Ask the Despacho to sign the constancia of a case that ended; `why` in Spanish."""
    session, key = case.session, str(case.instance.id)
    notices.take_down(session, TO_SIGN, key, case.actor_id)
    data: dict[str, Any] = {"case": case.instance.id, "number": number, "why": why}
    notices.put(session, TO_SIGN, key, role=notices.SECRETARY, entity=case.entity, **data)


def certificate_signed(case: Case, number: str, file_id: str) -> None:
    """Inform the people of the entity that the constancia is signed, after the end.

    The notice for the Despacho is removed.
    """
    values = {"number": number, "certificate": external_url("public.file", file_id=file_id)}
    post(case, "certificate_signed", everyone(case), values)
    notices.take_down(case.session, TO_SIGN, str(case.instance.id), case.actor_id)


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
