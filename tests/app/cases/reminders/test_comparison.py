"""Two ladders side by side: what is compared is what the job then sends, by either of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Reminder, User
from app.cases import reminders
from app.cases.reminders.comparison import Comparison, Outlook
from tests.app.cases.questions.raised import raised
from tests.app.cases.reminders.other_ladders import DENSER, FIVE_PAST, SPARSER, late, put, version
from tests.app.cases.reminders.reminded import MONDAY, Days
from tests.app.cases.reminders.town import open_tasks, town
from tests.app.walk import texts
from workflows.definition import Definition


def compared(days: Days, texts: Mapping[str, str], working_days: int = 30) -> Comparison:
    with days.reading() as session:
        return reminders.compare(session, Definition.parse(texts), working_days)


def counted(outlook: Outlook) -> dict[date, tuple[Any, ...]]:
    """Return the counts of the days on which anything is sent."""
    return {
        day: (amount.mails, amount.kinds, amount.capacities)
        for day, amount in outlook.days.items()
        if amount.mails
    }


def sent(days: Days, tasks: Collection[int] = (), since: int = 0) -> dict[date, tuple[Any, ...]]:
    """Return the same of the mails that were sent; the rows of a person's week are one summary.

    `tasks`: only these, and the questions; `since`: only mails after this one.
    """
    people: dict[date, set[str]] = defaultdict(set)
    weeks: set[tuple[date, str]] = set()
    kinds: dict[date, Counter[str]] = defaultdict(Counter)
    capacities: dict[date, Counter[str]] = defaultdict(Counter)
    for row in days.rows(state="mailed"):
        if tasks and row.task_id and row.task_id not in tasks:
            continue
        assert row.mail
        assert row.mail.digest_on
        if row.mail.id <= since:
            continue
        day = row.mail.digest_on
        if row.mail_kind == "weekly" and (day, row.person) in weeks:
            continue
        if row.mail_kind == "weekly":
            weeks.add((day, row.person))
        people[day].add(row.person)
        kinds[day][row.mail_kind] += 1
        capacities[day][row.recipient] += 1
    return {day: (len(people[day]), kinds[day], capacities[day]) for day in people}


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize("changes", [{}, DENSER, SPARSER], ids=["in force", "denser", "sparser"])
def test_thirty_days_of_the_job_send_what_was_compared(days: Days, changes):
    town(days, 3)
    days.at(MONDAY, FIVE_PAST)
    comparison = compared(days, version(changes or DENSER))
    foreseen = comparison.now
    if changes:
        foreseen = comparison.then
        put(days, version(changes))
    days.pass_by(comparison.days[-1])
    assert sent(days) == counted(foreseen)
    assert foreseen.total.reminders > 50
    assert comparison.now.days != comparison.then.days


@pytest.mark.nightly
@pytest.mark.postgresql
def test_the_same_holds_while_questions_wait_and_the_clocks_end_terms(days: Days):
    town(days, 5)
    days.at(MONDAY)
    raised(days, "")
    days.answer("record_reception", "observed")
    (legal,) = (step for step in days.open_steps() if step.startswith("correct_"))
    days.acknowledge(legal)
    days.at(MONDAY, FIVE_PAST)
    before = open_tasks(days)
    denser = version(DENSER)
    comparison = compared(days, denser)
    put(days, denser)
    days.pass_by(comparison.days[-1], tick=True)
    assert days.task(legal).state == "lapsed"
    assert sent(days, before) == counted(comparison.then)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_a_change_in_the_middle_of_a_day_sends_what_was_compared(days: Days):
    town(days, 3)
    days.at(MONDAY, FIVE_PAST)
    days.remind()
    days.send()
    since = max(mail.id for mail in days.reminder_mails())
    days.at(MONDAY, time(10))
    denser = version(DENSER)
    comparison = compared(days, denser)
    put(days, denser)
    days.pass_by(comparison.days[-1])
    assert sent(days, since=since) == counted(comparison.then)


@pytest.mark.nightly
def test_the_first_morning_has_what_is_caught_up(days: Days):
    late(days)
    days.change_task("designate_administrator", reminded_on=date(2026, 2, 26))
    comparison = compared(days, version({"-15": "-11"}))
    first = comparison.days[0]
    assert (first, comparison.now.days[first].mails) == (MONDAY, 0)
    assert comparison.then.days[first].mails == comparison.then.days[first].reminders == 2
    assert (comparison.now.caught_up, comparison.then.caught_up) == (0, 2)


@pytest.mark.nightly
def test_the_first_morning_has_at_most_one_rung_of_a_step(days: Days):
    late(days)
    days.change_task("designate_administrator", reminded_on=date(2026, 2, 2))
    each_day = version({"-40": "-6", "-35": "-7", "-30": "-8", "-25": "-9", "-20": "-11"})
    comparison = compared(days, each_day)
    assert comparison.then.most_of_entity == 2  # the lane, and who stands by
    put(days, each_day)
    days.pass_by(MONDAY)
    assert sent(days)[MONDAY] == counted(comparison.then)[MONDAY]


@pytest.mark.nightly
def test_entities_with_more_reminders_and_with_fewer_are_named(days: Days):
    late(days)
    more = compared(days, version({"-1": "-13", "-3": "-14"}))
    assert (more.more, more.fewer, more.begin, more.cease) == (1, 0, 0, 0)
    (one,) = more.largest
    assert (one.entity.code, one.then > one.now) == ("E90001", True)
    assert one.more_from == date(2026, 3, 3)
    fewer = compared(days, version({"-15": "-2", "-20": "-4"}))
    assert (fewer.more, fewer.fewer, fewer.begin, fewer.cease) == (0, 1, 0, 0)
    assert fewer.largest[0].more_from is None


@pytest.mark.nightly
def test_entities_whose_first_reminder_it_is_are_counted_and_those_without_any(days: Days):
    late(days)
    days.due_on("designate_administrator", date(2025, 12, 1))
    longer = version({"-1": "-90", "-3": "-91"})
    begins = compared(days, longer)
    assert (begins.begin, begins.cease, begins.now.total.mails) == (1, 0, 0)
    put(days, longer)
    ceases = compared(days, texts())
    assert (ceases.begin, ceases.cease, ceases.then.total.mails) == (0, 1, 0)


def test_rows_that_reach_nobody_are_no_mails(days: Days):
    late(days)
    with days.writing() as session:
        for user in session.scalars(select(User)):
            user.wants_digest = False
    comparison = compared(days, version(DENSER))
    assert comparison.now.total.mails == comparison.now.total.reminders == 0
    assert comparison.now.total.unreached > 0


def test_a_version_with_the_same_table_has_the_same_ladder(days: Days):
    other_terms = texts()["deadlines.dmn"].replace("<text>10</text>", "<text>12</text>")
    with days.reading() as session:
        of_terms = Definition.parse(texts() | {"deadlines.dmn": other_terms})
        assert reminders.is_same(session, of_terms)
        assert not reminders.is_same(session, Definition.parse(version(DENSER)))


@pytest.mark.nightly
def test_a_ladder_with_other_words_only_is_even(days: Days):
    late(days)
    table = texts()["reminders.dmn"].replace("Llega la tarea", "La tarea llega")
    words = Definition.parse(texts() | {"reminders.dmn": table})
    with days.reading() as session:
        assert not reminders.is_same(session, words)
        assert reminders.compare(session, words).is_even
        assert not reminders.compare(session, Definition.parse(version(DENSER))).is_even


@pytest.mark.nightly
def test_other_terms_of_a_version_move_no_open_step(days: Days):
    late(days)
    terms = texts()["deadlines.dmn"].replace("<text>10</text>", "<text>1</text>")
    assert terms != texts()["deadlines.dmn"]
    comparison = compared(days, version(DENSER) | {"deadlines.dmn": terms})
    assert comparison.then == compared(days, version(DENSER)).then


@pytest.mark.nightly
def test_a_comparison_costs_no_statement_per_row_and_writes_nothing(days: Days):
    town(days, 3)
    days.at(MONDAY, FIVE_PAST)
    other = version(DENSER)
    with days.statements() as few:
        compared(days, other, 5)
    with days.statements() as many:
        compared(days, other, 30)
    assert len(many) - len(few) <= 25 + 3 * 5  # the absences of a day, the summary of a week
    rungs = select(Reminder).where(Reminder.rung.not_like("moved %"))
    assert not days.all(rungs)


@pytest.fixture
def command(days: Days, run, monkeypatch: pytest.MonkeyPatch):
    """Return a function that compares with a folder or a hash, five minutes past eight."""
    late(days)
    monkeypatch.setenv("ZAGUAN_DATABASE_URL", days.app.config["DATABASE_URL"])
    monkeypatch.setenv("ZAGUAN_CLOCK", calendar.at_hour(MONDAY, FIVE_PAST).isoformat())
    return lambda version: run("compare-reminders", str(version))


@pytest.mark.nightly
def test_the_command_prints_both_ladders_of_a_folder(command, days: Days, tmp_path: Path):
    for name, text in version({"-1": "-13", "-3": "-14"}).items():
        (tmp_path / name).write_text(text, "utf-8")
    code, out, _ = command(tmp_path)
    now, then = (
        compared(days, texts()).now,
        compared(days, version({"-1": "-13", "-3": "-14"})).then,
    )
    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert ["2026-03-03", "0", "1", "0", "1"] in lines
    assert ["all", *map(str, (now.total.mails, then.total.mails))] in [line[:3] for line in lines]
    assert f": {now.total.reminders} -> {then.total.reminders}, more from 2026-03-03\n" in out


@pytest.mark.nightly
def test_the_command_takes_a_stored_version_by_its_hash(command, days: Days):
    put(days, version(DENSER))
    code, out, _ = command(Definition.parse(texts()).hash[:12])
    assert (code, "1 with fewer" in out or "1 with more" in out) == (0, True)
    assert command(Definition.parse(version(DENSER)).hash)[1].startswith("Both have the same")


@pytest.mark.nightly
def test_the_command_refuses_what_is_no_version(command, days: Days, tmp_path: Path):
    assert command("0" * 12)[0] == 2
    bad = version({}, {"lane": "everybody"})
    for name, text in bad.items():
        (tmp_path / name).write_text(text, "utf-8")
    code, _, error = command(tmp_path)
    assert (code, "everybody" in error) == (1, True)
