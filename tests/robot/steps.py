"""How the screenfuls of a step are filled, input by input and file by file."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from forms import Page as Screen
from forms import StepForm
from forms.drafts import as_formdata
from forms.examples import SAMPLE_FILE
from forms.fields.personnel import COLUMNS
from tests.robot.browsing import UPLOADED, Form, Page

#: A page asks again at most this often: once per condition that depends on another, and once more.
MOST_TIMES = 4
REASON = "Es un archivo de muestra, que reemplaza al firmado."


def answer(page: Page, form_class: type[StepForm], values: Mapping[str, Any]) -> Page:
    """Fill every screenful of a step from the first one on, review, and send."""
    for screen in form_class.screens():
        assert page.path.endswith(f"/{screen.key}"), f"{page}: expected the page {screen.key}"
        page = send(page, form_class, screen.key, values)
    if page.path.endswith("/revisar"):
        assert page.heading == "Revisa tus respuestas"
        page = page.form("submit").press("submit")
        assert not page.errors, f"{page}: {page.errors}"
    return page


def send(page: Page, form_class: type[StepForm], key: str, values: Mapping[str, Any]) -> Page:
    """Fill the screenful of a key, and continue; again while an answer makes more apply."""
    screen = next(one for one in form_class.screens() if one.key == key)
    pairs = by_name(form_class, values)
    for _ in range(MOST_TIMES):
        form = fill(page, form_class, screen, pairs)
        before = page.path
        page = form.press("next" if "next" in form.buttons else "submit")
        assert not page.errors, f"{page}: {page.errors}"
        if page.path != before:
            return page
    raise AssertionError(f"{page} asks again and again")


def main_form(page: Page) -> Form:
    """Return the form of a screenful."""
    return page.form("save")


def by_name(form_class: type[StepForm], values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the values of the inputs by name; for a roster, its rows as JSON."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in as_formdata(form_class, values):
        found[name].append(value)
    for name in values:
        found.setdefault(name, [])
    return dict(found)


def fill(
    page: Page, form_class: type[StepForm], screen: Screen, pairs: Mapping[str, list[str]]
) -> Form:
    """Fill a screenful. Return its form, ready to send."""
    kinds = {field.name: field.kind for field in form_class() if field.name in screen.fields}
    given = {name for name in kinds if any(key.partition("-")[0] == name for key in pairs)}
    for name in screen.fields:
        if main_form(page).is_closed(name):
            continue
        if name in given and kinds[name] == "roster":
            page = paste(page, name, pairs[name][0])
        elif name in given and kinds[name] == "list":
            page = entries(page, name, pairs)
    for name, (value, *_) in ((name, held) for name, held in pairs.items() if held):
        if value == SAMPLE_FILE and is_reachable(page, screen, name):
            page = upload(page, name)
    form = main_form(page)
    for name, values in pairs.items():
        whole = name.partition("-")[0]
        if whole in given and kinds[whole] != "roster" and SAMPLE_FILE not in values:
            write(form, name, values)
    return explain(form)


def explain(form: Form) -> Form:
    """Say why a sample stays: it is no paper that was issued, so a finding asks."""
    for name in form.names:
        if name.startswith("as_is_") and not form.is_closed(name):
            form.fill(name, REASON)
    return form


def is_reachable(page: Page, screen: Screen, name: str) -> bool:
    """Return whether an input is on the page, and open."""
    return name.partition("-")[0] in screen.fields and not main_form(page).is_closed(name)


def write(form: Form, name: str, values: list[str]) -> None:
    """Type or choose.

    A field that is not a single input (a group, an entry of a list) has parts.
    """
    if form.is_closed(name):
        return
    if name in form.names and not re.search(r"-\d+$", name):
        form.fill(name, *(values or [""] * (not form.choices(name))))
    elif values and values != [""]:
        raise AssertionError(f"{form.page}: no input {name} for {values}")


def paste(page: Page, name: str, rows: str) -> Page:
    """Paste a whole roster in place of the present one."""
    lines = [[column.label for column in COLUMNS], *json.loads(rows)]
    form = main_form(page)
    form.fill(f"{name}-paste", "\n".join("\t".join(line) for line in lines))
    if f"{name}-mode" in form.names:
        form.fill(f"{name}-mode", "replace")
    return form.press(f"roster:{name}:paste")


def entries(page: Page, name: str, pairs: Mapping[str, list[str]]) -> Page:
    """Add or remove entries of a list until there are as many as values."""
    wanted = count(name, pairs)
    for _ in range(50):
        form = main_form(page)
        there = count(name, form.names)
        if there == wanted:
            return page
        button = f"add:{name}" if there < wanted else f"remove:{name}:{there - 1}"
        if there > wanted and button not in form.buttons:
            return page
        page = form.press(button)
    raise AssertionError(f"{page}: the list {name} never has {wanted} entries")


def count(name: str, keys: Any) -> int:
    """Return the number of entries of a list that have inputs."""
    return len({found[1] for key in keys if (found := re.match(rf"{name}-(\d+)", key))})


def upload(page: Page, name: str) -> Page:
    """Upload one document, unless it was uploaded before."""
    form = main_form(page)
    if f"drop:{name}" in form.buttons:
        return page
    assert name in form.names, f"{page}: no document {name}"
    form.values[name] = (page.visitor.document_for(page, name), f"{UPLOADED} {name}.pdf")
    page = form.press(f"upload:{name}")
    assert not page.errors, f"{page}: {page.errors}"
    assert f"drop:{name}" in main_form(page).buttons, f"{page}: {name} is not there"
    return page
