"""A page's form filled with posted values: the HTML of the page, with the user's input in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import html

Pair = tuple[str, str]

#: Inputs that keep the value of their page.
UNTOUCHED = frozenset({"submit", "button", "reset", "image", "file", "password"})
#: The only hidden input that says what its reader had seen: which state of the draft.
SEEN = frozenset({"revision"})
#: The inputs of every form.
ANYWHERE = frozenset({"csrf_token"})


@dataclass
class Filled:
    """A page whose form is filled: how many of its inputs, and the texts that found none.

    A page has no form any more if it cannot be sent.
    """

    document: Any
    count: int
    left: list[str]
    has_form: bool = True

    def page(self, notice: str) -> str:
        """Return the page as HTML, with a notice above everything else of its content."""
        for main in self.document.iter("main"):
            for one in reversed(html.fragments_fromstring(notice.strip(), no_leading_text=True)):
                main.insert(0, one)
        return str(html.tostring(self.document, encoding="unicode", doctype="<!DOCTYPE html>"))


def fill(page: str, target: str, pairs: Sequence[Pair], hidden: Mapping[str, str]) -> Filled:
    """Fill the form of a page that posts to `target`, and add hidden inputs to it."""
    document = html.document_fromstring(page)
    values: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        values[name].append(value)
    form = _form(document, target, values)
    if form is None:
        left = [value for name, value in pairs if _is_typed(name, value)]
        return Filled(document, 0, left, has_form=False)
    known = {one.get("name") for one in _inputs(document, form)}
    count = sum(_fill_in(one, values) for one in _inputs(document, form))
    for name, value in hidden.items():
        form.insert(0, html.Element("input", type="hidden", name=name, value=value))
    left = [value for name, value in pairs if name not in known and _is_typed(name, value)]
    return Filled(document, count, left)


def _is_typed(name: str, value: str) -> bool:
    """Return whether a value is input that its user would miss."""
    return bool(value.strip()) and name not in SEEN


def _form(document: Any, target: str, values: Mapping[str, Any]) -> Any:
    """Return the form that posts to `target`; of several or none, the one with most of the names.

    A part of a page may have been requested with the values of its form.
    """
    found, best = None, (False, 0)
    for form in document.iter("form"):
        if (form.get("method") or "").lower() != "post":
            continue
        there = urlsplit(urljoin(target, form.get("action") or target)).path == target
        names = {one.get("name") for one in _inputs(document, form)} - ANYWHERE
        rank = (there, len(values.keys() & names))
        if rank > best:
            found, best = form, rank
    return found


def _inputs(document: Any, form: Any) -> list[Any]:
    """Return the inputs of a form, those elsewhere on the page that name it too."""
    found = [one for one in form.iter("input", "select", "textarea") if not one.get("form")]
    if form.get("id"):
        found += [
            one
            for one in document.iter("input", "select", "textarea")
            if one.get("form") == form.get("id")
        ]
    return found


def _fill_in(one: Any, values: dict[str, list[str]]) -> bool:
    """Fill a visible input; return whether it was among the posted values."""
    kind, given = (one.get("type") or "text").lower(), values.get(one.get("name") or "", [])
    if kind == "checkbox":  # of those that are not ticked nothing is posted
        _flag(one, "checked", one.get("value", "on") in given)
        return bool(given)
    if not given or kind in UNTOUCHED:
        return False
    if one.tag == "select":
        for option in one.iter("option"):
            _flag(option, "selected", _value(option) in given)
    elif kind == "radio":
        _flag(one, "checked", one.get("value", "on") in given)
    elif kind == "hidden":
        if one.get("name") in SEEN:
            one.set("value", given[0])
        return False
    else:
        _write(one, given.pop(0))
    return True


def _write(one: Any, text: str) -> None:
    """Write into a text box, and open the details that hide it."""
    if one.tag == "textarea":
        one.text = f"\n{text}"  # the first line break is the tag's own
    else:
        one.set("value", text)
    for around in one.iterancestors("details") if text else ():
        around.set("open", "")


def _value(option: Any) -> str:
    value = option.get("value")
    return str(option.text_content().strip() if value is None else value)


def _flag(one: Any, name: str, on: bool) -> None:
    one.set(name, "") if on else one.attrib.pop(name, None)
