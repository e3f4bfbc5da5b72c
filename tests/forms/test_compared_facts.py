"""What a paper of the PCM states, held against the case on the page of its signature."""

from __future__ import annotations

from typing import Any

from forms import steps
from forms.shapes.compared_facts import Fact, closed_on, of_certificate, of_letter
from forms.shapes.decision_makers import invented_posts
from forms.sign_certificate import GIVEN as CERTIFICATE
from forms.sign_letter import GIVEN as LETTER
from tests.forms.drawn import draw
from tests.forms.filled import fill, given_of, values_of

POSTS = "Cargos con capacidad de decisión pública"


def states(facts: list[Fact]) -> dict[str, str]:
    return {fact.label: fact.state for fact in facts}


def page_of(site: Any, step_id: str, given: dict[str, Any]) -> str:
    step = steps()[step_id]
    form = fill(step, values_of(step, step.accepts[0]), given)
    return draw(site, step, form, form.screens()[0], given_of(step, given))


def test_a_certificate_as_it_was_made_agrees_with_its_case():
    found = states(of_certificate(CERTIFICATE))
    of_paper = ("Entidad", "RUC", "Administrador", "Alterno", "En producción desde", "Enlace")
    assert {found[label] for label in of_paper} == {"same"}
    assert found["Máxima autoridad"] == "case_only"
    assert found["Registra actos de gestión de intereses desde"] == "case_only"
    assert steps()["sign_certificate"].form(given=CERTIFICATE).unusual_facts() == []


def test_what_changed_since_the_certificate_was_made_differs():
    for name, value, label in [
        ("entity", CERTIFICATE["entity"] | {"name": "Municipalidad de Otro Ejemplo"}, "Entidad"),
        ("entity", CERTIFICATE["entity"] | {"ubigeo": "", "place": "Otro lugar"}, "Lugar"),
        ("production", {"go_live_on": "2026-10-13"}, "En producción desde"),
        ("administrator", CERTIFICATE["administrator"] | {"alternate": None}, "Alterno"),
        ("decision_makers", invented_posts()[:1], POSTS),
    ]:
        given = CERTIFICATE | {name: value}
        assert states(of_certificate(given))[label] == "differs"
        said = steps()["sign_certificate"].form(given=given).unusual_facts()
        assert any(
            f"La constancia y el expediente no coinciden en «{label}»" in one for one in said
        )


def test_a_case_without_a_paper_has_its_facts_alone():
    facts = of_certificate(CERTIFICATE | {"printed_certificate": None})
    assert {fact.state for fact in facts} == {"case_only"}
    assert {fact.state for fact in of_letter(LETTER | {"printed_letter": None})} == {"case_only"}


def test_a_letter_is_held_against_the_authority_and_what_is_missing_now():
    found = states(of_letter(LETTER))
    assert found["A quién se dirige"] == found["Qué está pendiente"] == "same"
    assert found["Plazo que da"] == "paper_only"
    assert found["Última llamada"] == found["Etapa"] == "case_only"
    done = LETTER | {"progress": {"missing": [], "stage_name": ""}}
    assert states(of_letter(done))["Qué está pendiente"] == "differs"
    other = LETTER | {"authority": LETTER["authority"] | {"post": "Gerente municipal"}}
    assert states(of_letter(other))["Cargo"] == "differs"


def test_a_fact_is_found_in_the_text_of_its_paper_however_it_is_set():
    fact = Fact("Qué está pendiente", "Informar la capacitación; Enlace https://a.example.pe/x", "")
    text = "pendiente:\n• Informar la capa-\ncitación\n• Enlace https://a.\u200bexample.pe/x\n"
    assert fact.stands_in(text)
    assert not fact.stands_in(text.replace("citación", "cidad"))


def test_a_long_fact_is_cut_where_it_is_warned_of():
    many = LETTER | {"progress": {"missing": ["Informar la capacitación"] * 50}}
    (said,) = steps()["sign_letter"].form(given=many).unusual_facts()
    assert said.endswith("…».")
    assert len(said) < 350


def test_the_page_names_the_side_on_which_each_fact_stands(site):
    html = page_of(site, "sign_certificate", CERTIFICATE | {"production": {"go_live_on": ""}})
    assert "2\N{NO-BREAK SPACE}datos no coinciden" in html
    assert html.count("Solo en el expediente") == 3
    assert "Dice la constancia" in html
    assert "Lo que se comprobó al cerrar, el 19 de noviembre de 2026, por Rosa" in html
    letter = page_of(site, "sign_letter", LETTER)
    assert "Lo que dice el oficio coincide con el expediente de hoy." in letter


def test_a_closing_of_an_older_release_names_no_one():
    assert closed_on({"on": "2026-11-19"}) == "19 de noviembre de 2026"
    assert closed_on(None) == ""
