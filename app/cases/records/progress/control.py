"""`control_notice`: the last notice to an entity, and the communication to its organ of control.

The document grows with the steps of the follow-up: the last notice, the communication as its paper
states it, and what the Despacho signed. `bpmn/control_organ.dmn` says which organ it goes to.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from app.base import calendar
from app.base.models import Entity, FileUse, Mail, Record, Task
from app.cases.case import Case
from app.cases.records import documents, progress
from app.people import access, mail
from app.people.mail import Letter
from forms.control_documents import LastNotice
from forms.fields.identifiers import place_of
from workflows.decisions import decide_one
from workflows.definition import Definition

NAME, WARNING = "control_notice", "control_warning"
#: The term of the last notice in working days, as the timer `warning_term_passes` waits.
TERM_DAYS = 5


def warn(case: Case) -> tuple[Letter, ...]:
    """Return the last notice: to the people of each open step of the entity, and to its desk."""
    found = progress.read(case)
    until_on = calendar.last_day(case.calendar.deadline(case.at, TERM_DAYS))
    values: dict[str, Any] = {
        "missing": found["missing"],
        "stage": found["stage_name"],
        "until_on": until_on,
        "term_days": TERM_DAYS,
    }
    letters = [Letter(WARNING, user.email, values, user, case.entity) for user in _people(case)]
    desk = case.entity.contact_email.strip()
    if desk and desk.casefold() not in {one.to.casefold() for one in letters}:
        letters.append(Letter(WARNING, desk, values, None, case.entity))
    notice = {
        "warned_on": calendar.lima_day(case.at).isoformat(),
        "until_on": until_on.isoformat(),
        "mails": len(letters),
    }
    documents.write(case, NAME, notice)
    case.log("control.warned", mails=len(letters), until_on=notice["until_on"])
    return tuple(letters)


def _people(case: Case) -> list[Any]:
    """Return the users who can be reached of the entity's open steps, each once."""
    roles = case.session.scalars(
        select(Task.role)
        .where(
            Task.instance_id == case.instance.id,
            Task.state == "open",
            Task.process != "follow_up",
            Task.role.in_(access.ENTITY_ROLES),
        )
        .order_by(Task.id)
    )
    people = {
        user.id: user
        for role in dict.fromkeys(roles)
        for user in access.recipients(case.session, role, case.entity)
    }
    return mail.reachable(case.session, people.values())


def read_last_notice(case: Case) -> LastNotice | None:
    """Return how the last notice went, as far as is known now; None before it was given.

    A mail arrived unless it came back, or was not sent until now.
    """
    notice = documents.read(case, NAME) or {}
    if not notice.get("warned_on"):
        return None
    lost = select(func.count()).where(
        Mail.kind == WARNING,
        Mail.entity_id == case.entity.id,
        Mail.created_at >= calendar.midnight(date.fromisoformat(notice["warned_on"])),
        or_(Mail.bounced_at.is_not(None), Mail.state.not_in(("sent", "shown"))),
    )
    mails = notice.get("mails", 0)
    arrived = max(mails - (case.session.scalar(lost) or 0), 0)
    return {"warned_on": notice["warned_on"], "mails": mails, "arrived": arrived}


def draft(case: Case, definition: Definition) -> None:
    """Write what the communication states: the organ, the letters, what is missing."""
    found, notice = progress.read(case), documents.read(case, NAME) or {}
    last = read_last_notice(case)
    documents.write(
        case,
        NAME,
        {
            "warned_on": notice.get("warned_on", ""),
            "until_on": notice.get("until_on", ""),
            "mails": notice.get("mails", 0),
            "arrived": last["arrived"] if last else 0,
            "organ": organ_of(case.entity, definition),
            "stage_name": found["stage_name"],
            "missing": found["missing"],
            "letters": _letters(case),
            "drafted_on": calendar.lima_day(case.at).isoformat(),
            "number": "",
        },
    )


def reason_of_return(case: Case) -> str:
    """Return why the Despacho did not sign the communication; "" if it did, or is about to."""
    return str((documents.read(case, NAME) or {}).get("returned", ""))


def organ_of(entity: Entity, definition: Definition) -> dict[str, Any]:
    """Return the organ of control of an entity, by the table of a version of the process."""
    inputs = {"level": entity.level, "kind": entity.kind}
    row = decide_one(definition, "control_organ", inputs)
    place = place_of(entity.ubigeo or "") or ""
    words = {"entity": entity.name, "department": place.rpartition(",")[2].strip() or "la entidad"}
    return {
        "addressee": str(row["addressee"]),
        "organ": str(row["organ"]).format(**words),
        "address": str(row["address"]),
        "confirmed": bool(row["confirmed"]),
        "basis": str(row["basis"]),
    }


def _letters(case: Case) -> list[dict[str, str]]:
    """Return the number and day of the letters that were signed in the stage, in order."""
    signed = case.session.scalars(
        select(Record)
        .join(Task, Task.id == Record.task_id)
        .where(
            Record.instance_id == case.instance.id,
            Record.name == "letter",
            Task.stage == case.stage,
        )
        .order_by(Record.id)
    )
    return [
        {"number": one.data["number"], "signed_on": one.data.get("signed_on", "")}
        for one in signed
        if one.data.get("number")
    ]


def send(case: Case) -> tuple[Letter, ...]:
    """Return the mail with the signed communication, if it goes by mail; log how it goes."""
    notice = documents.read(case, NAME) or {}
    by_mail = notice.get("sent") == "mail"
    case.log(
        "control.sent",
        organ=notice["organ"]["organ"],
        number=notice["number"],
        how=notice["sent"],
        receipt=notice.get("receipt", ""),
    )
    if not by_mail:
        return ()
    values = {
        "number": notice["number"],
        "organ": notice["organ"]["organ"],
        "addressee": notice["organ"]["addressee"],
        "signed_on": notice["signed_on"],
    }
    file = case.session.get_one(FileUse, notice["file"]["id"])
    letter = Letter("control_notice", notice["address"], values, None, case.entity, file=file)
    return (letter,)
