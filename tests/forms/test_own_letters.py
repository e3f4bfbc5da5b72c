"""Letters that an entity writes itself: what the form keeps, and which findings stay."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from app.cases.papers.preflight import findings
from forms import FileInfo, StepForm, steps
from forms.drafts import as_formdata
from forms.examples import SAMPLE_FILE
from forms.papers import UNCOMPARED
from tests.app.cases.papers.test_findings import facts, page
from tests.forms.filled import given_of, values_of

NUMBER = "045-2026-MDE/A"
STEPS = {
    "file_designation": "oficio_designacion",
    "correct_designation": "oficio_designacion",
    "file_personnel": "carta_presentacion",
    "correct_personnel": "carta_presentacion",
}


def finding(code: str, *, stops: bool) -> dict[str, Any]:
    return findings.Finding(code, "Dice algo.", stops=stops).plain()


def filled(step: str, *, own: bool, found: tuple[dict[str, Any], ...] = ()) -> StepForm:
    """Return an accepted answer, with the entity's own letter or not."""
    kind, one = STEPS[step], steps()[step]
    values = dict(values_of(one, one.accepts[0]))
    values |= {
        f"own_{kind}": own,
        f"own_number_{kind}": NUMBER,
        f"own_date_{kind}": "23/11/2026",
    }
    file = FileInfo(SAMPLE_FILE, "firmado.pdf", 9, "application/pdf", 2, found)
    given = given_of(one, one.accepts[0].given)
    form: StepForm = one.form(
        MultiDict(as_formdata(one.form, values)), given=given, files={SAMPLE_FILE: file}
    )
    return form


@pytest.mark.parametrize("step", STEPS)
def test_an_own_letter_has_its_number_and_is_no_signed_copy(step: str):
    kind = STEPS[step]
    form = filled(step, own=True)
    assert form.validate(), form.errors
    assert form.answer()["filing"]["own"] == {kind: {"number": NUMBER, "dated_on": "2026-11-23"}}
    assert kind in form.answer()["filing"]["signed"]
    assert kind not in form.signed_papers()
    assert form.uncompared() == [SAMPLE_FILE]


@pytest.mark.parametrize("step", STEPS)
def test_without_the_box_nothing_is_said_of_an_own_letter(step: str):
    form = filled(step, own=False)
    assert form.validate(), form.errors
    assert "own" not in form.answer()["filing"]
    assert STEPS[step] in form.signed_papers()
    assert form.uncompared() == []


def test_an_own_letter_is_not_stopped_by_a_comparison_and_is_by_its_signature():
    other, bad = finding("no_code", stops=True), finding("signature", stops=True)
    form = filled("file_designation", own=True, found=(other,))
    assert form["signed_oficio_designacion"].info.findings == ()
    assert form["signed_sip_rvl_001"].info.is_stopped, "the formats are always compared"
    assert not form["as_is_signed_oficio_designacion"].applies
    form = filled("file_designation", own=False, found=(other,))
    assert form["as_is_signed_oficio_designacion"].applies
    form = filled("file_designation", own=True, found=(other, bad))
    assert [one["code"] for one in form["signed_oficio_designacion"].info.findings] == ["signature"]
    assert form["as_is_signed_oficio_designacion"].applies


def test_no_finding_that_stays_compares_a_file_with_the_issued_paper():
    """The findings on an own letter are those that `judge` has for one."""
    paper = findings.Issued("A" * 16, "oficio_designacion", "Oficio", "E", 1, 1, "o/d", 2, "hoy")
    read = facts(page(1, "text", "B" * 16))
    for is_own in (True, False):
        expected = findings.Expected("Oficio", 1, 1, paper, same_as="Formato", is_own=is_own)
        found = findings.judge(read, expected, findings.Matched(by_code={"B" * 16: None}))
        compares = {one.code for one in found} - UNCOMPARED
        assert compares == (set() if is_own else {"unknown_code"})
