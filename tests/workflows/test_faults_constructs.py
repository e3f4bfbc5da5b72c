"""Constructs that can be drawn and cannot run here."""

import pytest

from tests.workflows.changed import altered, drawn, faults, found
from tests.workflows.sketch import SHAPE
from tests.workflows.small import TEXTS


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("scriptTask", "not supported"),
        ("sendTask", "not supported"),
        ("receiveTask", "not supported"),
        ("manualTask", "not supported"),
        ("businessRuleTask", "not supported"),
        ("task", "not supported"),
        ("transaction", "not supported"),
        ("adHocSubProcess", "not supported"),
        ("subProcess", "triggered by an event"),
    ],
)
def test_a_task_of_another_kind_is_refused(tag, words):
    assert found(altered("designation", "file", tag=tag), "file", words)


@pytest.mark.parametrize("kind", ["inclusive", "complex", "eventBased"])
def test_a_gateway_of_another_kind_is_refused(kind):
    assert found(altered("induction", "both", tag=f"{kind}Gateway"), "both", "not supported")


@pytest.mark.parametrize(
    "child",
    [
        '<multiInstanceLoopCharacteristics id="loop"/>',
        '<standardLoopCharacteristics id="loop"/>',
        '<property id="loop" name="x"/>',
    ],
)
def test_other_children_of_a_task_than_its_flows_are_refused(child):
    text = altered("designation", "file", child=child)
    assert found(text, "file", "is not supported"), faults(text)


def test_compensation_is_refused():
    assert found(altered("designation", "file", isForCompensation="true"), "file", "Compensation")


@pytest.mark.parametrize("tag", ["signal", "escalation", "error", "dataStore"])
def test_other_elements_next_to_the_process_are_refused(tag):
    texts = drawn("designation", ("<process id", f'<{tag} id="outside" name="x"/><process id'))
    assert found(texts, "outside", f"“{tag}” is not supported")


@pytest.mark.parametrize("tag", ["dataObject", "dataObjectReference"])
def test_data_in_the_process_are_refused(tag):
    texts = drawn("designation", ("</process>", f'<{tag} id="data"/></process>'))
    assert found(texts, "data", "is not supported")


def test_a_process_must_be_executable():
    texts = altered("designation", "designation", isExecutable="false")
    assert found(texts, "designation", "not executable")


@pytest.mark.parametrize("kind", ["compensate", "escalation", "signal", "error", "message"])
def test_an_end_that_throws_is_refused(kind):
    texts = altered("designation", "designated", event=f"{kind}EventDefinition")
    assert found(texts, "designated", "a plain or a terminate end")


@pytest.mark.parametrize("kind", ["message", "signal", "conditional", "link"])
def test_an_event_that_waits_for_something_else_is_refused(kind):
    name = ' name="x"' if kind == "link" else ""
    texts = altered("induction", "thematic_day", event=f"{kind}EventDefinition{name}")
    empty, asks = "<conditionalEventDefinition/>", "<condition>x</condition>"
    full = f"<conditionalEventDefinition>{asks}</conditionalEventDefinition>"
    texts = {file: text.replace(empty, full) for file, text in texts.items()}
    assert found(texts, "thematic_day", "waits for a timer"), faults(texts)


def test_a_throwing_event_is_refused():
    texts = altered("induction", "thematic_day", tag="intermediateThrowEvent")
    assert any("“intermediateThrowEvent”" in s or "schema" in s for _, _, s in faults(texts))


@pytest.mark.parametrize("kind", ["signal", "escalation", "error", "cancel", "compensate"])
def test_a_boundary_event_of_another_kind_is_refused(kind):
    texts = altered("designation", "correct_lapses", event=f"{kind}EventDefinition")
    assert found(texts, "correct_lapses", "one timer or one message")


@pytest.mark.parametrize(
    ("host", "words"),
    [("open_accounts", "may sit on userTask or callActivity"), ("nobody", "sits on nothing")],
)
def test_a_boundary_event_is_attached_to_an_activity_that_waits(host, words):
    texts = altered("designation", "correct_lapses", attachedToRef=host)
    assert found(texts, "correct_lapses", words)


def test_a_message_is_attached_only_to_a_call():
    texts = altered("designation", "correct_lapses", event="messageEventDefinition")
    assert found(texts, "correct_lapses", "may sit on callActivity")


def test_a_timer_on_a_step_and_a_message_interrupt():
    texts = altered("designation", "correct_lapses", cancelActivity="false")
    assert found(texts, "correct_lapses", "must interrupt")
    texts = altered("onboarding", "induction_validated", cancelActivity="false")
    assert found(texts, "induction_validated", "must interrupt")


def test_a_process_starts_without_a_trigger():
    texts = altered("designation", "designation_starts", event="messageEventDefinition")
    assert found(texts, "designation_starts", "without trigger")


def test_an_event_sub_process_starts_by_a_timer_that_does_not_interrupt():
    texts = altered("designation", "designation_overdue", isInterrupting="true")
    assert found(texts, "designation_overdue", "must not interrupt")
    texts = altered("designation", "designation_overdue", event="messageEventDefinition")
    assert found(texts, "designation_overdue", "starts by a timer")


def test_an_event_sub_process_is_not_within_another():
    text = TEXTS["designation.bpmn"]
    start, end = text.index("<subProcess"), text.index("</subProcess>") + len("</subProcess>")
    inner = text[start:end].replace('="designation_', '="inner_')
    texts = {"designation.bpmn": text[: end - len("</subProcess>")] + inner + text[end - 13 :]}
    assert found(texts, "inner_follow_up", "must not sit within another"), faults(texts)


def test_a_vendor_s_extension_is_refused():
    vendor = {"{http://example.org/vendor}assignee": "me"}
    assert found(altered("designation", "file", **vendor), "file", "a vendor's extension")
    inside = "<extensionElements/>"
    assert found(altered("designation", "file", child=inside), "file", "Vendor extensions")
    texts = drawn("designation", ("<laneSet", "<extensionElements/><laneSet"))
    assert found(texts, "designation", "Vendor extensions")


def test_a_text_annotation_is_no_fault():
    note = '<textAnnotation id="designation_note"><text>Ojo</text></textAnnotation>'
    shape = SHAPE.format("designation_note")
    texts = drawn(
        "designation",
        ("</process>", f"{note}</process>"),
        ("</di:BPMNPlane>", f"{shape}</di:BPMNPlane>"),
    )
    assert faults(texts) == []


def test_the_modeler_s_own_attributes_are_no_fault():
    texts = drawn(
        "designation",
        (
            "<definitions ",
            '<definitions xmlns:m="http://example.org/m" m:platform="x" exporter="y" ',
        ),
    )
    assert faults(texts) == []


def test_a_reserved_id_of_spiffworkflow_is_refused():
    assert found(drawn("designation", ('"how_often"', '"End"')), "End", "SpiffWorkflow")
