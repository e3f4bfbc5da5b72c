"""The diagrams in `bpmn/`, and all possible outcomes of their steps and service tasks."""

from functools import cache
from pathlib import Path

from workflows.contract import Contract
from workflows.definition import Definition, read_folder

FOLDER = Path(__file__).parents[2] / "bpmn"

_STEPS = """
designate_administrator: done
list_personnel: done
file_designation: filed
record_reception: received observed not_filed
review_designation: accepted observed not_presented out_of_scope
correct_designation: corrected
choose_thematic_session: chosen none_suits
choose_technical_session: chosen none_suits
schedule_thematic_induction: scheduled
schedule_technical_induction: scheduled
record_thematic_induction: attended absent
record_technical_induction: attended absent
load_demo_personnel: loaded
plan_training: planned
report_training: reported
review_training: accepted observed
run_demo_test: run
validate_demo_results: validated retry
approve_demo_test: accepted observed
update_personnel: done
file_personnel: filed
record_personnel_reception: received observed not_filed
review_personnel: accepted observed not_presented
correct_personnel: corrected
load_production_personnel: loaded
confirm_production: confirmed returned
enable_interest_acts: enabled
define_decision_makers: defined
approve_decision_makers: approved returned
train_decision_makers: trained incomplete
close_onboarding: closed return_enabling return_definition return_training
sign_certificate: signed returned
unblock_stage_sip: done
unblock_stage_sgtd: done
call_entity: agreed not_reached no_agreement
draft_letter: drafted
sign_letter: signed returned
sign_control_notice: signed returned
register_authority_change: registered declared
review_authority_change: accepted observed
confirm_register: confirmed changed
record_personnel_change: recorded
approve_personnel_change: approved returned
explain_register: explained
attend_register: settled asked_again
"""
_DONE = (
    "issue_designation_papers issue_personnel_papers bring_follow_up_forward open_accounts "
    "bring_personnel_follow_up_forward "
    "open_demo_register open_operator_accounts open_production_register open_production_accounts "
    "open_interest_acts issue_certificate issue_letter warn_of_control "
    "issue_control_notice send_control_notice transfer_tasks move_authority_tasks"
)

CONTRACT = Contract(
    steps={
        step: frozenset(outcomes.split())
        for step, outcomes in (line.split(":") for line in _STEPS.split("\n") if line)
    },
    service_tasks={
        **dict.fromkeys(_DONE.split(), frozenset({"done"})),
        **dict.fromkeys(
            ("check_training", "check_demo_test"), frozenset({"complete", "incomplete"})
        ),
        "apply_personnel_change": frozenset({"applied", "to_approve"}),
        "check_personnel_paper": frozenset({"needed", "not_needed"}),
    },
    lanes=frozenset(
        {
            "Máxima autoridad administrativa",
            "Administrador del RVL",
            "Secretaría de Integridad Pública",
            "Secretaría de Gobierno y Transformación Digital",
            "Despacho de la Secretaría",
        }
    ),
    days=frozenset({"thematic_session", "technical_session", "training", "production", "call"}),
    purposes=frozenset(
        {
            "onboarding",
            "redesignation",
            "change_authority",
            "change_personnel",
            "upkeep",
            "register_follow_up",
        }
    ),
    terms=frozenset(
        {
            "answer_question",
            "answer_information",
            "answer_access",
            "answer_rectification",
            "answer_suppression",
            "decide_suppression",
        }
    ),
    holders=frozenset(
        {"entity", "sip", "sgtd", "both", "secretary", "date", "mesa_de_partes", "suspended"}
    ),
)


@cache
def texts() -> dict[str, str]:
    return read_folder(FOLDER)


@cache
def definition() -> Definition:
    return Definition.parse(texts())
