"""Live cases of every past release move to the diagrams of this code, and go on there."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from app.base.definitions import in_force
from app.base.models import ProcessInstance, Task
from app.cases import custody
from app.cases.processes import migrating
from tests.app.ops.test_upgrade import OFFERED, answer, live, open_tasks, upgraded_task
from tests.app.walk import Walk

each_release = pytest.mark.parametrize("upgraded", OFFERED, indirect=True)


def judged(walk: Walk, places: dict[str, str]) -> dict[int, migrating.CaseVerdict]:
    """Return the verdicts on all live cases for the version in force."""
    with walk.reading() as session:
        ids = live(walk)
        rows = [session.get_one(ProcessInstance, key) for key in ids]
        verdicts = migrating.judge_cases(session, rows, in_force(session), places)
        return dict(zip(ids, verdicts, strict=True))


def move_all(walk: Walk) -> Counter[str]:
    """Move every live case that can; where people decide, to the first option."""
    places = {
        question.id: question.options[0].id
        for verdict in judged(walk, {}).values()
        for question in verdict.questions
        if question.options
    }
    kinds: Counter[str] = Counter()
    for key, verdict in judged(walk, places).items():
        kinds[verdict.kind] += 1
        if verdict.state is None:
            continue
        with walk.writing() as session:
            version = in_force(session)
            migrating.move_case(session, key, version, places, None, 1)
        walk.assert_consistent(key)
    return kinds


@each_release
def test_live_cases_of_a_release_move_to_this_code_and_go_on(upgraded: Walk):
    with upgraded.reading() as session:
        newest = in_force(session).id
        before = {task.id: task.due_at for task in open_tasks(upgraded)}
        legal = set(session.scalars(select(Task.id).where(Task.due_kind == "legal")))
    kinds = move_all(upgraded)
    assert not kinds.keys() - {"passes", "changes", "stays", "not_yet"}
    assert kinds["not_yet"] <= 3, "one suspended, one that stands still, one that failed"
    for task in open_tasks(upgraded):
        if task.id in legal & before.keys():
            assert task.due_at == before[task.id], task.step
    for task in open_tasks(upgraded):
        moved = upgraded.row(task.instance_id).deployment_id == newest
        if moved and upgraded_task(upgraded, task.id).state == "open":
            assert answer(upgraded, task.id)
            upgraded.assert_consistent(task.instance_id)
    with upgraded.writing() as session:
        for instance in custody.all_onboardings(session):
            row = session.get_one(ProcessInstance, instance)
            assert not custody.rebuild(session, row), instance
