"""Presenting, receiving, reviewing and correcting, beyond the examples."""

from typing import Any

from werkzeug.datastructures import MultiDict

from forms import steps
from forms.drafts import as_formdata, errors_of
from forms.shapes.filing_examples import OBSERVATIONS, changed, filing, papers
from forms.shapes.observations import paper_of, target_of
from forms.shapes.presentation_examples import given_of as presented
from tests.forms.filled import fill, values_of

DESIGNATION = ("oficio_designacion", "sip_rvl_001", "sip_rvl_002")


def case(name, number=0):
    """Return a step, one of its accepted answers, and its `given`."""
    step = steps()[name]
    example = step.accepts[number]
    return step, dict(values_of(step, example)), dict(example.given)


def test_a_lapsed_correction_turns_into_a_designation_with_its_data():
    step, values, given = case("correct_designation", 3)
    draft = as_formdata(step.form, values)
    again = steps()["designate_administrator"].form
    assert step.id in again.inherits
    form = again(MultiDict(draft), given=given)
    assert form.validate(), errors_of(form)
    assert form.answer()["authority"]["post"] == "Alcalde"
    roster = steps()["list_personnel"].form
    assert step.id in roster.inherits
    assert roster(MultiDict(draft), given=given).answer()["roster"] == given["roster"]


def test_a_lapsed_correction_of_the_roster_turns_into_its_update():
    step, values, given = case("correct_personnel")
    again = steps()["update_personnel"].form
    assert step.id in again.inherits
    form = again(MultiDict(as_formdata(step.form, values)), given=given)
    assert form.answer()["roster"][0]["post"].endswith("titular")


def test_a_correction_renews_the_papers_whose_data_and_rows_it_changes():
    step, values, given = case("correct_designation")
    given["filing"] = filing(rounds=1, observations=OBSERVATIONS[:1])
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["sip_rvl_001"]),
        ({"entity": {"phone": "01 7777777"}}, ["sip_rvl_001"]),
        ({"administrator": {"annex": "9"}}, ["oficio_designacion", "sip_rvl_001"]),
        ({"scope": "both"}, ["oficio_designacion", "sip_rvl_001"]),
    ]
    for changes, kinds in cases:
        form = fill(step, changed(values, changes), given)
        assert list(form.touched_papers()) == kinds
    given["filing"] = filing(rounds=1, observations=[])
    assert list(fill(step, values, given).touched_papers()) == []
    rows = [dict(row) for row in values["roster"]]
    rows[1]["post"] = "Jefa de recepción"
    form = fill(step, values | {"roster": rows}, given)
    assert list(form.touched_papers()) == ["sip_rvl_002"]


def test_papers_can_be_made_from_an_incomplete_draft():
    for name in ("correct_designation", "correct_personnel", "designate_administrator"):
        step, _, given = case(name)
        draft = step.form(MultiDict([("x", "1")]), given=given).draft_answer()
        assert set(draft) <= set(step.gives)


def test_a_redesignation_writes_no_roster():
    step, values, given = case("correct_designation", 1)
    form = fill(step, values, given)
    assert form.validate()
    assert form.answer()["roster"] is None
    assert "signed_sip_rvl_002" not in form


def test_answers_are_matched_by_the_number_of_the_persisting_observation():
    step, values, given = case("correct_designation")
    given["filing"] = filing(rounds=2, observations=[OBSERVATIONS[1] | {"persists": True}])
    form = fill(step, values | {"answers": [{"answer": "Ya está."}]}, given)
    assert form.validate(), errors_of(form)
    assert form.answer()["filing"]["answers"] == {"2": "Ya está."}


def test_a_repeated_step_starts_without_the_old_constancia():
    for name in ("file_designation", "file_personnel", "correct_designation", "correct_personnel"):
        assert {"number", "presented_at"} <= set(steps()[name].form.fresh)


def test_a_persisting_observation_keeps_its_number_text_and_answer():
    step = steps()["review_designation"]
    answered = [one | {"answer": "Se hizo."} for one in OBSERVATIONS]
    given = presented(DESIGNATION, rounds=1, observations=answered)
    form = fill(step, {"result": "persists", "persisting": ["2"]}, given)
    assert form.validate(), errors_of(form)
    assert form.outcome() == "observed"
    assert form.answer()["filing"]["observations"] == [answered[1] | {"persists": True}]
    assert form.reason() == (
        "Persisten observaciones:\n2. Formato SIP-RVL-002: Falta el correo de un operador."
    )


def test_each_look_of_a_review_offers_what_the_law_allows_and_a_redesignation_less():
    for rounds, offered in [
        (0, ["accepted", "observed", "not_presented", "out_of_scope"]),
        (1, ["accepted", "persists", "not_presented", "out_of_scope"]),
        (2, ["accepted", "not_presented", "out_of_scope"]),
        (3, ["accepted", "not_presented", "out_of_scope"]),
    ]:
        given = presented(DESIGNATION, rounds=rounds, observations=OBSERVATIONS)
        form = fill(steps()["review_designation"], {}, given)
        assert [value for value, *_ in form.result.choices] == offered
    form = fill(steps()["review_designation"], {}, presented(DESIGNATION[:2]))
    assert "out_of_scope" not in [value for value, *_ in form.result.choices]


def test_the_mesa_de_partes_observes_once():
    given = presented(DESIGNATION, desk_observed=True)
    form = fill(steps()["record_reception"], {}, given)
    assert [value for value, *_ in form.result.choices] == ["received", "not_filed"]
    assert "observations" not in form


def test_the_observation_of_the_mesa_de_partes_is_the_reason_of_the_return():
    step, values, given = case("record_reception", 2)
    form = fill(step, values, given)
    assert form.validate()
    assert form.reason().splitlines() == [
        "La mesa de partes observó la presentación:",
        "1. Oficio de designación, página 1: Falta la firma en la primera página.",
        "2. Formato SIP-RVL-002, Cargo: El cargo no es el de la resolución.",
    ]


def test_an_observation_is_tied_to_a_paper_a_page_or_a_field():
    step, values, given = case("review_designation", 1)
    observed = fill(step, values, given).answer()["filing"]["observations"]
    assert [(one["target_kind"], one["target"]) for one in observed] == [
        ("page", "oficio_designacion p. 1"),
        ("field", "sip_rvl_002: Cargo"),
    ]
    assert [paper_of(one) for one in observed] == ["oficio_designacion", "sip_rvl_002"]
    assert paper_of({"target": "all"}) == ""
    assert target_of({"target": "all"}) == "Toda la presentación"
    assert target_of({"target": "Cargo del alterno"}) == "Cargo del alterno"


def test_a_presentation_without_known_papers_asks_for_all_of_them():
    step, _, given = case("file_designation")
    form = fill(step, {}, given | {"papers": None})
    assert {f"signed_{kind}" for kind in DESIGNATION} <= set(form.data)
    assert set(fill(step, {}, given | {"papers": papers("sip_rvl_001")}).data) == {
        "signed_sip_rvl_001",
        "as_is_signed_sip_rvl_001",
        "number",
        "presented_at",
    }


def test_the_texts_to_copy_name_the_entity():
    step, values, given = case("file_personnel")
    texts = dict(fill(step, values, given).texts)
    assert texts["Asunto"].endswith("Municipalidad Distrital de Ejemplo")
    assert list(texts) == ["Destinatario", "Asunto", "Sumilla"]
