"""Search by name in lists of people that are too long for one page.

The inputs on the page, for a field named `roll`:

- `roll-part`, hidden: the page shows a part of the list, so a post says nothing about the others;
- `roll-search`, the name to search; blank finds everybody;
- buttons with `action` = `find:roll` (search), `find:roll:<n>` (a page of what was found) and
  `marked:roll:<n>` (a page of the people marked so far).

The draft stores `roll-search`, `roll-page` and `roll-marked`, so a page looks the same after it was
saved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms.validators import StopValidation

from forms.drafts import AUTOSAVE, Pair, place
from forms.fields.choices import ChecksField
from forms.fields.identifiers import plain
from forms.fields.people import full_name
from forms.fields.rules import tidy_line

FIND, MARKED = "find", "marked"
#: People of one page of a list.
PER_PAGE = 50
#: Longest name to search.
LONGEST = 100
#: Greatest number of boxes that stay ticked; a post has at most 1,000 parts.
MOST = 500


@dataclass(frozen=True)
class Search:
    """A search of a page; `page` is 0 before the first search, `marked` counts from 1."""

    text: str = ""
    page: int = 0
    marked: int = 1

    @classmethod
    def of(cls, name: str, formdata: Any) -> Search:
        """Return the search of a field that a draft stores."""
        text = str(formdata.get(f"{name}-search", ""))
        page = place(formdata.get(f"{name}-page", "")) or 0
        return cls(text, page, place(formdata.get(f"{name}-marked", "")) or 1)

    @classmethod
    def posted(cls, name: str, posted: Any, draft: Any) -> Search:
        """Return the search after a post. A page that saves itself keeps the one of the draft."""
        before, action = cls.of(name, draft), posted.get("action", "")
        if action == AUTOSAVE:
            return before
        text = _text(name, posted)
        word, number = _button(name, action)
        if word == FIND or text != before.text:
            return cls(text, (number if text == before.text else 0) or 1, before.marked)
        return replace(before, marked=number or 1) if word == MARKED else before

    def pairs(self, name: str) -> list[Pair]:
        """Return what the draft stores."""
        if self == Search():
            return []
        return [
            (f"{name}-search", self.text),
            (f"{name}-page", str(self.page)),
            (f"{name}-marked", str(self.marked)),
        ]


def is_part(name: str, posted: Any) -> bool:
    """Return whether a posted page showed only a part of a field's people."""
    return f"{name}-part" in posted


def _text(name: str, posted: Any) -> str:
    return tidy_line(str(posted.get(f"{name}-search", "")))[:LONGEST]


def _button(name: str, action: str) -> tuple[str, int]:
    """Return the word and the number of a button of the field; "" and 0 for another button."""
    word, _, rest = action.partition(":")
    owner, _, number = rest.partition(":")
    return (word, place(number) or 0) if word in (FIND, MARKED) and owner == name else ("", 0)


def sought(names: Iterable[str], posted: Any, pairs: Iterable[Pair]) -> str:
    """Return the id of the list that a post asks for: by a button, or by Enter after a new name.

    Return "" if it asks for none. `pairs` is the draft before the post.
    """
    action = posted.get("action", "")
    draft = MultiDict(pairs)
    for name in names:
        word, _ = _button(name, action)
        if word:
            return f"{name}-{'found' if word == FIND else 'marked'}"
        is_new = _text(name, posted) != Search.of(name, draft).text
        if action == "enter" and is_part(name, posted) and is_new:
            return f"{name}-found"
    return ""


@dataclass(frozen=True)
class Slice:
    """A page of a list; `number` and `count` are of pages, from 1, `total` of items."""

    items: Sequence[Any]
    number: int
    count: int
    total: int


def slice_of(items: Sequence[Any], number: int, size: int = PER_PAGE) -> Slice:
    """Return a page of a list; a number out of range gives the nearest page."""
    count = max(1, -(-len(items) // size))
    number = min(max(number, 1), count)
    first = (number - 1) * size
    return Slice(items[first : first + size], number, count, len(items))


def is_found(person: Mapping[str, Any], text: str) -> bool:
    """Return whether each word of a text is in a person's name, in any order."""
    name = plain(full_name(person))
    return all(word in name for word in plain(text).split())


class SearchedChecksField(ChecksField):
    """Boxes of many people: the ticked ones, and a page of those found by name.

    `offer` sets them. Up to `few` people are all listed, and the field is a `ChecksField`.
    """

    search = Search()
    #: The page of people found, as choices; None while all are listed.
    found: Slice | None = None

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the ticked boxes, and the search."""
        super().process(formdata, *args, **kwargs)
        self.search = Search.of(self.name, formdata or {})

    def offer(self, people: Mapping[str, Mapping[str, Any]], few: int) -> None:
        """Offer people by value: everybody if there are few, otherwise by search."""
        if len(people) <= few:
            self.choices = [(value, value) for value in people]
            return
        ticked = [value for value in people if value in (self.data or ())]
        fitting = [one for one in people if is_found(people[one], self.search.text)]
        self.found = slice_of(fitting if self.search.page else [], self.search.page)
        others = [one for one in self.found.items if one not in ticked]
        self.choices = [(value, value) for value in (*ticked, *others)]

    def pre_validate(self, form: Any) -> None:
        """Reject a value that was not offered, and too many."""
        super().pre_validate(form)
        if len(self.data or ()) > MOST:
            raise StopValidation(f"Marca a {MOST} personas como máximo.")

    def absorb(self, posted: Any, uploads: Any, draft: Any, keep: Any) -> list[Pair]:
        """Return what the draft stores of a post: the ticked boxes, and the search."""
        values = list(dict.fromkeys(posted.getlist(self.name)))[: MOST + PER_PAGE]
        pairs = [(self.name, value) for value in values]
        if not is_part(self.name, posted):
            return pairs
        return pairs + Search.posted(self.name, posted, draft).pairs(self.name)
