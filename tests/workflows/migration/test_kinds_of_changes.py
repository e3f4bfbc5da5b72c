"""Each kind of change to the diagrams, on a case where it matters, which is then walked on."""

import json

import pytest

from tests.workflows import small
from tests.workflows.migration.moving import (
    choices,
    continue_at,
    faults,
    judge,
    kinds,
    move,
    version,
)
from tests.workflows.sketch import bpmn
from tests.workflows.walking import Walk
from workflows import migration, state
from workflows.definition import Definition
from workflows.migration import CannotMigrate, Stays, Undecided

NOW = Definition.parse(small.TEXTS)
INSERTED = (
    ("user review lane=PCM", "user sign lane=Entidad name=Firmar\nuser review lane=PCM"),
    ("-> file -> review", "-> file -> sign -> review"),
)
SIGNED = version("designation", *INSERTED)


def walk_of(process: str, *answers: str) -> Walk:
    return Walk(NOW, process).all(*answers)


def test_a_case_moves_to_the_same_texts_without_a_change():
    walk = walk_of("onboarding", "designate done", "file filed")
    instance = walk.instance
    before = instance.open_tasks(), instance.waiting(), instance.position()
    assert move(walk, NOW) == ()
    instance = walk.instance
    assert (instance.open_tasks(), instance.waiting(), instance.position()) == before


def test_another_name_and_another_lane_are_named_and_the_step_stays():
    walk = walk_of("designation", "designate done", "file filed")
    new = version(
        "designation", ('lane=PCM name="Revisar la designación"', "lane=Entidad name=Mirar")
    )
    task = walk.task("review")
    changes = move(walk, new)
    assert kinds(changes) == ["lane review", "renamed review"]
    assert ("PCM", "Entidad") in {(change.before, change.after) for change in changes}
    moved = walk.task("review")
    assert (moved.id, moved.name, moved.lane) == (task.id, "Mirar", "Entidad")


def test_a_step_inserted_after_the_open_one_is_not_skipped():
    walk = walk_of("designation", "designate done")
    assert not faults(SIGNED)
    assert move(walk, SIGNED) == ()
    assert walk.do("file", "filed").steps == ["sign"]
    assert walk.all("sign done", "review accepted").ended == "designated"


def test_a_step_inserted_behind_is_passed_by_and_named_until_a_way_back_leads_through_it():
    walk = walk_of("designation", "designate done", "file filed")
    assert kinds(move(walk, SIGNED)) == ["passed_by sign"]
    assert walk.all("review observed", "correct corrected").steps == ["review"]
    assert walk.send_back("file").do("file", "filed").steps == ["sign"]
    assert walk.all("sign done", "review accepted").ended == "designated"


def test_a_changed_condition_ahead_is_named_and_decides():
    walk = walk_of("designation", "designate done", "file filed")
    new = version(
        "designation",
        ('outcome("review") == "observed"', 'outcome("review") in ("observed", "late")'),
    )
    (change,) = move(walk, new)
    assert (change.kind, change.before) == ("condition", 'outcome("review") == "observed"')
    assert walk.do("review", "late").steps == ["correct"]


def test_a_condition_ahead_that_asks_of_a_step_behind_is_named():
    walk = walk_of("designation", "designate done", "file filed")
    new = version(
        "designation",
        *INSERTED,
        ('== "observed"', '== "observed" and outcome("sign") == "signed"'),
    )
    assert kinds(move(walk, new)) == ["asks sign", "condition reviewed", "passed_by sign"]


REMOVED = version(
    "designation",
    ('user file lane=Entidad name="Presentar la designación"\n', ""),
    ("-> file -> review", "-> review"),
)


def test_a_removed_open_step_needs_a_decision_and_continues_where_it_says():
    walk = walk_of("designation", "designate done")
    assert not faults(REMOVED)
    verdict = judge(walk, REMOVED)
    assert verdict.kind == "undecided"
    (question,) = verdict.questions
    assert (question.standing, question.lost) == (("file",), ("file",))
    assert [option.id for option in question.options] == ["designate", "review", "correct"]
    with pytest.raises(Undecided):
        move(walk, REMOVED)
    stay = {question.id: migration.STAY}
    assert judge(walk, REMOVED, stay).kind == "stays"
    with pytest.raises(Stays):
        move(walk, REMOVED, stay)
    for place in ("choose_thematic", "open_accounts", "nothing", "file", "designated"):
        with pytest.raises(CannotMigrate):
            move(walk, REMOVED, {question.id: place})
    assert kinds(continue_at(walk, REMOVED, "review")) == ["continues review", "left file"]
    assert walk.steps == ["review"]
    assert walk.do("review", "accepted").ended == "designated"


TIMED = version(
    "designation",
    ("xor reviewed\n", 'timer-on file file_lapses due("file")\nxor reviewed\n'),
    ("correct -> review\n", "correct -> review\nfile_lapses -> designate\n"),
)


def test_a_timer_added_to_an_open_step_is_there_and_fires():
    walk = walk_of("designation", "designate done")
    assert not faults(TIMED)
    assert kinds(move(walk, TIMED)) == ["timer_added file_lapses"]
    assert "file_lapses" in {one.element for one in walk.instance.waiting()}
    walk.wait(5)
    assert walk.steps == ["designate"]
    assert walk.instance.outcome("file") == "lapsed"


def test_a_step_with_an_added_timer_is_answered_and_the_timer_goes():
    walk = walk_of("designation", "designate done")
    move(walk, TIMED)
    walk.do("file", "filed")
    assert [one.element for one in walk.instance.waiting()] == ["designation_overdue"]
    assert walk.do("review", "accepted").ended == "designated"


def test_a_way_back_to_a_passed_step_finds_the_timer_that_was_added():
    walk = walk_of("designation", "designate done", "file filed")
    assert move(walk, TIMED) == ()
    walk.send_back("file")
    assert "file_lapses" in {one.element for one in walk.instance.waiting()}
    assert walk.wait(5).steps == ["designate"]


REMOVED_TIMER = (
    ('timer-on correct correct_lapses due("correct")\n', ""),
    ("xor how_often\nservice bring_forward\n", ""),
    ("correct_lapses -> how_often\n", ""),
    ('how_often -> bring_forward: count("correct", "lapsed") in (3, 6)\n', ""),
    ("how_often => designate\nbring_forward -> designate\n", ""),
)


def test_a_timer_removed_from_an_open_step_is_gone_and_the_step_goes_on():
    walk = walk_of("designation", "designate done", "file filed", "review observed")
    assert kinds(move(walk, version("designation", *REMOVED_TIMER))) == [
        "timer_removed correct_lapses"
    ]
    walk.wait(30)
    assert walk.steps == ["correct"]
    assert walk.all("correct corrected", "review accepted").ended == "designated"


def test_a_way_back_to_a_step_that_lapsed_leaves_one_place_only():
    walk = walk_of("designation", "designate done", "file filed", "review observed").wait(6)
    assert walk.steps == ["designate"]
    move(walk, version("designation", *REMOVED_TIMER))
    walk.send_back("correct")
    assert walk.steps == ["correct"]
    assert walk.all("correct corrected", "review accepted").ended == "designated"


def test_the_third_lapse_is_not_forgotten():
    walk = walk_of("designation")
    performed: list[str] = []

    def perform(element: str) -> str:
        performed.append(element)
        return "done"

    walk.perform = perform
    for _ in range(2):
        walk.all("designate done", "file filed", "review observed").wait(6)
    new = version("designation", ("how_often", "how_many"), ("reviewed", "decided"))
    assert move(walk, new) == ()
    walk.all("designate done", "file filed", "review observed").wait(6)
    assert performed == ["bring_forward"]


def test_a_renamed_gateway_that_was_passed_loads_at_every_act():
    walk = walk_of("designation", "designate done", "file filed", "review observed")
    assert move(walk, version("designation", ("reviewed", "decided"))) == ()
    walk.all("correct corrected", "review observed").send_back("designate")
    assert walk.steps == ["designate"]


def test_a_follow_up_whose_start_has_another_id_moves_by_the_difference_of_its_days_alone():
    walk = walk_of("designation")
    (timer,) = walk.instance.waiting()
    assert move(walk, version("designation", ("designation_overdue", "designation_late"))) == ()
    (moved,) = walk.instance.waiting()
    assert (moved.element, moved.at) == ("designation_late", timer.at)
    later = ("designation_overdue", "overdue"), ("working_days(45)", "working_days(50)")
    (change,) = move(walk, version("designation", *later))
    (moved,) = walk.instance.waiting()
    assert (moved.at - timer.at).days == 5
    assert (change.kind, change.element) == ("timer", "overdue")
    assert (change.before, change.after) == (timer.at.isoformat(), moved.at.isoformat())
    walk.wait(50)
    assert walk.steps == ["call_entity", "designate"]


ASIDE = small.DESIGNATION[small.DESIGNATION.index("aside designation") :]
WITHOUT = version("designation", (ASIDE, ""))


def test_a_follow_up_that_waits_is_removed_and_the_stage_goes_on():
    walk = walk_of("designation")
    assert kinds(move(walk, WITHOUT)) == ["follow_up_removed designation_follow_up"]
    assert not walk.instance.waiting()
    assert walk.all("designate done", "file filed", "review accepted").ended == "designated"


def test_a_follow_up_that_the_version_adds_begins_to_wait():
    walk = Walk(WITHOUT, "designation").all("designate done")
    assert kinds(move(walk, NOW)) == ["follow_up_added designation_follow_up"]
    walk.wait(45)
    assert walk.steps == ["call_entity", "file"]
    assert walk.all("file filed", "review accepted").ended == "designated"


def test_a_follow_up_that_has_begun_cannot_be_removed():
    walk = walk_of("designation").wait(45)
    assert walk.steps == ["call_entity", "designate"]
    verdict = judge(walk, WITHOUT)
    assert (verdict.kind, verdict.element) == ("cannot", "designation_follow_up")


def test_a_running_follow_up_moves_with_its_case():
    walk = walk_of("designation").wait(45).do("call_entity", "agreed")
    new = version(
        "follow_up", ("timer ten_days working_days(10)", "timer ten_days working_days(7)")
    )
    assert move(walk, new) == ()
    walk.wait(3)
    assert walk.steps == ["call_entity", "designate"]


SPLIT = {
    "designation.bpmn": """
        process designation
        start designation_starts
        user designate lane=Entidad
        user file lane=Entidad
        stop designated
        designation_starts -> designate -> file -> designated
        """,
    "revision.bpmn": """
        process revision
        start revision_starts
        user review lane=PCM
        service open_accounts
        stop revised
        revision_starts -> review -> open_accounts -> revised
        """,
    "onboarding.bpmn": small.ONBOARDING.replace(
        "xor goes_on", "call stage_revision revision\nxor goes_on"
    ).replace("stage_designation -> goes_on", "stage_designation -> stage_revision -> goes_on"),
}


def test_a_stage_that_is_split_needs_a_decision_inside_it():
    walk = walk_of("onboarding", "designate done", "file filed")
    new = Definition.parse(small.TEXTS | {name: bpmn(text) for name, text in SPLIT.items()})
    (question,) = judge(walk, new).questions
    assert (question.process, question.lost) == ("designation", ("review",))
    continue_at(walk, new, "file")
    assert walk.do("file", "filed").steps == ["review"]
    assert walk.do("review", "accepted").steps == ["choose_thematic", "load_demo"]


def test_a_stage_is_validated_and_begun_again_after_a_move():
    walk = walk_of("onboarding", "designate done", "file filed", "review accepted")
    assert kinds(move(walk, SIGNED)) == ["passed_by sign"], "in a stage that has ended"
    walk.send_back("stage_designation")
    assert walk.all("designate done", "file filed").steps == ["sign"]
    walk.world.validated_stages.add("designation")
    assert walk.validate("designation").steps == ["choose_thematic", "load_demo"]
    assert walk.validate("induction").ended == "implemented"


def test_a_case_whose_service_task_waits_moves_later():
    walk = walk_of("designation", "designate done", "file filed")

    def fail(element: str) -> str:
        raise OSError(element)

    walk.perform = fail
    walk.do("review", "accepted")
    verdict = judge(walk, version("designation", ("reviewed", "decided")))
    assert (verdict.kind, verdict.element) == ("not_yet", "open_accounts")


def test_a_process_that_the_version_lacks_or_calls_no_more_cannot_move():
    texts = {name: text for name, text in small.TEXTS.items() if name != "redesignation.bpmn"}
    verdict = judge(walk_of("redesignation"), Definition.parse(texts))
    assert (verdict.kind, verdict.element) == ("cannot", "redesignation")
    another = ("stage_designation designation\n", "stage_designation redesignation\n")
    assert judge(walk_of("onboarding"), version("onboarding", another)).kind == "cannot"


def test_a_state_damaged_by_one_byte_cannot_move():
    walk = walk_of("onboarding", "designate done")
    for place in (0, 20, 200, -1):
        data = bytearray(walk.instance.dump())
        data[place] ^= 0xFF
        verdict = migration.judge(bytes(data), NOW, NOW, choices(walk))
        assert verdict.kind == "cannot"
        assert "cannot be read" in verdict.reason


def test_a_state_with_a_damaged_moment_cannot_move():
    walk = walk_of("designation")
    (timer,) = walk.instance.waiting()
    document = state.decode(walk.instance.dump())
    text = json.dumps(document).replace(timer.at.isoformat(), "2026-13-40")
    data = state.encode(json.loads(text))
    new = version("designation", ("working_days(45)", "working_days(60)"))
    assert migration.judge(data, NOW, new, choices(walk)).kind == "cannot"


def test_a_case_moves_three_times_and_comes_back_to_its_first_version():
    walk = walk_of("designation", "designate done", "file filed", "review observed")
    for new in (
        version("designation", ("reviewed", "decided")),
        version("designation", *REMOVED_TIMER, ("reviewed", "judged")),
        version("designation", ("working_days(45)", "working_days(50)")),
        NOW,
    ):
        move(walk, new)
    assert {one.element for one in walk.instance.waiting()} == {
        "correct_lapses",
        "designation_overdue",
    }
    walk.send_back("designate")
    assert walk.all("designate done", "file filed", "review accepted").ended == "designated"
