"""Letters that an entity writes itself: what the form keeps of them."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from forms import FileInfo, StepForm, steps
from forms.drafts import as_formdata
from forms.examples import SAMPLE_FILE
from tests.forms.filled import given_of, values_of

NUMBER = "045-2026-MDE/A"
STEPS = {
    "file_designation": "oficio_designacion",
    "correct_designation": "oficio_designacion",
    "file_personnel": "carta_presentacion",
    "correct_personnel": "carta_presentacion",
}


def filled(step: str, *, own: bool) -> StepForm:
    """Return an accepted answer, with the entity's own letter or not."""
    kind, one = STEPS[step], steps()[step]
    values = dict(values_of(one, one.accepts[0]))
    values |= {
        f"own_{kind}": own,
        f"own_number_{kind}": NUMBER,
        f"own_date_{kind}": "23/11/2026",
    }
    file = FileInfo(SAMPLE_FILE, "firmado.pdf", 9, "application/pdf", 2)
    given = given_of(one, one.accepts[0].given)
    form: StepForm = one.form(
        MultiDict(as_formdata(one.form, values)), given=given, files={SAMPLE_FILE: file}
    )
    return form


def test_an_own_letter_has_its_number_and_is_no_signed_copy():
    for step, kind in STEPS.items():
        form = filled(step, own=True)
        assert form.validate(), form.errors
        filing = form.answer()["filing"]
        assert filing["own"] == {kind: {"number": NUMBER, "dated_on": "2026-11-23"}}
        assert kind in filing["signed"]
        assert kind not in form.signed_papers()
        without = filled(step, own=False)
        assert without.validate(), without.errors
        assert "own" not in without.answer()["filing"]
        assert kind in without.signed_papers()
