"""Changes to parallel branches, on a case that stands in one, which is then walked on."""

from tests.workflows import small
from tests.workflows.migration.moving import continue_at, faults, judge, kinds, move, version
from tests.workflows.walking import Walk
from workflows.definition import Definition

NOW = Definition.parse(small.TEXTS)


def forked(*answers: str) -> Walk:
    """Return a walk through the induction; its two branches are open."""
    return Walk(NOW, "induction").all(*answers)


BEFORE_JOIN = (
    ("service open_operators\n", "service open_operators\nuser check lane=PCM\n"),
    ("open_operators -> joined", "open_operators -> check -> joined"),
)


def test_a_step_put_before_a_join_where_a_branch_waits_needs_a_decision():
    walk = forked("load_demo loaded")
    new = version("induction", *BEFORE_JOIN)
    assert not faults(new)
    assert judge(walk, new).kind == "undecided"
    assert "continues check" in kinds(continue_at(walk, new, "check"))
    assert walk.steps == ["check", "choose_thematic"]
    walk.do("choose_thematic", "chosen").wait(3)
    walk.do("record_thematic", "attended")
    assert walk.ended is None
    assert walk.do("check").ended == "inducted"


def test_no_join_waits_for_ever_after_a_decision_to_step_back_in_its_branch():
    walk = forked("load_demo loaded")
    continue_at(walk, version("induction", *BEFORE_JOIN), "load_demo")
    walk.all("load_demo loaded", "check done", "choose_thematic chosen").wait(3)
    assert walk.do("record_thematic", "attended").ended == "inducted"


def test_a_join_where_a_branch_waits_finds_its_renamed_gateway():
    walk = forked("choose_thematic chosen").wait(3).do("record_thematic", "attended")
    assert move(walk, version("induction", ("thematic_attended", "was_attended"))) == ()
    assert walk.do("load_demo", "loaded").ended == "inducted"


BRANCH = (
    ("and joined\n", "user inform lane=PCM\nand joined\n"),
    ("both -> load_demo", "both -> inform -> joined\nboth -> load_demo"),
)


def test_a_branch_behind_a_passed_fork_needs_a_decision_and_joins():
    walk = forked("load_demo loaded")
    new = version("induction", *BRANCH)
    assert not faults(new)
    (question,) = judge(walk, new).questions
    assert question.lost == ()
    continue_at(walk, new, "inform")
    assert walk.steps == ["choose_thematic", "inform"]
    walk.all("inform done", "choose_thematic chosen").wait(3)
    assert walk.do("record_thematic", "attended").ended == "inducted"


def test_a_branch_before_its_fork_is_simply_there():
    walk = Walk(NOW, "onboarding").all("designate done", "file filed")
    assert move(walk, version("induction", *BRANCH)) == ()
    assert walk.do("review", "accepted").steps == ["choose_thematic", "inform", "load_demo"]


OTHER_BRANCH = (
    ("both -> load_demo -> open_operators -> joined\n", "both -> inform -> joined\n"),
    ("user load_demo lane=Entidad\nservice open_operators\n", "user inform lane=PCM\n"),
)


def test_a_branch_that_is_replaced_continues_in_the_other_one():
    changes = continue_at(forked(), version("induction", *OTHER_BRANCH), "inform")
    assert kinds(changes) == ["continues inform", "left load_demo"]


def test_a_branch_that_is_removed_can_be_left_without_another_place():
    walk = Walk(version("induction", *BRANCH), "induction")
    assert kinds(continue_at(walk, NOW)) == ["left inform"]
    walk.all("load_demo loaded", "choose_thematic chosen").wait(3)
    assert walk.do("record_thematic", "attended").ended == "inducted"


def test_a_branch_waits_on_at_a_join_that_has_another_id():
    new = version("induction", ("joined", "met"))
    walk = forked("load_demo loaded")
    assert move(walk, new) == ()
    walk.do("choose_thematic", "chosen").wait(3)
    assert walk.do("record_thematic", "attended").ended == "inducted"
    walk = forked("choose_thematic chosen").wait(3).do("record_thematic", "attended")
    assert move(walk, new) == ()
    assert walk.do("load_demo", "loaded").ended == "inducted"
