"""Drafts store the answers page by page, and nothing that belongs to no field."""

from datetime import date

from werkzeug.datastructures import MultiDict

from forms import FileInfo, Page, StepForm
from forms.drafts import as_formdata, errors_of, merge
from forms.fields import (
    ChecksField,
    DateField,
    DocumentField,
    GroupField,
    ListField,
    Part,
    TextField,
    TickField,
)


class Point(Part):
    text = TextField("Texto", needed="Escribe el texto.")
    seen = TickField("Visto")


class Box(Part):
    done = TickField("Hecho")
    proof = DocumentField("Prueba")


class Form(StepForm):
    pages = (
        Page("uno", "Uno", ("name", "days")),
        Page("dos", "Dos", ("points", "boxes", "extra")),
    )
    name = TextField("Nombre", needed="Escribe el nombre.")
    days = ChecksField("Días", (("l", "Lunes"), ("m", "Martes")))
    points = ListField(GroupField(Point, "Punto"), "Puntos", needed="Agrega un punto.", most=3)
    boxes = ListField(GroupField(Box, "Caja"), "Cajas", min_entries=1)
    extra = GroupField(Point, "Extra", when=("name", "con extra"))
    on = DateField("Día")


ONE, TWO = Form.pages


def posted(*pairs, page=TWO, draft=()):
    return merge(Form, page, draft, MultiDict(pairs), MultiDict(), lambda *_: None)


def test_plain_values_become_a_draft_and_the_draft_those_values():
    values = {
        "name": "Ana",
        "days": ["l", "m"],
        "points": [{"text": "a", "seen": True}, {"text": "b", "seen": False}],
        "on": "2026-08-05",
        "unknown": "x",
    }
    draft = as_formdata(Form, values)
    assert ("on", "05/08/2026") in draft
    form = Form(MultiDict(draft))
    assert form.points.data == values["points"]
    assert form.days.data == ["l", "m"]
    assert form.on.data == date(2026, 8, 5)
    assert "unknown" not in dict(draft)


def test_a_page_replaces_its_fields_and_leaves_and_ignores_those_of_others():
    draft = [("name", "Ana"), ("days", "l"), ("points-0-text", "a")]
    assert posted(("name", "Eva"), page=ONE, draft=draft) == [
        ("points-0-text", "a"),
        ("name", "Eva"),
    ]
    pairs = [("name", "Ana"), ("csrf_token", "t"), ("points-0-text", "a"), ("given", "x")]
    assert posted(*pairs, page=ONE) == [("name", "Ana")]


def test_a_list_grows_by_its_button_and_not_past_its_end():
    draft: list[tuple[str, str]] = []
    for count in (1, 2, 3, 3):
        draft = posted(*draft, ("action", "add:points"), draft=draft)
        assert len(Form(MultiDict(draft), settles=False).points) == count


def test_an_entry_with_empty_boxes_stays_by_its_hidden_input_and_adding_counts_those_shown():
    draft = posted(("boxes-0", ""), ("boxes-1", ""), ("boxes-1-done", "y"))
    assert [entry["done"] for entry in Form(MultiDict(draft)).boxes.data] == [False, True]
    draft = posted(("action", "add:boxes"))
    assert len(Form(MultiDict(draft)).boxes) == 2


def test_removing_an_entry_moves_up_what_follows():
    pairs = [("points-0-text", "a"), ("points-1-text", "b"), ("points-2-text", "c")]
    draft = posted(*pairs, ("action", "remove:points:1"))
    assert [one["text"] for one in Form(MultiDict(draft)).points.data] == ["a", "c"]
    assert draft == [("points-0-text", "a"), ("points-1-text", "c")]


def test_a_document_inside_an_entry_moves_with_it():
    draft = [("boxes-0", ""), ("boxes-1", ""), ("boxes-1-proof", "f1")]
    moved = posted(("boxes-0", ""), ("boxes-1", ""), ("action", "remove:boxes:0"), draft=draft)
    form = Form(MultiDict(moved), files={"f1": FileInfo("f1", "a.pdf", 1, "application/pdf", 1)})
    assert form.boxes.data == [{"done": False, "proof": "f1"}]
    form.validate()
    assert "boxes-0-proof" not in errors_of(form)


def test_an_unknown_action_or_one_on_a_list_of_another_page_changes_nothing():
    for action in [
        "add:name",
        "add:nothing",
        "add:",
        "remove:points",
        "remove:points:x",
        "remove:points:99",
        "remove:name:0",
        "add:days:::",
        "roster:points:remove:1",
        "",
    ]:
        assert posted(("points-0-text", "a"), ("action", action)) == [("points-0-text", "a")]
    draft = [("points-0-text", "a")]
    draft_before = posted(("name", "Ana"), ("action", "remove:points:0"), page=ONE, draft=draft)
    assert ("points-0-text", "a") in draft_before


def test_errors_are_listed_by_full_name_and_page_by_page_also_of_an_empty_list():
    form = Form(
        MultiDict([("points-0-text", ""), ("points-1-text", "b"), ("on", "ayer")]),
        given={"today": date(2026, 11, 24)},
    )
    assert not form.validate()
    assert errors_of(form, ONE) == {"name": "Escribe el nombre."}
    assert errors_of(form, TWO) == {"points-0-text": "Escribe el texto."}
    assert list(errors_of(form)) == ["name", "points-0-text", "on"]
    form = Form(MultiDict([("name", "Ana")]))
    assert not form.validate()
    assert errors_of(form) == {"points": "Agrega un punto."}


def test_a_group_is_validated_only_where_it_applies():
    for name, errors in (("Ana", {}), ("con extra", {"extra-text": "Escribe el texto."})):
        form = Form(MultiDict([("name", name), ("points-0-text", "a")]))
        form.validate()
        assert errors_of(form) == errors
