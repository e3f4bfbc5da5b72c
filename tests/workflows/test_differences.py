"""Differences between two versions: each kind of change has its sentence, and nothing else has."""

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
from workflows.differences import Difference, differences, needs_two
from workflows.drawing import BPMN

SMALL = Definition.parse(small.TEXTS)


def between(texts: dict[str, str]) -> tuple[Difference, ...]:
    """Return the differences from the small diagrams to these files instead."""
    return differences(SMALL, Definition.parse({**small.TEXTS, **texts}))


def said(texts: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.element, one.sentence) for one in between(texts)]


def touched(texts: dict[str, str]) -> set[str]:
    new = Definition.parse({**small.TEXTS, **texts})
    return {touch for one in needs_two(SMALL, new) for touch in one.touches}


def of_real(file: str, *changes: tuple[str, str]) -> tuple[Difference, ...]:
    """Return the differences from the project's diagrams to the same with a file changed."""
    text = real.texts()[file]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return differences(real.definition(), Definition.parse({**real.texts(), file: text}))


def test_the_same_texts_have_no_difference():
    assert between({}) == ()
    assert differences(real.definition(), real.definition()) == ()


def test_a_renamed_step_is_named_by_both_names():
    changed = sketched("designation", ("Presentar la designación", "Presentar el oficio"))
    sentence = "El paso «Presentar la designación» pasa a llamarse «Presentar el oficio»."
    assert said(changed) == [("renamed", "file", sentence)]
    assert not touched(changed)


def test_another_id_is_a_step_removed_and_a_step_added():
    changed = sketched("designation", ("user file", "user present"), ("file ->", "present ->"))
    kinds = [(kind, key) for kind, key, _ in said(changed) if kind in ("added", "removed")]
    assert kinds == [("added", "present"), ("removed", "file")]


def test_an_inserted_step_says_between_which_it_stands():
    changed = sketched(
        "designation",
        ("file -> review", "file -> number -> review"),
        ("service bring_forward", 'user number lane=PCM name="Numerar"\nservice bring_forward'),
    )
    assert said(changed) == [
        (
            "flow",
            "file",
            "El camino después de «Presentar la designación» ya no lleva al "
            "paso «Revisar la designación», sino al paso «Numerar».",
        ),
        ("added", "number", "Se agrega el paso «Numerar» (PCM), después de «Presentar la "
         "designación»."),
        ("flow", "number", "Después de «Numerar» sigue el paso «Revisar la designación»."),
    ]  # fmt: skip
    assert not touched(changed)


def test_a_removed_step_is_named_where_it_stood():
    changed = sketched(
        "designation",
        ('user file lane=Entidad name="Presentar la designación"', ""),
        ("designate -> file -> review", "designate -> review"),
    )
    removed = [one for one in said(changed) if one[0] == "removed"]
    sentence = "Se quita el paso «Presentar la designación» (Entidad), después de «Designar al "
    assert removed == [("removed", "file", f"{sentence}administrador»."),]  # fmt: skip


def test_a_step_in_another_lane_needs_two_people():
    changed = sketched("designation", ("user file lane=Entidad", "user file lane=PCM"))
    sentence = "El paso «Presentar la designación» pasa de «Entidad» a «PCM»."
    assert said(changed) == [("lane", "file", sentence)]
    assert touched(changed) == {"lane"}


def test_the_lane_of_a_step_that_decides_touches_who_decides():
    assert touched(sketched("designation", ("user review lane=PCM", "user review lane=Entidad"))) \
        == {"lane", "decision"}  # fmt: skip


def test_a_condition_is_named_in_words_before_and_after():
    changed = sketched(
        "designation", ('outcome("review") == "out_of_scope"', 'outcome("review") != "accepted"')
    )
    ((kind, key, sentence),) = said(changed)
    assert (kind, key) == ("condition", "reviewed")
    assert sentence.endswith(
        "valía si «Revisar la designación» resulta «no corresponde», "
        "y ahora vale si «Revisar la designación» no resulta «conforme»."
    )
    assert not touched(changed)


def test_a_condition_that_asks_another_step_touches_who_decides():
    changed = sketched(
        "designation", ('outcome("review") == "out_of_scope"', 'outcome("file") == "out_of_scope"')
    )
    assert touched(changed) == {"decision"}


def test_a_way_around_the_step_that_decides_touches_who_decides():
    corrected = sketched("designation", ("correct -> review", "correct -> open_accounts"))
    sentence = (
        "Ahora, desde «Subsanar la designación», se llega a «Open accounts» sin pasar por "
        "«Revisar la designación», que decide."
    )
    assert ("decision", "review", sentence) in said(corrected)
    around = sketched("designation", ("correct -> review", "correct -> designate"))
    assert not touched(around)
    fewer = sketched("designation", ("designate -> file -> review", "designate -> review"))
    assert not touched(fewer)


def test_a_step_that_decides_is_not_removed_by_one_person():
    removed = sketched(
        "designation",
        ('user review lane=PCM name="Revisar la designación"', ""),
        ("-> review -> reviewed", "-> reviewed"),
        ("correct -> review", "correct -> reviewed"),
    )
    assert touched(removed) == {"decision"}


def test_timers_are_named_in_working_days_and_dates():
    follow_up = sketched(
        "follow_up", ("working_days(5)", "working_days(1)"), ('day_of("call")', "working_days(2)")
    )
    assert [one[2] for one in said(follow_up)] == [
        "«five_days» ocurría a los 5 días hábiles y ahora ocurre al 1 día hábil.",
        "«agreed_day» ocurría el día de la llamada acordada y ahora ocurre a los 2 días hábiles.",
    ]
    assert not touched(follow_up)


@pytest.mark.nightly("walkers")
def test_a_timer_on_a_step_with_a_legal_term_touches_it():
    found = of_real("upkeep.bpmn", ("working_days(60)", "working_days(61)"))
    assert [(one.kind, one.element, set(one.touches)) for one in found] == [
        ("timer", "confirm_register_lapses", set())
    ]
    legal = of_real(
        "deadlines.dmn",
        ('deadlines_confirm_register_kind">\n          <text>"práctica"',
         'deadlines_confirm_register_kind">\n          <text>"legal"'),
    )  # fmt: skip
    assert [(one.kind, one.element, set(one.touches)) for one in legal] == [
        ("term", "confirm_register", {"legal_term"})
    ]


def test_a_boundary_event_that_no_longer_interrupts_is_named():
    changed = sketched("designation", ("timer-on correct", "reminder-on correct"))
    (one,) = said(changed)
    assert one[:2] == ("changed", "correct_lapses")
    assert one[2].endswith("ya no interrumpe «Subsanar la designación».")


def test_an_added_timer_says_on_which_step_and_when():
    changed = sketched("designation", ("xor reviewed", 'timer-on file late working_days(9)\nxor '
        "reviewed\nlate -> designate"))  # fmt: skip
    sentence = (
        "Se agrega el vencimiento «late», sobre el paso «Presentar la designación»: "
        "a los 9 días hábiles; interrumpe el paso."
    )
    assert ("added", "late", sentence) in said(changed)


def test_another_called_process_is_named():
    changed = sketched("designation", ("call designation_call_follow_up follow_up",
        "call designation_call_follow_up redesignation"))  # fmt: skip
    assert any("llamaba a «Seguimiento» y ahora llama a «Nueva designación»" in one[2]
               for one in said(changed))  # fmt: skip


def test_another_default_is_named():
    changed = sketched(
        "designation",
        ("reviewed => open_accounts", 'reviewed -> open_accounts: outcome("review") == "accepted"'),
        ('reviewed -> not_for_us: outcome("review") == "out_of_scope"', "reviewed => not_for_us"),
    )
    kinds = [one[0] for one in said(changed)]
    assert kinds == ["condition", "condition", "condition"]
    assert "si no se cumple ninguna condición" in said(changed)[-1][2]


def test_a_process_comes_and_goes():
    less = {key: text for key, text in small.TEXTS.items() if key != "redesignation.bpmn"}
    without = Definition.parse(less)
    gone = [one.sentence for one in differences(SMALL, without)]
    assert gone[0] == "Se quita el proceso «Nueva designación»."
    come = [one.sentence for one in differences(without, SMALL)]
    assert come[0] == "Se agrega el proceso «Nueva designación»."
    assert len(gone) == 1 + 4  # each of its elements, too


@pytest.mark.nightly("walkers")
def test_terms_are_named_by_step():
    found = of_real("deadlines.dmn", (
        'designate_administrator_days">\n          <text>10', 'designate_administrator_days">\n'
        "          <text>7"))  # fmt: skip
    (one,) = found
    assert (one.kind, one.process, one.element) == (
        "term", "designation", "designate_administrator")  # fmt: skip
    assert one.sentence == (
        "El plazo de «Designar al administrador (SIP-RVL-001)» pasa de 10 días hábiles a "
        "7 días hábiles (práctica)."
    )
    assert not one.touches


def test_a_term_less_and_a_term_more():
    fewer = {"deadlines.dmn": deadlines(*((step, 5) for step in small.STEPS if step != "file"))}
    (gone,) = between(fewer)
    assert (gone.kind, gone.element) == ("term", "file")
    assert "ya no tiene plazo; tenía 5 días hábiles" in gone.sentence


def test_the_ladder_names_rung_and_column():
    found = of_real("reminders.dmn", (
        'entity_two_days_before_days_left">\n          <text>2', 'entity_two_days_before_days_left'
        '">\n          <text>3'))  # fmt: skip
    assert [(one.kind, one.sentence) for one in found] == [
        (
            "ladder",
            "Tabla «Recordatorios»: en la fila «Dos días hábiles antes» (la entidad), "
            "Días hábiles que faltan pasa de «2» a «3».",
        )
    ]


@pytest.mark.nightly("walkers")
def test_two_timers_of_one_name_say_where_they_are():
    found = of_real("follow_up.bpmn", ("working_days(5)", "working_days(7)"))
    sentences = [one.sentence for one in found]
    assert len(sentences) == len(set(sentences)) == 2
    assert all("«Pasan 5 días hábiles», después de «" in one for one in sentences)


@pytest.mark.nightly("walkers")
def test_a_moved_shape_is_a_change_of_the_drawing_alone():
    found = of_real("training.bpmn", ('<dc:Bounds x="', '<dc:Bounds x="1'))
    assert [(one.kind, one.process, one.sentence) for one in found] == [
        ("drawing", "training", "Solo cambia el dibujo de «Capacitación del personal».")
    ]


def test_another_description_is_a_text_that_does_not_run():
    found = of_real("training.bpmn", ("<bpmn:documentation>", "<bpmn:documentation>Antes: "))
    assert [one.kind for one in found] == ["text"]


REAL = sorted(real.texts())


@pytest.mark.nightly("walkers")
@settings(max_examples=20, deadline=None)
@given(st.sampled_from(REAL), st.data())
def test_a_changed_name_or_value_is_never_silent(file, data):
    """Any attribute value or text of the real files, changed: the list is not empty."""
    text = real.texts()[file]
    parts = text.split('name="')
    place = data.draw(st.integers(1, len(parts) - 1))
    parts[place] = f"Otro {parts[place]}"
    new = Definition.parse({**real.texts(), file: 'name="'.join(parts)})
    found = differences(real.definition(), new)
    assert found
    assert differences(new, real.definition())
    assert all(one.sentence.endswith(".") and "  " not in one.sentence for one in found)


@pytest.mark.nightly("walkers")
def test_a_remark_in_one_table_is_not_hidden_by_a_change_in_another():
    texts = dict(real.texts())
    texts["personnel_change.dmn"] = texts["personnel_change.dmn"].replace(">true<", ">false<", 1)
    texts["training_acceptance.dmn"] = texts["training_acceptance.dmn"].replace(
        "<description>Dice", "<description>Esta tabla dice"
    )
    found = differences(real.definition(), Definition.parse(texts))
    assert [one.kind for one in found] == ["table", "text"]
    assert "training_acceptance.dmn" in found[1].sentence


#: Attributes of the project's diagrams that say what runs.
RUNNING = (
    "attachedToRef cancelActivity calledElement default isInterrupting messageRef name processRef "
    "sourceRef targetRef triggeredByEvent"
).split()


@pytest.mark.nightly("walkers")
@settings(max_examples=25, deadline=None)
@given(st.sampled_from([file for file in REAL if file.endswith(".bpmn")]), st.data())
def test_what_runs_never_counts_as_a_change_of_the_drawing(file, data):
    """Any element of the model removed, or any of its attributes changed: it is no mere drawing."""
    root = etree.fromstring(real.texts()[file].encode())
    model = [one for one in root.iter() if etree.QName(one).namespace == BPMN and one is not root]
    element = data.draw(st.sampled_from(model))
    attribute = data.draw(st.sampled_from(["", *(key for key in element.attrib if key in RUNNING)]))
    if attribute:
        element.set(attribute, f"{element.get(attribute)}_x")
    else:
        element.getparent().remove(element)
    changed = {**real.texts(), file: etree.tostring(root, encoding="unicode")}
    try:
        new = Definition.parse(changed)
        found = differences(real.definition(), new)
    except InvalidDiagram:
        reject()
    assert found
    assert {one.kind for one in found} != {"drawing"}
