"""A run of the reminders costs what is due: it reads nothing of other entities and weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.app.cases.reminders.reminded import Days
from tests.statements import statements_with_values


@contextmanager
def loaded() -> Iterator[Counter[str]]:
    """Count the rows that sessions read meanwhile, by the name of their class."""
    found: Counter[str] = Counter()

    def note(_session: Session, row: Any) -> None:
        found[type(row).__name__] += 1

    event.listen(Session, "loaded_as_persistent", note)
    try:
        yield found
    finally:
        event.remove(Session, "loaded_as_persistent", note)


def begin(days: Days, *numbers: int) -> None:
    """Begin onboardings of entities that have one person each."""
    for number in numbers:
        days.person(f"410000{number}1", "preparer", f"E9000{number}")
        days.begin(code=f"E9000{number}")


@pytest.mark.nightly
def test_a_run_reads_nothing_of_entities_with_nothing_due(days: Days):
    begin(days, 2)
    with days.statements() as sent_alone, loaded() as alone:
        assert days.remind()["digests"] == 1
    begin(days, 3, 4, 5, 6)
    with days.statements() as sent_of_many:
        assert days.remind()["digests"] == 4
    assert len(sent_of_many) <= len(sent_alone) + 2, "with no statement for each task"
    begin(days, 7)
    with days.statements() as sent_among_others, loaded() as among_others:
        assert days.remind()["digests"] == 1
    assert len(sent_among_others) == len(sent_alone)
    assert among_others == alone
    assert alone["Task"] > 0


@pytest.mark.postgresql
def test_a_run_does_not_read_the_reminder_log_of_earlier_weeks(days: Days):
    with statements_with_values(days.engine) as sent:
        assert days.remind() == {}
    ((statement, values),) = [one for one in sent if "reminder.rung" in one[0]]
    with days.engine.begin() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        explain = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
        rows = connection.exec_driver_sql(f"{explain} {statement}", values)
        plan = [str(row[-1]) for row in rows]
    # PostgreSQL reads the empty log without the index, under the same condition.
    reads = [
        one for one in plan if ("ix_reminder_created_at" if is_sqlite else "created_at") in one
    ]
    assert len(reads) == 2, "of the tasks of the week, and of its questions"
