"""Follow the recipe of docs/add-a-step.md: its blocks are added, deployed and answered."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy.orm import Session

import forms
from app.base import db
from app.base.models import Entity, Record, Task
from app.cases import processes, records
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import visits
from app.people import access
from forms.drafts import as_formdata
from tests.app.cast import entity, open_session, person, signed_in
from tests.conftest import Clock
from tests.forms import filled, test_steps
from tests.pages import CheckingClient
from workflows.definition import read_folder

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "add-a-step.md").read_text("utf-8")
STEP = "endorse_demo_results"
FOLDER = f"forms/{STEP}"
BLOCKS = dict(re.findall(r"^`([^`\n]+)`:\n\n```\w+\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL))
MESSAGES = dict(re.findall(r"^\| (.+?) \| `(.+?)` \|$", PAGE, re.MULTILINE))

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI, DC, DD = (
    f"http://www.omg.org/spec/{name}"
    for name in ("BPMN/20100524/DI", "DD/20100524/DC", "DD/20100524/DI")
)
DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
NAMES = f'xmlns="{DMN}" xmlns:bpmn="{BPMN}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

Texts = dict[str, str]


# Follow the recipe ---------------------------------------------------------------------------


def drawn() -> Texts:
    """Return the process with the elements drawn on the page, and the row that it adds."""
    texts = read_folder(ROOT / "bpmn")
    gone = re.findall(r"Delete the flow `(\w+)`", PAGE)
    texts["demo_test.bpmn"] = draw(texts["demo_test.bpmn"], BLOCKS["bpmn/demo_test.bpmn"], gone)
    texts["deadlines.dmn"] = add_row(texts["deadlines.dmn"], BLOCKS["bpmn/deadlines.dmn"])
    return texts


def draw(text: str, block: str, gone: list[str]) -> str:
    """Return a diagram with the block's lane and elements, and without these flows."""
    root = etree.fromstring(text.encode())
    for flow in gone:
        named = "//*[@id=$flow or @bpmnElement=$flow or text()=$flow]"
        for element in root.xpath(named, flow=flow):
            element.getparent().remove(element)
    process = root.find(f"{{{BPMN}}}process")
    for element in elements(block):
        is_lane = element.tag == f"{{{BPMN}}}lane"
        (process.find(f"{{{BPMN}}}laneSet") if is_lane else process).append(element)
        root.find(f".//{{{DI}}}BPMNPlane").append(place_of(element))
    return str(etree.tostring(root, encoding="unicode"))


def place_of(element: etree._Element) -> etree._Element:
    """Return the shape or edge that a modeler would add for an element."""
    is_flow = element.tag == f"{{{BPMN}}}sequenceFlow"
    point = '<dd:waypoint x="{0}" y="{0}"/>'
    inside = (
        point.format(0) + point.format(9)
        if is_flow
        else '<dc:Bounds x="0" y="0" width="9" height="9"/>'
    )
    tag = "BPMNEdge" if is_flow else "BPMNShape"
    names = f'xmlns:di="{DI}" xmlns:dc="{DC}" xmlns:dd="{DD}"'
    return etree.fromstring(
        f'<di:{tag} {names} bpmnElement="{element.get("id")}">{inside}</di:{tag}>'
    )


def add_row(text: str, block: str) -> str:
    """Return a decision table with the block's rule."""
    root = etree.fromstring(text.encode())
    root.find(f".//{{{DMN}}}decisionTable").extend(elements(block))
    return str(etree.tostring(root, encoding="unicode"))


def elements(block: str) -> list[etree._Element]:
    """Return the elements of a block, in the namespaces of diagrams and tables."""
    return list(etree.fromstring(f"<block {NAMES}>{block}</block>"))


def record_names() -> set[str]:
    """Return the names that the page adds to the records."""
    return set(re.findall(r'"(\w+)"', BLOCKS["app/cases/records/__init__.py"]))


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Write the step's folder to a second place of the package of forms, and add its record."""
    folder = tmp_path / "forms" / STEP
    folder.mkdir(parents=True)
    for path, block in BLOCKS.items():
        if path.startswith(FOLDER):
            (folder / Path(path).name).write_text(block, "utf-8")
    monkeypatch.setattr(forms, "__path__", [*forms.__path__, str(folder.parent)])
    monkeypatch.setattr(records, "READABLE", records.READABLE | record_names())
    monkeypatch.setattr(records, "WRITABLE", records.WRITABLE | record_names())
    monkeypatch.setattr(records, "ARCHIVED", records.ARCHIVED | record_names())
    forget()
    yield folder
    forget()


def forget() -> None:
    """Clear the caches, so that the folders are read again."""
    forms.steps.cache_clear()
    sys.modules.pop(f"forms.{STEP}", None)
    vars(forms).pop(STEP, None)


def faults(texts: Texts) -> list[str]:
    """Return what `zaguan check` would print."""
    try:
        return [str(fault) for fault in processes.check(texts).all]
    except LookupError as fault:
        return [str(fault)]


# Parts that can be forgotten -------------------------------------------------------------------


def without_row(texts: Texts, _: Path) -> None:
    texts["deadlines.dmn"] = read_folder(ROOT / "bpmn")["deadlines.dmn"]


def without_lane(texts: Texts, _: Path) -> None:
    lane = re.compile(r'<bpmn:lane id="demo_test_authority".*?</bpmn:lane>', re.DOTALL)
    texts["demo_test.bpmn"] = lane.sub("", texts["demo_test.bpmn"])


def with_another_lane(texts: Texts, _: Path) -> None:
    named = 'id="demo_test_authority" name="'
    text = texts["demo_test.bpmn"]
    texts["demo_test.bpmn"] = text.replace(
        f"{named}Máxima autoridad administrativa", named + BAD_LANE
    )


def without_folder(_: Texts, place: Path) -> None:
    (place / "__init__.py").unlink()


def without_drawing(texts: Texts, _: Path) -> None:
    texts |= read_folder(ROOT / "bpmn")


def without_outcome(_: Texts, place: Path) -> None:
    change(place, '"endorsed"', '"agreed"')


def without_record(_: Texts, __: Path) -> None:
    records.WRITABLE -= record_names()


def without_sentence(_: Texts, place: Path) -> None:
    (place / "ask.txt").unlink()


def without_what_it_lacks(_: Texts, place: Path) -> None:
    (place / "lacks.txt").unlink()


def without_refusals(_: Texts, place: Path) -> None:
    change(place, "REFUSES", "REFUSED")


def change(place: Path, old: str, new: str) -> None:
    module = place / "__init__.py"
    module.write_text(module.read_text("utf-8").replace(old, new), "utf-8")


BAD_LANE = "Alcaldía"
FORGOTTEN = {
    "the row in `deadlines.dmn`": without_row,
    "the lane": without_lane,
    "the lane's right name": with_another_lane,
    "the folder": without_folder,
    "the drawing": without_drawing,
    "the outcome": without_outcome,
    "the record's name": without_record,
    "`ask.txt`": without_sentence,
    "`lacks.txt`": without_what_it_lacks,
    "a part of the folder's module": without_refusals,
}


def test_the_page_lists_everything_that_can_be_forgotten():
    assert MESSAGES.keys() == FORGOTTEN.keys()


@pytest.mark.parametrize("check", ["check", "format --check"])
def test_the_code_of_the_page_follows_the_project_style(check: str):
    path = f"{FOLDER}/__init__.py"
    ruff = [sys.executable, "-m", "ruff", *check.split(), "--stdin-filename", path, "-"]
    output = subprocess.run(
        ruff, cwd=ROOT, input=BLOCKS[path], capture_output=True, text=True, check=False
    )
    assert output.returncode == 0, output.stdout + output.stderr


def test_the_complete_recipe_has_no_fault():
    assert faults(drawn()) == []


@pytest.mark.parametrize("part", MESSAGES)
def test_a_forgotten_part_is_refused_with_the_message_on_the_page(part: str, place: Path):
    texts = drawn()
    FORGOTTEN[part](texts, place)
    assert MESSAGES[part] in faults(texts)


# The step works --------------------------------------------------------------------------------


def test_the_examples_of_the_new_folder_are_valid():
    step = forms.steps()[STEP]
    test_steps.test_a_step_has_a_complete_folder(step)
    test_steps.test_every_field_is_on_exactly_one_page_and_has_a_label(step)
    for example in step.accepts:
        test_steps.test_accepted_examples_are_valid_and_give_their_records(step, example)
    for refusal in step.refuses:
        test_steps.test_refused_examples_say_how_to_correct_them(step, refusal)


@pytest.fixture
def people(app: Flask, clock: Clock) -> dict[str, CheckingClient]:
    """Return the signed-in users of an entity at the start of its demo test, on the new version."""
    with app.app_context():
        session = db.session()
        place = entity(session)
        sip = person(session, "40000002", "sip")
        person(session, "40000011", "authority", place)
        person(session, "40000012", "administrator", place)
        processes.deploy(session, drawn())
        started = processes.start(session, place, "onboarding", sip.id)
        for stage in ("designation", "induction", "training"):
            validate(session, started.id, stage, sip.id)
        session.commit()
    return {
        "authority": signed_in(app, "40000011"),
        "administrator": signed_in(app, "40000012"),
    }


def validate(session: Session, instance_id: int, stage: str, by: int) -> None:
    """Validate a stage, with examples of the answers that it would have left."""
    steps_left = [forms.steps()[name] for name in processes.case_admin.LEFT_BY[stage][0]]
    answers = {
        step: filled.fill(step, filled.values_of(step, step.accepts[0]), step.accepts[0].given)
        for step in steps_left
    }
    assert all(form.validate() for form in answers.values())
    processes.validate_stage(
        session,
        instance_id,
        stage,
        reason="Ya la cumplió antes",
        document_id="",
        answers=answers,
        actor_id=by,
    )


def open_task(app: Flask, step: str) -> Task:
    """Return the open task of a step."""
    with open_session(app) as session:
        return session.query(Task).filter_by(step=step, state="open").one()


def answer(app: Flask, visitor: CheckingClient, step: str, outcome: str) -> None:
    """Answer the open task of a step with one page, with its example of that outcome."""
    task = open_task(app, step)
    example = next(one for one in forms.steps()[step].accepts if one.outcome == outcome)
    with app.app_context():
        there = db.session().get_one(Task, task.id)
        given = TaskPage(db.session(), there, access.holders(db.session(), "sip")[0]).given
    form = forms.steps()[step].form
    blank = dict.fromkeys(form.screens()[0].fields, "")  # as where a script shows what applies
    pairs = as_formdata(form, example.values(given, Random(1)))
    response = visitor.post(address(task), data=blank | dict(pairs) | {"action": "submit"})
    assert response.status_code == 303, response.text


def address(task: Task) -> str:
    """Return the URL at which the task is answered."""
    return f"/tareas/{task.id}/{forms.steps()[task.step].form.screens()[0].key}"


@pytest.mark.guard("a step is added to a copy of the project")
def test_the_new_step_is_answered_over_http(app: Flask, people: dict[str, CheckingClient]):
    administrator, authority = people["administrator"], people["authority"]
    with app.app_context():
        visits.begin_test(db.session(), open_task(app, "run_demo_test").entity_id)
        db.session().commit()
    answer(app, administrator, "run_demo_test", "run")
    answer(app, administrator, "validate_demo_results", "validated")

    task = open_task(app, STEP)
    assert "Visa los resultados de la prueba" in authority.get("/pendientes").text
    assert "Búsquedas en la consulta pública" in authority.get(address(task)).text
    assert administrator.get(address(task)).status_code == 404

    returns = {"decision": "returned", "action": "submit"}
    more = authority.post(address(task), data=returns)
    assert more.location.endswith("#applies-why"), "a reason applies only to a return"
    refused = authority.post(address(task), data=returns | {"why": ""})
    assert refused.status_code == 422
    assert "Escribe qué falta" in refused.text

    answer(app, authority, STEP, "returned")
    again = administrator.get(address(open_task(app, "run_demo_test"))).text
    assert "Faltan visitas de la sede del centro cívico." in again

    answer(app, administrator, "run_demo_test", "run")
    answer(app, administrator, "validate_demo_results", "validated")
    answer(app, authority, STEP, "endorsed")
    assert open_task(app, "approve_demo_test").role == "sgtd"
    with open_session(app) as session:
        written = session.query(Record).filter_by(name="demo_endorsement").order_by(Record.id)
        assert [one.data["decision"] for one in written] == ["returned", "endorsed"]
        assert session.query(Entity).count() == 1
