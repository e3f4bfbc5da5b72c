"""The tables contain the agreed values: days, reminder ladder, and sufficient evidence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bpmn.pictures import FOLDER
from tests.workflows import real
from workflows.decisions import decide, decide_one, rows
from workflows.definition import Definition, read_folder


@pytest.fixture(scope="module")
def definition() -> Definition:
    return Definition.parse(read_folder(FOLDER))


def test_each_user_task_has_one_row_of_days_and_no_row_is_unused(definition: Definition):
    steps = [row["step"] for row in rows(definition, "deadlines")]
    assert sorted(steps) == sorted([*definition.user_tasks, *real.CONTRACT.terms])
    assert len(steps) == 51


def test_only_corrections_have_a_legal_deadline_of_two_days(definition: Definition):
    legal = {
        row["step"]: row
        for row in rows(definition, "deadlines")
        if row["kind"] == "legal" and row["step"] in definition.user_tasks
    }
    assert set(legal) == {"correct_designation", "correct_personnel"}
    assert {(r["days"], r["counted_from"]) for r in legal.values()} == {(2, "notification")}


def test_requests_of_persons_have_the_days_of_the_regulation(definition: Definition):
    days = {row["step"]: row["days"] for row in rows(definition, "deadlines")}
    wanted = {"information": 8, "access": 20, "rectification": 10, "suppression": 10}
    assert {kind: days[f"answer_{kind}"] for kind in wanted} == wanted


def test_days_are_counted_from_known_events(definition: Definition):
    counted = {row["counted_from"] for row in rows(definition, "deadlines")}
    assert counted == {"arrival", "notification", "reception", "session", "go_live"}


@pytest.mark.parametrize(
    ("days_left", "days_open", "mail", "recipients"),
    [
        (10, 0, "task_arrived", "lane"),
        (2, 0, "task_arrived", "lane"),
        (2, 8, "task_due_soon", "lane"),
        (1, 9, None, None),
        (0, 10, "task_due_today", "lane"),
        (-1, 11, "task_late", "lane"),
        (-2, 12, None, None),
        (-3, 13, "task_late", "lane alternate"),
        (-5, 15, "task_late", "lane alternate authority coordinator"),
        (-10, 20, "task_late", "lane alternate authority coordinator"),
        (-12, 22, None, None),
        (-15, 25, "task_late", "lane alternate"),
        (-40, 50, "task_late", "lane alternate"),
        (-45, 55, None, None),
    ],
)
def test_the_entity_is_reminded_by_the_ladder(
    definition: Definition,
    days_left: int,
    days_open: int,
    mail: str | None,
    recipients: str | None,
):
    inputs = {"days_left": days_left, "days_open": days_open, "party": "entity"}
    rung = decide_one(definition, "reminders", inputs)
    assert (rung.get("mail"), rung.get("recipients")) == (mail, recipients)


def test_the_pcm_is_reminded_only_through_its_coordinator(definition: Definition):
    ladder = [row for row in rows(definition, "reminders") if row["party"] == "pcm"]
    assert {row["recipients"] for row in ladder} == {"coordinator"}
    assert [row["days_left"] for row in ladder if row["mail"] == "task_late"] == [
        -1, -3, -5, -10, -15, -20, -25, -30, -35, -40,
    ]  # fmt: skip


ENOUGH = {
    "visits": 10,
    "operators": 2,
    "roster_operators": 5,
    "corrections": 1,
    "late_entries": 1,
    "searches": 1,
    "downloads": 1,
}


@pytest.mark.parametrize(
    "evidence",
    [{}, {"roster_operators": 1, "operators": 1}, {"roster_operators": 0, "operators": 0}],
)
def test_a_demo_test_with_all_its_evidence_is_accepted(
    definition: Definition, evidence: dict[str, int]
):
    answers = decide(definition, "demo_acceptance", ENOUGH | evidence)
    assert [answer["accepted"] for answer in answers] == [True]


@pytest.mark.parametrize("what", ENOUGH)
def test_each_piece_of_missing_evidence_is_named(definition: Definition, what: str):
    if what == "roster_operators":
        evidence = {"roster_operators": 1, "operators": 0}
    else:
        evidence = {what: ENOUGH[what] - 1}
    answers = decide(definition, "demo_acceptance", ENOUGH | evidence)
    assert [answer["accepted"] for answer in answers] == [False]
    assert answers[0]["sentence"].format(**ENOUGH | evidence).endswith(".")


def test_everything_that_a_demo_test_lacks_is_listed_at_once(definition: Definition):
    nothing = dict.fromkeys(ENOUGH, 0) | {"roster_operators": 2}
    answers = decide(definition, "demo_acceptance", nothing)
    assert [answer["accepted"] for answer in answers] == [False] * 6


@pytest.mark.parametrize("group", ["técnico", "administrativo"])
@pytest.mark.parametrize(
    ("expected", "attended", "accepted"),
    [
        (0, 0, True),
        (1, 0, False),
        (1, 1, True),
        (2, 1, True),
        (9, 7, False),
        (9, 8, True),
        (10, 8, False),
        (10, 9, True),
        (11, 9, False),
        (30, 27, True),
        (30, 26, False),
        (5000, 4500, True),
    ],
)
def test_nine_tenths_of_a_group_are_enough_and_in_a_small_one_all_but_one(
    definition: Definition, group: str, expected: int, attended: int, accepted: bool
):
    inputs: dict[str, Any] = {"group": group, "expected": expected, "attended": attended}
    (answer,) = decide(definition, "training_acceptance", inputs)
    assert answer["accepted"] is accepted
    assert group in answer["sentence"]
