"""The elements of the diagrams that the code names by their id, and why it asks for them.

They are part of the contract: a version without one is refused, because nothing else would notice.
The reason completes "the code asks for it: it …". A test compares the lists with the literals of
the code.
"""

from __future__ import annotations

from collections.abc import Mapping

from workflows.contract import Named

STAGES: Mapping[str, str] = {
    "designation": "is the stage of the first presentation",
    "induction": "is the stage of the induction sessions",
    "training": "is the stage of the entity's own sessions",
    "demo_test": "is a stage that the SGTD reviews",
    "resubmission": "is the stage of the second presentation",
    "production": "is the stage in which the register is opened",
    "interest_acts": "is the stage whose end completes the implementation",
}
_PROCESSES: Mapping[str, Named] = {
    **{key: Named("process", reason) for key, reason in STAGES.items()},
    "onboarding": Named("process", "starts it for an entity"),
    "redesignation": Named("process", "starts it when nobody administers the register"),
    "change_authority": Named("process", "starts it when the authority changes"),
    "change_personnel": Named("process", "starts it when people of the entity change"),
    "upkeep": Named("process", "starts it 90 days after the last cycle"),
    "register_follow_up": Named("process", "starts it after a month of poor figures"),
    "follow_up": Named("process", "is outside the stages: its tasks decide no clock"),
    "personnel_effects": Named("process", "is outside the stages: its tasks decide no clock"),
}
_OF_STAGES: Mapping[str, Named] = {
    f"{before}{stage}{after}": Named(kind, reason)
    for stage in STAGES
    for before, after, kind, reason in (
        ("stage_", "", "callActivity", "is where a case is sent back to the stage"),
        ("", "_overdue", "timer", "begins the follow-up of the stage"),
        ("", "_call_follow_up", "callActivity", "is the follow-up of the stage"),
    )
}
_PRESENTATIONS: Mapping[str, Named] = {
    "file_designation": Named("userTask", "makes the presentation"),
    "record_reception": Named("userTask", "records the reception of what was presented"),
    "review_designation": Named("userTask", "decides on what was presented"),
    "correct_designation": Named("userTask", "corrects what was presented"),
    "file_personnel": Named("userTask", "makes the second presentation"),
    "record_personnel_reception": Named("userTask", "records the second reception"),
    "review_personnel": Named("userTask", "decides on the second presentation"),
    "correct_personnel": Named("userTask", "corrects the second presentation"),
}
_SET_DAYS: Mapping[str, Named] = {
    "choose_thematic_session": Named("userTask", "chooses the seat in a session"),
    "choose_technical_session": Named("userTask", "chooses the seat in a session"),
    "schedule_thematic_induction": Named("userTask", "gives a seat in a session"),
    "schedule_technical_induction": Named("userTask", "gives a seat in a session"),
    "thematic_session_arrives": Named("timer", "waits for the session"),
    "technical_session_arrives": Named("timer", "waits for the session"),
    "record_thematic_induction": Named("userTask", "has the attendance, due from the session"),
    "record_technical_induction": Named("userTask", "has the attendance, due from the session"),
    "last_training_arrives": Named("timer", "waits for the last training"),
    "report_training": Named("userTask", "is due from the last training"),
    "confirm_production": Named("userTask", "is due from the first day in production"),
}
_VALIDATION: Mapping[str, Named] = {
    **{
        key: Named("userTask", "has the form that the validation of its stage shows")
        for key in (
            *("designate_administrator", "list_personnel", "update_personnel"),
            *("load_production_personnel", "define_decision_makers"),
        )
    },
    **{
        key: Named("serviceTask", "is what the validation of its stage brings about")
        for key in (
            *("open_accounts", "open_demo_register", "open_operator_accounts"),
            *("open_production_register", "open_production_accounts"),
            *("open_interest_acts", "issue_certificate"),
        )
    },
}
_ENDS: Mapping[str, Named] = {
    "onboarding_done": Named("endEvent", "means that the implementation is complete"),
    "onboarding_out_of_scope": Named("endEvent", "means that the entity needs no register"),
    "upkeep_lapsed": Named("endEvent", "means that nobody answered the cycle"),
    "change_authority_lapsed": Named("endEvent", "means that nobody registered the authority"),
}
_OTHERS: Mapping[str, Named] = {
    "sign_letter": Named("userTask", "signs what the Despacho finds in one list"),
    "sign_control_notice": Named("userTask", "signs what the Despacho finds in one list"),
    "sign_certificate": Named("userTask", "signs the constancia, with which the path is complete"),
    "return_day_passes": Named(
        "timer", "precedes the step that shows why the Despacho returned the paper"
    ),
    "register_authority_change": Named("userTask", "is where plans of mandates lead to"),
    "review_authority_change": Named(
        "userTask", "looks at the credential before a new authority counts"
    ),
    "record_personnel_change": Named("userTask", "shows who may write a change"),
}
#: Id → what it must be, and why. Code that names another element adds it here, or to DISPENSABLE.
NAMED: Mapping[str, Named] = {
    **_PROCESSES,
    **_OF_STAGES,
    **_PRESENTATIONS,
    **_SET_DAYS,
    **_VALIDATION,
    **_ENDS,
    **_OTHERS,
}
#: Elements that the code names and does without.
DISPENSABLE: Mapping[str, str] = {
    "confirm_register": "one of two steps that name posts whose holders may have left",
    "load_demo_personnel": "may be open after an attendance that is recorded again",
    "onboarding_starts": "a number on the picture of the programme",
    "change_authority_done": "the text of an end; others have the drawn name",
    "change_personnel_done": "likewise",
    "change_personnel_lapsed": "likewise",
    "redesignation_done": "likewise",
    "register_follow_up_done": "likewise",
    "upkeep_done": "likewise",
}
#: Formatted ids in the code that also fit elements which it does without: pattern → why.
DISPENSABLE_FORMS: Mapping[str, str] = {
    "[a-z_]+_starts": "a step after the start of its process came by no other way",
    "[a-z_]+_done": "a number on the picture of a stage",
    "[a-z_]+_out_of_scope": "likewise, where it is drawn",
    "[a-z_]+_is_validated": "a number on the picture of the programme",
    "correct_[a-z_]+": "the two kinds of presentations, whose steps are named",
}
