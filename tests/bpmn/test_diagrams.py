"""Diagrams and tables are valid BPMN and DMN for any tool that reads them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.bpmn.pictures import DIAGRAMS, FOLDER, TABLES

ROOT = FOLDER.parent
MODULES = ROOT / "node_modules"
STANDARD = ("http://www.omg.org/spec/", "https://www.omg.org/spec/")
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
MODEL = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
each_diagram = pytest.mark.parametrize("file", DIAGRAMS, ids=lambda file: file.stem)
each_file = pytest.mark.parametrize("file", [*DIAGRAMS, *TABLES], ids=lambda file: file.name)


def schema(*place: str) -> etree.XMLSchema:
    """Return a schema of the OMG, from the engine's package."""
    engine = find_spec("SpiffWorkflow")
    assert engine
    assert engine.origin
    return etree.XMLSchema(etree.parse(Path(engine.origin).parent.joinpath(*place)))


def test_all_files_are_there():
    assert (len(DIAGRAMS), len(TABLES)) == (15, 7)


def test_diagrams_follow_the_schema_of_the_omg():
    bpmn = schema("bpmn", "parser", "schema", "BPMN20.xsd")
    for file in DIAGRAMS:
        bpmn.assertValid(etree.parse(file))


def test_tables_follow_the_schema_of_the_omg():
    dmn = schema("dmn", "parser", "schema", "DMN13.xsd")
    for file in TABLES:
        dmn.assertValid(etree.parse(file))


@each_file
def test_nothing_belongs_to_a_vendor(file: Path):
    root = etree.parse(file).getroot()
    spaces = {space for element in root.iter() for space in element.nsmap.values()}
    assert {s for s in spaces if s != INSTANCE and not s.startswith(STANDARD)} == set()
    assert {name for name in root.attrib if name.startswith("exporter")} == set()


@each_file
def test_the_id_of_a_process_or_decision_is_its_file_name(file: Path):
    root = etree.parse(file).getroot()
    (runs,) = root.iterchildren("{*}process", "{*}decision")
    assert runs.get("id") == file.stem


@each_diagram
def test_names_and_documentation_are_written(file: Path):
    nameless = []
    for element in etree.parse(file).iter(f"{MODEL}*"):
        kind = etree.QName(element).localname
        if kind == "exclusiveGateway":
            splits = len(element.findall(f"{MODEL}outgoing")) > 1
            assert splits == bool(element.get("name")) == bool(element.get("default"))
            assert not splits or element.get("name").startswith("¿")
        elif kind.endswith(("Event", "Task", "Activity")) and not element.get("name"):
            nameless.append(element.get("id"))
    assert nameless == []


@each_diagram
def test_each_flow_out_of_a_question_has_a_label(file: Path):
    root = etree.parse(file).getroot()
    questions = {g.get("id"): g.get("default") for g in root.iter(f"{MODEL}exclusiveGateway")}
    for flow in root.iter(f"{MODEL}sequenceFlow"):
        default = questions.get(flow.get("sourceRef"))
        condition = flow.find(f"{MODEL}conditionExpression")
        assert bool(flow.get("name")) == bool(default)
        assert (condition is not None) == bool(default and flow.get("id") != default)


@pytest.mark.nightly("walkers")
def test_bpmnlint_reports_nothing():
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or shutil.which("node")
    lint = MODULES / "bpmnlint" / "bin" / "bpmnlint.js"
    assert node
    said = subprocess.run(
        [node, lint, *DIAGRAMS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout.strip(), said.stderr.strip()) == (0, "", "")


@pytest.mark.nightly("walkers")
@each_diagram
def test_bpmn_io_opens_it_without_a_warning(viewer: Any, file: Path):
    warnings = viewer.evaluate(
        """async xml => {
            const opened = await new BpmnJS({container: "#canvas"}).importXML(xml);
            return opened.warnings.map(warning => warning.message);
        }""",
        file.read_text("utf-8"),
    )
    assert warnings == []
