"""Every page of every step is well-formed, with its answers and with its errors."""

import html5lib
import pytest
from werkzeug.datastructures import MultiDict

from forms import steps
from forms.drafts import as_formdata, errors_of
from forms.shapes.filing_examples import ADMINISTRATOR
from tests.app.posted import CHOICES, astray, form_of, messages, offered_by
from tests.forms.drawn import draw
from tests.forms.filled import fill, given_of, values_of

CASES = [
    pytest.param(step, values_of(step, example), example.given, id=f"{step.id}-{number}")
    for step in steps().values()
    for number, example in enumerate(step.accepts)
]
#: Tables, which mark each wrong row.
TABLES = {"roster", "rows"}


@pytest.mark.parametrize(("step", "values", "given"), CASES)
def test_every_page_of_a_step_is_well_formed(site, step, values, given):
    form = fill(step, values, given)
    form.validate()
    for page in form.screens():
        html = draw(site, step, form, page, given_of(step, given))
        html5lib.HTMLParser(strict=True).parse(html)
        assert form.heading in html


@pytest.mark.nightly
@pytest.mark.parametrize("step", steps().values(), ids=steps())
def test_what_is_refused_stands_at_its_field_and_shows_what_was_typed(site, step, subtests):
    for refusal in step.refuses:
        with subtests.test(refusal.name):
            form = fill(step, refusal.data, refusal.given)
            form.validate()
            sent = MultiDict(as_formdata(step.form, refusal.data))
            given, screens = given_of(step, refusal.given), form.screens()
            pages = [draw(site, step, form, page, given) for page in screens]
            for page, html in zip(screens, pages, strict=True):
                assert messages(html).keys() == errors_of(form, page).keys()
                assert astray(html) <= TABLES
            shown = [one for html in pages if (one := form_of(html, "/", "/"))]
            assert shown
            assert [one.unlabelled() for one in shown if one.unlabelled()] == []
            assert [losses(one, sent) for one in shown if losses(one, sent)] == []
            if refusal is step.refuses[0]:
                for html in pages:
                    html5lib.HTMLParser(strict=True).parse(html)


def losses(shown, sent):
    """Return the texts, and the choices that are offered, that a form does not show as sent."""
    values = shown.values()
    expected = {name: words(sent[name]) for name in shown.texts if sent.get(name)}
    for name in shown.names(*CHOICES):
        offered = {value for one in shown.inputs[name] for value in offered_by(one)}
        if offered >= set(sent.getlist(name)) > set():
            expected[name] = words(sent[name])
    return {
        name: text for name, text in expected.items() if words(values.get(name, [""])[0]) != text
    }


def words(text):
    return " ".join(text.replace("\x00", "\ufffd").split())


def page_of(site, name, number, page=None):
    step = steps()[name]
    example = step.accepts[number]
    form = fill(step, values_of(step, example), example.given)
    screens = {one.key: one for one in form.screens()}
    shown = screens[page] if page else form.screens()[0]
    return draw(site, step, form, shown, given_of(step, example.given))


def test_the_papers_to_sign_and_the_texts_to_copy_are_on_the_page(site):
    signing = page_of(site, "file_designation", 0, "firmar")
    assert "/archivos/made-sip_rvl_002" in signing
    presenting = page_of(site, "file_designation", 0, "presentar")
    assert "Secretaría de Integridad Pública" in presenting
    assert "Zaguán no los presenta por ti" in presenting
    assert "SIP-RVL-002, firmado" not in page_of(site, "file_designation", 1, "firmar")
    assert "/archivos/made-sip_rvl_001" not in page_of(site, "file_personnel", 0, "firmar")


def test_a_correction_says_which_papers_change_and_shows_each_observation(site):
    html = page_of(site, "correct_designation", 0, "presentar")
    assert html.count("Cambia: fírmalo otra vez") == 2
    assert "Formato SIP-RVL-001" in html
    assert "Falta el correo de un operador." in page_of(site, "correct_designation", 0)


def test_a_reception_and_an_updated_roster_show_what_changed(site):
    html = page_of(site, "record_reception", 4)
    assert html.count("Es una versión corregida: reemplaza a la constancia") == 2
    newer, older = html.split("Qué cambió en los datos")[1:]
    assert "Los datos no cambiaron: solo se reemplazaron los documentos." in newer
    assert "Jirón Anterior 1" in older
    assert "Altas (1)" in older
    assert "Bajas (1)" in older
    assert "de «Asistente» a" in older
    html = page_of(site, "update_personnel", 0)
    assert "Altas (1)" in html
    assert "Bajas (1)" in html


def test_a_reviewer_sees_the_items_without_a_document_number_and_the_answers(site):
    html = page_of(site, "review_designation", 0)
    for item in ("link", "informatics_how", "document_number"):
        assert f'value="observe:field.administrator-{item}"' in html
    assert "Qué registros administrará" in html
    holder = steps()["correct_designation"].accepts[0].given["administrator"]["holder"]
    assert holder["document_number"] not in html
    assert ADMINISTRATOR["holder"]["document_number"] not in html
    second = page_of(site, "review_designation", 2)
    assert "Respuesta de la entidad: Se corrigió." in second


SECOND_LOOKS = {
    step.id: number
    for step in steps().values()
    for number, example in enumerate(step.accepts)
    if example.name == "segunda mirada"
}


def test_reviews_that_return_work_have_a_second_look():
    assert sorted(SECOND_LOOKS) == [
        "approve_decision_makers",
        "approve_demo_test",
        "approve_personnel_change",
        "confirm_production",
        "review_training",
    ]


def test_another_look_shows_what_the_last_one_observed(site):
    for name, number in SECOND_LOOKS.items():
        example = steps()[name].accepts[number]
        (before,) = (value for key, value in example.given.items() if key in steps()[name].gives)
        again = page_of(site, name, number)
        assert "Lo que se observó el 12 de noviembre de 2026" in again
        assert before["reason"] in again
        assert "Lo que se observó" not in page_of(site, name, 0)
