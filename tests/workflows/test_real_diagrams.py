"""Every loop and every end of the diagrams in `bpmn/`."""

import pytest

from tests.workflows import real
from tests.workflows.walking import Walk, World
from workflows.definition import Definition

DESIGNATED = [
    "designate_administrator done",
    "list_personnel done",
    "file_designation filed",
    "record_reception received",
    "review_designation accepted",
]


def answer(element: str) -> str:
    return "complete" if element.startswith("check_") else "done"


def walk(process: str, world: World | None = None) -> Walk:
    begun = Walk(real.definition(), process, world)
    begun.perform = answer
    return begun.go()


def filed() -> Walk:
    return walk("designation").all(*DESIGNATED[:3])


def trained() -> Walk:
    return walk("training").do("plan_training", "planned").wake()


def to_production(process: str = "production") -> Walk:
    return walk(process).do("load_production_personnel", "loaded").wake()


def to_closing() -> Walk:
    return walk("interest_acts").all(
        "enable_interest_acts enabled",
        "define_decision_makers defined",
        "approve_decision_makers approved",
        "train_decision_makers trained",
    )


def refiled() -> Walk:
    return walk("resubmission").all("update_personnel done", "file_personnel filed")


def called() -> Walk:
    return walk("follow_up")


def letter(running: Walk, times: int = 1) -> Walk:
    for _ in range(times):
        running.all("call_entity no_agreement", "draft_letter drafted", "sign_letter signed")
        if not running.ended:
            running.wake()
    return running


def test_the_stages_are_the_seven_in_their_order():
    assert real.definition().stages == (
        "designation",
        "induction",
        "training",
        "demo_test",
        "resubmission",
        "production",
        "interest_acts",
    )


def test_every_process_begins():
    for process in real.definition().processes:
        assert walk(process).steps, process


def test_the_whole_path_is_walked_to_its_end():
    running = walk("onboarding").all(*DESIGNATED)
    running.all("choose_thematic_session chosen", "choose_technical_session chosen").wake()
    running.all("record_thematic_induction attended", "record_technical_induction attended")
    running.all("load_demo_personnel loaded", "plan_training planned").wake()
    running.all("report_training reported", "review_training accepted", "run_demo_test run")
    running.all("validate_demo_results validated", "approve_demo_test accepted")
    running.all("update_personnel done", "file_personnel filed")
    running.all("record_personnel_reception received", "review_personnel accepted")
    assert len(running.instance.dump()) < 4000
    running.do("load_production_personnel", "loaded").wake()
    running.all("confirm_production confirmed", "enable_interest_acts enabled")
    running.all("define_decision_makers defined", "approve_decision_makers approved")
    running.all("train_decision_makers trained", "close_onboarding closed")
    assert running.do("sign_certificate", "signed").ended == "onboarding_done"
    services = [h.element for h in running.happenings if h.element in real.CONTRACT.service_tasks]
    assert services == [
        "issue_designation_papers",
        "open_accounts",
        "open_demo_register",
        "open_operator_accounts",
        "check_training",
        "check_demo_test",
        "issue_personnel_papers",
        "open_production_register",
        "open_production_accounts",
        "open_interest_acts",
        "issue_certificate",
    ]


def test_an_entity_out_of_scope_ends_the_onboarding():
    running = walk("onboarding").all(*DESIGNATED[:4], "review_designation out_of_scope")
    assert running.ended == "onboarding_out_of_scope"


@pytest.mark.parametrize("stage", real.definition().stages)
def test_each_stage_can_be_validated_before_and_while_it_runs(stage):
    world = World()
    others = set(real.definition().stages) - {stage}
    world.validated_stages = others
    running = walk("onboarding", world)
    assert {task.stage for task in running.instance.open_tasks()} == {stage}
    assert running.validate(stage).ended == "onboarding_done"


@pytest.mark.parametrize("stage", real.definition().stages)
def test_each_stage_is_followed_up_and_the_follow_up_ends_with_it(stage):
    world = World()
    world.validated_stages = set(real.definition().stages) - {stage}
    running = walk("onboarding", world)
    follow_up = [w for w in running.instance.waiting() if w.element == f"{stage}_overdue"]
    assert [w.kind for w in follow_up] == ["start"]
    assert running.instance.reschedule(f"{stage}_overdue", world.now) == 1
    assert "call_entity" in running.go().steps
    assert running.validate(stage).ended == "onboarding_done"


@pytest.mark.parametrize("stage", real.definition().stages)
def test_each_stage_can_begin_again(stage):
    world = World()
    world.validated_stages = set(real.definition().stages) - {stage}
    running = walk("onboarding", world)
    steps = running.steps
    assert running.send_back(f"stage_{stage}").steps == steps


def test_the_mesa_de_partes_may_observe_or_have_no_presentation():
    running = filed().do("record_reception", "observed").do("correct_designation", "corrected")
    assert running.steps == ["record_reception"]
    assert running.do("record_reception", "not_filed").steps == ["file_designation"]


def test_a_correction_goes_back_to_the_observer():
    running = filed().all("record_reception received", "review_designation observed")
    assert running.do("correct_designation", "corrected").steps == ["review_designation"]
    running.do("review_designation", "observed").do("correct_designation", "corrected")
    assert running.do("review_designation", "accepted").ended == "designation_done"


@pytest.mark.parametrize("how", ["lapse", "not_presented"])
def test_a_designation_not_presented_begins_again(how):
    running = filed().do("record_reception", "received")
    if how == "lapse":
        running.do("review_designation", "observed").wake()
    else:
        running.do("review_designation", "not_presented")
    assert running.steps == ["designate_administrator"]


@pytest.mark.parametrize(
    ("begin", "filing", "service"),
    [
        (
            lambda: walk("designation"),
            [*DESIGNATED[:4], "review_designation observed"],
            "bring_follow_up_forward",
        ),
        (
            lambda: walk("resubmission"),
            [
                "update_personnel done",
                "file_personnel filed",
                "record_personnel_reception received",
                "review_personnel observed",
            ],
            "bring_personnel_follow_up_forward",
        ),
    ],
)
def test_the_third_lapse_starts_the_follow_up(begin, filing, service):
    running = begin()
    for lapses in (1, 2, 3):
        running.all(*filing).wake()
        assert (f"completed {service} done" in running.since()) == (lapses == 3)


def test_a_redesignation_has_no_list_of_personnel():
    world = World()
    world.reason = "redesignation"
    running = walk("redesignation", world).all(DESIGNATED[0], *DESIGNATED[2:])
    assert running.ended == "redesignation_done"
    assert "completed transfer_tasks done" in running.since()


@pytest.mark.parametrize("kind", ["thematic", "technical"])
def test_an_entity_without_a_chosen_session_gets_one(kind):
    for way in ("none_suits", "lapse"):
        running = walk("induction")
        if way == "lapse":
            running.wake()
        else:
            running.do(f"choose_{kind}_session", "none_suits")
        running.do(f"schedule_{kind}_induction", "scheduled").wake()
        assert f"record_{kind}_induction" in running.steps


@pytest.mark.parametrize("kind", ["thematic", "technical"])
def test_an_absent_entity_chooses_again(kind):
    running = walk("induction").do(f"choose_{kind}_session", "chosen").wake()
    assert f"choose_{kind}_session" in running.do(f"record_{kind}_induction", "absent").steps


def test_the_induction_ends_when_both_branches_end():
    running = walk("induction")
    running.all("choose_thematic_session chosen", "choose_technical_session chosen").wake()
    assert running.all(
        "record_technical_induction attended", "load_demo_personnel loaded"
    ).steps == ["record_thematic_induction"]
    assert running.do("record_thematic_induction", "attended").ended == "induction_done"


def test_a_training_that_is_not_enough_is_planned_again():
    running = trained()
    running.perform = lambda element: "incomplete"
    assert running.do("report_training", "reported").steps == ["plan_training"]


def test_an_observed_training_is_reported_again():
    running = trained().all("report_training reported", "review_training observed")
    assert running.do("report_training", "reported").do("review_training", "accepted").ended == (
        "training_done"
    )


@pytest.mark.parametrize(
    "answers",
    [
        [],
        ["validate_demo_results retry"],
        ["validate_demo_results validated", "approve_demo_test observed"],
    ],
)
def test_a_demo_test_is_run_again_until_all_agree(answers):
    running = walk("demo_test")
    if not answers:
        running.perform = lambda element: "incomplete"
    assert running.do("run_demo_test", "run").all(*answers).steps == ["run_demo_test"]
    running.perform = answer
    running.all("run_demo_test run", "validate_demo_results validated")
    assert running.do("approve_demo_test", "accepted").ended == "demo_test_done"


def test_the_resubmission_has_the_paths_of_the_designation():
    running = refiled().all("record_personnel_reception observed", "correct_personnel corrected")
    assert running.do("record_personnel_reception", "not_filed").steps == ["file_personnel"]
    running.all("file_personnel filed", "record_personnel_reception received")
    running.all("review_personnel observed", "correct_personnel corrected")
    assert running.do("review_personnel", "not_presented").steps == ["update_personnel"]
    running.all("update_personnel done", "file_personnel filed")
    running.all("record_personnel_reception received", "review_personnel accepted")
    assert running.ended == "resubmission_done"


def test_a_production_that_is_returned_is_loaded_again():
    running = to_production().do("confirm_production", "returned")
    assert running.steps == ["load_production_personnel"]
    running.do("load_production_personnel", "loaded").wake()
    assert running.do("confirm_production", "confirmed").ended == "production_done"


def test_the_decision_makers_may_come_back():
    running = walk("interest_acts").all("enable_interest_acts enabled", "define_decision_makers x")
    assert running.do("approve_decision_makers", "returned").steps == ["define_decision_makers"]
    running.all("define_decision_makers defined", "approve_decision_makers approved")
    assert running.do("train_decision_makers", "incomplete").steps == ["train_decision_makers"]


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        ("return_enabling", "enable_interest_acts"),
        ("return_definition", "define_decision_makers"),
        ("return_training", "train_decision_makers"),
        ("closed", "sign_certificate"),
    ],
)
def test_the_closing_may_return_to_any_step_of_the_stage(outcome, step):
    assert to_closing().do("close_onboarding", outcome).steps == [step]


def test_the_certificate_ends_the_last_stage():
    running = to_closing().all("close_onboarding closed", "sign_certificate signed")
    assert running.ended == "interest_acts_done"


@pytest.mark.parametrize("who", ["sip", "both", "secretary"])
def test_sip_follows_up_what_the_pcm_holds(who):
    world = World()
    world.who = who
    running = walk("follow_up", world)
    assert running.steps == ["unblock_stage_sip"]
    assert running.do("unblock_stage_sip").wake().steps == ["unblock_stage_sip"]


def test_sgtd_follows_up_what_it_holds():
    world = World()
    world.who = "sgtd"
    assert walk("follow_up", world).do("unblock_stage_sgtd").wake().steps == ["unblock_stage_sgtd"]


@pytest.mark.parametrize("who", ["date", "mesa_de_partes", "suspended"])
def test_the_follow_up_waits_while_nobody_can_be_called(who):
    world = World()
    world.who = who
    running = walk("follow_up", world)
    assert (running.steps, len(running.instance.waiting())) == ([], 1)
    assert running.wake().steps == []
    world.who = "entity"
    assert running.wake().steps == ["call_entity"]


def test_an_unreachable_entity_is_called_three_times_and_then_gets_a_letter():
    running = called()
    for _ in range(2):
        assert running.do("call_entity", "not_reached").steps == []
        assert running.wake().steps == ["call_entity"]
    assert running.do("call_entity", "not_reached").steps == ["draft_letter"]


def test_a_letter_resets_the_count_of_calls():
    running = letter(called())
    for _ in range(2):
        assert running.do("call_entity", "not_reached").wake().steps == ["call_entity"]
    assert running.do("call_entity", "not_reached").steps == ["draft_letter"]


def test_the_follow_up_waits_for_the_agreed_day():
    running = called().do("call_entity", "agreed")
    assert [w.element for w in running.instance.waiting()] == ["call_day_arrives"]
    assert running.wake().steps == ["call_entity"]


def test_a_letter_may_be_returned():
    running = called().all("call_entity no_agreement", "draft_letter drafted")
    assert running.do("sign_letter", "returned").steps == ["draft_letter"]


def test_a_change_of_authority_is_registered_or_lapses():
    running = walk("change_authority").do("register_authority_change", "registered")
    assert running.ended == "change_authority_done"
    assert "completed move_authority_tasks done" in running.since()
    running = walk("change_authority").wait(59)
    assert running.steps == ["register_authority_change"]
    assert running.wait(1).ended == "change_authority_lapsed"


def test_an_upkeep_is_confirmed_or_lapses():
    assert walk("upkeep").wake().ended == "upkeep_lapsed"
    assert walk("upkeep").do("confirm_register", "confirmed").ended == "upkeep_done"


@pytest.mark.nightly("walkers")
def test_the_state_stays_small_after_many_rounds():
    running = walk("onboarding").all(*DESIGNATED[:4])
    for _ in range(60):
        running.all("review_designation observed", "correct_designation corrected")
    assert len(running.instance.dump()) < 6000


def test_the_real_definition_knows_its_elements():
    definition: Definition = real.definition()
    assert definition.element_name("designate_administrator") == (
        "Designar al administrador (SIP-RVL-001)"
    )
    assert definition.element_name("onboarding") == "Implementación del RVL"
    assert definition.element_name("nothing") == "nothing"
    assert definition.service_tasks["open_accounts"] == "Abrir las cuentas"
    task = definition.user_tasks["review_personnel"]
    assert (task.process, task.file) == ("resubmission", "resubmission.bpmn")
