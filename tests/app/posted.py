"""A form as its page shows it: its inputs, what a browser sends of them, and their messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from lxml import html
from werkzeug.test import TestResponse

from tests.pages import CheckingClient

Values = dict[str, list[str]]
CHOICES = frozenset({"radio", "checkbox", "select"})
UNSENT = frozenset({"submit", "button", "file", "image", "reset"})


class Shown:
    """A form of a page: `tree` is the page, `inputs` are name → inputs, in order."""

    def __init__(self, tree: Any, form: Any) -> None:
        self.tree = tree
        self.inputs: dict[str, list[Any]] = defaultdict(list)
        for one in tree.iter("input", "textarea", "select"):
            name, owner = one.get("name"), one.get("form")
            inside = owner == form.get("id") if owner else form in one.iterancestors("form")
            if name and inside and kind_of(one) not in UNSENT:
                self.inputs[name].append(one)

    def names(self, *kinds: str) -> list[str]:
        """Return the names of the inputs of these kinds."""
        return [name for name, (first, *_) in self.inputs.items() if kind_of(first) in kinds]

    @property
    def texts(self) -> list[str]:
        """Return the names of the visible inputs that take text; passwords never come back."""
        others = CHOICES | {"hidden", "password"}
        return [name for name, (first, *_) in self.inputs.items() if kind_of(first) not in others]

    @property
    def visible(self) -> set[str]:
        """Return the names of all inputs that are not hidden."""
        return self.inputs.keys() - set(self.names("hidden"))

    def values(self) -> Values:
        """Return what a browser sends."""
        sent = {
            name: [v for i in inputs for v in sent_of(i)] for name, inputs in self.inputs.items()
        }
        return {name: values for name, values in sent.items() if values}

    def filled(self, text: str, choice: str | None = None) -> Values:
        """Return what is sent with one text everywhere, and one choice, or one that is offered."""
        data = {name: self.values().get(name, [""]) for name in self.names("hidden")}
        data |= {name: [text] * len(self.inputs[name]) for name in self.texts}
        for name in self.names(*CHOICES):
            offered = [value for one in self.inputs[name] for value in offered_by(one)]
            data[name] = [(offered[1:] or offered)[0] if choice is None else choice]
        chosen = self.names("radio", "checkbox") if choice == "" else []
        return {name: values for name, values in data.items() if name not in chosen}

    def differing(self, sent: Values, names: list[str]) -> set[str]:
        """Return those of the inputs that do not show what was sent."""
        shown = self.values()
        return {name for name in names if shown.get(name, []) != sent.get(name, [])}

    def unlabelled(self) -> list[str]:
        """Return the names of the visible inputs that have no name for their user."""
        labelled = {one.get("for") for one in self.tree.iter("label") if text_of(one)}
        visible = [one for inputs in self.inputs.values() for one in inputs]
        return [
            one.get("name")
            for one in visible
            if kind_of(one) != "hidden"
            and one.get("id") not in labelled
            and not {"aria-label", "aria-labelledby"} & set(one.keys())
        ]


def kind_of(one: Any) -> str:
    """Return "textarea", "select", or the type of an input."""
    return str(one.get("type", "text") if one.tag == "input" else one.tag)


def text_of(one: Any) -> str:
    """Return the text of an element with single spaces."""
    return " ".join(one.text_content().split())


def offered_by(one: Any) -> list[str]:
    """Return the values among which a choice is made."""
    options = one.iter("option") if one.tag == "select" else [one]
    return [str(option.get("value", "on")) for option in options]


def sent_of(one: Any) -> Iterator[str]:
    """Yield what an input sends."""
    kind = kind_of(one)
    if kind == "textarea":
        yield (one.text or "").strip()
    elif kind == "select":
        options = list(one.iter("option"))
        yield from [o.get("value", "") for o in options if o.get("selected") is not None] or [""]
    elif kind not in ("radio", "checkbox") or one.get("checked") is not None:
        yield str(one.get("value", "on" if kind in CHOICES else ""))


def form_of(page: str, path: str, address: str) -> Shown | None:
    """Return the form of a page (at `path`) that posts to an address, if it has visible inputs."""
    tree = html.document_fromstring(page)
    for form in tree.iter("form"):
        target = (form.get("action") or path).partition("?")[0].partition("#")[0]
        if form.get("method", "").lower() == "post" and target == address:
            found = Shown(tree, form)
            if found.visible:
                return found
    return None


def messages(page: str) -> dict[str, str]:
    """Return the error summary: id of a field → message; "" for one about no field."""
    items = html.document_fromstring(page).xpath('//*[contains(@class, "error-summary")]//li')
    links = {item: item.find(".//a") for item in items}
    return {
        "" if link is None else link.get("href").removeprefix("#"): text_of(item)
        for item, link in links.items()
    }


def astray(page: str) -> set[str]:
    """Return the fields of the summary that do not exist, or whose description has no message."""
    ids = {one.get("id"): one for one in html.document_fromstring(page).iter() if one.get("id")}
    return {
        place
        for place, message in messages(page).items()
        if place and (place not in ids or message not in description(ids, ids[place]))
    }


def refused(answer: TestResponse) -> dict[str, str]:
    """Return the messages of a form that was refused, each of which stands at its field."""
    assert answer.status_code == 422
    found = messages(answer.text)
    assert found
    assert astray(answer.text) == set()
    return found


def refuses(
    subtests: pytest.Subtests,
    client: CheckingClient,
    path: str,
    data: dict[str, str],
    rows: Iterable[tuple[dict[str, str], str]],
) -> None:
    """Send a form with one thing after the other changed in it; each gets its sentence."""
    for changed, sentence in rows:
        with subtests.test(sentence, changed=changed):
            answer = client.post(path, data=data | changed)
            assert sentence in " ".join(refused(answer).values())


def description(ids: dict[str, Any], field: Any) -> str:
    """Return the texts that describe a field, or a group around it."""
    groups = [field, *field.iterancestors("fieldset")]
    described = [name for one in groups for name in one.get("aria-describedby", "").split()]
    own = text_of(field) if field.tag == "div" else ""
    return " ".join([own, *(text_of(ids[name]) for name in described if name in ids)])
