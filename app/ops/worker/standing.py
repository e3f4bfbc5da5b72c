"""The state of the installation: when each job last ran, what waits, and what is stuck.

Read by `zaguan status`, by the page */estado*, by */salud* and by the metrics, in a handful of
statements that find their rows by indexes. It has counts only, and no personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, true
from sqlalchemy.orm import Session

from app.base import calendar, db
from app.base.db import chain
from app.base.models import (
    Incident,
    JobRun,
    LogEntry,
    Mail,
    Notice,
    PlannedStart,
    ProcessInstance,
    Reminder,
    SpooledMessage,
    StoredFile,
    Task,
)
from app.mailroom.sending.verdict import AT_ONCE, on_hold
from app.ops.worker.findings import Finding
from app.ops.worker.jobs import JOBS, Job, patience
from app.ops.worker.nightly import dead_ends
from app.people.addresses import domains
from app.register import watching

#: How far back failed and bounced mails are counted.
LATELY = timedelta(days=7)
#: The row of job_run in which a backup notes its end.
BACKUP = "backup"
#: Longest time without a sign of life of any job: some have a turn every few seconds.
SILENT = timedelta(minutes=1)
#: The most by which clocks of machines differ.
AGREEMENT = timedelta(seconds=5)
#: The newest entries of the log whose moments are compared with the clock.
ENTRIES = 1000


@dataclass(frozen=True)
class JobStanding:
    """A job's newest run; `run` is None before the first."""

    job: Job
    run: JobRun | None
    late: bool

    @property
    def failed(self) -> bool:
        """Return whether the newest run that had something to do failed."""
        return self.run is not None and bool(self.run.error)

    def summary(self, now: datetime) -> str:
        """Return in one line when it last ran and with what result."""
        if self.run is None:
            return "never"
        began = f"{_ago(now - self.run.started_at)} ago"
        if self.run.ended_at is None:
            return f"{began}, not at its end yet"
        did = ", ".join(f"{name} {n}" for name, n in self.run.result.items() if n)
        return f"{began}: {self.run.error or did or 'nothing to do'}"


def _ago(passed: timedelta) -> str:
    """Return a duration as `40 s`, `12 min`, `5 h` or `3 days`."""
    seconds = max(int(passed.total_seconds()), 0)
    for unit, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


@dataclass(frozen=True)
class Standing:
    """The state of the installation at a moment of the product's clock."""

    at: datetime
    jobs: Mapping[str, JobStanding]
    #: The waiting work, by the names of `_waiting`.
    waiting: Mapping[str, int]
    stuck: tuple[Finding, ...]
    chained: chain.Standing
    #: Mails that were sent in the last 24 hours.
    mails_sent: int = 0
    #: The end of the newest backup by `zaguan backup`; None before the first.
    backed_up_at: datetime | None = None

    @property
    def time_stands_still(self) -> bool:
        """Return whether no worker runs the timers."""
        return self.jobs["tick"].late or "worker_silent" in {one.kind for one in self.stuck}

    def __str__(self) -> str:
        """Return the report of the command line, without what is stuck."""
        lines = ["Jobs, and when each last ran:"]
        lines += [f"  {name:<10} {job.summary(self.at)}" for name, job in self.jobs.items()]
        past = self.backed_up_at and f"{_ago(self.at - self.backed_up_at)} ago"
        lines += [f"  backup     {past or 'never'}", "Waiting:"]
        lines += [f"  {name.replace('_', ' '):<18} {n}" for name, n in self.waiting.items()]
        return "\n".join(lines)


def read(session: Session) -> Standing:
    """Return the current state."""
    runs = {run.name: run for run in session.scalars(select(JobRun))}
    now = calendar.now()  # after every sign of life that was read
    jobs = {}
    for name, job in JOBS.items():
        run = runs.get(name)
        jobs[name] = JobStanding(job, run, not _is_fresh(run, now, job.patience()))
    counts = {name: _count(session, condition) for name, condition in _waiting(now).items()}
    late = {name: _count(session, condition) for name, condition in _late(session, now).items()}
    late["dead_ends"] = len(dead_ends(session))
    late["domains_rest"] = len(domains.those_that_rest(session))
    late["files_damaged"] = _count(session, StoredFile.damage != "")
    chained = chain.read(session)
    silence = patience(SILENT)
    late["worker_silent"] = not any(_is_fresh(one.run, now, silence) for one in jobs.values())
    late["clock_ahead"] = _is_ahead(session, runs.values(), now)
    lines = {"chain_broken": chained.faults, "rows_altered": watching.altered(session)}
    late |= {kind: len(several) for kind, several in lines.items()}
    sent = _count(session, Mail.sent_at > now - timedelta(days=1))
    backup = runs.get(BACKUP)
    backed_up_at = backup.ended_at if backup else None
    stuck = tuple(_findings(jobs, late, lines))
    return Standing(now, jobs, counts, stuck, chained, sent, backed_up_at)


def _is_fresh(run: JobRun | None, now: datetime, silence: timedelta) -> bool:
    """Return whether a run showed life within a time. A moment that has not come yet is no life."""
    return run is not None and run.seen_at - AGREEMENT <= now <= run.seen_at + silence


def _is_ahead(session: Session, runs: Iterable[JobRun], now: datetime) -> bool:
    """Return whether a run, or a newer entry of the log, has a moment that has not come yet."""
    newest = select(LogEntry.at).order_by(LogEntry.id.desc()).limit(ENTRIES)
    moments = [*session.scalars(newest), *(run.seen_at for run in runs)]
    return max(moments, default=now) > now + AGREEMENT


def _findings(
    jobs: Mapping[str, JobStanding],
    late: Mapping[str, int],
    lines: Mapping[str, Sequence[object]],
) -> Iterator[Finding]:
    for name, standing in jobs.items():
        if standing.late:
            yield Finding("job_late", name)
        if standing.failed:
            yield Finding("job_failed", name)
    for kind, count in late.items():
        if count:
            yield Finding(kind, count=count, lines=lines.get(kind, ()))


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(condition)) or 0


def _waiting(now: datetime) -> dict[str, ColumnElement[bool]]:
    """Return what waits, in the order of the report: its name → the condition that it counts."""
    running = select(ProcessInstance.id).where(ProcessInstance.status == "running")
    to_remind = (Task.state == "open") & (Task.next_reminder_at <= now)
    return {
        "timers_due": ProcessInstance.wake_at <= now,
        "starts_due": PlannedStart.at <= now,
        "reminders_due": to_remind & Task.instance_id.in_(running),
        "reminders_waiting": Reminder.state == "waiting",
        "mails_waiting": Mail.state == "waiting",
        "messages_waiting": SpooledMessage.tried_at.is_(None),
        "mails_failed": (Mail.state == "failed") & (Mail.created_at > now - LATELY),
        "mails_bounced": (Mail.state == "bounced") & (Mail.created_at > now - LATELY),
        "incidents": Incident.resolved_at.is_(None),
        "notices": Notice.done_at.is_(None),
    }


def _late(session: Session, now: datetime) -> dict[str, ColumnElement[bool]]:
    """Return the condition that each kind of finding counts."""
    ticked, sent = now - 2 * JOBS["tick"].patience(), now - 6 * JOBS["sending"].patience()
    working = calendar.calendar_of(session, None)
    since = calendar.at_hour(calendar.lima_day(now), calendar.SENDING_HOURS[0])
    has_hours = working.next_sending(now) == now and since < sent
    kinds = true() if has_hours else Mail.kind.in_(AT_ONCE)
    return {
        "messages_unread": SpooledMessage.tried_at < now - timedelta(minutes=1),
        "timers_late": ProcessInstance.wake_at < ticked,
        "mails_late": and_(
            Mail.state == "waiting",
            kinds,
            func.coalesce(Mail.not_before_at, Mail.created_at) < sent,
            # A mail that a server deferred has its next try.
            or_(Mail.next_try_at.is_(None), Mail.next_try_at <= db.clock(session)),
            not_(on_hold()),
        ),
    }
