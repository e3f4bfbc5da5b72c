"""Joins, ways back and places that an earlier version left behind a case."""

import pytest

from tests.workflows.migration.moving import choices, continue_at, judge, kinds, move, only_option
from tests.workflows.migration.walker import walk_to_end
from tests.workflows.sketch import bpmn
from tests.workflows.walking import Walk
from workflows.definition import Definition
from workflows.instance import Instance, NotOpen
from workflows.migration import migrate

FORKED = """
process branches
start begins
user first lane=PCM
and both
user one lane=PCM
user other lane=PCM
and joined
user next lane=PCM
user last lane=PCM
end done
begins -> first -> both
both -> one -> joined
both -> other -> joined
joined -> next -> last -> done
"""


def drawn(text: str, *changes: tuple[str, str]) -> Definition:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return Definition.parse({"branches.bpmn": bpmn(text)})


def walked(text: str, steps: str) -> Walk:
    walk = Walk(drawn(text), "branches")
    for step in steps.split():
        walk.do(step)
    return walk


def forked() -> Walk:
    """Return a walk whose two branches have arrived at their join."""
    return walked(FORKED, "first one other")


def in_order(walk: Walk, place: int = 0) -> list[list[str]]:
    """Answer the first (or another) open step until the end; return what was open at each act."""
    seen = []
    while walk.ended is None:
        seen.append(walk.steps)
        assert walk.steps, walk.instance.position()
        walk.do(walk.steps[place])
    return seen


@pytest.mark.parametrize("step", ["one", "other"])
def test_a_branch_whose_join_has_another_id_now_is_not_returned_to(step: str):
    walk = forked()
    move(walk, drawn(FORKED, ("joined", "met")))
    with pytest.raises(NotOpen):
        walk.send_back(step)
    walk.go()
    assert walk.steps == ["next"]
    walk.send_back("first")
    assert in_order(walk) == [["first"], ["one", "other"], ["other"], ["next"], ["last"]]


THIRD = (
    ("and joined", "user third lane=PCM\nand joined"),
    ("joined -> next", "both -> third -> joined\njoined -> next"),
)


def test_a_branch_that_the_join_awaits_more_than_before_is_not_returned_to():
    walk = forked()
    move(walk, drawn(FORKED, *THIRD))
    with pytest.raises(NotOpen):
        walk.send_back("other")


@pytest.mark.parametrize("returned_before", [False, True])
def test_the_last_branch_of_a_join_that_stays_is_returned_to(returned_before: bool):
    walk = forked()
    if returned_before:
        walk.send_back("other")
        assert judge(walk, drawn(FORKED)).kind == "passes"
    assert not move(walk, drawn(FORKED, ("both", "fork")))
    if not returned_before:
        walk.send_back("other")
    assert in_order(walk) == [["other"], ["next"], ["last"]]


WITHOUT_NEXT = ("user next lane=PCM\n", ""), ("joined -> next -> last", "joined -> last")


@pytest.mark.parametrize("back", ["", "first"])
def test_a_join_that_fired_waits_for_all_branches_when_a_case_continues_before_it(back: str):
    walk = forked()
    continue_at(walk, drawn(FORKED, *WITHOUT_NEXT), "first")
    if back:
        walk.send_back(back)
    assert in_order(walk, -1) == [["first"], ["one", "other"], ["one"], ["last"]]


def test_a_join_that_fired_waits_again_if_the_version_puts_it_after_the_open_step():
    walk = forked()
    new = drawn(
        FORKED,
        ("begins -> first -> both", "begins -> first -> next -> both"),
        ("joined -> next -> last", "joined -> last"),
    )
    move(walk, new)
    assert in_order(walk, -1) == [["next"], ["one", "other"], ["one"], ["last"]]


TWO_IN_EACH = FORKED.replace("user next", "user one_b lane=PCM\nuser other_b lane=PCM\nuser next")
TWO_IN_EACH = TWO_IN_EACH.replace("> one ", "> one -> one_b ").replace(
    "> other ", "> other -> other_b "
)


@pytest.mark.parametrize("place", ["first", "next"])
def test_branches_that_a_case_has_left_are_not_returned_to(place: str):
    walk = walked(TWO_IN_EACH, "first one other")
    continue_at(walk, drawn(FORKED), place)
    for step in ("one", "other"):
        with pytest.raises(NotOpen):
            walk.send_back(step)
        walk.go()
    assert walk.steps == [place]
    walk.send_back("first")
    assert in_order(walk) == [["first"], ["one", "other"], ["other"], ["next"], ["last"]]


def test_a_case_does_not_wait_at_a_join_where_every_branch_has_arrived():
    walk = Walk(drawn(FORKED, *THIRD), "branches").all("first done", "one done", "other done")
    (question,) = judge(walk, drawn(FORKED)).questions
    assert question.lost == ("joined", "third")
    assert "" not in [option.id for option in question.options]
    continue_at(walk, drawn(FORKED), "next")
    assert in_order(walk) == [["next"], ["last"]]


LOOP = """
process branches
start begins
user first lane=PCM
xor again
user prepare lane=PCM
user check lane=PCM
user mend lane=PCM
xor checked
end done
begins -> first -> again -> prepare -> check -> checked
checked -> mend: outcome("check") == "observed"
checked => done
mend -> again
"""


def test_a_case_in_a_second_round_continues_in_it():
    walk = walked(LOOP, "first prepare").all("check observed", "mend done", "prepare done")
    walk.do("check", "observed")
    new = drawn(
        LOOP,
        ("user mend", "user repair"),
        ("-> mend", "-> repair"),
        ("mend -> again", "repair -> again"),
    )
    continue_at(walk, new, "check")
    walk.send_back("check")
    assert in_order(walk) == [["check"]]


def test_a_step_at_which_a_case_continues_has_the_timer_that_the_version_adds():
    walk = forked()
    changes = (
        *WITHOUT_NEXT,
        ("and joined", 'timer-on last last_lapses due("last")\nand joined'),
        ("end done\n", "end done\nuser late lane=PCM\nend missed\nlast_lapses -> late -> missed\n"),
    )
    continue_at(walk, drawn(FORKED, *changes), "last")
    assert [one.element for one in walk.instance.waiting()] == ["last_lapses"]
    assert walk.wait(5).steps == ["late"]


ENTERED_TWICE = """
process branches
start begins
xor alone
and both
user one lane=PCM
user other lane=PCM
end done
end over
begins -> alone
alone -> one: purpose() == "upkeep"
alone => both
both -> one
both -> other
one -> done
other -> over
"""


def test_a_step_that_two_flows_lead_to_stays_by_either():
    walk = walked(ENTERED_TWICE, "")
    assert judge(walk, drawn(ENTERED_TWICE)).kind == "passes"
    move(walk, drawn(ENTERED_TWICE, ("user other lane=PCM", "user other lane=Entidad")))
    assert walk_to_end(walk.instance, walk.world) == 2


TWICE = """
process twice
start begins
and both
call first_call branches
call second_call branches
and joined
end done
begins -> both
both -> first_call -> joined
both -> second_call -> joined
joined -> done
"""
CALLED = """
process branches
start starts
user one lane=PCM
user next lane=PCM
end over
starts -> one -> next -> over
"""


def called_twice(text: str) -> Definition:
    return Definition.parse({"twice.bpmn": bpmn(TWICE), "branches.bpmn": bpmn(text)})


@pytest.mark.parametrize("both_stand", [False, True])
def test_an_answer_counts_only_in_the_process_of_its_question(both_stand: bool):
    walk = Walk(called_twice(CALLED), "twice")
    if not both_stand:
        walk.instance.complete(walk.instance.open_tasks()[0].id, "done")
        walk.go()
    new = called_twice(CALLED.replace("user one lane=PCM\n", "").replace("-> one ->", "->"))
    verdict = judge(walk, new)
    moved = migrate(
        walk.instance.dump(),
        walk.instance.definition,
        new,
        choices(walk, only_option(verdict, "next")),
    )
    walk.instance = Instance.load(new, moved.state, walk.world)
    assert len(walk.instance.open_tasks()) == 2
    assert walk_to_end(walk.instance, walk.world) == 2


REMINDED = """
process branches
start begins
user one lane=PCM
reminder-on one late working_days(3)
user call lane=PCM
end called
user next lane=PCM
end done
begins -> one -> next -> done
late -> call -> called
"""
NOT_REMINDED = (
    ("reminder-on one late working_days(3)\nuser call lane=PCM\nend called\n", ""),
    ("late -> call -> called\n", ""),
)


def test_a_reminder_that_has_come_is_removed_and_its_step_goes_on():
    walk = walked(REMINDED, "").wait(4).do("call")
    move(walk, drawn(REMINDED, *NOT_REMINDED))
    walk.do("one").send_back("one")
    assert in_order(walk) == [["one"], ["next"]]


def test_a_reminder_that_ends_its_step_now_is_named():
    walk = walked(REMINDED, "")
    assert kinds(move(walk, drawn(REMINDED, ("reminder-on", "timer-on")))) == ["ends late"]
    assert walk.wait(4).steps == ["call"]


def test_a_case_whose_reminder_has_come_moves_with_all_that_is_open():
    walk = walked(REMINDED, "").wait(4)
    assert walk.steps == ["call", "one"]
    assert judge(walk, drawn(REMINDED)).kind == "passes"
    other_lane = ("user call lane=PCM", "user call lane=Entidad")
    move(walk, drawn(REMINDED, other_lane))
    changes = move(walk, drawn(REMINDED, other_lane, ("late", "later")))
    assert kinds(changes) == ["timer_added later"]
    walk.do("one")
    assert in_order(walk) == [["call", "next"], ["next"]]
