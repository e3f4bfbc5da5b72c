"""What a form says deserves a second look before its valid answer is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms import FileInfo, StepForm, steps
from forms.drafts import as_formdata, errors_of
from forms.examples import SAMPLE_FILE
from forms.shapes.change_examples import GIVEN as PEOPLE
from forms.shapes.change_examples import OPERATORS, leaving, newcomer
from forms.shapes.filing_examples import ADMINISTRATOR, changed, papers
from tests.forms.filled import values_of


def filled(
    step_id: str,
    outcome: str = "",
    values: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    pages: int = 2,
) -> StepForm:
    """Return a valid form: an example of an outcome, changed; its files have `pages` pages each."""
    step = steps()[step_id]
    example = next(one for one in step.accepts if outcome in ("", one.outcome))
    known = {**example.given, **(given or {})}
    said = changed(values_of(step, example), values or {})
    files = {SAMPLE_FILE: FileInfo(SAMPLE_FILE, "muestra.pdf", 1000, "application/pdf", pages)}
    form = step.form(MultiDict(as_formdata(step.form, said)), given=known, files=files)
    assert form.validate(), errors_of(form)
    return form


SHORT = "lo firmado tiene 1 página, y lo que se emitió, 2."


def test_what_the_despacho_uploads_although_it_is_stopped_is_named():
    form = filled("sign_certificate", "signed")
    finding = {"code": "no_code", "text": "No trae el código del documento.", "stops": True}
    form.files = {SAMPLE_FILE: replace(form["document"].info, findings=(finding,))}
    (said,) = form.unusual()
    assert said.endswith("No trae el código del documento.")


def test_a_signed_paper_with_fewer_pages_is_named():
    assert filled("file_designation").unusual() == []
    said = filled("file_designation", pages=1).unusual()
    assert len(said) == 3
    assert said[0] == f"Oficio de designación: {SHORT}"
    assert filled("file_personnel", pages=1).unusual()[1] == f"Formato SIP-RVL-002: {SHORT}"
    assert f"Formato SIP-RVL-001: {SHORT}" in filled("correct_designation", pages=1).unusual()


def test_an_answer_to_an_observation_of_one_word_is_named():
    answers = [{"answer": "Corregido"}, {"answer": "Se agregó su correo."}]
    said = filled("correct_designation", values={"answers": answers}).unusual()
    assert said == ["La respuesta a la observación 1 es muy corta."]


@pytest.mark.parametrize("step", ["sign_letter", "sign_certificate"])
def test_a_signature_on_a_day_off_or_before_its_paper_is_named(step: str):
    given = {"today": date(2026, 11, 30)}
    assert filled(step, "signed", {"signed_on": date(2026, 11, 24)}, given).unusual() == []
    (said,) = filled(step, "signed", {"signed_on": date(2026, 11, 28)}, given).unusual()
    assert said == "La firma es de un día no hábil (sábado): el 28 de noviembre de 2026."
    holiday = {"today": date(2026, 12, 9)}
    (said,) = filled(step, "signed", {"signed_on": date(2026, 12, 8)}, given | holiday).unusual()
    assert "día no hábil (Inmaculada Concepción)" in said
    (said,) = filled(step, "signed", {"signed_on": date(2026, 11, 19)}, given).unusual()
    assert "antes de que se emitiera el documento, el 20 de noviembre de 2026" in said
    (said,) = filled(step, "signed", {"signed_on": date(2026, 11, 24)}, given, pages=1).unusual()
    assert said == "Lo firmado tiene menos páginas que el documento que se emitió."


def test_a_letter_that_is_returned_has_no_signature():
    assert filled("sign_letter", "returned").unusual() == []


def test_the_link_and_the_knowledge_of_the_administrator_are_looked_at():
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"link_until_on": "2026-12-31"}, ["termina el 31 de diciembre de 2026"]),
        ({"link_until_on": "2026-11-01"}, ["terminó el 1 de noviembre de 2026"]),
        ({"link_until_on": "2027-12-31"}, []),
        ({"informatics": False}, ["no declara conocimientos de informática"]),
    ]
    for holder, said in cases:
        one = {**ADMINISTRATOR, "holder": {**ADMINISTRATOR["holder"], **holder}}
        found = filled("review_designation", "accepted", given={"administrator": one}).unusual()
        assert len(found) == len(said)
        assert all(part in one for part, one in zip(said, found, strict=True))
        observed = filled("review_designation", "observed", given={"administrator": one})
        assert observed.unusual() == []


def test_a_new_authority_of_long_ago_or_without_a_mail_is_named():
    long_ago = {"authority": {"since_on": date(2026, 1, 2), "email": ""}}
    said = filled("register_authority_change", "registered", long_ago).unusual()
    assert said == [
        "Ejerce el cargo desde el 2 de enero de 2026, hace más de un mes.",
        "La nueva autoridad no tiene correo: no recibirá ningún aviso.",
    ]


def test_a_change_of_authority_is_held_against_who_was_proclaimed():
    proclaimed = {"given_names": "Ana", "surnames": "Otra", "post": "Alcaldesa", "from_on": ""}
    given = {"proclaimed": proclaimed}
    said = filled("review_authority_change", "accepted", given=given).unusual()
    assert said == ["No hay copia de la credencial.", "La persona proclamada es otra: Otra, Ana."]
    assert filled("review_authority_change", "observed", given=given).unusual() == []


def test_late_and_many_leavings_and_people_without_a_mail_are_named():
    day = date(2026, 1, 5).isoformat()
    gone = {"leaving": [leaving(OPERATORS[0]) | {"last_day": day}]}
    come = {"rows": [newcomer(Random(9)) | {"email": ""}]}
    known = {"personnel_since": {}, "roster": OPERATORS[:1]}
    step = steps()["record_personnel_change"]
    pairs = as_formdata(step.form, gone | come)
    said = step.form(MultiDict(pairs), given={**PEOPLE, **known}).unusual()
    assert said == [
        "Una baja es de hace más de un mes: el 5 de enero de 2026.",
        "Se va más de la mitad de la relación: 1 de 1.",
        "1 persona queda sin correo: no se les puede escribir.",
    ]
    assert step.form(MultiDict(), given=PEOPLE).unusual() == []


def test_a_day_that_has_not_come_is_named():
    given = {"production": {"go_live_on": "2099-01-01"}}
    (said,) = filled("confirm_production", "confirmed", given=given).unusual()
    assert said == "El día de salida en vivo todavía no llega: 1 de enero de 2099."
    assert filled("confirm_production", "returned", given=given).unusual() == []


def test_figures_that_a_coordinator_stated_are_counted():
    evidence = {"demo_evidence": steps()["approve_demo_test"].accepts[-2].given["demo_evidence"]}
    (said,) = filled("approve_demo_test", "accepted", given=evidence).unusual()
    assert said == "2 cifras las constató un coordinador; el registro no las muestra."
    assert filled("approve_demo_test", "accepted").unusual() == []


def test_a_group_of_which_many_were_absent_is_named():
    counts = {"technical": {"people": 12, "present": 9, "absent": 3, "leave": 0}}
    given: dict[str, Any] = {"training_report": {"counts": counts, "sessions": [], "file": None}}
    (said,) = filled("review_training", "accepted", given=given).unusual()
    assert "faltaron 3 de 12 personas" in said
    assert filled("review_training", "accepted").unusual() == []


def test_what_earlier_stages_did_not_leave_is_named_at_the_end():
    assert filled("close_onboarding", "closed").unusual() == []
    said = filled("close_onboarding", "closed", given={"production": None}).unusual()
    assert said == ["No consta: Salió en vivo."]


def test_posts_without_a_holder_are_counted():
    posts = steps()["approve_decision_makers"].accepts[0].given["decision_makers"]
    gone = [posts[0], posts[1] | {"to_on": "2026-10-01"}]
    said = filled("approve_decision_makers", "approved", given={"decision_makers": gone})
    assert said.unusual() == ["1 cargo no tiene titular."]
    assert filled("approve_decision_makers", "approved").unusual() == []


def test_another_number_than_the_printed_one_is_named():
    for step, kind, called in [
        ("sign_letter", "oficio_reiteracion", "El oficio"),
        ("sign_control_notice", "comunicacion_control", "La comunicación"),
    ]:
        given = {"papers": [one | {"number": "D000009-2026-PCM-SIP"} for one in papers(kind)]}
        said = filled(step, "signed", {"number": "D000123-2026-PCM-SIP"}, given).unusual()
        assert f"{called} dice N.º D000009-2026-PCM-SIP, y escribiste D000123-2026-PCM-SIP." in said
