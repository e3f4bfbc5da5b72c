"""The small diagrams with changes, and the resulting faults."""

from lxml import etree

from tests.workflows import small
from tests.workflows.sketch import bpmn
from workflows.contract import Contract
from workflows.definition import findings_of
from workflows.drawing import BPMN

SKETCHES = {
    "onboarding": small.ONBOARDING,
    "designation": small.DESIGNATION,
    "induction": small.INDUCTION,
    "follow_up": small.FOLLOW_UP,
    "redesignation": small.REDESIGNATION,
}

Texts = dict[str, str]


def faults(texts: Texts, contract: Contract = small.CONTRACT) -> list[tuple[str, str, str]]:
    """Return the faults of the small diagrams with these files instead: file, element, sentence."""
    found = findings_of({**small.TEXTS, **texts}, contract).faults
    return [(f.file, f.element, f.sentence) for f in found]


def found(texts: Texts, element: str, words: str) -> bool:
    """Return whether the element has a fault with these words."""
    return any(e == element and words in sentence for _, e, sentence in faults(texts))


def sketched(process: str, *changes: tuple[str, str]) -> Texts:
    """Return the process with its sketch changed."""
    text = SKETCHES[process]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {f"{process}.bpmn": bpmn(text)}


def drawn(process: str, *changes: tuple[str, str]) -> Texts:
    """Return the process with its XML changed."""
    text = small.TEXTS[f"{process}.bpmn"]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {f"{process}.bpmn": text}


def altered(
    process: str, key: str, *, tag: str = "", child: str = "", event: str = "", **attributes: str
) -> Texts:
    """Return the process with one changed element.

    The element gets another tag, one more child, another event definition, or other attributes.
    """
    root = etree.fromstring(small.TEXTS[f"{process}.bpmn"].encode())
    (element,) = root.xpath("//*[@id=$key]", key=key)
    if tag:
        element.tag = f"{{{BPMN}}}{tag}"
    if event:
        for old in element.xpath("*[contains(local-name(), 'EventDefinition')]"):
            element.remove(old)
        child = f"<{event}/>"
    if child:
        element.append(etree.fromstring(child.replace("/>", f' xmlns="{BPMN}"/>', 1)))
    for name, value in attributes.items():
        element.set(name, value)
    return {f"{process}.bpmn": etree.tostring(root, encoding="unicode")}
