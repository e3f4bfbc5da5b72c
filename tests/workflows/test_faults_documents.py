"""Faults of a file found before its drawing is read."""

import pytest

from tests.workflows import real, small
from tests.workflows.changed import altered, drawn, faults, found
from tests.workflows.sketch import bpmn
from workflows.contract import Fault, InvalidDiagram
from workflows.definition import Definition, findings_of


def test_the_small_diagrams_have_no_fault():
    assert faults({}) == []


def test_the_real_diagrams_have_no_fault():
    assert findings_of(real.texts(), real.CONTRACT).all == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not XML"),
        ("no xml", "not XML"),
        ("<a><b></a>", "not XML"),
        ("<a/>", "not a document of BPMN"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DOCTYPE"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<a/>', "not XML"),
        ("<a>\x00</a>", "not XML"),
        ("<a>\ud800</a>", "not XML"),
    ],
)
@pytest.mark.parametrize("file", ["designation.bpmn", "deadlines.dmn"])
def test_an_unsafe_document_is_refused(file, text, words):
    assert any(f == file and words in sentence for f, _, sentence in faults({file: text}))


def test_an_entity_bomb_is_refused_without_being_read():
    levels = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 30))
    bomb = f'<!DOCTYPE a [<!ENTITY x0 "boom">{levels}]><a>&x29;</a>'
    assert any("DOCTYPE" in sentence for _, _, sentence in faults({"induction.bpmn": bomb}))


def test_a_file_of_another_kind_is_refused():
    assert faults({"notes.txt": "x"})[0][0] == "notes.txt"


def test_a_violation_of_the_omg_schema_is_refused_with_its_place():
    texts = altered("designation", "file", colour="red")
    ((file, element, sentence),) = [f for f in faults(texts) if "schema" in f[2]]
    assert (file, element) == ("designation.bpmn", "file")
    assert "colour" in sentence


def test_an_id_is_used_once_in_a_file():
    assert found(drawn("designation", ('id="reviewed"', 'id="review"')), "review", "schema")


def test_a_table_that_the_schema_does_not_allow_is_refused():
    text = small.TEXTS["deadlines.dmn"].replace("outputEntry", "exit")
    assert any("schema" in sentence for _, _, sentence in faults({"deadlines.dmn": text}))


def test_a_process_has_the_name_of_its_file():
    texts = {"other.bpmn": bpmn(small.REDESIGNATION.replace("redesignation", "renewal"))}
    assert any(f == "other.bpmn" and "the id “other”" in s for f, _, s in faults(texts))


def test_a_fault_reads_as_a_sentence_with_its_place():
    assert str(Fault("a.bpmn", "b", "It is so.")) == "a.bpmn, b: It is so."
    assert str(Fault("", "", "It is so.")) == "It is so."


def test_a_definition_that_does_not_parse_says_why():
    with pytest.raises(InvalidDiagram) as raised:
        Definition.parse({"a.bpmn": "no", "b.bpmn": small.TEXTS["onboarding.bpmn"]})
    assert [f.file for f in raised.value.faults] == ["a.bpmn"]
    with pytest.raises(InvalidDiagram) as raised:
        Definition.parse({"onboarding.bpmn": small.TEXTS["onboarding.bpmn"]})
    assert "calls nothing" in str(raised.value)
