"""Drafts: the answers so far, as the pairs of text from which a form is filled.

A draft is a list of `[key, value]` pairs, named as WTForms names its inputs: `ruc`, in a group
`administrator-post`, in a list `observations-0-text`. A ticked box is "y", any other is absent. In
addition, `<list>-<n>` alone may be posted as an empty hidden input: it keeps a list entry whose
boxes are all empty.

Fields take part through two optional methods: `as_pairs(value)` writes a plain value as pairs, and
`absorb(posted, uploads, draft, keep)` decides what to store of a post (documents, rosters).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import MultiDict

if TYPE_CHECKING:
    from forms import Page, StepForm

Pair = tuple[str, str]


#: The action of a page that saves itself while its reader types: nothing is added or removed.
AUTOSAVE = "autosave"


class Unusable(Exception):
    """A file that cannot be accepted.

    `field_name` is the field's full name, `sentence` the message for its reader, `saved` what the
    field stores of the post nevertheless; None if that is what the draft held before.
    """

    def __init__(self, field_name: str, sentence: str, saved: list[Pair] | None = None) -> None:
        super().__init__(sentence)
        self.field_name = field_name
        self.sentence = sentence
        self.saved = saved


def as_formdata(form_class: type[StepForm], values: Mapping[str, Any]) -> list[Pair]:
    """Return plain values as a draft; names of unknown fields are dropped."""
    if not values:
        return []
    form = form_class(settles=False)
    return [
        pair for name, value in values.items() if name in form for pair in _pairs(form[name], value)
    ]


def _pairs(field: Any, value: Any) -> list[Pair]:
    if hasattr(field, "as_pairs"):
        return list(field.as_pairs(value))
    if hasattr(field, "form"):
        return [
            pair
            for name, part in (value or {}).items()
            if name in field.form
            for pair in _pairs(field.form[name], part)
        ]
    if hasattr(field, "append_entry"):
        return _entries(field, value or ())
    if value is None or value is False:
        return []
    if value is True:
        return [(field.name, "y")]
    if isinstance(value, list | tuple | set | frozenset):
        return [(field.name, str(one)) for one in value]
    return [(field.name, str(value))]


def _entries(field: Any, values: Iterable[Any]) -> list[Pair]:
    field.max_entries = None  # the form itself reports too many entries
    while len(field):
        field.pop_entry()
    pairs: list[Pair] = []
    for value in values:
        entry = field.append_entry()
        pairs.append((entry.name, "")) if hasattr(entry, "form") else None
        pairs += _pairs(entry, value)
    return pairs


def merge(
    form_class: type[StepForm],
    page: Page,
    draft: Iterable[Iterable[str]],
    posted: MultiDict[str, str],
    uploads: MultiDict[str, Any],
    keep: Callable[[Any, str], Any],
    faults: dict[str, str] | None = None,
) -> list[Pair]:
    """Return the draft after a page was posted: its fields' pairs are new, the others stay.

    `posted["action"]` may be `add:<list>`, `remove:<list>:<n>`, `drop:<document>` or an action of a
    roster; other actions belong to the page. What cannot be accepted is noted in `faults` by its
    field's full name, and everything else is stored. Without `faults` the first problem is raised
    as `Unusable`.
    """
    before = [(key, value) for key, value in draft]
    take = _PostedPage(posted, uploads, MultiDict(before), keep, faults)
    # Entries of a list that hold only a document have no other pair to identify them.
    known = MultiDict([*before, *posted.items(multi=True)])
    form = form_class(known, settles=False)
    unchanged = [pair for pair in before if pair[0].partition("-")[0] not in page.fields]
    posted_pairs: list[Pair] = []
    for name in page.fields:
        if name in form:
            posted_pairs += take.of(form[name])
    return _act(form, unchanged + posted_pairs, page, posted.get("action", ""))


@dataclass(frozen=True)
class _PostedPage:
    """A posted page, read field by field."""

    posted: MultiDict[str, str]
    uploads: MultiDict[str, Any]
    draft: MultiDict[str, str]
    keep: Callable[[Any, str], Any]
    faults: dict[str, str] | None

    def of(self, field: Any) -> list[Pair]:
        """Return the pairs of a field and of those inside it; as before if it was not shown."""
        sent = any(is_of(field.name, key) for key in self.uploads)
        if not sent and not was_shown(field, self.posted):
            return [pair for pair in self.draft.items(multi=True) if is_of(field.name, pair[0])]
        if hasattr(field, "absorb"):
            return self.absorbed(field)
        if hasattr(field, "form"):
            parts: Iterable[Any] = field.form
            own = [(field.name, "")] if field.name in self.posted else []
        elif hasattr(field, "entries"):
            parts, own = field.entries, []
        else:
            return [(field.name, value) for value in self.posted.getlist(field.name)]
        return own + [pair for part in parts for pair in self.of(part)]

    def absorbed(self, field: Any) -> list[Pair]:
        """Return the pairs of a field with its own `absorb`; note what it cannot accept."""
        try:
            return list(field.absorb(self.posted, self.uploads, self.draft, self.keep))
        except Unusable as fault:
            if self.faults is None:
                raise
            self.faults[fault.field_name] = fault.sentence
            if fault.saved is not None:
                return fault.saved
            nothing: MultiDict[str, Any] = MultiDict()
            return list(field.absorb(nothing, nothing, self.draft, self.keep))


def _act(form: StepForm, pairs: list[Pair], page: Page, action: str) -> list[Pair]:
    word, _, rest = action.partition(":")
    name, _, number = rest.partition(":")
    if name.partition("-")[0] not in page.fields:
        return pairs
    field = find(form, name)
    if field is None or not hasattr(field, "entries") or getattr(field, "fixed", False):
        return pairs
    if word == "add":
        return _with_entry(field, pairs)
    gone = place(number)
    if word == "remove" and gone is not None:
        return _without_entry(name, gone, pairs)
    return pairs


def changed_list(form: StepForm, action: str) -> str:
    """Return the id of the list from which an action removed an entry, or of the entry that it
    added to a list; "" for another action. `form` has the draft after the action.
    """
    word, _, rest = action.partition(":")
    field = find(form, rest.partition(":")[0]) if word in ("add", "remove") else None
    if field is None or not hasattr(field, "entries"):
        return ""
    return str(field.entries[-1].id if word == "add" and field.entries else field.id)


def place(text: str) -> int | None:
    """Return a list position as sent by a browser; None if it is no number or too long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def find(fields: Iterable[Any], name: str) -> Any:
    """Return the field with that full name, also inside groups and lists, or None."""
    for field in walk(fields):
        if field.name == name:
            return field
    return None


def walk(fields: Iterable[Any]) -> Iterator[Any]:
    """Yield all fields; those inside groups and lists follow the one that holds them."""
    for field in fields:
        yield field
        if hasattr(field, "form"):
            yield from walk(field.form)
        elif hasattr(field, "entries"):
            yield from walk(field.entries)


def is_faulty(fields: Iterable[Any]) -> bool:
    """Return whether a field, or one inside it, has an error.

    A list does not see errors that were added to its entries after its own rules ran.
    """
    return any(field.errors for field in walk(fields))


def _numbers(name: str, pairs: Iterable[Pair]) -> list[int]:
    found = set()
    for key, _ in pairs:
        if key.startswith(f"{name}-"):
            number = place(key[len(name) + 1 :].partition("-")[0])
            if number is not None:
                found.add(number)
    return sorted(found)


def add_entry(field: Any, pairs: list[Pair], values: Mapping[str, str]) -> tuple[list[Pair], str]:
    """Return a draft with a new entry of a list, and its name; "" if the list is full."""
    added = _with_entry(field, pairs)
    if len(added) == len(pairs):
        return pairs, ""
    name = added[-1][0]
    return [*added, *((f"{name}-{part}", value) for part, value in values.items())], name


def _with_entry(field: Any, pairs: list[Pair]) -> list[Pair]:
    numbers = _numbers(field.name, pairs)
    # Entries that the page shows without any pair (because of min_entries) count as well.
    count = max(len(numbers), field.min_entries)
    if field.max_entries and count >= field.max_entries:
        return pairs
    pairs = _renumber(field.name, numbers, pairs)
    missing = [(f"{field.name}-{number}", "") for number in range(len(numbers), count + 1)]
    return pairs + missing


def _without_entry(name: str, number: int, pairs: list[Pair]) -> list[Pair]:
    gone = f"{name}-{number}"
    left = [pair for pair in pairs if pair[0] != gone and not pair[0].startswith(f"{gone}-")]
    return _renumber(name, _numbers(name, left), left)


def _renumber(name: str, numbers: list[int], pairs: list[Pair]) -> list[Pair]:
    places = {str(old): str(new) for new, old in enumerate(numbers)}
    written = []
    for key, value in pairs:
        number, dash, rest = key[len(name) + 1 :].partition("-")
        if key.startswith(f"{name}-") and number in places:
            written.append((f"{name}-{places[number]}{dash}{rest}", value))
        else:
            written.append((key, value))
    return written


def is_of(name: str, key: str) -> bool:
    """Return whether a key of a draft is of the field with that full name, or of one inside it."""
    return key == name or key.startswith(f"{name}-")


#: The name under which a page posts the full names of the conditional fields that it showed.
SHOWN = "shown"


def was_shown(field: Any, posted: Any) -> bool:
    """Return whether the posted page showed a field: without a condition, a page always does."""
    if getattr(field, "when", None) is None or field.name in posted.getlist(SHOWN):
        return True
    return any(is_of(field.name, key) for key in posted)


#: Kinds of fields that are not typed: a browser may send a value that the user did not choose.
CHOSEN = frozenset({"select", "radios", "checkbox", "checkboxes", "hidden", "document"})


def is_typed(part: Any) -> bool:
    """Return whether something was typed or chosen in a field, or in one inside it."""
    if hasattr(part, "form"):
        return any(map(is_typed, part.form))
    if hasattr(part, "entries"):
        return any(map(is_typed, part.entries))
    values = {str(value).strip() for value in part.raw_data or ()}
    return bool(values - {"", str(part.default)})


def saves_row(
    form_class: type[StepForm], page: Page, before: Iterable[Pair], after: Iterable[Pair]
) -> bool:
    """Return whether a row of one of the page's growing lists, or of its roster, was edited."""
    old, new = (form_class(MultiDict(one), settles=False) for one in (before, after))
    for name in (name for name in page.fields if name in new):
        field: Any = new[name]
        if hasattr(field, "rows") and hasattr(field, "editing"):
            was: Any = old[name]
            if (was.rows, was.editing) != (field.rows, field.editing):
                return True
        elif hasattr(field, "entries") and not getattr(field, "fixed", False):
            known = {part.name: part.data for part in walk([old[name]])}
            for part in walk(field.entries):
                own = not hasattr(part, "form") and getattr(part, "kind", "text") not in CHOSEN
                if own and (part.data or "") != (known.get(part.name) or ""):
                    return True
    return False


def errors_of(
    form: StepForm, page: Page | None = None, faults: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the first message of every wrong field by its full name, in the order of the pages.

    For a file that could not be accepted (`faults`), that is its field's message.
    """
    pages = (page,) if page else form.screens()
    names = [name for one in pages for name in one.fields]
    if page is None:
        names += [field.short_name for field in form if field.short_name not in names]
    found: dict[str, str] = {}
    for field in walk(form[name] for name in names if name in form):
        message = (faults or {}).get(field.name) or _own_error(field)
        if message:
            found[field.name] = message
    return found


def _own_error(field: Any) -> str:
    errors: Any = field.errors
    if isinstance(errors, Mapping):
        errors = errors.get(None) or ()
    for error in errors:
        if error and isinstance(error, str):
            return str(error)
    return ""
