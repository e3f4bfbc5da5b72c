"""How the days of a rehearsal pass: the people act, the worker's jobs run, mails go nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.administration import leaving
from app.base import calendar, db
from app.base.config.fault import Foreseen
from app.base.models import Mail, User
from app.cases import processes, reminders
from app.onboarding import batches, mandates
from app.onboarding.mandates import concerned
from app.ops.worker import nightly
from app.people import addresses
from tests.app.ops.turn_of_year import mails, verdict
from tests.app.ops.turn_of_year.players import Players
from tests.app.ops.turn_of_year.verdict import Report

#: The rehearsal begins this long before the last day of the mandates, and ends this long after it:
#: from 2 November 2026 to 31 March 2027 for the mandates that end with 2026.
BEFORE, AFTER = timedelta(days=59), timedelta(days=90)
#: How long before that day a coordinator confirms the plan.
CONFIRMED = timedelta(days=21)
#: How long before that day a coordinator brings the list of the proclaimed.
LISTED = timedelta(days=14)
#: Parts of the night that are left out: files and statistics, and the
#: months of registers, since no visits are recorded in a rehearsal.
NOT_AT_NIGHT = frozenset(
    {
        "staged_pages_removed",
        "registers_counted",
        "registers_judged",
        "implementation_told",
        "analyzed",
    }
)
#: The weekday that begins with the work of the night: Monday.
NIGHTS = 0
#: When the day's work happens.
MORNING = time(9)
#: The first mails to an address with this word come back.
BOUNCES = "rebota"
SECRET = re.compile(r"activación:\s+(\S+)")


class NothingEnds(Foreseen):
    """Raised when the table of mandates has no end ahead."""


class Rehearsal:
    """One run on one database, for the next end of mandates. It begins today at the earliest."""

    def __init__(self, app: Flask) -> None:
        self.app, self.engine = app, app.extensions["engine"]
        self.now = self.begun = calendar.now()

    def run(self) -> Report:
        """Let the time pass, and count. Raises NothingEnds."""
        with self.app.app_context(), db.open_session(self.engine, writes=False) as session:
            ends = concerned.next_end(session)
            if ends is None:
                raise NothingEnds("No mandate ends by the table of mandates.")
            report = Report(ends, mails.Summary(mails.staff_of(session)))
            moments = list(self._moments(calendar.calendar_of(session, None), ends))
        before = calendar.use_clock(lambda: self.now)
        try:
            with self.app.app_context():
                self._pass(moments, report)
        finally:
            calendar.use_clock(before)
        return report

    def _moments(self, working: calendar.Calendar, ends: date) -> Iterator[datetime]:
        """Yield the moments that are looked at: each working day, and the turn of the year."""
        day = max(calendar.today(), ends - BEFORE)
        while day <= ends + AFTER:
            at = calendar.at_hour(day, MORNING)
            is_looked_at = working.works(day) or day in (ends, ends + timedelta(days=1))
            if is_looked_at and at >= self.begun:
                yield at
            day += timedelta(days=1)

    def _pass(self, moments: list[datetime], report: Report) -> None:
        players = Players(self.app, report.ends_on)
        for moment in moments:
            self.now = moment
            self._act(players, report.ends_on)
            self._work()
            self._deliver(players, report)
        with db.open_session(self.engine, writes=False) as session:
            verdict.complete(session, report)
        report.entered = len(players.bearers)
        report.faults += players.refused

    def _act(self, players: Players, ends: date) -> None:
        """Let the people do what they do on this day."""
        day = calendar.today()
        if day >= ends - CONFIRMED:
            players.confirm_plan()
        if day >= ends - LISTED:
            players.bring_list()
        if day > ends + timedelta(days=1):
            players.plan_again()
            players.leave()
            players.look()
            players.declare()
            players.enter()

    def _work(self) -> None:
        """Run the worker's jobs that concern people and their steps, that of the night first.

        One night a week is enough: the next one makes up for those that were skipped.
        """
        if calendar.today().weekday() == NIGHTS:
            for name, part in nightly.PARTS.items():
                if name not in NOT_AT_NIGHT:
                    part(self.engine, db.never)
        processes.tick(self.engine)
        leaving.run(self.app, db.never)
        mandates.work.run(self.app, db.never)
        batches.run(self.engine)
        reminders.run(self.engine)

    def _deliver(self, players: Players, report: Report) -> None:
        """Summarise the mails that would go out now; some addresses refuse them.

        Mails from before the rehearsal stay: their texts are no part of it.
        """
        with db.writing(self.app) as session:
            waiting = session.scalars(
                select(Mail)
                .where(
                    Mail.state == "waiting",
                    Mail.created_at >= self.begun,
                    Mail.not_before_at.is_(None) | (Mail.not_before_at <= calendar.now()),
                )
                .options(joinedload(Mail.entity), joinedload(Mail.user).lazyload(User.grants))
                .order_by(Mail.id)
            ).all()
            report.mails.begin_day(session, waiting)
            for mail in waiting:
                mail.state, mail.sent_at = "sent", calendar.now()
                report.sent[mail.kind] += 1
                report.mails.add(session, mail, calendar.today())
                if mail.kind == "authority_code" and (found := SECRET.search(mail.body)):
                    players.codes[mail.entity_id or 0] = found.group(1)
                if BOUNCES in mail.to:
                    report.sent["(bounced)"] += 1
                    addresses.note_bounce(session, mail, hard=True, text="550 no such user")
                    players.codes.pop(mail.entity_id or 0, None)
