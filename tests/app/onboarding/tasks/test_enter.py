"""Enter in a text box of a step saves a row or continues, and never answers the step."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import html5lib
import pytest

from forms import Page, Step, steps
from forms.drafts import SHOWN, as_formdata
from forms.drafts import walk as fields_of
from tests.app.every_step import EveryStep
from tests.app.walk import Walk, sample_pdf
from tests.app.web import bare
from tests.forms.drawn import draw, draw_review
from tests.forms.filled import fill, given_of, values_of

#: Inputs in which Enter submits their form, as HTML says it (implicit submission).
NO_ENTER = {"hidden", "submit", "button", "reset", "image"}
SCREENS = [
    pytest.param(step, number, page, id=f"{step.id}-{number}-{page.key}")
    for step in steps().values()
    for number, _ in enumerate(step.accepts)
    for page in step.form.screens()
]


@pytest.fixture(scope="module")
def site(tmp_path_factory, fast_process):
    with pytest.MonkeyPatch.context() as patch:
        yield bare.make(tmp_path_factory.mktemp("site"), patch)


@pytest.fixture
def every_step(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> EveryStep:
    return EveryStep(walk, monkeypatch)


def first_buttons(html: str) -> list[str]:
    """Return the label of the button that Enter presses, per form with a text box."""
    found = []
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    for form in (one for one in tree.iter("form") if one.get("method") == "post"):
        boxes = [b for b in form.iter("input") if b.get("type", "text") not in NO_ENTER]
        if boxes:
            found.append(next(buttons_of(tree, form)).get("value"))
    return found


def buttons_of(tree: Any, form: Any) -> Iterator[Any]:
    """Yield the submit buttons of a form in the order of the page, also those outside of it."""
    inside = set(form.iter("button"))
    for button in tree.iter("button"):
        owned = (
            button in inside if button.get("form") is None else form.get("id") == button.get("form")
        )
        if owned and button.get("type", "submit") == "submit":
            yield button


@pytest.mark.parametrize(("step", "number", "page"), SCREENS)
def test_enter_presses_no_button_that_completes_a_step(site, step: Step, number: int, page: Page):
    example = step.accepts[number]
    form = fill(step, values_of(step, example), example.given)
    form.validate()
    html = draw(site, step, form, page, given_of(step, example.given))
    assert set(first_buttons(html)) <= {"enter"}
    if page == step.form.screens()[0]:
        assert not first_buttons(draw_review(site, step, form, given_of(step, example.given)))


def shown(step: Step) -> dict[str, list[str]]:
    """Return what a page posts with all its conditional fields open."""
    return {SHOWN: [field.name for field in fields_of(step.form()) if getattr(field, "when", None)]}


@pytest.mark.nightly
@pytest.mark.parametrize("step", steps().values(), ids=steps())
def test_enter_leads_to_the_next_page_or_to_the_review(every_step: EveryStep, step: Step):
    for example in step.accepts:
        address = every_step.open(step, example)
        client = every_step.walk.browser("sip")
        here = client.get(address).location
        for _ in step.form.screens():
            data = dict(as_formdata(step.form, values_of(step, example))) | shown(step)
            answer = client.post(here, data=data | {"action": "enter"})
            if answer.location == here:  # the row is saved
                answer = client.post(here, data=data | {"action": "enter"})
            assert answer.status_code == 303, answer.text
            assert answer.location != here
            here = answer.location
            if here.endswith("/revisar"):
                break
        assert here.endswith("/revisar")
        review = client.get(here)
        assert review.status_code == 200
        assert "Revisa tus respuestas" in review.text
        client.post(here, data={"action": "enter"})
        client.post(here, data={})
    assert not every_step.ended


def test_the_final_button_of_a_one_page_step_and_of_its_review_completes_it(every_step: EveryStep):
    step = steps()["call_entity"]
    for suffix in (f"/{step.form.screens()[0].key}", "/revisar"):
        address = every_step.open(step, step.accepts[0])
        data = dict(as_formdata(step.form, values_of(step, step.accepts[0])))
        every_step.walk.browser("sip").post(address + suffix, data=data | {"action": "submit"})
    assert every_step.ended == ["call_entity"] * 2


@pytest.mark.nightly
def test_enter_in_a_rosters_row_saves_the_row(begun: Walk):
    begun.answer("designate_administrator")
    client = begun.browser("preparer")
    here = client.get(f"/tareas/{begun.task('list_personnel').id}").location
    row = {"roster-document_number": "40000077", "roster-given_names": "Rosa"}
    answer = client.post(here, data=row | {"action": "enter"}, follow_redirects=True)
    assert answer.request.path == here
    assert "Guardamos la fila." in answer.text
    assert "DNI 40000077" in answer.text
    assert begun.open_steps() == ["list_personnel"]


def typed_in_rows(step: Step, number: int) -> list[tuple[Page, str]]:
    """Return a text box of a row in each growing list of an example, with its page."""
    example = step.accepts[number]
    form, found = fill(step, values_of(step, example), example.given), []
    for page in step.form.screens():
        lists = [form[name] for name in page.fields if name in form]
        for one in lists:
            boxes = [f for f in fields_of(getattr(one, "entries", ())) if is_line(f)]
            if boxes and not getattr(one, "fixed", False):
                found.append((page, boxes[0].name))
    return found


def is_line(field: Any) -> bool:
    """Return whether a field is a line of text, in which Enter submits."""
    return not hasattr(field, "form") and getattr(field, "kind", "") == "text"


ROWS = [
    pytest.param(step, number, page, name, id=f"{step.id}-{number}-{name}")
    for step in steps().values()
    for number, _ in enumerate(step.accepts)
    for page, name in typed_in_rows(step, number)
]


@pytest.mark.nightly
@pytest.mark.parametrize(("step", "number", "page", "name"), ROWS)
def test_enter_in_a_row_of_a_list_saves_the_row_and_only_then_goes_on(
    every_step: EveryStep, step: Step, number: int, page: Page, name: str
):
    example = step.accepts[number]
    here = f"{every_step.open(step, example)}/{page.key}"
    client = every_step.walk.browser("sip")
    data = dict(as_formdata(step.form, values_of(step, example)))
    data |= {"action": "enter", name: data.get(name, "") + "7"}
    answer = client.post(here, data=data, follow_redirects=True)
    assert answer.request.path == here
    assert "Guardamos la fila." in answer.text
    draft = every_step.walk.draft_of(every_step.tasks[step.id])
    assert draft is not None
    assert [name, data[name]] in draft.pairs
    again = client.post(here, data=data)
    assert again.status_code == 422 or again.location != here
    assert not every_step.ended


def test_every_growing_list_is_tested():
    assert {"review_designation", "define_decision_makers"} <= {p.values[0].id for p in ROWS}


def test_enter_completes_no_dictated_step(begun: Walk):
    task_id = begun.draft("designate_administrator")
    client = begun.browser("sip")
    client.post(
        f"/encargos/{task_id}",
        data={
            "name_of": "Rosa Inventada Prueba", "post": "Secretaria", "how": "telephone",
            "told-date": "02/03/2026", "told-time": "08:00",
        },
    )  # fmt: skip
    here = client.get(f"/encargos/{task_id}").request.path
    key = steps()["designate_administrator"].form.screens()[-1].key
    for address in (f"{here}/{key}", f"{here}/revisar"):
        assert client.post(address, data={"action": "enter"}).status_code in (303, 422)
    assert begun.open_steps() == ["designate_administrator"]


@pytest.mark.nightly
def test_enter_on_the_last_page_of_a_validation_validates_nothing(walk: Walk):
    walk.begin_at("induction")
    client = walk.browser("sip")
    here = "/entidades/E90001/convalidar/induction/motivo"
    before = walk.row().validated
    said = {"validation_reason": "Se capacitó antes.", "action": "enter"}
    upload = {"validation_document": (io.BytesIO(sample_pdf()), "oficio.pdf")}
    assert client.post(here, data=said | upload).location == here
    assert walk.row().validated == before
    assert client.post(here, data=said | {"action": "submit"}).location == "/entidades/E90001"
    assert walk.row().validated != before
