"""Steps whose answer can observe work, and what another look shows of earlier observations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from forms import StepForm
from forms.drafts import Pair, add_entry, is_of
from forms.shapes import anchors
from forms.shapes.anchors import Anchor, Change, Places
from forms.shapes.observations import said

#: The name of the list of observations in every such step.
LIST = "observations"


@dataclass(frozen=True)
class Looked:
    """An earlier observation, the answer to it, and the change at its anchor.

    `by` is the name of who made it and `at` the moment or day; "" where that was not stored.
    """

    number: int
    words: str
    #: Whether it was about a row of the roster.
    of_row: bool
    by: str
    at: str
    answer: str
    persists: bool
    change: Change


class Observing(StepForm):
    """A step with the list `observations`, whose entries can be tied to anchors."""

    #: The kinds of places that the reviewed work has.
    anchored: ClassVar[tuple[type[Places], ...]] = ()

    @property
    def observing(self) -> tuple[str, str]:
        """The field and the value by which the answer says that it observes."""
        return "result", "observed"

    @cached_property
    def places(self) -> tuple[Places, ...]:
        """The places of the reviewed work."""
        return tuple(kind(self.given) for kind in self.anchored)

    def anchor(self, code: str) -> Anchor | None:
        """Return the anchor of a code, where this answer may observe it; None otherwise."""
        return anchors.find(self.places, code) if LIST in self else None

    def paper_of(self, file_id: str) -> str:
        """Return the kind of the paper whose file this is; "" if no page of it is observed."""
        files = (one.files for one in self.places if isinstance(one, anchors.Papers))
        kinds = (kind for found in files for kind, file in found.items() if file["id"] == file_id)
        return next(kinds, "")

    def observes_rows(self) -> bool:
        """Return whether this answer may observe rows of the roster."""
        return LIST in self and any(isinstance(one, anchors.Rows) for one in self.places)

    def row_code(self, row: Mapping[str, str], number: int) -> str:
        """Return the code of a row of the roster; `number` is 0 if it is no longer there."""
        rows = next((one for one in self.places if isinstance(one, anchors.Rows)), None)
        return rows.code_of(row, "row" if number else anchors.GONE_ROW) if rows else ""

    def observed_at(self, code: str) -> list[tuple[int, str]]:
        """Return the number and the id of each observation that this answer has at an anchor."""
        if LIST not in self:
            return []
        entries: Iterable[Any] = enumerate(self[LIST].entries, 1)
        return [
            (number, entry.form["text"].id)
            for number, entry in entries
            if "anchor" in entry.form and entry.form["anchor"].data == code
        ]

    def looked(
        self, observations: Iterable[Mapping[str, Any]], day: str = "", by: str = ""
    ) -> list[Looked]:
        """Return earlier observations with their answers and changes.

        `day` and `by`: the day and the name for observations that do not store them.
        """
        return [
            Looked(
                number=one["number"],
                words=said(one),
                of_row=one.get("target_kind") == "row",
                by=one.get("by", "") or by,
                at=one.get("at", "") or day,
                answer=one.get("answer", ""),
                persists=bool(one.get("persists")),
                change=anchors.change_of(self.places, one),
            )
            for one in observations
        ]


#: The first word of the action of *Observar*; its anchor follows.
ACTION = "observe"


class Refused(Exception):
    """No observation can be begun; the message says why."""


def begin(
    form: StepForm, pairs: list[Pair], code: str, *, by_link: bool = False
) -> tuple[list[Pair], str]:
    """Return the draft with a new observation at an anchor, and the id of its text.

    An observation there that is still blank is used again; `by_link`: also one that is not, because
    a link is followed again by *Back* and *Reload*. Raises Refused.
    """
    if not isinstance(form, Observing) or LIST not in form:
        raise Refused("En este paso ya no se puede observar.")
    anchor = form.anchor(code)
    if anchor is None:
        raise Refused("Lo que ibas a observar ya no está en lo presentado.")
    name, value = form.observing
    others = [pair for pair in pairs if pair[0] != name]
    pairs, entry = _with_entry(form, others, anchor, by_link=by_link)
    return [*pairs, (name, value)], f"{entry}-text"


def _with_entry(
    form: Observing, pairs: list[Pair], anchor: Anchor, *, by_link: bool
) -> tuple[list[Pair], str]:
    """Return the pairs with an entry at the anchor, and its name."""
    listed: Any = form[LIST]
    for entry in listed.entries:
        here = "anchor" in entry.form and entry.form["anchor"].data == anchor.code
        if here and (by_link or not entry.form["text"].data):
            return pairs, entry.name
    if listed.blank_entry:
        pairs = [pair for pair in pairs if not is_of(listed.blank_entry.name, pair[0])]
    pairs, name = add_entry(listed, pairs, {"anchor": anchor.code})
    if not name:
        raise Refused(f"Una revisión tiene hasta {listed.max_entries} observaciones.")
    return pairs, name
