"""Files that do not agree with each other or with the code."""

from dataclasses import replace

import pytest

from tests.workflows import small
from tests.workflows.changed import Texts, drawn, faults, found, sketched
from tests.workflows.sketch import deadlines
from workflows.contract import Fault, Named
from workflows.definition import findings_of


def test_a_step_without_its_folder_is_refused_and_a_folder_without_its_step_is_a_remark():
    steps = dict(small.CONTRACT.steps)
    del steps["designate"]
    steps["dance"] = frozenset({"done"})
    contract = replace(small.CONTRACT, steps=steps)
    assert ("designation.bpmn", "designate", "There is no folder forms/designate/ for it.") in (
        faults({}, contract)
    )
    assert [str(remark) for remark in findings_of(small.TEXTS, contract).remarks] == [
        "dance: The folder forms/dance/ belongs to no user task."
    ]


def test_what_the_code_offers_and_a_version_does_not_use_is_a_remark():
    steps = {**small.CONTRACT.steps, "dance": frozenset({"done"})}
    contract = replace(
        small.CONTRACT,
        steps=steps,
        service_tasks={**small.CONTRACT.service_tasks, "sing": frozenset({"done"})},
    )
    found = findings_of(small.TEXTS, contract)
    assert found.faults == ()
    assert [f.element for f in found.remarks] == ["dance", "sing"]
    assert findings_of(small.TEXTS, contract, live=True).all == ()


def test_a_step_that_needs_what_no_step_of_the_version_gives_is_a_remark():
    contract = replace(
        small.CONTRACT,
        steps={**small.CONTRACT.steps, "dance": frozenset({"done"})},
        needs={"review": frozenset({"letter", "seal"}), "dance": frozenset({"stage"})},
        gives={"sing": frozenset({"letter"}), "file": frozenset({"seal"})},
    )  # fmt: skip
    found = findings_of(small.TEXTS, contract)
    assert found.faults == ()
    assert [str(remark) for remark in found.remarks] == [
        "dance: The folder forms/dance/ belongs to no user task.",
        "designation.bpmn, review: It needs letter, which only forms/sing/ gives: the version has "
        "no such step.",
    ]
    assert findings_of(small.TEXTS, contract, live=True).all == ()
    given = replace(contract, gives={**contract.gives, "designate": frozenset({"letter"})})
    assert [one.element for one in findings_of(small.TEXTS, given).all] == ["dance"]


NAMES = {
    "review": Named("userTask", "decides"),
    "designation_overdue": Named("timer", "begins the follow-up"),
    "designation": Named("process", "is the first stage"),
}


def test_an_element_that_the_code_names_may_not_be_renamed_or_become_another_kind():
    contract = replace(small.CONTRACT, elements=NAMES)
    assert findings_of(small.TEXTS, contract).all == ()
    for named, wanted in (
        ({"look": Named("userTask", "decides")}, "look: There is no user task of that id; the "
         "code asks for it: it decides."),
        ({"review": Named("timer", "waits")}, "designation.bpmn, review: It must be a timer; the "
         "code asks for it: it waits."),
        ({"other": Named("process", "ends")}, "other: There is no process of that id; the code "
         "asks for it: it ends."),
    ):  # fmt: skip
        found = findings_of(small.TEXTS, replace(contract, elements={**NAMES, **named}))
        assert [str(fault) for fault in found.faults] == [wanted]


def test_a_live_version_lacks_no_element_that_the_code_names():
    contract = replace(small.CONTRACT, elements={"look": Named("userTask", "decides")})
    assert len(findings_of(small.TEXTS, contract, live=True).faults) == 1


def test_a_service_task_without_its_function_is_refused():
    services = {k: v for k, v in small.CONTRACT.service_tasks.items() if k != "open_accounts"}
    contract = replace(small.CONTRACT, service_tasks=services)
    assert ("designation.bpmn", "open_accounts", "There is no function of that name for it.") in (
        faults({}, contract)
    )


def test_a_lane_is_a_role():
    texts = sketched("designation", ("file lane=Entidad", "file lane=Nadie"))
    assert any("“Nadie” is no role" in s for _, _, s in faults(texts))


@pytest.mark.parametrize(
    ("texts", "element", "words"),
    [
        (sketched("designation", ("file lane=Entidad", "file")), "file", "in no lane"),
        (
            drawn("designation", (">review<", ">file</flowNodeRef><flowNodeRef>review<")),
            "file",
            "in 2 lanes",
        ),
        (
            drawn("designation", ('id="file" name="Presentar la designación"', 'id="file"')),
            "file",
            "no name",
        ),
        # The end of a stage terminates it.
        (
            sketched("designation", ("stop designated", "end designated")),
            "designated",
            "must be a terminate end",
        ),
        # A call names another process, which exists.
        (
            sketched("redesignation", ("designation designation", "designation resignation")),
            "redesignation_designation",
            "no process",
        ),
        (
            drawn("redesignation", (' calledElement="designation"', "")),
            "redesignation_designation",
            "no process",
        ),
        (
            sketched("follow_up", ("user unblock lane=PCM", "call unblock induction")),
            "follow_up",
            "calls itself",
        ),
        # A message has the name of its stage.
        (
            drawn("onboarding", ('name="induction_validated"/>', 'name="induction_valid"/>')),
            "induction_validated",
            "the name “induction_validated”",
        ),
        (
            drawn("onboarding", (' messageRef="induction_validated_message"', "")),
            "induction_validated",
            "the name “induction_validated”",
        ),
    ],
)
def test_an_element_that_does_not_agree_with_the_others_is_named(
    texts: Texts, element: str, words: str
):
    assert found(texts, element, words), faults(texts)


@pytest.mark.parametrize("live", [False, True])
def test_a_version_without_the_days_of_a_term_is_refused(live: bool):
    contract = replace(small.CONTRACT, terms=frozenset({"answer"}))
    (fault,) = findings_of(small.TEXTS, contract, live=live).faults
    assert str(fault) == "deadlines.dmn, answer: It has no row in deadlines.dmn."


@pytest.mark.parametrize(
    ("rows", "element", "words"),
    [
        ([("file", 5)], "review", "no row"),
        ([("dance", 5)], "dance", "no user task"),
        ([("file", 5), ("file", 6)], "file", "2 rows"),
        ([("file", 0)], "file", "whole number"),
    ],
)
def test_the_deadlines_name_every_step_once(rows, element, words):
    text = deadlines(*rows).replace('id="rule_file"', "", 1) if len(rows) > 1 else deadlines(*rows)
    if len(rows) > 1:
        first, second = deadlines(rows[0]), deadlines(rows[1])
        rule = second[second.index("<rule") : second.index("</rule>") + 7].replace("_file", "_two")
        text = first.replace("</decisionTable>", f"{rule}</decisionTable>")
    assert found({"deadlines.dmn": text}, element, words), faults({"deadlines.dmn": text})


def test_the_deadlines_must_exist_in_the_right_format():
    texts = {file: text for file, text in small.TEXTS.items() if file != "deadlines.dmn"}
    missing = findings_of(texts, small.CONTRACT).all
    assert Fault("deadlines.dmn", "", "The deadlines of the steps are missing.") in missing
    other = small.TEXTS["deadlines.dmn"].replace('name="days"', 'name="hours"')
    assert found({"deadlines.dmn": other}, "deadlines", "from “step” to “days”")


def test_a_cell_that_cannot_be_evaluated_is_refused_with_its_place():
    text = small.TEXTS["deadlines.dmn"].replace("<text>5</text>", "<text>five</text>", 1)
    assert found({"deadlines.dmn": text}, "out_designate", "not a value")


def test_an_end_terminates_where_there_is_an_event_sub_process():
    aside = small.DESIGNATION[small.DESIGNATION.index("aside ") :]
    texts = sketched(
        "redesignation",
        (
            "redesignated\nredes",
            "redesignated\n" + aside.replace("designation_", "redesignation_") + "redes",
        ),
    )
    assert found(texts, "redesignated", "must be a terminate end")


@pytest.mark.parametrize("old", ["user file", "xor reviewed", "stop designated"])
def test_an_id_is_used_once_across_all_files(old):
    key = old.split()[1]
    extra = f"{old.split()[0]} {key} lane=PCM" if "user" in old else old
    texts = sketched("follow_up", ("start follow_up_starts", f"start follow_up_starts\n{extra}"))
    assert any(e == key and "used in" in s for _, e, s in faults(texts)), faults(texts)


def test_a_message_reaches_no_process_that_another_calls():
    call = "redesignation_designation designation\n"
    message = (
        "message-on redesignation_designation designation_validated_too\n"
        "designation_validated_too -> transfer_tasks\n"
    )
    texts = sketched("redesignation", (call, call + message))
    texts |= sketched("onboarding", ("stage_induction induction", "stage_induction redesignation"))
    assert found(texts, "designation_validated_too", "does not reach")
