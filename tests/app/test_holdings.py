"""In whose hands a case was, in every history: parts that sum up, and a log that says it all.

Anything may happen to a case (`tests.app.histories`). After each act its clocks are held against
what an observer noted, day by day, and against what the log alone tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import calendar, db, holdings, papers, processes, setup
from app.holdings import WHOLE, Interval
from app.models import Holding, Incident, LogEntry, ProcessInstance
from app.processes.act import Act
from tests.app.histories import Broken, History, decree
from tests.app.walk import Walk, sample_pdf
from tests.conftest import Clock
from tests.releases import frozen
from workflows.instance import Instance

RELEASE = Path(__file__).parents[1] / "releases" / "0.1.0.json"
ACTS = 45


@pytest.fixture
def history(walk: Walk, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], History]:
    """Makes a history by a seed."""
    broken = {"papers": False, "engine": False}
    advance = Instance.advance

    def render(*_: object) -> bytes:
        if broken["papers"]:
            raise Broken("the press is out of ink")
        return sample_pdf()

    def advance_or_not(self: Instance, perform: Callable[[str], str]) -> object:
        if broken["engine"]:
            raise Broken("the engine is stuck")
        return advance(self, perform)

    monkeypatch.setattr(papers, "render", render)
    monkeypatch.setattr(Instance, "advance", advance_or_not)
    return lambda seed: History(walk, clock, seed, broken)


@pytest.mark.parametrize("seed", range(6))
def test_in_every_history_the_clocks_are_what_was_seen_and_what_the_log_tells(
    history: Callable[[int], History], seed: int
):
    told = history(seed)
    for _ in range(ACTS):
        told.go_on()
        agree(told)


def agree(told: History) -> None:
    """Holds the clocks of all cases of a history against what was seen, and against the log."""
    with told.walk.writing() as session:
        now, story = calendar.now(), "\n".join(told.acts)
        query = select(ProcessInstance).where(ProcessInstance.process == "onboarding")
        rows = session.scalars(query).all()
        found = holdings.clocks_of(session, rows, now)
        for row in rows:
            clocks, working = found[row.id], calendar.calendar_of(session, row.entity)
            days = told.counted(row.id, working, now)
            seen = {stage: dict(Counter(days[stage])) for stage in days.keys() - row.validated}
            counted = {stage: dict(of_stage) for stage, of_stage in clocks.stages.items()}
            assert {stage: of for stage, of in counted.items() if of} == seen, story
            whole = working.ended_between(row.started_at, row.ended_at or now)
            validated = sum(len(days.get(stage, ())) for stage in row.validated)
            assert clocks.total == sum(clocks.parties.values()) == whole - validated, story
            assert not holdings.rebuild(session, row), story
        session.rollback()
