"""Delete each night what is older than `app.base.config.retention` says, and count it.

What the public sees (visits, interest acts, papers), and the log, are never deleted here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Delete,
    Engine,
    Select,
    Update,
    and_,
    delete,
    func,
    or_,
    select,
    union_all,
    update,
)

from app.base import calendar, files
from app.base.config.retention import RULES
from app.base.db import Stop, open_session, writing
from app.base.models import (
    Attempt,
    Baseline,
    BaselineName,
    Batch,
    DataBreach,
    Draft,
    FileUse,
    FormerState,
    Incoming,
    Mail,
    Material,
    PasskeyChallenge,
    PastImport,
    ProcessInstance,
    Register,
    RightsRequest,
    SignIn,
    StoredFile,
    Suppression,
    Task,
    Ticket,
    Visit,
)
from app.cases.records import documents
from app.register.suppression import demo, plans
from forms.fields.tables import MEDIA_TYPES

Statement = Delete | Update


def _links(before: datetime) -> Statement:
    return delete(Ticket).where(or_(Ticket.used_at < before, Ticket.expires_at < before))


def _sign_ins(before: datetime) -> Statement:
    return delete(SignIn).where(func.coalesce(SignIn.ended_at, SignIn.seen_at) < before)


def _received_mails(before: datetime) -> Statement:
    """Empty a message; its digest stays, so that it is not taken twice."""
    return (
        update(Incoming)
        .where(Incoming.received_at < before, Incoming.body + Incoming.sender != "")
        .values(sender="", subject="", body="")
    )


def _drafts(before: datetime) -> Statement:
    tasks = (
        select(Task.id)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(ProcessInstance.ended_at < before)
    )
    return delete(Draft).where(Draft.task_id.in_(tasks))


def _baseline_rows(before: datetime) -> Statement:
    """Empty the rows of an export that nobody imported; that they were not imported stays."""
    read = select(Baseline.id).where(Baseline.at < before)
    return (
        update(BaselineName)
        .where(BaselineName.baseline_id.in_(read), func.length(BaselineName.lines) > 0)
        .values(lines=b"", visits=0, first_on=None, last_on=None)
    )


def _requests(before: datetime) -> Statement:
    """Empty a request; that there was one, of which kind and when, stays."""
    return (
        update(RightsRequest)
        .where(RightsRequest.answered_at < before, RightsRequest.email != "")
        .values(name="", email="", detail="", answer="")
    )


def _mails_about_requests(before: datetime) -> Statement:
    """Empty the mails to the persons who asked: they have the address and the answer."""
    return (
        update(Mail)
        .where(
            Mail.kind.in_(("rights_received", "rights_answer")),
            Mail.created_at < before,
            Mail.state != "waiting",
            Mail.to != "",
        )
        .values(to="", person="", subject="", body="", error="")
    )


def _breaches(before: datetime) -> Statement:
    """Empty what was written of an incident; its moments and who was notified stay."""
    return (
        update(DataBreach)
        .where(DataBreach.notified_at < before, DataBreach.description != "")
        .values(description="", person_id=None)
    )


#: Key of `RULES` → what deletes.
STATEMENTS: dict[str, Callable[[datetime], Statement]] = {
    "attempts": lambda before: delete(Attempt).where(Attempt.at < before),
    "challenges": lambda before: delete(PasskeyChallenge).where(PasskeyChallenge.made_at < before),
    "links": _links,
    "sign_ins": _sign_ins,
    "received_mails": _received_mails,
    "drafts": _drafts,
    "former_states": lambda before: delete(FormerState).where(FormerState.at < before),
    "baseline_rows": _baseline_rows,
    "left_rosters": documents.left_rosters,
    "rights_requests": _requests,
    "rights_mails": _mails_about_requests,
    "breaches": _breaches,
}


def part(name: str) -> Callable[[Engine, Stop], int]:
    """Return the part of the night that deletes what a rule of STATEMENTS names."""

    def run(engine: Engine, stop: Stop) -> int:
        statement = STATEMENTS[name](calendar.now() - RULES[name].age)
        with writing(engine) as session:
            return session.connection().execute(statement).rowcount

    return run


def empty_demos(engine: Engine, stop: Stop) -> int:
    """Empty the visits of demos, each in a transaction, then plans and acts; return how many."""
    before, done = calendar.now() - RULES["demo_visits"].age, 0
    with open_session(engine, writes=False) as session:
        found = demo.visits(session, before)
    for visit_id in found:
        if stop():
            return done
        with writing(engine) as session:
            done += demo.empty(session, visit_id)
    with writing(engine) as session:
        return done + demo.empty_plans(session, before)


def empty_plans(engine: Engine, stop: Stop) -> int:
    """Empty the planned visits of people who did not come; return how many."""
    before, done = calendar.now() - RULES["planned_visits"].age, 0
    while not stop():
        with writing(engine) as session:
            emptied = plans.empty_missed(session, before)
        done += emptied
        if not emptied:
            break
    return done


def remove_visit_files(engine: Engine, stop: Stop) -> int:
    """Remove the bytes of files of visits and of batches that were used; return how many.

    Their rows and hashes stay. The same content uploaded again is stored again.
    """
    before, gone = calendar.now() - RULES["visit_files"].age, 0
    with open_session(engine, writes=False) as session:
        found = session.scalars(_used_up(before)).all()
    for sha256 in found:
        if stop():
            break
        with writing(engine) as session:
            files.forget(session, sha256)
        gone += 1
    return gone


def _used_up(before: datetime) -> Select[str]:
    """Select the contents whose every use ended before a moment, or has a suppressed visit."""
    is_used_up = _is_used_up(before)
    # A batch is frozen as rows when it is checked; its file is not read again.
    batch_ended = func.coalesce(Batch.finished_at, Batch.created_at) < before
    is_over = and_(Batch.state != "confirmed", batch_ended)
    is_read = or_(Baseline.at < before, _has_suppressed_visit())
    # Files of forms that were refused belong to nothing (`batches.held_files`).
    is_table = StoredFile.media_type.in_(MEDIA_TYPES.values())
    ended: CompoundSelect[str] = union_all(
        select(FileUse.sha256).where(is_used_up),
        select(Batch.sha256).where(is_over, Batch.sha256.is_not(None)),
        select(Baseline.sha256).where(is_read),
        select(StoredFile.sha256).where(is_table, StoredFile.created_at < before),
    )
    used: CompoundSelect[str] = union_all(
        select(FileUse.sha256).where(~is_used_up),
        select(Batch.sha256).where(~is_over, Batch.sha256.is_not(None)),
        select(Baseline.sha256).where(~is_read),
        select(Material.sha256).where(Material.sha256.is_not(None)),
    )
    return select(StoredFile.sha256).where(
        StoredFile.removed_at.is_(None),
        StoredFile.sha256.in_(ended),
        StoredFile.sha256.not_in(used),
    )


def _is_used_up(before: datetime) -> ColumnElement[bool]:
    """Return the condition on FileUse: a file of visits whose use is over."""
    of_import = select(func.coalesce(PastImport.done_at, PastImport.uploaded_at)).where(
        PastImport.file_id == FileUse.id
    )
    used_at = func.coalesce(of_import.scalar_subquery(), FileUse.created_at)
    suppressed = (
        select(PastImport.id)
        .join(Visit, Visit.register_id == PastImport.register_id)
        .join(Suppression, Suppression.visit_id == Visit.id)
        .where(
            PastImport.file_id == FileUse.id,
            Visit.source != "zaguan",
            Suppression.state == "suppressed",
            Suppression.decided_at >= PastImport.uploaded_at,
        )
    )
    of_visits = and_(FileUse.kind == files.VISITS, FileUse.name != files.REPORT)
    return and_(of_visits, or_(used_at < before, suppressed.exists()))


def _has_suppressed_visit() -> ColumnElement[bool]:
    """Return the condition on Baseline: a visit of an entity in it was suppressed since."""
    return (
        select(BaselineName.number)
        .join(Register, Register.entity_id == BaselineName.entity_id)
        .join(Visit, Visit.register_id == Register.id)
        .join(Suppression, Suppression.visit_id == Visit.id)
        .where(
            BaselineName.baseline_id == Baseline.id,
            Visit.source == "official_platform",
            Suppression.state == "suppressed",
            Suppression.decided_at >= Baseline.at,
        )
        .exists()
    )
