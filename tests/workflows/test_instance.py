"""Running an instance: steps, service tasks, timers, follow-ups, validation."""

from datetime import timedelta

import pytest

from tests.workflows.sketch import bpmn
from tests.workflows.walking import Walk, World
from workflows.definition import Definition
from workflows.instance import MAX_DEPTH, NotOpen, TooDeep


def fail(element: str) -> str:
    raise OSError(element)


def to_induction(walk: Walk) -> Walk:
    return walk.all("designate done", "file filed", "review accepted")


def test_a_process_opens_step_by_step_with_lane_stage_and_an_id_that_stays(onboarding):
    task = onboarding.task("designate")
    assert (task.name, task.lane) == ("Designar al administrador", "Entidad")
    assert (task.process, task.stage) == ("designation", "designation")
    assert onboarding.since() == ["opened stage_designation", "opened designate"]
    assert onboarding.ended is None
    assert onboarding.do("designate").steps == ["file"]
    assert onboarding.since() == ["completed designate done", "opened file"]
    key = onboarding.task("file").id
    onboarding.wait(1).wait(1)
    assert onboarding.task("file").id == key


def test_no_two_tasks_of_a_walk_share_an_id(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed", "correct corrected")
    walk.do("review", "observed").wait(5).send_back("designate").all("designate done", "file filed")
    opened = [h.task_id for h in walk.happenings if h.kind == "opened" and h.task_id]
    assert len(opened) == len(set(opened)) == 10


def test_the_end_of_a_stage_opens_the_next_one(onboarding):
    walk = to_induction(onboarding)
    assert walk.steps == ["choose_thematic", "load_demo"]
    assert walk.since()[-6:] == [
        "completed review accepted",
        "completed open_accounts done",
        "completed stage_designation designated",
        "opened stage_induction",
        *sorted(["opened choose_thematic", "opened load_demo"], reverse=True),
    ]


def test_a_stage_with_another_end_ends_the_whole_process(onboarding):
    walk = onboarding.all("designate done", "file filed", "review out_of_scope")
    assert (walk.steps, walk.ended) == ([], "out_of_scope")
    assert walk.instance.wake_at() is None
    assert walk.since()[-2:] == ["completed stage_designation not_for_us", "ended out_of_scope"]


def test_what_is_not_open_cannot_be_answered(onboarding):
    answered = onboarding.task("designate").id
    onboarding.do("designate")
    coming = [t for t in onboarding.instance._tasks() if t.task_spec.name == "review"]
    unknown = ("", "7", "00000000-0000-0000-0000-000000000001")
    for key in (answered, str(coming[0].id), *unknown):
        with pytest.raises(NotOpen):
            onboarding.instance.complete(key, "done")


def test_a_service_task_that_fails_stays_and_is_tried_again(onboarding):
    onboarding.perform = fail
    walk = to_induction(onboarding)
    assert [(element, str(error)) for element, error in walk.failed] == [
        ("open_accounts", "open_accounts")
    ]
    assert walk.instance.position() == ["open_accounts", "stage_designation"]
    walk.perform = lambda element: "done"
    assert walk.go().steps == ["choose_thematic", "load_demo"]


def test_a_service_task_that_fails_does_not_hold_up_the_other_branch(onboarding):
    walk = to_induction(onboarding)

    walk.perform = fail
    assert walk.do("load_demo", "loaded").do("choose_thematic", "chosen").steps == []
    assert walk.wake().steps == ["record_thematic"]
    assert walk.failed[0][0] == "open_operators"


def test_a_failed_service_task_is_reported_when_its_stage_ends(onboarding):
    onboarding.perform = fail
    walk = to_induction(onboarding)
    walk.since()
    walk.validate("designation")
    assert walk.since()[:2] == ["validated stage_designation", "cancelled open_accounts"]


def test_the_outcome_of_a_service_task_is_known_to_gateways():
    text = """
    process check "Comprobar"
    start s
    user report
    service check_it
    xor result
    end over
    s -> report -> check_it -> result
    result -> over: outcome("check_it") == "complete"
    result => report
    """
    walk = Walk(Definition.parse({"check.bpmn": bpmn(text)}), "check")
    walk.perform = lambda element: "incomplete"
    assert walk.do("report").steps == ["report"]
    walk.perform = lambda element: "complete"
    assert walk.do("report").ended == "over"
    assert walk.instance.outcome("check_it") == "complete"


def test_branches_join_when_both_have_arrived(onboarding):
    walk = to_induction(onboarding).do("load_demo", "loaded")
    assert "joined" in walk.instance.position()
    walk.do("choose_thematic", "chosen").wake().do("record_thematic", "attended")
    assert walk.ended == "implemented"


@pytest.mark.parametrize("absences", [1, 4])
def test_a_loop_within_a_branch_does_not_touch_the_other(onboarding, absences):
    walk = to_induction(onboarding)
    for _ in range(absences):
        walk.do("choose_thematic", "chosen").wake().do("record_thematic", "absent")
    assert walk.steps == ["choose_thematic", "load_demo"]
    walk.do("choose_thematic", "chosen").wake().do("record_thematic", "attended")
    assert walk.do("load_demo", "loaded").ended == "implemented"


def test_a_deadline_lapses_at_its_moment_and_not_before(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed")
    due = walk.world.now + timedelta(days=5)
    assert walk.instance.wake_at() == due
    walk.world.now = due - timedelta(microseconds=1)
    assert walk.go().steps == ["correct"]
    walk.world.now = due
    walk.since()
    assert walk.go().steps == ["designate"]
    assert walk.since() == ["lapsed correct lapsed", "opened designate"]
    assert walk.instance.outcome("correct") == "lapsed"


def test_an_answer_in_time_stops_its_timer(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed", "correct corrected")
    assert [w.element for w in walk.instance.waiting()] == ["designation_overdue"]
    assert walk.wait(6).steps == ["review"]


def test_a_late_answer_loses_to_the_timer_that_was_due(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed")
    late = walk.task("correct").id
    walk.world.now += timedelta(days=5)
    with pytest.raises(NotOpen, match="run out"):
        walk.instance.complete(late, "corrected")
    assert walk.go().steps == ["designate"]


def test_three_lapses_start_the_follow_up(onboarding):
    walk = onboarding

    def perform(element: str) -> str:
        if element == "bring_forward":
            walk.instance.reschedule("designation_overdue", walk.world.now)
        return "done"

    walk.perform = perform
    for lapses in range(3):
        assert walk.steps == ["designate"], lapses
        walk.all("designate done", "file filed", "review observed").wait(5)
    assert walk.steps == ["call_entity", "designate"]
    assert "completed bring_forward done" in walk.since()


def test_a_stage_that_takes_too_long_is_followed_up_in_parallel_with_its_steps(onboarding):
    walk = onboarding.wait(45)
    assert walk.steps == ["call_entity", "designate"]
    assert (walk.task("call_entity").process, walk.task("call_entity").stage) == (
        "follow_up",
        "designation",
    )
    assert walk.since()[-2:] == ["passed designation_overdue", "opened call_entity"]


def test_the_follow_up_ends_with_its_stage(onboarding):
    walk = to_induction(onboarding.wait(45))
    assert walk.steps == ["choose_thematic", "load_demo"]
    happenings = walk.since()
    assert happenings.index("cancelled call_entity") < happenings.index("opened stage_induction")
    assert [w.stage for w in walk.instance.waiting()] == ["induction", "induction"]


def test_after_three_letters_the_follow_up_ends_and_the_stage_goes_on(onboarding):
    walk = onboarding.wait(45)
    for letters in range(3):
        assert walk.steps == ["call_entity", "designate"], letters
        walk.do("call_entity", "no_agreement").wake()
    assert walk.steps == ["designate"]
    assert walk.instance.waiting() == []
    assert to_induction(walk).steps == ["choose_thematic", "load_demo"]


def test_letters_of_one_stage_do_not_count_in_the_next(onboarding):
    walk = onboarding.wait(45)
    for _ in range(2):
        walk.do("call_entity", "no_agreement").wake()
    walk = to_induction(walk).wait(30)
    for letters in range(3):
        assert "call_entity" in walk.steps, letters
        walk.do("call_entity", "no_agreement").wake()
    assert "call_entity" not in walk.steps


def test_the_follow_up_depends_on_the_holder(definition):
    world = World()
    world.who = "both"
    walk = Walk(definition, "onboarding", world).wait(45)
    assert walk.steps == ["designate", "unblock"]
    world.who = "date"
    assert walk.do("unblock").wake().instance.position()[-1] == "stage_designation"
    assert [w.element for w in walk.instance.waiting()] == ["five_days"]
    world.who = "entity"
    assert walk.wake().do("call_entity", "agreed").instance.waiting()[0].element == "agreed_day"


def test_a_running_stage_can_be_validated(onboarding):
    walk = onboarding.do("designate").validate("designation")
    assert walk.steps == ["choose_thematic", "load_demo"]
    assert walk.since()[4:7] == [
        "validated stage_designation",
        "cancelled file",
        "opened stage_induction",
    ]


def test_a_stage_can_be_validated_with_its_follow_up_open(onboarding):
    walk = onboarding.wait(45).validate("designation")
    assert walk.steps == ["choose_thematic", "load_demo"]
    assert {"cancelled designate", "cancelled call_entity"} <= set(walk.since())
    assert walk.validate("induction").ended == "implemented"


@pytest.mark.parametrize("stage", ["induction", "follow_up", "nothing"])
def test_a_stage_that_is_not_running_cannot_be_validated(onboarding, stage):
    with pytest.raises(NotOpen):
        onboarding.instance.validate(stage)


def test_a_stage_validated_before_is_skipped(definition):
    world = World()
    world.validated_stages = {"designation"}
    walk = Walk(definition, "onboarding", world)
    assert walk.steps == ["choose_thematic", "load_demo"]
    assert walk.since()[0] == "opened stage_induction"
    world.validated_stages.add("induction")
    assert Walk(definition, "onboarding", world).ended == "implemented"


def test_a_stage_can_run_in_another_process(definition):
    walk = Walk(definition, "redesignation")
    assert walk.task("designate").stage == "designation"
    assert to_induction(walk).ended == "redesignated"
    with pytest.raises(NotOpen):
        Walk(definition, "redesignation").instance.validate("designation")


def test_every_timer_of_an_element_can_be_moved(onboarding):
    walk = onboarding.all("designate done", "file filed", "review observed")
    later = walk.world.now + timedelta(days=9)
    assert walk.instance.reschedule("correct_lapses", later) == 1
    assert walk.instance.reschedule("thematic_day", later) == 0
    waiting = walk.reload().instance.waiting()[0]
    assert (waiting.element, waiting.at, waiting.kind) == ("correct_lapses", later, "boundary")
    assert (waiting.host, waiting.process, waiting.stage) == (
        "correct",
        "designation",
        "designation",
    )
    assert walk.wait(5).steps == ["correct"]
    assert walk.wait(4).steps == ["designate"]


def test_all_timers_are_listed_with_their_kind(onboarding):
    walk = to_induction(onboarding)
    assert [(w.element, w.kind, w.host) for w in walk.instance.waiting()] == [
        ("choose_thematic_lapses", "boundary", "choose_thematic"),
        ("induction_overdue", "start", ""),
    ]
    walk.do("choose_thematic", "chosen")
    assert (walk.instance.waiting()[0].element, walk.instance.waiting()[0].kind) == (
        "thematic_day",
        "event",
    )


def test_timers_due_during_a_standstill_fire_at_once(onboarding):
    walk = to_induction(onboarding).wait(300)
    assert walk.steps == ["call_entity", "load_demo", "schedule_thematic"]


@pytest.mark.nightly("walkers")
def test_an_instance_too_deep_for_the_engine_is_refused_before_anything_changes(onboarding):
    walk = onboarding.all("designate done", "file filed")
    while walk.instance.depth() <= MAX_DEPTH:
        walk.instance.complete(walk.task("review").id, "observed")
        walk.instance.advance(walk.perform)
        walk.instance.complete(walk.task("correct").id, "corrected")
        if walk.instance.depth() <= MAX_DEPTH:
            walk.instance.advance(walk.perform)
    before = walk.instance.dump()
    with pytest.raises(TooDeep):
        walk.instance.advance(walk.perform)
    assert walk.instance.dump() == before


@pytest.mark.nightly("walkers")
def test_at_the_greatest_depth_everything_still_works(onboarding):
    walk = onboarding.all("designate done", "file filed")
    while walk.instance.depth() <= MAX_DEPTH - 10:
        walk.instance.complete(walk.task("review").id, "observed")
        walk.instance.advance(walk.perform)
        walk.instance.complete(walk.task("correct").id, "corrected")
        walk.instance.advance(walk.perform)
    assert walk.reload().do("review", "accepted").steps == ["choose_thematic", "load_demo"]


def test_a_non_interrupting_timer_on_a_call_runs_in_parallel():
    outer = """
    process outer "Afuera"
    start s
    call inside inner
    reminder-on inside late working_days(2)
    user look
    end looked
    end over
    s -> inside -> over
    late -> look -> looked
    """
    inner = """
    process inner "Adentro"
    start inner_s
    user work
    end worked
    inner_s -> work -> worked
    """
    texts = {"outer.bpmn": bpmn(outer), "inner.bpmn": bpmn(inner)}
    walk = Walk(Definition.parse(texts), "outer").wait(2)
    assert walk.steps == ["look", "work"]
    assert walk.since() == ["opened work", "passed late", "opened look"]
    assert walk.do("look").do("work").ended == "over"
