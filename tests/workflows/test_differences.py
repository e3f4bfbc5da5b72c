"""Differences between two versions: what, before, now, and whether one person is enough."""

from __future__ import annotations

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from lxml import etree

from tests.workflows import real, small
from tests.workflows.changed import sketched
from tests.workflows.sketch import deadlines
from workflows.contract import InvalidDiagram
from workflows.definition import Definition
from workflows.differences import differences, needs_two
from workflows.drawing import BPMN, local_name

REVIEW, ACCEPTED = "«Revisar la designación»", "si «Revisar la designación» resulta «conforme»"
KIND = "vencimiento, en «Designación del administrador», sobre"
NUMBERED = 'file -> number -> review -> reviewed\nuser number lane=PCM name="Numerar"'
LATE = "timer-on file late working_days(9)\nxor reviewed\nlate -> designate"


def edited(file: str, *changes: tuple[str, str]) -> dict[str, str]:
    """Return one of the project's files, changed."""
    text = real.texts()[file]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return {file: text}


def cell(key: str, old: object, new: object) -> tuple[str, str]:
    return tuple(f'{key}">\n          <text>{value}<' for value in (old, new))  # type: ignore[return-value]


#: What changes in a sketch → a row of the table; those of the second list need no second person.
SKETCHED = (
    ("user file lane=Entidad", "user file lane=PCM",
     "Carril de «Presentar la designación» | Entidad | PCM"),
    ("file -> review -> reviewed", NUMBERED,
     "Camino de «Presentar la designación» a «Numerar» | No hay | siempre"),
    ("file -> review -> reviewed", NUMBERED,
     "Tipo de «Numerar» | No hay | paso, en «Designación del administrador»"),
    ("designate -> file -> review", "designate -> review",
     f"Camino de «Designar al administrador» a {REVIEW} | No hay | siempre"),
    ("correct_lapses -> how_often", "correct_lapses -> open_accounts",
     "Camino de «correct_lapses» a «Open accounts» | No hay | siempre"),
    ('"review") == "out_of_scope"', '"review") != "accepted"',
     "Camino de «Reviewed» a «not_for_us» | si «Revisar la designación» resulta «no corresponde» | "
     "si «Revisar la designación» no resulta «conforme»"),
    ("timer-on correct", "reminder-on correct", "Tipo de «correct_lapses» | "
     f"{KIND} «Subsanar la designación» | {KIND} «Subsanar la designación», sin interrumpir"),
    ("xor reviewed", LATE, "Fecha de «late» | No hay | a los 9 días hábiles"),
)  # fmt: skip
EXCHANGED = (
    ('reviewed -> correct: outcome("review") == "observed"', "reviewed => correct"),
    ("reviewed => open_accounts", 'reviewed -> open_accounts: outcome("review") == "accepted"'),
)
REAL = (
    ("training.bpmn", ('<dc:Bounds x="', '<dc:Bounds x="1'),
     "Dibujo, en el archivo «training.bpmn» |", False),
    ("training.bpmn", ("<bpmn:documentation>", "<bpmn:documentation>Antes: "),
     "Notas y otros textos, en el archivo «training.bpmn» |", False),
    ("training_acceptance.dmn", ("<description>Dice", "<description>Esta tabla dice"),
     "Notas y otros textos, en el archivo «training_acceptance.dmn» |", False),
    ("training_acceptance.dmn", (">true<", ">false<"),
     "¿Se acepta? | sí | no", True),
    ("upkeep.bpmn", ("working_days(60)", "working_days(61)"),
     "(confirm_register_lapses) | a los 60 días hábiles | a los 61 días hábiles", True),
    ("deadlines.dmn", cell("confirm_register_kind", '"práctica"', '"legal"'),
     ": Clase | práctica | legal", True),
    ("deadlines.dmn", cell("designate_administrator_days", 10, 7),
     "Plazos, «Designar al administrador (SIP-RVL-001)»: Días hábiles | 10 | 7", True),
    ("reminders.dmn", cell("entity_two_days_before_days_left", 2, 3),
     "Recordatorios, «Dos días hábiles antes», la entidad: Días hábiles que faltan | 2 | 3", True),
    ("designation.bpmn", ('"designate_administrator_again">',
     '"designate_administrator_again" name="Otra vez">'),
     "Nombre de «Otra vez» | No hay | Otra vez", False),
    ("designation.bpmn", ("designate_administrator_again", "designate_again"),
     "Tipo de la unión antes de «Designar al administrador (SIP-RVL-001)» (designate_again) |",
     True),
    ("personnel_change.dmn", ('hitPolicy="FIRST"', 'hitPolicy="UNIQUE"'),
     "Lo demás que se ejecuta, en el archivo «personnel_change.dmn» |", True),
)  # fmt: skip


def rows(old: Definition, new: Definition) -> list[str]:
    return [f"{one.what} | {one.before} | {one.now}" for one in differences(old, new)]


def changed(*changes: tuple[str, str]) -> tuple[Definition, Definition]:
    """Return the small version, and the same with the designation's sketch changed."""
    new = sketched("designation", *changes)
    return Definition.parse(small.TEXTS), Definition.parse({**small.TEXTS, **new})


def test_the_same_texts_have_no_difference():
    assert differences(real.definition(), real.definition()) == ()


def test_another_name_is_one_row_and_needs_nobody_else():
    old, new = changed(("Presentar la designación", "Presentar el oficio"))
    name = "Nombre de «Presentar el oficio» | Presentar la designación | Presentar el oficio"
    assert rows(old, new) == [name]
    assert [(one.process, one.element) for one in differences(old, new)] == [
        ("designation", "file")
    ]
    assert not needs_two(old, new)


@pytest.mark.parametrize(("before", "after", "row"), SKETCHED)
def test_what_runs_is_a_row_and_needs_a_second_person(before: str, after: str, row: str):
    old, new = changed((before, after))
    assert row in rows(old, new)
    assert needs_two(old, new)


def test_exchanged_conditions_and_another_default_need_a_second_person():
    old, new = changed(*EXCHANGED)
    no = "si no se cumple ninguna condición"
    assert rows(old, new) == [
        f"Camino de «Reviewed» a «Subsanar la designación» | si {REVIEW} resulta «observado» | "
        f"{no}",
        f"Camino de «Reviewed» a «Open accounts» | {no} | {ACCEPTED}",
    ]
    assert len(needs_two(old, new)) == 2


def test_another_order_of_conditions_needs_a_second_person():
    first, second = (
        'reviewed -> correct: outcome("review") == "observed"',
        'reviewed -> not_for_us: outcome("review") == "out_of_scope"',
    )
    old, new = changed((f"{first}\n{second}", f"{second}\n{first}"))
    (row,) = needs_two(old, new)
    assert row.what == "Orden de los caminos de «Reviewed»"
    assert row.now == "«not_for_us» · «Subsanar la designación»"


def test_processes_and_terms_come_and_go():
    whole = Definition.parse(small.TEXTS)
    less = {key: text for key, text in small.TEXTS.items() if key != "redesignation.bpmn"}
    less["deadlines.dmn"] = deadlines(*((step, 5) for step in small.STEPS if step != "file"))
    found = rows(whole, Definition.parse(less))
    assert "Nombre del proceso «Nueva designación» | Nueva designación | No hay" in found
    assert [one for one in found if "«Presentar la designación»: " in one and "| 5 | No hay" in one]
    assert len(rows(Definition.parse(less), whole)) == len(found)


@pytest.mark.nightly("walkers")
@pytest.mark.parametrize(("file", "change", "row", "two"), REAL)
def test_a_change_of_the_real_files(file: str, change: tuple[str, str], row: str, two: bool):
    new = Definition.parse({**real.texts(), **edited(file, change)})
    found = differences(real.definition(), new)
    assert [one for one in rows(real.definition(), new) if row in one]
    assert bool(needs_two(real.definition(), new)) == two
    assert len({(one.process, one.what) for one in found}) == len(found)


@pytest.mark.nightly("walkers")
def test_a_remark_in_one_file_is_not_hidden_by_a_change_in_another():
    texts = dict(real.texts())
    for file, change, _, _ in (REAL[1], REAL[3]):
        texts |= edited(file, change)
    found = differences(real.definition(), Definition.parse(texts))
    assert {one.file for one in found} == {"training.bpmn", "training_acceptance.dmn"}


FILES = sorted(real.texts())
#: Attributes of the project's diagrams that say what runs.
RUNNING = (
    "attachedToRef cancelActivity calledElement default isInterrupting messageRef processRef "
    "sourceRef targetRef triggeredByEvent"
).split()


def written(file: str, root: etree._Element) -> Definition:
    """Parse the project's version with another root of a file, if it can be parsed."""
    try:
        return Definition.parse({**real.texts(), file: etree.tostring(root, encoding="unicode")})
    except InvalidDiagram:
        reject()


@pytest.mark.nightly("walkers")
@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_another_name_is_never_silent_and_needs_nobody_unless_it_runs(file, data):
    root = etree.fromstring(real.texts()[file].encode())
    element = data.draw(st.sampled_from([one for one in root.iter() if one.get("name")]))
    element.set("name", f"Otro {element.get('name')}")
    new = written(file, root)
    assert differences(real.definition(), new)
    assert differences(new, real.definition())
    runs = local_name(element) in ("lane", "message", "output")
    assert bool(needs_two(real.definition(), new)) == runs


@pytest.mark.nightly("walkers")
@settings(max_examples=25, deadline=None)
@given(st.sampled_from([file for file in FILES if file.endswith(".bpmn")]), st.data())
def test_what_runs_never_goes_without_a_second_person(file, data):
    """Any element of the model removed that is no remark, or an attribute that runs changed."""
    root = etree.fromstring(real.texts()[file].encode())
    quiet = ("documentation", "textAnnotation", "text", "association", "incoming", "outgoing")
    model = [
        one
        for one in root.iter(f"{{{BPMN}}}*")
        if one is not root and local_name(one) not in (*quiet, "laneSet", "lane", "flowNodeRef")
    ]
    element = data.draw(st.sampled_from(model))
    attribute = data.draw(st.sampled_from(["", *(key for key in element.attrib if key in RUNNING)]))
    if attribute:
        element.set(attribute, f"{element.get(attribute)}_x")
    else:
        element.getparent().remove(element)
    assert needs_two(real.definition(), written(file, root))
