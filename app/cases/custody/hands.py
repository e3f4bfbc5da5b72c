"""Which party holds a case now: the rule, and the hand-over to another party."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.definitions import definition_of
from app.base.models import Holding, Incident, ProcessInstance, Task
from app.people import access

#: Processes outside the path of the onboarding: their tasks do not decide which party holds a case.
SIDE_PROCESSES = frozenset(
    {
        "follow_up",
        "change_authority",
        "change_personnel",
        "personnel_effects",
        "upkeep",
        "redesignation",
        "register_follow_up",
    }
)
#: Steps during which the mesa de partes has the papers.
RECEPTION = frozenset({"record_reception", "record_personnel_reception"})
#: The parties whose days are counted, in the order of the pages. The Despacho belongs to the SIP:
#: on the clocks its days are the SIP's.
PARTIES = ("entity", "sip", "sgtd", "both", "date", "mesa_de_partes", "suspended")
PCM = ("sip", "sgtd", "secretary")
#: The element of an incident of the instance as a whole, which cannot continue.
WHOLE = ""


def holder_of(open_tasks: Sequence[tuple[str, str]], *, failed: bool = False) -> str:
    """Return the party that holds a case, from its open (step, role) pairs, oldest first.

    The mesa de partes holds it while only a reception is open; both hold it when the entity and the
    PCM each have a task; of two PCM parties, the party of the older task. With no open task the
    case waits for a set date, unless a task of the system `failed`: then the SGTD, which runs the
    system, holds it.
    """
    if not open_tasks:
        return "sgtd" if failed else "date"
    if all(step in RECEPTION for step, _ in open_tasks):
        return "mesa_de_partes"
    roles = [role for _, role in open_tasks]
    of_pcm = [role for role in roles if role in PCM]
    if not of_pcm:
        return "entity"
    return of_pcm[0] if len(of_pcm) == len(roles) else "both"


def party_of(
    open_tasks: Sequence[tuple[str, str]], incidents: Collection[str], *, suspended: bool
) -> str:
    """Return the party that holds a running or suspended case: the first rule that applies.

    `open_tasks`: as in `holder_of`, without tasks of SIDE_PROCESSES. `incidents`: the elements of
    open incidents, also without SIDE_PROCESSES. An instance that cannot continue as a whole accepts
    no answer, so the SGTD holds it regardless of its open tasks.
    """
    if suspended:
        return "suspended"
    if WHOLE in incidents:
        return "sgtd"
    return holder_of(open_tasks, failed=bool(incidents))


def pair_of(task: Task) -> tuple[str, str]:
    """Return an open task as a pair for `holder_of`: its step, and the role that has to act.

    If its notice is due on paper, that is the role whose coordinator notifies: the entity was not
    notified yet. So too if the entity cannot go on without the answer to a question.
    """
    awaits_pcm = task.paper_since_at is not None or task.question_since_at is not None
    return task.step, access.reviewing_role(task.stage) if awaits_pcm else task.role


def party_from_rows(session: Session, row: ProcessInstance) -> str:
    """Return the party of an instance by its rows, outside an act that runs its engine."""
    if row.ended_at:
        return ""
    tasks = session.scalars(
        select(Task)
        .where(
            Task.instance_id == row.id, Task.state == "open", Task.process.not_in(SIDE_PROCESSES)
        )
        .order_by(Task.opened_at, Task.id)
    )
    failed = session.scalars(
        select(Incident.element).where(
            Incident.instance_id == row.id, Incident.resolved_at.is_(None)
        )
    )
    definition = definition_of(row.deployment)
    waiting = {
        one for one in failed if one == WHOLE or definition.process_of(one) not in SIDE_PROCESSES
    }
    return party_of([pair_of(task) for task in tasks], waiting, suspended=row.status == "suspended")


def hand_over(
    session: Session, row: ProcessInstance, was_in: str, party: str, at: datetime
) -> None:
    """Hand the instance over to a party from `at` on ("" after its end).

    Called once per act, after its stage was written to the row; `was_in` is the stage before.
    An interval within one instant is dropped; if a clock went back, no time passed. Only the
    onboarding has clocks.
    """
    if row.process != "onboarding" or (was_in, row.holder) == (row.stage, party):
        return
    since, was = row.holder_since_at, row.holder
    at = max(at, since or at)
    row.holder, row.holder_since_at = party, at if party else None
    if not was or since is None:
        return
    if since < at:
        session.add(
            Holding(instance_id=row.id, stage=was_in, party=was, since_at=since, until_at=at)
        )
    else:
        _resume_last(session, row, at)


def _resume_last(session: Session, row: ProcessInstance, at: datetime) -> None:
    """Reopen the last interval if the new one, after a dropped one, has its stage and party."""
    last = session.scalars(
        select(Holding).where(Holding.instance_id == row.id).order_by(Holding.id.desc()).limit(1)
    ).first()
    if last and last.until_at == at and (last.stage, last.party) == (row.stage, row.holder):
        row.holder_since_at = last.since_at
        session.delete(last)


def on_clock(party: str) -> str:
    """Return the one of PARTIES whose clock counts a party's days."""
    return "sip" if party == "secretary" else party
