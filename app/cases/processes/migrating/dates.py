"""The moments of a case's timers on another version, for `workflows.migration`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.calendar import Calendar
from app.base.models import ProcessInstance
from app.cases import records
from app.cases.case import Case
from app.cases.processes.act import STANDSTILL
from app.cases.processes.migrating.terms import LEGAL, NewTerm, earliest
from workflows.definition import Definition
from workflows.expressions import evaluate


class CaseDates:
    """The dates of one case: see `workflows.migration.Dates`.

    `terms`: the new terms of its open steps, by step. No timer that counts days fires before the
    end of the next working day.
    """

    def __init__(
        self,
        session: Session,
        row: ProcessInstance,
        new: Definition,
        terms: Mapping[str, NewTerm],
        now: datetime,
    ) -> None:
        self._session, self._row, self._new, self._terms = session, row, new, terms
        self._now = now
        self._working: Calendar = calendar.calendar_of(session, row.entity)
        self._first = calendar.end_of(earliest(self._working, now))

    def first(self, element: str, host: str, text: str) -> datetime:
        """Return when a timer fires that the case did not have, aware UTC."""
        functions = {
            "working_days": lambda days: self._counted(element, host, days),
            "due": self._due,
            "day_of": lambda name: records.day_of(
                Case(self._session, self._row.entity, self._row), name
            ),
        }
        at: datetime = evaluate(text, functions)
        return at

    def _counted(self, element: str, host: str, days: int) -> datetime:
        """Return the end of a number of working days from when its step, stage or process began."""
        term = self._terms.get(host)
        if term is not None:
            at = term.timer(self._new, element, self._working) or self._now + STANDSTILL
        else:
            begun_at = self._begun_at(element, host)
            at = self._working.deadline(begun_at, days)
        return self._floored(at, term)

    def _begun_at(self, element: str, host: str) -> datetime:
        is_wait = not host and not self._is_start(element)
        if is_wait:
            return self._now
        process = self._new.process_of(element)
        called = host.removeprefix("stage_") if host else process
        since = self._row.stage_since_at
        return since if called == self._row.stage and since else self._row.started_at

    def _is_start(self, element: str) -> bool:
        return any(
            node.id == element and node.kind == "startEvent"
            for drawing in self._new.drawings
            for node in drawing.nodes
        )

    def _due(self, step: str) -> datetime:
        term = self._terms.get(step)
        if term is None or term.due_at is None:
            return self._now + STANDSTILL
        return self._floored(term.due_at, term)

    def _floored(self, at: datetime, term: NewTerm | None) -> datetime:
        """Return a moment, no earlier than the floor; a legal term that runs ends when it ends."""
        is_legal = term is not None and term.task.due_kind == LEGAL
        return at if is_legal and at > self._now else max(at, self._first)

    def moved(self, element: str, host: str, at: datetime, days: int) -> datetime:
        """Return a waiting timer's moment, moved by working days; on a step, it follows its date.

        The timers of legal terms, and those that do not run, stay.
        """
        term = self._terms.get(host)
        if term is not None:
            on_step = term.timer(self._new, element, self._working)
            if term.task.due_kind == LEGAL or on_step is None:
                return at
            return max(on_step, self._first)
        last = calendar.last_day(at)
        if days >= 0:
            last = self._working.add(last, days)
        for _ in range(-days):
            last = self._working.before(last)
        return max(calendar.end_of(last), self._first)
