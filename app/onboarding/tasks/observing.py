"""Begin an observation at an anchor: by *Observar* on the page, or by a link from another page."""

from __future__ import annotations

from dataclasses import dataclass

from app.onboarding.tasks.loading import TaskPage
from forms import Page
from forms.drafts import Pair, add_entry
from forms.shapes.anchors import Anchor
from forms.shapes.observing import LIST, Observing

#: The first word of an action, and the name in the address of a link.
ACTION = "observe"
ARGUMENT = "observar"


@dataclass(frozen=True)
class Begun:
    """A draft with an observation at an anchor: its page, its pairs, and the id of its text."""

    page: Page
    pairs: list[Pair]
    text_id: str


class Refused(Exception):
    """No observation can be begun; the message says why."""


def of_action(task_page: TaskPage, action: str) -> Begun | None:
    """Return what a pressed button begins; None for a button of another kind. Raises Refused."""
    word, _, code = action.partition(":")
    return begin(task_page, code) if word == ACTION else None


def begin(task_page: TaskPage, code: str) -> Begun:
    """Return the draft with a new observation at an anchor. Raises Refused.

    An observation there that is still blank is used again. Nothing is saved.
    """
    form = task_page.form
    if not isinstance(form, Observing) or LIST not in form:
        raise Refused("En este paso no se observa.")
    anchor = form.anchor(code)
    if anchor is None:
        raise Refused("Lo que ibas a observar ya no está en lo presentado.")
    page = next(one for one in task_page.pages if LIST in one.fields)
    name, value = form.observing
    pairs = [pair for pair in task_page.pairs if pair[0] != name]
    pairs, entry = _with_entry(form, pairs, anchor)
    return Begun(page, [*pairs, (name, value)], f"{entry}-text")


def _with_entry(form: Observing, pairs: list[Pair], anchor: Anchor) -> tuple[list[Pair], str]:
    """Return the pairs with an entry at the anchor, and its name."""
    for entry in form[LIST].entries:
        here = "anchor" in entry.form and entry.form["anchor"].data == anchor.code
        if here and not entry.form["text"].data:
            return pairs, entry.name
    pairs, name = add_entry(form[LIST], pairs, {"anchor": anchor.code})
    if not name:
        raise Refused(f"Una revisión tiene hasta {form[LIST].max_entries} observaciones.")
    return pairs, name
