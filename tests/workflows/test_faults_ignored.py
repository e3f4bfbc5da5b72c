"""Details that the engine would ignore, missing names, and references without a target."""

import re
import tracemalloc

import pytest
from lxml import etree

from tests.workflows import real, small
from tests.workflows.changed import altered, drawn, faults, found
from tests.workflows.sketch import bpmn
from workflows import markings
from workflows.definition import findings_of
from workflows.drawing import BPMN, read_xml

COLLABORATION = (
    '<collaboration id="pools"><participant id="pool" name="Designación" processRef="{}"/>{}'
    '</collaboration><process id="designation"'
)


def pools(process: str, more: str = "") -> dict[str, str]:
    """Return the designation in a pool that names a process."""
    return drawn("designation", ('<process id="designation"', COLLABORATION.format(process, more)))


# Comments and foreign elements ---------------------------------------------------------------


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("file", sorted(real.texts()))
def test_a_comment_or_an_instruction_anywhere_is_no_fault(file: str):
    root = etree.fromstring(real.texts()[file].encode())
    kinds: dict[tuple[str, str], etree._Element] = {}
    for element in root.iter(etree.Element):
        above = element.getparent()
        kinds.setdefault((element.tag, "" if above is None else above.tag), element)
    for element in kinds.values():
        element.insert(0, etree.Comment("nota"))
        element.append(etree.ProcessingInstruction("modeler", "x"))
    text = etree.tostring(root, encoding="unicode")
    assert findings_of(real.texts() | {file: text}, real.CONTRACT).all == ()


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("note", ["<!-- nota -->", "<?modeler x?>"])
@pytest.mark.parametrize("file", sorted(real.texts()))
def test_a_comment_within_a_text_truncates_nothing(file: str, note: str):
    text = real.texts()[file]
    names = "timeDate|conditionExpression|flowNodeRef|incoming|outgoing|text"
    inside = rf"(<(?:\w+:)?(?:{names})(?: [^>]*)?>)([^<&])([^<]*)"
    noted, times = re.subn(inside, rf"\1{note}\2{note}\3{note}", text)
    assert times
    assert findings_of(real.texts() | {file: noted}, real.CONTRACT).all == ()
    read, plain = (read_xml(one) for one in (noted, text))
    assert etree.tostring(read, method="c14n") == etree.tostring(plain, method="c14n")


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize("tag", ["x", "{http://example.org/vendor}x"])
@pytest.mark.parametrize("file", ["designation.bpmn", "onboarding.bpmn", "deadlines.dmn"])
def test_an_element_of_no_or_another_namespace_gives_faults(file: str, tag: str):
    text = real.texts()[file]
    seen = set()
    for number, element in enumerate(etree.fromstring(text.encode()).iter(etree.Element)):
        above = element.getparent()
        key = (element.tag, None if above is None else above.tag)
        if key in seen or etree.QName(element).localname == "documentation":
            continue
        seen.add(key)
        root = etree.fromstring(text.encode())
        list(root.iter(etree.Element))[number].insert(0, etree.Element(tag))
        changed = etree.tostring(root, encoding="unicode")
        for fault in findings_of(real.texts() | {file: changed}, real.CONTRACT).all:
            assert (fault.file, fault.sentence[-1]) == (file, ".")


def test_a_fault_of_one_file_is_not_hidden_by_faults_that_follow_from_it():
    assert [file for file, _, _ in faults(altered("designation", "file", child="<incoming/>"))] == [
        "designation.bpmn"
    ]


# Ignored details ---------------------------------------------------------------------------------


def test_a_message_flow_is_refused():
    flow = '<messageFlow id="talk" sourceRef="pool" targetRef="review"/>'
    assert found(pools("designation", flow), "talk", "message flow")


def test_a_public_process_is_refused():
    texts = altered("designation", "designation", processType="Public")
    assert found(texts, "designation", "public process")
    assert faults(altered("designation", "designation", processType="Private")) == []


def test_a_flow_that_is_not_immediate_is_refused():
    texts = altered("designation", "designation_flow_1", isImmediate="false")
    assert found(texts, "designation_flow_1", "isImmediate")


@pytest.mark.parametrize("written", ["0", "1", " true"])
@pytest.mark.parametrize(
    ("element", "switch"),
    [
        ("designation", "isExecutable"),
        ("file", "isForCompensation"),
        ("designation_flow_1", "isImmediate"),
        ("designation_follow_up", "triggeredByEvent"),
    ],
)
def test_a_switch_is_written_in_words(element: str, switch: str, written: str):
    """XML allows 1 for true, but the engine does not: a flow with isImmediate="0" would pass."""
    texts = altered("designation", element, **{switch: written})
    assert found(texts, element, f"The {switch} must be written"), faults(texts)


def test_ignored_content_of_a_flow_or_a_pool_is_refused():
    flow = altered("designation", "designation_flow_1", child="<auditing/>")
    assert found(flow, "designation_flow_1", "“auditing”"), faults(flow)
    many = '<participantMultiplicity minimum="2"/></participant>'
    texts = pools("designation")
    texts = {
        f: t.replace('processRef="designation"/>', f'processRef="designation">{many}')
        for f, t in texts.items()
    }
    assert found(texts, "pool", "“participantMultiplicity”"), faults(texts)


@pytest.mark.parametrize("quantity", ["startQuantity", "completionQuantity"])
def test_a_quantity_other_than_one_is_refused(quantity: str):
    assert found(altered("designation", "file", **{quantity: "2"}), "file", quantity)
    assert faults(altered("designation", "file", **{quantity: "1"})) == []


@pytest.mark.parametrize(
    ("gateway", "direction"),
    [("reviewed", "Converging"), ("both", "Mixed"), ("joined", "Diverging")],
)
def test_a_direction_that_the_flows_contradict_is_refused(gateway: str, direction: str):
    process = "designation" if gateway == "reviewed" else "induction"
    texts = altered(process, gateway, gatewayDirection=direction)
    assert found(texts, gateway, "gatewayDirection"), faults(texts)
    assert faults(altered(process, gateway, gatewayDirection="Unspecified")) == []


@pytest.mark.parametrize("element", ["file", "open_accounts", "reviewed", "designated"])
def test_a_blank_name_is_refused(element: str):
    assert found(altered("designation", element, name="  "), element, "name")


def test_a_process_a_lane_and_a_pool_have_names():
    assert found(altered("designation", "designation", name=" "), "designation", "blank")
    assert found(altered("designation", "designation_lane_0", name=" "), "designation_lane_0", "bl")
    texts = pools("designation")
    texts = {f: t.replace('id="pool" name="Designación"', 'id="pool"') for f, t in texts.items()}
    assert found(texts, "pool", "blank")


def test_an_element_without_an_id_is_refused():
    texts = drawn("designation", ('id="designation_flow_1" ', ""))
    assert found(texts, "designation", "has no id"), faults(texts)


# References --------------------------------------------------------------------------------------


def test_an_incoming_or_outgoing_that_the_flows_contradict_is_refused():
    for way in ("incoming", "outgoing"):
        text = altered("designation", "file", child=f'<{way} xmlns="{BPMN}">flow_99</{way}>')
        assert found(text, "file", f"Its {way} names"), faults(text)


def test_a_lane_refers_to_existing_nodes():
    texts = drawn("designation", ("<flowNodeRef>file<", "<flowNodeRef>filed<"))
    assert found(texts, "designation_lane_0", "“filed”"), faults(texts)


def test_a_pool_refers_to_a_process():
    assert found(pools("nothing"), "pool", "processRef")
    assert found(pools("file"), "pool", "processRef")


@pytest.mark.parametrize("end", ["sourceRef", "targetRef"])
def test_an_association_connects_existing_elements(end: str):
    ends = {"sourceRef": "file", "targetRef": "review"} | {end: "nothing"}
    said = " ".join(f'{name}="{value}"' for name, value in ends.items())
    texts = drawn("designation", ("</process>", f'<association id="joins" {said}/></process>'))
    assert found(texts, "joins", f"{end} “nothing”")


@pytest.mark.parametrize("element", ["reviewed", "designation_follow_up"])
def test_a_default_refers_to_a_flow(element: str):
    texts = altered("designation", element, default="nothing")
    assert found(texts, element, "default “nothing”"), faults(texts)


@pytest.mark.parametrize("value", ["NaN", "INF", "-1", "1e300"])
def test_a_size_that_cannot_be_drawn_is_refused(value: str):
    text = small.TEXTS["designation.bpmn"]
    start = text.index('width="') + len('width="')
    texts = {"designation.bpmn": text[:start] + value + text[text.index('"', start) :]}
    assert any("on the picture" in sentence for _, _, sentence in faults(texts)), faults(texts)


def test_a_shape_shows_an_existing_element_and_every_element_has_one():
    texts = drawn("designation", ('bpmnElement="file"', 'bpmnElement="filed"'))
    assert found(texts, "designation_file", "“filed”"), faults(texts)
    assert found(texts, "file", "has no shape")
    texts = drawn(
        "designation", ('Edge bpmnElement="designation_flow_2"', 'Edge bpmnElement="file"')
    )
    assert found(texts, "designation_flow_2", "has no edge")


def test_a_version_with_live_cases_is_exempt_from_newer_checks():
    texts = small.TEXTS | altered("designation", "file", startQuantity="2")
    assert findings_of(texts, small.CONTRACT).all
    assert findings_of(texts, small.CONTRACT, live=True).all == ()


# Accurate sentences --------------------------------------------------------------------------


def test_an_ordinary_sub_process_is_not_called_an_event_sub_process():
    texts = altered("designation", "designation_follow_up", triggeredByEvent="false")
    said = [sentence for _, element, sentence in faults(texts) if "ub-process" in sentence]
    assert said == ["A sub-process must be triggered by an event; call a process instead."]


def test_an_empty_date_is_not_called_a_duration():
    text = small.TEXTS["designation.bpmn"]
    start = text.index("<timeDate>") + len("<timeDate>")
    emptied = text[:start] + text[text.index("</timeDate>") :]
    ((_, _, sentence),) = faults({"designation.bpmn": emptied})
    assert sentence == "Its <timeDate> is empty: it must say which date."


# Time --------------------------------------------------------------------------------------------


@pytest.mark.nightly("walkers")
def test_the_token_game_has_limits(monkeypatch: pytest.MonkeyPatch):
    branches = range(60)
    lines = ["process wide", "start begin", "and fork", "and join", "end done", "begin -> fork"]
    for n in branches:
        lines += [f"user u{n} lane=PCM", f"xor x{n} name=¿Sigue?", f"user v{n} lane=PCM"]
        lines += [
            f"fork -> u{n} -> x{n}",
            f"x{n} => v{n}",
            f'x{n} -> u{n}: outcome("u{n}") == "done"',
        ]
        lines += [f"v{n} -> join"]
    lines += ["join -> done"]
    looked_at = []
    moves = markings._moves

    def counted(container, marking):
        if container.id == "wide":
            looked_at.append(len(marking))
        return moves(container, marking)

    monkeypatch.setattr(markings, "_moves", counted)
    said = {
        element: sentence for _, element, sentence in faults({"wide.bpmn": bpmn("\n".join(lines))})
    }
    assert said["wide"] == "It branches too much to be checked."
    assert len(looked_at) > 100
    assert sum(looked_at) <= markings.MOST_TOKENS


@pytest.mark.nightly("walkers")
def test_a_thousand_branches_take_no_more_memory_than_sixty():
    lines = ["process wide", "start begin", "and fork", "and join", "end done", "begin -> fork"]
    for n in range(1000):
        lines += [f"user u{n} lane=PCM", f"user v{n} lane=PCM", f"fork -> u{n} -> v{n} -> join"]
    lines += ["join -> done"]
    text = bpmn("\n".join(lines))
    tracemalloc.start()
    try:
        said = {element: sentence for _, element, sentence in faults({"wide.bpmn": text})}
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert said["wide"] == "It branches too much to be checked."
    assert most < 256 * 1024 * 1024
