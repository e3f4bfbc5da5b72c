"""Conditional fields: every step declares them consistently, and nothing else asks for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms import Page, Step, StepForm, steps
from forms.conditions import applies, sections, unseen, without_idle
from forms.drafts import SHOWN, as_formdata, errors_of, merge, walk
from forms.fields import ChoiceField, GroupField, ListField, Part, TextField, YesNoField
from forms.fields.rules import STOPPED
from forms.shapes.reviews import ReviewForm
from tests.forms.filled import fill, values_of

DECIDING = {"radios", "select", "checkboxes", "checkbox"}
EXAMPLES = [
    pytest.param(step, example, id=f"{step.id}-{number}")
    for step in steps().values()
    for number, example in enumerate(step.accepts)
]
#: Those of them that return the work.
RETURNING = [
    pytest.param(step, example, id=f"{step.id}-{number}")
    for step in steps().values()
    if issubclass(step.form, ReviewForm)
    for number, example in enumerate(step.accepts)
    if example.outcome in step.form.returning
]


def conditions(form: Any) -> Iterator[tuple[Any, list[str], Any, Any]]:
    """Yield form, names before the field, field and condition of each conditional field."""
    names: list[str] = []
    for field in form:
        if when := getattr(field, "when", None):
            yield form, list(names), field, when
        names.append(field.short_name)
        for part in (field, *getattr(field, "entries", ())):
            if hasattr(part, "form"):
                yield from conditions(part.form)


def shown(step: Step) -> list[StepForm]:
    """Return the form of a step in the case of each of its examples."""
    return [fill(step, {}, example.given) for example in step.accepts]


@pytest.mark.parametrize("step", steps().values(), ids=steps())
def test_a_condition_names_an_earlier_question_and_its_answers(step: Step):
    form = step.form(settles=False)
    for listed in (field for field in form if isinstance(field, ListField)):
        listed.append_entry()
    for inner, before, field, (name, wanted) in conditions(form):
        assert name in before, field.name
        deciding = {"document"} if wanted == STOPPED else DECIDING
        assert inner[name].kind in deciding, field.name
        values = {str(one) for one in (wanted if isinstance(wanted, tuple) else (wanted,))}
        assert not any(" " in value for value in values), "a page separates them by spaces"
        if inner is form and hasattr(inner[name], "choices"):
            having = [one for one in shown(step) if field.name in one and name in one]
            offered = {value for one in having for value, *_ in one[name].choices}
            assert values & offered or not having, field.name
        if inner is form:
            (page,) = [page for page in form.screens() if field.short_name in page.fields]
            here = page.fields
            assert here.index(name) < here.index(field.short_name), "on the page that decides"
    assert SHOWN not in form


#: Words of hints that say when a field is needed.
SOMETIMES = ("Hace falta si", "Solo si")
#: The field of this kind that follows from a fact which no question asks for.
OF_A_FACT = {"link_until_on"}


@pytest.mark.parametrize("step", steps().values(), ids=steps())
def test_a_field_that_only_some_answers_need_has_a_condition(step: Step):
    form = step.form(settles=False)
    for field in walk(form):
        said = any(one in str(getattr(field, "description", "")) for one in SOMETIMES)
        idle = field.short_name in getattr(form, "idle", set)()
        known = idle or field.short_name in OF_A_FACT
        assert not said or getattr(field, "when", None) or known, field.name


@pytest.mark.parametrize(("step", "example"), RETURNING)
def test_a_returning_review_asks_nothing_of_its_other_decisions(step: Step, example: Any):
    form = fill(step, values_of(step, example), example.given)
    papers = [field for field in walk(form) if hasattr(field, "paper") and applies(field)]
    assert not papers, [field.name for field in papers]


def test_the_review_of_a_change_leaves_out_what_it_does_not_need():
    step = steps()["record_personnel_change"]
    listed = {}
    for example in step.accepts:
        form = fill(step, values_of(step, example), example.given)
        listed[example.name] = {name for page in form.screens() for name in form.reviewed(page)}
    optional = {"number", "document", "left_on", "left_because"}
    assert not listed["una sede con otro nombre"] & optional
    assert listed["una baja en la tabla"] & optional == {"left_on", "left_because"}
    assert listed["pegado"] & optional == {"number", "document"}


@pytest.mark.parametrize(("step", "example"), EXAMPLES)
def test_what_is_sent_to_a_field_that_does_not_apply_is_ignored(step: Step, example: Any):
    values = values_of(step, example)
    good = fill(step, values, example.given)
    assert good.validate()
    idle = [field.name for field in walk(good) if not applies(field)]
    junk = [(key, "<no sirve>") for name in idle for key in keys_of(step, name)]
    draft = [*without_idle(good, as_formdata(step.form, values)), *junk]
    form = step.form(MultiDict(draft), given=good.given, files=good.files)
    assert form.validate(), errors_of(form)
    assert form.answer() == good.answer()
    assert form.reason() == good.reason()
    assert without_idle(form, draft) == without_idle(good, as_formdata(step.form, values))
    reviewed = [name for page in form.screens() for name in form.reviewed(page)]
    assert not set(reviewed) & set(idle)


def keys_of(step: Step, name: str) -> list[str]:
    """Return the keys under which a field, or each part of a group, is posted."""
    form, whole = step.form(settles=False), name.partition("-")[0]
    field = form[whole]
    if whole != name or isinstance(field, ListField):
        return [name]
    return [part.name for part in field.form] if hasattr(field, "form") else [name]


class Deputy(Part):
    name = TextField("Nombre", needed="Escribe el nombre.")
    link = ChoiceField("Vínculo", (("cas", "CAS"), ("other", "Otro")), needed="Elige el vínculo.")
    which = TextField("¿Cuál?", needed="Escribe cuál.", when=("link", "other"))


class Row(Part):
    text = TextField("Texto", needed="Escribe el texto.")
    kind = ChoiceField("Tipo", (("own", "Propio"), ("other", "Otro")))
    other = TextField("¿Cuál?", when=("kind", "other"))


class Form(StepForm):
    has_deputy = YesNoField("¿Hay alterno?", needed="Di si hay alterno.")
    deputy = GroupField(Deputy, "Alterno", when=("has_deputy", "yes"))
    rows = ListField(GroupField(Row), "Filas", needed="Agrega una fila.")


PAGE = Page("respuesta", "", ("has_deputy", "deputy", "rows"))
TYPED = [("deputy-name", "Ana"), ("deputy-link", "other"), ("deputy-which", "Convenio")]


def posted(*pairs: tuple[str, str], draft: Any = ()) -> list[tuple[str, str]]:
    no_files: Any = {}
    return merge(Form, PAGE, draft, MultiDict(pairs), no_files, lambda *_: None)


def test_a_page_shows_what_was_typed_in_a_field_that_does_not_apply():
    form = Form(MultiDict([("has_deputy", "no"), *TYPED]))
    assert not form.deputy.form["name"].data
    question, deputy, _ = sections(form)
    assert question.decider == ""
    assert (deputy.decider, deputy.values, deputy.applies) == ("has_deputy", "yes", False)
    assert deputy.fields[0].form["name"].data == "Ana"
    assert [one.decider for one in sections(deputy.fields[0].form)] == ["", "deputy-link"]


def test_a_draft_holds_what_a_page_did_not_show():
    draft = posted(("has_deputy", "no"), draft=[("has_deputy", "yes"), *TYPED])
    assert draft == [("has_deputy", "no"), *TYPED]
    both = [(SHOWN, "deputy"), (SHOWN, "deputy-which")]
    draft = posted(("has_deputy", "yes"), *both, draft=draft)
    assert draft == [("has_deputy", "yes")], "shown, and left blank"


def test_a_page_is_shown_again_while_its_answers_make_more_apply():
    pairs = MultiDict([("has_deputy", "yes")])
    form = Form(pairs)
    assert [field.name for field in unseen(form, pairs)] == ["deputy"]
    pairs = MultiDict([*pairs.items(), ("deputy-name", ""), ("deputy-link", "other")])
    assert [field.name for field in unseen(Form(pairs), pairs)] == ["deputy-which"]
    pairs = MultiDict([("has_deputy", "no")])
    assert unseen(Form(pairs), pairs) == []


def test_a_required_list_begins_with_a_row_that_counts_once_it_is_typed():
    form = Form(MultiDict([("rows-0", ""), ("rows-0-text", " ")]))
    form.validate()
    assert errors_of(form)["rows"] == "Agrega una fila."
    assert form.rows.blank_entry.name == "rows-0"
    assert not applies(form.rows.blank_entry.form["other"])
    assert form.rows.data == []
    typed = Form(MultiDict([("rows-0-text", "a")]))
    assert (len(typed.rows), typed.rows.blank_entry) == (1, None)
