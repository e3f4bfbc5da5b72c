"""In whose hands a case is now: the rule, and the moment when it changes hands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.definitions import definition_of
from app.base.models import Holding, Incident, ProcessInstance, Task
from app.people import access

#: Processes that stand beside the path: their tasks do not say in whose hands a case is.
BESIDE = frozenset({"follow_up", "change_authority", "upkeep", "redesignation"})
#: Steps during which the mesa de partes has the papers.
RECEPTION = frozenset({"record_reception", "record_personnel_reception"})
#: The parties whose days are told apart, in the order in which pages show them. The Despacho is
#: of the SIP, and its days are the SIP's on the clocks.
PARTIES = ("entity", "sip", "sgtd", "both", "date", "mesa_de_partes", "suspended")
PCM = ("sip", "sgtd", "secretary")
#: The element of an incident that keeps the instance as a whole from going on.
WHOLE = ""


def holder_of(open_tasks: Sequence[tuple[str, str]], *, failed: bool = False) -> str:
    """In whose hands a case is, from its open (step, role) pairs, oldest first.

    At the mesa de partes while only a reception is open; both when the entity and the PCM each
    have a task; of two PCM parties the older task's. Where nothing is open it waits for a set
    date, unless a task of the system `failed`: that is the SGTD's, which runs it.
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
    """In whose hands a running or suspended case is; the first that applies.

    `open_tasks` as in `holder_of`, without those of BESIDE; `incidents` are the elements of what
    failed and waits, likewise. An instance that cannot go on as a whole takes no answer from
    anybody, whatever is open in it: that is the SGTD's.
    """
    if suspended:
        return "suspended"
    if WHOLE in incidents:
        return "sgtd"
    return holder_of(open_tasks, failed=bool(incidents))


def pair_of(task: Task) -> tuple[str, str]:
    """An open task as `holder_of` takes it: its step, and the role that has to act.

    Where its notice is due on paper, that is the role whose coordinator notifies: the entity was
    told of nothing yet.
    """
    on_paper = task.paper_since_at is not None
    return task.step, access.reviewing_role(task.stage) if on_paper else task.role


def by_rows(session: Session, row: ProcessInstance) -> str:
    """In whose hands an instance is by its rows, outside of an act that runs its engine."""
    if row.ended_at:
        return ""
    tasks = session.scalars(
        select(Task)
        .where(Task.instance_id == row.id, Task.state == "open", Task.process.not_in(BESIDE))
        .order_by(Task.opened_at, Task.id)
    )
    failed = session.scalars(
        select(Incident.element).where(
            Incident.instance_id == row.id, Incident.resolved_at.is_(None)
        )
    )
    definition = definition_of(row.deployment)
    waiting = {one for one in failed if one == WHOLE or definition.process_of(one) not in BESIDE}
    return party_of([pair_of(task) for task in tasks], waiting, suspended=row.status == "suspended")


def hand_over(
    session: Session, row: ProcessInstance, was_in: str, party: str, at: datetime
) -> None:
    """From `at` on, the instance is in a party's hands ("" after its end).

    Called once per act, after its stage was written to the row; `was_in` is the stage before.
    What came and went within one instant was never; where a clock went back, no time passed.
    Only the onboarding has clocks.
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
        _take_up_again(session, row, at)


def _take_up_again(session: Session, row: ProcessInstance, at: datetime) -> None:
    """Where the interval before the one that never was is like the one that begins, goes on."""
    last = session.scalars(
        select(Holding).where(Holding.instance_id == row.id).order_by(Holding.id.desc()).limit(1)
    ).first()
    if last and last.until_at == at and (last.stage, last.party) == (row.stage, row.holder):
        row.holder_since_at = last.since_at
        session.delete(last)


def on_clock(party: str) -> str:
    """The one of PARTIES on whose clock a party's days are."""
    return "sip" if party == "secretary" else party
