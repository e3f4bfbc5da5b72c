"""A small onboarding of two stages that uses every construct of the real diagrams."""

from tests.workflows.sketch import bpmn, deadlines
from workflows.contract import Contract

ONBOARDING = """
process onboarding "Implementación"
start onboarding_starts
xor ask_designation
call stage_designation designation
message-on stage_designation designation_validated
xor goes_on
xor ask_induction
call stage_induction induction
message-on stage_induction induction_validated
xor induction_over
stop implemented
stop out_of_scope
onboarding_starts -> ask_designation
ask_designation -> ask_induction: validated("designation")
ask_designation => stage_designation
stage_designation -> goes_on
goes_on -> out_of_scope: outcome("review") == "out_of_scope"
goes_on => ask_induction
designation_validated -> ask_induction
ask_induction -> induction_over: validated("induction")
ask_induction => stage_induction
stage_induction -> induction_over
induction_validated -> induction_over
induction_over -> implemented
"""

DESIGNATION = """
process designation "Designación del administrador"
start designation_starts
user designate lane=Entidad name="Designar al administrador"
user file lane=Entidad name="Presentar la designación"
user review lane=PCM name="Revisar la designación"
user correct lane=Entidad name="Subsanar la designación"
timer-on correct correct_lapses due("correct")
xor reviewed
xor how_often
service bring_forward
service open_accounts

stop designated
stop not_for_us
designation_starts -> designate -> file -> review -> reviewed
reviewed -> correct: outcome("review") == "observed"
reviewed -> not_for_us: outcome("review") == "out_of_scope"
reviewed => open_accounts
correct -> review
correct_lapses -> how_often
how_often -> bring_forward: count("correct", "lapsed") in (3, 6)
how_often => designate
bring_forward -> designate
open_accounts -> designated
aside designation_follow_up
start-timer designation_overdue working_days(45)
call designation_call_follow_up follow_up
end designation_followed_up
designation_overdue -> designation_call_follow_up -> designation_followed_up
aside-ends
"""

INDUCTION = """
process induction "Inducción"
start induction_starts
and both
user choose_thematic lane=Entidad
timer-on choose_thematic choose_thematic_lapses due("choose_thematic")
user schedule_thematic lane=PCM
timer thematic_day day_of("thematic_session")
user record_thematic lane=PCM
xor thematic_attended
user load_demo lane=Entidad
service open_operators
and joined
stop inducted
induction_starts -> both
both -> choose_thematic -> thematic_day
choose_thematic_lapses -> schedule_thematic -> thematic_day -> record_thematic -> thematic_attended
thematic_attended -> choose_thematic: outcome("record_thematic") == "absent"
thematic_attended => joined
both -> load_demo -> open_operators -> joined
joined -> inducted
aside induction_follow_up
start-timer induction_overdue working_days(30)
call induction_call_follow_up follow_up
end induction_followed_up
induction_overdue -> induction_call_follow_up -> induction_followed_up
aside-ends
"""

FOLLOW_UP = """
process follow_up "Seguimiento"
start follow_up_starts
xor who_holds
user unblock lane=PCM
timer five_days working_days(5)
user call_entity lane=PCM
xor agreed
timer agreed_day day_of("call")
service issue_letter
timer ten_days working_days(10)
xor third_letter
end told_to_control
follow_up_starts -> who_holds
who_holds -> unblock: holder() in ("sip", "both")
who_holds -> five_days: holder() == "date"
who_holds => call_entity
unblock -> five_days -> who_holds
call_entity -> agreed
agreed -> agreed_day: outcome("call_entity") == "agreed"
agreed => issue_letter
agreed_day -> who_holds
issue_letter -> ten_days -> third_letter
third_letter -> told_to_control: count("issue_letter", "done") >= 3
third_letter => who_holds
"""

REDESIGNATION = """
process redesignation "Nueva designación"
start redesignation_starts
call redesignation_designation designation
service transfer_tasks
end redesignated
redesignation_starts -> redesignation_designation -> transfer_tasks -> redesignated
"""

STEPS = {
    "designate": "done",
    "file": "filed",
    "review": "accepted observed out_of_scope",
    "correct": "corrected",
    "choose_thematic": "chosen",
    "schedule_thematic": "scheduled",
    "record_thematic": "attended absent",
    "load_demo": "loaded",
    "unblock": "done",
    "call_entity": "agreed no_agreement",
}
DONE = frozenset({"done"})

CONTRACT = Contract(
    steps={step: frozenset(outcomes.split()) for step, outcomes in STEPS.items()},
    service_tasks=dict.fromkeys(
        ("bring_forward", "open_accounts", "open_operators", "issue_letter", "transfer_tasks"),
        DONE,
    ),
    lanes=frozenset({"Entidad", "PCM"}),
    days=frozenset({"thematic_session", "call"}),
    purposes=frozenset({"onboarding", "redesignation"}),
    holders=frozenset({"entity", "sip", "both", "date"}),
)

TEXTS = {
    "onboarding.bpmn": bpmn(ONBOARDING),
    "designation.bpmn": bpmn(DESIGNATION),
    "induction.bpmn": bpmn(INDUCTION),
    "follow_up.bpmn": bpmn(FOLLOW_UP),
    "redesignation.bpmn": bpmn(REDESIGNATION),
    "deadlines.dmn": deadlines(*((step, 5) for step in STEPS)),
}
